//! Four laptops in a room, two at home who see the company's server and nothing else: what they see and hear, and when.

use moot_tests::chance::Chance;
use moot_tests::company::{Company, Kind, ROOM};
use moot_tests::gathering::{Gathering, NAMES, PATIENCE};
use moot_tests::launch::Launch;
use moot_tests::listen::{Heard, Listener};
use moot_tests::net::Network;
use moot_tests::offsets::{HEAD, Offsets};
use moot_tests::report::Report;
use moot_tests::stats::Sample;
use moot_tests::talk::Talk;
use moot_tests::turn;
use std::time::{Duration, Instant};

/// Laptops 0 to 3 sit in the room; 0 brings the meeting to the company's server.
const HERE: std::ops::Range<usize> = 1..4;

/// At home: their laptops and accounts.
const AT_HOME: [(usize, &str); 2] = [(4, "bob"), (5, "carol")];

/// Where the server runs.
const SERVER: usize = 6;

/// Pages of the deck on show.
const PAGES: u32 = 5;

/// Page turns, and as many strokes.
const TURNS: usize = 30;

/// Seconds of them.
const SECONDS: f64 = 45.0;

/// Frames of 20 ms that come home: of each second of the talk more than half, the rest is silence.
const FRAMES: f64 = SECONDS * 25.0;

/// Room and homes together agree at last.
const AGREE: Duration = Duration::from_secs(120);

#[test]
fn two_at_home_over_prosody() {
    two_at_home(Kind::Prosody, "bridged_prosody");
}

#[test]
fn two_at_home_over_ejabberd() {
    two_at_home(Kind::Ejabberd, "bridged_ejabberd");
}

fn two_at_home(kind: Kind, name: &str) {
    let _turn = turn::take();
    let network = Network::new(SERVER + 1);
    if !network.can("a company's server") {
        return;
    }
    let Some(company) = Company::start(kind, &network, SERVER) else { return };
    AT_HOME.iter().for_each(|(node, _)| network.reaches_only(*node, SERVER));
    let mut meeting = Gathering::new(&network, "Bridged");
    let talk = Talk::new(&mut Chance::new(61), SECONDS, TURNS, PAGES.into());
    let bridge = |node: usize, launch: Launch| match node {
        0 => company.account(launch.with("--bridge", ROOM), "alice"),
        _ => launch,
    };
    let here = talk.open_with(&mut meeting, PAGES, HERE, bridge);
    let mut at_home = Vec::new();
    for (node, account) in AT_HOME {
        let ear = Listener::at(&meeting.file(&format!("home-{node}.wav")));
        let way = format!("xmpp:{ROOM}");
        let words = ["join", &way, "--code", &meeting.code(), "--name", NAMES[node]];
        let launch = Launch::new(&network, node, NAMES[node], &words).data(&meeting.data(node));
        let launch = company.account(launch, account).with("--sink", ear.path());
        meeting.nodes[node] = Some(launch.start());
        at_home.push(ear);
    }
    for (node, _) in AT_HOME {
        meeting.joined(node, PATIENCE);
    }
    talk.over(&meeting);
    let mut report = Report::new(name);
    report.figure("seconds to equal digests", meeting.must_agree(AGREE), "s");
    let lines: Vec<_> = (0..SERVER).map(|node| meeting.node(node).lines()).collect();
    meeting.close();
    let heard: Vec<_> = here.into_iter().chain(at_home).map(Listener::finish).collect();
    let mut rows = Vec::new();
    let room = heard_at(&talk, &heard[0]);
    for (place, heard) in heard.iter().enumerate() {
        let node = place + 1;
        let offsets = Offsets::measure(&talk.clicks, &lines[node], heard);
        rows.push(offsets.row(NAMES[node]));
        if node < HERE.end {
            continue;
        }
        let size = offsets.measured().absolute();
        report.at_most(
            &format!("{}: page against voice, p99", NAMES[node]),
            size.p99(),
            60.0,
            "ms",
        );
        let missing = offsets.missing as f64;
        report.at_most(&format!("{}: actions that never came", NAMES[node]), missing, 0.0, "");
        let audio = lines[node].iter().rfind(|line| line.is("audio"));
        let (received, concealed) =
            audio.map_or((0.0, 0.0), |a| (a.number("received"), a.number("concealed")));
        let late = audio.map_or(0.0, |a| a.number("late"));
        report.figure(&format!("{}: frames that came too late", NAMES[node]), late, "");
        report.at_least(&format!("{}: frames of a voice", NAMES[node]), received, FRAMES, "");
        let share = 100.0 * concealed / received.max(1.0);
        report.at_most(&format!("{}: of them made up", NAMES[node]), share, 2.0, "%");
        // How long after the room a word is heard at home: both clocks are this machine's.
        let home = heard_at(&talk, heard);
        let later = room.iter().zip(&home).filter_map(|(room, home)| {
            Some(home.as_ref()?.duration_since((*room)?).as_secs_f64() * 1e3)
        });
        let later = Sample::of(later);
        report.figure(
            &format!("{}: later than the room, median", NAMES[node]),
            later.median(),
            "ms",
        );
        report.figure(&format!("{}: later than the room, p99", NAMES[node]), later.p99(), "ms");
    }
    report.table(&HEAD, &rows);
    report.finish();
}

/// When each click was heard by this listener.
fn heard_at(talk: &Talk, heard: &Heard) -> Vec<Option<Instant>> {
    let mut moments = vec![None; talk.clicks.len()];
    for (number, moment) in heard.clicks(&talk.clicks) {
        moments[number] = Some(moment);
    }
    moments
}
