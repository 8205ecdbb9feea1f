//! How long a talker's frames have to wait, learnt from how they arrive.
//!
//! A frame's *offset* is its arrival on our clock minus its place on the talker's. The two clocks
//! share no zero, so only differences mean anything: the smallest recent offset is the fastest the
//! network can be (RFC 3550 §6.4.1 maps clocks alike), and how far the others lie above it is the
//! jitter to be covered.

use super::jitter::Tuning;

/// Offsets remembered: 20 s of frames. Long enough to remember a Wi-Fi stall, short enough that
/// 200 ppm of drift (4 ms in that time) stays below the margin. Own measurement, `traces.rs`.
const WINDOW: usize = 1000;

/// Frames until the cautious start has worn off: 10 s (own choice: one second of evidence says
/// nothing about an event that happens twice a minute).
const SETTLING: usize = 500;

/// Frames among which the first ones may have lain in a queue: half a second. A stream that has just been opened brings
/// at once what was said meanwhile, and that says nothing about the network.
const BACKLOG: usize = 25;

/// A frame by so much faster than all before it, in nanoseconds, says that those lay in a queue: 10 ms.
const QUEUED: i64 = 10_000_000;

/// Offsets of one talker's recent frames and what follows from them. All in nanoseconds.
#[derive(Debug, Default)]
pub(super) struct DelayMeter {
    offsets: Vec<i64>,
    /// Where the next offset goes once the window is full.
    oldest: usize,
    /// Frames seen since the last reset, up to [`SETTLING`].
    seen: usize,
    base: i64,
    /// The largest offset above `base` that is no outlier: one of those in 20 s does not make everybody wait.
    spread: i64,
    /// The offsets again, to look for it.
    looked: Vec<i64>,
    /// The target as it was, so that it falls slowly.
    target: i64,
}

impl DelayMeter {
    /// Notes one frame's offset.
    pub(super) fn note(&mut self, offset: i64, tuning: &Tuning) {
        if self.seen < BACKLOG && self.offsets.iter().all(|before| offset + QUEUED < *before) {
            self.offsets.clear();
        }
        if self.offsets.len() < WINDOW {
            self.offsets.push(offset);
        } else {
            self.offsets[self.oldest] = offset;
            self.oldest = (self.oldest + 1) % WINDOW;
        }
        self.seen = (self.seen + 1).min(SETTLING);
        self.looked.clone_from(&self.offsets);
        let latest = self.looked.len().saturating_sub(1 + tuning.outliers);
        let (before, latest, _) = self.looked.select_nth_unstable(latest);
        self.base = before.iter().fold(*latest, |least, offset| *offset.min(&least));
        self.spread = *latest - self.base;
        let fallen = self.target - nanos(tuning.fall);
        self.target = self.wanted(tuning).max(fallen);
    }

    /// The offset of the fastest frame; `None` before the first.
    pub(super) fn base(&self) -> Option<i64> {
        (!self.offsets.is_empty()).then_some(self.base)
    }

    /// How long the fastest frame should wait before it is heard.
    pub(super) fn target(&self) -> i64 {
        self.target
    }

    fn wanted(&self, tuning: &Tuning) -> i64 {
        let caution = nanos(tuning.start) * (SETTLING - self.seen) as i64 / SETTLING as i64;
        (self.spread + nanos(tuning.margin))
            .max(caution)
            .clamp(nanos(tuning.floor), nanos(tuning.ceiling))
    }
}

/// A duration as signed nanoseconds; tunings are far below the 292 years that fit.
pub(super) fn nanos(span: std::time::Duration) -> i64 {
    i64::try_from(span.as_nanos()).unwrap_or(i64::MAX)
}
