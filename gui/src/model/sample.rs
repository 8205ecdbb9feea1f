//! A made-up meeting for tests, examples and the eye: names and numbers of the design's pictures.

use super::chat::Line;
use super::marks::{Ink, PageTurn, Point, Tool};
use super::meeting::InStep;
use super::stage::Document;
use super::{MeetingView, Model, Screen};
use moot_node::node::MemberState;
use moot_node::room::id::{BlobId, EntryRef, MeetingId, MemberId};

/// The member with this number; the number picks the colour.
#[must_use]
pub const fn member(n: u8) -> MemberId {
    MemberId([n; 32])
}

/// The deck.
pub const DECK: BlobId = BlobId([7; 32]);

/// A page of it.
pub const ON: PageTurn = PageTurn { document: DECK, page: 7 };

/// A line of medium width through these places of [`ON`].
#[must_use]
pub fn ink(tool: Tool, places: &[(i32, i32)]) -> Ink {
    let points = places.iter().map(|&(x, y)| Point { x, y }).collect();
    Ink { on: ON, points, pressure: Vec::new(), colour: [9, 9, 9, 255], width: 22, tool }
}

/// Six people on page 7 of 24, one with a raised hand, three lines of chat.
#[must_use]
pub fn meeting() -> MeetingView {
    let mut meeting =
        MeetingView::new(MeetingId([3; 32]), "Pump station review".into(), member(1), 0.0);
    let people = [
        (0, "Lin Wei 林伟", 70, None, None),
        (1, "Amara Okafor", 0, Some(false), None),
        (2, "Jonas Schmidt", 0, Some(true), None),
        (3, "Zhang Min 张敏", 40, Some(false), Some((10, 10))),
        (4, "Priya Kaur", 0, Some(true), Some((64, 100))),
        (5, "Tomás Rivera", 0, Some(true), None),
    ];
    for (n, name, level, muted, holds) in people {
        meeting.people.stand(member(n), name, MemberState::Here);
        if let Some(person) = meeting.people.get_mut(&member(n)) {
            (person.level, person.muted, person.holds) = (level, muted, holds);
        }
    }
    meeting.presenter = Some(member(0));
    meeting.hands = vec![member(2)];
    meeting.code = Some("351-047".into());
    meeting.link = "moot://join/3f9c?at=192.168.1.20:41234".into();
    meeting.sound.source = true;
    meeting.step = InStep::InStep(4.0);
    meeting.stage.documents.push(Document {
        id: DECK,
        name: "Pump-station.pptx".into(),
        pages: 24,
        have: 100,
        total: 100,
        aspect: 16.0 / 9.0,
    });
    meeting.stage.shown = Some(PageTurn { document: DECK, page: 7 });
    let lines = [
        (3, "第 6 页的数据是上周的吗？", "10:31"),
        (0, "Yes, week 46. The raw table is attached on page 21.", "10:32"),
        (2, "Can we go back to the costs after this one?", "10:34"),
    ];
    for (seq, (author, text, clock)) in (1..).zip(lines) {
        let entry = EntryRef { author: member(author), seq };
        let (text, clock) = (text.into(), Some(clock.into()));
        let line = Line { entry, guest: None, text, clock, came: 0.0 };
        meeting.chat.add(line, false);
    }
    meeting
}

/// The same, as a whole model that shows it.
#[must_use]
pub fn model() -> Model {
    Model { screen: Screen::Meeting, meeting: Some(meeting()), ..Model::default() }
}
