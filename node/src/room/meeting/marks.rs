//! What is drawn on the pages: strokes, less what was rubbed out or taken back.
//!
//! Each stroke, erase and undo is *in force* when it counts and no undo in force names it. An erase
//! in force hides its stroke. An undo only reaches back in its own author's log, and only
//! [`UNDO_REACH`] undos far, so following a chain of them ends soon.

use super::Key;
use super::change::{Change, Changes};
use super::held::{Held, Record};
use crate::limits::UNDO_REACH;
use crate::room::id::{EntryRef, MemberId};
use crate::room::stanza::{PageTurn, Payload};
use std::collections::{BTreeMap, BTreeSet};

/// How many entries in force act on one entry, which need not be here yet.
#[derive(Default, Clone, Copy, PartialEq, Eq, Debug)]
struct Hits {
    undos: u32,
    erases: u32,
}

/// How an entry acts on another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Blow {
    Undo,
    Erase,
}

/// What is drawn.
#[derive(Default, Debug)]
pub(super) struct Marks {
    hits: BTreeMap<EntryRef, Hits>,
    /// The counting undos that name an entry, by number.
    namers: BTreeMap<EntryRef, BTreeSet<u64>>,
    visible: BTreeMap<PageTurn, BTreeSet<Key>>,
}

impl Marks {
    /// The strokes to be seen on a page, in canonical order.
    pub(super) fn on(&self, page: PageTurn) -> impl Iterator<Item = &Key> {
        self.visible.get(&page).into_iter().flatten()
    }

    /// All strokes to be seen.
    pub(super) fn everywhere(&self) -> impl Iterator<Item = (&PageTurn, &BTreeSet<Key>)> {
        self.visible.iter()
    }

    /// Follows the consequences of `entry` counting or no longer counting.
    pub(super) fn settle(
        &mut self,
        logs: &mut BTreeMap<MemberId, Held>,
        entry: EntryRef,
        changes: &mut Changes,
    ) {
        let mut unsettled = self.link(logs, entry);
        unsettled.push(entry);
        while let Some(entry) = unsettled.pop() {
            unsettled.extend(self.settle_one(logs, entry, changes));
        }
    }

    /// Brings one entry up to date; returns the entry it acts on, when its action changed.
    fn settle_one(
        &mut self,
        logs: &mut BTreeMap<MemberId, Held>,
        entry: EntryRef,
        changes: &mut Changes,
    ) -> Option<EntryRef> {
        let near = is_near(logs, entry);
        let record = logs.get_mut(&entry.author)?.get_mut(entry.seq)?;
        let hits = self.hits.get(&entry).copied().unwrap_or_default();
        let kept = record.counted && hits.undos == 0;
        let (in_force, target) = match &record.payload {
            Payload::Stroke(_) => (kept && hits.erases == 0, None),
            Payload::Erase(stroke) => (kept, Some((*stroke, Blow::Erase))),
            Payload::Undo(seq) => {
                let own = EntryRef { author: entry.author, seq: *seq };
                (kept && near && *seq < entry.seq, Some((own, Blow::Undo)))
            }
            _ => return None,
        };
        if record.in_force == in_force {
            return None;
        }
        record.in_force = in_force;
        let key = record.key(entry.author, entry.seq);
        if let Payload::Stroke(stroke) = &record.payload {
            self.show(stroke.on, key, in_force);
            changes.push(if in_force {
                Change::StrokeAdded { stroke: entry, stamp: record.stamp }
            } else {
                Change::StrokeRemoved { stroke: entry, by: changes.by, stamp: changes.stamp }
            });
        }
        let (target, blow) = target?;
        self.hit(target, blow, in_force);
        Some(target)
    }

    /// Keeps who undoes whom; returns the undos above `entry` whose distance from their mark it
    /// may have changed.
    fn link(&mut self, logs: &BTreeMap<MemberId, Held>, entry: EntryRef) -> Vec<EntryRef> {
        let author = entry.author;
        let record = logs.get(&author).and_then(|log| log.get(entry.seq));
        let Some((record, &Payload::Undo(target))) = record.map(|r| (r, &r.payload)) else {
            return Vec::new();
        };
        let namers = self.namers.entry(EntryRef { author, seq: target }).or_default();
        if record.counted {
            namers.insert(entry.seq);
        } else {
            namers.remove(&entry.seq);
        }
        let (mut above, mut level) = (Vec::new(), vec![entry.seq]);
        for _ in 0..UNDO_REACH {
            let seqs = level.into_iter().map(|seq| EntryRef { author, seq });
            let named = seqs.filter_map(|named| self.namers.get(&named));
            level = named.flatten().copied().collect();
            above.extend(level.iter().map(|&seq| EntryRef { author, seq }));
        }
        above
    }

    fn show(&mut self, page: PageTurn, key: Key, visible: bool) {
        let strokes = self.visible.entry(page).or_default();
        if visible {
            strokes.insert(key);
        } else {
            strokes.remove(&key);
            if strokes.is_empty() {
                self.visible.remove(&page);
            }
        }
    }

    fn hit(&mut self, target: EntryRef, blow: Blow, lands: bool) {
        let hits = self.hits.entry(target).or_default();
        let count = match blow {
            Blow::Undo => &mut hits.undos,
            Blow::Erase => &mut hits.erases,
        };
        // Every blow that is withdrawn had landed, so this never falls below zero.
        *count = if lands { count.saturating_add(1) } else { count.saturating_sub(1) };
        if *hits == Hits::default() {
            self.hits.remove(&target);
        }
    }
}

/// Whether at most [`UNDO_REACH`] undos lead from this undo down to what is no undo.
fn is_near(logs: &BTreeMap<MemberId, Held>, entry: EntryRef) -> bool {
    let Some(log) = logs.get(&entry.author) else { return false };
    let mut seq = entry.seq;
    for _ in 0..=UNDO_REACH {
        match log.get(seq) {
            Some(Record { counted: true, payload: Payload::Undo(target), .. }) if *target < seq => {
                seq = *target;
            }
            _ => return true,
        }
    }
    false
}
