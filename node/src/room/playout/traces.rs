//! Simulated networks for the jitter buffer: seeded, so that a failing seed replays.
//!
//! `cargo test -p moot-node --lib playout::traces -- --nocapture` prints one line per network:
//! concealed, late, skipped, inserted blocks and the mean delay from a sample's capture to its
//! playout, above the fastest way.

use super::DelayChoice;
use super::jitter::{JitterBuffer, Play};
use crate::limits::FRAME_SAMPLES;
use crate::room::time::{LocalTime, MediaTime};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// Frames of one run: 60 s, what the issue measures.
const FRAMES: u64 = 3000;

/// Nanoseconds in a millisecond.
const MS: f64 = 1e6;

struct Network {
    name: &'static str,
    /// Transit time of one frame in milliseconds, `None`: lost.
    transit: fn(&mut Chance) -> Option<f64>,
    /// A frame waits for those before it.
    in_order: bool,
}

struct Chance(ChaCha8Rng);

impl Chance {
    fn seeded(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// Evenly in 0..1.
    fn even(&mut self) -> f64 {
        f64::from(self.0.next_u32()) / f64::from(u32::MAX)
    }

    /// Normal with mean 0 and deviation 1 (Irwin–Hall).
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.even()).sum::<f64>() - 6.0
    }
}

const LAN: Network =
    Network { name: "lan", transit: |c| Some(2.0 + c.normal().abs()), in_order: true };
const WIFI: Network = Network {
    name: "wifi",
    transit: |c| {
        let stall = if c.even() < 0.004 { 80.0 * c.even() } else { 0.0 };
        (c.even() > 0.01).then(|| 3.0 + 4.0 * c.normal().abs() + stall)
    },
    in_order: false,
};
const BAD: Network = Network {
    name: "bad",
    transit: |c| {
        let stall = if c.even() < 0.01 { 150.0 * c.even() } else { 0.0 };
        (c.even() > 0.03).then(|| 5.0 + 12.0 * c.normal().abs() + stall)
    },
    in_order: false,
};
const RETRANSMIT: Network = Network {
    name: "5 % retransmit",
    transit: |c| {
        let lost = if c.even() < 0.05 { 20.0 + 40.0 * c.even() } else { 0.0 };
        Some(2.0 + c.normal().abs() * 0.5 + lost)
    },
    in_order: true,
};

#[derive(Debug)]
struct Outcome {
    /// Percent of all frames that were made up.
    concealed: f64,
    /// Percent that were restored from the next one's redundancy.
    recovered: f64,
    /// From capture to playout, at the mean.
    delay_ms: f64,
    worst_ms: f64,
    /// Frames that were heard from their own packet.
    heard: u64,
    /// Blocks in a row that were made up, at most.
    gap: u32,
}

/// Plays 60 s through `network`; the talker's clock runs `ppm` faster than the listener's.
fn run(network: &Network, seed: u64, ppm: f64) -> Outcome {
    listen(network, seed, ppm, DelayChoice::Usual, FRAMES)
}

/// Plays `frames` through it, heard by who chose so.
fn listen(network: &Network, seed: u64, ppm: f64, choice: DelayChoice, frames: u64) -> Outcome {
    let mut chance = Chance::seeded(seed);
    let frame_ns = 20.0 * MS / (1.0 + ppm * 1e-6);
    let origin = 5_000.0 * MS + chance.even() * 20.0 * MS;
    let mut arrivals: Vec<(f64, u64)> = Vec::new();
    let mut latest = 0.0_f64;
    for i in 0..frames {
        let sent = origin + (i + 1) as f64 * frame_ns;
        let Some(transit) = (network.transit)(&mut chance) else { continue };
        let mut arrived = sent + transit * MS;
        if network.in_order {
            arrived = arrived.max(latest);
            latest = arrived;
        }
        arrivals.push((arrived, i));
    }
    let outcome = hear(arrivals, origin, frame_ns, frames, choice);
    println!("{:<15} {choice:?} seed {seed} {ppm:>5} ppm: {outcome}", network.name);
    outcome
}

/// Hears what arrives (when, in nanoseconds, and which frame) of a talker whose frame 0 began at `origin`.
fn hear(
    mut arrivals: Vec<(f64, u64)>,
    origin: f64,
    frame_ns: f64,
    frames: u64,
    choice: DelayChoice,
) -> Outcome {
    arrivals.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut chance = Chance::seeded(1);
    let mut buffer = JitterBuffer::new(choice.tuning());
    let mut arrivals = arrivals.into_iter().peekable();
    let (mut sum, mut worst, mut heard, mut packets) = (0.0, 0.0_f64, 0, 0);
    let (mut run, mut gap) = (0, 0);
    for block in 0..frames + 300 {
        let due = 5_000.0 * MS + block as f64 * 20.0 * MS;
        while let Some((arrived, i)) = arrivals.next_if(|(arrived, _)| *arrived <= due) {
            let length = 60 + (chance.0.next_u32() % 80) as usize;
            let mut packet = vec![0; if i % 100 > 80 { 12 } else { length }];
            // SILK, 20 ms, with the frame before it once more.
            (packet[0], packet[1]) = (9 << 3, 0x40);
            let at = MediaTime::from_samples(i * FRAME_SAMPLES);
            buffer.insert(LocalTime::from_nanos(arrived as u64), at, packet);
        }
        let pull = buffer.pull(LocalTime::from_nanos(due as u64));
        // The silence after the last frame is no gap, and a fast talker has done a little sooner.
        run = if pull.play == Play::Conceal && block + frames / 1000 + 50 < frames {
            run + 1
        } else {
            0
        };
        gap = gap.max(run);
        packets += match pull.play {
            Play::Frame(_) => 1,
            Play::Join(..) => 2,
            _ => 0,
        };
        if let Some(first) = pull.first {
            let captured = origin + (first.samples() / FRAME_SAMPLES + 1) as f64 * frame_ns;
            let delay = (due - captured) / MS;
            (sum, worst, heard) = (sum + delay, worst.max(delay), heard + 1);
        }
    }
    let counters = buffer.counters();
    let percent = |count: u64| count as f64 / frames as f64 * 100.0;
    Outcome {
        concealed: percent(counters.concealed),
        recovered: percent(counters.recovered),
        delay_ms: sum / f64::from(heard),
        worst_ms: worst,
        heard: packets,
        gap,
    }
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { concealed, recovered, delay_ms, worst_ms, heard, gap } = self;
        write!(
            f,
            "concealed {concealed:.2} %, recovered {recovered:.2} %, heard {heard}, at most {gap} in a row, \
             delay {delay_ms:.0} ms (at most {worst_ms:.0})"
        )
    }
}

#[test]
fn a_lan_conceals_nothing_and_delays_little() {
    for seed in 0..5 {
        let outcome = run(&LAN, seed, 0.0);
        assert_eq!(outcome.concealed, 0.0);
        assert_eq!(outcome.heard, FRAMES, "every frame is heard");
        assert!(outcome.delay_ms < 50.0, "{outcome:?}");
    }
}

#[test]
fn retransmission_at_five_percent_conceals_less_than_one() {
    for seed in 0..10 {
        let outcome = run(&RETRANSMIT, seed, 0.0);
        assert!(outcome.concealed < 1.0, "{outcome:?}");
        assert_eq!(outcome.heard, FRAMES, "late frames are heard late, not dropped");
        assert!(outcome.delay_ms < 120.0, "{outcome:?}");
    }
}

#[test]
fn redundancy_makes_up_for_what_radio_networks_lose() {
    for seed in 0..5 {
        assert!(run(&WIFI, seed, 0.0).concealed < 0.7);
        assert!(run(&BAD, seed, 0.0).concealed < 1.5);
    }
}

#[test]
fn clocks_200_ppm_apart_stay_together() {
    for ppm in [-200.0, 200.0] {
        for network in [&LAN, &RETRANSMIT] {
            let outcome = run(network, 7, ppm);
            assert!(outcome.concealed < 1.0, "{outcome:?}");
            assert!(outcome.worst_ms < 200.0, "{outcome:?}");
        }
    }
}

#[test]
fn who_chose_low_delay_hears_sooner_and_who_chose_smooth_misses_less() {
    for network in [&LAN, &RETRANSMIT, &BAD] {
        let [low, usual, smooth] =
            DelayChoice::ALL.map(|choice| listen(network, 3, 0.0, choice, FRAMES));
        assert!(
            low.delay_ms <= usual.delay_ms && usual.delay_ms < smooth.delay_ms,
            "{low}; {usual}"
        );
        assert!(smooth.concealed <= usual.concealed && usual.concealed <= low.concealed);
        assert!(low.concealed < 5.0, "{low}");
    }
}

/// Frames of half an hour.
const HALF_HOUR: u64 = 30 * 60 * 50;

#[test]
fn in_half_an_hour_nothing_is_missing_that_was_not_lost() {
    for (choice, ppm) in [(DelayChoice::Usual, 40.0), (DelayChoice::Low, -40.0)] {
        let outcome = listen(&LAN, 11, ppm, choice, HALF_HOUR);
        assert!(outcome.gap <= 1, "nothing longer than 20 ms: {outcome}");
        if choice == DelayChoice::Usual {
            assert_eq!(outcome.concealed, 0.0, "{outcome}");
        }
    }
}

#[test]
fn crystals_of_any_laptop_stay_together_for_ten_minutes() {
    for ppm in [-300.0, -100.0, 100.0, 300.0] {
        let outcome = listen(&LAN, 5, ppm, DelayChoice::Usual, HALF_HOUR / 3);
        assert!(outcome.concealed < 0.05 && outcome.gap <= 1, "{outcome}");
        assert!(outcome.worst_ms < 60.0, "{outcome}");
    }
}
