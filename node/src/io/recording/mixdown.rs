//! All voices of a recording on its own clock.

use super::sound_file::name_of;
use super::timeline::parse;
use super::voice::{Index, Voice, VoiceError};
use super::{recorded, sound_folder};
use crate::io::audio::BLOCK;
use crate::room::id::{EntryRef, MemberId};
use crate::room::playback::stretch::Input;
use crate::room::playback::{Note, Position, Score, Track, TrackId, Voiced};
use crate::room::time::{Epoch, MediaTime};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Samples kept behind what was read last: more than a stretched window looks back.
const KEPT: usize = 4 * BLOCK;

/// Silence within somebody's words that is not shown as such: 1 s, the grain of it.
const BREATH: u64 = 48_000;

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

/// When somebody spoke, from and to, on the recording's clock.
pub type Spoken = (MemberId, Position, Position);

/// An opened recording.
pub struct Recording {
    /// What lies where.
    pub score: Score,
    /// When who spoke, in order of time, to the second.
    pub spoken: Vec<Spoken>,
    /// Its sound.
    pub sound: Mixdown,
}

impl Recording {
    /// Opens the recording in a meeting's folder; each entry of the log is stamped with the epoch and
    /// media time of `stamps`. Damaged parts are left out ([`super::verify_sound`] names them). Reads
    /// all sound once: 14 MB an hour and voice. Blocks.
    ///
    /// # Errors
    /// [`ReplayError`] when there is no recording or it can't be read.
    pub fn open(
        meeting: &Path,
        stamps: &BTreeMap<EntryRef, (Epoch, MediaTime)>,
    ) -> Result<Self, ReplayError> {
        let folder = sound_folder(meeting);
        let notes = notes(meeting)?;
        let failed = |path: &Path, source| ReplayError::Io { path: path.to_owned(), source };
        let mut indexes = BTreeMap::new();
        for (author, epoch, path) in recorded(&folder).map_err(|e| failed(&folder, e))? {
            let index = Index::read(&path).map_err(|e| failed(&path, e))?;
            indexes.insert((author, epoch), index);
        }
        let voiced: BTreeMap<TrackId, Voiced> =
            indexes.iter().map(|(id, index)| (*id, index.voiced().clone())).collect();
        let score = Score::new(&notes, &voiced, stamps);
        let spoken = spoken(&score, &indexes);
        let mut voices = Vec::new();
        for (id, index) in indexes {
            let Some(track) = score.tracks().get(&id) else { continue };
            let voice = Voice::new(index).map_err(|error| match error {
                VoiceError::File(source) => failed(&folder, source),
                VoiceError::Codec(error) => failed(&folder, io::Error::other(error)),
            })?;
            voices.push((track.clone(), voice));
        }
        Ok(Self { score, spoken, sound: Mixdown { voices, mix: Vec::new(), begin: 0 } })
    }
}

/// How long the recording in a meeting's folder is, by its notes alone; without the room that a
/// replay makes for sound that was fetched for an interruption.
///
/// # Errors
/// [`ReplayError`].
pub fn duration(meeting: &Path) -> Result<Duration, ReplayError> {
    let last = notes(meeting)?.iter().map(Note::at).max().unwrap_or(0);
    Ok(Duration::from_micros(last))
}

/// What those whose sound is in a meeting's folder were called.
#[must_use]
pub fn voices(meeting: &Path) -> Vec<String> {
    let files = recorded(&sound_folder(meeting)).unwrap_or_default();
    let mut names: BTreeMap<MemberId, String> = BTreeMap::new();
    for (author, _, path) in files {
        names.extend(name_of(&path).map(|name| (author, name)));
    }
    names.into_values().collect()
}

fn notes(meeting: &Path) -> Result<Vec<Note>, ReplayError> {
    let path = sound_folder(meeting).join("timeline");
    let bytes = std::fs::read(&path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => ReplayError::NotRecorded(meeting.to_owned()),
        _ => ReplayError::Io { path, source },
    })?;
    Ok(parse(&bytes).0)
}

fn spoken(score: &Score, indexes: &BTreeMap<TrackId, Index>) -> Vec<Spoken> {
    let mut spoken: Vec<Spoken> = Vec::new();
    for (id, index) in indexes {
        let Some(track) = score.tracks().get(id) else { continue };
        let begun = spoken.len();
        for samples in index.spoken() {
            let Some(from) = track.place(MediaTime::from_samples(samples.start)) else { continue };
            let to = Position::from_samples(from.samples() + (samples.end - samples.start));
            match spoken[begun..].last_mut() {
                Some((_, _, end)) if from.samples() <= end.samples() + BREATH => *end = to,
                _ => spoken.push((id.0, from, to)),
            }
        }
    }
    spoken.sort_by_key(|(author, from, _)| (*from, *author));
    spoken
}

/// All voices added up, from any place on; read forwards it decodes each frame once.
pub struct Mixdown {
    voices: Vec<(Track, Voice)>,
    mix: Vec<f32>,
    /// Place of the first sample of `mix`.
    begin: i64,
}

impl Mixdown {
    fn extend(&mut self) {
        let from = self.begin + self.mix.len() as i64;
        let mut block = [0.0; BLOCK];
        // Places before the beginning are silent.
        if let Ok(place) = u64::try_from(from) {
            let span = Position::from_samples(place)..Position::from_samples(place + BLOCK as u64);
            for (track, voice) in &mut self.voices {
                for segment in track.within(span.clone()) {
                    let begin = segment.begin.samples().max(place);
                    let end = segment.end().samples().min(place + BLOCK as u64);
                    let sample = segment.first.samples() + (begin - segment.begin.samples());
                    voice.add(sample, &mut block[(begin - place) as usize..(end - place) as usize]);
                }
            }
        }
        self.mix.extend(block);
    }
}

impl Input for Mixdown {
    fn read(&mut self, place: i64, samples: &mut [f32]) {
        let end = self.begin + self.mix.len() as i64;
        if place < self.begin || place > end + BLOCK as i64 {
            self.mix.clear();
            self.begin = place;
        }
        let behind = place + samples.len() as i64;
        while self.begin + (self.mix.len() as i64) < behind {
            self.extend();
        }
        let from = (place - self.begin) as usize;
        samples.copy_from_slice(&self.mix[from..from + samples.len()]);
        if let Some(stale) = from.checked_sub(KEPT) {
            self.mix.drain(..stale);
            self.begin += stale as i64;
        }
    }
}
