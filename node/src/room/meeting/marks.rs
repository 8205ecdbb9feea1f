//! What is drawn on the pages: strokes, less what was rubbed out or taken back.
//!
//! Each stroke, erase and undo is *in force* when it counts and no undo in force names it. An erase
//! in force hides its stroke. An undo only reaches back in its own author's log, so a chain of
//! them always ends.

use super::Key;
use super::change::{Change, Changes};
use super::held::Held;
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
        let mut next = Some(entry);
        while let Some(entry) = next.take() {
            let log = logs.get_mut(&entry.author);
            let Some(record) = log.and_then(|log| log.get_mut(entry.seq)) else { return };
            let hits = self.hits.get(&entry).copied().unwrap_or_default();
            let kept = record.counted && hits.undos == 0;
            let (in_force, target) = match &record.payload {
                Payload::Stroke(_) => (kept && hits.erases == 0, None),
                Payload::Erase(stroke) => (kept, Some((*stroke, Blow::Erase))),
                Payload::Undo(seq) => {
                    let own = EntryRef { author: entry.author, seq: *seq };
                    (kept && *seq < entry.seq, Some((own, Blow::Undo)))
                }
                _ => return,
            };
            if record.in_force == in_force {
                return;
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
            if let Some((target, blow)) = target {
                self.hit(target, blow, in_force);
                next = Some(target);
            }
        }
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
