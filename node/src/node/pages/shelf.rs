//! What is read of a document besides pictures: its page index and its text.

use super::lock;
use super::recent::Recent;
use crate::io::blobs::Blobs;
use crate::limits::{
    DOCUMENT_PAGES, DOCUMENT_STRUCTURE_BYTES, DOCUMENT_TEXT_BYTES, PAGE_INDEX_BYTES,
};
use crate::room::id::BlobId;
use crate::room::pages::{PageIndex, PageTexts, Structure};
use std::fs::File;
use std::io::Read;
use std::sync::{Arc, Mutex};

/// Page indexes to keep: more documents than anybody has open as tabs.
const INDEXES: usize = 16;

/// Documents whose text is kept: the one searched in and one other.
const TEXTS: usize = 2;

/// Bytes of a text blob at most: the text and, for each page, its length.
const TEXT_BYTES: usize = DOCUMENT_TEXT_BYTES + 8 * DOCUMENT_PAGES as usize;

/// Why index or text of a document can't be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ShelfError {
    /// It is not on this machine (yet).
    #[error("the document is not here yet")]
    NotHere,
    /// It is not what its name says.
    #[error("the document is damaged on this machine; delete it and open it again")]
    Damaged,
}

pub(super) struct Shelf {
    blobs: Blobs,
    indexes: Mutex<Recent<PageIndex>>,
    texts: Mutex<Recent<PageTexts>>,
}

impl Shelf {
    pub(super) fn new(blobs: Blobs) -> Self {
        let (indexes, texts) = (Recent::new(INDEXES, |_| 1), Recent::new(TEXTS, |_| 1));
        Self { blobs, indexes: Mutex::new(indexes), texts: Mutex::new(texts) }
    }

    pub(super) fn blobs(&self) -> &Blobs {
        &self.blobs
    }

    /// The page index; blocks when it is not at hand.
    pub(super) fn index(&self, document: BlobId) -> Result<Arc<PageIndex>, ShelfError> {
        if let Some(index) = self.index_at_hand(document) {
            return Ok(index);
        }
        let bytes = self.read(document, PAGE_INDEX_BYTES)?;
        let index = Arc::new(PageIndex::decode(&bytes).map_err(|_| ShelfError::Damaged)?);
        lock(&self.indexes).put(document, Arc::clone(&index));
        Ok(index)
    }

    pub(super) fn index_at_hand(&self, document: BlobId) -> Option<Arc<PageIndex>> {
        lock(&self.indexes).get(document)
    }

    /// The words of all pages; blocks when they are not at hand.
    pub(super) fn texts(&self, document: BlobId) -> Result<Arc<PageTexts>, ShelfError> {
        let Some(text) = self.index(document)?.text else { return Ok(Arc::default()) };
        if let Some(texts) = lock(&self.texts).get(text.blob) {
            return Ok(texts);
        }
        let bytes = self.read(text.blob, TEXT_BYTES)?;
        let texts = Arc::new(PageTexts::decode(&bytes).map_err(|_| ShelfError::Damaged)?);
        lock(&self.texts).put(text.blob, Arc::clone(&texts));
        Ok(texts)
    }

    /// Outline, links and labels; blocks. Nothing when it has none.
    pub(super) fn structure(&self, document: BlobId) -> Result<Structure, ShelfError> {
        let Some(structure) = self.index(document)?.structure else {
            return Ok(Structure::default());
        };
        let bytes = self.read(structure.blob, DOCUMENT_STRUCTURE_BYTES)?;
        Structure::decode(&bytes).map_err(|_| ShelfError::Damaged)
    }

    fn read(&self, blob: BlobId, most: usize) -> Result<Vec<u8>, ShelfError> {
        let file = File::open(self.blobs.path(&blob)).map_err(|_| ShelfError::NotHere)?;
        let mut bytes = Vec::new();
        let read = file.take(most as u64 + 1).read_to_end(&mut bytes);
        let whole = read.is_ok() && bytes.len() <= most && BlobId::of(&bytes) == blob;
        whole.then_some(bytes).ok_or(ShelfError::Damaged)
    }
}
