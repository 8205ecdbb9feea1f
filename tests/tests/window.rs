//! Two real windows, used by keyboard and mouse alone: from starting them to page 2 of a document,
//! a stroke, chat, a hand, the floor, a crash and the way back. A headless node in the meeting bears
//! witness; the pictures are left in `target/rig/window/`.

use moot_tests::desk::{self, Desk};
use moot_tests::event::Line;
use moot_tests::gathering::{Gathering, NAMES, PATIENCE};
use moot_tests::net::Network;
use moot_tests::report::Report;
use moot_tests::{pdf, turn, wait};
use std::time::{Duration, Instant};

/// The screen of most laptops, pixels.
const SCREEN: (u32, u32) = (1440, 900);

/// The witness.
const WITNESS: usize = 2;

/// How long a click may take to reach the witness on a busy machine without a graphics card.
const SOON: Duration = Duration::from_secs(20);

/// A stroke across the page has at least so many pixels of its colour.
const STROKE: usize = 60;

/// The third of the colours that people choose from (the window's `model::look::PEOPLE`).
const COLOUR: [u8; 3] = [0xB5, 0x67, 0x3A];

/// A picture of 17 points' radius has 908 pixels, of which letters take some.
const PICTURE: usize = 500;

#[test]
fn two_windows_hold_a_meeting() {
    let _turn = turn::take();
    let network = Network::new(3);
    if !network.can("windows that find each other") || !desk::possible() {
        return;
    }
    let mut meeting = Gathering::new(&network, "Plans");
    meeting.host_on(WITNESS, |launch| launch);
    let mut report = Report::new("window");
    let mut desks: Vec<Desk> = (0..2).map(|node| open(&network, &meeting, node)).collect();
    desks[0].press("Colour of your picture");
    desks[0].press("Colour 3");
    join(&meeting, &desks, &mut report);
    sees_colour(&desks[1]);
    let [ada, ben] = &desks[..] else { unreachable!("two were opened") };
    show(&meeting, ada, ben, &mut report);
    let drawn = draw(&meeting, ada, ben);
    talk(&meeting, ada, ben);
    give_floor(&meeting, ada);
    come_back(&meeting, &mut desks[0], drawn, &mut report);
    leave(&meeting, &desks[1]);
    meeting.close();
    report.finish();
}

/// Both find the meeting and type its code.
fn join(meeting: &Gathering<'_>, desks: &[Desk], report: &mut Report) {
    for (node, desk) in desks.iter().enumerate() {
        let began = Instant::now();
        desk.press("Join: Plans");
        desk.type_text(&meeting.code());
        desk.key("Return");
        desk.titled("Plans", SOON);
        let name = format!("seconds from lobby to meeting, {}", NAMES[node]);
        report.figure(&name, began.elapsed().as_secs_f64(), "s");
        let _ = witnessed(meeting, "member", |line| line.text("name") == NAMES[node]);
        let _ = desk.look(&format!("joined-{}", NAMES[node]));
    }
}

/// Ben sees Ada's picture in the colour that she chose.
fn sees_colour(ben: &Desk) {
    let row = ben.sees_some("Ada", SOON, |name| name.starts_with("Ada, "));
    let seen = || (ben.coloured(COLOUR, row.place) >= PICTURE).then_some(());
    assert!(wait::find(SOON, seen).is_some(), "Ada's colour: {:?}", ben.look("colour-Ben"));
}

/// Ada opens a document by its path, which gives her the floor, and turns to page 2.
fn show(meeting: &Gathering<'_>, ada: &Desk, ben: &Desk, report: &mut Report) {
    let deck = meeting.file("Dike.pdf");
    std::fs::write(&deck, pdf::deck(3)).expect("temporary folder is writable");
    let began = Instant::now();
    ada.key("ctrl+o");
    let _ = ada.sees("Path of the document");
    ada.type_text(&deck.display().to_string());
    ada.key("Return");
    let host = meeting.node(WITNESS).peer();
    let floor = witnessed(meeting, "floor", |line| line.text("presenter") != host);
    let _ = witnessed(meeting, "page", |line| line.number("page") == 1.0);
    ada.key("Next");
    let _ = witnessed(meeting, "page", |line| {
        line.number("page") == 2.0 && line.text("author") == floor.text("presenter")
    });
    let page = ben.reads("Page 2 of 3");
    report.figure("seconds from opening to page 2 elsewhere", began.elapsed().as_secs_f64(), "s");
    let here = || {
        let (mine, theirs) = (ada.pixels(page.inner()), ben.pixels(page.inner()));
        let varied = mine.iter().any(|pixel| *pixel != mine[0]);
        (varied && mine == theirs).then_some(())
    };
    let same = wait::find(SOON, here);
    let _ = (ada.look("page-2-Ada"), ben.look("page-2-Ben"));
    assert!(same.is_some(), "both windows show the same page");
}

/// Ada draws; Ben sees the stroke before it is finished, and after. Gives the least number of pixels
/// of its colour where page and stroke are seen.
fn draw(meeting: &Gathering<'_>, ada: &Desk, ben: &Desk) -> usize {
    let page = ben.reads("Page 2 of 3");
    let (x, y) = page.middle();
    let before = ben.ink(page.inner());
    let inked = || {
        let drawn = || (ben.ink(page.inner()) >= before + STROKE).then_some(());
        wait::find(SOON, drawn).is_some()
    };
    ada.key("p");
    let line: Vec<_> = (0..20).map(|n| (x - 150 + 15 * n, y + 8 * (n % 5))).collect();
    ada.drag(&line, || {
        let _ = witnessed(meeting, "drawing", |_| true);
        assert!(inked(), "a stroke is seen while it is drawn: {:?}", ben.look("drawing-Ben"));
    });
    let _ = witnessed(meeting, "stroke", |line| line.number("page") == 2.0);
    assert!(inked(), "a stroke is seen: {:?}", ben.look("drawn-Ben"));
    let _ = ben.look("drawn-Ben");
    ada.key("Escape");
    before + STROKE
}

/// Ben writes and raises his hand; Ada sees both.
fn talk(meeting: &Gathering<'_>, ada: &Desk, ben: &Desk) {
    ben.press("Message");
    ben.type_text("Where is the sluice?");
    ben.key("Return");
    let _ = witnessed(meeting, "chat", |line| line.text("text") == "Where is the sluice?");
    let _ = ada.reads("Where is the sluice?");
    ben.press("Raise hand");
    let _ = witnessed(meeting, "hands", |line| {
        line.body["members"].as_array().is_some_and(|all| all.len() == 1)
    });
    let _ = ada.reads("Ben, Raised hand");
    let _ = ada.look("hand-Ada");
}

/// Ada gives Ben the floor.
fn give_floor(meeting: &Gathering<'_>, ada: &Desk) {
    ada.point(ada.reads("Ben, Raised hand").middle());
    ada.press("More about Ben");
    let mark = meeting.node(WITNESS).mark();
    ada.press("Give the floor");
    let node = meeting.node(WITNESS);
    let _ = node.expect("floor", mark, SOON, |line| line.is("floor"));
    let _ = ada.reads("Ben, Presenting");
}

/// Ada's power fails; she continues where she was.
fn come_back(meeting: &Gathering<'_>, ada: &mut Desk, drawn: usize, report: &mut Report) {
    let mark = meeting.node(WITNESS).mark();
    ada.kill();
    let node = meeting.node(WITNESS);
    let is = |line: &Line, state| line.text("name") == "Ada" && line.text("state") == state;
    let _ = node.expect("away", mark, SOON, |line| is(line, "away"));
    let mark = node.mark();
    let began = Instant::now();
    start(meeting, ada, 0);
    ada.press("Continue: Plans");
    let _ = node.expect("here", mark, SOON, |line| is(line, "here"));
    let page = ada.reads("Page 2 of 3");
    let seen = wait::find(SOON, || (ada.ink(page.inner()) >= drawn).then_some(()));
    report.figure("seconds from starting again to the page", began.elapsed().as_secs_f64(), "s");
    let picture = ada.look("continued-Ada");
    assert!(seen.is_some(), "page and stroke are there again: {picture:?}");
    let _ = ada.reads("Where is the sluice?");
    let _ = ada.reads("Ben, Presenting");
}

/// Ben leaves; as he presents, he is asked.
fn leave(meeting: &Gathering<'_>, ben: &Desk) {
    let node = meeting.node(WITNESS);
    let mark = node.mark();
    ben.press("Leave");
    let _ = ben.reads("You are presenting. The others go on");
    let _ = ben.look("leaving-Ben");
    ben.press_on_top("Leave");
    let _ = node.expect("left", mark, SOON, |line| line.text("state") == "left");
    let _ = ben.sees("Meetings on this network");
    let _ = ben.look("left-Ben");
}

fn open(network: &Network, meeting: &Gathering<'_>, node: usize) -> Desk {
    let mut desk = Desk::new(network, node, SCREEN, &meeting.file(""));
    start(meeting, &mut desk, node);
    desk
}

fn start(meeting: &Gathering<'_>, desk: &mut Desk, node: usize) {
    let data = meeting.data(node).display().to_string();
    desk.open(&["--lang", "en", "--name", NAMES[node], "--data", &data]);
}

fn witnessed(meeting: &Gathering<'_>, event: &str, which: impl Fn(&Line) -> bool) -> Line {
    let node = meeting.node(WITNESS);
    node.expect(event, 0, SOON.max(PATIENCE), |line| line.is(event) && which(line))
}
