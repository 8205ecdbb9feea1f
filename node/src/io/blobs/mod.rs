//! Blobs on disk, by name, shared by all meetings of this machine.
//!
//! `<root>/ab/cdef…` holds the blob `abcdef…`; `….part` is one that is still being fetched and
//! `….outline` what its ranges must hash to. Nothing records which ranges a part holds: on resuming,
//! each range is hashed and those that verify count. So no order of writes and no power cut can make
//! a part lie. A complete blob appears by renaming, and is hashed once more when this process first
//! reads it: what the disk has altered since is gone then, and fetched again.

mod part;

use crate::limits::RANGE_BYTES;
use crate::room::fetch::Held;
use crate::room::id::BlobId;
use crate::room::ranges::{Outline, OutlineBuilder};
use part::Part;
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Semaphore;

/// Reads and writes at once. Disks of laptops gain nothing from more, and memory is a range each.
const AT_ONCE: usize = 4;

/// Outlines kept in memory: some 100 bytes each for pages. Beyond, they are made anew.
const OUTLINES: usize = 8192;

/// The store. Clones share it.
#[derive(Clone, Debug)]
pub struct Blobs {
    shared: Arc<Shared>,
    permits: Arc<Semaphore>,
}

/// Why the store could not do as asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BlobError {
    /// No space left.
    #[error("the disk is full; documents can't be kept until there is space")]
    DiskFull,
    /// The disk or file system refused.
    #[error("the disk refused: {0}")]
    Io(String),
    /// The bytes don't belong to the blob: whoever sent them is wrong.
    #[error("the bytes do not belong to the blob")]
    Wrong,
    /// No such blob was begun.
    #[error("the blob is not being fetched")]
    NotBegun,
}

/// What became of a written range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// The blob's length in bytes.
    pub len: u64,
    /// Whether the blob is complete now.
    pub complete: bool,
}

impl Blobs {
    /// Opens the store in the folder `root`, or makes it. Blocks for a moment.
    ///
    /// # Errors
    /// [`BlobError::DiskFull`], [`BlobError::Io`].
    pub fn open(root: &Path) -> Result<Self, BlobError> {
        fs::create_dir_all(root)?;
        let shared = Shared {
            root: root.to_owned(),
            parts: Mutex::default(),
            outlines: Mutex::default(),
            temporary: AtomicU64::new(0),
        };
        Ok(Self { shared: Arc::new(shared), permits: Arc::new(Semaphore::new(AT_ONCE)) })
    }

    /// Keeps `bytes` and says under which name. They are on disk when this returns.
    ///
    /// # Errors
    /// [`BlobError::DiskFull`], [`BlobError::Io`].
    pub async fn put(&self, bytes: Vec<u8>) -> Result<BlobId, BlobError> {
        self.run(move |shared| shared.put(&bytes)).await
    }

    /// All bytes of a complete blob, hashed against its name.
    ///
    /// # Errors
    /// [`BlobError::Io`].
    pub async fn get(&self, blob: BlobId) -> Result<Option<Vec<u8>>, BlobError> {
        self.run(move |shared| shared.get(&blob)).await
    }

    /// The bytes of one range, of a complete or a partial blob.
    ///
    /// # Errors
    /// [`BlobError::Io`].
    pub async fn read_range(&self, blob: BlobId, index: u32) -> Result<Option<Vec<u8>>, BlobError> {
        self.run(move |shared| shared.read_range(&blob, index)).await
    }

    /// What a blob's ranges hash to.
    ///
    /// # Errors
    /// [`BlobError::Io`].
    pub async fn outline(&self, blob: BlobId) -> Result<Option<Arc<Outline>>, BlobError> {
        self.run(move |shared| shared.outline(&blob)).await
    }

    /// What is held of each of these blobs. A part of an earlier run is hashed and goes on.
    ///
    /// # Errors
    /// [`BlobError::DiskFull`], [`BlobError::Io`].
    pub async fn held(&self, blobs: Vec<BlobId>) -> Result<Vec<Held>, BlobError> {
        self.run(move |shared| blobs.iter().map(|blob| shared.held(blob)).collect()).await
    }

    /// Begins or resumes a blob of several ranges; what is held of it.
    ///
    /// # Errors
    /// [`BlobError::DiskFull`], [`BlobError::Io`].
    pub async fn begin(&self, outline: Outline) -> Result<Held, BlobError> {
        self.run(move |shared| shared.begin(outline)).await
    }

    /// Verifies and keeps one range. A blob of one range needs not be begun.
    ///
    /// # Errors
    /// [`BlobError::Wrong`] when the bytes don't belong there, [`BlobError::NotBegun`],
    /// [`BlobError::DiskFull`], [`BlobError::Io`].
    pub async fn write_range(
        &self,
        blob: BlobId,
        index: u32,
        bytes: Vec<u8>,
    ) -> Result<Written, BlobError> {
        self.run(move |shared| shared.write_range(&blob, index, &bytes)).await
    }

    /// Names and lengths of all complete blobs, by name.
    ///
    /// # Errors
    /// [`BlobError::Io`].
    pub async fn list(&self) -> Result<Vec<(BlobId, u64)>, BlobError> {
        self.run(Shared::list).await
    }

    /// Removes a blob, complete or not. One that isn't there is removed already.
    ///
    /// # Errors
    /// [`BlobError::Io`].
    pub async fn remove(&self, blob: BlobId) -> Result<(), BlobError> {
        self.run(move |shared| shared.remove(&blob)).await
    }

    /// Where a complete blob is, for programs that want a file. It must not be written to.
    #[must_use]
    pub fn path(&self, blob: &BlobId) -> PathBuf {
        self.shared.path(blob)
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Shared) -> Result<T, BlobError> + Send + 'static,
    ) -> Result<T, BlobError> {
        let stopping = |_| BlobError::Io("the node is stopping".to_owned());
        let permit = Arc::clone(&self.permits).acquire_owned().await.expect("it is never closed");
        let shared = Arc::clone(&self.shared);
        let work = move || {
            let result = work(&shared);
            drop(permit);
            result
        };
        tokio::task::spawn_blocking(work).await.unwrap_or_else(|e| Err(stopping(e)))
    }
}

#[derive(Debug)]
struct Shared {
    root: PathBuf,
    parts: Mutex<HashMap<BlobId, Arc<Part>>>,
    /// Of complete blobs that this process has hashed.
    outlines: Mutex<HashMap<BlobId, Arc<Outline>>>,
    temporary: AtomicU64,
}

impl Shared {
    fn put(&self, bytes: &[u8]) -> Result<BlobId, BlobError> {
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

    fn get(&self, blob: &BlobId) -> Result<Option<Vec<u8>>, BlobError> {
        let Some(bytes) = if_there(fs::read(self.path(blob)))? else { return Ok(None) };
        if BlobId::of(&bytes) != *blob {
            self.remove(blob)?;
            return Ok(None);
        }
        Ok(Some(bytes))
    }

    fn read_range(&self, blob: &BlobId, index: u32) -> Result<Option<Vec<u8>>, BlobError> {
        if let Some(part) = lock(&self.parts).get(blob).cloned() {
            return part.read(index);
        }
        let Some(outline) = self.outline(blob)? else { return Ok(None) };
        if index >= outline.ranges() {
            return Ok(None);
        }
        let Some(mut file) = if_there(File::open(self.path(blob)))? else { return Ok(None) };
        let mut bytes = vec![0; outline.range_len(index) as usize];
        file.seek(SeekFrom::Start(u64::from(index) * RANGE_BYTES))?;
        file.read_exact(&mut bytes)?;
        Ok(Some(bytes))
    }

    fn outline(&self, blob: &BlobId) -> Result<Option<Arc<Outline>>, BlobError> {
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

    fn held(&self, blob: &BlobId) -> Result<Held, BlobError> {
        if let Some(found) = if_there(fs::metadata(self.path(blob)))? {
            return Ok(Held::All { len: found.len() });
        }
        if let Some(part) = lock(&self.parts).get(blob) {
            return Ok(part.held());
        }
        let Some(part) = Part::resume(&self.path(blob), blob)? else { return Ok(Held::Nothing) };
        self.admit(*blob, part)
    }

    fn begin(&self, outline: Outline) -> Result<Held, BlobError> {
        let blob = outline.blob();
        match self.held(&blob)? {
            Held::Nothing => {}
            held => return Ok(held),
        }
        let path = self.path(&blob);
        make_folder(&path)?;
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

    fn write_range(&self, blob: &BlobId, index: u32, bytes: &[u8]) -> Result<Written, BlobError> {
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

    fn list(&self) -> Result<Vec<(BlobId, u64)>, BlobError> {
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

    fn remove(&self, blob: &BlobId) -> Result<(), BlobError> {
        lock(&self.outlines).remove(blob);
        lock(&self.parts).remove(blob);
        let path = self.path(blob);
        part::remove(&path)?;
        if_there(fs::remove_file(path))?;
        Ok(())
    }

    fn path(&self, blob: &BlobId) -> PathBuf {
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

fn if_there<T>(result: std::io::Result<T>) -> std::io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// A thread that panicked in the middle left plain maps behind: nothing in them is half done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl From<std::io::Error> for BlobError {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
                Self::DiskFull
            }
            _ => Self::Io(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests;
