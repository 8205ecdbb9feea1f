//! What is held of one author's log, and which of it stands by itself: without regard to who may
//! say what.
//!
//! An entry *stands* when its Lamport time is above that of every earlier entry of its author (a
//! log that runs backwards could rewrite history) and its number is below the author's first fork.
//! Both are functions of the set of entries held: arriving entries and evidence can only fell what
//! stood, never raise it again.

use super::Key;
use crate::room::id::{EntryHash, MemberId};
use crate::room::stanza::{Payload, Stamp};
use std::collections::{BTreeMap, BTreeSet};

/// One entry.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) hash: EntryHash,
    pub(super) stamp: Stamp,
    pub(super) payload: Payload,
    /// Whether its Lamport time is in order.
    pub(super) rises: bool,
    /// Whether it counts: it stands and its author may say it.
    pub(super) counted: bool,
    /// For marks, erases and undos: whether it counts, was permitted, and nothing took it back.
    pub(super) in_force: bool,
}

/// What became of an entry.
#[derive(PartialEq, Eq, Debug)]
pub(super) enum Taken {
    /// It was here, or lies behind a fork.
    Known,
    /// Another entry with its number is here.
    Clash,
    /// It is new; these fell because of it.
    New(Vec<u64>),
}

/// One author's entries.
#[derive(Debug, Default)]
pub(super) struct Held {
    records: BTreeMap<u64, Record>,
    /// Lamport time of each entry whose time is in order: rises with the number.
    rising: BTreeMap<u64, u64>,
    /// The lowest number known to be signed twice.
    fork: Option<u64>,
    /// Counted changes of name, in order.
    pub(super) names: BTreeSet<u64>,
    /// Counted choices of a picture, in order.
    pub(super) pictures: BTreeSet<u64>,
    /// Counted entries about recording, in order.
    pub(super) recordings: BTreeSet<u64>,
    /// Counted entries about a bridge, in order.
    pub(super) bridges: BTreeSet<u64>,
    /// Counted good-byes, in order.
    pub(super) leaves: BTreeSet<u64>,
    /// The last entry that counts; 0 when none does.
    last: u64,
    /// How many count.
    counted: u64,
}

impl Held {
    /// Takes an entry in. `sound`: its stanza fits its envelope; if not it is kept so that a fork
    /// is noticed, but never counts.
    pub(super) fn take(&mut self, seq: u64, record: Record, sound: bool) -> Taken {
        match self.records.get(&seq) {
            Some(known) if known.hash == record.hash => return Taken::Known,
            Some(_) => return Taken::Clash,
            None if self.fork.is_some_and(|fork| seq >= fork) => return Taken::Known,
            None => {}
        }
        let lamport = record.stamp.lamport;
        let before = self.rising.range(..seq).next_back().map_or(0, |(_, &time)| time);
        let rises = sound && lamport > before;
        let mut fallen = Vec::new();
        if rises {
            let later = self.rising.range(seq..);
            fallen.extend(later.take_while(|(_, time)| **time <= lamport).map(|(&seq, _)| seq));
            for seq in &fallen {
                self.rising.remove(seq);
                self.records.entry(*seq).and_modify(|record| record.rises = false);
            }
            self.rising.insert(seq, lamport);
        }
        self.records.insert(seq, Record { rises, ..record });
        Taken::New(fallen)
    }

    /// Notes that number `seq` was signed twice; returns what fell, `None` when that was known.
    pub(super) fn fork(&mut self, seq: u64) -> Option<Vec<u64>> {
        if self.fork.is_some_and(|known| known <= seq) {
            return None;
        }
        self.fork = Some(seq);
        Some(self.records.range(seq..).map(|(&seq, _)| seq).collect())
    }

    /// The lowest number known to be signed twice.
    pub(super) fn forked_at(&self) -> Option<u64> {
        self.fork
    }

    /// Whether `record` stands by itself.
    pub(super) fn stands(&self, seq: u64) -> bool {
        self.fork.is_none_or(|fork| seq < fork)
            && self.records.get(&seq).is_some_and(|record| record.rises)
    }

    /// Marks whether `seq` counts; returns whether that is news.
    pub(super) fn count(&mut self, seq: u64, counts: bool) -> bool {
        let Some(record) = self.records.get_mut(&seq) else { return false };
        if record.counted == counts {
            return false;
        }
        record.counted = counts;
        if counts {
            self.counted += 1;
            self.last = self.last.max(seq);
        } else {
            self.counted -= 1;
            if self.last == seq {
                let mut earlier = self.records.range(..seq).rev();
                self.last = earlier.find(|(_, r)| r.counted).map_or(0, |(&seq, _)| seq);
            }
        }
        true
    }

    /// The entry numbered `seq`.
    pub(super) fn get(&self, seq: u64) -> Option<&Record> {
        self.records.get(&seq)
    }

    /// The entry numbered `seq`.
    pub(super) fn get_mut(&mut self, seq: u64) -> Option<&mut Record> {
        self.records.get_mut(&seq)
    }

    /// All numbers held.
    pub(super) fn numbers(&self) -> Vec<u64> {
        self.records.keys().copied().collect()
    }

    /// The entries that count, in order.
    pub(super) fn counting(&self) -> impl DoubleEndedIterator<Item = (u64, &Record)> {
        self.records.iter().filter(|(_, record)| record.counted).map(|(&seq, record)| (seq, record))
    }

    /// The last entry that counts.
    pub(super) fn last(&self) -> Option<(u64, &Record)> {
        self.records.get_key_value(&self.last).map(|(&seq, record)| (seq, record))
    }

    /// The entry with which the author began to record, if they did and neither ended it nor left
    /// since.
    pub(super) fn recording(&self) -> Option<(u64, &Record)> {
        let last = *self.recordings.last()?;
        let record = self.records.get(&last)?;
        let on = record.payload == Payload::Recording(true);
        (on && self.leaves.last().is_none_or(|left| *left < last)).then_some((last, record))
    }

    /// The entry with which the author began to bridge to a room, if they did and neither ended it
    /// nor left since, and the room.
    pub(super) fn bridge(&self) -> Option<(u64, &Record, &str)> {
        let last = *self.bridges.last()?;
        let record = self.records.get(&last)?;
        let Payload::Bridge(Some(room)) = &record.payload else { return None };
        self.leaves.last().is_none_or(|left| *left < last).then_some((last, record, room))
    }

    /// The colour that the author chose last for their picture.
    pub(super) fn picture(&self) -> Option<u8> {
        match self.records.get(self.pictures.last()?)?.payload {
            Payload::Picture(colour) => Some(colour),
            _ => None,
        }
    }

    /// How many entries count.
    pub(super) fn len(&self) -> u64 {
        self.counted
    }
}

impl Record {
    /// Its place in canonical order.
    pub(super) fn key(&self, author: MemberId, seq: u64) -> Key {
        Key { lamport: self.stamp.lamport, author, seq }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::room::time::{Epoch, MediaTime};

    fn record(seq: u64, lamport: u64, hash: u8) -> Record {
        Record {
            hash: EntryHash([hash; 32]),
            stamp: Stamp { seq, lamport, epoch: Epoch(0), at: MediaTime::ZERO },
            payload: Payload::Leave,
            rises: false,
            counted: false,
            in_force: false,
        }
    }

    fn standing(order: &[(u64, u64)]) -> Vec<u64> {
        let mut held = Held::default();
        for &(seq, lamport) in order {
            held.take(seq, record(seq, lamport, 1), true);
        }
        held.numbers().into_iter().filter(|&seq| held.stands(seq)).collect()
    }

    #[test]
    fn a_clock_that_runs_backwards_fells_entries_whatever_their_order() {
        let mut log = [(1, 1), (2, 10), (3, 5), (4, 6), (5, 11), (6, 11)];
        assert_eq!(standing(&log), [1, 2, 5]);
        log.reverse();
        assert_eq!(standing(&log), [1, 2, 5]);
        log.swap(1, 4);
        assert_eq!(standing(&log), [1, 2, 5]);
    }

    #[test]
    fn nothing_stands_from_a_fork_on() {
        let mut held = Held::default();
        for seq in 1..=4 {
            held.take(seq, record(seq, seq, 1), true);
        }
        assert_eq!(held.take(3, record(3, 3, 1), true), Taken::Known);
        assert_eq!(held.take(3, record(3, 3, 2), true), Taken::Clash);
        assert_eq!(held.fork(3), Some(vec![3, 4]));
        assert_eq!(held.fork(4), None);
        assert_eq!([2, 3, 4].map(|seq| held.stands(seq)), [true, false, false]);
        assert_eq!(held.take(5, record(5, 5, 1), true), Taken::Known, "behind the fork");
    }
}
