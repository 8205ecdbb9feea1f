//! The three clocks of a meeting, told apart by type.
//!
//! * [`LocalTime`]: this process's monotonic clock; never leaves the machine.
//! * [`MediaTime`]: samples of one author's microphone session (an [`Epoch`]); travels in stanzas.
//! * [`WallTime`]: what the machine believes the date is; may be years off, only shown to people.

use crate::limits::{FRAME_SAMPLES, SAMPLE_RATE};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::{Add, Sub};
use std::time::Duration;

/// Monotonic time of this process, in nanoseconds since it started.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Hash)]
pub struct LocalTime(u64);

impl LocalTime {
    /// The moment the process started.
    pub const START: Self = Self(0);

    /// From nanoseconds since the process started.
    #[must_use]
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// From milliseconds since the process started.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis * 1_000_000)
    }

    /// Nanoseconds since the process started.
    #[must_use]
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// Milliseconds since the process started.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.0 / 1_000_000
    }

    /// Time passed since `earlier`; zero when `earlier` lies ahead.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }

    /// Signed milliseconds from `other` to `self`.
    #[must_use]
    pub fn millis_after(self, other: Self) -> f64 {
        (self.0 as f64 - other.0 as f64) / 1e6
    }
}

impl Add<Duration> for LocalTime {
    type Output = Self;
    fn add(self, span: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)))
    }
}

impl Sub<Duration> for LocalTime {
    type Output = Self;
    fn sub(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)))
    }
}

/// Position in one author's [`Epoch`]: samples at 48 kHz since its first sample.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct MediaTime(u64);

impl MediaTime {
    /// The first sample of the epoch.
    pub const ZERO: Self = Self(0);

    /// From a count of samples at 48 kHz.
    #[must_use]
    pub const fn from_samples(samples: u64) -> Self {
        Self(samples)
    }

    /// Count of samples at 48 kHz since the epoch's first.
    #[must_use]
    pub const fn samples(self) -> u64 {
        self.0
    }

    /// The start of the 20 ms frame that holds this sample.
    #[must_use]
    pub const fn frame_start(self) -> Self {
        Self(self.0 - self.0 % FRAME_SAMPLES)
    }

    /// This position moved on by `samples`.
    #[must_use]
    pub const fn plus(self, samples: u64) -> Self {
        Self(self.0.saturating_add(samples))
    }

    /// Signed milliseconds from `other` to `self`.
    #[must_use]
    pub fn millis_after(self, other: Self) -> f64 {
        (self.0 as f64 - other.0 as f64) * 1000.0 / f64::from(SAMPLE_RATE)
    }
}

/// Nanoseconds that `samples` at 48 kHz last.
#[must_use]
pub const fn samples_to_nanos(samples: u64) -> u64 {
    // 1e9 / 48 000 = 62 500 / 3, exact in integers up to 3·10¹⁴ samples (200 years).
    samples.saturating_mul(62_500) / 3
}

/// Samples at 48 kHz in `span`, rounded down.
#[must_use]
pub fn span_to_samples(span: Duration) -> u64 {
    u64::try_from(span.as_nanos() * 3 / 62_500).unwrap_or(u64::MAX)
}

/// How long `samples` at 48 kHz last.
#[must_use]
pub const fn samples_to_span(samples: u64) -> Duration {
    Duration::from_nanos(samples_to_nanos(samples))
}

/// One microphone session of one author: a random number chosen when the source starts.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Epoch(pub u32);

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}

/// What the machine's calendar says, in milliseconds since 1970 (UTC). Never used to decide.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct WallTime(pub i64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_of_samples_is_a_second() {
        assert_eq!(samples_to_span(48_000), Duration::from_secs(1));
        assert_eq!(span_to_samples(Duration::from_secs(1)), 48_000);
    }

    #[test]
    fn samples_survive_the_round_trip_within_one() {
        for samples in [1, 959, 960, 4_812_340, 48_000 * 86_400] {
            let back = span_to_samples(samples_to_span(samples));
            assert!(samples - back <= 1, "{samples} came back as {back}");
        }
    }

    #[test]
    fn frame_start_is_a_multiple_of_the_frame() {
        assert_eq!(MediaTime::from_samples(4_812_340).frame_start().samples() % FRAME_SAMPLES, 0);
        assert_eq!(MediaTime::from_samples(960).frame_start().samples(), 960);
    }

    #[test]
    fn local_time_never_runs_below_start() {
        assert_eq!(LocalTime::from_millis(5) - Duration::from_secs(1), LocalTime::START);
        assert_eq!(LocalTime::START.since(LocalTime::from_millis(5)), Duration::ZERO);
    }
}
