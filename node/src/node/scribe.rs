//! The recorder on a thread of its own: the disk never holds the loop up.

use super::inbox::Done;
use crate::io::audio::Played;
use crate::io::clock::Clock;
use crate::io::recording::{Announced, RecordError, Recorder};
use crate::room::id::{EntryRef, MemberId};
use crate::room::stanza::AudioFrame;
use crate::room::time::LocalTime;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::mpsc;

/// Notes that wait for the disk: 10 s of one talker's frames and blocks. What does not fit while a
/// disk stands still is fetched again afterwards.
const NOTES: usize = 1024;

/// How often what is written is made to survive a power cut.
const TICK: Duration = Duration::from_secs(1);

enum Note {
    Name(MemberId, String),
    Frame(MemberId, AudioFrame),
    Played(Played),
    Applied(EntryRef, LocalTime),
    Page(Announced, Vec<u8>),
}

/// Keeps everybody's sound.
#[derive(Debug)]
pub(super) struct Scribe {
    notes: SyncSender<Note>,
    thread: JoinHandle<Result<(), RecordError>>,
}

impl Scribe {
    /// Starts the thread. When the disk refuses, the recording is given up and `tasks` told.
    pub(super) fn start(
        recorder: Recorder,
        clock: Clock,
        tasks: mpsc::Sender<Done>,
    ) -> std::io::Result<Self> {
        let (notes, inbox) = sync_channel(NOTES);
        let work = move || {
            let written = write(recorder, clock, &inbox);
            if let Err(error) = &written {
                // A loop that is too busy to hear it tells so when the recording is finished.
                let _ = tasks.try_send(Done::RecordingFailed(error.to_string()));
            }
            written
        };
        let thread = std::thread::Builder::new().name("recorder".into()).spawn(work)?;
        Ok(Self { notes, thread })
    }

    /// What a member is called.
    pub(super) fn name(&self, member: MemberId, name: String) {
        let _ = self.note(Note::Name(member, name));
    }

    /// A frame as it was sent.
    pub(super) fn frame(&self, author: MemberId, frame: AudioFrame) {
        let _ = self.note(Note::Frame(author, frame));
    }

    /// What is at the sink when.
    pub(super) fn played(&self, played: Played) {
        let _ = self.note(Note::Played(played));
    }

    /// When an entry reached this node.
    pub(super) fn applied(&self, entry: EntryRef, at: LocalTime) {
        let _ = self.note(Note::Applied(entry, at));
    }

    /// A second that was missed live. `false`: the disk is behind, and it was not taken.
    pub(super) fn page(&self, sound: Announced, bytes: Vec<u8>) -> bool {
        self.note(Note::Page(sound, bytes))
    }

    /// Writes what waits and closes the files. Blocks.
    pub(super) fn finish(self) -> Result<(), RecordError> {
        drop(self.notes);
        // A panic was reported by its thread; what it had written is healed on opening.
        self.thread.join().unwrap_or(Ok(()))
    }

    fn note(&self, note: Note) -> bool {
        // Nobody listens once the recording was given up: then there is nothing to repeat either.
        !matches!(self.notes.try_send(note), Err(TrySendError::Full(_)))
    }
}

fn write(mut recorder: Recorder, clock: Clock, inbox: &Receiver<Note>) -> Result<(), RecordError> {
    let mut tick = clock.now() + TICK;
    loop {
        match inbox.recv_timeout(clock.until(tick)) {
            Ok(note) => take(&mut recorder, note, clock.now())?,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return recorder.finish(),
        }
        let now = clock.now();
        if now >= tick {
            recorder.tick(now)?;
            tick = now + TICK;
        }
    }
}

fn take(recorder: &mut Recorder, note: Note, now: LocalTime) -> Result<(), RecordError> {
    match note {
        Note::Name(member, name) => recorder.name(member, &name),
        Note::Frame(author, AudioFrame { epoch, at, opus, .. }) => {
            recorder.frame(author, epoch, at, &opus, now)?;
        }
        Note::Played(played) => recorder.played(&played),
        Note::Applied(entry, at) => recorder.applied(entry, at),
        Note::Page((author, epoch, page), bytes) => {
            recorder.page_blob(author, epoch, &page, &bytes, now)?;
        }
    }
    Ok(())
}
