//! One talker's jitter buffer: frames in when they arrive, one 20 ms block out when the sink is due.
//!
//! Sans-IO: the clock is an argument and packets stay packets; `io::audio` decodes what a [`Pull`]
//! says. Sound travels in order over a reliable stream, so a frame that is missing with nothing
//! behind it is *late* and worth waiting for, and one with later frames behind it was dropped on
//! the way and never comes. What can't be heard in time is dropped, never played as a stale burst.

mod play;

use super::delay::{DelayMeter, nanos};
use super::packet::lasts_20_ms;
use crate::limits::{FRAME_SAMPLES, OPUS_PACKET_BYTES};
use crate::room::time::{LocalTime, MediaTime};
use play::{Clock, starts};
use std::collections::BTreeMap;
use std::time::Duration;

/// Frames held at most: 2.5 s, several times what the largest delay needs, 160 KB of packets.
pub(super) const HELD: usize = 128;

/// A frame this much faster than the fastest so far is a jump of the talker's clock, or a lie.
const JUMP: i64 = 1_000_000_000;

/// Frames in a row that make a jump believable: 100 ms of sound.
const JUMP_FRAMES: u32 = 5;

/// Frames that keep coming too late for this long mean that the way itself became longer.
const STALE: Duration = Duration::from_secs(1);

/// Arrivals closer than this belong to one burst behind a stall: they say nothing about jitter.
const BURST: Duration = Duration::from_millis(10);

/// Largest believable media time, in samples: 180 years. Keeps nanoseconds within 63 bits.
const LAST_SAMPLE: u64 = 1 << 48;

/// Blocks between two skips or insertions, so that speech stays speech.
const SPACING: u32 = 4;

/// How a jitter buffer trades delay for safety.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tuning {
    /// Least delay.
    pub floor: Duration,
    /// Greatest delay; frames later than this are never heard.
    pub ceiling: Duration,
    /// Delay to begin with, worn off over 10 s: what comes is not yet known.
    pub start: Duration,
    /// Frames of the last 20 s that came later than all others and are not waited for.
    pub outliers: usize,
    /// Added to the jitter seen.
    pub margin: Duration,
    /// How much the target falls a frame.
    pub fall: Duration,
}

impl Default for Tuning {
    /// Ceiling and margin: research, audio §3. Floor: 2 ms below the 10 ms at which playout begins behind
    /// the first frame, so that it gets back there. Start, the same (a quiet network shows nothing, and what it shows
    /// counts at once), one outlier and fall (20 ms a second): own choice, measured in `traces.rs`.
    fn default() -> Self {
        Self {
            floor: Duration::from_millis(8),
            ceiling: Duration::from_millis(200),
            start: Duration::from_millis(8),
            outliers: 1,
            margin: Duration::from_millis(5),
            fall: Duration::from_micros(400),
        }
    }
}

impl Tuning {
    /// A fixed delay, for frames that arrive by the clock: a replay.
    #[must_use]
    pub fn steady(delay: Duration) -> Self {
        Self { floor: delay, start: delay, ..Self::default() }
    }
}

/// What became of an inserted frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// It will be heard.
    Kept,
    /// It is here already, or was heard.
    Duplicate,
    /// Its moment has passed.
    Late,
    /// Not a 20 ms frame of this epoch, or from an unbelievable moment.
    Refused,
}

/// One 20 ms block to play.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pull {
    /// Media time of the block's first sample; `None` when no moment of the talker's is heard in it.
    pub first: Option<MediaTime>,
    /// What to decode for it.
    pub play: Play,
}

/// What to decode for a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Play {
    /// This packet.
    Frame(Vec<u8>),
    /// Both packets, the first crossfaded into the second: the delay shrinks by a frame.
    Join(Vec<u8>, Vec<u8>),
    /// The lost frame, from the redundancy in this packet (which stays in the buffer).
    Fec(Vec<u8>),
    /// Nothing came: conceal.
    Conceal,
    /// Go on sounding as before: the delay grows by a frame.
    Stretch,
    /// Nothing: the talker is silent, or frames are being collected.
    Silence,
}

/// What happened to a talker's frames.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Counters {
    /// Frames that came, whatever became of them.
    pub received: u64,
    /// Blocks that had to be made up because a frame was lost or late. The silence after a talker's
    /// last frame is not counted.
    pub concealed: u64,
    /// Lost frames restored from the redundancy of the next.
    pub recovered: u64,
    /// Frames that came after their moment.
    pub late: u64,
    /// Frames skipped to get nearer to the talker.
    pub skipped: u64,
    /// Blocks inserted to have more time for late frames.
    pub stretched: u64,
    /// Time the fastest frames wait now, in milliseconds.
    pub delay_ms: f64,
}

/// Collects one talker's frames of one epoch and says what to play.
#[derive(Debug)]
pub struct JitterBuffer {
    tuning: Tuning,
    meter: DelayMeter,
    frames: BTreeMap<u64, Vec<u8>>,
    state: State,
    counters: Counters,
    /// Frames `next-1`, `next-2`… by bit: were they heard from their own packet?
    heard: u128,
    /// Blocks made up since the last packet, not yet known to be a loss.
    unsettled: u64,
    /// Frames in a row from an unbelievable future.
    jumping: u32,
    /// The newest frame that its talker began with again after a pause.
    resumed: u64,
    stale_since: Option<LocalTime>,
    in_burst: bool,
    last_arrival: LocalTime,
    /// Blocks since the delay was last changed on purpose, and how long that has been wanted.
    since_change: u32,
    wanting: u32,
    /// Mean packet length in bytes: quiet frames are much shorter in VBR.
    mean_len: f32,
}

/// Frame numbers (media time / 960).
#[derive(Debug, Clone, Copy)]
enum State {
    /// Collecting; frames before `from` were heard. `unheard`: where a gap began, if one did.
    Waiting { from: u64, unheard: Option<u64> },
    /// `next` is due; `dry` blocks passed without a packet.
    Playing { next: u64, dry: u32 },
}

impl JitterBuffer {
    /// An empty buffer.
    #[must_use]
    pub fn new(tuning: Tuning) -> Self {
        Self {
            tuning,
            meter: DelayMeter::default(),
            frames: BTreeMap::new(),
            state: State::Waiting { from: 0, unheard: None },
            counters: Counters::default(),
            heard: 0,
            unsettled: 0,
            jumping: 0,
            resumed: 0,
            stale_since: None,
            in_burst: false,
            last_arrival: LocalTime::START,
            since_change: SPACING,
            wanting: 0,
            mean_len: 0.0,
        }
    }

    /// Takes a frame that arrived at `now`; `at` is its first sample.
    pub fn insert(&mut self, now: LocalTime, at: MediaTime, opus: Vec<u8>) -> Arrival {
        self.counters.received += 1;
        if at != at.frame_start()
            || at.samples() > LAST_SAMPLE
            || opus.len() > OPUS_PACKET_BYTES
            || !lasts_20_ms(&opus)
        {
            return Arrival::Refused;
        }
        let index = at.samples() / FRAME_SAMPLES;
        let offset = local(now) - starts(index);
        if let Some(refusal) = self.judge(now, offset) {
            return refusal;
        }
        self.in_burst &= now.since(self.last_arrival) < BURST;
        self.last_arrival = now;
        if !self.in_burst {
            self.meter.note(offset, &self.tuning);
        }
        self.keep(index, opus)
    }

    /// The frame at `at` is the first after a pause: what lies before it was never sent. Say so before it
    /// is inserted.
    pub fn resumes(&mut self, at: MediaTime) {
        self.resumed = at.samples() / FRAME_SAMPLES;
    }

    /// The block whose first sample is due at the sink at `now`. Call once per 20 ms.
    pub fn pull(&mut self, now: LocalTime) -> Pull {
        self.since_change = self.since_change.saturating_add(1);
        let Some(base) = self.meter.base() else { return SILENCE };
        let clock = Clock { now: local(now), base, target: self.meter.target() };
        if let State::Waiting { from, unheard } = self.state {
            let Some(first) = self.start(from, clock) else {
                self.counters.delay_ms = clock.target as f64 / 1e6;
                return SILENCE;
            };
            let lost = |gap: u64| first - gap.max(self.resumed).min(first);
            self.counters.concealed += unheard.map_or(0, lost);
            self.state = State::Playing { next: first, dry: 0 };
        }
        let State::Playing { next, dry } = self.state else { return SILENCE };
        let next = self.leap(next, clock);
        self.counters.delay_ms = clock.delay(next) as f64 / 1e6;
        self.play(next, dry, clock)
    }

    /// Its listener chose otherwise. What is on its way to being heard changes little by little.
    pub fn tune(&mut self, tuning: Tuning) {
        self.tuning = tuning;
    }

    /// Counts so far.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// When the last frame came; [`LocalTime::START`] before the first.
    #[must_use]
    pub fn last_arrival(&self) -> LocalTime {
        self.last_arrival
    }

    /// Decides by its offset alone whether a frame can be of use. `None`: it can.
    fn judge(&mut self, now: LocalTime, offset: i64) -> Option<Arrival> {
        let base = self.meter.base()?;
        if offset < base.saturating_sub(JUMP) {
            self.jumping += 1;
            if self.jumping < JUMP_FRAMES {
                return Some(Arrival::Refused);
            }
            self.restart();
        } else if offset > base.saturating_add(nanos(self.tuning.ceiling)) {
            self.in_burst = true;
            self.last_arrival = now;
            if now.since(*self.stale_since.get_or_insert(now)) < STALE {
                self.counters.late += 1;
                return Some(Arrival::Late);
            }
            self.restart();
        }
        self.jumping = 0;
        self.stale_since = None;
        None
    }

    /// The talker's time no longer relates to ours as it did: begin anew, keep only the counts.
    fn restart(&mut self) {
        let counters = self.counters;
        *self = Self { counters, last_arrival: self.last_arrival, ..Self::new(self.tuning) };
    }

    fn keep(&mut self, index: u64, opus: Vec<u8>) -> Arrival {
        let (State::Waiting { from: open, .. } | State::Playing { next: open, .. }) = self.state;
        if index < open {
            let ago = open - 1 - index;
            if ago < 128 && self.heard >> ago & 1 == 1 {
                return Arrival::Duplicate;
            }
            self.counters.late += 1;
            return Arrival::Late;
        }
        if self.frames.contains_key(&index) {
            return Arrival::Duplicate;
        }
        self.frames.insert(index, opus);
        if self.frames.len() > HELD {
            self.frames.pop_first();
        }
        Arrival::Kept
    }

    /// Frames held now.
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.frames.len()
    }
}

pub(super) const SILENCE: Pull = Pull { first: None, play: Play::Silence };

fn local(now: LocalTime) -> i64 {
    i64::try_from(now.as_nanos()).unwrap_or(i64::MAX / 2)
}
