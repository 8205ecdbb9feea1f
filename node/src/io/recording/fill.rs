//! Sound pages that came too late for the file, kept beside it until they are worked in.
//!
//! Append-only records: length (4 bytes, big-endian), the first 8 bytes of the BLAKE3 hash, the
//! page's canonical bytes (`room::sound`). A torn tail is cut off on opening.

use crate::limits::FRAME_SAMPLES;
use crate::room::sound::{PAGE_BYTES, Page};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Frames by index that are not in the sound file yet.
pub(super) struct Fill {
    path: PathBuf,
    file: Option<File>,
    frames: BTreeMap<u64, Vec<u8>>,
}

impl Fill {
    /// Reads what is there.
    pub(super) fn open(path: PathBuf) -> io::Result<Self> {
        let bytes = match std::fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            bytes => bytes?,
        };
        let mut fill = Self { path, file: None, frames: BTreeMap::new() };
        let mut rest = bytes.as_slice();
        while let Some((page, tail)) = record(rest) {
            fill.hold(&page);
            rest = tail;
        }
        if !rest.is_empty() {
            let whole = (bytes.len() - rest.len()) as u64;
            OpenOptions::new().write(true).open(&fill.path)?.set_len(whole)?;
        }
        Ok(fill)
    }

    /// Keeps a page, on disk too.
    pub(super) fn push(&mut self, page: &Page) -> io::Result<()> {
        if self.file.is_none() {
            self.file = Some(OpenOptions::new().append(true).create(true).open(&self.path)?);
        }
        let bytes = page.encode();
        let len = u32::try_from(bytes.len()).expect("a page has at most PAGE_BYTES");
        let mut record = len.to_be_bytes().to_vec();
        record.extend(&blake3::hash(&bytes).as_bytes()[..8]);
        record.extend(bytes);
        let file = self.file.as_mut().expect("just opened");
        file.write_all(&record)?;
        file.sync_data()?;
        self.hold(page);
        Ok(())
    }

    pub(super) fn frames(&self) -> &BTreeMap<u64, Vec<u8>> {
        &self.frames
    }

    /// Forgets everything: it is in the sound file now.
    pub(super) fn remove(self) -> io::Result<()> {
        remove_file(&self.path)
    }

    fn hold(&mut self, page: &Page) {
        for (at, packet) in page.frames() {
            self.frames.entry(at.samples() / FRAME_SAMPLES).or_insert_with(|| packet.to_vec());
        }
    }
}

/// Removes a file that may not be there.
pub(super) fn remove_file(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

/// The first record and what follows it; `None` at the end or where it is torn.
fn record(bytes: &[u8]) -> Option<(Page, &[u8])> {
    let (len, rest) = bytes.split_first_chunk()?;
    let (hash, rest) = rest.split_at_checked(8)?;
    let len = u32::from_be_bytes(*len) as usize;
    let (page, rest) = rest.split_at_checked(len).filter(|_| len <= PAGE_BYTES)?;
    if blake3::hash(page).as_bytes()[..8] != *hash {
        return None;
    }
    Some((Page::decode(page).ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::room::time::MediaTime;

    #[test]
    fn a_torn_tail_costs_one_page() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x.fill");
        let page = |index: u64| Page {
            first: MediaTime::from_samples(index * FRAME_SAMPLES),
            packets: vec![vec![72, index as u8]],
        };
        let mut fill = Fill::open(path.clone()).expect("none is fine");
        (0..3).for_each(|i| fill.push(&page(i)).expect("written"));
        let whole = std::fs::read(&path).expect("written");
        for cut in 0..whole.len() {
            std::fs::write(&path, &whole[..cut]).expect("written");
            let mut fill = Fill::open(path.clone()).expect("healed");
            assert_eq!(fill.frames().len(), cut * 3 / whole.len(), "cut at {cut}");
            fill.push(&page(9)).expect("goes on");
            assert!(Fill::open(path.clone()).expect("healed").frames().contains_key(&9));
        }
    }
}
