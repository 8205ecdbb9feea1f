//! Entries that came before their predecessors.

use super::{Inserted, Proof, Refused};
use crate::room::entry::Entry;
use crate::room::id::MemberId;
use std::collections::BTreeMap;

/// Waiting entries of one author. Gossip overtakes by a few; a sync that repairs a longer gap sends
/// its entries in order.
const PER_AUTHOR: usize = 256;

/// Bytes of stanzas that wait, of all authors together: 80 of the largest, or tens of thousands
/// of page turns.
const BYTES: usize = 4 * 1024 * 1024;

/// Bytes that an entry costs besides its stanza.
const OVERHEAD: usize = 300;

/// A bounded waiting room.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    by_author: BTreeMap<MemberId, BTreeMap<u64, Entry>>,
    bytes: usize,
}

impl Waiting {
    pub(super) fn hold(&mut self, entry: Entry, missing: u64) -> Inserted {
        let room = self.by_author.entry(entry.author()).or_default();
        if let Some(held) = room.get(&entry.seq()) {
            if held.hash() == entry.hash() {
                return Inserted::Duplicate;
            }
            return match Proof::new(held.clone(), entry) {
                Ok(proof) => Inserted::Fork(Box::new(proof)),
                Err(_) => Inserted::Duplicate,
            };
        }
        if room.len() >= PER_AUTHOR || self.bytes + cost(&entry) > BYTES {
            return Inserted::Refused(Refused::Waiting);
        }
        self.bytes += cost(&entry);
        room.insert(entry.seq(), entry);
        Inserted::Waiting { missing }
    }

    pub(super) fn take(&mut self, author: MemberId, seq: u64) -> Option<Entry> {
        let room = self.by_author.get_mut(&author)?;
        let entry = room.remove(&seq)?;
        if room.is_empty() {
            self.by_author.remove(&author);
        }
        self.bytes -= cost(&entry);
        Some(entry)
    }

    pub(super) fn forget_from(&mut self, author: MemberId, seq: u64) {
        let Some(room) = self.by_author.get_mut(&author) else { return };
        let gone = room.split_off(&seq);
        self.bytes -= gone.values().map(cost).sum::<usize>();
        if room.is_empty() {
            self.by_author.remove(&author);
        }
    }

    pub(super) fn len(&self) -> usize {
        self.by_author.values().map(BTreeMap::len).sum()
    }
}

fn cost(entry: &Entry) -> usize {
    entry.stanza().len() + OVERHEAD
}
