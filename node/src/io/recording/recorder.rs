//! Recording a meeting's sound while it is heard.
//!
//! The recorder writes to disk and may block for a moment: call it from a thread of its own (or
//! `spawn_blocking`), never from the loop.

use super::fill::Fill;
use super::rebuild::{rebuild, replace};
use super::sound_file::{SoundFile, name_of};
use super::timeline::Timeline;
use super::{SECOND, recorded, sound_folder, stem};
use crate::io::audio::Played;
use crate::limits::{FRAME_SAMPLES, MEMBERS, OPUS_PACKET_BYTES};
use crate::room::id::{EntryRef, MemberId};
use crate::room::playback::Note;
use crate::room::sound::Page;
use crate::room::stanza::SoundPage;
use crate::room::time::{Epoch, LocalTime, MediaTime};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Frames that an epoch's file may span: 24 h. A talker's clock may jump, by fault or malice, and
/// the gap would be written out.
const LONGEST: u64 = 24 * 3600 * SECOND;

/// Epochs recorded at a time: each member's microphone, restarted once.
const STREAMS: usize = 2 * MEMBERS;

/// How long an incomplete second waits for its late frames (relayed ones take a second way).
const PATIENCE: Duration = Duration::from_millis(1500);

/// Drift between an author's clock and ours that is noted: a fifth of what people notice.
const DRIFT_US: u64 = 5_000;

/// Time between notes of what is heard, at least, so that replay can follow slow drift.
const NOTE_US: u64 = 10_000_000;

/// The disk refused. What was recorded before is safe.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// Reading or writing a file of the recording failed.
    #[error("cannot write the recording {path}: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A fetched sound page is not what its author announced.
    #[error("a fetched second of sound was refused: {0}")]
    Page(#[from] crate::room::sound::PageError),
}

/// A second of somebody's sound as its author announced it.
pub type Announced = (MemberId, Epoch, SoundPage);

/// Writes one meeting's sound.
pub struct Recorder {
    folder: PathBuf,
    timeline: Timeline,
    streams: BTreeMap<(MemberId, Epoch), Stream>,
    names: BTreeMap<MemberId, String>,
}

/// One author's epoch.
struct Stream {
    file: SoundFile,
    fill: Fill,
    /// First frame and number of frames of each gap in the file.
    gaps: BTreeMap<u64, u64>,
    first: Option<u64>,
    /// Frames that wait for those before them in their second.
    waiting: BTreeMap<u64, Vec<u8>>,
    last_arrival: LocalTime,
    /// Sample and recording time of the last note.
    noted: Option<(MediaTime, u64)>,
}

impl Recorder {
    /// Opens the recording in a meeting's folder, or begins it; heals what a kill left torn and works
    /// in what was fetched since.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn open(meeting: &Path, now: LocalTime) -> Result<Self, RecordError> {
        let folder = sound_folder(meeting);
        let at = |source| RecordError::Io { path: folder.clone(), source };
        std::fs::create_dir_all(&folder).map_err(at)?;
        let timeline = Timeline::open(&folder.join("timeline"), now).map_err(at)?;
        let (mut streams, mut names) = (BTreeMap::new(), BTreeMap::new());
        for (author, epoch, path) in recorded(&folder).map_err(at)? {
            if let Some(name) = name_of(&path) {
                names.insert(author, name);
            }
            let name = names.get(&author).map_or("", String::as_str);
            let stream = Stream::open(&folder, author, epoch, name, now).map_err(at)?;
            streams.insert((author, epoch), stream);
        }
        Ok(Self { folder, timeline, streams, names })
    }

    /// What an author is called, for the tags of files begun from now on.
    pub fn name(&mut self, author: MemberId, name: &str) {
        self.names.insert(author, name.to_owned());
    }

    /// Takes a frame as it was sent, one's own included, in any order. What is no packet, or too far
    /// from the rest, is left out.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn frame(
        &mut self,
        author: MemberId,
        epoch: Epoch,
        at: MediaTime,
        opus: &[u8],
        now: LocalTime,
    ) -> Result<(), RecordError> {
        let taken = self.take(author, epoch, at, opus, now)?;
        let unheard = self.streams.get(&(author, epoch)).is_some_and(|s| s.noted.is_none());
        if taken && unheard {
            // Until something is heard, the moment of arrival stands for it.
            self.note(author, epoch, at, now);
        }
        Ok(())
    }

    /// Whether it was a frame that can be kept.
    fn take(
        &mut self,
        author: MemberId,
        epoch: Epoch,
        at: MediaTime,
        opus: &[u8],
        now: LocalTime,
    ) -> Result<bool, RecordError> {
        if opus.is_empty() || opus.len() > OPUS_PACKET_BYTES || at != at.frame_start() {
            return Ok(false);
        }
        let index = at.samples() / FRAME_SAMPLES;
        if !self.streams.contains_key(&(author, epoch)) {
            if self.streams.len() >= STREAMS {
                return Ok(false);
            }
            let name = self.names.get(&author).map_or("", String::as_str);
            let stream = Stream::open(&self.folder, author, epoch, name, now);
            let stream = stream.map_err(|source| self.failed(source))?;
            self.streams.insert((author, epoch), stream);
        }
        let Some(stream) = self.streams.get_mut(&(author, epoch)) else { return Ok(false) };
        stream.frame(index, opus, now).map_err(|source| self.failed(source))?;
        Ok(true)
    }

    /// Those of these announced pages that the files lack, in whole or in part: what a recorder that
    /// is opened again has to fetch.
    #[must_use]
    pub fn lacking(&self, log: Vec<Announced>) -> Vec<Announced> {
        let lacks = |(author, epoch, page): &Announced| {
            let first = page.first.samples() / FRAME_SAMPLES;
            let frames = u64::from(page.frames);
            let stream = self.streams.get(&(*author, *epoch));
            stream.is_none_or(|stream| stream.near(first) && stream.lacks(first, frames))
        };
        log.into_iter().filter(lacks).collect()
    }

    /// Notes what is at the sink when; for one's own sound, when it was captured.
    pub fn played(&mut self, played: &Played) {
        let at = self.timeline.recorded(played.at);
        let Some(stream) = self.streams.get(&(played.author, played.epoch)) else { return };
        let expected = stream.noted.map_or(u64::MAX, |(sample, noted)| {
            let samples = played.first.samples().saturating_sub(sample.samples());
            noted.saturating_add(samples.saturating_mul(125) / 6)
        });
        let old = stream.noted.is_some_and(|(_, noted)| at >= noted.saturating_add(NOTE_US));
        if at.abs_diff(expected) > DRIFT_US || old {
            self.note(played.author, played.epoch, played.first, played.at);
        }
    }

    /// Notes when an entry was applied.
    pub fn applied(&mut self, entry: EntryRef, at: LocalTime) {
        let at = self.timeline.recorded(at);
        self.timeline.push(&Note::Entry { entry, at });
    }

    /// Takes the bytes of an announced page. Only what the file lacks is kept; so every page of the
    /// log may be offered. Returns whether something was missing.
    ///
    /// # Errors
    /// When the disk refuses, or the bytes are not the page.
    pub fn page_blob(
        &mut self,
        author: MemberId,
        epoch: Epoch,
        announced: &SoundPage,
        bytes: &[u8],
        now: LocalTime,
    ) -> Result<bool, RecordError> {
        let page = Page::of(announced, bytes)?;
        let first = page.first.samples() / FRAME_SAMPLES;
        if !self.streams.contains_key(&(author, epoch)) {
            // Nothing of it came live: the page begins the file. When it was heard is not known:
            // perhaps long ago, or never.
            for (at, packet) in page.frames() {
                self.take(author, epoch, at, packet, now)?;
            }
            return Ok(true);
        }
        let Some(stream) = self.streams.get_mut(&(author, epoch)) else { return Ok(false) };
        if !stream.near(first) || !stream.lacks(first, u64::from(announced.frames)) {
            return Ok(false);
        }
        stream.fill.push(&page).map_err(|source| self.failed(source))?;
        Ok(true)
    }

    /// Writes what has waited long enough, and makes all of it survive a power cut. Call once a
    /// second.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn tick(&mut self, now: LocalTime) -> Result<(), RecordError> {
        for stream in self.streams.values_mut() {
            if now.since(stream.last_arrival) >= PATIENCE {
                let written = stream.write_all();
                written.map_err(|source| failed(&self.folder, source))?;
            }
        }
        self.timeline.write().map_err(|source| self.failed(source))
    }

    /// Ends the recording: everything waiting is written and what was fetched is worked in.
    ///
    /// # Errors
    /// When the disk refuses; nothing that was on disk is lost, and opening tries again.
    pub fn finish(mut self) -> Result<(), RecordError> {
        self.timeline.write().map_err(|source| failed(&self.folder, source))?;
        for ((author, epoch), mut stream) in self.streams {
            let name = self.names.get(&author).map_or("", String::as_str);
            stream
                .write_all()
                .and_then(|()| rebuild(&self.folder, author, epoch, name, &stream.fill, false))
                .and_then(|(file, _)| file.finish())
                .and_then(|()| replace(&self.folder, author, epoch))
                .and_then(|()| stream.fill.remove())
                .map_err(|source| failed(&self.folder, source))?;
        }
        Ok(())
    }

    fn note(&mut self, author: MemberId, epoch: Epoch, sample: MediaTime, at: LocalTime) {
        let at = self.timeline.recorded(at);
        self.timeline.push(&Note::Sound { author, epoch, sample, at });
        if let Some(stream) = self.streams.get_mut(&(author, epoch)) {
            stream.noted = Some((sample, at));
        }
    }

    fn failed(&self, source: io::Error) -> RecordError {
        failed(&self.folder, source)
    }
}

fn failed(folder: &Path, source: io::Error) -> RecordError {
    RecordError::Io { path: folder.to_owned(), source }
}

impl Stream {
    fn open(
        folder: &Path,
        author: MemberId,
        epoch: Epoch,
        name: &str,
        now: LocalTime,
    ) -> io::Result<Self> {
        let stem = stem(author, epoch);
        let fill = Fill::open(folder.join(format!("{stem}.fill")))?;
        let (file, gaps) = rebuild(folder, author, epoch, name, &fill, true)?;
        file.sync()?;
        replace(folder, author, epoch)?;
        fill.remove()?;
        let fill = Fill::open(folder.join(format!("{stem}.fill")))?;
        Ok(Self {
            first: file.first(),
            file,
            fill,
            gaps,
            waiting: BTreeMap::new(),
            last_arrival: now,
            noted: None,
        })
    }

    fn frame(&mut self, index: u64, opus: &[u8], now: LocalTime) -> io::Result<()> {
        if !self.near(index) {
            return Ok(());
        }
        self.first.get_or_insert(index);
        self.last_arrival = now;
        if self.file.next().is_some_and(|next| index < next) {
            // A latecomer to a gap is as good as a fetched page.
            if self.lacks(index, 1) && !self.fill.frames().contains_key(&index) {
                self.fill
                    .push(&Page { first: super::media(index), packets: vec![opus.to_vec()] })?;
            }
            return Ok(());
        }
        self.waiting.entry(index).or_insert_with(|| opus.to_vec());
        while let Some((&oldest, _)) = self.waiting.first_key_value() {
            let end = (oldest / SECOND + 1) * SECOND;
            let begin = self.file.next().unwrap_or(oldest).max(oldest / SECOND * SECOND);
            let whole = self.waiting.range(begin..end).count() as u64 == end - begin;
            let overdue =
                self.waiting.last_key_value().is_some_and(|(&last, _)| last >= end + SECOND);
            if !whole && !overdue {
                break;
            }
            self.write_until(end)?;
        }
        Ok(())
    }

    fn write_all(&mut self) -> io::Result<()> {
        self.write_until(u64::MAX)?;
        self.file.flush()?;
        self.file.sync()
    }

    fn write_until(&mut self, end: u64) -> io::Result<()> {
        let later = self.waiting.split_off(&end);
        for (index, packet) in std::mem::replace(&mut self.waiting, later) {
            if let Some(next) = self.file.next().filter(|&next| next < index) {
                self.gaps.insert(next, index - next);
            }
            self.file.push(index, &packet)?;
        }
        self.file.sync()
    }

    /// Whether a frame is within a day of the first.
    fn near(&self, index: u64) -> bool {
        self.first.is_none_or(|first| index.abs_diff(first) <= LONGEST)
    }

    /// Whether one of these frames is neither in the file nor on its way there.
    fn lacks(&self, first: u64, frames: u64) -> bool {
        let end = first.saturating_add(frames);
        let in_gap = self.gaps.range(..end).next_back().is_some_and(|(at, len)| at + len > first);
        let begin = self.first.unwrap_or(u64::MAX);
        let known = |index: u64| {
            self.waiting.contains_key(&index) || self.fill.frames().contains_key(&index)
        };
        let beyond = first < begin || self.file.next().is_none_or(|next| end > next);
        (in_gap || beyond) && !(first..end).all(known)
    }
}
