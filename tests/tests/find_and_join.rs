//! Laptops find each other and get in: with a code, openly, by asking, by a link; and not otherwise.

use moot_tests::gathering::{Gathering, NAMES, PATIENCE};
use moot_tests::launch::Launch;
use moot_tests::net::{Addresses, Network};
use moot_tests::process::Node;
use moot_tests::report::Report;
use moot_tests::stats::Sample;
use moot_tests::{turn, wait};
use std::time::Duration;

/// Exit code of a node that was not let in.
const REFUSED: Option<i32> = Some(3);

/// Exit code of a node that found no such meeting.
const NOT_FOUND: Option<i32> = Some(4);

#[test]
fn eight_laptops_are_found_within_3_s_and_in_within_2_s() {
    let _turn = turn::take();
    let network = Network::new(8);
    let mut meeting = Gathering::new(&network, "Site meeting");
    meeting.host(|launch| launch);
    for node in 1..8 {
        meeting.join(node, |launch| launch);
    }
    let mut report = Report::new("find_and_join");
    let mut rows = Vec::new();
    let (mut found, mut joined) = (Vec::new(), Vec::new());
    for node in (1..8).map(|node| meeting.node(node)) {
        let in_at = node.event("joined", PATIENCE).at;
        let found_at = node.wait(0, Duration::ZERO, |line| line.is("found")).map(|line| line.at);
        let found_at = found_at.unwrap_or(node.started);
        found.push((found_at - node.started).as_secs_f64());
        joined.push((in_at - found_at).as_secs_f64());
        let row = [found.last(), joined.last()].map(|s| format!("{:.3}", s.unwrap_or(&f64::NAN)));
        rows.push([vec![node.name.clone()], row.to_vec()].concat());
    }
    report.table(&["node", "found after s", "joined after s"], &rows);
    let everyone = everyone_here(&meeting, Duration::from_secs(10));
    report.at_most("meeting found by the slowest", Sample::of(found).max(), 3.0, "s");
    report.at_most("joined after that, by the slowest", Sample::of(joined).max(), 2.0, "s");
    report.figure("all eight see all others as here", everyone, "s after the last joined");
    report.figure("equal digests", meeting.must_agree(Duration::from_secs(5)), "s");
    meeting.close();
    report.finish();
}

/// Seconds until every node has been told that the seven others are here.
fn everyone_here(meeting: &Gathering<'_>, limit: Duration) -> f64 {
    let peers: Vec<String> = meeting.present().map(Node::peer).collect();
    let start = std::time::Instant::now();
    for node in meeting.present() {
        let others = peers.iter().filter(|peer| **peer != node.peer());
        for peer in others {
            let here = |line: &moot_tests::event::Line| {
                line.is("member") && line.text("peer") == peer && line.text("state") == "here"
            };
            let _seen = node.expect("member here", 0, limit, here);
        }
    }
    start.elapsed().as_secs_f64()
}

#[test]
fn find_lists_the_meeting() {
    let _turn = turn::take();
    let network = Network::new(2);
    if !network.can("finding by multicast") {
        return;
    }
    let mut meeting = Gathering::new(&network, "Listed meeting");
    meeting.host(|launch| launch);
    let find = Launch::new(&network, 1, "find", &["find"]).start();
    let found = find.event("found", Duration::from_secs(3));
    assert_eq!(found.text("title"), "Listed meeting");
    assert_eq!(found.text("id"), meeting.id());
    assert_eq!(find.exit_code(PATIENCE), Some(0));
    let silent = Network::new(1);
    let find = Launch::new(&silent, 0, "find", &["find", "--seconds", "1"]).start();
    assert_eq!(find.exit_code(PATIENCE), NOT_FOUND);
}

#[test]
fn a_wrong_code_is_refused_counted_and_told() {
    let _turn = turn::take();
    let network = Network::new(2);
    if !network.can("a code without a link") {
        return;
    }
    let mut meeting = Gathering::new(&network, "Closed meeting");
    meeting.host(|launch| launch);
    let right = meeting.code();
    for (attempt, code) in [Some(another(&right)), None].into_iter().enumerate() {
        let mut words = vec!["join", &meeting.title, "--name", "Mallory"];
        words.extend(code.iter().flat_map(|code| ["--code", code.as_str()]));
        let data = meeting.file(&format!("mallory-{attempt}"));
        let stranger = Launch::new(&network, 1, "Mallory", &words).data(&data).start();
        let refused = stranger.event("refused", PATIENCE);
        println!("with {code:?}: refused, {}", refused.text("reason"));
        assert_eq!(stranger.exit_code(PATIENCE), REFUSED);
        assert!(stranger.lines().iter().all(|line| !line.is("joined") && !line.is("member")));
    }
    let _told = meeting.node(0).event("warning", PATIENCE);
    meeting.join(1, |launch| launch);
    meeting.joined(1, PATIENCE);
    meeting.close();
}

/// A code of the same shape that is not `right`.
fn another(right: &str) -> String {
    let turned = |c: char| match c {
        '0'..='8' => char::from(c as u8 + 1),
        '9' => '0',
        'z' => 'a',
        'a'..='y' => char::from(c as u8 + 1),
        other => other,
    };
    right.chars().map(turned).collect()
}

#[test]
fn who_looks_for_another_meeting_finds_none() {
    let _turn = turn::take();
    let network = Network::new(2);
    if !network.can("finding by multicast") {
        return;
    }
    let mut meeting = Gathering::new(&network, "This meeting");
    meeting.host(|launch| launch);
    let words = ["join", "That meeting", "--name", "Ben"];
    let lost = Launch::new(&network, 1, "Ben", &words).data(&meeting.data(1)).start();
    assert_eq!(lost.exit_code(PATIENCE), NOT_FOUND, "{}", lost.tail());
    meeting.close();
}

#[test]
fn an_open_meeting_takes_everyone() {
    let _turn = turn::take();
    let network = Network::new(3);
    let mut meeting = Gathering::new(&network, "Open meeting");
    meeting.host(|launch| launch.with("--join", "open"));
    assert_eq!(meeting.code(), "");
    meeting.all_join(|_, launch| launch);
    let _agreed = meeting.must_agree(Duration::from_secs(5));
    meeting.close();
}

#[test]
fn who_asks_is_admitted_or_refused_by_any_member() {
    let _turn = turn::take();
    let network = Network::new(3);
    let mut meeting = Gathering::new(&network, "Asking meeting");
    meeting.host(|launch| launch.with("--join", "ask"));
    meeting.join(1, |launch| launch);
    answer(&meeting, 0, 1, "admit");
    meeting.joined(1, PATIENCE);
    meeting.join(2, |launch| launch);
    answer(&meeting, 0, 2, "refuse");
    let refused = meeting.node(2).event("refused", PATIENCE);
    println!("refused: {}", refused.text("reason"));
    assert_eq!(meeting.node(2).exit_code(PATIENCE), REFUSED);
    meeting.close();
}

/// Member `member` sees who waits, and answers.
fn answer(meeting: &Gathering<'_>, member: usize, newcomer: usize, word: &str) {
    let asks = |line: &moot_tests::event::Line| {
        line.is("member") && line.text("name") == NAMES[newcomer] && line.text("state") == "asking"
    };
    let _asked = meeting.node(member).expect("newcomer at the door", 0, PATIENCE, asks);
    meeting.node(member).command(&format!("{word} {}", NAMES[newcomer]));
}

#[test]
fn a_link_gets_one_in_where_multicast_does_not_pass() {
    let _turn = turn::take();
    let network = Network::new(3);
    if !network.can("blocking multicast") {
        return;
    }
    network.block_mdns(2, true);
    let mut meeting = Gathering::new(&network, "Linked meeting");
    meeting.host(|launch| launch);
    meeting.join(1, |launch| launch);
    meeting.joined(1, PATIENCE);
    let words = ["join", &meeting.link(), "--name", NAMES[2]];
    let linked = Launch::new(&network, 2, NAMES[2], &words).data(&meeting.data(2)).start();
    let joined = linked.event("joined", PATIENCE);
    let after = (joined.at - linked.started).as_secs_f64();
    println!("joined by link after {after:.3} s");
    // Who came by a link learns the other members' addresses from the first one.
    let mark = linked.mark();
    network.split(&[&[1, 2], &[0]]);
    wait::span(Duration::from_secs(1));
    meeting.node(1).command("say can you hear me");
    let _heard = linked.expect("chat from the other", mark, PATIENCE, |line| line.is("chat"));
    network.heal();
}

#[test]
fn ipv6_alone_is_enough() {
    a_meeting_on(Addresses::Ipv6, "ipv6");
}

#[test]
fn link_local_addresses_alone_are_enough() {
    a_meeting_on(Addresses::LinkLocal, "link_local");
}

fn a_meeting_on(addresses: Addresses, name: &str) {
    let _turn = turn::take();
    let network = Network::with_addresses(3, addresses);
    if !network.can("choosing addresses") {
        return;
    }
    let mut meeting = Gathering::new(&network, "Bare network");
    meeting.host(|launch| launch);
    meeting.all_join(|_, launch| launch);
    let slowest = (1..3).map(|node| {
        let node = meeting.node(node);
        (node.event("joined", PATIENCE).at - node.started).as_secs_f64()
    });
    let mut report = Report::new(&format!("find_and_join_{name}"));
    report.at_most("in, from start, the slowest", Sample::of(slowest).max(), 5.0, "s");
    let _agreed = meeting.must_agree(Duration::from_secs(5));
    // The link must work there as well: its addresses carry no interface of the host's.
    let words = ["join", &meeting.link(), "--name", "Linus"];
    let linked = Launch::new(&network, 2, "Linus", &words).data(&meeting.file("linus")).start();
    let _in = linked.event("joined", PATIENCE);
    meeting.close();
    report.finish();
}
