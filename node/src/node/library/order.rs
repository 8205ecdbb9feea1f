//! In which order a document's blobs are wanted: the page on show by itself, and all others once it
//! is on the screen.
//!
//! Were all wanted at once, a megabyte of other pages would be under way before the page on show is
//! asked for, and verifying and writing them would compete with decoding it. Measured with eight
//! nodes on two cores and a document of 28 MB: the first page was on the last screen after 1.2 to
//! 1.9 s, when that node had up to 11 MB of the others.

use super::{Library, picture};
use crate::room::fetch::Priority;
use crate::room::id::BlobId;
use std::collections::BTreeMap;

/// How often [`Library::waits_no_longer`] is told that a second has passed until it gives the page on
/// show up: whoever has it may be gone, or it may be damaged.
const PATIENCE: u32 = 2;

/// A document of which only the page on show is wanted as yet.
#[derive(Debug)]
pub(super) struct HeldBack {
    document: BlobId,
    seconds: u32,
}

/// Blobs and their lengths as far as they are known.
type Wanted = Vec<(BlobId, Option<u64>)>;

impl Library {
    /// The page on show of this document is to be seen before anything else of it is asked for.
    pub(super) fn hold_back(&mut self, document: BlobId) {
        self.held_back = Some(HeldBack { document, seconds: 0 });
    }

    /// The page on show is seen, or never will be: what was held back is wanted now.
    pub(super) fn release(&mut self) {
        let Some(HeldBack { document, .. }) = self.held_back.take() else { return };
        let shown = self.shown.filter(|on| on.document == document).map_or(1, |on| on.page);
        self.want_around(document, shown);
    }

    /// Once a second: a page on show that does not come holds up the others no longer.
    pub(in crate::node) fn waits_no_longer(&mut self) {
        let Some(held) = &mut self.held_back else { return };
        held.seconds += 1;
        if held.seconds >= PATIENCE {
            self.release();
        }
    }

    /// Wants what is on show first, its neighbours next, and the rest in the end.
    pub(super) fn want_around(&self, document: BlobId, page: u32) {
        for (priority, blobs) in self.around(document, page) {
            self.want(blobs, priority);
        }
    }

    /// What is wanted of a document now, by how soon.
    fn around(&self, document: BlobId, page: u32) -> BTreeMap<Priority, Wanted> {
        let mut groups: BTreeMap<Priority, Wanted> = BTreeMap::new();
        let Some(index) = self.index(document) else { return groups };
        let near = self.near();
        for blob in index.fetch_order(page) {
            let group = groups.entry(self.priority(&near, blob.blob)).or_default();
            group.push((blob.blob, Some(blob.bytes)));
        }
        let held_back = self.held_back.as_ref().is_some_and(|held| held.document == document);
        if held_back && self.shown.is_some_and(|on| picture(index, on.page).is_some()) {
            groups.retain(|priority, _| *priority == Priority::Show);
        }
        groups
    }
}

#[cfg(test)]
mod tests {
    use super::super::wishes::tests::{DECK, deck, image, library, nothing};
    use super::*;
    use crate::room::stanza::PageTurn;

    const ON: PageTurn = PageTurn { document: DECK, page: 5 };

    #[tokio::test]
    async fn the_page_on_show_is_wanted_alone_until_it_is_seen() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let (mut library, _events) = library(&folder);
        library.announced(DECK, 100_000);
        assert!(!library.show(ON), "its index is still to come");
        library.indexed(DECK, deck(), nothing());
        let wanted = library.around(DECK, ON.page);
        assert_eq!(wanted, BTreeMap::from([(Priority::Show, vec![(image(5), Some(1000))])]));
        library.release();
        let groups: Vec<usize> = library.around(DECK, ON.page).values().map(Vec::len).collect();
        assert_eq!(groups, [1, 1, 1, 1, 37], "the page, its neighbours, 36 pages and the file");
    }

    #[tokio::test]
    async fn a_page_that_does_not_come_holds_nothing_up() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let (mut library, _events) = library(&folder);
        library.announced(DECK, 100_000);
        library.show(ON);
        library.indexed(DECK, deck(), nothing());
        library.waits_no_longer();
        assert_eq!(library.around(DECK, ON.page).len(), 1);
        library.waits_no_longer();
        assert_eq!(library.around(DECK, ON.page).len(), 5);
    }

    #[tokio::test]
    async fn a_document_that_is_not_on_show_waits_for_nobody() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let (mut library, _events) = library(&folder);
        library.announced(DECK, 100_000);
        library.show(PageTurn { document: BlobId([0xee; 32]), page: 1 });
        library.indexed(DECK, deck(), nothing());
        assert_eq!(library.around(DECK, 1).values().map(Vec::len).sum::<usize>(), 41);
    }
}
