//! Power fails anywhere, the presenter's laptop included: nobody else stops, and who comes back has
//! every action that was reported as done.

use moot_tests::chance::Chance;
use moot_tests::event::Line;
use moot_tests::gathering::{Gathering, PATIENCE};
use moot_tests::launch::Launch;
use moot_tests::net::Network;
use moot_tests::process::Node;
use moot_tests::report::Report;
use moot_tests::stats::Sample;
use moot_tests::{pdf, turn, wait};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// Plugs pulled.
const KILLS: usize = 50;

/// Laptops.
const NODES: usize = 4;

/// How soon the floor must be someone's again.
const FLOOR_LIMIT: Duration = Duration::from_secs(5);

/// An entry that somebody said was done.
type Entry = (String, u64);

#[test]
fn fifty_power_cuts_lose_nothing_and_stop_nobody() {
    let _turn = turn::take();
    let network = Network::new(NODES);
    if !network.can("coming back by title") {
        return;
    }
    let mut chance = Chance::from_env(5);
    let mut meeting = Gathering::new(&network, "Power cuts");
    let deck = meeting.file("deck.pdf");
    std::fs::write(&deck, pdf::deck(8)).expect("temporary folder is writable");
    meeting.host(|launch| launch.with("--document", &deck));
    meeting.all_join(|_, launch| launch);
    let _first = meeting.node(0).whole_page();
    let mut story = Story { said: 0, presenter: 0, reported: BTreeSet::new() };
    let (mut floor, mut back, mut agreed) = (Vec::new(), Vec::new(), Vec::new());
    for kill in 0..KILLS {
        let victim = chance.between(0, NODES as u64) as usize;
        story.goes_on(&meeting, &mut chance);
        meeting.node(victim).kill();
        story.note(meeting.node(victim));
        floor.push(story.survives(&meeting, victim, &mut chance));
        let start = Instant::now();
        meeting.nodes[victim] = Some(meeting.returning(victim).start());
        let node = meeting.node(victim);
        let _in =
            node.expect(&format!("return after kill {kill}"), 0, PATIENCE, |l| l.is("joined"));
        back.push(start.elapsed().as_secs_f64());
        agreed.push(meeting.must_agree(Duration::from_secs(10)));
    }
    for node in meeting.present() {
        story.note(node);
    }
    let lost = story.lost(&mut meeting);
    let mut report = Report::new("kill_any_node");
    report.at_least("plugs pulled", KILLS as f64, 50.0, "");
    report.at_most("floor and pages again for all, the longest", Sample::of(floor).max(), 5.0, "s");
    report.figure("back in the meeting, median", Sample::of(back.clone()).median(), "s");
    report.figure("back in the meeting, the longest", Sample::of(back).max(), "s");
    report.figure("then equal digests, the longest", Sample::of(agreed).max(), "s");
    report.figure("actions reported as done", story.reported.len() as f64, "");
    report.at_most("of these lost", lost as f64, 0.0, "");
    meeting.close();
    report.finish();
}

/// What happens meanwhile.
struct Story {
    said: u64,
    presenter: usize,
    /// Lines of chat that their own author reported.
    reported: BTreeSet<Entry>,
}

impl Story {
    /// Everybody chats, the presenter turns pages and draws, until a moment that chance chooses.
    fn goes_on(&mut self, meeting: &Gathering<'_>, chance: &mut Chance) {
        for _ in 0..chance.between(3, 12) {
            let node = chance.between(0, NODES as u64) as usize;
            self.said += 1;
            meeting.node(node).command(&format!("say line {}", self.said));
            let presenter = meeting.node(self.presenter);
            match chance.between(0, 3) {
                0 => presenter.command(&format!("page {}", chance.between(1, 9))),
                1 => presenter.command("stroke 0.1,0.1 0.9,0.9 blue"),
                _ => {}
            }
            // From a fraction of a group commit (50 ms) to several.
            wait::span(Duration::from_millis(chance.between(2, 120)));
        }
    }

    /// The others still follow: somebody presents, turns a page, all see it. Seconds it took.
    fn survives(&mut self, meeting: &Gathering<'_>, victim: usize, chance: &mut Chance) -> f64 {
        let start = Instant::now();
        let others: Vec<usize> = (0..NODES).filter(|node| *node != victim).collect();
        let marks: Vec<usize> = others.iter().map(|node| meeting.node(*node).mark()).collect();
        let taker = *chance.one_of(&others);
        if self.presenter == victim {
            let peer = meeting.node(taker).peer();
            meeting.node(taker).command("present");
            self.presenter = taker;
            let taken = |line: &Line| line.is("floor") && line.text("presenter") == peer;
            for (node, mark) in others.iter().zip(&marks) {
                let _taken = meeting.node(*node).expect("the floor", *mark, FLOOR_LIMIT, taken);
            }
        }
        let presenter = meeting.node(self.presenter);
        let marks: Vec<usize> = others.iter().map(|node| meeting.node(*node).mark()).collect();
        let peer = presenter.peer();
        presenter.command("stroke 0.5,0.1 0.5,0.9 green");
        let drawn = |line: &Line| line.is("stroke") && line.text("author") == peer;
        for (node, mark) in others.iter().zip(marks) {
            let node = meeting.node(*node);
            assert!(node.runs(), "{} stopped\n{}", node.name, node.tail());
            let _follows = node.expect("a stroke after the power cut", mark, FLOOR_LIMIT, drawn);
        }
        start.elapsed().as_secs_f64()
    }

    /// Remembers which lines of its own `node` has reported.
    fn note(&mut self, node: &Node) {
        let lines = node.lines();
        let Some(me) =
            lines.iter().find(|line| line.is("ready")).map(|l| l.text("peer").to_owned())
        else {
            return;
        };
        let own = lines.iter().filter(|line| line.is("chat") && line.text("author") == me);
        self.reported.extend(own.filter_map(Line::entry));
    }

    /// How many reported lines a newcomer is not told: what is in no log is told to nobody.
    fn lost(&self, meeting: &mut Gathering<'_>) -> usize {
        let way_in = meeting.way_in();
        let words: Vec<&str> =
            ["join"].into_iter().chain(way_in.iter().map(String::as_str)).collect();
        let folder = meeting.file("witness");
        let words = [&words[..], &["--name", "Witness"]].concat();
        let witness = Launch::new(meeting.network, 1, "Witness", &words).data(&folder).start();
        let _in = witness.event("joined", PATIENCE);
        let told = || -> BTreeSet<Entry> {
            witness.lines().iter().filter(|line| line.is("chat")).filter_map(Line::entry).collect()
        };
        let missing = || self.reported.difference(&told()).count();
        let _in_time = wait::find(Duration::from_secs(10), || (missing() == 0).then_some(()));
        let lost = missing();
        if lost > 0 {
            let told = told();
            println!("lost: {:?}", self.reported.difference(&told).take(10).collect::<Vec<_>>());
        }
        witness.leave();
        lost
    }
}
