//! Real windows, used by keyboard and mouse alone: find, join by code, open a document, turn pages,
//! draw, chat, raise a hand, hand over the floor, lose power and continue, leave. A headless node in
//! the meeting bears witness; the pictures are left in `target/rig/window/` to be looked at.

use moot_tests::desk::{self, Desk};
use moot_tests::event::Line;
use moot_tests::gathering::{Gathering, NAMES, PATIENCE};
use moot_tests::net::Network;
use moot_tests::report::Report;
use moot_tests::{pdf, turn};
use std::time::{Duration, Instant};

/// The screen of most laptops, pixels.
const SCREEN: (u32, u32) = (1440, 900);

/// Where things are on that screen. Everything else is done by keys.
const JOIN: (u32, u32) = (788, 210);
const CONTINUE: (u32, u32) = (771, 134);
const MESSAGE: (u32, u32) = (1265, 791);

/// The witness.
const WITNESS: usize = 2;

/// How long a click may take to reach the witness on a busy machine without a graphics card.
const SOON: Duration = Duration::from_secs(20);

/// Pages of the deck.
const PAGES: u32 = 6;

#[test]
fn a_meeting_in_two_windows_from_the_lobby_to_the_last_word() {
    let _turn = turn::take();
    let network = Network::new(3);
    if !network.can("windows that find each other") || !desk::possible() {
        return;
    }
    let mut meeting = Gathering::new(&network, "Plans");
    hosted_by_witness(&mut meeting);
    let code = meeting.code();
    let mut report = Report::new("window");
    let mut desks: Vec<Desk> = (0..2).map(|node| open(&network, &meeting, node)).collect();
    for (node, desk) in desks.iter().enumerate() {
        let began = Instant::now();
        desk.click_when(JOIN, |desk| desk.shows_accent(JOIN), SOON);
        desk.type_text(&code);
        desk.key("Return");
        desk.titled("Plans", SOON);
        let name = format!("seconds from lobby to meeting, {}", NAMES[node]);
        report.figure(&name, began.elapsed().as_secs_f64(), "s");
        witnessed(&meeting, "member", |line| line.text("name") == NAMES[node]);
        let _ = desk.look(&format!("joined-{}", NAMES[node]));
    }

    // Ada takes the floor and opens a document of her own, by its path.
    let (ada, ben) = (&desks[0], &desks[1]);
    ada.key("ctrl+p");
    let floor = witnessed(&meeting, "floor", |line| line.text("presenter") != witness(&meeting));
    ada.key("ctrl+o");
    ada.type_text(&meeting.file("deck.pdf").display().to_string());
    ada.key("Return");
    let first = witnessed(&meeting, "page", |line| line.number("page") == 1.0);
    assert_eq!(first.text("author"), floor.text("presenter"));
    ada.key("Next");
    witnessed(&meeting, "page", |line| line.number("page") == 2.0);
    ada.key("p");
    ada.drag(&[(560, 420), (600, 440), (660, 410), (720, 450), (780, 420)]);
    witnessed(&meeting, "stroke", |line| line.number("page") == 2.0);
    let _ = (ada.look("presenting"), ben.look("following"));

    // Ben chats and raises a hand; Ada gives him nothing yet, and hears him by the witness.
    ben.click(MESSAGE.0, MESSAGE.1);
    ben.type_text("hello from Ben");
    ben.key("Return");
    witnessed(&meeting, "chat", |line| line.text("text") == "hello from Ben");
    ben.key("Escape");
    ben.deed("raise hand");
    let hand = witnessed(&meeting, "hand", |line| line.text("author") != witness(&meeting));
    assert_ne!(hand.text("author"), floor.text("presenter"), "the hand is Ben's");

    // Ada's power fails; she comes back by Continue and goes on where she was.
    let ada = &mut desks[0];
    ada.kill();
    ada.open(&words(&meeting, 0).iter().map(String::as_str).collect::<Vec<_>>());
    ada.click_when(CONTINUE, |desk| desk.shows_accent(CONTINUE), SOON);
    ada.titled("Plans", SOON);
    let _ = ada.look("continued");
    let ada = &desks[0];
    let before = meeting.node(WITNESS).mark();
    let again = Instant::now();
    while again.elapsed() < SOON && !turned(&meeting, before) {
        ada.key("Next");
        moot_tests::wait::span(Duration::from_millis(500));
    }
    assert!(turned(&meeting, before), "Ada turns pages again: {}", ada.complaints());

    // Both leave; the meeting goes on without them.
    for desk in &mut desks {
        desk.key("ctrl+w");
        moot_tests::wait::span(Duration::from_millis(300));
        desk.key("ctrl+w");
        desk.titled("Moot", SOON);
        assert!(desk.runs(), "leaving closes the meeting, not the window");
        let _ = desk.look("left");
    }
    meeting.close();
    report.finish();
}

fn hosted_by_witness(meeting: &mut Gathering<'_>) {
    std::fs::write(meeting.file("deck.pdf"), pdf::deck(PAGES)).expect("a temporary folder");
    meeting.host_on(WITNESS, |launch| launch);
}

fn words(meeting: &Gathering<'_>, node: usize) -> Vec<String> {
    let data = meeting.data(node).display().to_string();
    ["--lang", "en", "--name", NAMES[node], "--data", &data].map(str::to_owned).to_vec()
}

fn open(network: &Network, meeting: &Gathering<'_>, node: usize) -> Desk {
    let mut desk = Desk::new(network, node, SCREEN, &meeting.file(""));
    desk.open(&words(meeting, node).iter().map(String::as_str).collect::<Vec<_>>());
    desk
}

fn witness(meeting: &Gathering<'_>) -> String {
    meeting.node(WITNESS).peer()
}

fn witnessed(meeting: &Gathering<'_>, event: &str, which: impl Fn(&Line) -> bool) -> Line {
    let node = meeting.node(WITNESS);
    node.expect(event, 0, SOON.max(PATIENCE), |line| line.is(event) && which(line))
}

fn turned(meeting: &Gathering<'_>, since: usize) -> bool {
    let lines = meeting.node(WITNESS).lines();
    lines[since..].iter().any(|line| line.is("page") && line.number("page") > 2.0)
}
