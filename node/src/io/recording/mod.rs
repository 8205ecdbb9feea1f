//! Keeping a meeting's sound, and playing the meeting again.
//!
//! A recorded meeting's folder has a folder `sound` with
//! * one Ogg Opus file (RFC 7845) for each author and epoch: `<author>-<epoch>.opus`, the packets
//!   as they were sent. **PCM position is media time**: packets decode to their media time
//!   already, because capture accounts for the encoder's delay (`io::audio`), so nothing of them
//!   may be skipped. Yet readers expect a pre-skip (opusinfo calls one under 120 samples
//!   implausible), and a decoder is to settle in it for 80 ms (RFC 7845 §4.2): so the file's first
//!   sound page holds four lost frames, and pre-skip is exactly those. The first sample that a
//!   player gives is the first of the first real packet, and granule − pre-skip (RFC 7845 §4.3) is
//!   media time. Each further page holds one media second; a frame
//!   that never came is a packet of one byte (its table of contents alone: "lost", RFC 6716 §3.2.1),
//!   so that positions stay continuous (RFC 7845 §4.1). A file may begin anywhere in its epoch.
//! * `<author>-<epoch>.fill`: sound pages fetched afterwards, until they are worked in;
//! * `timeline`: what was heard and applied when, so that a replay keeps the relation of page and
//!   sound.
//!
//! All of it survives a kill or power cut at any byte: at most the second being collected is lost,
//! and it is in the others' recordings.

mod fill;
mod mixdown;
mod pages;
mod rebuild;
mod recorder;
mod sound_file;
mod timeline;
mod verify;
mod voice;

pub use mixdown::{Mixdown, Recording, ReplayError, Spoken, duration, voices};
pub use recorder::{Announced, RecordError, Recorder};
pub use verify::{FaultKind, SoundFault, SoundReport, verify_sound};

use crate::limits::FRAME_SAMPLES;
use crate::room::id::MemberId;
use crate::room::time::{Epoch, MediaTime};
use std::path::{Path, PathBuf};

/// Frames of a media second.
const SECOND: u64 = crate::room::sound::PAGE_FRAMES as u64;

/// Lost frames before the first real one: 80 ms (RFC 7845 §4.2).
const PRE_ROLL: u64 = 4;

/// Samples that players drop at a file's beginning, and that granule positions are ahead of media
/// time: the pre-roll, no more and no less.
const PRE_SKIP: u64 = PRE_ROLL * FRAME_SAMPLES;

/// The pre-skip of files before there was a pre-roll; they are still read.
const OLD_PRE_SKIP: u64 = crate::io::audio::LOOKAHEAD as u64;

/// The folder of a meeting's sound.
fn sound_folder(meeting: &Path) -> PathBuf {
    meeting.join("sound")
}

/// The stem of the files of an author's epoch.
fn stem(author: MemberId, epoch: Epoch) -> String {
    format!("{author}-{epoch}")
}

/// Whose file this is, by its name.
fn whose(path: &Path) -> Option<(MemberId, Epoch)> {
    if path.extension()? != "opus" {
        return None;
    }
    let (author, epoch) = path.file_stem()?.to_str()?.split_once('-')?;
    if epoch.len() != 8 {
        return None;
    }
    Some((author.parse().ok()?, Epoch(u32::from_str_radix(epoch, 16).ok()?)))
}

/// The recorded epochs in a sound folder, in the order of author and epoch. No folder: none.
fn recorded(folder: &Path) -> std::io::Result<Vec<(MemberId, Epoch, PathBuf)>> {
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if let Some((author, epoch)) = whose(&path) {
            found.push((author, epoch, path));
        }
    }
    found.sort();
    Ok(found)
}

/// The first sample of frame `index`.
fn media(index: u64) -> MediaTime {
    MediaTime::from_samples(index.saturating_mul(FRAME_SAMPLES))
}

#[cfg(test)]
mod tests;
