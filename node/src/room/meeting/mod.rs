//! APPLY: the meeting as a fold over its entries. The same code runs live, late and in replay.
//!
//! **The state is a function of the set of entries and fork evidence applied, whatever their
//! order.** It rests on three layers, each a function of the one before:
//!
//! 1. what *stands* by itself (`held`): each author's log without forks and backward clocks;
//! 2. who may speak (`membership`): the standing controls, replayed in canonical order ([`Key`]);
//!    with it, which entries *count*;
//! 3. what counting entries add up to: sets (`marks`, `hands`, chat, documents) that each entry
//!    joins or leaves by itself, and the floor with the page on show (`floor`), with who might
//!    draw when (`permits`) and which document took whose place (`versions`), replayed.
//!
//! An arrival normally touches one entry. Only when it changes who may speak are the entries of
//! the authors concerned looked at again.

mod change;
mod digest;
mod floor;
mod hands;
mod held;
mod key;
mod marks;
mod membership;
mod permits;
mod query;
mod versions;

pub use change::Change;
pub use key::Key;
pub use query::{ChatLine, Member, Status};

use crate::limits::DOCUMENTS;
use crate::room::entry::Entry;
use crate::room::id::{EntryHash, EntryRef, MeetingId, MemberId};
use crate::room::stanza::{Action, PageTurn, Payload};
use change::Changes;
use floor::Floor;
use hands::Hands;
use held::{Held, Record, Taken};
use marks::Marks;
use membership::{Control, Membership};
use std::collections::{BTreeMap, BTreeSet};
use versions::Versions;

/// A meeting's state.
#[derive(Debug)]
pub struct Meeting {
    id: MeetingId,
    logs: BTreeMap<MemberId, Held>,
    /// The standing entries that decide who may speak.
    controls: BTreeMap<Key, Control>,
    /// The standing entries about the floor: who shall have it.
    wishes: BTreeMap<Key, MemberId>,
    membership: Membership,
    floor: Floor,
    marks: Marks,
    hands: Hands,
    /// The counting entries of each kind.
    chat: BTreeSet<Key>,
    documents: BTreeSet<Key>,
    versions: Versions,
    /// The counting page turns of each author, who need not have held the floor.
    turns: BTreeMap<MemberId, BTreeSet<Key>>,
    /// The page turn on show.
    shown: Option<Key>,
    /// What it shows, the presenter and the members, as last reported.
    shows: Option<(EntryRef, PageTurn)>,
    presenter: Option<MemberId>,
    reported: BTreeMap<MemberId, (String, Status)>,
    /// Whether everybody may draw, and who records, as last reported.
    free: bool,
    recorders: BTreeSet<MemberId>,
    /// Who bridges to which room, as last reported.
    bridges: BTreeMap<MemberId, String>,
    /// The colours of people's pictures, as last reported.
    pictures: BTreeMap<MemberId, u8>,
}

/// What must be replayed.
#[derive(Default)]
struct Stale {
    membership: bool,
    floor: bool,
    permits: bool,
    versions: bool,
}

impl Meeting {
    /// The meeting before anything was said in it.
    #[must_use]
    pub fn new(id: MeetingId) -> Self {
        Self {
            id,
            logs: BTreeMap::new(),
            controls: BTreeMap::new(),
            wishes: BTreeMap::new(),
            membership: Membership::default(),
            floor: Floor::default(),
            marks: Marks::default(),
            hands: Hands::default(),
            chat: BTreeSet::new(),
            documents: BTreeSet::new(),
            versions: Versions::default(),
            turns: BTreeMap::new(),
            shown: None,
            shows: None,
            presenter: None,
            reported: BTreeMap::new(),
            free: true,
            recorders: BTreeSet::new(),
            bridges: BTreeMap::new(),
            pictures: BTreeMap::new(),
        }
    }

    /// Takes in one verified entry and the action that its stanza says, and tells what differs.
    /// Entries may come in any order and more than once.
    pub fn apply(&mut self, entry: &Entry, action: &Action) -> Vec<Change> {
        self.take(EntryRef { author: entry.author(), seq: entry.seq() }, entry.hash(), action)
    }

    /// Takes note that `author` signed two entries numbered `seq`: from there on nothing of theirs
    /// counts. Two such entries that are both applied are noticed without this.
    pub fn fork(&mut self, author: MemberId, seq: u64) -> Vec<Change> {
        let mut changes = Changes::of(EntryRef { author, seq }, None);
        if let Some(fallen) = self.logs.entry(author).or_default().fork(seq) {
            changes.push(Change::Fork { author, seq });
            self.review(author, &fallen, &mut changes);
        }
        changes.list
    }

    fn take(&mut self, at: EntryRef, hash: EntryHash, action: &Action) -> Vec<Change> {
        let EntryRef { author, seq } = at;
        let record = Record {
            hash,
            stamp: action.stamp,
            payload: action.payload.clone(),
            rises: false,
            counted: false,
            in_force: false,
        };
        let sound = action.stamp.seq == seq;
        match self.logs.entry(author).or_default().take(seq, record, sound) {
            Taken::Known => Vec::new(),
            Taken::Clash => self.fork(author, seq),
            Taken::New(mut touched) => {
                let mut changes = Changes::of(at, Some(action.stamp));
                touched.push(seq);
                self.review(author, &touched, &mut changes);
                changes.list
            }
        }
    }

    /// Brings the state up to date after these entries of `author` may have come to stand or
    /// fallen.
    fn review(&mut self, author: MemberId, touched: &[u64], changes: &mut Changes) {
        let mut stale = Stale::default();
        for &seq in touched {
            self.index(author, seq, &mut stale);
        }
        let mut gates = Vec::new();
        if stale.membership {
            let now = Membership::replay(&self.controls);
            gates = now.differing(&self.membership);
            self.membership = now;
        }
        if stale.floor || !gates.is_empty() {
            self.floor = Floor::replay(&self.membership, &self.wishes);
        }
        for &member in &gates {
            for seq in self.logs.get(&member).map(Held::numbers).unwrap_or_default() {
                self.recount(member, seq, changes);
            }
        }
        for &seq in touched {
            self.recount(author, seq, changes);
        }
        for member in gates.iter().chain([&author]) {
            self.report_member(member, changes);
        }
        // Whoever presents may replace documents; `permits` tells that somebody may present now.
        if stale.versions || stale.permits || stale.floor || !gates.is_empty() {
            self.review_versions(changes);
        }
        self.report_floor(changes);
        if stale.permits || !gates.is_empty() {
            self.review_permits(changes);
        }
    }

    /// Brings up to date who might draw when, and the marks that depend on it.
    fn review_permits(&mut self, changes: &mut Changes) {
        if let Some(from) = self.marks.permits.replay(&self.floor) {
            self.marks.settle_since(&mut self.logs, from, changes);
        }
        let allowed = self.drawing_allowed();
        if self.free != allowed {
            self.free = allowed;
            changes.push(Change::DrawingAllowed { allowed });
        }
    }

    /// Keeps the indices of standing controls and wishes, which are looked at whether or not they
    /// count.
    fn index(&mut self, author: MemberId, seq: u64, stale: &mut Stale) {
        let Some(log) = self.logs.get(&author) else { return };
        let Some(record) = log.get(seq) else { return };
        let stands = log.stands(seq);
        let key = record.key(author, seq);
        let control = match &record.payload {
            Payload::Meeting(founding)
                if seq == 1 && MeetingId::of_founding(&author, founding) == self.id =>
            {
                Control::Found(founding.name.clone())
            }
            Payload::Admit(admission) => Control::Admit(admission.clone()),
            Payload::Remove(removal) => Control::Remove(*removal),
            Payload::Floor(to) => {
                let to = *to;
                stale.permits = true;
                if stands {
                    self.wishes.insert(key, to);
                    // The usual case needs no replay: the newest entry is the last in order.
                    stale.floor |= !self.floor.append(&self.membership, key, to);
                } else {
                    stale.floor |= self.wishes.remove(&key).is_some();
                }
                return;
            }
            Payload::DrawingAllowed(_) => {
                stale.permits = true;
                return;
            }
            Payload::Document(_) => {
                stale.versions = true;
                return;
            }
            _ => return,
        };
        stale.membership |= if stands {
            let idle = self.membership.is_idle(&key, &control);
            self.controls.insert(key, control).is_none() && !idle
        } else {
            self.controls.remove(&key).is_some()
        };
    }

    /// Lets an entry join or leave what it adds up to, when that changed.
    fn recount(&mut self, author: MemberId, seq: u64, changes: &mut Changes) {
        let entry = EntryRef { author, seq };
        let Some(log) = self.logs.get_mut(&author) else { return };
        let Some(record) = log.get(seq) else { return };
        let (key, stamp) = (record.key(author, seq), record.stamp);
        let gate = self.membership.gate(&author);
        let counts = log.stands(seq) && gate.is_some_and(|gate| gate.admits(&key));
        if !log.count(seq, counts) {
            return;
        }
        let Some(record) = log.get(seq) else { return };
        match &record.payload {
            Payload::Stroke(_) | Payload::Note(_) | Payload::Erase(_) | Payload::Undo(_) => {
                self.marks.settle(&mut self.logs, entry, changes);
            }
            Payload::Chat(_) | Payload::Guest(_) => {
                join(&mut self.chat, key, counts);
                changes.push(if counts {
                    Change::Chat { entry, stamp }
                } else {
                    Change::ChatRemoved { entry }
                });
            }
            Payload::Document(_) => {
                join(&mut self.documents, key, counts);
                if counts && self.documents.len() <= DOCUMENTS {
                    changes.push(Change::Document { entry, stamp });
                }
            }
            Payload::Hand(up) => {
                let before = self.hands.raised(&author).is_some();
                self.hands.note(key, *up, counts);
                let after = self.hands.raised(&author).is_some();
                if before != after {
                    changes.push(Change::Hand { author, up: after });
                }
            }
            Payload::Name(_) => join(&mut log.names, seq, counts),
            Payload::Picture(_) => join(&mut log.pictures, seq, counts),
            Payload::Leave => join(&mut log.leaves, seq, counts),
            Payload::Recording(_) => join(&mut log.recordings, seq, counts),
            Payload::Bridge(_) => join(&mut log.bridges, seq, counts),
            Payload::DrawingAllowed(allowed) => self.marks.permits.note(key, *allowed, counts),
            Payload::Reaction(kind) if counts => {
                changes.push(Change::Reaction { entry, kind: *kind });
            }
            Payload::Page(_) => join(self.turns.entry(author).or_default(), key, counts),
            _ => {}
        }
    }

    /// Tells who presents and what is on show, when that differs.
    fn report_floor(&mut self, changes: &mut Changes) {
        let presenter = self.floor.holder();
        if self.presenter != presenter {
            self.presenter = presenter;
            changes.push(Change::Floor { presenter });
        }
        self.shown = self.floor.last_of(|holder| self.turns.get(holder));
        let page = self.shown();
        let shows = page.map(|(on, entry, _)| (entry, on));
        if self.shows != shows {
            self.shows = shows;
            changes.push(Change::Shown { page });
        }
    }

    fn report_member(&mut self, member: &MemberId, changes: &mut Changes) {
        let Some(now) = self.member(member) else {
            self.reported.remove(member);
            self.report_recording(*member, false, changes);
            self.report_bridge(*member, None, changes);
            return;
        };
        let (name, status, records) = (now.name.to_owned(), now.status, now.records);
        let (picture, bridges) = (now.picture, now.bridges.map(str::to_owned));
        let known = self.reported.get(member);
        if known.is_none_or(|(old, was)| *old != name || *was != status) {
            changes.push(Change::Member { member: *member, name: name.clone(), status });
            self.reported.insert(*member, (name, status));
        }
        self.report_recording(*member, records, changes);
        self.report_bridge(*member, bridges, changes);
        if self.pictures.get(member).copied() != picture {
            match picture {
                Some(colour) => self.pictures.insert(*member, colour),
                None => self.pictures.remove(member),
            };
            changes.push(Change::Picture { member: *member, colour: picture });
        }
    }

    fn report_recording(&mut self, member: MemberId, on: bool, changes: &mut Changes) {
        if self.recorders.contains(&member) != on {
            join(&mut self.recorders, member, on);
            changes.push(Change::Recording { member, on });
        }
    }

    fn report_bridge(&mut self, member: MemberId, room: Option<String>, changes: &mut Changes) {
        if self.bridges.get(&member) != room.as_ref() {
            match &room {
                Some(room) => self.bridges.insert(member, room.clone()),
                None => self.bridges.remove(&member),
            };
            changes.push(Change::Bridge { member, room });
        }
    }
}

fn join<T: Ord>(set: &mut BTreeSet<T>, item: T, joins: bool) {
    if joins {
        set.insert(item);
    } else {
        set.remove(&item);
    }
}
