//! Four laptops in one room and one elsewhere: who is outside hears each word once, the room hears nothing of
//! itself from loudspeakers, and one loudspeaker plays who is outside.

use moot_tests::acoustics::{copies, lag, level};
use moot_tests::event::Line;
use moot_tests::gathering::{Gathering, NAMES, PATIENCE};
use moot_tests::net::Network;
use moot_tests::report::Report;
use moot_tests::stats::Sample;
use moot_tests::{speech, turn, wait, wav};
use std::path::Path;
use std::time::Duration;

/// Laptops in the room; the last one is elsewhere.
const ROOM: usize = 4;

/// Samples of a second.
const SECOND: usize = 48_000;

/// Seconds for which each of the speakers speaks, in this order.
const TURN: usize = 5;
const SPEAKERS: [usize; 5] = [0, 2, 1, 3, 0];

/// How much quieter a voice is at the other laptops: some metres away.
const FAR: f32 = 0.35;

/// What who is elsewhere says lasts so long.
const ELSEWHERE: Duration = Duration::from_secs(8);

#[test]
fn who_is_outside_hears_each_word_once_and_the_room_nothing_of_itself() {
    let _turn = turn::take();
    let network = Network::new(ROOM + 1);
    if !network.can("five nodes that play at once") {
        return;
    }
    let mut meeting = Gathering::new(&network, "One room");
    let voices = speech::with_clicks((TURN * SPEAKERS.len() + 8) as f64, &[]);
    let (said, other) = voices.split_at(TURN * SPEAKERS.len() * SECOND);
    for laptop in 0..ROOM {
        let turn = |n: usize| SPEAKERS[(n / (TURN * SECOND)).min(SPEAKERS.len() - 1)];
        let near = |n: usize| if turn(n) == laptop { 1.0 } else { FAR };
        let heard: Vec<f32> = said.iter().enumerate().map(|(n, v)| v * near(n)).collect();
        wav::write(&meeting.file(&format!("{laptop}.wav")), &heard).expect("a file");
    }
    wav::write(&meeting.file("outside.wav"), other).expect("a file");
    let sinks: Vec<_> = (0..=ROOM).map(|n| meeting.file(&format!("heard-{n}.wav"))).collect();
    let sit = |node: usize, launch: moot_tests::launch::Launch| {
        let launch = launch.with("--sink", &sinks[node]);
        if node < ROOM { launch.with("--room", "Elbe") } else { launch }
    };
    meeting.host(|launch| sit(0, launch));
    meeting.all_join(sit);
    for node in 0..ROOM {
        let whole = |line: &Line| {
            let members = line.body["members"].as_array().map_or(0, Vec::len);
            line.is("room") && members == ROOM - 1 && line.body["loudspeaker"].is_string()
        };
        let _together = meeting.node(node).expect("the whole room", 0, PATIENCE, whole);
    }
    wait::span(Duration::from_secs(2));

    // The room speaks; nobody else does.
    let marks: Vec<usize> = (0..ROOM).map(|node| meeting.node(node).mark()).collect();
    for node in 0..ROOM {
        let file = meeting.file(&format!("{node}.wav"));
        meeting.node(node).command(&format!("source {}", file.display()));
    }
    wait::span(Duration::from_secs((TURN * SPEAKERS.len() + 1) as u64));
    let own: Vec<usize> = sinks[..ROOM].iter().map(|sink| loud(&heard(sink))).collect();
    let microphones = |node: usize| -> Vec<String> {
        let lines = meeting.node(node).lines().split_off(marks[node]);
        let rooms = lines.iter().filter(|line| line.is("room"));
        let held = rooms.map(|line| line.text("microphone").to_owned()).filter(|id| !id.is_empty());
        let mut held: Vec<String> = held.collect();
        held.dedup();
        held
    };
    let peers: Vec<String> = (0..ROOM).map(|node| meeting.node(node).peer()).collect();
    let called = |id: &String| peers.iter().position(|peer| peer == id).map_or("?", |n| NAMES[n]);
    let held: Vec<String> = microphones(0);
    println!("microphones, as told: {:?}", held.iter().map(called).collect::<Vec<_>>());

    // Somebody elsewhere speaks.
    meeting.node(ROOM).command(&format!("source {}", meeting.file("outside.wav").display()));
    wait::span(ELSEWHERE + Duration::from_secs(1));
    let concealed = heard_badly(&meeting, ROOM);

    // The same with no rules, so that what is measured can be seen.
    (0..ROOM).for_each(|node| meeting.node(node).command("room none"));
    wait::span(Duration::from_secs(1));
    let before = heard(&sinks[ROOM]).len();
    for node in 0..ROOM {
        let file = meeting.file(&format!("{node}.wav"));
        meeting.node(node).command(&format!("source {}", file.display()));
    }
    wait::span(Duration::from_secs(TURN as u64 + 2));
    meeting.close();

    let mut report = Report::new("one_room");
    let outside = heard(&sinks[ROOM]);
    let with = once(&mut report, "with the room's rules", said, &outside[..before]);
    let without = once(&mut report, "without", &said[..TURN * SECOND], &outside[before..]);
    report.at_most("a second copy of a word outside, median", with, 0.2, "of the first");
    report.at_least("the same without a room", without, 0.25, "of the first");
    report.at_most(
        "samples of its own voices in the room",
        own.iter().sum::<usize>() as f64,
        0.0,
        "",
    );
    let speakers = SPEAKERS.iter().filter(|n| held.contains(&peers[**n])).count();
    report.at_least("turns whose speaker's microphone was open", speakers as f64, 5.0, "");
    report.at_most("concealed frames outside", concealed, 5.0, "");
    let until = before.min(sinks.iter().map(|sink| heard(sink).len()).min().unwrap_or(0));
    let playing =
        sinks[..ROOM].iter().map(|sink| heard(sink)).filter(|sound| loud(&sound[..until]) > 0);
    let playing: Vec<Vec<f32>> = playing.collect();
    report.at_most("loudspeakers on", playing.len() as f64, 1.0, "");
    report.at_least("loudspeakers on", playing.len() as f64, 1.0, "");
    let plays = level(&playing[0][..until]) > -60.0;
    report.at_least("who is outside is heard in the room", f64::from(u8::from(plays)), 1.0, "");
    report.finish();
}

/// Prints and gives the median of second copies.
fn once(report: &mut Report, name: &str, said: &[f32], heard: &[f32]) -> f64 {
    let all = copies(said, heard, lag(said, heard));
    let seconds = Sample::of(all.iter().map(|copies| f64::from(copies.second)));
    report.figure(&format!("windows, {name}"), all.len() as f64, "");
    report.figure(
        &format!("second copy, {name}, the worst tenth"),
        seconds.rank(90.0),
        "of the first",
    );
    seconds.median()
}

/// What a sink has been given so far.
fn heard(sink: &Path) -> Vec<f32> {
    wav::read(sink).expect("a sink that is written").1
}

fn loud(sound: &[f32]) -> usize {
    sound.iter().filter(|sample| **sample != 0.0).count()
}

/// Frames of all others that were made up at a node.
fn heard_badly(meeting: &Gathering<'_>, node: usize) -> f64 {
    let mut last = std::collections::BTreeMap::new();
    for line in meeting.node(node).lines().iter().filter(|line| line.is("audio")) {
        last.insert(line.text("author").to_owned(), line.number("concealed"));
    }
    last.values().sum()
}
