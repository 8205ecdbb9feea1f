//! The recording's score: where each talker's samples and each entry lie on one clock.
//!
//! The notes say when samples were heard here. Between two of them sound runs by its author's
//! clock; where they lie further apart than that and the network explain (a stall, an absence), it jumps. What was
//! said while the recorder was interrupted, or before it began, was never heard here; when it was
//! fetched afterwards, **the recording's clock is stretched at that point to make room for it**, and
//! it leads up to the first sample that was heard again.
//!
//! An entry lies at its author's sample, as long as that sample lies anywhere; so page and sound
//! relate as they did for their author, however late the entry came here. Like live, it waits for
//! its sound no longer than a second.

use super::{Note, Position};
use crate::limits::FRAME_SAMPLES;
use crate::room::id::{EntryRef, MemberId};
use crate::room::time::{Epoch, MediaTime};
use std::collections::BTreeMap;
use std::ops::Range;

/// Sound follows its author's clock; where noted moments lie further from it than this, it jumps. Nearer,
/// only the delay changed with which it was heard, 500 ms at most live. Whoever listened live heard that
/// as frames made up or left out; here every word is there, and stays whole.
const DELAY_US: i64 = 600_000;

/// How long an entry waits for its sound: as live (`DueQueue`).
const HOLD: u64 = 48_000;

/// Sound that is made room for at one interruption, in samples: a day, as much as a file may span.
const LONGEST: i64 = 24 * 3600 * 48_000;

/// One author's epoch.
pub type TrackId = (MemberId, Epoch);

/// Frames of an epoch that are there: runs of frame numbers, in order, not touching.
pub type Voiced = Vec<Range<u64>>;

/// A stretch of a track that runs undisturbed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Where it begins.
    pub begin: Position,
    /// The sample it begins with.
    pub first: MediaTime,
    /// How many samples.
    pub samples: u64,
}

impl Segment {
    /// Where it ends.
    #[must_use]
    pub const fn end(&self) -> Position {
        Position::from_samples(self.begin.samples().saturating_add(self.samples))
    }

    fn place(&self, sample: MediaTime) -> Option<Position> {
        let into = sample.samples().checked_sub(self.first.samples())?;
        (into < self.samples).then(|| Position::from_samples(self.begin.samples() + into))
    }
}

/// One author's epoch on the recording's clock: segments in order that do not overlap.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Track {
    segments: Vec<Segment>,
}

impl Track {
    /// Its segments within `span`.
    pub fn within(&self, span: Range<Position>) -> impl Iterator<Item = &Segment> {
        let from = self.segments.partition_point(|segment| segment.end() <= span.start);
        self.segments[from..].iter().take_while(move |segment| segment.begin < span.end)
    }

    /// Where a sample lies.
    #[must_use]
    pub fn place(&self, sample: MediaTime) -> Option<Position> {
        self.segments.iter().find_map(|segment| segment.place(sample))
    }

    /// Where its last segment ends.
    #[must_use]
    pub fn end(&self) -> Position {
        self.segments.last().map_or(Position::START, Segment::end)
    }
}

/// What lies where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Score {
    tracks: BTreeMap<TrackId, Track>,
    entries: Vec<(Position, EntryRef)>,
    length: Position,
}

/// A note of sound with the number of its session.
#[derive(Clone, Copy)]
struct Anchor {
    sample: i64,
    at_us: i64,
    session: usize,
}

impl Score {
    /// Lays out a recording: its `notes` in order, the frames there are, and the epoch and media time
    /// that each entry of the log is stamped with. Entries of which no note tells lie at their sound
    /// too, else as far behind their author's entry before them as they were said (a good-bye is said
    /// when nothing is recorded any more), and else at the beginning: they were said before.
    #[must_use]
    pub fn new(
        notes: &[Note],
        voiced: &BTreeMap<TrackId, Voiced>,
        stamps: &BTreeMap<EntryRef, (Epoch, MediaTime)>,
    ) -> Self {
        let anchors = anchors(notes);
        let clock = Stretched::new(notes, &anchors, voiced);
        let lay = |(id, frames): (&TrackId, &Voiced)| {
            Some((*id, track(anchors.get(id)?, frames, &clock)))
        };
        let tracks: BTreeMap<_, _> = voiced.iter().filter_map(lay).collect();
        let noted: BTreeMap<_, _> = notes.iter().filter_map(|note| clock.entry(note)).collect();
        let place = |(entry, (epoch, at)): (&EntryRef, &(Epoch, MediaTime))| {
            let heard = tracks.get(&(entry.author, *epoch)).and_then(|track| track.place(*at));
            let latest = noted.get(entry).map(|noted| noted.samples().saturating_add(HOLD));
            match (heard, latest) {
                (Some(heard), Some(latest)) => Some(heard.min(Position::from_samples(latest))),
                (Some(heard), None) => Some(heard),
                (None, Some(latest)) => Some(Position::from_samples(latest - HOLD)),
                (None, None) => None,
            }
        };
        let ends = tracks.values().map(Track::end).chain([clock.end]);
        let placed: Vec<_> = stamps.iter().map(|said| (*said.0, *said.1, place(said))).collect();
        let last = placed.iter().filter_map(|(.., at)| *at).chain(ends).max();
        let length = last.unwrap_or_default();
        let mut entries = between(&placed, length);
        entries.sort_unstable();
        Self { tracks, entries, length }
    }

    /// The tracks.
    #[must_use]
    pub fn tracks(&self) -> &BTreeMap<TrackId, Track> {
        &self.tracks
    }

    /// All entries, in order of their place.
    #[must_use]
    pub fn entries(&self) -> &[(Position, EntryRef)] {
        &self.entries
    }

    /// How long it is.
    #[must_use]
    pub fn length(&self) -> Position {
        self.length
    }
}

/// An entry, its stamp, and its place if anything tells that.
type Placed = (EntryRef, (Epoch, MediaTime), Option<Position>);

/// Gives the entries a place of which nothing tells; `placed` is in order of author and number.
fn between(placed: &[Placed], length: Position) -> Vec<(Position, EntryRef)> {
    let mut entries = Vec::with_capacity(placed.len());
    for of_author in placed.chunk_by(|a, b| a.0.author == b.0.author) {
        let mut before: Option<((Epoch, MediaTime), Position)> = None;
        for (number, (entry, stamp, place)) in of_author.iter().enumerate() {
            let reckon = || {
                let ((epoch, at), place) = before?;
                let later = stamp.1.samples().saturating_sub(at.samples());
                let later = if epoch == stamp.0 { later } else { 0 };
                let next = of_author[number..].iter().find_map(|(.., place)| *place);
                let reckoned = place.samples().saturating_add(later);
                Some(Position::from_samples(reckoned).min(next.unwrap_or(length)).max(place))
            };
            let place = (*place).or_else(reckon);
            before = place.map(|place| (*stamp, place));
            entries.push((place.unwrap_or(Position::START), *entry));
        }
    }
    entries
}

/// The recording's clock with room for what was fetched.
struct Stretched {
    /// Start of each session, and samples added up to there.
    sessions: Vec<(i64, i64)>,
    end: Position,
}

impl Stretched {
    fn new(
        notes: &[Note],
        anchors: &BTreeMap<TrackId, Vec<Anchor>>,
        voiced: &BTreeMap<TrackId, Voiced>,
    ) -> Self {
        let mut starts: Vec<i64> = notes.iter().filter_map(session).collect();
        if starts.first() != Some(&0) {
            starts.insert(0, 0);
        }
        let mut rooms = vec![0; starts.len()];
        for (id, anchors) in anchors {
            let Some(frames) = voiced.get(id) else { continue };
            for (before, next) in absences(anchors) {
                let unheard = before.map_or(0, |last| heard_until(last, &starts));
                let Some(first) = first_from(frames, unheard) else { continue };
                let lead = next.sample - first.max(unheard);
                let there = samples(next.at_us - starts[next.session]);
                let room = (lead - there).clamp(0, LONGEST);
                rooms[next.session] = rooms[next.session].max(room);
            }
        }
        let mut added = 0;
        let sessions = starts.into_iter().zip(rooms).map(|(start, room)| {
            added += room;
            (start, added)
        });
        let mut clock = Self { sessions: sessions.collect(), end: Position::START };
        let last = clock.sessions.len() - 1;
        let end = notes.iter().map(|note| micros(note.at())).max().unwrap_or(0);
        clock.end = position(clock.at(last, end));
        clock
    }

    /// The place, in samples, of a moment in a session.
    fn at(&self, session: usize, at_us: i64) -> i64 {
        samples(at_us) + self.sessions[session].1
    }

    /// Where a session begins, with the room made there.
    fn begin(&self, session: usize) -> i64 {
        let before = session.checked_sub(1).map_or(0, |before| self.sessions[before].1);
        samples(self.sessions[session].0) + before
    }

    /// The session of a moment.
    fn session(&self, at_us: i64) -> usize {
        self.sessions.partition_point(|(start, _)| *start <= at_us).max(1) - 1
    }

    fn entry(&self, note: &Note) -> Option<(EntryRef, Position)> {
        let Note::Entry { entry, at } = *note else { return None };
        let at = micros(at);
        Some((entry, position(self.at(self.session(at), at))))
    }
}

/// For each epoch the notes from which its sound ran on undisturbed.
fn anchors(notes: &[Note]) -> BTreeMap<TrackId, Vec<Anchor>> {
    let mut anchors: BTreeMap<_, Vec<Anchor>> = BTreeMap::new();
    let mut current = 0;
    for note in notes {
        match *note {
            Note::Session { at } => current += usize::from(at > 0),
            Note::Sound { author, epoch, sample, at } => {
                let sample = i64::try_from(sample.samples()).unwrap_or(i64::MAX / 2);
                let this = Anchor { sample, at_us: micros(at), session: current };
                let of_epoch = anchors.entry((author, epoch)).or_default();
                let jumps = of_epoch.last().is_none_or(|last| {
                    let expected = last.at_us + (sample - last.sample).saturating_mul(125) / 6;
                    let behind = this.at_us - expected;
                    sample > last.sample && behind.abs() > DELAY_US
                });
                if jumps {
                    of_epoch.push(this);
                }
            }
            Note::Entry { .. } => {}
        }
    }
    anchors
}

/// The points where an epoch is heard again, or first, after it was not: with the note before.
fn absences(anchors: &[Anchor]) -> impl Iterator<Item = (Option<Anchor>, Anchor)> {
    let begin = anchors.first().map(|first| (None, *first));
    let later = anchors.windows(2).filter(|pair| pair[0].session != pair[1].session);
    begin.into_iter().chain(later.map(|pair| (Some(pair[0]), pair[1])))
}

/// The first sample that was not heard when the session of `last` ended.
fn heard_until(last: Anchor, starts: &[i64]) -> i64 {
    // The next session's clock goes on a second behind the last note.
    const PAUSE_US: i64 = 1_000_000;
    let end = starts.get(last.session + 1).map_or(i64::MAX, |next| next - PAUSE_US);
    last.sample.saturating_add(samples(end.saturating_sub(last.at_us).max(0)))
}

/// The first sample there is from `sample` on.
fn first_from(frames: &Voiced, sample: i64) -> Option<i64> {
    let width = FRAME_SAMPLES as i64;
    let run = frames.iter().find(|run| run.end as i64 * width > sample)?;
    Some((run.start as i64 * width).max(sample))
}

/// Lays out one epoch.
fn track(anchors: &[Anchor], frames: &Voiced, clock: &Stretched) -> Track {
    let starts: Vec<i64> = clock.sessions.iter().map(|(start, _)| *start).collect();
    let width = FRAME_SAMPLES as i64;
    let last = frames.last().map_or(0, |run| run.end as i64 * width);
    let mut parts = Vec::new();
    let mut part = |from: i64, to: i64, anchor: &Anchor| {
        let shift = clock.at(anchor.session, anchor.at_us) - anchor.sample;
        // What leads up to the first note of a session lies within that session, or nowhere.
        let lead = from.max(clock.begin(anchor.session) - shift);
        parts.push((if to == anchor.sample { lead } else { from }, to, shift));
    };
    for (number, anchor) in anchors.iter().enumerate() {
        let next = anchors.get(number + 1);
        if number == 0 {
            part(0, anchor.sample, anchor);
        }
        match next {
            Some(next) if next.session != anchor.session => {
                let until = heard_until(*anchor, &starts).clamp(anchor.sample, next.sample);
                part(anchor.sample, until, anchor);
                part(until, next.sample, next);
            }
            Some(next) => part(anchor.sample, next.sample, anchor),
            None => part(anchor.sample, last.max(anchor.sample), anchor),
        }
    }
    let mut segments: Vec<Segment> = Vec::new();
    for (from, to, shift) in parts {
        if from >= to {
            continue;
        }
        // Where the clocks overlap, what was heard later counts.
        while let Some(before) = segments.last_mut() {
            let begin = from + shift;
            if before.begin.samples() as i64 >= begin {
                segments.pop();
                continue;
            }
            before.samples = before.samples.min((begin - before.begin.samples() as i64) as u64);
            break;
        }
        segments.push(Segment {
            begin: position(from + shift),
            first: MediaTime::from_samples(from as u64),
            samples: (to - from) as u64,
        });
    }
    Track { segments }
}

fn session(note: &Note) -> Option<i64> {
    match note {
        Note::Session { at } => Some(micros(*at)),
        _ => None,
    }
}

/// Microseconds as samples: 48 000 / 1 000 000 = 6 / 125.
fn samples(us: i64) -> i64 {
    us.saturating_mul(6) / 125
}

/// Moments are bounded so that sums of them can't overflow: 300 years.
fn micros(us: u64) -> i64 {
    i64::try_from(us).unwrap_or(i64::MAX).min(10_000_000_000_000_000)
}

fn position(samples: i64) -> Position {
    Position::from_samples(u64::try_from(samples).unwrap_or(0))
}

#[cfg(test)]
mod tests;
