//! Pages that people leaf to: fetched after the one on show, and before the rest.

use super::{Library, LibraryEvent, PageWanted, picture};
use crate::node::pages::PageSize;
use crate::room::fetch::Priority;
use crate::room::id::BlobId;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::{mpsc, watch};

/// A page that somebody waits for, while everybody else sees another: next after the one on show,
/// whose neighbours have the numbers from 1.
const LEAFED: Priority = Priority::Near(0);

/// Pages of a strip: after all those that may be on show soon, in the order of the wishes.
const THUMBNAILS: u32 = 100;

/// Pause after passing wishes on. Somebody who scrolls changes them with every frame, and each
/// change costs a look at the disk.
const PAUSE: Duration = Duration::from_millis(50);

/// Passes on what is wished for, the latest state only, until either end is gone.
pub(super) async fn forward(
    mut wishes: watch::Receiver<Vec<PageWanted>>,
    outlet: mpsc::Sender<LibraryEvent>,
) {
    // What was wished before the meeting began counts.
    wishes.mark_changed();
    while wishes.changed().await.is_ok() {
        let now = wishes.borrow_and_update().clone();
        if outlet.send(LibraryEvent::Leafed(now)).await.is_err() {
            return;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

impl Library {
    /// People look at these pages now, most urgent first, and no longer at those told before.
    pub(in crate::node) fn leafed(&mut self, wishes: Vec<PageWanted>) {
        let mut now = BTreeMap::new();
        for (place, wanted) in (THUMBNAILS..).zip(&wishes) {
            let Some(index) = self.index(wanted.document) else { continue };
            let Some(blob) = picture(index, wanted.page) else { continue };
            now.entry(blob).or_insert(match wanted.size {
                PageSize::Full => LEAFED,
                PageSize::Thumbnail => Priority::Near(place),
            });
        }
        self.wished = wishes;
        let before = std::mem::replace(&mut self.leafed, now);
        let near = self.near();
        let mut changed: BTreeMap<Priority, Vec<_>> = BTreeMap::new();
        for blob in before.keys().chain(self.leafed.keys().filter(|b| !before.contains_key(b))) {
            if before.get(blob) != self.leafed.get(blob) {
                changed.entry(self.priority(&near, *blob)).or_default().push((*blob, None));
            }
        }
        for (priority, blobs) in changed {
            self.want(blobs, priority);
        }
        self.tell_begun(&before);
    }

    /// The pictures of the page on show and its neighbours, in the order to fetch them.
    pub(super) fn near(&self) -> Vec<BlobId> {
        let Some(on) = self.shown else { return Vec::new() };
        let Some(index) = self.index(on.document) else { return Vec::new() };
        let after = |more| on.page.saturating_add(more);
        let pages = [on.page, after(1), after(2), on.page.saturating_sub(1)];
        pages.into_iter().filter_map(|page| picture(index, page)).collect()
    }

    /// How soon a blob is wanted, given what is [`near`](Self::near).
    pub(super) fn priority(&self, near: &[BlobId], blob: BlobId) -> Priority {
        let leafed = self.leafed.get(&blob).copied().unwrap_or(Priority::Rest);
        match near.iter().position(|id| *id == blob) {
            Some(0) => Priority::Show,
            Some(place) => leafed.min(Priority::Near(u32::try_from(place).unwrap_or(u32::MAX))),
            None => leafed,
        }
    }

    /// A blob is here: who waits for it goes on.
    pub(in crate::node) fn landed(&self, blob: BlobId) {
        self.pages.landed(blob);
    }

    /// Some of a blob is here: who waits for it sees that.
    pub(in crate::node) fn progressed(&self, blob: BlobId, have: u64, total: u64) {
        self.pages.progressed(blob, have, total);
    }

    /// Says how far those are that nobody waited for before.
    fn tell_begun(&self, before: &BTreeMap<BlobId, Priority>) {
        for wanted in &self.wished {
            let Some(index) = self.index(wanted.document) else { continue };
            let Some(file) = index.page(wanted.page).and_then(|page| page.picture.file()) else {
                continue;
            };
            if !before.contains_key(&file.blob) {
                let shelf = self.shelves.get(&wanted.document);
                let have = shelf.and_then(|shelf| shelf.have.get(&file.blob)).copied();
                self.pages.progressed(file.blob, have.unwrap_or(0), file.bytes);
            }
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::io::blobs::Blobs;
    use crate::node::pages::{PageNews, Pages};
    use crate::room::id::MemberId;
    use crate::room::pages::{BlobRef, Page, PageIndex, PageSize as Paper, Picture};
    use crate::room::stanza::PageTurn;

    pub(in crate::node::library) const DECK: BlobId = BlobId([0xdd; 32]);

    pub(in crate::node::library) fn image(page: u32) -> BlobId {
        BlobId([page as u8; 32])
    }

    fn wanted(page: u32, size: PageSize) -> PageWanted {
        PageWanted { document: DECK, page, size }
    }

    /// A library that knows nothing.
    pub(in crate::node::library) fn library(
        folder: &tempfile::TempDir,
    ) -> (Library, mpsc::Receiver<LibraryEvent>) {
        let pages = Pages::over(Blobs::open(folder.path()).expect("a store"), "none".into());
        let opened = Library::open(MemberId([1; 32]), pages, folder.path().into(), "none".into());
        opened.expect("opens")
    }

    /// A deck of 40 pages.
    pub(in crate::node::library) fn deck() -> PageIndex {
        let page = |number| Page {
            size: Paper::from_points(960.0, 540.0),
            picture: Picture::Image {
                file: BlobRef { blob: image(number), bytes: 1000 },
                width: 1920,
                height: 1080,
            },
        };
        let pages = (1..=40).map(page).collect();
        PageIndex::new(BlobRef::of(b"%PDF-"), "test", None, pages).expect("within bounds")
    }

    /// Nothing of the deck is here yet.
    pub(in crate::node::library) fn nothing() -> BTreeMap<BlobId, u64> {
        deck().fetch_order(1).into_iter().map(|blob| (blob.blob, 0)).collect()
    }

    /// A library that knows the deck and has none of its pages, of which the fifth is on show.
    fn showing(folder: &tempfile::TempDir) -> (Library, mpsc::Receiver<LibraryEvent>) {
        let (mut library, events) = library(folder);
        library.announced(DECK, 100_000);
        library.indexed(DECK, deck(), nothing());
        library.show(PageTurn { document: DECK, page: 5 });
        (library, events)
    }

    fn order(library: &Library) -> Vec<u32> {
        let near = library.near();
        let mut pages: Vec<u32> = (1..=40).collect();
        pages.retain(|page| library.priority(&near, image(*page)) != Priority::Rest);
        pages.sort_by_key(|page| library.priority(&near, image(*page)));
        pages
    }

    #[tokio::test]
    async fn what_people_leaf_to_comes_after_the_page_on_show() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let (mut library, _events) = showing(&folder);
        assert_eq!(order(&library), [5, 6, 7, 4], "the page on show and its neighbours");
        let small = |page| wanted(page, PageSize::Thumbnail);
        library.leafed(vec![wanted(30, PageSize::Full), small(21), small(20), small(6), small(5)]);
        assert_eq!(order(&library), [5, 30, 6, 7, 4, 21, 20]);
        let near = library.near();
        assert_eq!(library.priority(&near, image(5)), Priority::Show, "a thumbnail delays nothing");
        library.leafed(vec![small(22), wanted(99, PageSize::Full)]);
        assert_eq!(order(&library), [5, 6, 7, 4, 22], "what nobody looks at is the rest again");
        library.show(PageTurn { document: DECK, page: 22 });
        assert_eq!(order(&library), [22, 23, 24, 21]);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn who_waits_is_told_how_far_it_is() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let (mut library, mut events) = showing(&folder);
        let (sender, mut news) = mpsc::channel(8);
        library.pages.listen(move |told| drop(sender.try_send(told)));
        // The index that the pages are looked up in.
        let index = library.index(DECK).expect("known").encode();
        let deck = library.blobs.put(index).await.expect("put");
        let wish = PageWanted { document: deck, page: 30, size: PageSize::Full };
        library.announced(deck, 100_000);
        library.indexed(deck, library.index(DECK).expect("known").clone(), nothing());
        library.pages.request(wish);
        let wishes = async {
            loop {
                match events.recv().await.expect("the library goes on") {
                    LibraryEvent::Leafed(wishes) if !wishes.is_empty() => return wishes,
                    _ => {}
                }
            }
        };
        let limit = Duration::from_secs(20);
        let wishes = tokio::time::timeout(limit, wishes).await.expect("passed on");
        assert_eq!(wishes, [wish]);
        library.leafed(wishes);
        for expected in [0, 640] {
            match tokio::time::timeout(limit, news.recv()).await.expect("told") {
                Some(PageNews::Progress { wanted, have, total }) => {
                    assert_eq!((wanted, have, total), (wish, expected, 1000));
                }
                other => panic!("{other:?}"),
            }
            library.progressed(image(30), 640, 1000);
        }
    }
}
