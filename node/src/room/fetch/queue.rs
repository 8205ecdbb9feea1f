//! The pieces to ask for, in order.

use super::blob::Blob;
use super::peer::Peer;
use super::{Piece, Priority};
use crate::room::id::BlobId;
use crate::room::ranges::RangeSet;
use crate::room::time::LocalTime;
use std::collections::{BTreeSet, HashMap};

/// Pieces of the rest among which the rarest is chosen. More would find rarer ones and cost more.
const CANDIDATES: usize = 32;

/// Pieces looked at for one choice: bounds the work when a member offers nothing of use.
const LOOKED_AT: usize = 2048;

/// Missing pieces that are not asked for at the moment.
#[derive(Debug)]
pub(super) struct Queue {
    seed: u64,
    pieces: BTreeSet<Place>,
    /// How many members hold each range of the blobs that are wanted.
    holders: HashMap<BlobId, Vec<u16>>,
}

/// Sorts by priority, then by number (near) or chance (on show, and the rest).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    priority: Priority,
    order: u64,
    blob: BlobId,
    piece: Piece,
}

impl Queue {
    pub(super) fn new(seed: u64) -> Self {
        Self { seed, pieces: BTreeSet::new(), holders: HashMap::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    pub(super) fn add(
        &mut self,
        blob: BlobId,
        priority: Priority,
        pieces: impl IntoIterator<Item = Piece>,
    ) {
        for piece in pieces {
            self.pieces.insert(self.place(blob, priority, piece));
        }
    }

    pub(super) fn remove(&mut self, blob: BlobId, priority: Priority, piece: Piece) -> bool {
        self.pieces.remove(&self.place(blob, priority, piece))
    }

    pub(super) fn remove_all(
        &mut self,
        blob: BlobId,
        priority: Priority,
        pieces: impl IntoIterator<Item = Piece>,
    ) {
        for piece in pieces {
            self.remove(blob, priority, piece);
        }
    }

    /// Moves what waits of a blob; what is asked for already stays out.
    pub(super) fn reorder(
        &mut self,
        blob: BlobId,
        from: Priority,
        to: Priority,
        pieces: impl IntoIterator<Item = Piece>,
    ) {
        if from == to {
            return;
        }
        for piece in pieces {
            if self.remove(blob, from, piece) {
                self.add(blob, to, [piece]);
            }
        }
    }

    pub(super) fn forget(&mut self, blob: BlobId) {
        self.holders.remove(&blob);
    }

    /// A member holds `ranges` of a blob, where it held `before`.
    pub(super) fn commoner(&mut self, blob: BlobId, ranges: &RangeSet, before: Option<&RangeSet>) {
        if let Some(before) = before {
            self.rarer(blob, before);
        }
        let counts = self.holders.entry(blob).or_default();
        for index in members_of(ranges) {
            if counts.len() <= index {
                counts.resize(index + 1, 0);
            }
            counts[index] = counts[index].saturating_add(1);
        }
    }

    /// A member that held `ranges` is gone.
    pub(super) fn rarer(&mut self, blob: BlobId, ranges: &RangeSet) {
        let Some(counts) = self.holders.get_mut(&blob) else { return };
        for index in members_of(ranges) {
            if let Some(count) = counts.get_mut(index) {
                *count = count.saturating_sub(1);
            }
        }
    }

    /// What to ask of this peer now.
    pub(super) fn choose(
        &self,
        peer: &Peer,
        blobs: &HashMap<BlobId, Blob>,
        only_urgent: bool,
        now: LocalTime,
    ) -> Option<(BlobId, Priority, Piece)> {
        if !peer.has_slot(Priority::Show, now) || peer.offers.is_empty() {
            return None;
        }
        let mut best: Option<(u16, &Place)> = None;
        let mut candidates = 0;
        for place in self.pieces.iter().take(LOOKED_AT) {
            let Place { priority, blob, piece, .. } = *place;
            let settled = best.is_some_and(|(_, best)| best.priority != priority);
            let barred = only_urgent && priority != Priority::Show;
            if settled || barred || !peer.has_slot(priority, now) {
                break;
            }
            let len = blobs.get(&blob).and_then(|blob| blob.len);
            let offered = len.is_some_and(|len| peer.offers(blob, len, piece));
            if !offered || peer.avoids(blob, piece, now) {
                continue;
            }
            let rarity = self.holders_of(blob, piece);
            if best.is_none_or(|(rarest, _)| rarity < rarest) {
                best = Some((rarity, place));
            }
            candidates += 1;
            if matches!(priority, Priority::Near(_)) || candidates == CANDIDATES {
                break;
            }
        }
        match best {
            Some((_, place)) => Some((place.blob, place.priority, place.piece)),
            // It may hold only what stands far back: then start from what it holds.
            None if self.pieces.len() > LOOKED_AT && !only_urgent => {
                self.choose_from_offers(peer, blobs, now)
            }
            None => None,
        }
    }

    fn choose_from_offers(
        &self,
        peer: &Peer,
        blobs: &HashMap<BlobId, Blob>,
        now: LocalTime,
    ) -> Option<(BlobId, Priority, Piece)> {
        let offered =
            peer.offers.keys().take(LOOKED_AT).filter_map(|id| Some((*id, blobs.get(id)?)));
        offered
            .filter(|(_, blob)| peer.has_slot(blob.priority, now))
            .flat_map(|(id, blob)| blob.missing().map(move |piece| (id, blob, piece)))
            .take(LOOKED_AT)
            .find(|(id, blob, piece)| {
                self.pieces.contains(&self.place(*id, blob.priority, *piece))
                    && blob.len.is_some_and(|len| peer.offers(*id, len, *piece))
                    && !peer.avoids(*id, *piece, now)
            })
            .map(|(id, blob, piece)| (id, blob.priority, piece))
    }

    fn holders_of(&self, blob: BlobId, piece: Piece) -> u16 {
        match piece {
            // Nothing else of the blob can be asked for before.
            Piece::Outline => 0,
            Piece::Range(index) => {
                let counts = self.holders.get(&blob);
                counts.and_then(|counts| counts.get(index as usize)).copied().unwrap_or(0)
            }
        }
    }

    fn place(&self, blob: BlobId, priority: Priority, piece: Piece) -> Place {
        let number = match piece {
            Piece::Outline => 0,
            Piece::Range(index) => u64::from(index) + 1,
        };
        let order = match priority {
            Priority::Near(_) => number,
            // All want what is on show at once: each begins with another part of it.
            Priority::Show if piece == Piece::Outline => 0,
            Priority::Show | Priority::Rest => self.chance(blob, number),
        };
        Place { priority, order, blob, piece }
    }

    /// The same for this node each time and another for every other node (FNV-1a and a mix, after
    /// SplitMix64: an even spread is all that is asked of it).
    fn chance(&self, blob: BlobId, number: u64) -> u64 {
        let mut hash = self.seed ^ 0xcbf2_9ce4_8422_2325;
        for word in blob.0.chunks_exact(8).map(|w| w.iter().fold(0, |n, b| n << 8 | u64::from(*b)))
        {
            hash = (hash ^ word).wrapping_mul(0x0100_0000_01b3);
        }
        hash = (hash ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        hash ^ (hash >> 31)
    }
}

fn members_of(ranges: &RangeSet) -> impl Iterator<Item = usize> + '_ {
    (0..ranges.bits().len() * 8).filter(|index| ranges.contains(*index as u32))
}

#[cfg(test)]
mod tests {
    use super::super::Held;
    use super::super::peer::Offer;
    use super::*;

    /// A queue of blobs of one piece, and a peer that has them all; `holders` have each.
    struct Case {
        queue: Queue,
        peer: Peer,
        blobs: HashMap<BlobId, Blob>,
    }

    impl Case {
        fn new(seed: u64) -> Self {
            let (queue, peer) = (Queue::new(seed), Peer::default());
            Self { queue, peer, blobs: HashMap::new() }
        }

        fn add(&mut self, blob: u8, priority: Priority, holders: u8) {
            let id = BlobId([blob; 32]);
            let all = RangeSet::all(1);
            self.blobs.insert(id, Blob::new(Some(10), Held::Nothing, priority));
            self.queue.add(id, priority, [Piece::Range(0)]);
            (0..holders).for_each(|_| self.queue.commoner(id, &all, None));
            self.peer.offers.insert(id, Offer { len: 10, ranges: all });
        }

        /// All blobs in the order in which the peer is asked for them.
        fn order(mut self) -> Vec<u8> {
            let mut order = Vec::new();
            while let Some((blob, priority, piece)) =
                self.queue.choose(&self.peer, &self.blobs, false, LocalTime::START)
            {
                self.queue.remove(blob, priority, piece);
                order.push(blob.0[0]);
            }
            order
        }
    }

    #[test]
    fn the_page_on_show_comes_first_then_its_neighbours_in_their_order_then_the_rest() {
        for seed in 0..20 {
            let mut case = Case::new(seed);
            // The rest is rarer than what is near: that does not bring it forward.
            (1..=3).chain(8..=20).for_each(|page| case.add(page, Priority::Rest, 1));
            for (page, priority) in [
                (4, Priority::Near(3)),
                (7, Priority::Near(2)),
                (6, Priority::Near(1)),
                (5, Priority::Show),
            ] {
                case.add(page, priority, 7);
            }
            let order = case.order();
            assert_eq!(order[..4], [5, 6, 7, 4], "seed {seed}");
            assert_eq!(order.len(), 20);
        }
    }

    #[test]
    fn of_the_rest_the_rarest_comes_first() {
        let mut second = BTreeSet::new();
        for seed in 0..20 {
            let mut case = Case::new(seed);
            (1..=16)
                .for_each(|page| case.add(page, Priority::Rest, if page == 11 { 1 } else { 3 }));
            let order = case.order();
            assert_eq!(order[0], 11, "seed {seed}");
            second.insert(order[1]);
        }
        assert!(second.len() > 4, "what is as rare is asked for in any order: {second:?}");
    }
}
