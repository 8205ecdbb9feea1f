//! Order, repetition and lost causality change nothing: the state is a function of the set.

use crate::room::{Room, Said, document, fold, note, page, stroke, strokes};
use moot_node::room::entry::Entry;
use moot_node::room::id::{BlobId, EntryRef};
use moot_node::room::meeting::Meeting;
use moot_node::room::stanza::{Feeling, Payload};
use moot_node::room::time::{Epoch, MediaTime};
use proptest::prelude::*;
use proptest::sample::Index;
use std::collections::{BTreeMap, BTreeSet};

const PEOPLE: u8 = 5;

/// Documents; the first is what is turned to and drawn on.
const DOCUMENTS: std::ops::Range<u8> = 7..10;

/// Something somebody may do, by numbers that always mean something.
#[derive(Clone, Debug)]
enum Deed {
    Stroke(u32),
    Page(u32),
    Note(u32),
    Erase(Vec<Index>),
    Undo(u64),
    Chat,
    Hand(bool),
    Floor(u8),
    Admit(u8),
    Remove(u8, u64),
    Name,
    Leave,
    React,
    Drawing(bool),
    Record(bool),
    Picture(u8),
    /// A document, of as many pages as its number has over 6, in the place of another.
    Document(u8, Option<u8>),
    /// The same number again, with other words.
    Fork,
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        4 => (1..3u32).prop_map(Deed::Stroke),
        3 => (1..5u32).prop_map(Deed::Page),
        1 => (1..3u32).prop_map(Deed::Note),
        3 => prop::collection::vec(any::<Index>(), 1..4).prop_map(Deed::Erase),
        3 => (1..8u64).prop_map(Deed::Undo),
        1 => Just(Deed::Chat),
        2 => any::<bool>().prop_map(Deed::Hand),
        4 => (0..PEOPLE).prop_map(Deed::Floor),
        3 => (0..PEOPLE).prop_map(Deed::Admit),
        2 => ((0..PEOPLE), (0..10u64)).prop_map(|(who, upto)| Deed::Remove(who, upto)),
        1 => Just(Deed::Name),
        1 => Just(Deed::Leave),
        1 => Just(Deed::React),
        3 => any::<bool>().prop_map(Deed::Drawing),
        2 => any::<bool>().prop_map(Deed::Record),
        1 => (0..6u8).prop_map(Deed::Picture),
        4 => (DOCUMENTS, prop::option::of(DOCUMENTS)).prop_map(|(it, old)| Deed::Document(it, old)),
        1 => Just(Deed::Fork),
    ]
}

/// Only what decides who may speak and who presents.
fn quarrel() -> impl Strategy<Value = Deed> {
    prop_oneof![
        2 => (1..5u32).prop_map(Deed::Page),
        2 => (0..PEOPLE).prop_map(Deed::Floor),
        3 => (0..PEOPLE).prop_map(Deed::Admit),
        3 => ((0..PEOPLE), (0..6u64)).prop_map(|(who, upto)| Deed::Remove(who, upto)),
        1 => Just(Deed::Stroke(1)),
        2 => any::<bool>().prop_map(Deed::Drawing),
        3 => (DOCUMENTS, prop::option::of(DOCUMENTS)).prop_map(|(it, old)| Deed::Document(it, old)),
    ]
}

/// A history: who does what, and which of the others hear of it before they go on.
fn history(deed: impl Strategy<Value = Deed>) -> impl Strategy<Value = Vec<(u8, Deed, u8)>> {
    prop::collection::vec(((0..PEOPLE), deed, any::<u8>()), 1..80)
}

fn play(history: &[(u8, Deed, u8)]) -> Room {
    let mut room = Room::new(PEOPLE);
    for person in 1..3 {
        room.admit(0, person);
    }
    for (person, deed, heard_by) in history {
        let payload = match deed {
            Deed::Stroke(on) => stroke(*on),
            Deed::Page(number) => Payload::Page(page(*number)),
            Deed::Note(on) => note(*on),
            Deed::Erase(which) => {
                let said = which.iter().map(|which| &which.get(&room.said).0);
                let mark = |e: &Entry| EntryRef { author: e.author(), seq: e.seq() };
                Payload::Erase(said.map(mark).collect())
            }
            Deed::React => Payload::Reaction(Feeling::Heart),
            Deed::Drawing(allowed) => Payload::DrawingAllowed(*allowed),
            Deed::Record(on) => Payload::Recording(*on),
            Deed::Picture(colour) => Payload::Picture(*colour),
            Deed::Document(it, old) => {
                document(*it, u32::from(it - 6), old.filter(|old| old != it))
            }
            Deed::Undo(seq) => Payload::Undo(*seq),
            Deed::Chat => Payload::Chat("hello".into()),
            Deed::Hand(up) => Payload::Hand(*up),
            Deed::Floor(to) => Payload::Floor(room.who(*to)),
            Deed::Admit(who) => room.admission(*who),
            Deed::Remove(who, upto) => room.removal(*who, *upto),
            Deed::Name => Payload::Name(format!("N{}", room.said.len())),
            Deed::Leave => Payload::Leave,
            Deed::Fork => {
                let mut copy = room.copy_of(*person);
                let other = Payload::Chat("otherwise".into());
                let said = copy.stamp(other, Epoch(2), MediaTime::ZERO).expect("sayable");
                room.said.push(said);
                continue;
            }
        };
        room.whisper(*person, payload);
        let lamport = room.said.last().expect("just said").1.stamp.lamport;
        for other in (0..PEOPLE).filter(|other| heard_by & (1 << other) != 0) {
            room.hear(other, lamport);
        }
    }
    room
}

/// Everything a view can ask.
fn answers(meeting: &Meeting) -> String {
    let members: Vec<_> = meeting.members().collect();
    let chat: Vec<_> = meeting.chat().collect();
    let drawn: Vec<_> = (1..3).map(|number| strokes(meeting, number)).collect();
    let written: Vec<_> = (1..3).flat_map(|number| meeting.notes(page(number))).collect();
    let documents: Vec<_> = meeting.documents().collect();
    let newest: Vec<_> = DOCUMENTS.map(|id| meeting.newest(BlobId([id; 32]))).collect();
    let pens = meeting.members().map(|m| (meeting.undoable(&m.id), meeting.redoable(&m.id)));
    let pens: Vec<_> = pens.collect();
    format!(
        "{members:?}\n{:?}\n{:?}\n{drawn:?}\n{written:?}\n{chat:?}\n{:?}\n{documents:?}\n{newest:?}\n{:?} {} {} \
         {} {pens:?}",
        meeting.presenter(),
        meeting.shown(),
        meeting.hands(),
        meeting.founding(),
        meeting.drawing_allowed(),
        meeting.lamport(),
        meeting.entries(),
    )
}

/// Plays `history` and compares it as it was said with some other order and repetition of it.
fn compare(
    history: &[(u8, Deed, u8)],
    keys: Vec<u32>,
    again: &[Index],
) -> Result<(), TestCaseError> {
    let room = play(history);
    let as_said = room.meeting();
    let mut shuffled: Vec<&Said> = room.said.iter().collect();
    shuffled.extend(again.iter().map(|which| which.get(&room.said)));
    let mut order = keys.into_iter().cycle();
    shuffled.sort_by_cached_key(|_| order.next());
    let otherwise = fold(room.id, shuffled);
    prop_assert_eq!(answers(&as_said), answers(&otherwise));
    prop_assert_eq!(as_said.digest(), otherwise.digest());
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 400,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_order_and_repetition_gives_the_same_meeting(
        history in history(deed()),
        keys in prop::collection::vec(any::<u32>(), 90),
        again in prop::collection::vec(any::<Index>(), 0..20),
    ) {
        compare(&history, keys, &again)?;
    }

    #[test]
    fn so_it_does_when_members_remove_each_other(
        history in history(quarrel()),
        keys in prop::collection::vec(any::<u32>(), 90),
    ) {
        compare(&history, keys, &[])?;
    }

    #[test]
    fn reported_changes_add_up_to_the_state(history in history(deed())) {
        use moot_node::room::meeting::Change;
        let room = play(&history);
        let mut meeting = Meeting::new(room.id);
        let (mut drawn, mut chat, mut presenter, mut shown) = (vec![], vec![], None, None);
        let (mut people, mut recorders, mut free) = (BTreeMap::new(), BTreeSet::new(), true);
        let itself = |id| (BlobId([id; 32]), BlobId([id; 32]));
        let mut newest: BTreeMap<_, _> = DOCUMENTS.map(itself).collect();
        let mut lies = BTreeMap::new();
        // Who is let in at the beginning first: else nothing would count before the end.
        let (doors, rest) = room.said.split_at(3);
        for (entry, action) in doors.iter().chain(rest.iter().rev()) {
            for change in meeting.apply(entry, action) {
                if let Change::MarkAdded { mark, .. } | Change::MarkMoved { mark, .. } = &change {
                    lies.insert(*mark, meeting.newest(page(1).document));
                }
                match change {
                    Change::Replaced { document, by } => drop(newest.insert(document, by)),
                    Change::MarkAdded { mark, .. } => drawn.push(mark),
                    Change::MarkRemoved { mark, .. } => drawn.retain(|m| *m != mark),
                    Change::Chat { entry, .. } => chat.push(entry),
                    Change::ChatRemoved { entry } => chat.retain(|line| *line != entry),
                    Change::Floor { presenter: now } => presenter = now,
                    Change::Shown { page } => shown = page,
                    Change::DrawingAllowed { allowed } => free = allowed,
                    Change::Recording { member, on: true } => drop(recorders.insert(member)),
                    Change::Recording { member, on: false } => drop(recorders.remove(&member)),
                    Change::Member { member, name, status } => {
                        people.insert(member, (name, status));
                    }
                    _ => {}
                }
            }
        }
        let mut seen: Vec<_> = (1..3).flat_map(|number| strokes(&meeting, number)).collect();
        seen.extend((1..3).flat_map(|number| meeting.notes(page(number))).map(|(entry, _)| entry));
        let mut lines: Vec<_> = meeting.chat().map(|line| line.entry).collect();
        for list in [&mut seen, &mut lines, &mut drawn, &mut chat] {
            list.sort();
        }
        prop_assert_eq!(&drawn, &seen);
        prop_assert_eq!(chat, lines);
        prop_assert_eq!(presenter, meeting.presenter());
        prop_assert_eq!(shown, meeting.shown());
        prop_assert_eq!(free, meeting.drawing_allowed());
        for (document, by) in newest {
            prop_assert_eq!(by, meeting.newest(document));
        }
        for mark in drawn {
            prop_assert_eq!(lies.get(&mark), Some(&meeting.newest(page(1).document)));
        }
        let now = meeting.members().filter(|member| member.records).map(|member| member.id);
        prop_assert_eq!(recorders, now.collect());
        for member in meeting.members() {
            prop_assert_eq!(people.get(&member.id), Some(&(member.name.to_owned(), member.status)));
        }
    }
}
