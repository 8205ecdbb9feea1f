//! One talker's jitter buffer: frames in when they arrive, one 20 ms block out when the sink is due.
//!
//! Sans-IO: the clock is an argument and packets stay packets; `io::audio` decodes what a [`Pull`]
//! says. Sound travels in order over a reliable stream, so a frame that is missing with nothing
//! behind it is *late* and worth waiting for, and one with later frames behind it was dropped on
//! the way and never comes. What can't be heard in time is dropped, never played as a stale burst.

use super::delay::{DelayMeter, nanos};
use super::packet::{has_fec, lasts_20_ms};
use crate::limits::{FRAME_SAMPLES, OPUS_PACKET_BYTES};
use crate::room::time::{LocalTime, MediaTime, samples_to_nanos};
use std::collections::BTreeMap;
use std::time::Duration;

/// Nanoseconds of one frame.
const FRAME: i64 = samples_to_nanos(FRAME_SAMPLES) as i64;

/// Frames held at most: 2.5 s, several times what the largest delay needs, 160 KB of packets.
pub(super) const HELD: usize = 128;

/// Blocks without a packet until the talker counts as silent: 200 ms (research: audio §3).
const DRY: u32 = 10;

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

/// Delay above the target, besides the frame that quantises it, that is left alone: without it the
/// buffer would skip and insert in turn.
const SLACK: i64 = 3_000_000;

/// Deviation at which frames are skipped or inserted without waiting for a quiet one.
const URGENT: i64 = 40_000_000;

/// Blocks between two skips or insertions, so that speech stays speech.
const SPACING: u32 = 4;

/// Blocks to wait for a quiet frame before skipping or inserting anyway: 1 s.
const PATIENCE: u32 = 50;

/// How a jitter buffer trades delay for safety.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tuning {
    /// Least delay.
    pub floor: Duration,
    /// Greatest delay; frames later than this are never heard.
    pub ceiling: Duration,
    /// Delay to begin with, worn off over 10 s: what comes is not yet known.
    pub start: Duration,
    /// Added to the jitter seen.
    pub margin: Duration,
    /// How much the target falls a frame.
    pub fall: Duration,
}

impl Default for Tuning {
    /// Floor and ceiling: research, audio §3, the floor doubled because eight nodes share two
    /// cores in the rig and a thread's wake-up may take 10 ms there. Margin: research. Start and
    /// fall (20 ms a second): own choice, measured in `traces.rs`.
    fn default() -> Self {
        Self {
            floor: Duration::from_millis(20),
            ceiling: Duration::from_millis(200),
            start: Duration::from_millis(60),
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
            self.counters.concealed += unheard.map_or(0, |gap| first - gap);
            self.state = State::Playing { next: first, dry: 0 };
        }
        let State::Playing { next, dry } = self.state else { return SILENCE };
        let next = self.leap(next, clock);
        self.counters.delay_ms = clock.delay(next) as f64 / 1e6;
        self.play(next, dry, clock)
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

    /// The frame to start with, once the oldest that can still be heard in time has waited enough.
    fn start(&mut self, from: u64, clock: Clock) -> Option<u64> {
        while self.frames.len() > 1 {
            let (&first, _) = self.frames.first_key_value()?;
            if clock.delay(first) < clock.target + FRAME {
                break;
            }
            self.frames.pop_first();
            self.counters.skipped += 1;
        }
        let (&first, _) = self.frames.first_key_value()?;
        if clock.delay(first) < clock.target {
            return None;
        }
        self.forget(first - from.min(first), false);
        Some(first)
    }

    /// Jumps to the live edge when the buffer has fallen hopelessly behind it.
    fn leap(&mut self, next: u64, clock: Clock) -> u64 {
        let far = clock.target + nanos(self.tuning.ceiling);
        if self.frames.is_empty() || clock.delay(next) <= far {
            return next;
        }
        let behind = u64::try_from((clock.delay(next) - clock.target) / FRAME).unwrap_or(0);
        let live = next + behind;
        self.frames = self.frames.split_off(&live);
        self.counters.skipped += behind;
        self.forget(behind, false);
        live
    }

    fn play(&mut self, next: u64, dry: u32, clock: Clock) -> Pull {
        let first = Some(MediaTime::from_samples(next * FRAME_SAMPLES));
        if let Some(len) = self.frames.get(&next).map(Vec::len) {
            self.counters.concealed += std::mem::take(&mut self.unsettled);
            match self.change(next, len, clock) {
                Some(Change::Stretch) => {
                    self.counters.stretched += 1;
                    self.state = State::Playing { next, dry: 0 };
                    return Pull { first: None, play: Play::Stretch };
                }
                Some(Change::Skip) => {
                    self.counters.skipped += 1;
                    let (one, two) = (self.take(next), self.take(next + 1));
                    return Pull { first, play: Play::Join(one, two) };
                }
                None => {}
            }
            return Pull { first, play: Play::Frame(self.take(next)) };
        }
        if self.frames.is_empty() {
            return self.wait(next, dry);
        }
        self.forget(1, false);
        self.state = State::Playing { next: next + 1, dry: 0 };
        if let Some(follower) = self.frames.get(&(next + 1)).filter(|packet| has_fec(packet)) {
            self.counters.recovered += 1;
            return Pull { first, play: Play::Fec(follower.clone()) };
        }
        self.counters.concealed += 1;
        Pull { first, play: Play::Conceal }
    }

    /// Nothing is here. The stream is in order, so the frame will still come: wait for it, as
    /// long as it can be made up; then collect anew.
    fn wait(&mut self, next: u64, dry: u32) -> Pull {
        if dry + 1 >= DRY {
            self.unsettled = 0;
            self.state = State::Waiting { from: next, unheard: Some(next) };
        } else {
            self.unsettled += 1;
            self.state = State::Playing { next, dry: dry + 1 };
        }
        Pull { first: None, play: Play::Conceal }
    }

    /// Whether to change the delay with this block: at once when far off, else in a quiet frame.
    fn change(&mut self, next: u64, len: usize, clock: Clock) -> Option<Change> {
        let quiet = len as f32 * 2.0 <= self.mean_len;
        self.mean_len += (len as f32 - self.mean_len) / 64.0;
        let delay = clock.delay(next);
        let (change, by) = if delay < clock.target {
            (Change::Stretch, clock.target - delay)
        } else if delay > clock.target + FRAME + SLACK && self.frames.contains_key(&(next + 1)) {
            (Change::Skip, delay - clock.target - FRAME)
        } else {
            self.wanting = 0;
            return None;
        };
        self.wanting += 1;
        let due = quiet || by > URGENT || self.wanting > PATIENCE;
        if !due || self.since_change <= SPACING {
            return None;
        }
        (self.since_change, self.wanting) = (0, 0);
        Some(change)
    }

    /// Takes the packet of frame `index` and moves on behind it.
    fn take(&mut self, index: u64) -> Vec<u8> {
        self.forget(1, true);
        self.state = State::Playing { next: index + 1, dry: 0 };
        self.frames.remove(&index).expect("callers have just seen it")
    }

    /// Moves the memory of what was heard by `frames`, the last of which was `heard` or not.
    fn forget(&mut self, frames: u64, heard: bool) {
        self.heard =
            u32::try_from(frames).ok().and_then(|by| self.heard.checked_shl(by)).unwrap_or(0);
        if frames > 0 {
            self.heard |= u128::from(heard);
        }
    }
}

pub(super) const SILENCE: Pull = Pull { first: None, play: Play::Silence };

enum Change {
    Stretch,
    Skip,
}

/// One moment, seen from the buffer. All in nanoseconds.
#[derive(Clone, Copy)]
struct Clock {
    now: i64,
    base: i64,
    target: i64,
}

impl Clock {
    /// How long the fastest frame would have waited, were it frame `index` and played now.
    fn delay(self, index: u64) -> i64 {
        self.now - self.base - starts(index)
    }
}

/// Frame `index` on its talker's clock. Indices are bounded by [`LAST_SAMPLE`].
fn starts(index: u64) -> i64 {
    samples_to_nanos(index * FRAME_SAMPLES) as i64
}

fn local(now: LocalTime) -> i64 {
    i64::try_from(now.as_nanos()).unwrap_or(i64::MAX / 2)
}
