//! A fork's evidence: two entries of one author with one number.

use crate::room::entry::Entry;
use crate::room::id::MemberId;

/// Two different entries that one author signed with one number. Both signatures were checked when
/// the entries were decoded, so whoever holds this value can show that the author did it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The one with the lower hash, so that a pair has one form.
    lower: Entry,
    upper: Entry,
}

/// Two entries that are no fork: different authors or numbers, or the same entry twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the two entries don't prove a fork")]
pub struct NotAFork;

impl Proof {
    /// Pairs two entries that must not both exist.
    ///
    /// # Errors
    /// [`NotAFork`] when they may.
    pub fn new(one: Entry, other: Entry) -> Result<Self, NotAFork> {
        let same_place = one.author() == other.author() && one.seq() == other.seq();
        if !same_place || one.hash() == other.hash() {
            return Err(NotAFork);
        }
        let (lower, upper) = if one.hash() < other.hash() { (one, other) } else { (other, one) };
        Ok(Self { lower, upper })
    }

    /// Who forked their log.
    #[must_use]
    pub fn author(&self) -> MemberId {
        self.lower.author()
    }

    /// The number that was given twice. Entries from here on don't count.
    #[must_use]
    pub fn seq(&self) -> u64 {
        self.lower.seq()
    }

    /// The two entries.
    #[must_use]
    pub fn entries(&self) -> [&Entry; 2] {
        [&self.lower, &self.upper]
    }
}
