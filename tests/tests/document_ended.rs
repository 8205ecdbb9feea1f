//! A document that is shown while it is being drawn, and then nobody draws the rest of it: a turn to a
//! page that never came is not waited for, and people hear why there is none.

use moot_tests::event::Line;
use moot_tests::gathering::Gathering;
use moot_tests::net::Network;
use moot_tests::process::Node;
use moot_tests::report::Report;
use moot_tests::{pdf, turn};
use std::time::Duration;

/// How long drawing may take on a small, busy machine; not what is measured.
const LONG: Duration = Duration::from_secs(90);

/// Until a turn is shown: a member that was killed is missed after 4 s.
const SOON: Duration = Duration::from_secs(20);

/// Pages of the file, and the side of their pictures of noise: it takes seconds to draw them.
const PAGES: u32 = 300;
const SIDE: usize = 150;

/// The host has opened a long file, and laptop 1 sees its first page.
fn half_drawn<'a>(network: &'a Network, title: &str) -> Gathering<'a> {
    let mut meeting = Gathering::new(network, title);
    let file = meeting.file("long.pdf");
    std::fs::write(&file, pdf::noisy(PAGES, SIDE)).expect("temporary folder is writable");
    meeting.host(|launch| launch);
    meeting.all_join(|_, launch| launch);
    meeting.node(0).command(&format!("document {}", file.display()));
    let _draft = meeting.node(1).event("growing", LONG);
    let _first = meeting.node(1).event("page", LONG);
    meeting
}

/// The last page is turned to by `presenter`: how long until it is shown on laptop 1, which also tells
/// why there is nothing on it.
fn last_page(presenter: &Node, listener: &Node) -> f64 {
    let mark = listener.mark();
    presenter.command(&format!("page {PAGES}"));
    let sent = std::time::Instant::now();
    let shown = |line: &Line| line.is("page") && line.count("page") == Some(u64::from(PAGES));
    let shown = listener.expect("the page", mark, SOON, shown);
    let why = |line: &Line| line.is("warning") && line.text("kind") == "partly";
    let why = listener.expect("why it is empty", mark, SOON, why);
    assert!(why.text("message").contains("not drawn"), "{why:?}");
    shown.at.saturating_duration_since(sent).as_secs_f64()
}

#[test]
fn nobody_waits_for_a_page_that_its_presenter_cancelled() {
    let _turn = turn::take();
    let network = Network::new(2);
    let meeting = half_drawn(&network, "Cancelled deck");
    meeting.node(0).command("cancel");
    let mut report = Report::new("document_cancelled");
    let took = last_page(meeting.node(0), meeting.node(1));
    report.at_most("a page that was never drawn, shown", took, 5.0, "s");
    report.figure("equal digests", meeting.must_agree(Duration::from_secs(5)), "s");
    meeting.close();
    report.finish();
}

#[test]
fn nobody_waits_for_a_page_whose_presenter_is_gone() {
    let _turn = turn::take();
    let network = Network::new(3);
    let meeting = half_drawn(&network, "Deck left behind");
    meeting.node(0).kill();
    let (next, mark) = (meeting.node(2), meeting.node(2).mark());
    next.command("present");
    let _floor = next.expect("the floor", mark, SOON, |line| line.is("floor"));
    let mut report = Report::new("document_left");
    let took = last_page(next, meeting.node(1));
    report.at_most("a page that was never drawn, shown", took, 10.0, "s");
    report.finish();
}
