//! Verification of a meeting's folder: every entry, and every second of recorded sound.

use crate::io::log;
use crate::io::recording::verify_sound;
use crate::room::stanza::{Action, Payload};
use std::io;
use std::path::Path;

/// What a whole folder holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Entries, all signed and linked.
    pub entries: u64,
    /// Authors of them.
    pub authors: u64,
    /// Seconds of sound that are what their author signed.
    pub sound_pages: u64,
}

/// Checks the folder of a meeting that isn't open. Nothing in it is changed. Blocks.
///
/// # Errors
/// The outer error: the folder holds no meeting, or can't be read. The inner one names the first
/// thing that is wrong.
pub fn verify(folder: &Path) -> io::Result<Result<Verified, String>> {
    let path = folder.join(super::entrance::LOG);
    let report = match log::verify(&path) {
        Ok(report) => report,
        Err(log::Fault::Unreadable(error)) => return Err(io::Error::other(error)),
        Err(fault) => return Ok(Err(fault.to_string())),
    };
    let pages = log::entries_in(&path, &report.meeting).map_err(io::Error::other)?;
    let pages: Vec<_> = pages
        .iter()
        .filter_map(|entry| {
            let action = Action::parse(entry.stanza()).ok()?;
            match action.payload {
                Payload::Sound(page) => Some((entry.author(), action.stamp.epoch, page)),
                _ => None,
            }
        })
        .collect();
    let sound = verify_sound(folder, &pages)?;
    if let Some(fault) = sound.faults.first() {
        return Ok(Err(fault.to_string()));
    }
    if let Some(line) = sound.timeline {
        return Ok(Err(format!("the recording's timeline is altered at record {line}")));
    }
    Ok(Ok(Verified { entries: report.entries, authors: report.authors, sound_pages: sound.proved }))
}
