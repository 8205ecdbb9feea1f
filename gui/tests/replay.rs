//! What a recording tells becomes what the player shows, event by event.

mod stand;

use egui_kittest::kittest::Queryable;
use moot_gui::command::{Deed, pressed};
use moot_gui::link::fold_replay;
use moot_gui::model::player::{Player, Timeline};
use moot_gui::model::toasts::Toasts;
use moot_gui::model::{MeetingView, Model, Screen, sample, sample_lobby};
use moot_gui::panels::chat::ChatPanel;
use moot_gui::panels::people::PeoplePanel;
use moot_node::node::{MemberState, News, ReplayNews};
use moot_node::room::id::{EntryRef, MeetingId, MemberId};
use moot_node::room::stanza::{PageTurn, Point, Stroke, Tool};
use moot_node::room::time::MediaTime;
use stand::stand;
use std::sync::Arc;
use std::time::Duration;

const ON: PageTurn = PageTurn { document: sample::DECK, page: 1 };

const NEXT: PageTurn = PageTurn { page: 2, ..ON };

struct Told {
    player: Player,
    toasts: Toasts,
}

impl Told {
    fn new() -> Self {
        let meeting = MeetingView::new(MeetingId([3; 32]), "Plans".into(), MemberId([0; 32]), 0.0);
        let lines = vec![Duration::from_secs(65), Duration::from_secs(70)];
        let timeline = Timeline { lines, ..Timeline::default() };
        Self { player: Player::new("x".into(), meeting, timeline), toasts: Toasts::default() }
    }

    fn tell(&mut self, news: News) -> &mut Self {
        fold_replay(&mut self.player, &mut self.toasts, news, 1.0);
        self
    }

    fn at(&mut self, second: u64, playing: bool) -> &mut Self {
        let at = Duration::from_secs(second);
        self.tell(News::Replay(ReplayNews::Position { at, playing, speed: 1.5 }))
    }

    fn page(&mut self, on: PageTurn) -> &mut Self {
        self.tell(News::Page { on, entry: by(1), media: MediaTime::ZERO, offset_ms: None })
    }

    fn stroke(&mut self) -> &mut Self {
        let points = vec![Point { x: 0, y: 0 }, Point { x: 9, y: 9 }];
        let (pressure, tool) = (Vec::new(), Tool::Pen);
        let stroke = Stroke { on: ON, points, pressure, colour: [1, 2, 3, 255], width: 20, tool };
        let (media, offset_ms, stroke) = (MediaTime::ZERO, Some(3.0), Arc::new(stroke));
        self.tell(News::Stroke { on: ON, entry: by(2), media, lamport: 2, offset_ms, stroke })
    }

    fn say(&mut self, seq: u64) -> &mut Self {
        self.tell(News::Chat { entry: by(seq), guest: None, text: "hello".into() })
    }
}

fn by(seq: u64) -> EntryRef {
    EntryRef { author: sample::member(1), seq }
}

#[test]
fn a_jump_is_seen_when_all_of_it_is_told_and_nothing_later_is_left() {
    let mut told = Told::new();
    told.tell(News::Replay(ReplayNews::Reset)).page(ON).at(0, false);
    told.at(3, true).stroke().page(NEXT).say(3);
    let drawn = told.player.meeting.marks.version(ON);
    assert_eq!(told.player.meeting.marks.on(ON).len(), 1);
    told.player.meeting.stage.zoom = 2.0;
    told.player.jump.to = Some(Duration::from_secs(1));

    told.tell(News::Replay(ReplayNews::Reset)).page(ON);
    assert_eq!(told.player.meeting.stage.shown, Some(NEXT), "nothing flickers meanwhile");
    told.at(1, true);
    let meeting = &told.player.meeting;
    assert_eq!((meeting.stage.shown, meeting.chat.lines.len()), (Some(ON), 0));
    assert!(meeting.marks.on(ON).is_empty());
    assert_eq!(meeting.stage.zoom, 2.0, "what the person chose stays");
    told.stroke();
    assert_ne!(told.player.meeting.marks.version(ON), drawn, "its old picture is stale");
}

#[test]
fn the_slider_stays_where_it_was_let_go_until_the_recording_is_there() {
    let mut told = Told::new();
    told.at(3, true);
    assert_eq!((told.player.position, told.player.speed), (Duration::from_secs(3), 1.5));
    let there = Duration::from_secs(40);
    (told.player.position, told.player.jump.to) = (there, Some(there));
    told.at(4, true);
    assert_eq!(told.player.position, there, "told of before it was obeyed");
    told.tell(News::Replay(ReplayNews::Reset)).at(40, true).at(41, true);
    assert_eq!(told.player.position, Duration::from_secs(41));
    told.tell(News::Replay(ReplayNews::Ended));
    assert!(!told.player.playing);
}

#[test]
fn lines_bear_their_moment_in_the_recording_and_documents_are_whole() {
    let mut told = Told::new();
    let (document, name) = (ON.document, "deck.pdf".to_owned());
    told.tell(News::Document { document, name, pages: 4, bytes: 1000 }).say(3).say(4);
    let lines = &told.player.meeting.chat.lines;
    let clocks: Vec<_> = lines.iter().filter_map(|line| line.clock.as_deref()).collect();
    assert_eq!(clocks, ["1:05", "1:10"]);
    assert!(told.player.meeting.stage.documents[0].is_complete());
}

#[test]
fn the_chat_of_a_recording_is_read_and_not_written() {
    let mut told = Told::new();
    let (peer, name) = (sample::member(1), "Lin Wei".to_owned());
    told.tell(News::Member { peer, name, state: MemberState::Here }).say(3);
    let model =
        Model { screen: Screen::Player, player: Some(told.player), ..sample_lobby::lobby() };
    let mut h = stand::<ChatPanel>(model, [320.0, 500.0], ChatPanel::ui);
    h.run();
    h.get_by_label("hello");
    h.get_by_label("Lin Wei");
    h.get_by_label("1:05");
    assert!(h.query_by_label("Message").is_none() && h.query_by_label("Send").is_none());
}

#[test]
fn people_of_a_recording_are_seen_and_left_in_peace() {
    let mut told = Told::new();
    for (n, name) in [(1, "Lin Wei"), (2, "Jonas Schmidt"), (3, "Zhang Min")] {
        let (peer, name) = (sample::member(n), name.to_owned());
        told.tell(News::Member { peer, name, state: MemberState::Here });
    }
    told.tell(News::Floor { presenter: sample::member(1) });
    let second = Duration::from_secs;
    told.player.timeline.talk = vec![(sample::member(2), second(2), second(4))];
    let rows = |told: &Told| {
        let player = Some(told.player.clone());
        let model = Model { screen: Screen::Player, player, ..sample_lobby::lobby() };
        let mut h = stand::<PeoplePanel>(model, [320.0, 500.0], PeoplePanel::ui);
        h.run();
        h.get_by_label("Lin Wei, Presenting").hover();
        h.run();
        assert!(h.query_by_label("More about Lin Wei").is_none(), "there is nothing to be done");
        h.query_by_label("Jonas Schmidt, Speaking").is_some()
    };
    told.at(1, true);
    assert!(!rows(&told));
    told.at(3, true);
    assert!(rows(&told));
    told.at(5, false);
    assert!(!rows(&told));
}

#[test]
fn space_runs_the_recording_unless_a_button_has_the_keyboard() {
    let run = |focused: bool| {
        let ctx = egui::Context::default();
        let model = sample_lobby::player();
        let mut deeds = Vec::new();
        let space = egui::Event::Key {
            key: egui::Key::Space,
            physical_key: None,
            pressed: true,
            repeat: false,
            modifiers: egui::Modifiers::NONE,
        };
        for events in [Vec::new(), vec![space]] {
            let input = egui::RawInput { events, ..egui::RawInput::default() };
            let _ = ctx.run_ui(input, |ui| {
                deeds = pressed(ui.ctx(), &model, false);
                let button = ui.button("x");
                if focused {
                    button.request_focus();
                }
            });
        }
        deeds
    };
    assert_eq!(run(false), [Deed::ToggleRun]);
    assert_eq!(run(true), []);
}
