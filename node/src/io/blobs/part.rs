//! A blob of several ranges that is still being fetched.

use super::BlobError;
use super::store::{if_there, lock};
use crate::limits::RANGE_BYTES;
use crate::room::fetch::Held;
use crate::room::id::BlobId;
use crate::room::ranges::{Outline, RangeSet};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteArray;
use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

#[derive(Debug)]
pub(super) struct Part {
    outline: Arc<Outline>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    file: File,
    held: RangeSet,
    finished: bool,
}

/// An outline on disk.
#[derive(Serialize, Deserialize)]
struct Record {
    len: u64,
    values: Vec<ByteArray<32>>,
}

impl Part {
    /// Begins a blob whose complete file will be `path`.
    pub(super) fn create(path: &Path, outline: Outline) -> Result<Self, BlobError> {
        let values = outline.values().iter().copied().map(ByteArray::new).collect();
        let record = serde_cbor::to_vec(&Record { len: outline.len(), values })
            .expect("an outline is plain data and memory is the only limit");
        fs::write(outline_path(path), record)?;
        let file = open(path, outline.len())?;
        let held = RangeSet::none(outline.ranges());
        Ok(Self::new(outline, file, held))
    }

    /// Goes on with what an earlier run left, if it left something sound.
    pub(super) fn resume(path: &Path, blob: &BlobId) -> Result<Option<Self>, BlobError> {
        let Some(record) = if_there(fs::read(outline_path(path)))? else { return Ok(None) };
        let outline = serde_cbor::from_slice::<Record>(&record).ok().and_then(|record| {
            let values = record.values.into_iter().map(ByteArray::into_array).collect();
            Outline::verified(*blob, record.len, values).ok()
        });
        let Some(outline) = outline else {
            // Cut off while it was written: the blob begins anew.
            remove(path)?;
            return Ok(None);
        };
        let mut file = open(path, outline.len())?;
        let mut held = RangeSet::none(outline.ranges());
        let mut range = Vec::with_capacity(RANGE_BYTES as usize);
        for index in 0..outline.ranges() {
            range.clear();
            (&mut file).take(RANGE_BYTES).read_to_end(&mut range)?;
            if outline.verifies(index, &range) {
                held.insert(index);
            }
        }
        Ok(Some(Self::new(outline, file, held)))
    }

    fn new(outline: Outline, file: File, held: RangeSet) -> Self {
        let state = Mutex::new(State { file, held, finished: false });
        Self { outline: Arc::new(outline), state }
    }

    pub(super) fn outline(&self) -> Arc<Outline> {
        Arc::clone(&self.outline)
    }

    pub(super) fn held(&self) -> Held {
        Held::Some { len: self.outline.len(), ranges: lock(&self.state).held.clone() }
    }

    pub(super) fn is_full(&self) -> bool {
        lock(&self.state).held.is_full()
    }

    pub(super) fn read(
        &self,
        index: u32,
        start: u32,
        len: u32,
    ) -> Result<Option<(Vec<u8>, u32)>, BlobError> {
        let mut state = lock(&self.state);
        if !state.held.contains(index) {
            return Ok(None);
        }
        Ok(Some(read_part(&mut state.file, &self.outline, index, start, len)?))
    }

    /// Verifies and keeps one range.
    pub(super) fn write(&self, index: u32, bytes: &[u8]) -> Result<(), BlobError> {
        // Hashed before the lock is taken: the ranges of one blob come from several members at once.
        if !self.outline.verifies(index, bytes) {
            return Err(BlobError::Wrong);
        }
        let mut state = lock(&self.state);
        if !state.held.contains(index) {
            state.file.seek(SeekFrom::Start(u64::from(index) * RANGE_BYTES))?;
            state.file.write_all(bytes)?;
            state.held.insert(index);
        }
        Ok(())
    }

    /// Makes the part the blob. Every range of it was verified.
    pub(super) fn finish(&self, path: &Path) -> Result<(), BlobError> {
        let mut state = lock(&self.state);
        if state.finished {
            return Ok(());
        }
        state.file.sync_data()?;
        match fs::rename(part_path(path), path) {
            // Another process that shares the folder was faster with the same bytes.
            Err(_) if path.exists() => {}
            result => result?,
        }
        state.finished = true;
        if_there(fs::remove_file(outline_path(path)))?;
        Ok(())
    }
}

/// Bytes of a range that a file holds, and how many the range has.
pub(super) fn read_part(
    file: &mut File,
    outline: &Outline,
    index: u32,
    start: u32,
    len: u32,
) -> std::io::Result<(Vec<u8>, u32)> {
    let of = u32::try_from(outline.range_len(index)).map_err(std::io::Error::other)?;
    let mut bytes = vec![0; of.saturating_sub(start).min(len) as usize];
    file.seek(SeekFrom::Start(u64::from(index) * RANGE_BYTES + u64::from(start)))?;
    file.read_exact(&mut bytes)?;
    Ok((bytes, of))
}

/// Bytes that there are of a part: its file is as long as the blob from the beginning, with holes.
pub(super) fn on_disk(path: &Path) -> u64 {
    let Ok(part) = fs::metadata(part_path(path)) else { return 0 };
    #[cfg(unix)]
    let bytes = std::os::unix::fs::MetadataExt::blocks(&part) * 512;
    #[cfg(not(unix))]
    let bytes = part.len();
    bytes.min(part.len())
}

/// Removes what there is of a part.
pub(super) fn remove(path: &Path) -> Result<(), BlobError> {
    if_there(fs::remove_file(part_path(path)))?;
    if_there(fs::remove_file(outline_path(path)))?;
    Ok(())
}

fn open(path: &Path, len: u64) -> std::io::Result<File> {
    let mut options = File::options();
    options.read(true).write(true).create(true).truncate(false);
    let file = options.open(part_path(path))?;
    file.set_len(len)?;
    Ok(file)
}

fn part_path(path: &Path) -> PathBuf {
    path.with_extension("part")
}

fn outline_path(path: &Path) -> PathBuf {
    path.with_extension("outline")
}
