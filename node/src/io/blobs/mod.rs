//! Blobs on disk, by name, shared by all meetings of this machine.
//!
//! `<root>/ab/cdef…` holds the blob `abcdef…`; `….part` is one that is still being fetched and
//! `….outline` what its ranges must hash to. Nothing records which ranges a part holds: on resuming,
//! each range is hashed and those that verify count. So no order of writes and no power cut can make
//! a part lie. A complete blob appears by renaming, and is hashed once more when this process first
//! reads it: what the disk has altered since is gone then, and fetched again.

mod part;
mod store;

use crate::room::fetch::Held;
use crate::room::id::BlobId;
use crate::room::ranges::Outline;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use store::Shared;
use tokio::sync::Semaphore;

/// Reads and writes at once. Disks of laptops gain nothing from more, and memory is a range each.
const AT_ONCE: usize = 4;

/// Outlines kept in memory: some 100 bytes each for pages. Beyond, they are made anew.
const OUTLINES: usize = 8192;

/// Bytes of the disk that documents leave free: what is said and drawn must still be kept when they
/// are too large. A day of talk with all its sound.
const RESERVE: u64 = 64 * 1024 * 1024;

/// The store. Clones share it.
#[derive(Clone, Debug)]
pub struct Blobs {
    shared: Arc<Shared>,
    permits: Arc<Semaphore>,
}

/// Why the store could not do as asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BlobError {
    /// No space left, or less than is left for what is said.
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
        Self::leaving(root, RESERVE)
    }

    fn leaving(root: &Path, reserve: u64) -> Result<Self, BlobError> {
        let shared = Shared::open(root, reserve)?;
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
        let part = self.read_part(blob, index, 0, u32::MAX).await?;
        Ok(part.map(|(bytes, _)| bytes))
    }

    /// At most `len` bytes of one range from its byte `start` on, of a complete or a partial blob, and
    /// how many bytes the range has. There are none behind its end.
    ///
    /// # Errors
    /// [`BlobError::Io`].
    pub async fn read_part(
        &self,
        blob: BlobId,
        index: u32,
        start: u32,
        len: u32,
    ) -> Result<Option<(Vec<u8>, u32)>, BlobError> {
        self.run(move |shared| shared.read_part(&blob, index, start, len)).await
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

    /// Bytes that a blob takes on this disk, complete or not. Blocks for a moment.
    #[must_use]
    pub fn on_disk(&self, blob: &BlobId) -> u64 {
        self.shared.on_disk(blob)
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
