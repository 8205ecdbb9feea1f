//! What is on the pages: marks (strokes and notes), less what was rubbed out or taken back.
//!
//! Each mark, erase and undo is *in force* when it counts and no undo in force names it; marks and
//! erases also need to be permitted ([`Permits`]). An erase in force hides its marks. An undo only reaches back in its own author's log, and only
//! [`UNDO_REACH`] undos far, so following a chain of them ends soon.

use super::Key;
use super::change::{Change, Changes};
use super::held::{Held, Record};
use super::permits::Permits;
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
    /// Who may.
    pub(super) permits: Permits,
    /// The counting marks and erases, shown or not.
    made: BTreeSet<Key>,
    hits: BTreeMap<EntryRef, Hits>,
    /// The counting undos that name an entry, by number.
    namers: BTreeMap<EntryRef, BTreeSet<u64>>,
    visible: BTreeMap<PageTurn, BTreeSet<Key>>,
}

impl Marks {
    /// The marks to be seen on a page, in canonical order.
    pub(super) fn on(&self, page: PageTurn) -> impl Iterator<Item = &Key> {
        self.visible.get(&page).into_iter().flatten()
    }

    /// All marks to be seen.
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
        self.note_made(logs, entry);
        let mut unsettled = self.link(logs, entry);
        unsettled.push(entry);
        self.settle_all(logs, unsettled, changes);
    }

    /// Follows the consequences of others being permitted to draw, from `from` on.
    pub(super) fn settle_since(
        &mut self,
        logs: &mut BTreeMap<MemberId, Held>,
        from: Key,
        changes: &mut Changes,
    ) {
        let unsettled = self.made.range(from..).map(Key::entry).collect();
        self.settle_all(logs, unsettled, changes);
    }

    fn settle_all(
        &mut self,
        logs: &mut BTreeMap<MemberId, Held>,
        mut unsettled: Vec<EntryRef>,
        changes: &mut Changes,
    ) {
        while let Some(entry) = unsettled.pop() {
            unsettled.extend(self.settle_one(logs, entry, changes));
        }
    }

    /// Brings one entry up to date; returns the entries it acts on, when its action changed.
    fn settle_one(
        &mut self,
        logs: &mut BTreeMap<MemberId, Held>,
        entry: EntryRef,
        changes: &mut Changes,
    ) -> Vec<EntryRef> {
        let near = is_near(logs, entry);
        let record = logs.get_mut(&entry.author).and_then(|log| log.get_mut(entry.seq));
        let Some(record) = record else { return Vec::new() };
        let hits = self.hits.get(&entry).copied().unwrap_or_default();
        let key = record.key(entry.author, entry.seq);
        let kept = record.counted && hits.undos == 0;
        let in_force = match &record.payload {
            Payload::Stroke(_) | Payload::Note(_) => {
                kept && hits.erases == 0 && self.permits.allows(&key)
            }
            Payload::Erase(_) => kept && self.permits.allows(&key),
            Payload::Undo(seq) => kept && near && *seq < entry.seq,
            _ => return Vec::new(),
        };
        if record.in_force == in_force {
            return Vec::new();
        }
        record.in_force = in_force;
        let (targets, blow) = match &record.payload {
            Payload::Erase(marks) => (marks.clone(), Blow::Erase),
            Payload::Undo(seq) => (vec![EntryRef { seq: *seq, ..entry }], Blow::Undo),
            mark => {
                self.show(page_of(mark), key, in_force);
                changes.push(if in_force {
                    Change::MarkAdded { mark: entry, stamp: record.stamp }
                } else {
                    Change::MarkRemoved { mark: entry, by: changes.by, stamp: changes.stamp }
                });
                return Vec::new();
            }
        };
        targets.iter().for_each(|target| self.hit(*target, blow, in_force));
        targets
    }

    /// Keeps which marks and erases count.
    fn note_made(&mut self, logs: &BTreeMap<MemberId, Held>, entry: EntryRef) {
        let record = logs.get(&entry.author).and_then(|log| log.get(entry.seq));
        let Some(record) = record.filter(|r| !matches!(r.payload, Payload::Undo(_))) else {
            return;
        };
        let key = record.key(entry.author, entry.seq);
        if record.counted {
            self.made.insert(key);
        } else {
            self.made.remove(&key);
        }
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

    fn show(&mut self, page: Option<PageTurn>, key: Key, visible: bool) {
        let Some(page) = page else { return };
        let marks = self.visible.entry(page).or_default();
        if visible {
            marks.insert(key);
        } else {
            marks.remove(&key);
            if marks.is_empty() {
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

/// The page that a mark lies on.
fn page_of(mark: &Payload) -> Option<PageTurn> {
    match mark {
        Payload::Stroke(stroke) => Some(stroke.on),
        Payload::Note(note) => Some(note.on),
        _ => None,
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
