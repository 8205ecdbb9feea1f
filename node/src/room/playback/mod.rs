//! Playing a recording: what lies where on the recording's clock, and what is due when.
//!
//! * [`score`] lays sound and entries out on the recording's clock: a sample of each talker and an
//!   entry have one position each, and page and sound relate as their author made them.
//! * [`stretch`] plays sound faster or slower at its own pitch.
//! * [`transport`] says what is due while it plays, pauses, jumps and changes speed.
//!
//! All of it is driven by arguments alone: `io::recording::Player` reads, decodes and keeps time.

pub mod score;
pub mod stretch;
pub mod transport;

pub use score::{Score, Segment, Track, TrackId, Voiced};
pub use stretch::Stretch;
pub use transport::{Beat, DueEntry, Transport};

use crate::limits::SAMPLE_RATE;
use crate::room::id::{EntryRef, MemberId};
use crate::room::time::{Epoch, MediaTime, samples_to_span, span_to_samples};
use std::time::Duration;

/// A note of what was heard or applied when, in microseconds on the recording's clock, which begins
/// with the recording and after an interruption goes on a second behind the last note.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Note {
    /// The recorder (re)started.
    Session {
        /// When.
        at: u64,
    },
    /// This sample was at the sink.
    Sound {
        /// Whose.
        author: MemberId,
        /// In which epoch.
        epoch: Epoch,
        /// Which.
        sample: MediaTime,
        /// When.
        at: u64,
    },
    /// This entry was applied.
    Entry {
        /// Which.
        entry: EntryRef,
        /// When.
        at: u64,
    },
}

impl Note {
    /// Its moment, in microseconds.
    #[must_use]
    pub const fn at(&self) -> u64 {
        match self {
            Self::Session { at } | Self::Sound { at, .. } | Self::Entry { at, .. } => *at,
        }
    }
}

/// A place in a recording: samples at 48 kHz from its beginning, as it is played at speed 1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Hash)]
pub struct Position(u64);

impl Position {
    /// The beginning.
    pub const START: Self = Self(0);

    /// From samples.
    #[must_use]
    pub const fn from_samples(samples: u64) -> Self {
        Self(samples)
    }

    /// In samples.
    #[must_use]
    pub const fn samples(self) -> u64 {
        self.0
    }
}

/// To the nearest sample, so that a position told as a `Duration` comes back as itself.
impl From<Duration> for Position {
    fn from(span: Duration) -> Self {
        const HALF_A_SAMPLE: Duration = Duration::from_nanos(500_000_000 / SAMPLE_RATE as u64);
        Self(span_to_samples(span.saturating_add(HALF_A_SAMPLE)))
    }
}

impl From<Position> for Duration {
    fn from(position: Position) -> Self {
        samples_to_span(position.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_position_comes_back_from_its_duration(samples in 0_u64..1 << 40) {
            let position = Position::from_samples(samples);
            prop_assert_eq!(Position::from(Duration::from(position)), position);
        }
    }
}
