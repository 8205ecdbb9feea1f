//! GOSSIP: which entries this node holds, and what two replicas must tell each other.
//!
//! A [`Replica`] knows each author's log by its hashes alone: the entries themselves are in the log
//! on disk and in the meeting's state. Only entries that continue their author's chain are
//! delivered, in chain order; those that come too early wait, within bounds.
//!
//! An author who signs two entries with one number has *forked*. The two entries are a [`Proof`]
//! that anybody can check. From the fork on that log means nothing: a replica forgets what it
//! held of it, keeps the proof and passes it on, so all replicas end with the same lowest fork and
//! the same chain below it, whichever branch they had seen first.
//!
//! [`compare`] says what to send to a peer whose [`HaveVector`] came. It is pure; `room::sync` turns
//! it into messages.

mod compare;
mod proof;
mod waiting;

pub use compare::{Have, HaveVector, Plan, Probe, ProbeAnswer, Range, compare};
pub use proof::{NotAFork, Proof};

use crate::limits::MEMBERS;
use crate::room::entry::Entry;
use crate::room::id::{EntryHash, EntryRef, MemberId};
use std::collections::BTreeMap;
use waiting::Waiting;

/// What one node holds of a meeting's logs.
#[derive(Debug, Default)]
pub struct Replica {
    chains: BTreeMap<MemberId, Chain>,
    waiting: Waiting,
}

/// One author's log as far as it is contiguous.
#[derive(Debug, Default)]
struct Chain {
    /// The hash of entry `n` at index `n - 1`: 32 bytes an entry, 3 MB for 100 000 of them.
    hashes: Vec<EntryHash>,
    /// The lowest known fork. The hashes end below it.
    fork: Option<Proof>,
}

/// What became of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Inserted {
    /// These continue their author's chain, in order: write them to the log, apply them. The
    /// entry itself comes first, then those that had waited for it.
    New(Vec<Entry>),
    /// Held already, or at and above a known fork.
    Duplicate,
    /// Too early. It waits for the entries before it, `missing` in number: ask somebody.
    Waiting {
        /// Entries between the chain's end and this one.
        missing: u64,
    },
    /// Its author signed another entry with this number, which the log holds: read that one, make
    /// a [`Proof`] of the two and give it to [`Replica::prove`].
    Conflict {
        /// Where the other entry is.
        held: EntryRef,
    },
    /// Two entries with one number, neither in the log yet: give this to [`Replica::prove`].
    Fork(Box<Proof>),
    /// Not taken.
    Refused(Refused),
}

/// Why an entry was not taken. None of these is lost for good: sync brings it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// More authors than a meeting may have.
    #[error("the meeting has too many authors")]
    Authors,
    /// Too many entries wait for their predecessors already.
    #[error("too many entries wait for their predecessors")]
    Waiting,
    /// It names another predecessor than the one held: its author's log forked below it. A sync
    /// with whoever sent it finds where.
    #[error("the entry does not continue the log that is held of its author")]
    Unlinked,
}

/// What became of a proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Proved {
    /// A fork not known before, or lower than the one known: keep the proof, tell the meeting.
    New,
    /// As low a fork of this author was known.
    Known,
    /// Not taken: more authors than a meeting may have.
    Refused,
}

impl Replica {
    /// A replica that holds nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one verified entry of this meeting.
    pub fn insert(&mut self, entry: Entry) -> Inserted {
        let author = entry.author();
        if !self.chains.contains_key(&author) && self.chains.len() >= MEMBERS {
            return Inserted::Refused(Refused::Authors);
        }
        let chain = self.chains.entry(author).or_default();
        if chain.fork.as_ref().is_some_and(|fork| entry.seq() >= fork.seq()) {
            return Inserted::Duplicate;
        }
        match chain.place(&entry) {
            Place::Held => Inserted::Duplicate,
            Place::Differs => Inserted::Conflict { held: EntryRef { author, seq: entry.seq() } },
            Place::Unlinked => Inserted::Refused(Refused::Unlinked),
            Place::Early { missing } => self.waiting.hold(entry, missing),
            Place::Next => {
                chain.hashes.push(entry.hash());
                let mut new = vec![entry];
                while let Some(next) = self.waiting.take(author, chain.height() + 1) {
                    // One that waited for another branch goes: sync brings what fits.
                    if chain.place(&next) == Place::Next {
                        chain.hashes.push(next.hash());
                        new.push(next);
                    }
                }
                Inserted::New(new)
            }
        }
    }

    /// Takes the proof of a fork: the chain ends below it from now on.
    pub fn prove(&mut self, proof: Proof) -> Proved {
        let author = proof.author();
        if !self.chains.contains_key(&author) && self.chains.len() >= MEMBERS {
            return Proved::Refused;
        }
        let chain = self.chains.entry(author).or_default();
        if chain.fork.as_ref().is_some_and(|known| known.seq() <= proof.seq()) {
            return Proved::Known;
        }
        chain.hashes.truncate(index_of(proof.seq()));
        self.waiting.forget_from(author, proof.seq());
        chain.fork = Some(proof);
        Proved::New
    }

    /// How many entries of `author` are held without a gap and below any fork.
    #[must_use]
    pub fn height(&self, author: &MemberId) -> u64 {
        self.chains.get(author).map_or(0, Chain::height)
    }

    /// The hash that the next entry of `author` must name.
    #[must_use]
    pub fn head(&self, author: &MemberId) -> EntryHash {
        self.chains.get(author).map_or(EntryHash::NONE, Chain::head)
    }

    /// The proof of `author`'s lowest known fork.
    #[must_use]
    pub fn fork(&self, author: &MemberId) -> Option<&Proof> {
        self.chains.get(author)?.fork.as_ref()
    }

    /// Number of entries held in all chains.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.chains.values().map(Chain::height).sum()
    }

    /// Number of entries that wait for their predecessors.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// What this replica tells its peers that it holds.
    #[must_use]
    pub fn have(&self) -> HaveVector {
        self.chains
            .iter()
            .map(|(author, chain)| {
                let fork = chain.fork.as_ref().map(Proof::seq);
                (*author, Have { height: chain.height(), head: chain.head(), fork })
            })
            .collect()
    }
}

/// How an entry stands to its author's chain.
#[derive(Debug, PartialEq, Eq)]
enum Place {
    Next,
    Held,
    Differs,
    Unlinked,
    Early { missing: u64 },
}

impl Chain {
    fn height(&self) -> u64 {
        self.hashes.len() as u64
    }

    fn head(&self) -> EntryHash {
        self.hashes.last().copied().unwrap_or(EntryHash::NONE)
    }

    fn hash(&self, seq: u64) -> Option<EntryHash> {
        self.hashes.get(usize::try_from(seq.checked_sub(1)?).ok()?).copied()
    }

    fn place(&self, entry: &Entry) -> Place {
        let next = self.height() + 1;
        match self.hash(entry.seq()) {
            Some(held) if held == entry.hash() => Place::Held,
            Some(_) => Place::Differs,
            None if entry.seq() > next => Place::Early { missing: entry.seq() - next },
            None if entry.prev() == self.head() => Place::Next,
            None => Place::Unlinked,
        }
    }
}

/// Where entry `seq` stands in [`Chain::hashes`]; beyond any memory for absurd numbers.
fn index_of(seq: u64) -> usize {
    usize::try_from(seq.saturating_sub(1)).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests;
