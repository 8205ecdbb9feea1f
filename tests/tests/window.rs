//! Real windows, used by keyboard and mouse alone: they find a meeting and join it by its code. A
//! headless node in the meeting bears witness; the pictures are left in `target/rig/window/`.

use moot_tests::desk::{self, Desk};
use moot_tests::event::Line;
use moot_tests::gathering::{Gathering, NAMES, PATIENCE};
use moot_tests::net::Network;
use moot_tests::report::Report;
use moot_tests::turn;
use std::time::{Duration, Instant};

/// The screen of most laptops, pixels.
const SCREEN: (u32, u32) = (1440, 900);

/// Where the first meeting's *Join* is on that screen.
const JOIN: (u32, u32) = (788, 210);

/// The witness.
const WITNESS: usize = 2;

/// How long a click may take to reach the witness on a busy machine without a graphics card.
const SOON: Duration = Duration::from_secs(20);

#[test]
fn two_windows_find_a_meeting_and_join_by_code() {
    let _turn = turn::take();
    let network = Network::new(3);
    if !network.can("windows that find each other") || !desk::possible() {
        return;
    }
    let mut meeting = Gathering::new(&network, "Plans");
    meeting.host_on(WITNESS, |launch| launch);
    let code = meeting.code();
    let mut report = Report::new("window");
    let desks: Vec<Desk> = (0..2).map(|node| open(&network, &meeting, node)).collect();
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
    meeting.close();
    report.finish();
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

fn witnessed(meeting: &Gathering<'_>, event: &str, which: impl Fn(&Line) -> bool) {
    let node = meeting.node(WITNESS);
    let _ = node.expect(event, 0, SOON.max(PATIENCE), |line| line.is(event) && which(line));
}
