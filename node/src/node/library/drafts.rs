//! Documents that were told of while they were being drawn, and that nobody draws any more.
//!
//! Whoever opened the file cancelled it, or is gone. Then a last version takes the draft's place, in
//! which the pages that were still to come say that they won't: so nobody waits for them, and a
//! recording knows it, too. The presenter says it, or whoever opened the file.

use super::{Library, LibraryEvent};
use crate::io::blobs::Blobs;
use crate::io::document::Converted;
use crate::room::id::BlobId;
use crate::room::pages::{PageIndex, PageProblem, Picture};
use crate::room::stanza::PageTurn;
use std::collections::BTreeSet;

/// Drafts of this run.
#[derive(Debug, Default)]
pub(super) struct Drafts {
    /// More follows.
    growing: BTreeSet<BlobId>,
    /// A last version was made of them.
    ended: BTreeSet<BlobId>,
}

impl Library {
    /// This program told of a draft, and draws on.
    pub(in crate::node) fn grows(&mut self, draft: BlobId) {
        self.drafts.growing.insert(draft);
    }

    /// Whether this program is drawing more of it.
    pub(in crate::node) fn is_growing(&self, draft: BlobId) -> bool {
        self.drafts.growing.contains(&draft)
    }

    /// Why a page has no picture; `None` if it has one, or its index is still to come.
    pub(in crate::node) fn problem(&self, on: PageTurn) -> Option<PageProblem> {
        match self.index(on.document)?.page(on.page)?.picture {
            Picture::Missing(problem) => Some(problem),
            Picture::Image { .. } => None,
        }
    }

    /// Nobody draws more of this draft: [`LibraryEvent::Ended`] brings the last version of it, once.
    pub(in crate::node) fn end(&mut self, draft: BlobId) {
        self.drafts.growing.remove(&draft);
        if !self.drafts.ended.insert(draft) {
            return;
        }
        let (blobs, outlet) = (self.blobs.clone(), self.outlet.clone());
        tokio::spawn(async move {
            // Not here, or the disk is full: then the pages are awaited as before.
            if let Some(last) = last_version(&blobs, draft).await {
                let _ = outlet.send(LibraryEvent::Ended(draft, last)).await;
            }
        });
    }
}

/// A draft as it is when nothing follows.
async fn last_version(blobs: &Blobs, draft: BlobId) -> Option<Converted> {
    let bytes = blobs.get(draft).await.ok()??;
    let index = PageIndex::decode(&bytes).ok()?.ended();
    let encoded = index.encode();
    let bytes = index.bytes() + encoded.len() as u64;
    let pages = u32::try_from(index.pages.len()).ok()?;
    let document = blobs.put(encoded).await.ok()?;
    let (notes, warnings) = (Vec::new(), Vec::new());
    Some(Converted { document, pages, bytes, notes, warnings, drawn: None, source: None })
}

#[cfg(test)]
mod tests {
    use super::super::wishes::tests::{deck, library};
    use super::*;

    #[tokio::test]
    async fn of_a_draft_that_nobody_goes_on_with_a_last_version_is_made_once() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let (mut library, mut events) = library(&folder);
        let mut pages = deck().pages;
        pages[7].picture = Picture::Missing(PageProblem::Pending);
        let whole = deck();
        let draft = PageIndex::new(whole.source, "test", None, pages).expect("within bounds");
        let draft = library.blobs.put(draft.encode()).await.expect("put");
        library.grows(draft);
        assert!(library.is_growing(draft));
        library.end(draft);
        library.end(draft);
        let (of, last) = loop {
            if let LibraryEvent::Ended(of, last) = events.recv().await.expect("it goes on") {
                break (of, last);
            }
        };
        assert_eq!((of, last.pages, last.drawn), (draft, 40, None));
        assert!(!library.is_growing(draft));
        let bytes = library.blobs.get(last.document).await.expect("read").expect("kept");
        let index = PageIndex::decode(&bytes).expect("an index");
        assert_eq!(last.bytes, index.bytes() + bytes.len() as u64);
        library.announced(last.document, last.bytes);
        // That this one is here is told behind all that came before.
        loop {
            match events.recv().await.expect("it goes on") {
                LibraryEvent::Exchange(_) => break,
                event => assert!(!matches!(event, LibraryEvent::Ended(..)), "once: {event:?}"),
            }
        }
    }
}
