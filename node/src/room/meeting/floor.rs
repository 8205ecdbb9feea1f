//! Who presents: the floor's entries replayed in canonical order, and who held it when.
//!
//! The founder holds it first. Any member may take it; only its holder may give it to somebody
//! else. When the holder is removed nobody holds it until somebody takes it.

use super::Key;
use super::membership::Membership;
use crate::room::id::MemberId;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

/// The floor's history.
#[derive(Default, Debug)]
pub(super) struct Floor {
    /// From which place on it was whose.
    holders: Vec<(Key, Option<MemberId>)>,
    /// The last place that was looked at.
    last: Option<Key>,
}

impl Floor {
    /// Replays `wishes` (who shall have it) among the comings and goings of members.
    pub(super) fn replay(membership: &Membership, wishes: &BTreeMap<Key, MemberId>) -> Self {
        let mut floor = Self::default();
        let mut present = BTreeSet::new();
        let mut passages = membership.passages().iter().peekable();
        for (key, to) in wishes {
            while let Some(passage) = passages.next_if(|passage| passage.key < *key) {
                floor.pass(passage.key, passage.member, passage.inward, &mut present);
            }
            let counts = membership.gate(&key.author).is_some_and(|gate| gate.admits(key));
            if counts && present.contains(&key.author) && present.contains(to) {
                floor.wish(*key, *to);
            }
            floor.last = Some(*key);
        }
        for passage in passages {
            floor.pass(passage.key, passage.member, passage.inward, &mut present);
        }
        floor
    }

    /// Adds one wish without a replay, if it stands behind all that was looked at; returns whether
    /// it does.
    pub(super) fn append(&mut self, membership: &Membership, key: Key, to: MemberId) -> bool {
        if self.last.is_some_and(|last| key <= last) {
            return false;
        }
        let counts = membership.gate(&key.author).is_some_and(|gate| gate.admits(&key));
        if counts && membership.is_member(&key.author) && membership.is_member(&to) {
            self.wish(key, to);
        }
        self.last = Some(key);
        true
    }

    /// Who presents now.
    pub(super) fn holder(&self) -> Option<MemberId> {
        self.holders.last().and_then(|(_, holder)| *holder)
    }

    /// Whether `member` held it at this place in canonical order.
    pub(super) fn held_by(&self, member: &MemberId, at: &Key) -> bool {
        let passed = self.holders.partition_point(|(from, _)| from < at);
        let last = passed.checked_sub(1).and_then(|last| self.holders.get(last));
        last.is_some_and(|(_, holder)| *holder == Some(*member))
    }

    /// From which place on it was whose, in canonical order.
    pub(super) fn holders(&self) -> &[(Key, Option<MemberId>)] {
        &self.holders
    }

    /// The last of what `said` knows of each holder that was said while they held the floor.
    pub(super) fn last_of<'s>(
        &self,
        said: impl Fn(&MemberId) -> Option<&'s BTreeSet<Key>>,
    ) -> Option<Key> {
        let mut until: Option<Key> = None;
        for (from, holder) in self.holders.iter().rev() {
            let said = holder.as_ref().and_then(&said);
            let to = until.map_or(Bound::Unbounded, Bound::Excluded);
            let mut within = said.into_iter().flat_map(|s| s.range((Bound::Excluded(*from), to)));
            if let Some(last) = within.next_back() {
                return Some(*last);
            }
            until = Some(*from);
        }
        None
    }

    fn wish(&mut self, key: Key, to: MemberId) {
        let holder = self.holder();
        if holder != Some(to) && (to == key.author || holder == Some(key.author)) {
            self.holders.push((key, Some(to)));
        }
    }

    fn pass(&mut self, key: Key, member: MemberId, inward: bool, present: &mut BTreeSet<MemberId>) {
        self.last = Some(key);
        if inward {
            present.insert(member);
            // The first who ever comes in is the founder.
            if self.holders.is_empty() {
                self.holders.push((key, Some(member)));
            }
        } else {
            present.remove(&member);
            if self.holder() == Some(member) {
                self.holders.push((key, None));
            }
        }
    }
}
