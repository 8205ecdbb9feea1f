//! Which page is made ready next. Decides only: no thread, file or clock.
//!
//! A request waits until a thread takes it, is worked on, and is told; or it is *parked* because its
//! bytes are not on this machine, until they land. At any moment it may be cancelled.

use super::{PageSize, PageWanted};
use crate::room::id::BlobId;
use std::collections::{BTreeMap, HashMap, VecDeque};

/// Requests at once, parked ones included. A screen shows some dozens of pages; of more, the oldest
/// are forgotten.
pub(super) const REQUESTS: usize = 512;

/// The requests of one window.
#[derive(Debug, Default)]
pub(super) struct Desk {
    /// The newest last.
    waiting: VecDeque<PageWanted>,
    /// Being worked on; whether it is still wanted.
    working: HashMap<PageWanted, bool>,
    /// What each waits for; the newest last.
    parked: Vec<(PageWanted, BlobId)>,
    /// Bytes here and in all of parked pages, not told yet.
    progress: BTreeMap<PageWanted, (u64, u64)>,
}

impl Desk {
    /// Asks for a page, or for one that is asked for already before all others.
    pub(super) fn request(&mut self, wanted: PageWanted) {
        if let Some(still) = self.working.get_mut(&wanted) {
            *still = true;
            return;
        }
        if let Some(place) = self.parked.iter().position(|(parked, _)| *parked == wanted) {
            let newest = self.parked.remove(place);
            self.parked.push(newest);
            return;
        }
        self.waiting.retain(|waiting| *waiting != wanted);
        self.waiting.push_back(wanted);
        if self.waiting.len() + self.parked.len() > REQUESTS && self.waiting.pop_front().is_none() {
            self.parked.remove(0);
        }
    }

    /// Nobody wants this page any more.
    pub(super) fn cancel(&mut self, wanted: PageWanted) {
        self.retain(|asked| *asked != wanted);
    }

    /// Keeps the requests that `still` says are wanted.
    pub(super) fn retain(&mut self, still: impl Fn(&PageWanted) -> bool) {
        self.waiting.retain(&still);
        self.parked.retain(|(parked, _)| still(parked));
        self.progress.retain(|wanted, _| still(wanted));
        for (wanted, wished) in &mut self.working {
            *wished &= still(wanted);
        }
    }

    /// The newest request of this size, to be worked on.
    pub(super) fn take(&mut self, size: PageSize) -> Option<PageWanted> {
        let place = self.waiting.iter().rposition(|waiting| waiting.size == size)?;
        let wanted = self.waiting.remove(place)?;
        self.working.insert(wanted, true);
        Some(wanted)
    }

    /// Work on this ended; whether to tell what came of it.
    pub(super) fn done(&mut self, wanted: PageWanted) -> bool {
        self.working.remove(&wanted).unwrap_or(false)
    }

    /// Work on this ended because `blob` is not here. Look for it once more afterwards: it may have
    /// landed meanwhile.
    pub(super) fn park(&mut self, wanted: PageWanted, blob: BlobId) {
        if self.done(wanted) {
            self.parked.push((wanted, blob));
        }
    }

    /// A blob is here now: what waited for it goes on.
    pub(super) fn landed(&mut self, blob: BlobId) -> bool {
        let parked = std::mem::take(&mut self.parked);
        let (ready, left): (Vec<_>, Vec<_>) = parked.into_iter().partition(|(_, on)| *on == blob);
        self.parked = left;
        for (wanted, _) in &ready {
            self.progress.remove(wanted);
            self.waiting.push_back(*wanted);
        }
        !ready.is_empty()
    }

    /// So much of a blob is here; whether somebody waits for it.
    pub(super) fn progressed(&mut self, blob: BlobId, have: u64, total: u64) -> bool {
        let mut awaited = false;
        for (wanted, _) in self.parked.iter().filter(|(_, on)| *on == blob) {
            self.progress.insert(*wanted, (have, total));
            awaited = true;
        }
        awaited
    }

    /// Progress to tell of requests of this size.
    pub(super) fn take_progress(&mut self, size: PageSize) -> Option<(PageWanted, (u64, u64))> {
        let wanted = *self.progress.keys().find(|wanted| wanted.size == size)?;
        self.progress.remove_entry(&wanted)
    }

    /// Parked requests, most urgent first: full pages before thumbnails, newest before older.
    pub(super) fn wishes(&self) -> Vec<PageWanted> {
        let of = |size| {
            let parked = self.parked.iter().rev().map(|(wanted, _)| *wanted);
            parked.filter(move |wanted| wanted.size == size)
        };
        of(PageSize::Full).chain(of(PageSize::Thumbnail)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DECK: BlobId = BlobId([7; 32]);
    const PICTURE: BlobId = BlobId([8; 32]);

    fn full(page: u32) -> PageWanted {
        PageWanted { document: DECK, page, size: PageSize::Full }
    }

    fn small(page: u32) -> PageWanted {
        PageWanted { size: PageSize::Thumbnail, ..full(page) }
    }

    #[test]
    fn the_newest_comes_first_and_sizes_have_threads_of_their_own() {
        let mut desk = Desk::default();
        for wanted in [small(1), full(1), small(2), full(2), small(1)] {
            desk.request(wanted);
        }
        let mut take = |size| desk.take(size).map(|wanted| wanted.page);
        assert_eq!([take(PageSize::Full), take(PageSize::Full)], [Some(2), Some(1)]);
        assert_eq!(take(PageSize::Thumbnail), Some(1), "asked for again just now");
        assert_eq!([take(PageSize::Thumbnail), take(PageSize::Thumbnail)], [Some(2), None]);
    }

    #[test]
    fn what_scrolled_away_is_not_made() {
        let mut desk = Desk::default();
        (1..=200).for_each(|page| desk.request(small(page)));
        desk.retain(|wanted| wanted.page > 195);
        desk.cancel(small(200));
        let made: Vec<_> = std::iter::from_fn(|| desk.take(PageSize::Thumbnail)).collect();
        assert_eq!(made.iter().map(|wanted| wanted.page).collect::<Vec<_>>(), [199, 198, 197, 196]);
    }

    #[test]
    fn cancelled_work_is_not_told_unless_it_is_wanted_again() {
        let mut desk = Desk::default();
        desk.request(full(1));
        assert_eq!(desk.take(PageSize::Full), Some(full(1)));
        desk.cancel(full(1));
        desk.request(full(1));
        assert_eq!(desk.take(PageSize::Full), None, "it is being worked on already");
        assert!(desk.done(full(1)));
        desk.request(full(1));
        assert_eq!(desk.take(PageSize::Full), Some(full(1)));
        desk.cancel(full(1));
        assert!(!desk.done(full(1)));
    }

    #[test]
    fn what_is_not_here_waits_for_it() {
        let mut desk = Desk::default();
        for wanted in [full(1), small(1), small(2)] {
            desk.request(wanted);
            assert_eq!(desk.take(wanted.size), Some(wanted));
            desk.park(wanted, if wanted.page == 1 { PICTURE } else { DECK });
        }
        assert_eq!(desk.wishes(), [full(1), small(2), small(1)], "full pages first, newest first");
        desk.request(small(1));
        assert_eq!(desk.wishes(), [full(1), small(1), small(2)]);
        assert_eq!(desk.take(PageSize::Full), None);

        assert!(desk.progressed(PICTURE, 10, 64));
        desk.progressed(PICTURE, 20, 64);
        assert_eq!(desk.take_progress(PageSize::Full), Some((full(1), (20, 64))), "the last only");
        assert_eq!(desk.take_progress(PageSize::Full), None);

        assert!(desk.landed(PICTURE) && !desk.landed(PICTURE));
        assert_eq!(desk.take(PageSize::Full), Some(full(1)));
        assert_eq!(desk.take(PageSize::Thumbnail), Some(small(1)));
        assert_eq!(desk.take_progress(PageSize::Thumbnail), None, "it is here");
        assert_eq!(desk.wishes(), [small(2)]);
        desk.cancel(small(2));
        assert!(!desk.landed(DECK) && desk.wishes().is_empty());
    }

    #[test]
    fn a_page_cancelled_while_it_is_looked_for_is_not_parked() {
        let mut desk = Desk::default();
        desk.request(full(1));
        desk.take(PageSize::Full);
        desk.cancel(full(1));
        desk.park(full(1), PICTURE);
        assert!(desk.wishes().is_empty());
    }

    proptest! {
        #[test]
        fn requests_are_bounded_and_never_twice(steps in prop::collection::vec((0..6_u8, 0..900_u32), 0..2000)) {
            let mut desk = Desk::default();
            for (step, page) in steps {
                let wanted = if page % 2 == 0 { full(page) } else { small(page) };
                match step {
                    0..=2 => desk.request(wanted),
                    3 => desk.cancel(wanted),
                    4 => if let Some(taken) = desk.take(wanted.size) { desk.park(taken, PICTURE) },
                    _ => { desk.landed(PICTURE); }
                }
                prop_assert!(desk.waiting.len() + desk.parked.len() <= REQUESTS);
            }
            let mut all: Vec<_> = desk.waiting.iter().copied().chain(desk.wishes()).collect();
            let count = all.len();
            all.sort();
            all.dedup();
            prop_assert_eq!(all.len(), count);
        }
    }
}
