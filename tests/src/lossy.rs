//! A voice on its way through a network that loses packets, one by one or in bursts: by a stream, as today, or by
//! datagrams. Simulated in time of its own; what arrives goes through the product's jitter buffer and codec.

use crate::chance::Chance;
use moot_node::io::audio::{BLOCK, Block, Decoder, Encoder, SILENT};
use moot_node::limits::FRAME_SAMPLES;
use moot_node::room::playout::{DelayChoice, JitterBuffer, Play};
use moot_node::room::time::{LocalTime, MediaTime};

/// Nanoseconds of a millisecond.
const MS: f64 = 1e6;

/// Nanoseconds of a frame.
const FRAME: f64 = 20.0 * MS;

/// How often the state of a bursty network may change: 5 ms.
const STEP: f64 = 5.0 * MS;

/// Mean length of a burst in which everything is lost: 60 ms, three frames.
const BURST: f64 = 60.0 * MS;

/// How often frames, at most, are lost again and again before nobody waits for them.
const TIMES: usize = 200;

/// Radio: this much, in milliseconds, and more rarely more, is added to half a round trip.
const WAVERS: f64 = 0.5;

/// A network that loses `loss` of all packets.
#[derive(Clone, Copy, Debug)]
pub struct Network {
    /// Of all packets, 0 to 1.
    pub loss: f64,
    /// In bursts (Gilbert and Elliott: a good state that loses nothing and a bad one that loses all), else one by one.
    pub bursty: bool,
    /// There and back, in milliseconds.
    pub round_trip: f64,
}

/// How frames travel.
#[derive(Clone, Copy, Debug)]
pub enum Way {
    /// A QUIC stream: what is lost is sent again as soon as that is known, and what follows waits for it.
    Stream,
    /// Datagrams, each of which brings so many frames before its own once more.
    Datagrams {
        /// So many.
        again: usize,
    },
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Listened {
    /// As it was heard, from the moment on at which the first frame was captured.
    pub sound: Vec<f32>,
    /// Percent of all frames that were made up.
    pub concealed: f64,
    /// Percent that were restored from the next one's redundancy.
    pub recovered: f64,
    /// From the end of a frame's capture to its playout, in milliseconds, at the mean.
    pub delay_ms: f64,
}

/// One course of a network.
struct Course {
    network: Network,
    chance: Chance,
    /// Of each step: everything is lost.
    bad: Vec<bool>,
}

impl Course {
    fn new(network: Network, seed: u64, frames: usize) -> Self {
        let mut chance = Chance::new(seed);
        let steps = ((frames + 2 * TIMES) as f64 * FRAME / STEP) as usize;
        let (ends, mut now) = (STEP / BURST, false);
        let begins = ends * network.loss / (1.0 - network.loss);
        let step = || {
            now ^= even(&mut chance) < if now { ends } else { begins };
            network.bursty && now
        };
        let bad = std::iter::repeat_with(step).take(steps).collect();
        Self { network, chance, bad }
    }

    /// Whether a packet that is sent at `at` is lost.
    fn loses(&mut self, at: f64) -> bool {
        if self.network.bursty {
            return self.bad.get((at / STEP) as usize).copied().unwrap_or(false);
        }
        even(&mut self.chance) < self.network.loss
    }

    /// When a packet that is sent at `at` arrives, if it does.
    fn arrives(&mut self, at: f64) -> f64 {
        let wavers = -(1.0 - even(&mut self.chance)).ln() * WAVERS;
        at + (self.network.round_trip / 2.0 + wavers) * MS
    }

    /// When each frame arrives by a stream. A packet is known to be lost when a later one is acknowledged and 9/8 of a
    /// round trip have passed (RFC 9002 §6.1); a gap is told at once (RFC 9000 §13.2.1). A probe after a timeout
    /// never comes, as each frame begins the timeout anew.
    fn stream(&mut self, frames: usize) -> Vec<(f64, usize)> {
        let round_trip = self.network.round_trip * MS;
        let came: Vec<bool> = (0..frames + TIMES).map(|n| !self.loses(sent(n))).collect();
        let told: Vec<bool> =
            (0..frames + TIMES).map(|n| came[n] && !self.loses(sent(n) + round_trip)).collect();
        let (mut arrivals, mut latest) = (Vec::new(), 0.0_f64);
        for (n, came) in came.iter().take(frames).enumerate() {
            let (mut at, mut lost) = (sent(n), !came);
            while lost {
                let later = (n + 1..frames + TIMES).find(|later| sent(*later) > at && told[*later]);
                let Some(later) = later else { break };
                at = (sent(later) + round_trip).max(at + round_trip * 9.0 / 8.0);
                lost = self.loses(at);
            }
            latest = self.arrives(at).max(latest);
            arrivals.push((latest, n));
        }
        arrivals
    }

    fn datagrams(&mut self, frames: usize, again: usize) -> Vec<(f64, usize)> {
        let mut arrivals = Vec::new();
        for n in 0..frames {
            if !self.loses(sent(n)) {
                let arrived = self.arrives(sent(n));
                // What may be missing first; the jitter buffer takes each once.
                arrivals.extend((n.saturating_sub(again)..=n).map(|frame| (arrived, frame)));
            }
        }
        arrivals.sort_by(|one, two| one.0.total_cmp(&two.0));
        arrivals
    }
}

/// Frame `n` is sent when its 20 ms are over.
fn sent(n: usize) -> f64 {
    (n + 1) as f64 * FRAME
}

/// Evenly in 0..1.
fn even(chance: &mut Chance) -> f64 {
    (chance.bits() >> 11) as f64 / (1_u64 << 53) as f64
}

/// The packets of a voice.
///
/// # Panics
/// When libopus has no memory.
#[must_use]
pub fn packets(sound: &[f32]) -> Vec<Vec<u8>> {
    let mut encoder = Encoder::new().expect("libopus works");
    let block = |part: &[f32]| {
        let mut block: Block = SILENT;
        block.copy_from_slice(part);
        encoder.encode(&block).expect("a block")
    };
    sound.chunks_exact(BLOCK).map(block).collect()
}

/// Hears `packets` through `network`, by who chose so.
///
/// # Panics
/// When libopus has no memory.
#[must_use]
pub fn listen(packets: &[Vec<u8>], network: Network, way: Way, choice: DelayChoice) -> Listened {
    let frames = packets.len();
    let mut course = Course::new(network, 7, frames);
    let arrivals = match way {
        Way::Stream => course.stream(frames),
        Way::Datagrams { again } => course.datagrams(frames, again),
    };
    let first = arrivals.first().map_or(0.0, |(arrived, _)| *arrived);
    let beat = first + choice.behind().as_nanos() as f64;
    let mut arrivals = arrivals.into_iter().peekable();
    let mut buffer = JitterBuffer::new(choice.tuning());
    let mut decoder = Decoder::new().expect("libopus works");
    let mut sound = vec![0.0; (beat / MS * 48.0) as usize];
    let (mut waited, mut heard) = (0.0, 0_u32);
    for block in 0..frames {
        let due = beat + block as f64 * FRAME;
        while let Some((arrived, n)) = arrivals.next_if(|(arrived, _)| *arrived <= due) {
            let at = MediaTime::from_samples(n as u64 * FRAME_SAMPLES);
            buffer.insert(LocalTime::from_nanos(arrived as u64), at, packets[n].clone());
        }
        let pull = buffer.pull(LocalTime::from_nanos(due as u64));
        if let Some(at) = pull.first {
            waited += (due - sent((at.samples() / FRAME_SAMPLES) as usize)) / MS;
            heard += 1;
        }
        sound.extend(played(&mut decoder, &pull.play));
    }
    let counters = buffer.counters();
    let percent = |count: u64| count as f64 / frames as f64 * 100.0;
    let (concealed, recovered) = (percent(counters.concealed), percent(counters.recovered));
    Listened { sound, concealed, recovered, delay_ms: waited / f64::from(heard.max(1)) }
}

fn played(decoder: &mut Decoder, play: &Play) -> Block {
    match play {
        Play::Frame(packet) => decoder.frame(packet),
        Play::Join(one, two) => {
            let (one, two) = (decoder.frame(one), decoder.frame(two));
            let mix = |n: usize| {
                let share = n as f32 / BLOCK as f32;
                one[n] * (1.0 - share) + two[n] * share
            };
            std::array::from_fn(mix)
        }
        Play::Fec(follower) => decoder.recover(follower),
        Play::Conceal | Play::Stretch => decoder.conceal(),
        Play::Silence => SILENT,
    }
}
