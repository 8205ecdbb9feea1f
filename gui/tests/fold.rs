//! What the node tells becomes what the window shows: a meeting told event by event.

use moot_gui::link::{Came, fold};
use moot_gui::model::marks::MarkKind;
use moot_gui::model::meeting::InStep;
use moot_gui::model::toasts::Toasts;
use moot_gui::model::{MeetingView, sample};
use moot_node::node::{MemberState, News, Notice};
use moot_node::room::id::{BlobId, EntryRef, MeetingId};
use moot_node::room::stanza::{PageTurn, Point, Stroke, Tool};
use moot_node::room::time::MediaTime;
use std::sync::Arc;

const ON: PageTurn = PageTurn { document: sample::DECK, page: 3 };

struct Told {
    meeting: MeetingView,
    toasts: Toasts,
    now: f64,
}

impl Told {
    fn new() -> Self {
        let meeting = MeetingView::new(MeetingId([3; 32]), "Plans".into(), sample::member(1), 0.0);
        Self { meeting, toasts: Toasts::default(), now: 1.0 }
    }

    fn tell(&mut self, news: News) -> &mut Self {
        let came = Came { now: self.now, clock: Some("10:31".into()) };
        fold(&mut self.meeting, &mut self.toasts, news, &came);
        self
    }

    fn member(&mut self, n: u8, state: MemberState) -> &mut Self {
        self.tell(News::Member { peer: sample::member(n), name: format!("P{n}"), state })
    }

    fn stroke(&mut self, author: u8, seq: u64, lamport: u64) -> &mut Self {
        let entry = EntryRef { author: sample::member(author), seq };
        let stroke = Arc::new(line(&[(0, 0), (9, 9)]));
        let media = MediaTime::ZERO;
        let offset_ms = Some(3.0);
        self.tell(News::Stroke { on: ON, entry, media, lamport, offset_ms, stroke })
    }
}

fn line(points: &[(i32, i32)]) -> Stroke {
    Stroke {
        on: ON,
        points: points.iter().map(|&(x, y)| Point { x, y }).collect(),
        pressure: Vec::new(),
        colour: [1, 2, 3, 255],
        width: 20,
        tool: Tool::Pen,
    }
}

#[test]
fn people_come_go_and_wait_at_the_door() {
    let mut told = Told::new();
    told.member(1, MemberState::Here).member(2, MemberState::Here).member(3, MemberState::Asking);
    assert_eq!(told.meeting.people.here(), 2);
    assert_eq!(told.meeting.people.asking().count(), 1);
    told.member(2, MemberState::Away);
    assert_eq!(told.meeting.people.listed().len(), 2, "away is still listed");
    told.member(2, MemberState::Removed).member(3, MemberState::Left);
    assert_eq!(told.meeting.people.listed().len(), 1);
    assert_eq!(told.meeting.people.asking().count(), 0);
}

#[test]
fn a_page_turns_when_it_is_told_and_says_whether_it_is_in_step() {
    let mut told = Told::new();
    let entry = EntryRef { author: sample::member(2), seq: 1 };
    let page = |page, offset_ms| News::Page {
        on: PageTurn { page, ..ON },
        entry,
        media: MediaTime::ZERO,
        offset_ms,
    };
    told.tell(page(3, Some(4.0)));
    assert_eq!(told.meeting.stage.page(), Some(ON));
    assert_eq!(told.meeting.step, InStep::InStep(4.0));
    told.tell(page(4, Some(90.0)));
    assert_eq!(told.meeting.step, InStep::Off(90.0));
    told.tell(page(5, None));
    assert_eq!(told.meeting.step, InStep::NoSound);
}

#[test]
fn strokes_lie_in_the_meetings_order_whatever_the_order_they_came_in() {
    let mut told = Told::new();
    told.stroke(2, 5, 30).stroke(3, 1, 10).stroke(2, 4, 20).stroke(2, 4, 20);
    let order: Vec<_> = told.meeting.marks.on(ON).iter().map(|mark| mark.lamport).collect();
    assert_eq!(order, [10, 20, 30]);
    let stroke = EntryRef { author: sample::member(2), seq: 4 };
    told.tell(News::Erased { stroke, entry: EntryRef { seq: 9, ..stroke } });
    assert_eq!(told.meeting.marks.on(ON).len(), 2);
}

#[test]
fn a_stroke_in_the_making_grows_and_gives_way_to_the_finished_one() {
    let mut told = Told::new();
    let author = sample::member(2);
    for points in [&[(0, 0), (1, 1)][..], &[(2, 2)]] {
        told.tell(News::Drawing { author, id: 7, stroke: line(points) });
    }
    let drawing = told.meeting.marks.drawings.values().next().expect("one");
    assert_eq!((drawing.ink.points.len(), drawing.ink.tool), (3, Tool::Pen));
    told.stroke(2, 1, 1);
    assert!(told.meeting.marks.drawings.is_empty());
    assert!(matches!(told.meeting.marks.on(ON)[0].kind, MarkKind::Ink(_)));
}

#[test]
fn a_figure_in_the_making_is_where_it_was_drawn_last() {
    let mut told = Told::new();
    let author = sample::member(2);
    for ends in [[(0, 0), (1, 1)], [(0, 0), (7, 7)]] {
        let stroke = Stroke { tool: Tool::Box, ..line(&ends) };
        told.tell(News::Drawing { author, id: 7, stroke });
    }
    let drawing = told.meeting.marks.drawings.values().next().expect("one");
    assert_eq!(drawing.ink.points, line(&[(0, 0), (7, 7)]).points);
}

#[test]
fn who_is_missing_from_the_levels_is_silent() {
    let mut told = Told::new();
    told.member(2, MemberState::Here).member(3, MemberState::Here);
    let levels = |levels: &[(u8, u8)], own_muted_speech| News::Levels {
        levels: levels.iter().map(|(n, level)| (sample::member(*n), *level)).collect(),
        own_muted_speech,
        own_clips: own_muted_speech,
    };
    told.tell(levels(&[(2, 60), (3, 10)], true));
    let level = |told: &Told, n| told.meeting.people.get(&sample::member(n)).map(|p| p.level);
    assert_eq!((level(&told, 2), level(&told, 3)), (Some(60), Some(10)));
    assert!(told.meeting.sound.muted_speech && told.meeting.sound.clips);
    told.tell(News::Warning(Notice::Howled));
    assert!(told.meeting.sound.muted, "the node closed the microphone");
    told.tell(levels(&[(3, 20)], false));
    assert_eq!((level(&told, 2), level(&told, 3)), (Some(0), Some(20)));
}

#[test]
fn chat_counts_what_was_not_seen_and_trouble_is_told() {
    let mut told = Told::new();
    let line = |author, seq| News::Chat {
        guest: None,
        entry: EntryRef { author: sample::member(author), seq },
        text: "hello".into(),
    };
    told.tell(line(2, 1)).tell(line(2, 1)).tell(line(1, 1));
    assert_eq!(told.meeting.chat.lines.len(), 2, "told twice, shown once");
    assert_eq!(told.meeting.chat.unread, 1, "one's own is read");
    told.tell(News::Error(Notice::NotPresenting));
    assert_eq!(told.toasts.shown().len(), 1);
}

#[test]
fn a_newer_version_takes_over_page_and_strokes() {
    let mut told = Told::new();
    let new = BlobId([9; 32]);
    let document = |document| News::Document { document, name: "a.pdf".into(), pages: 9, bytes: 9 };
    let page = |on| News::Page {
        on,
        entry: EntryRef { author: sample::member(1), seq: 4 },
        media: MediaTime::ZERO,
        offset_ms: None,
    };
    told.tell(document(sample::DECK)).tell(page(ON)).stroke(2, 7, 12);
    told.tell(News::Saved { document: sample::DECK, name: "a.pdf".into() });
    assert_eq!(told.meeting.stage.saved.len(), 1);
    told.tell(document(new)).tell(News::Replaced { document: sample::DECK, by: new });
    assert!(told.meeting.stage.saved.is_empty());
    let there = PageTurn { document: new, ..ON };
    let stroke = Arc::new(Stroke { on: there, ..line(&[(0, 0), (9, 9)]) });
    let entry = EntryRef { author: sample::member(2), seq: 7 };
    let (media, offset_ms) = (MediaTime::ZERO, None);
    told.tell(News::Stroke { on: there, entry, media, lamport: 12, offset_ms, stroke });
    let drawn = |told: &Told, on| told.meeting.marks.on(on).len();
    assert_eq!((drawn(&told, ON), drawn(&told, there)), (1, 1), "until the new page is here");
    told.tell(page(there));
    assert_eq!((drawn(&told, ON), drawn(&told, there)), (0, 1));
    told.tell(News::Erased { stroke: entry, entry });
    assert_eq!(drawn(&told, there), 0);
}

#[test]
fn recording_is_seen_by_all() {
    let mut told = Told::new();
    told.member(2, MemberState::Here);
    assert!(!told.meeting.recorded());
    told.tell(News::Recording { member: sample::member(2), on: true });
    assert!(told.meeting.recorded());
    told.tell(News::Recording { member: sample::member(2), on: false });
    assert!(!told.meeting.recorded());
}

#[test]
fn a_picture_has_the_colour_that_its_person_chose() {
    use moot_gui::model::look::{PEOPLE, colour_of};
    let mut told = Told::new();
    told.member(1, MemberState::Here).member(2, MemberState::Here);
    let colour = |told: &Told| {
        told.meeting.people.get(&sample::member(2)).map(moot_gui::model::people::Person::colour)
    };
    assert_eq!(colour(&told), Some(colour_of(&sample::member(2))));
    told.tell(News::Picture { member: sample::member(2), colour: Some(4) });
    assert_eq!(colour(&told), Some(PEOPLE[4]));
    told.tell(News::Picture { member: sample::member(2), colour: Some(10) });
    assert_eq!(colour(&told), Some(PEOPLE[4]), "past the end of the list it begins anew");
    told.tell(News::Picture { member: sample::member(2), colour: None });
    assert_eq!(colour(&told), Some(colour_of(&sample::member(2))));
}
