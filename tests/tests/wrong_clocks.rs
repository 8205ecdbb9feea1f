//! Calendars that are ten years off change nothing: no decision is made by them.

use moot_tests::chance::Chance;
use moot_tests::gathering::{Gathering, PATIENCE};
use moot_tests::launch::Launch;
use moot_tests::listen::Listener;
use moot_tests::net::Network;
use moot_tests::offsets::{HEAD, Offsets};
use moot_tests::report::Report;
use moot_tests::talk::Talk;
use moot_tests::turn;
use std::time::Duration;

/// Pages of the deck on show.
const PAGES: u32 = 10;

#[test]
fn clocks_ten_years_apart_change_nothing() {
    let _turn = turn::take();
    let network = Network::new(3);
    if !network.can("coming back by title") {
        return;
    }
    let mut meeting = Gathering::new(&network, "Wrong clocks");
    if meeting.joining(1).clock("+10y").is_none() {
        println!("skipped: libfaketime is not installed");
        return;
    }
    let talk = Talk::new(&mut Chance::from_env(7), 20.0, 20, u64::from(PAGES));
    let shift = |node: usize, launch: Launch| match node {
        0 => launch.clock("-10y"),
        1 => launch.clock("+10y"),
        _ => Some(launch),
    };
    let shift = |node, launch| shift(node, launch).expect("installed, as seen before");
    let ears: Vec<Listener> = talk.open_with(&mut meeting, PAGES, 1..3, shift);
    talk.over(&meeting);
    let mut report = Report::new("wrong_clocks");
    report.at_most("equal digests", meeting.must_agree(Duration::from_secs(5)), 5.0, "s");
    // Comes back with a calendar that has jumped twenty years.
    meeting.node(1).kill();
    let returning = meeting.returning(1).clock("-10y").expect("installed, as seen before");
    let lines = [meeting.node(1).lines(), meeting.node(2).lines()];
    meeting.nodes[1] = Some(returning.start());
    meeting.joined(1, PATIENCE);
    report.at_most(
        "equal digests after a jump",
        meeting.must_agree(Duration::from_secs(5)),
        5.0,
        "s",
    );
    meeting.close();
    for ((node, ear), lines) in [1, 2].into_iter().zip(ears).zip(lines) {
        let offsets = Offsets::measure(&talk.clicks, &lines, &ear.finish());
        let name = meeting.node(node).name.clone();
        report.table(&HEAD, &[offsets.row(&name)]);
        let size = offsets.measured().absolute();
        report.at_most(&format!("|action − sound| at {name}, median"), size.median(), 10.0, "ms");
        report.at_most(&format!("|action − sound| at {name}, p99"), size.p99(), 40.0, "ms");
        report.at_most(&format!("missing at {name}"), offsets.missing as f64, 0.0, "");
    }
    report.finish();
}
