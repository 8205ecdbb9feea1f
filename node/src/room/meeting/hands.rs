//! Raised hands, in the order in which they went up.

use super::Key;
use crate::room::id::MemberId;
use std::collections::{BTreeMap, BTreeSet};

/// One author's hand.
#[derive(Default, Debug)]
struct Hand {
    ups: BTreeSet<Key>,
    downs: BTreeSet<Key>,
}

/// Everybody's hands.
#[derive(Default, Debug)]
pub(super) struct Hands(BTreeMap<MemberId, Hand>);

impl Hands {
    /// Notes that the entry at `key` does, or no longer does, move its author's hand.
    pub(super) fn note(&mut self, key: Key, up: bool, counts: bool) {
        let hand = self.0.entry(key.author).or_default();
        let moves = if up { &mut hand.ups } else { &mut hand.downs };
        if counts {
            moves.insert(key);
        } else {
            moves.remove(&key);
        }
    }

    /// Where `author` raised the hand that is up: raising it again keeps the place in the queue.
    pub(super) fn raised(&self, author: &MemberId) -> Option<Key> {
        let hand = self.0.get(author)?;
        let mut ups = match hand.downs.last() {
            Some(down) => hand.ups.range(down..),
            None => hand.ups.range(..),
        };
        ups.next().copied()
    }

    /// All raised hands, the longest waiting first.
    pub(super) fn queue(&self) -> Vec<Key> {
        let mut queue: Vec<Key> = self.0.keys().filter_map(|author| self.raised(author)).collect();
        queue.sort_unstable();
        queue
    }
}
