//! What the store does, one call after another, on a thread that may block.

use super::part::{self, Part};
use super::{BlobError, OUTLINES, Written};
use crate::limits::RANGE_BYTES;
use crate::room::fetch::Held;
use crate::room::id::BlobId;
use crate::room::ranges::{Outline, OutlineBuilder};
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

#[derive(Debug)]
pub(super) struct Shared {
    root: PathBuf,
    /// Bytes of the disk that stay free.
    reserve: u64,
    parts: Mutex<HashMap<BlobId, Arc<Part>>>,
    /// Of complete blobs that this process has hashed.
    outlines: Mutex<HashMap<BlobId, Arc<Outline>>>,
    temporary: AtomicU64,
}

impl Shared {
    pub(super) fn open(root: &Path, reserve: u64) -> Result<Self, BlobError> {
        fs::create_dir_all(root)?;
        Ok(Self {
            root: root.to_owned(),
            reserve,
            parts: Mutex::default(),
            outlines: Mutex::default(),
            temporary: AtomicU64::new(0),
        })
    }

    pub(super) fn put(&self, bytes: &[u8]) -> Result<BlobId, BlobError> {
        let outline = Outline::of(bytes);
        let blob = outline.blob();
        self.place(&blob, bytes)?;
        self.remember(outline);
        Ok(blob)
    }

    /// Writes a whole blob under its name, unless it is there.
    fn place(&self, blob: &BlobId, bytes: &[u8]) -> Result<(), BlobError> {
        let path = self.path(blob);
        if fs::metadata(&path).is_ok_and(|found| found.len() == bytes.len() as u64) {
            // Hashed when it is read.
            return Ok(());
        }
        make_folder(&path)?;
        self.fits(bytes.len() as u64)?;
        // Several processes may share the folder: their names differ by process and count.
        let number = self.temporary.fetch_add(1, Ordering::Relaxed);
        let temporary = path.with_extension(format!("new-{}-{number}", std::process::id()));
        let write = || -> std::io::Result<()> {
            let mut file = File::create(&temporary)?;
            file.write_all(bytes)?;
            file.sync_data()?;
            fs::rename(&temporary, &path)
        };
        write().inspect_err(|_| drop(fs::remove_file(&temporary)))?;
        Ok(())
    }

    pub(super) fn get(&self, blob: &BlobId) -> Result<Option<Vec<u8>>, BlobError> {
        let Some(bytes) = if_there(fs::read(self.path(blob)))? else { return Ok(None) };
        if BlobId::of(&bytes) != *blob {
            self.remove(blob)?;
            return Ok(None);
        }
        Ok(Some(bytes))
    }

    pub(super) fn read_part(
        &self,
        blob: &BlobId,
        index: u32,
        start: u32,
        len: u32,
    ) -> Result<Option<(Vec<u8>, u32)>, BlobError> {
        if let Some(part) = lock(&self.parts).get(blob).cloned() {
            return part.read(index, start, len);
        }
        let Some(outline) = self.outline(blob)? else { return Ok(None) };
        if index >= outline.ranges() {
            return Ok(None);
        }
        let Some(mut file) = if_there(File::open(self.path(blob)))? else { return Ok(None) };
        Ok(Some(part::read_part(&mut file, &outline, index, start, len)?))
    }

    pub(super) fn outline(&self, blob: &BlobId) -> Result<Option<Arc<Outline>>, BlobError> {
        if let Some(known) = lock(&self.outlines).get(blob) {
            return Ok(Some(Arc::clone(known)));
        }
        if let Some(part) = lock(&self.parts).get(blob) {
            return Ok(Some(part.outline()));
        }
        let Some(file) = if_there(File::open(self.path(blob)))? else { return Ok(None) };
        let outline = outline_of(file)?;
        if outline.blob() != *blob {
            self.remove(blob)?;
            return Ok(None);
        }
        Ok(Some(self.remember(outline)))
    }

    fn remember(&self, outline: Outline) -> Arc<Outline> {
        let mut outlines = lock(&self.outlines);
        if outlines.len() >= OUTLINES {
            outlines.clear();
        }
        let outline = Arc::new(outline);
        outlines.insert(outline.blob(), Arc::clone(&outline));
        outline
    }

    pub(super) fn held(&self, blob: &BlobId) -> Result<Held, BlobError> {
        if let Some(found) = if_there(fs::metadata(self.path(blob)))? {
            return Ok(Held::All { len: found.len() });
        }
        if let Some(part) = lock(&self.parts).get(blob) {
            return Ok(part.held());
        }
        let Some(part) = Part::resume(&self.path(blob), blob)? else { return Ok(Held::Nothing) };
        self.admit(*blob, part)
    }

    pub(super) fn begin(&self, outline: Outline) -> Result<Held, BlobError> {
        let blob = outline.blob();
        match self.held(&blob)? {
            Held::Nothing => {}
            held => return Ok(held),
        }
        let path = self.path(&blob);
        make_folder(&path)?;
        self.fits(outline.len())?;
        self.admit(blob, Part::create(&path, outline)?)
    }

    /// Takes a part in, unless another thread was faster; finishes one that lacks nothing.
    fn admit(&self, blob: BlobId, part: Part) -> Result<Held, BlobError> {
        let part = Arc::clone(lock(&self.parts).entry(blob).or_insert_with(|| Arc::new(part)));
        let held = part.held();
        if part.is_full() {
            self.finish(&blob, &part)?;
            return Ok(Held::All { len: part.outline().len() });
        }
        Ok(held)
    }

    pub(super) fn write_range(
        &self,
        blob: &BlobId,
        index: u32,
        bytes: &[u8],
    ) -> Result<Written, BlobError> {
        let part = lock(&self.parts).get(blob).cloned();
        let Some(part) = part else {
            if let Held::All { len } = self.held(blob)? {
                return Ok(Written { len, complete: true });
            }
            // One range is the whole: its name vouches for it.
            return match index == 0 && BlobId::of(bytes) == *blob {
                true => {
                    self.place(blob, bytes)?;
                    self.remember(Outline::of(bytes));
                    Ok(Written { len: bytes.len() as u64, complete: true })
                }
                false if index == 0 => Err(BlobError::Wrong),
                false => Err(BlobError::NotBegun),
            };
        };
        self.fits(bytes.len() as u64)?;
        part.write(index, bytes)?;
        let complete = part.is_full();
        if complete {
            self.finish(blob, &part)?;
        }
        Ok(Written { len: part.outline().len(), complete })
    }

    fn finish(&self, blob: &BlobId, part: &Part) -> Result<(), BlobError> {
        part.finish(&self.path(blob))?;
        self.remember((*part.outline()).clone());
        lock(&self.parts).remove(blob);
        Ok(())
    }

    /// Whether so many bytes more leave enough of the disk free.
    #[cfg(unix)]
    fn fits(&self, bytes: u64) -> Result<(), BlobError> {
        // Where the system does not say, the write itself will.
        let Ok(disk) = rustix::fs::statvfs(&self.root) else { return Ok(()) };
        let free = disk.f_bavail.saturating_mul(disk.f_frsize);
        if free >= self.reserve.saturating_add(bytes) { Ok(()) } else { Err(BlobError::DiskFull) }
    }

    /// The standard library can't tell what is free; the disk refuses when it is full.
    #[cfg(not(unix))]
    fn fits(&self, _bytes: u64) -> Result<(), BlobError> {
        Ok(())
    }

    pub(super) fn list(&self) -> Result<Vec<(BlobId, u64)>, BlobError> {
        let mut found = Vec::new();
        for folder in fs::read_dir(&self.root)? {
            let folder = folder?;
            if !folder.file_type()?.is_dir() {
                continue;
            }
            for file in fs::read_dir(folder.path())? {
                let file = file?;
                let name = [folder.file_name(), file.file_name()].map(|n| n.into_string());
                if let [Ok(first), Ok(rest)] = name
                    && let Ok(blob) = format!("{first}{rest}").parse()
                {
                    found.push((blob, file.metadata()?.len()));
                }
            }
        }
        found.sort_unstable();
        Ok(found)
    }

    pub(super) fn on_disk(&self, blob: &BlobId) -> u64 {
        let path = self.path(blob);
        let whole = fs::metadata(&path).map(|whole| whole.len());
        whole.unwrap_or_else(|_| part::on_disk(&path))
    }

    pub(super) fn remove(&self, blob: &BlobId) -> Result<(), BlobError> {
        lock(&self.outlines).remove(blob);
        lock(&self.parts).remove(blob);
        let path = self.path(blob);
        part::remove(&path)?;
        if_there(fs::remove_file(crate::io::thumbnail::path(&path)))?;
        if_there(fs::remove_file(path))?;
        Ok(())
    }

    pub(super) fn path(&self, blob: &BlobId) -> PathBuf {
        let name = blob.to_string();
        let (folder, file) = name.split_at(2);
        self.root.join(folder).join(file)
    }
}

fn outline_of(mut file: File) -> std::io::Result<Outline> {
    let mut builder = OutlineBuilder::new();
    let mut range = Vec::with_capacity(RANGE_BYTES as usize);
    loop {
        range.clear();
        (&mut file).take(RANGE_BYTES).read_to_end(&mut range)?;
        builder.push(&range);
        if (range.len() as u64) < RANGE_BYTES {
            return Ok(builder.finish());
        }
    }
}

fn make_folder(path: &Path) -> std::io::Result<()> {
    fs::create_dir_all(path.parent().expect("a blob's path has two levels"))
}

pub(super) fn if_there<T>(result: std::io::Result<T>) -> std::io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// A thread that panicked in the middle left plain maps behind: nothing in them is half done.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
