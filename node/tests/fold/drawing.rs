//! Who may draw, and who records.

use crate::room::{Room, fold, last, note, page, stroke, strokes};
use moot_node::room::id::EntryRef;
use moot_node::room::meeting::{Change, Meeting};
use moot_node::room::stanza::{Feeling, Payload};

fn marks(meeting: &Meeting) -> Vec<EntryRef> {
    let notes = meeting.notes(page(1)).map(|(entry, _)| entry);
    let mut marks: Vec<_> = strokes(meeting, 1).into_iter().chain(notes).collect();
    marks.sort();
    marks
}

#[test]
fn the_presenter_forbids_and_allows_for_everybody_else() {
    let mut room = Room::of_members(2);
    let before = room.say(1, stroke(1));
    room.say(0, Payload::DrawingAllowed(false));
    let mut meeting = room.meeting();
    assert!(!meeting.drawing_allowed());
    let own = room.say(0, note(1));
    last(&mut meeting, &room);
    for forbidden in [stroke(1), note(1), Payload::Erase(vec![before, own])] {
        room.say(1, forbidden);
        assert_eq!(last(&mut meeting, &room), [], "a modified program said it");
    }
    assert_eq!(meeting.undoable(&room.who(1)), Some(before.seq), "what was forbidden is not there");
    let mut all = vec![before, own];
    all.sort();
    assert_eq!(marks(&meeting), all);
    room.say(0, Payload::DrawingAllowed(true));
    assert_eq!(last(&mut meeting, &room), [Change::DrawingAllowed { allowed: true }]);
    assert_eq!(marks(&meeting), all, "what was forbidden stays so");
    room.say(1, stroke(1));
    assert_eq!(marks(&room.meeting()).len(), 3);
}

#[test]
fn others_have_no_say_in_it_and_the_ban_goes_with_the_floor() {
    let mut room = Room::of_members(3);
    let ids = [room.who(0), room.who(1)];
    room.say(1, Payload::DrawingAllowed(false));
    assert!(room.meeting().drawing_allowed(), "they do not present");
    room.say(0, Payload::DrawingAllowed(false));
    room.say(1, Payload::DrawingAllowed(true));
    assert!(!room.meeting().drawing_allowed());
    room.say(0, Payload::Floor(ids[1]));
    room.say(0, stroke(1));
    let by_presenter = room.say(1, stroke(1));
    assert_eq!(marks(&room.meeting()), [by_presenter]);
    // Nobody presents: nobody draws, until somebody takes the floor.
    let cut = room.removal(1, room.height(1));
    room.say(0, cut);
    room.say(0, stroke(1));
    assert_eq!(marks(&room.meeting()), [by_presenter]);
    room.say(0, Payload::Floor(ids[0]));
    room.say(0, stroke(1));
    assert_eq!(marks(&room.meeting()).len(), 2);
}

#[test]
fn a_mark_made_in_ignorance_of_the_ban_goes_when_the_ban_arrives() {
    let mut room = Room::of_members(2);
    // Both before the other is heard; the mark lies behind the ban in canonical order.
    room.whisper(0, Payload::DrawingAllowed(false));
    room.whisper(1, Payload::Hand(true));
    room.whisper(1, Payload::Hand(false));
    let mark = room.whisper(1, stroke(1));
    let ban = room.said.remove(room.said.len() - 4);
    let mut meeting = room.meeting();
    assert_eq!(marks(&meeting), [mark]);
    let changes = meeting.apply(&ban.0, &ban.1);
    assert!(
        matches!(changes[..], [Change::MarkRemoved { mark: gone, .. }, Change::DrawingAllowed { allowed: false }] if gone == mark),
        "{changes:?}"
    );
    let other = fold(room.id, [&room.said[0], &ban].into_iter().chain(&room.said[1..]));
    assert_eq!(other.digest(), meeting.digest());
}

#[test]
fn an_erase_that_was_forbidden_hides_nothing_when_the_ban_is_late() {
    let mut room = Room::of_members(2);
    let line = room.say(0, stroke(1));
    room.whisper(0, Payload::DrawingAllowed(false));
    room.whisper(1, Payload::Hand(true));
    room.whisper(1, Payload::Erase(vec![line]));
    let ban = room.said.remove(room.said.len() - 3);
    let mut meeting = room.meeting();
    assert_eq!(marks(&meeting), []);
    meeting.apply(&ban.0, &ban.1);
    assert_eq!(marks(&meeting), [line]);
}

#[test]
fn who_records_is_seen_until_they_end_it_leave_or_are_removed() {
    let mut room = Room::of_members(2);
    let who = room.who(1);
    let records = |room: &Room| room.meeting().member(&who).expect("known").records;
    room.say(1, Payload::Recording(true));
    assert!(records(&room));
    let mut meeting = room.meeting();
    room.say(1, Payload::Recording(false));
    assert_eq!(last(&mut meeting, &room), [Change::Recording { member: who, on: false }]);
    room.say(1, Payload::Recording(true));
    room.say(1, Payload::Leave);
    assert!(!records(&room));
    room.say(1, Payload::Chat("back".into()));
    assert!(!records(&room), "coming back is no recording");
    room.say(1, Payload::Recording(true));
    let cut = room.removal(1, room.height(1));
    room.say(0, cut);
    assert!(!records(&room));
    room.admit(0, 1);
    assert!(!records(&room), "nor is being let in again");
    room.say(1, Payload::Recording(true));
    assert!(records(&room));
}

#[test]
fn the_picture_is_the_one_chosen_last() {
    let mut room = Room::of_members(2);
    let who = room.who(1);
    let picture = |room: &Room| room.meeting().member(&who).expect("known").picture;
    assert_eq!(picture(&room), None);
    room.say(1, Payload::Picture(4));
    let mut meeting = room.meeting();
    room.say(1, Payload::Picture(2));
    let change = Change::Picture { member: who, colour: Some(2) };
    assert_eq!(last(&mut meeting, &room), [change]);
    room.say(1, Payload::Name("Bea".into()));
    room.say(1, Payload::Leave);
    assert_eq!(picture(&room), Some(2), "another name and leaving change nothing");
    let before = room.height(1) - 3;
    let cut = room.removal(1, before);
    room.say(0, cut);
    assert_eq!(picture(&room), Some(4), "what was chosen after the removal does not count");
}

#[test]
fn a_reaction_is_told_and_leaves_no_trace() {
    let mut room = Room::of_members(2);
    let mut meeting = room.meeting();
    let entry = room.say(1, Payload::Reaction(Feeling::Applause));
    let kind = Feeling::Applause;
    assert_eq!(last(&mut meeting, &room), [Change::Reaction { entry, kind }]);
    assert_eq!(last(&mut meeting, &room), [], "once");
}
