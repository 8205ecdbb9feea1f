//! The canonical order of entries, the same on every machine.

use crate::room::id::{EntryRef, MemberId};

/// Where an entry stands among all entries of the meeting: after everything its author had seen;
/// what nobody had seen of each other is ordered by author.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct Key {
    /// Lamport time.
    pub lamport: u64,
    /// Who said it.
    pub author: MemberId,
    /// Its number in the author's log.
    pub seq: u64,
}

impl Key {
    /// The entry that stands there.
    #[must_use]
    pub const fn entry(&self) -> EntryRef {
        EntryRef { author: self.author, seq: self.seq }
    }
}
