//! Where converted pages go.

use crate::room::id::BlobId;
use crate::room::pages::BlobRef;
use std::collections::HashMap;
use std::future::Future;
use std::io;
use std::sync::{Mutex, PoisonError};

/// A store of blobs, as far as conversion needs it.
pub trait BlobSink: Send + Sync {
    /// Keeps `bytes`; done when they are on disk. Keeping the same bytes twice keeps them once.
    ///
    /// # Errors
    /// When the store could not write.
    fn put(&self, bytes: Vec<u8>) -> impl Future<Output = io::Result<BlobId>> + Send;

    /// Whether all of this blob is there.
    fn has(&self, blob: BlobRef) -> impl Future<Output = bool> + Send;
}

impl<S: BlobSink> BlobSink for std::sync::Arc<S> {
    fn put(&self, bytes: Vec<u8>) -> impl Future<Output = io::Result<BlobId>> + Send {
        (**self).put(bytes)
    }

    fn has(&self, blob: BlobRef) -> impl Future<Output = bool> + Send {
        (**self).has(blob)
    }
}

/// Blobs in memory: the scripted twin of the store on disk.
#[derive(Debug, Default)]
pub struct MemorySink {
    blobs: Mutex<HashMap<BlobId, Vec<u8>>>,
}

impl MemorySink {
    /// The bytes of this name.
    #[must_use]
    pub fn get(&self, blob: &BlobId) -> Option<Vec<u8>> {
        self.blobs.lock().unwrap_or_else(PoisonError::into_inner).get(blob).cloned()
    }

    /// Forgets the bytes of this name.
    pub fn forget(&self, blob: &BlobId) {
        self.blobs.lock().unwrap_or_else(PoisonError::into_inner).remove(blob);
    }
}

impl BlobSink for MemorySink {
    async fn put(&self, bytes: Vec<u8>) -> io::Result<BlobId> {
        let id = BlobId::of(&bytes);
        self.blobs.lock().unwrap_or_else(PoisonError::into_inner).insert(id, bytes);
        Ok(id)
    }

    async fn has(&self, blob: BlobRef) -> bool {
        self.get(&blob.blob).is_some_and(|bytes| bytes.len() as u64 == blob.bytes)
    }
}
