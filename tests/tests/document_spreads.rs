//! A document reaches everybody from everybody, the page on show first, and is never sent twice to
//! who has it.

use moot_tests::event::Line;
use moot_tests::gathering::Gathering;
use moot_tests::net::Network;
use moot_tests::process::Node;
use moot_tests::report::Report;
use moot_tests::stats::Sample;
use moot_tests::{pdf, turn, wait};
use std::time::Duration;

/// Bytes of the file: with its page pictures the document has more than twice as many.
const FILE_BYTES: usize = 20_000_000;

/// How long converting and spreading may take on a small machine; not what is measured.
const LONG: Duration = Duration::from_secs(180);

/// Bytes of everything else that a meeting sends while a document spreads, per node and second:
/// gossip's heartbeats, keep-alives, have-vectors; generous.
const CHATTER: f64 = 20_000.0;

#[test]
fn eight_laptops_share_a_document() {
    let _turn = turn::take();
    let network = Network::new(8);
    if !network.can("counting bytes") {
        return;
    }
    let mut meeting = Gathering::new(&network, "Heavy deck");
    let file = meeting.file("heavy.pdf");
    std::fs::write(&file, pdf::heavy(FILE_BYTES)).expect("temporary folder is writable");
    meeting.host(|launch| launch);
    meeting.all_join(|_, launch| launch);
    wait::span(Duration::from_secs(2));
    let before = network.sent_bytes(0);
    meeting.node(0).command(&format!("document {}", file.display()));
    let announced = meeting.node(0).event("document", LONG);
    let bytes = announced.number("bytes");
    let mut report = Report::new("document_spreads");
    let first_page = |line: &Line| line.is("page") && line.count("page") == Some(1);
    let shown = (0..8).map(|node| {
        let page = meeting.node(node).expect("first page", 0, LONG, first_page);
        page.at.saturating_duration_since(announced.at).as_secs_f64()
    });
    let shown = Sample::of(shown.collect::<Vec<_>>());
    let complete = (1..8).map(|node| complete_at(meeting.node(node), LONG));
    let spread = Sample::of(complete.map(|line| (line.at - announced.at).as_secs_f64()));
    let sent = (network.sent_bytes(0) - before) as f64;
    report.at_least("document", bytes / 1e6, 20.0, "MB");
    report.at_most("first page on the last screen", shown.max(), 1.0, "s");
    report.figure("complete on the last laptop", spread.max(), "s");
    report.at_most("presenter's upload", sent / bytes, 2.0, "copies");
    report.figure("equal digests", meeting.must_agree(Duration::from_secs(5)), "s");
    meeting.close();
    drop(meeting_again(&network, meeting, bytes, &mut report));
    report.finish();
}

/// The next meeting of the same people shows the same file.
fn meeting_again<'a>(
    network: &'a Network,
    mut meeting: Gathering<'a>,
    bytes: f64,
    report: &mut Report,
) -> Gathering<'a> {
    meeting.title = "Heavy deck again".into();
    let file = meeting.file("heavy.pdf");
    let before = network.sent_bytes(0);
    meeting.host(|launch| launch.with("--document", &file));
    let start = meeting.node(0).started;
    meeting.all_join(|_, launch| launch);
    let _announced = meeting.node(0).event("document", LONG);
    for node in meeting.present() {
        let _shown = node.event("page", LONG);
    }
    wait::span(Duration::from_secs(3));
    let sent = (network.sent_bytes(0) - before) as f64;
    let chatter = CHATTER * 8.0 * start.elapsed().as_secs_f64();
    report.at_most("sent for the same deck in the next meeting", sent, chatter, "bytes");
    report.figure("that is", sent / bytes, "copies");
    meeting.close();
    meeting
}

#[test]
fn a_killed_node_resumes_where_it_was() {
    let _turn = turn::take();
    let network = Network::new(2);
    if !network.can("counting bytes") {
        return;
    }
    let mut meeting = Gathering::new(&network, "Resumed deck");
    let file = meeting.file("heavy.pdf");
    std::fs::write(&file, pdf::heavy(FILE_BYTES / 4)).expect("temporary folder is writable");
    meeting.host(|launch| launch.with("--document", &file));
    let bytes = meeting.node(0).event("document", LONG).number("bytes");
    network.rate(1, Some("20mbit"));
    meeting.all_join(|_, launch| launch);
    let half = |line: &Line| line.is("progress") && line.number("have") > bytes / 2.0;
    let had = meeting.node(1).expect("half of the document", 0, LONG, half).number("have");
    meeting.node(1).kill();
    meeting.nodes[1] = Some(meeting.returning(1).start());
    let node = meeting.node(1);
    let resumed = node.event("progress", LONG).number("have");
    let _done = complete_at(node, LONG);
    let received = network.received_bytes(1) as f64;
    let mut report = Report::new("document_resumes");
    report.figure("reported before the kill", had / bytes, "of the document");
    report.at_least("had after the restart", resumed / bytes, 0.9 * had / bytes, "of the document");
    report.at_most("received in both lives", received / bytes, 1.25, "copies");
    meeting.close();
    report.finish();
}

fn complete_at(node: &Node, limit: Duration) -> Line {
    node.expect("the whole document", 0, limit, |line| {
        line.is("progress") && line.number("have") >= line.number("total")
    })
}
