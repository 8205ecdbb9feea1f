//! Entries on their way to the room: what is there, what is still to be said, and what was said and did not
//! come back yet. Nothing is taken for said before the room reflects it.

use moot_node::room::id::{EntryRef, MemberId};
use serde_bytes::ByteBuf;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// An entry, and the line for people that goes with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) entry: EntryRef,
    pub(super) sealed: ByteBuf,
    pub(super) line: Option<String>,
}

/// Entries and the room.
#[derive(Debug, Default)]
pub(super) struct Sayings {
    in_room: BTreeSet<EntryRef>,
    /// To be said, in this order, as soon as it is known what the room has.
    waiting: VecDeque<Said>,
    /// Said, and not come back.
    said: BTreeMap<EntryRef, Said>,
    /// Others' entries, for the case that this bridge has to speak for the one who does.
    others: BTreeMap<EntryRef, Said>,
}

impl Sayings {
    /// An entry that is on disk; `ours` to say, or somebody else's unless they fail.
    pub(super) fn keep(&mut self, saying: Said, ours: bool) {
        if self.in_room.contains(&saying.entry) || self.said.contains_key(&saying.entry) {
            return;
        }
        if ours {
            self.waiting.push_back(saying);
        } else {
            self.others.insert(saying.entry, saying);
        }
    }

    /// The room has this entry.
    pub(super) fn is_in_room(&mut self, entry: EntryRef) {
        self.in_room.insert(entry);
        self.said.remove(&entry);
        self.others.remove(&entry);
    }

    /// From now on the entries of those whom `absent` is true of are to be said here, each author's in order.
    pub(super) fn speak_for(&mut self, absent: impl Fn(&MemberId) -> bool) {
        let taken = self.others.extract_if(.., |entry, _| absent(&entry.author));
        self.waiting.extend(taken.map(|(_, said)| said));
    }

    /// The next one to say.
    pub(super) fn next(&mut self) -> Option<Said> {
        loop {
            let next = self.waiting.pop_front()?;
            if !self.in_room.contains(&next.entry) && !self.said.contains_key(&next.entry) {
                self.said.insert(next.entry, next.clone());
                return Some(next);
            }
        }
    }

    /// The server has forgotten us: what did not come back, and turns out not to be in the archive, is said
    /// again.
    pub(super) fn forgotten(&mut self) {
        for saying in std::mem::take(&mut self.said).into_values().rev() {
            self.waiting.push_front(saying);
        }
    }

    /// How many are still to be said or to come back, of this author.
    pub(super) fn open_of(&self, author: &MemberId) -> usize {
        let waiting = self.waiting.iter().map(|saying| saying.entry);
        waiting.chain(self.said.keys().copied()).filter(|entry| entry.author == *author).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANN: MemberId = MemberId([1; 32]);

    fn saying(seq: u64) -> Said {
        Said { entry: EntryRef { author: ANN, seq }, sealed: ByteBuf::new(), line: None }
    }

    fn seqs(sayings: &mut Sayings) -> Vec<u64> {
        std::iter::from_fn(|| sayings.next()).map(|saying| saying.entry.seq).collect()
    }

    #[test]
    fn what_the_room_has_is_not_said() {
        let mut sayings = Sayings::default();
        (1..=3).for_each(|seq| sayings.keep(saying(seq), true));
        sayings.is_in_room(saying(2).entry);
        assert_eq!(seqs(&mut sayings), [1, 3]);
        sayings.keep(saying(1), true);
        assert_eq!(seqs(&mut sayings), [0_u64; 0], "said already");
    }

    #[test]
    fn what_did_not_come_back_is_said_again_in_order() {
        let mut sayings = Sayings::default();
        (1..=4).for_each(|seq| sayings.keep(saying(seq), true));
        assert_eq!(seqs(&mut sayings), [1, 2, 3, 4]);
        sayings.is_in_room(saying(1).entry);
        sayings.forgotten();
        // The archive turns out to have the third.
        sayings.is_in_room(saying(3).entry);
        assert_eq!(sayings.open_of(&ANN), 3, "one of them will be passed over");
        assert_eq!(seqs(&mut sayings), [2, 4]);
    }

    #[test]
    fn others_are_spoken_for_when_it_comes_to_that() {
        let mut sayings = Sayings::default();
        (1..=3).for_each(|seq| sayings.keep(saying(seq), false));
        sayings.is_in_room(saying(1).entry);
        assert_eq!(seqs(&mut sayings), [0_u64; 0]);
        sayings.speak_for(|_| false);
        assert_eq!(seqs(&mut sayings), [0_u64; 0], "she is there and says them herself");
        sayings.speak_for(|author| *author == ANN);
        assert_eq!(seqs(&mut sayings), [2, 3]);
    }
}
