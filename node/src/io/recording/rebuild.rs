//! A sound file written anew, with what was fetched in its gaps.

use super::fill::{Fill, remove_file};
use super::sound_file::{SoundFile, frames};
use super::stem;
use crate::room::id::MemberId;
use crate::room::time::Epoch;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

/// A file half written, until it takes the sound file's place.
pub(super) fn half(folder: &Path, author: MemberId, epoch: Epoch) -> PathBuf {
    folder.join(format!("{}.new", stem(author, epoch)))
}

/// Writes the file of an epoch anew: what the present one holds (up to where it is torn) and what
/// was fetched. Returns it, open, and the gaps that remain.
pub(super) fn rebuild(
    folder: &Path,
    author: MemberId,
    epoch: Epoch,
    name: &str,
    fill: &Fill,
    live: bool,
) -> io::Result<(SoundFile, BTreeMap<u64, u64>)> {
    let old = folder.join(format!("{}.opus", stem(author, epoch)));
    let mut file = SoundFile::create(&half(folder, author, epoch), epoch, name, live)?;
    let mut gaps = BTreeMap::new();
    let mut put = |index: u64, packet: &[u8]| {
        if let Some(next) = file.next().filter(|&next| next < index) {
            gaps.insert(next, index - next);
        }
        file.push(index, packet).map(drop)
    };
    let mut fetched = fill.frames().iter().peekable();
    if old.exists() {
        for frame in frames(&old)? {
            let frame = frame?;
            while let Some((&index, packet)) = fetched.next_if(|(index, _)| **index < frame.index) {
                put(index, packet)?;
            }
            let same = fetched.next_if(|(index, _)| **index == frame.index);
            if let Some(packet) = frame.packet.as_ref().or(same.map(|(_, packet)| packet)) {
                put(frame.index, packet)?;
            }
        }
    }
    for (&index, packet) in fetched {
        put(index, packet)?;
    }
    if live {
        file.flush()?;
    }
    Ok((file, gaps))
}

/// Puts the rebuilt file in the old one's place, in one step.
pub(super) fn replace(folder: &Path, author: MemberId, epoch: Epoch) -> io::Result<()> {
    let path = folder.join(format!("{}.opus", stem(author, epoch)));
    std::fs::rename(half(folder, author, epoch), &path)?;
    remove_file(&half(folder, author, epoch))?;
    // The rename itself must survive a power cut; not every system can sync a folder.
    drop(std::fs::File::open(folder).and_then(|folder| folder.sync_all()));
    Ok(())
}
