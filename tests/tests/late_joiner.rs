//! Who comes late sees the present page at once and ends with the same meeting.

use moot_tests::chance::Chance;
use moot_tests::gathering::{Gathering, PATIENCE};
use moot_tests::listen::Listener;
use moot_tests::net::Network;
use moot_tests::offsets::{HEAD, Offsets};
use moot_tests::report::Report;
use moot_tests::talk::Talk;
use moot_tests::{turn, wait};
use std::time::Duration;

/// Pages of the deck on show.
const PAGES: u32 = 12;

#[test]
fn joining_at_40_s_shows_the_present_page_within_2_s() {
    let _turn = turn::take();
    let network = Network::new(4);
    if !network.can("coming late by multicast") {
        return;
    }
    let talk = Talk::new(&mut Chance::from_env(3), 40.0, 40, u64::from(PAGES));
    let mut meeting = Gathering::new(&network, "Late");
    let late = 3;
    let ears = talk.open(&mut meeting, PAGES, 1..late);
    wait::until(meeting.node(0).started + Duration::from_secs(40));
    let present = meeting.node(0).lines().into_iter().rev().find(|line| line.is("page"));
    let present = present.expect("pages were turned").entry().expect("an entry");
    let ear = Listener::at(&meeting.file("sink-late.wav"));
    meeting.join(late, |launch| launch.with("--sink", ear.path()));
    let node = meeting.node(late);
    let joined = node.event("joined", PATIENCE);
    let is_present = |line: &moot_tests::event::Line| {
        line.is("page")
            && line.entry().is_some_and(|entry| entry.0 == present.0 && entry.1 >= present.1)
    };
    let page = node.expect("the present page", 0, PATIENCE, is_present);
    let mut report = Report::new("late_joiner");
    report.figure("joined after start", (joined.at - node.started).as_secs_f64(), "s");
    report.at_most("present page after start", (page.at - node.started).as_secs_f64(), 2.0, "s");
    talk.over(&meeting);
    report.at_most("equal digests", meeting.must_agree(Duration::from_secs(5)), 5.0, "s");
    let lines = node.lines();
    meeting.close();
    // What came after the late one is in step for them as well.
    let after: Vec<u64> = talk.clicks.iter().copied().filter(|at| *at > 45 * 48_000).collect();
    let offsets = Offsets::measure(&after, &lines, &ear.finish());
    report.table(&HEAD, &[offsets.row(&meeting.node(late).name)]);
    report.at_most(
        "|action − sound| from 45 s on, p99",
        offsets.measured().absolute().p99(),
        40.0,
        "ms",
    );
    drop(ears);
    report.finish();
}
