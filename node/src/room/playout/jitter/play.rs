//! What to play for one block, and when to change the delay.

use super::{JitterBuffer, Play, Pull, SILENCE, SPACING, State};
use crate::limits::FRAME_SAMPLES;
use crate::room::playout::delay::nanos;
use crate::room::playout::packet::has_fec;
use crate::room::time::{MediaTime, samples_to_nanos};

/// Nanoseconds of one frame.
const FRAME: i64 = samples_to_nanos(FRAME_SAMPLES) as i64;

/// Blocks without a packet until the talker counts as silent: 200 ms (research: audio §3).
const DRY: u32 = 10;

/// Delay above the target, besides the frame that quantises it, that is left alone: without it the
/// buffer would skip and insert in turn.
const SLACK: i64 = 2_000_000;

/// Deviation at which frames are skipped or inserted without waiting for a quiet one.
const URGENT: i64 = 40_000_000;

/// Blocks to wait for a quiet frame before skipping or inserting anyway: 1 s.
const PATIENCE: u32 = 50;

impl JitterBuffer {
    /// The frame to start with, once the oldest that can still be heard in time has waited enough.
    pub(super) fn start(&mut self, from: u64, clock: Clock) -> Option<u64> {
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
    pub(super) fn leap(&mut self, next: u64, clock: Clock) -> u64 {
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

    pub(super) fn play(&mut self, next: u64, dry: u32, clock: Clock) -> Pull {
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
        if self.resumed > next && self.frames.keys().next().is_some_and(|at| *at >= self.resumed) {
            // Its talker paused, and nothing was lost: collect anew.
            self.unsettled = 0;
            self.state = State::Waiting { from: next, unheard: Some(next) };
            return SILENCE;
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

enum Change {
    Stretch,
    Skip,
}

/// One moment, seen from the buffer. All in nanoseconds.
#[derive(Clone, Copy)]
pub(super) struct Clock {
    pub(super) now: i64,
    pub(super) base: i64,
    pub(super) target: i64,
}

impl Clock {
    /// How long the fastest frame would have waited, were it frame `index` and played now.
    pub(super) fn delay(self, index: u64) -> i64 {
        self.now - self.base - starts(index)
    }
}

/// Frame `index` on its talker's clock. Indices are bounded by [`LAST_SAMPLE`](super::LAST_SAMPLE).
pub(super) fn starts(index: u64) -> i64 {
    samples_to_nanos(index * FRAME_SAMPLES) as i64
}
