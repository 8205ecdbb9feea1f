//! A recording that is played: opened and steered from here, told by reports.
//!
//! It plays on threads of its own (`moot_node::node::replay`); the window holds the end of a channel.

use super::{Link, Report};
use crate::model::player::Timeline;
use crate::settings::Settings;
use moot_node::io::clock::Clock;
use moot_node::node::pages::Pages;
use moot_node::node::{Event, Replay, ReplayCommand, ReplayHandle, SinkChoice};
use moot_node::{node, words};
use std::path::PathBuf;
use tokio::sync::mpsc;

/// What a recording tells.
#[derive(Debug)]
pub enum ReplayReport {
    /// It is open, and stands at its beginning.
    Opened(Box<Opened>),
    /// It can't be played: why, in words.
    Failed {
        /// Where it is.
        folder: PathBuf,
        /// Why.
        problem: String,
    },
    /// What is shown.
    Event(Event),
}

/// An opened recording.
pub struct Opened {
    /// Where it is.
    pub folder: PathBuf,
    /// What lies where.
    pub timeline: Timeline,
    /// The pages it shows.
    pub pages: Pages,
    /// The link's, once it has been reported.
    pub(super) handle: Option<ReplayHandle>,
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opened").field("folder", &self.folder).finish_non_exhaustive()
    }
}

impl Link {
    /// Opens a recording, in the place of the one that is open; everything else is told by reports.
    pub fn open_recording(&mut self, folder: PathBuf, settings: &Settings) {
        self.close_recording();
        let (of, clock, data) = (self.showing, self.clock, self.data.clone());
        let sink = super::sink(settings);
        let (sender, ctx) = (self.sender.clone(), self.ctx.clone());
        self.runtime.spawn(async move {
            let (mut events, report) = match open(folder.clone(), data, sink, clock).await {
                Ok((opened, events)) => (Some(events), ReplayReport::Opened(Box::new(opened))),
                Err(problem) => (None, ReplayReport::Failed { folder, problem }),
            };
            let mut next = Some(report);
            while let Some(report) = next {
                if sender.send(Report::Replay { of, report }).await.is_err() {
                    return;
                }
                ctx.request_repaint();
                let Some(events) = &mut events else { return };
                next = events.recv().await.map(ReplayReport::Event);
            }
        });
    }

    /// Hands the recording a command; `false` when none is open, or it can't keep up.
    pub fn steer(&self, command: ReplayCommand) -> bool {
        self.replay.as_ref().is_some_and(|replay| replay.try_send(command))
    }

    /// Closes the recording, or gives up opening one.
    pub fn close_recording(&mut self) {
        self.showing += 1;
        // Its tasks and threads end by themselves.
        self.replay = None;
    }

    /// Whether a report counts; one that brings a handle leaves it here.
    pub(super) fn takes(&mut self, of: u64, report: &mut ReplayReport) -> bool {
        if of != self.showing {
            return false;
        }
        if let ReplayReport::Opened(opened) = report {
            self.replay = opened.handle.take();
        }
        true
    }
}

async fn open(
    folder: PathBuf,
    data: PathBuf,
    sink: SinkChoice,
    clock: Clock,
) -> Result<(Opened, mpsc::Receiver<Event>), String> {
    let opened = Replay::open(folder.clone(), sink, clock).await;
    let (handle, events) = opened.map_err(|error| words::play_error(&error))?;
    let pages = tokio::task::spawn_blocking(move || {
        let worker = std::env::current_exe().map_err(|error| error.to_string())?;
        Pages::open(&data, worker).map_err(|error| error.to_string())
    });
    let pages = pages.await.map_err(|error| error.to_string())??;
    let timeline = Timeline::from(&*handle.timeline());
    Ok((Opened { folder, timeline, pages, handle: Some(handle) }, events))
}

impl From<&node::replay::Timeline> for Timeline {
    fn from(line: &node::replay::Timeline) -> Self {
        Self {
            duration: line.duration,
            turns: line.turns.iter().map(|turn| (turn.at, turn.on)).collect(),
            marks: line.marks.iter().map(|made| (made.at, made.entry)).collect(),
            lines: line.lines.clone(),
            talk: line.talk.iter().map(|talk| (talk.member, talk.from, talk.to)).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::LobbyReport;
    use crate::model::lobby::Recording;
    use moot_node::io::log::Log;
    use moot_node::io::profile::Profile;
    use moot_node::io::recording::Recorder;
    use moot_node::node::{News, ReplayNews};
    use moot_node::room::id::{MeetingId, MemberId};
    use moot_node::room::time::{Epoch, LocalTime, MediaTime, WallTime};
    use std::path::Path;
    use std::time::Instant;

    /// A second and a half of somebody's sound, in a meeting where nothing was said.
    fn recorded(data: &Path) -> PathBuf {
        let profile = Profile::open(data).expect("a free folder");
        let id = MeetingId([1; 32]);
        let folder = profile.keep_meeting(id, "Plans", WallTime(5)).expect("kept");
        drop(Log::open(&folder.join("log.redb"), &id).expect("a log"));
        let mut recorder = Recorder::open(&folder, LocalTime::START).expect("a recording");
        for index in 0..75 {
            let (at, now) =
                (MediaTime::from_samples(index * 960), LocalTime::from_millis(index * 20));
            recorder.frame(MemberId([1; 32]), Epoch(1), at, &[72, 1, 2], now).expect("on disk");
        }
        recorder.finish().expect("on disk");
        folder
    }

    /// The first report that `wanted` takes.
    fn told<T>(link: &mut Link, mut wanted: impl FnMut(Report) -> Option<T>) -> T {
        let begun = Instant::now();
        loop {
            assert!(begun.elapsed().as_secs() < 30, "nothing came of it");
            match link.take_report() {
                Some(report) => {
                    if let Some(found) = wanted(report) {
                        return found;
                    }
                }
                None => std::thread::yield_now(),
            }
        }
    }

    fn place(report: &Report) -> Option<(f32, bool)> {
        match report {
            Report::Replay { report: ReplayReport::Event(event), .. } => match event.news {
                News::Replay(ReplayNews::Position { at, playing, .. }) => {
                    Some((at.as_secs_f32(), playing))
                }
                _ => None,
            },
            _ => None,
        }
    }

    fn listed(report: Report) -> Option<Vec<Recording>> {
        match report {
            Report::Lobby(LobbyReport::Recordings(recordings)) => Some(recordings),
            Report::Lobby(LobbyReport::Trouble(problem)) => panic!("{problem}"),
            _ => None,
        }
    }

    #[test]
    fn a_recording_is_opened_steered_closed_and_deleted_without_waiting() {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .expect("a runtime");
        let data = tempfile::tempdir().expect("a temporary folder");
        let folder = recorded(data.path());
        let ctx = egui::Context::default();
        let data = data.path().to_owned();
        let mut link = Link::new(runtime.handle().clone(), ctx, Some(data.clone()));
        assert!(!link.steer(ReplayCommand::Play), "nothing is open");
        link.open_recording(folder.clone(), &Settings::default());
        let timeline = told(&mut link, |report| match report {
            Report::Replay { report: ReplayReport::Opened(opened), .. } => Some(opened.timeline),
            Report::Replay { report: ReplayReport::Failed { problem, .. }, .. } => {
                panic!("{problem}")
            }
            _ => None,
        });
        assert!(timeline.duration.as_millis().abs_diff(1500) < 100, "{timeline:?}");
        assert!(link.steer(ReplayCommand::Play));
        told(&mut link, |report| place(&report).filter(|(at, playing)| *playing && *at > 0.1));
        assert!(link.steer(ReplayCommand::Seek(timeline.duration)));
        told(&mut link, |report| match report {
            Report::Replay { report: ReplayReport::Event(event), .. } => {
                (event.news == News::Replay(ReplayNews::Ended)).then_some(())
            }
            _ => None,
        });

        // What a closed one still tells is not passed on, and one that can't be opened says why.
        let of = link.showing;
        link.close_recording();
        assert!(!link.steer(ReplayCommand::Play), "closed");
        let (folder_of, problem) = (folder.clone(), String::new());
        let mut late = ReplayReport::Failed { folder: folder_of, problem };
        assert!(!link.takes(of, &mut late) && link.takes(of + 1, &mut late));
        link.delete_recording(folder.clone());
        let left = told(&mut link, |report| match report {
            Report::Replay { .. } => panic!("it is closed"),
            report => listed(report),
        });
        assert_eq!(left, []);
        link.open_recording(folder, &Settings::default());
        let problem = told(&mut link, |report| match report {
            Report::Replay { report: ReplayReport::Failed { problem, .. }, .. } => Some(problem),
            _ => None,
        });
        assert!(problem.contains("not recorded"), "{problem}");
    }
}
