//! What is known of each document, and how much of it is here.

use super::{Errand, Library, LibraryEvent};
use crate::io::blobs::Blobs;
use crate::room::fetch::Held;
use crate::room::id::BlobId;
use crate::room::pages::{BlobRef, PageIndex};
use std::collections::BTreeMap;

/// Bytes of blobs that are on this machine.
pub(super) type Have = BTreeMap<BlobId, u64>;

/// One document as far as it is known here.
#[derive(Debug)]
pub(super) struct Shelf {
    /// Bytes of all its blobs, the index included, as announced.
    pub(super) total: u64,
    pub(super) index: Option<PageIndex>,
    pub(super) have: Have,
}

impl Shelf {
    pub(super) fn is_whole(&self) -> bool {
        self.index.as_ref().is_some_and(|index| {
            let here = |blob: BlobRef| self.have.get(&blob.blob) == Some(&blob.bytes);
            index.fetch_order(1).into_iter().all(here)
        })
    }
}

impl Library {
    /// The documents that some more is here of now.
    pub(in crate::node) fn note_progress(&mut self, blob: BlobId, have: u64) -> Vec<BlobId> {
        let mut more = Vec::new();
        for (document, shelf) in &mut self.shelves {
            let part = shelf.have.get_mut(&blob);
            if part.is_some_and(|before| std::mem::replace(before, have) != have) {
                more.push(*document);
            }
        }
        more
    }

    /// Bytes of a document that are here, and in all. Nothing is said before its index is read: what
    /// is kept of it from an earlier run is not known until then.
    pub(in crate::node) fn progress(&self, document: BlobId) -> Option<(u64, u64)> {
        let shelf = self.shelves.get(&document).filter(|shelf| shelf.index.is_some())?;
        Some((shelf.have.values().sum(), shelf.total))
    }

    /// The index of a document all of which is here, and its bytes.
    pub(in crate::node) fn whole(&self, document: BlobId) -> Option<(BlobId, u64, PageIndex)> {
        let shelf = self.shelves.get(&document).filter(|shelf| shelf.is_whole())?;
        let index = shelf.index.clone()?;
        let bytes = index.encode().len() as u64;
        Some((document, bytes, index))
    }

    /// A blob came as a whole, not piece by piece.
    pub(in crate::node) fn deliver(&self, bytes: Vec<u8>) {
        self.errand(Errand::Deliver(bytes));
    }

    /// Where blobs are kept.
    pub(in crate::node) fn blobs(&self) -> Blobs {
        self.blobs.clone()
    }

    /// Reads the page index that has come, and looks what else of the document is here.
    pub(in crate::node) fn read_index(&self, document: BlobId) {
        if self.shelves.get(&document).is_none_or(|shelf| shelf.index.is_some()) {
            return;
        }
        let (blobs, outlet) = (self.blobs.clone(), self.outlet.clone());
        tokio::spawn(async move {
            let bytes = blobs.get(document).await.ok().flatten();
            let known = match bytes.and_then(|bytes| PageIndex::decode(&bytes).ok()) {
                Some(index) => {
                    let have = had(&blobs, document, &index).await;
                    Some((index, have))
                }
                None => None,
            };
            let _ = outlet.send(LibraryEvent::Index(document, known)).await;
        });
    }

    /// The index is read: the document's other blobs are wanted now.
    pub(in crate::node) fn indexed(&mut self, document: BlobId, index: PageIndex, have: Have) {
        let Some(shelf) = self.shelves.get_mut(&document) else { return };
        (shelf.index, shelf.have) = (Some(index), have);
        let shown = self.shown.filter(|on| on.document == document).map(|on| on.page);
        if shown.is_some() {
            self.hold_back(document);
        }
        self.want_around(document, shown.unwrap_or(1));
        self.leafed(self.wished.clone());
    }
}

/// What of a document is on this machine: nothing, as far as the disk doesn't answer.
async fn had(blobs: &Blobs, document: BlobId, index: &PageIndex) -> Have {
    let parts = index.fetch_order(1).into_iter().map(|blob| blob.blob);
    let parts: Vec<BlobId> = std::iter::once(document).chain(parts).collect();
    let held = blobs.held(parts.clone()).await.unwrap_or_default();
    let bytes = held.iter().map(Held::bytes).chain(std::iter::repeat(0));
    parts.into_iter().zip(bytes).collect()
}

#[cfg(test)]
mod tests {
    use super::super::wishes::tests::{deck, library};
    use super::*;

    #[tokio::test]
    async fn what_an_earlier_run_kept_is_in_the_first_report() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let (mut library, mut events) = library(&folder);
        let document = library.blobs.put(deck().encode()).await.expect("put");
        let index_bytes = deck().encode().len() as u64;
        library.announced(document, 100_000);
        library.note_progress(document, index_bytes);
        assert_eq!(library.progress(document), None, "what is kept is not known yet");
        let file = library.blobs.put(b"%PDF-".to_vec()).await.expect("put");
        library.read_index(document);
        loop {
            let event = events.recv().await.expect("the library goes on");
            let LibraryEvent::Index(read, known) = event else { continue };
            let (index, have) = known.expect("it makes sense");
            assert_eq!((read, have[&file]), (document, 5));
            library.indexed(document, index, have);
            break;
        }
        assert_eq!(library.progress(document), Some((index_bytes + 5, 100_000)));
        assert_eq!(library.note_progress(file, 5), [], "nothing new");
    }
}
