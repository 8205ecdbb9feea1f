//! What a view may ask of the meeting.

use super::held::Held;
use super::{Key, Meeting};
use crate::room::id::{EntryRef, MeetingId, MemberId};
use crate::room::ink::svg::Mark;
use crate::room::stanza::{
    DocumentAnnouncement, Founding, GuestLine, Note, PageTurn, Payload, Stamp, Stroke,
};
use std::collections::{BTreeMap, BTreeSet};

/// Where somebody stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Status {
    /// Takes part.
    Member,
    /// Said good-bye; may take part again without being let in.
    Left,
    /// Was shown the door.
    Removed,
}

/// Somebody who is or was a member.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Member<'m> {
    /// Who.
    pub id: MemberId,
    /// What they are called.
    pub name: &'m str,
    /// Where they stand.
    pub status: Status,
    /// Whether they keep everybody's sound.
    pub records: bool,
    /// The room elsewhere that they connect the meeting with.
    pub bridges: Option<&'m str>,
    /// The colour they chose for their picture, if they did: a place in the window's list.
    pub picture: Option<u8>,
}

/// A line of chat.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ChatLine<'m> {
    /// Who said it, and where in their log.
    pub entry: EntryRef,
    /// When.
    pub stamp: Stamp,
    /// The guest of a bridged room who said it by way of that member; `None`: they did themselves.
    pub guest: Option<&'m str>,
    /// What.
    pub text: &'m str,
}

impl Meeting {
    /// Which meeting.
    #[must_use]
    pub fn id(&self) -> MeetingId {
        self.id
    }

    /// Its founding and founder; `None` while that entry is not here.
    #[must_use]
    pub fn founding(&self) -> Option<(MemberId, &Founding)> {
        self.membership.everybody().find_map(|(founder, _)| {
            let first = EntryRef { author: *founder, seq: 1 };
            match self.said(first)? {
                (_, Payload::Meeting(founding))
                    if MeetingId::of_founding(founder, founding) == self.id =>
                {
                    Some((*founder, founding))
                }
                _ => None,
            }
        })
    }

    /// Everybody who is or was a member, in the order of their ids.
    pub fn members(&self) -> impl Iterator<Item = Member<'_>> {
        self.membership.everybody().filter_map(|(id, _)| self.member(id))
    }

    /// One who is or was a member.
    #[must_use]
    pub fn member(&self, id: &MemberId) -> Option<Member<'_>> {
        let gate = self.membership.gate(id)?;
        let log = self.logs.get(id);
        let last = log.and_then(|log| log.last());
        let status = match last {
            _ if !gate.is_open() => Status::Removed,
            Some((_, record)) if record.payload == Payload::Leave => Status::Left,
            _ => Status::Member,
        };
        let (given, mut name) = gate.name();
        let own = log.and_then(|log| log.get(*log.names.last()?).zip(log.names.last()));
        if let Some((record, seq)) = own
            && let Payload::Name(chosen) = &record.payload
            && record.key(*id, *seq) > *given
        {
            name = chosen;
        }
        let recording = log.and_then(Held::recording);
        let records = recording.is_some_and(|(seq, r)| gate.is_current(&r.key(*id, seq)));
        let picture = log.and_then(Held::picture);
        let bridge = log.and_then(Held::bridge);
        let bridge = bridge.filter(|(seq, record, _)| gate.is_current(&record.key(*id, *seq)));
        let bridges = bridge.map(|(_, _, room)| room);
        Some(Member { id: *id, name, status, records, bridges, picture })
    }

    /// Whether this is a member, present or not: neither a stranger nor removed.
    #[must_use]
    pub fn is_member(&self, id: &MemberId) -> bool {
        self.membership.is_member(id)
    }

    /// The entry by which somebody is a member: the founding for the founder, the last admission for
    /// everybody else. `None` for strangers and the removed.
    #[must_use]
    pub fn admission_of(&self, id: &MemberId) -> Option<EntryRef> {
        let gate = self.membership.gate(id).filter(|gate| gate.is_open())?;
        Some(gate.name().0.entry())
    }

    /// Who holds the floor.
    #[must_use]
    pub fn presenter(&self) -> Option<MemberId> {
        self.floor.holder()
    }

    /// The page on show, of the newest version of its document, and the entry that turned to it.
    #[must_use]
    pub fn shown(&self) -> Option<(PageTurn, EntryRef, Stamp)> {
        let entry = self.shown?.entry();
        match self.said(entry)? {
            (stamp, Payload::Page(page)) => Some((self.shows(*page), entry, *stamp)),
            _ => None,
        }
    }

    /// Whether everybody may draw; else only the presenter may.
    #[must_use]
    pub fn drawing_allowed(&self) -> bool {
        self.marks.permits.is_free()
    }

    /// The strokes to be seen on a page, in canonical order: later ones lie above.
    pub fn strokes(&self, page: PageTurn) -> impl Iterator<Item = (EntryRef, &Stroke)> {
        self.marks_on(page).filter_map(|key| match self.said(key.entry())? {
            (_, Payload::Stroke(stroke)) => Some((key.entry(), stroke)),
            _ => None,
        })
    }

    /// Strokes and notes of a page as they are painted, the lowest first.
    pub fn marks(&self, page: PageTurn) -> impl Iterator<Item = Mark<'_>> {
        self.marks_on(page).filter_map(|key| match self.said(key.entry())?.1 {
            Payload::Stroke(stroke) => Some(Mark::Stroke(stroke)),
            Payload::Note(note) => Some(Mark::Note(note)),
            _ => None,
        })
    }

    /// The notes to be seen on a page, in the same order.
    pub fn notes(&self, page: PageTurn) -> impl Iterator<Item = (EntryRef, &Note)> {
        self.marks_on(page).filter_map(|key| match self.said(key.entry())? {
            (_, Payload::Note(note)) => Some((key.entry(), note)),
            _ => None,
        })
    }

    /// The chat, in canonical order.
    pub fn chat(&self) -> impl DoubleEndedIterator<Item = ChatLine<'_>> {
        self.chat.iter().filter_map(|key| match self.said(key.entry())? {
            (stamp, Payload::Chat(text)) => {
                Some(ChatLine { entry: key.entry(), stamp: *stamp, guest: None, text })
            }
            (stamp, Payload::Guest(GuestLine { guest, line: text })) => {
                let (entry, guest) = (key.entry(), Some(guest.as_str()));
                Some(ChatLine { entry, stamp: *stamp, guest, text })
            }
            _ => None,
        })
    }

    /// The raised hands of those who take part, and where each was raised: the longest waiting
    /// first.
    #[must_use]
    pub fn hands(&self) -> Vec<(MemberId, EntryRef)> {
        let here = |key: &Key| self.member(&key.author).is_some_and(|m| m.status == Status::Member);
        let queue = self.hands.queue().into_iter().filter(here);
        queue.map(|key| (key.author, key.entry())).collect()
    }

    /// The documents in their newest versions, in the order in which they were first announced; at
    /// most [`DOCUMENTS`](crate::limits::DOCUMENTS) of them.
    pub fn documents(&self) -> impl Iterator<Item = (EntryRef, &DocumentAnnouncement)> {
        let (mut first, mut order) = (BTreeMap::new(), Vec::new());
        for (key, said) in self.announced() {
            first.entry(said.document).or_insert((key.entry(), said));
            let newest = self.newest(said.document);
            if !order.contains(&newest) {
                order.push(newest);
            }
        }
        order.into_iter().filter_map(move |document| first.remove(&document))
    }

    /// All versions of all documents, in the order in which they were first announced.
    pub(super) fn every_version(&self) -> Vec<EntryRef> {
        let mut seen = BTreeSet::new();
        let first = self.announced().into_iter().filter(|(_, said)| seen.insert(said.document));
        first.map(|(key, _)| key.entry()).collect()
    }

    /// What an entry says, if it counts.
    #[must_use]
    pub fn said(&self, entry: EntryRef) -> Option<(&Stamp, &Payload)> {
        let record = self.logs.get(&entry.author)?.get(entry.seq)?;
        record.counted.then_some((&record.stamp, &record.payload))
    }

    /// The author's last mark or erase that is in force: what *undo* takes back.
    #[must_use]
    pub fn undoable(&self, author: &MemberId) -> Option<u64> {
        let mut latest = self.logs.get(author)?.counting().rev();
        latest.find(|(_, record)| record.in_force && is_work(&record.payload)).map(|(seq, _)| seq)
    }

    /// The author's last undo that is in force, unless they made a mark or an erase since: what
    /// *redo* takes back.
    #[must_use]
    pub fn redoable(&self, author: &MemberId) -> Option<u64> {
        let log = self.logs.get(author)?;
        let undone = |seq: &u64| log.get(*seq).is_some_and(|record| is_work(&record.payload));
        let mut since = log.counting().rev().take_while(|(_, record)| !is_work(&record.payload));
        since.find_map(|(seq, record)| match &record.payload {
            Payload::Undo(target) if record.in_force && undone(target) => Some(seq),
            _ => None,
        })
    }

    /// The author's last entry that counts, 0 when none does: what a removal names.
    #[must_use]
    pub fn height(&self, author: &MemberId) -> u64 {
        self.logs.get(author).and_then(|log| log.last()).map_or(0, |(seq, _)| seq)
    }

    /// The lowest number that `author` is known to have signed twice.
    #[must_use]
    pub fn forked_at(&self, author: &MemberId) -> Option<u64> {
        self.logs.get(author)?.forked_at()
    }

    /// The highest Lamport time of the entries that count.
    #[must_use]
    pub fn lamport(&self) -> u64 {
        let latest = self.logs.values().filter_map(|log| log.last());
        latest.map(|(_, record)| record.stamp.lamport).max().unwrap_or(0)
    }

    /// How many entries count.
    #[must_use]
    pub fn entries(&self) -> u64 {
        self.logs.values().map(|log| log.len()).sum()
    }
}

/// Whether this is what *undo* and *redo* are about, and not one of these itself.
fn is_work(payload: &Payload) -> bool {
    matches!(payload, Payload::Stroke(_) | Payload::Note(_) | Payload::Erase(_))
}
