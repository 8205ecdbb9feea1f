//! THE LISTENER'S CHOICE between hearing others soon and hearing them without a gap.

use super::Tuning;
use std::time::Duration;

/// How a listener trades delay for safety: of the jitter buffer, of the beat of playout, and of one's own devices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DelayChoice {
    /// Soon: for talking together, on a cable or beside the access point. What is late is made up.
    Low,
    /// Soon where the network and the machine allow it, later where they don't.
    #[default]
    Usual,
    /// Without a gap: for listening, over a network that stalls.
    Smooth,
}

impl DelayChoice {
    /// All of them, the soonest first.
    pub const ALL: [Self; 3] = [Self::Low, Self::Usual, Self::Smooth];

    /// What it is called in commands, options and settings.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Usual => "usual",
            Self::Smooth => "smooth",
        }
    }

    /// The choice that is called so.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|choice| choice.word() == word)
    }

    /// The jitter buffer's part.
    #[must_use]
    pub fn tuning(self) -> Tuning {
        match self {
            Self::Low => Tuning {
                floor: self.behind() - Duration::from_millis(2),
                ceiling: Duration::from_millis(100),
                margin: Duration::from_millis(2),
                outliers: 20,
                ..Tuning::default()
            },
            Self::Usual => Tuning::default(),
            Self::Smooth => Tuning {
                floor: Duration::from_millis(48),
                ceiling: Duration::from_millis(500),
                start: Duration::from_millis(60),
                margin: Duration::from_millis(15),
                outliers: 0,
                ..Tuning::default()
            },
        }
    }

    /// Blocks begin so long after the first frame: a frame waits by whole blocks more than this in its jitter
    /// buffer. 10 ms are what a local network needs (research: audio §3), half of it where nothing else is sent.
    #[must_use]
    pub const fn behind(self) -> Duration {
        match self {
            Self::Low => Duration::from_millis(5),
            Self::Usual | Self::Smooth => Duration::from_millis(10),
        }
    }

    /// Samples that a device's callback should move at 48 kHz: 2.5, 5 or 10 ms. Usually half as much delay as with 10 ms,
    /// and no more gaps (research: audio §1).
    #[must_use]
    pub const fn piece(self) -> u32 {
        match self {
            Self::Low => 120,
            Self::Usual => 240,
            Self::Smooth => 480,
        }
    }

    /// Least that should be left between a device and this machine, in samples, for a thread that wakes late: 5 or
    /// 10 ms. Whoever runs dry keeps more ([`Steer::dry`](super::Steer::dry)). Less than 5 would have an echo here before the
    /// canceller knows of it.
    #[must_use]
    pub const fn least(self) -> u32 {
        match self {
            Self::Low | Self::Usual => 240,
            Self::Smooth => 480,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_called_by_its_word_and_waits_longer_than_the_one_before() {
        for choice in DelayChoice::ALL {
            assert_eq!(DelayChoice::from_word(choice.word()), Some(choice));
        }
        assert_eq!(DelayChoice::from_word("fast"), None);
        let waits = DelayChoice::ALL.map(|choice| (choice.tuning().floor, choice.piece()));
        assert!(waits.is_sorted_by(|one, two| one.0 < two.0 && one.1 < two.1), "{waits:?}");
        for choice in DelayChoice::ALL {
            assert!(choice.tuning().floor < choice.tuning().ceiling);
        }
    }
}
