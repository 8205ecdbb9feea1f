//! The recording, begun and ended at any time, for all to see.
//!
//! Opening and finishing read and write whole files, so tasks do it; at most one of them is under way.
//! Members are told before the first sound is kept, and after the last.

use super::Session;
use crate::io::clock::Clock;
use crate::io::recording::{Announced, RecordError, Recorder};
use crate::node::event::Notice;
use crate::node::inbox::Done;
use crate::node::scribe::Scribe;
use crate::room::stanza::Payload;
use std::path::PathBuf;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Whether this node records, as wished and as it is.
#[derive(Debug)]
pub(in crate::node) struct Recording {
    folder: PathBuf,
    wanted: bool,
    /// What was said about it last.
    said: Option<bool>,
    /// Opens or finishes the recorder.
    task: Option<JoinHandle<()>>,
}

impl Recording {
    /// In the folder of a meeting, under way or not.
    pub(in crate::node) const fn new(folder: PathBuf, on: bool) -> Self {
        Self { folder, wanted: on, said: None, task: None }
    }
}

/// Opens the recorder in `folder` and starts its thread; gives the seconds that it lacks of those
/// that were `announced`.
pub(in crate::node) async fn open(
    folder: PathBuf,
    clock: Clock,
    tasks: mpsc::Sender<Done>,
    announced: Vec<Announced>,
) -> Result<(Scribe, Vec<Announced>), String> {
    let now = clock.now();
    let opened = tokio::task::spawn_blocking(move || {
        let recorder = Recorder::open(&folder, now)?;
        let gaps = recorder.lacking(announced);
        Ok::<_, RecordError>((recorder, gaps))
    });
    let opened = opened.await.map_err(|error| error.to_string())?;
    let (recorder, gaps) = opened.map_err(|error| error.to_string())?;
    let scribe = Scribe::start(recorder, clock, tasks).map_err(|error| error.to_string())?;
    Ok((scribe, gaps))
}

impl Session {
    /// Somebody wants a recording, or an end of it.
    pub(super) async fn record(&mut self, on: bool) {
        self.recording.wanted = on;
        self.settle_recording().await;
    }

    /// Says how it is, if the meeting thinks otherwise: at the beginning, and when it fails.
    pub(super) async fn say_recording(&mut self, on: bool) {
        let shown = || self.view.meeting().member(&self.me).is_some_and(|own| own.records);
        let known = self.recording.said.unwrap_or_else(shown);
        if known != on && self.say_now(Payload::Recording(on)).await.is_some() {
            self.recording.said = Some(on);
        }
    }

    async fn settle_recording(&mut self) {
        if self.recording.task.is_some() {
            return;
        }
        let (clock, tasks) = (self.clock, self.tasks.clone());
        let task = match (self.recording.wanted, self.sound.recorder.take()) {
            (true, None) => {
                self.say_recording(true).await;
                let folder = self.recording.folder.clone();
                tokio::spawn(async move {
                    // What was said before all were told of the recording is not kept.
                    let opened = open(folder, clock, tasks.clone(), Vec::new()).await;
                    let opened = opened.map(|(scribe, _)| scribe);
                    let _ = tasks.send(Done::RecorderOpened(opened)).await;
                })
            }
            (false, Some(recorder)) => {
                self.say_recording(false).await;
                tokio::spawn(async move {
                    let problem = finish(recorder).await.err();
                    let _ = tasks.send(Done::RecorderFinished(problem)).await;
                })
            }
            (_, recorder) => {
                self.sound.recorder = recorder;
                return;
            }
        };
        self.recording.task = Some(task);
    }

    pub(super) async fn on_recorder_opened(&mut self, opened: Result<Scribe, String>) {
        self.recording.task = None;
        match opened {
            Ok(recorder) => {
                for member in self.view.meeting().members() {
                    recorder.name(member.id, member.name.to_owned());
                }
                self.sound.recorder = Some(recorder);
            }
            Err(problem) => {
                self.recording.wanted = false;
                self.teller.fail(Notice::Storage { problem }).await;
                self.say_recording(false).await;
            }
        }
        self.settle_recording().await;
    }

    pub(super) async fn on_recorder_finished(&mut self, problem: Option<String>) {
        self.recording.task = None;
        if let Some(problem) = problem {
            self.teller.warn(Notice::Storage { problem }).await;
        }
        self.settle_recording().await;
    }

    /// The disk refused, and the recorder gave up.
    pub(super) async fn on_recording_failed(&mut self, problem: String) {
        self.teller.warn(Notice::Storage { problem }).await;
        self.sound.recorder = None;
        self.recording.wanted = false;
        self.say_recording(false).await;
    }

    /// Fills what was missed with what came later, and closes the files.
    pub(super) async fn close_recording(&mut self) {
        if let Some(task) = self.recording.task.take() {
            let _ = task.await;
        }
        let Some(recorder) = self.sound.recorder.take() else { return };
        if let Err(problem) = finish(recorder).await {
            self.teller.warn(Notice::Storage { problem }).await;
        }
    }
}

async fn finish(recorder: Scribe) -> Result<(), String> {
    let finished = tokio::task::spawn_blocking(move || recorder.finish()).await;
    finished.map_err(|error| error.to_string())?.map_err(|error| error.to_string())
}
