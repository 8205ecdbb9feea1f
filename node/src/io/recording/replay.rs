//! Playing a recording: what a live listener gets, at the same moments.
//!
//! A replay is a schedule. Its frames go into a [`crate::io::audio::Playout`] started with
//! [`REPLAY_TUNING`], its entries into a [`crate::room::playout::DueQueue`] fed by that playout,
//! exactly as live: so page and sound meet by media time again, to the sample.

use super::sound_file::{Recorded, frames};
use super::timeline::{Record, parse};
use super::{media, recorded, sound_folder};
use crate::room::id::{EntryRef, MemberId};
use crate::room::playout::Tuning;
use crate::room::time::{Epoch, MediaTime};
use std::collections::BTreeMap;
use std::io;
use std::iter::Peekable;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Delay of a replay's jitter buffers: frames come by the clock, entries no later than their frame,
/// so it only has to cover a late wake-up of the reader.
pub const REPLAY_TUNING: Tuning = Tuning {
    floor: Duration::from_millis(100),
    ceiling: Duration::from_millis(200),
    start: Duration::from_millis(100),
    margin: Duration::from_millis(5),
    fall: Duration::ZERO,
};

/// What was heard is replayed by the author's clock; where the recorded moments lie further off than
/// this (a stall, a talker who was away), it jumps.
const JUMP_US: u64 = 100_000;

/// Why there is nothing to replay.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The meeting was not recorded here.
    #[error("{0} holds no recording; record with --record")]
    NotRecorded(PathBuf),
    /// A file can't be read.
    #[error("cannot read the recording {path}: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// Something that happens in a replay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReplayEvent {
    /// A frame reaches the listener.
    Frame {
        /// Who speaks.
        author: MemberId,
        /// In which epoch.
        epoch: Epoch,
        /// First sample.
        at: MediaTime,
        /// The Opus packet.
        opus: Vec<u8>,
    },
    /// An entry reaches the listener: look it up and push it to the due queue.
    Entry(EntryRef),
}

/// A recording's schedule, in order of time.
pub struct Replay {
    tracks: Vec<Track>,
    entries: Peekable<std::vec::IntoIter<(Duration, EntryRef)>>,
    length: Duration,
}

struct Track {
    author: MemberId,
    epoch: Epoch,
    /// (sample, µs) of each jump, by sample; never empty.
    anchors: BTreeMap<MediaTime, u64>,
    frames: Box<dyn Iterator<Item = Recorded> + Send>,
    next: Option<(Duration, MediaTime, Vec<u8>)>,
}

impl Replay {
    /// Opens the recording in a meeting's folder. Damaged parts are left out ([`super::verify_sound`]
    /// names them).
    ///
    /// # Errors
    /// [`ReplayError`] when there is no recording or it can't be read.
    pub fn open(meeting: &Path) -> Result<Self, ReplayError> {
        let folder = sound_folder(meeting);
        let failed = |path: &Path, source: io::Error| match source.kind() {
            io::ErrorKind::NotFound => ReplayError::NotRecorded(meeting.to_owned()),
            _ => ReplayError::Io { path: path.to_owned(), source },
        };
        let path = folder.join("timeline");
        let (records, _) = parse(&std::fs::read(&path).map_err(|e| failed(&path, e))?);
        let mut anchors = anchors(&records);
        let mut tracks = Vec::new();
        for (author, epoch, path) in recorded(&folder).map_err(|e| failed(&folder, e))? {
            // Without a note there is no saying when it was heard.
            let Some(anchors) = anchors.remove(&(author, epoch)) else { continue };
            let frames = frames(&path).map_err(|e| failed(&path, e))?;
            // A file that can't be read further ends there.
            let frames = Box::new(frames.map_while(Result::ok));
            let mut track = Track { author, epoch, anchors, frames, next: None };
            track.advance();
            tracks.push(track);
        }
        let mut entries: Vec<_> = records.iter().filter_map(Record::entry).collect();
        entries.sort();
        let length = records.iter().map(Record::at).max().unwrap_or(0);
        let length = Duration::from_micros(length);
        Ok(Self { tracks, entries: entries.into_iter().peekable(), length })
    }

    /// From the recording's beginning to its last note.
    #[must_use]
    pub fn length(&self) -> Duration {
        self.length
    }

    /// When the next event happens, counted from the beginning; `None` at the end.
    #[must_use]
    pub fn next_at(&mut self) -> Option<Duration> {
        let entry = self.entries.peek().map(|(at, _)| *at);
        let frame = self.tracks.iter().filter_map(Track::at).min();
        [entry, frame].into_iter().flatten().min()
    }
}

impl Iterator for Replay {
    type Item = (Duration, ReplayEvent);

    /// The next event. Hand it on when its time has come.
    fn next(&mut self) -> Option<Self::Item> {
        let at = self.next_at()?;
        // An entry before the frame of the same moment: the due queue holds it for its sound.
        if let Some((at, entry)) = self.entries.next_if(|(due, _)| *due == at) {
            return Some((at, ReplayEvent::Entry(entry)));
        }
        let track = self.tracks.iter_mut().find(|track| track.at() == Some(at))?;
        let (at, sample, opus) = track.next.take()?;
        track.advance();
        let (author, epoch) = (track.author, track.epoch);
        Some((at, ReplayEvent::Frame { author, epoch, at: sample, opus }))
    }
}

impl Track {
    fn at(&self) -> Option<Duration> {
        self.next.as_ref().map(|(at, _, _)| *at)
    }

    /// Reads the next frame that was not lost.
    fn advance(&mut self) {
        let lived = self.frames.find_map(|frame| Some((media(frame.index), frame.packet?)));
        self.next = lived.map(|(sample, packet)| (self.heard(sample), sample, packet));
    }

    /// When a sample was heard. What is before the recording's beginning comes at once.
    fn heard(&self, sample: MediaTime) -> Duration {
        let before = self.anchors.range(..=sample).next_back();
        let Some((&from, &at)) = before.or_else(|| self.anchors.first_key_value()) else {
            return Duration::ZERO;
        };
        Duration::from_micros(heard_at((from, at), sample))
    }
}

impl Record {
    fn entry(&self) -> Option<(Duration, EntryRef)> {
        match *self {
            Self::Entry { entry, at } => Some((Duration::from_micros(at), entry)),
            _ => None,
        }
    }
}

/// For each epoch the moments from which its sound ran on undisturbed.
fn anchors(records: &[Record]) -> BTreeMap<(MemberId, Epoch), BTreeMap<MediaTime, u64>> {
    let mut anchors: BTreeMap<_, BTreeMap<MediaTime, u64>> = BTreeMap::new();
    for record in records {
        let Record::Sound { author, epoch, sample, at } = *record else { continue };
        let epoch: &mut BTreeMap<MediaTime, u64> = anchors.entry((author, epoch)).or_default();
        let last = epoch.last_key_value().map(|(&sample, &at)| (sample, at));
        let jumped = last
            .is_none_or(|last| sample > last.0 && heard_at(last, sample).abs_diff(at) > JUMP_US);
        if jumped {
            epoch.insert(sample, at);
        }
    }
    anchors
}

/// When `sample` is heard, in µs, if sample `from` was at `at`.
fn heard_at((from, at): (MediaTime, u64), sample: MediaTime) -> u64 {
    // 1 000 000 µs / 48 000 = 125 / 6.
    let micros = |samples: u64| samples.saturating_mul(125) / 6;
    match sample.samples().checked_sub(from.samples()) {
        Some(later) => at.saturating_add(micros(later)),
        None => at.saturating_sub(micros(from.samples() - sample.samples())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::FRAME_SAMPLES;

    const ANNA: MemberId = MemberId([1; 32]);

    fn sound(index: u64, ms: u64) -> Record {
        let sample = MediaTime::from_samples(index * FRAME_SAMPLES);
        Record::Sound { author: ANNA, epoch: Epoch(1), sample, at: ms * 1000 }
    }

    #[test]
    fn small_corrections_are_ignored_and_stalls_are_kept() {
        let records = [sound(0, 100), sound(500, 10_120), sound(600, 15_000)];
        let anchors = &anchors(&records)[&(ANNA, Epoch(1))];
        let kept: Vec<_> = anchors.iter().map(|(sample, at)| (sample.samples(), *at)).collect();
        assert_eq!(kept, [(0, 100_000), (576_000, 15_000_000)]);
    }
}
