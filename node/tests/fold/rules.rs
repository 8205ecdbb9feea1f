//! One test for each rule of the meeting.

use crate::room::{Room, document, fold, last, page, stroke, strokes};
use moot_node::room::id::{BlobId, EntryRef};
use moot_node::room::meeting::{Change, Meeting, Status};
use moot_node::room::stanza::{DocumentAnnouncement, PageTurn, Payload};
use moot_node::room::time::{Epoch, MediaTime};

#[test]
fn only_the_entry_that_names_the_meeting_founds_it() {
    let room = Room::new(1);
    let meeting = room.meeting();
    let (founder, founding) = meeting.founding().expect("founded");
    assert_eq!((founder, founding.title.as_str()), (room.who(0), "Weekly"));
    assert_eq!(meeting.presenter(), Some(room.who(0)));
    let elsewhere = fold(moot_node::room::id::MeetingId([0; 32]), &room.said);
    assert_eq!((elsewhere.founding(), elsewhere.entries()), (None, 0));
}

#[test]
fn members_admit_members_and_strangers_admit_nobody() {
    let mut room = Room::new(4);
    room.admit(0, 1);
    room.admit(1, 2);
    assert_eq!(room.status(2), Some(Status::Member));
    let mut room = Room::new(4);
    room.admit(3, 2);
    assert_eq!(room.status(2), None);
}

#[test]
fn what_a_newcomer_said_before_the_admission_arrived_is_not_lost() {
    let mut room = Room::new(2);
    room.say(1, Payload::Chat("am I in?".into()));
    assert_eq!(room.meeting().chat().count(), 0);
    room.admit(0, 1);
    let mut meeting = fold(room.id, &room.said[..2]);
    let changes = last(&mut meeting, &room);
    assert!(changes.iter().any(|change| matches!(change, Change::Chat { .. })), "{changes:?}");
    assert_eq!(meeting.chat().map(|line| line.text).collect::<Vec<_>>(), ["am I in?"]);
}

#[test]
fn a_removal_cuts_after_the_entry_it_names_and_an_admission_reopens() {
    let mut room = Room::of_members(2);
    let seen = room.say(1, stroke(1));
    room.whisper(1, stroke(1));
    let cut = room.removal(1, 1);
    room.say(0, cut);
    room.say(1, stroke(1));
    assert_eq!(strokes(&room.meeting(), 1), [seen]);
    assert_eq!(room.status(1), Some(Status::Removed));
    assert!(!room.meeting().is_member(&room.who(1)));
    room.admit(0, 1);
    let again = room.say(1, stroke(1));
    assert_eq!(strokes(&room.meeting(), 1), [seen, again]);
    assert_eq!(room.status(1), Some(Status::Member));
}

#[test]
fn a_removal_that_names_a_number_to_come_still_cuts() {
    let mut room = Room::of_members(2);
    let cut = room.removal(1, u64::MAX);
    room.say(0, cut);
    room.say(1, stroke(1));
    assert_eq!(strokes(&room.meeting(), 1), []);
}

#[test]
fn who_is_removed_cannot_let_an_accomplice_in_with_an_earlier_date() {
    let mut room = Room::of_members(3);
    let mut backdated = room.copy_of(1);
    for _ in 0..10 {
        room.say(0, Payload::Hand(true));
    }
    let cut = room.removal(1, 0);
    room.say(0, cut);
    let mut room_with = |payload| {
        let said = backdated.stamp(payload, Epoch(0), MediaTime::ZERO).expect("sayable");
        fold(room.id, room.said.iter().chain([&said]))
    };
    let stranger = Room::new(4).admission(3);
    let meeting = room_with(stranger);
    assert_eq!(meeting.members().count(), 3, "the accomplice stays out");
    let meeting = room_with(room.removal(0, room.height(0)));
    assert!(meeting.is_member(&room.who(0)), "the senior stays");
    assert!(!meeting.is_member(&room.who(1)));
}

#[test]
fn a_member_who_leaves_is_back_with_the_next_word() {
    let mut room = Room::of_members(2);
    room.say(1, Payload::Leave);
    assert_eq!(room.status(1), Some(Status::Left));
    assert!(room.meeting().is_member(&room.who(1)));
    room.say(1, Payload::Chat("back".into()));
    assert_eq!(room.status(1), Some(Status::Member));
}

#[test]
fn ones_own_choice_of_name_outlives_the_one_given() {
    let mut room = Room::of_members(2);
    room.say(1, Payload::Name("Bob".into()));
    assert_eq!(room.meeting().member(&room.who(1)).expect("member").name, "Bob");
    room.admit(0, 1);
    assert_eq!(room.meeting().member(&room.who(1)).expect("member").name, "Bob");
}

#[test]
fn the_floor_can_be_taken_by_members_and_given_by_its_holder_only() {
    let mut room = Room::of_members(3);
    let ids = [room.who(0), room.who(1), room.who(2)];
    room.say(1, Payload::Floor(ids[2]));
    assert_eq!(room.meeting().presenter(), Some(ids[0]), "it was not theirs to give");
    room.say(0, Payload::Floor(ids[1]));
    assert_eq!(room.meeting().presenter(), Some(ids[1]));
    room.say(2, Payload::Floor(ids[2]));
    assert_eq!(room.meeting().presenter(), Some(ids[2]));
    let cut = room.removal(2, room.height(2));
    room.say(0, cut);
    assert_eq!(room.meeting().presenter(), None);
    room.say(1, Payload::Floor(ids[1]));
    assert_eq!(room.meeting().presenter(), Some(ids[1]));
}

#[test]
fn a_page_turn_counts_where_its_author_held_the_floor() {
    let mut room = Room::of_members(2);
    let ids = [room.who(0), room.who(1)];
    let first = room.say(0, Payload::Page(page(1)));
    room.say(1, Payload::Page(page(2)));
    let shown = room.meeting().shown().map(|(on, entry, _)| (on, entry));
    assert_eq!(shown, Some((page(1), first)));
    // The founder turns on before hearing that the floor was taken.
    room.whisper(1, Payload::Floor(ids[1]));
    room.whisper(1, Payload::Page(page(3)));
    room.whisper(0, Payload::Hand(true));
    room.whisper(0, Payload::Hand(false));
    room.whisper(0, Payload::Page(page(4)));
    assert_eq!(room.meeting().shown().map(|(on, ..)| on), Some(page(3)));
    let late: Vec<_> = room.said.iter().rev().collect();
    assert_eq!(fold(room.id, late).shown().map(|(on, ..)| on), Some(page(3)));
    assert_eq!(room.meeting().presenter(), Some(ids[1]));
}

#[test]
fn anybody_may_erase_and_erasing_wins_until_it_is_taken_back() {
    let mut room = Room::of_members(2);
    let line = room.say(0, stroke(1));
    let mut meeting = room.meeting();
    let erase = room.say(1, Payload::Erase(vec![line]));
    let stamp = Some(room.said.last().expect("said").1.stamp);
    let removed = Change::MarkRemoved { mark: line, by: erase, stamp };
    assert_eq!(last(&mut meeting, &room), [removed]);
    room.say(1, Payload::Undo(erase.seq));
    assert!(
        matches!(last(&mut meeting, &room)[..], [Change::MarkAdded { mark, .. }] if mark == line)
    );
    assert_eq!(strokes(&meeting, 1), [line]);
    // Nobody takes back somebody else's.
    room.say(1, Payload::Undo(line.seq));
    assert_eq!(last(&mut meeting, &room), []);
    assert_eq!(meeting.undoable(&room.who(0)), Some(line.seq));
}

#[test]
fn hands_queue_in_the_order_in_which_they_went_up() {
    let mut room = Room::of_members(3);
    room.say(2, Payload::Hand(true));
    room.say(1, Payload::Hand(true));
    room.say(2, Payload::Hand(true));
    let queue = |room: &Room| room.meeting().hands().into_iter().map(|h| h.0).collect::<Vec<_>>();
    assert_eq!(queue(&room), [room.who(2), room.who(1)], "asking twice keeps the place");
    room.say(2, Payload::Hand(false));
    room.say(2, Payload::Hand(true));
    assert_eq!(queue(&room), [room.who(1), room.who(2)]);
    room.say(1, Payload::Leave);
    assert_eq!(queue(&room), [room.who(2)]);
}

#[test]
fn documents_are_listed_once_in_order() {
    let mut room = Room::of_members(2);
    let announce = |name: &str| {
        Payload::Document(DocumentAnnouncement {
            document: page(1).document,
            name: name.into(),
            pages: 3,
            bytes: 99,
            replaces: None,
            drawn: None,
        })
    };
    let first = room.say(1, announce("a.pdf"));
    room.say(0, announce("b.pdf"));
    let meeting = room.meeting();
    let listed: Vec<_> = meeting.documents().map(|(e, d)| (e, d.name.as_str())).collect();
    assert_eq!(listed, [(first, "a.pdf")]);
}

fn on(document: u8, page: u32) -> PageTurn {
    PageTurn { document: BlobId([document; 32]), page }
}

/// Documents as listed, by their first byte.
fn listed(meeting: &Meeting) -> Vec<u8> {
    meeting.documents().map(|(_, said)| said.document.0[0]).collect()
}

#[test]
fn a_newer_version_keeps_the_page_the_strokes_and_the_place_in_the_list() {
    let mut room = Room::of_members(3);
    room.say(1, document(7, 5, None));
    room.say(1, document(3, 5, None));
    room.say(0, Payload::Page(page(5)));
    let low = room.say(2, stroke(2));
    let high = room.say(2, stroke(5));
    let mut meeting = room.meeting();
    room.say(1, document(8, 3, Some(7)));
    let changes = last(&mut meeting, &room);
    let replaced = Change::Replaced { document: page(1).document, by: on(8, 1).document };
    assert!(changes.contains(&replaced), "{changes:?}");
    let moved = |mark: EntryRef| {
        changes
            .iter()
            .any(|change| matches!(change, Change::MarkMoved { mark: m, .. } if *m == mark))
    };
    assert!(moved(low) && moved(high), "{changes:?}");
    assert_eq!(meeting.shown().map(|(on, ..)| on), Some(on(8, 3)), "its last page");
    assert_eq!(listed(&meeting), [8, 3]);
    let drawn = |meeting: &Meeting, page| -> Vec<EntryRef> {
        meeting.strokes(page).map(|(mark, _)| mark).collect()
    };
    assert_eq!(drawn(&meeting, on(8, 2)), [low]);
    assert_eq!(drawn(&meeting, on(8, 3)), []);
    // Drawn by somebody who has not heard of the newer one.
    let late = room.say(2, stroke(2));
    last(&mut meeting, &room);
    assert_eq!(drawn(&meeting, on(8, 2)), [low, late]);
    // Saved as it was: its fifth page is back, and what is on it.
    room.say(1, document(7, 5, Some(8)));
    last(&mut meeting, &room);
    assert_eq!(meeting.shown().map(|(on, ..)| on), Some(page(5)));
    assert_eq!((drawn(&meeting, page(5)), listed(&meeting)), (vec![high], vec![7, 3]));
}

#[test]
fn nobody_but_who_brought_a_document_or_presents_replaces_it() {
    let mut room = Room::of_members(3);
    room.say(1, document(7, 5, None));
    room.say(0, Payload::Page(page(5)));
    room.say(2, document(8, 5, Some(7)));
    let meeting = room.meeting();
    assert_eq!(
        meeting.shown().map(|(on, ..)| on),
        Some(page(5)),
        "else anybody could turn the page"
    );
    assert_eq!(listed(&meeting), [7, 8]);
    let may = |person| room.meeting().may_replace(&room.who(person), page(1).document);
    assert_eq!([0, 1, 2].map(may), [true, true, false]);
    room.say(0, document(9, 5, Some(7)));
    assert_eq!(room.meeting().shown().map(|(on, ..)| on), Some(on(9, 5)), "the presenter may");
    // An earlier version said again by somebody else makes it no newer.
    room.say(2, document(7, 5, None));
    assert_eq!(listed(&room.meeting()), [9, 8]);
}

#[test]
fn after_a_fork_an_author_counts_no_more() {
    let mut room = Room::of_members(2);
    let before = room.say(1, stroke(1));
    let mut other = room.copy_of(1);
    room.say(1, stroke(1));
    room.say(1, stroke(1));
    let lie = other.stamp(stroke(2), Epoch(0), MediaTime::ZERO).expect("sayable");
    let mut meeting = room.meeting();
    let changes = meeting.apply(&lie.0, &lie.1);
    assert_eq!(changes[0], Change::Fork { author: room.who(1), seq: 2 });
    assert_eq!(strokes(&meeting, 1), [before]);
    assert_eq!(meeting.forked_at(&room.who(1)), Some(2));
    // Who holds the other branch and hears of the fork is in the same meeting.
    let mut elsewhere = Meeting::new(room.id);
    elsewhere.fork(room.who(1), 2);
    for (entry, action) in [&lie].into_iter().chain(&room.said[..3]) {
        elsewhere.apply(entry, action);
    }
    assert_eq!(elsewhere.digest(), meeting.digest());
    assert_eq!(elsewhere.fork(room.who(1), 3), [], "nothing new");
}

#[test]
fn a_stanza_that_contradicts_its_envelope_never_counts() {
    let mut room = Room::of_members(2);
    room.say(1, stroke(1));
    let (entry, mut action) = room.said.pop().expect("said");
    action.stamp.seq = 7;
    let mut meeting = room.meeting();
    assert_eq!(meeting.apply(&entry, &action), []);
    assert_eq!(meeting.said(EntryRef { author: room.who(1), seq: 1 }), None);
}

#[test]
fn what_is_not_understood_counts_but_changes_nothing() {
    let mut room = Room::of_members(2);
    let before = room.meeting();
    room.say(1, Payload::Leave);
    let (entry, mut action) = room.said.pop().expect("said");
    action.payload = Payload::Unknown;
    let mut after = room.meeting();
    assert_eq!(after.apply(&entry, &action), []);
    assert_eq!(after.entries(), before.entries() + 1);
    assert_ne!(after.digest(), before.digest());
}
