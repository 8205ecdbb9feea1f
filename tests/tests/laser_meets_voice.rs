//! A laser pointer and the word it belongs to, at every listener; and that pointing costs the sound
//! nothing.

use moot_tests::chance::Chance;
use moot_tests::event::Line;
use moot_tests::gathering::Gathering;
use moot_tests::net::Network;
use moot_tests::offsets::{HEAD, Offsets};
use moot_tests::process::Node;
use moot_tests::report::Report;
use moot_tests::stats::Sample;
use moot_tests::talk::{LEAD_IN_SECS, Talk};
use moot_tests::{turn, wait};
use std::time::{Duration, Instant};

/// Seconds in which the talker points.
const SECONDS: f64 = 20.0;

/// Moves that the talker makes at known words.
const MOVES: usize = 60;

/// Moves a second that a listener makes all the while: a mouse's, twice what others are told.
const MOUSE_HZ: f64 = 60.0;

#[test]
fn without_loss() {
    let mut report = Report::new("laser_meets_voice_0");
    talk(&mut report, |_| {}, 0.0);
    report.finish();
}

#[test]
fn at_5_percent_loss() {
    let lossy = |network: &Network| (0..network.nodes()).for_each(|node| network.loss(node, 50));
    let mut report = Report::new("laser_meets_voice_5");
    talk(&mut report, lossy, 0.999);
    report.finish();
}

/// Three nodes; the host talks and points, the first listener moves the mouse about.
fn talk(report: &mut Report, condition: impl FnOnce(&Network), concealed: f64) {
    let _turn = turn::take();
    let network = Network::new(3);
    if !network.can("three nodes that play at once") {
        return;
    }
    let talk = Talk::pointing(&mut Chance::from_env(7), SECONDS, MOVES);
    let mut meeting = Gathering::new(&network, "Pointer");
    let ears = talk.open(&mut meeting, 3, 1..3);
    condition(&network);
    let begin = meeting.node(0).started + Duration::from_secs_f64(LEAD_IN_SECS);
    let pointing = meeting.node(1);
    for number in 0..(SECONDS * MOUSE_HZ) as u32 {
        wait::until(begin + Duration::from_secs_f64(f64::from(number) / MOUSE_HZ));
        pointing.command(&format!("laser 0.{:03},0.500", number % 1000));
    }
    pointing.command("laser off");
    talk.over(&meeting);
    let listeners: Vec<&Node> = (1..3).map(|node| meeting.node(node)).collect();
    let talker = meeting.node(0).peer();
    let lost = listeners.iter().map(|node| concealed_percent(node, &talker));
    let lost = Sample::of(lost).max();
    let told = moves_of(meeting.node(2), &pointing.peer());
    meeting.close();
    report.figure("moves of the mouse a second, told", told / SECONDS, "");
    report.at_most("moves of the mouse a second, told", told / SECONDS, 30.5, "");
    report.at_least("moves of the mouse a second, told", told / SECONDS, 15.0, "");
    let (mut rows, mut medians, mut p99s, mut missing) = (vec![], vec![], vec![], 0);
    for (node, ear) in listeners.iter().zip(ears) {
        let offsets = Offsets::measure(&talk.clicks, &node.lines(), &ear.finish());
        assert!(!offsets.pairs.is_empty(), "{}: no click was heard\n{}", node.name, node.tail());
        let size = offsets.measured().absolute();
        medians.push(size.median());
        p99s.push(size.p99());
        missing += offsets.missing;
        rows.push(offsets.row(&node.name));
    }
    report.table(&HEAD, &rows);
    report.at_most("|laser − sound|, worst median", Sample::of(medians).max(), 10.0, "ms");
    report.at_most("|laser − sound|, worst p99", Sample::of(p99s).max(), 40.0, "ms");
    // A place that the laser has left before it could be told is not told.
    report.at_most("places that never showed", missing as f64, 0.05 * 2.0 * MOVES as f64, "");
    report.at_most("concealed frames, the worst listener", lost, concealed, "%");
}

/// How many lasers of `peer` the node told.
fn moves_of(node: &Node, peer: &str) -> f64 {
    let moves = |line: &&Line| line.is("laser") && line.text("author") == peer;
    node.lines().iter().filter(moves).count() as f64
}

/// Frames of the talker's that were made up, of those that were due while they pointed.
fn concealed_percent(node: &Node, talker: &str) -> f64 {
    let lines = node.lines();
    let counts: Vec<&Line> = lines
        .iter()
        .filter(|line| line.is("audio") && line.text("author") == talker)
        .skip_while(|line| line.number("t_ms") < LEAD_IN_SECS * 1000.0)
        .collect();
    let [first, .., last] = counts[..] else {
        panic!("{} counted no frames\n{}", node.name, node.tail());
    };
    let more = |field: &str| last.number(field) - first.number(field);
    100.0 * more("concealed") / (more("t_ms") / 20.0)
}

#[test]
fn without_sound_a_laser_is_on_all_screens_within_100_ms() {
    let _turn = turn::take();
    let network = Network::new(3);
    let mut meeting = Gathering::new(&network, "Silent pointer");
    let deck = meeting.file("deck.pdf");
    std::fs::write(&deck, moot_tests::pdf::deck(1)).expect("temporary folder is writable");
    meeting.host(|launch| launch.with("--document", &deck));
    meeting.all_join(|_, launch| launch);
    for node in meeting.present() {
        let _first = node.whole_page();
    }
    let mut delays = Vec::new();
    for number in 0..60 {
        let x = 0.001 * f64::from(number + 1);
        let marks: Vec<usize> = meeting.present().map(Node::mark).collect();
        let typed = Instant::now();
        meeting.node(0).command(&format!("laser {x:.3},0.5"));
        let shown = |line: &Line| line.is("laser") && (line.number("x") - x).abs() < 1e-6;
        for (node, mark) in meeting.present().zip(marks).skip(1) {
            let line = node.expect("the laser", mark, Duration::from_secs(2), shown);
            delays.push((line.at - typed).as_secs_f64() * 1000.0);
        }
        wait::span(Duration::from_millis(50));
    }
    let delays = Sample::of(delays);
    let mut report = Report::new("laser_without_sound");
    report.figure("typed to shown, median", delays.median(), "ms");
    report.at_most("typed to shown on all screens, p99", delays.p99(), 100.0, "ms");
    report.figure("typed to shown, max", delays.max(), "ms");
    meeting.close();
    report.finish();
}
