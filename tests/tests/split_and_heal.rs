//! A network that falls in two: both halves go on, and what was said in either is kept by both.

use moot_tests::event::Line;
use moot_tests::gathering::Gathering;
use moot_tests::net::Network;
use moot_tests::report::Report;
use moot_tests::{pdf, turn, wait};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// How long the cut lasts: longer than idle time-outs, so that connections are lost and found again.
const CUT: Duration = Duration::from_secs(14);

/// How soon all must agree again.
const HEALED: Duration = Duration::from_secs(5);

#[test]
fn both_halves_of_a_split_keep_everything() {
    let _turn = turn::take();
    let network = Network::new(5);
    if !network.can("splitting the network") {
        return;
    }
    let mut meeting = Gathering::new(&network, "Split");
    let deck = meeting.file("deck.pdf");
    std::fs::write(&deck, pdf::deck(8)).expect("temporary folder is writable");
    meeting.host(|launch| launch.with("--document", &deck));
    meeting.all_join(|_, launch| launch);
    for node in meeting.present() {
        let _first = node.whole_page();
    }
    wait::span(Duration::from_secs(2));
    network.split(&[&[0, 1, 2], &[3, 4]]);
    let cut = Instant::now();
    let other = meeting.node(3).peer();
    meeting.node(3).command("present");
    let taken = |line: &Line| line.is("floor") && line.text("presenter") == other;
    let _taken = meeting.node(4).expect("the floor in the other half", 0, HEALED, taken);
    for round in 0..12 {
        wait::until(cut + Duration::from_secs(1) * (round + 1));
        for (half, presenter, listener) in [(1, 0, 1), (2, 3, 4)] {
            meeting.node(presenter).command(&format!("page {}", (round + half) % 8 + 1));
            let x = 0.05 * f64::from(round + 1);
            meeting.node(presenter).command(&format!("stroke {x},0.1 {x},0.9"));
            meeting.node(listener).command(&format!("say half {half} round {round}"));
        }
    }
    wait::until(cut + CUT);
    network.heal();
    let healed = Instant::now();
    let agreed = meeting.must_agree(HEALED * 4);
    let mut report = Report::new("split_and_heal");
    report.figure("heard of each other again", (Instant::now() - healed).as_secs_f64(), "s");
    report.at_most("equal digests after healing", agreed, HEALED.as_secs_f64(), "s");
    for kind in ["chat", "stroke"] {
        let all = told(&meeting, kind, Duration::from_secs(2));
        let union: BTreeSet<_> = all.iter().flatten().cloned().collect();
        let missing = all.iter().map(|told| union.len() - told.len()).max().unwrap_or(0);
        report.at_least(
            &format!("{kind} entries that somebody was told"),
            union.len() as f64,
            24.0,
            "",
        );
        report.at_most(
            &format!("{kind} entries, the most that one was not told"),
            missing as f64,
            0.0,
            "",
        );
    }
    let presenters = meeting.present().map(|node| {
        let mark = node.mark();
        node.command("state");
        node.expect("state", mark, HEALED, |line| line.is("state")).body["presenter"].to_string()
    });
    let presenters: BTreeSet<String> = presenters.collect();
    report.at_most("presenters after healing", presenters.len() as f64, 1.0, "");
    meeting.close();
    report.finish();
}

/// Which entries of a kind each node has been told of, once that has come to rest or `limit` is over.
fn told(meeting: &Gathering<'_>, kind: &str, limit: Duration) -> Vec<BTreeSet<(String, u64)>> {
    let all = || -> Vec<BTreeSet<(String, u64)>> {
        let entries = |node: &moot_tests::process::Node| {
            node.lines().iter().filter(|line| line.is(kind)).filter_map(Line::entry).collect()
        };
        meeting.present().map(entries).collect()
    };
    let equal = || {
        let all = all();
        all.windows(2).all(|two| two[0] == two[1]).then_some(all)
    };
    wait::find(limit, equal).unwrap_or_else(all)
}
