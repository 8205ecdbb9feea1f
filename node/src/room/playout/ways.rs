//! A STREAM OR DATAGRAMS for a voice: both through networks that lose packets one by one and in bursts, into the same
//! jitter buffer. It is what docs/DECISIONS.md says of them.
//!
//! `cargo test -p moot-node --lib playout::ways -- --nocapture` prints the table.

use super::DelayChoice;
use super::traces::{Chance, MS, Outcome, hear};

/// Frames of one run: two minutes.
const FRAMES: u64 = 6000;

/// Nanoseconds of a frame.
const FRAME: f64 = 20.0 * MS;

/// How often the state of a bursty network may change: 5 ms.
const STEP: f64 = 5.0 * MS;

/// Mean length of a burst in which everything is lost: 60 ms, three frames.
const BURST: f64 = 60.0 * MS;

/// A network that loses `loss` of all packets.
#[derive(Clone, Copy)]
struct Network {
    loss: f64,
    /// In bursts (Gilbert and Elliott: a good state that loses nothing and a bad one that loses all), else one by one.
    bursty: bool,
    /// There and back, in milliseconds.
    round_trip: f64,
}

/// One course of it: which packets are lost is asked in any order.
struct Course {
    network: Network,
    chance: Chance,
    /// Of each step: everything is lost.
    bad: Vec<bool>,
}

impl Course {
    fn new(network: Network, seed: u64) -> Self {
        let mut chance = Chance::seeded(seed);
        let steps = ((FRAMES + 500) as f64 * FRAME / STEP) as usize;
        let (ends, mut now) = (STEP / BURST, false);
        let begins = ends * network.loss / (1.0 - network.loss);
        let mut step = || {
            let turns = chance.even() < if now { ends } else { begins };
            now ^= turns;
            network.bursty && now
        };
        let bad = std::iter::repeat_with(&mut step).take(steps).collect();
        Self { network, chance, bad }
    }

    /// Whether a packet that is sent at `at` is lost.
    fn loses(&mut self, at: f64) -> bool {
        if self.network.bursty {
            return self.bad.get((at / STEP) as usize).copied().unwrap_or(false);
        }
        self.chance.even() < self.network.loss
    }

    /// When a packet that is sent at `at` arrives: half a round trip and some radio later.
    fn arrives(&mut self, at: f64) -> f64 {
        at + (self.network.round_trip / 2.0 + 0.5 * self.chance.normal().abs()) * MS
    }
}

/// A QUIC stream: what is lost is sent again as soon as that is known, and what follows waits for it. A packet is known to
/// be lost when a later one is acknowledged and 9/8 of a round trip have passed (RFC 9002 §6.1), of which a gap
/// is told at once (RFC 9000 §13.2.1). A probe after a timeout never comes: each frame begins the timeout anew.
fn stream(course: &mut Course) -> Vec<(f64, u64)> {
    let round_trip = course.network.round_trip * MS;
    // Frame n is complete at the end of its 20 ms; which frames were acknowledged is asked more than once.
    let sent = |n: u64| (n + 1) as f64 * FRAME;
    let acknowledged: Vec<bool> = (0..FRAMES + 200)
        .map(|n| !course.loses(sent(n)) && !course.loses(sent(n) + round_trip))
        .collect();
    let (mut arrivals, mut latest) = (Vec::new(), 0.0_f64);
    for n in 0..FRAMES {
        let (mut at, mut lost) = (sent(n), !acknowledged[n as usize] && course.loses(sent(n)));
        while lost {
            let later = (n + 1..FRAMES + 200).find(|m| sent(*m) > at && acknowledged[*m as usize]);
            let Some(later) = later else { break };
            at = (sent(later) + round_trip).max(at + round_trip * 9.0 / 8.0);
            lost = course.loses(at);
        }
        latest = course.arrives(at).max(latest);
        arrivals.push((latest, n));
    }
    arrivals
}

/// Datagrams, each of which brings the `again` frames before it once more.
fn datagrams(course: &mut Course, again: u64) -> Vec<(f64, u64)> {
    let mut arrivals = Vec::new();
    for n in 0..FRAMES {
        let at = (n + 1) as f64 * FRAME;
        if !course.loses(at) {
            let arrived = course.arrives(at);
            // What was missing first: the jitter buffer takes each once.
            arrivals.extend((n.saturating_sub(again)..=n).map(|frame| (arrived, frame)));
        }
    }
    arrivals
}

fn heard(network: Network, bring: impl Fn(&mut Course) -> Vec<(f64, u64)>) -> Outcome {
    hear(bring(&mut Course::new(network, 7)), 0.0, FRAME, FRAMES, DelayChoice::Usual)
}

#[test]
fn a_stream_is_as_good_as_datagrams_where_the_way_is_short() {
    println!(
        "concealed + restored by the codec, of all frames; mean delay. Stream | datagrams with 0, 1, 2 frames again"
    );
    for bursty in [false, true] {
        for loss in [0.01, 0.05, 0.1] {
            for round_trip in [2.0, 20.0, 60.0, 150.0] {
                let network = Network { loss, bursty, round_trip };
                let stream = heard(network, stream);
                let datagrams = [0, 1, 2].map(|again| heard(network, |c| datagrams(c, again)));
                let tell = |way: &Outcome| {
                    let Outcome { concealed, recovered, delay_ms, .. } = way;
                    format!("{concealed:5.2} + {recovered:4.2} %, {delay_ms:3.0} ms")
                };
                let row: Vec<_> = std::iter::once(&stream).chain(&datagrams).map(tell).collect();
                let kind = if bursty { "bursts" } else { "single" };
                println!("{kind} {:4.0} % {round_trip:4.0} ms: {}", loss * 100.0, row.join(" | "));
                if round_trip <= 20.0 {
                    let lost = datagrams[2].concealed + datagrams[2].recovered;
                    assert!(stream.concealed <= lost + 1.0, "{stream}; {}", datagrams[2]);
                }
            }
        }
    }
}
