//! Who may draw when: what presenters said about it, replayed among the changes of the floor.
//!
//! Everybody may until a presenter says otherwise; then only who holds the floor may, until a
//! presenter allows it again. A mark counts if its author might draw *at its place* in canonical
//! order, so that all members come to the same marks: one made before its author heard of the ban
//! may fall under it, and one dated before the ban does not (docs/DECISIONS.md).

use super::Key;
use super::floor::Floor;
use crate::room::id::MemberId;
use std::collections::BTreeMap;

/// Who may draw.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Rule {
    Everybody,
    /// The presenter, if there is one.
    Only(Option<MemberId>),
}

/// The rule's history.
#[derive(Default, Debug)]
pub(super) struct Permits {
    /// What was said about it, by presenters or not.
    said: BTreeMap<Key, bool>,
    /// From which place on which rule holds; everybody may draw before the first.
    periods: Vec<(Key, Rule)>,
}

impl Permits {
    /// Notes that the entry at `key` says so, or no longer does.
    pub(super) fn note(&mut self, key: Key, allowed: bool, counts: bool) {
        if counts {
            self.said.insert(key, allowed);
        } else {
            self.said.remove(&key);
        }
    }

    /// Brings the history up to date; returns the place from which on it differs, if it does.
    pub(super) fn replay(&mut self, floor: &Floor) -> Option<Key> {
        if self.said.is_empty() && self.periods.is_empty() {
            return None;
        }
        let before = std::mem::take(&mut self.periods);
        let mut holders = floor.holders().iter().peekable();
        let (mut holder, mut free) = (None, true);
        for (key, allowed) in &self.said {
            while let Some((from, to)) = holders.next_if(|(from, _)| from < key) {
                holder = *to;
                enter(&mut self.periods, *from, free, holder);
            }
            if holder == Some(key.author) {
                free = *allowed;
                enter(&mut self.periods, *key, free, holder);
            }
        }
        for (from, to) in holders {
            enter(&mut self.periods, *from, free, *to);
        }
        first_difference(&before, &self.periods)
    }

    /// Whether a mark at `key` may be there.
    pub(super) fn allows(&self, key: &Key) -> bool {
        let at = self.periods.partition_point(|(from, _)| from < key);
        match at.checked_sub(1).and_then(|at| self.periods.get(at)) {
            Some((_, Rule::Only(holder))) => *holder == Some(key.author),
            Some((_, Rule::Everybody)) | None => true,
        }
    }

    /// Whether everybody may draw now.
    pub(super) fn is_free(&self) -> bool {
        self.periods.last().is_none_or(|(_, rule)| *rule == Rule::Everybody)
    }
}

fn enter(periods: &mut Vec<(Key, Rule)>, from: Key, free: bool, holder: Option<MemberId>) {
    let rule = if free { Rule::Everybody } else { Rule::Only(holder) };
    let last = periods.last().map_or(Rule::Everybody, |(_, rule)| *rule);
    if rule != last {
        periods.push((from, rule));
    }
}

fn first_difference(one: &[(Key, Rule)], other: &[(Key, Rule)]) -> Option<Key> {
    let same = one.iter().zip(other).take_while(|(one, other)| one == other).count();
    let next = [one, other].into_iter().filter_map(|periods| periods.get(same));
    next.map(|(from, _)| *from).min()
}
