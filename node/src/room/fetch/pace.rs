//! How much to ask for at once: about what arrives in a second, so that a slow link has no queue of
//! minutes, with the page on show and the voice behind it, and a fast one never waits.

use std::time::Duration;

/// Pieces in flight at the start: a megabyte.
const START: usize = 4;

/// Fewest: one that arrives while the other is asked for.
const LEAST: usize = 2;

/// Most: 16 MB, one second at 128 MB/s.
const MOST: usize = 64;

/// A piece that takes longer means that too many are in flight.
const SLOW: Duration = Duration::from_millis(1500);

/// A piece that takes less means that more could be.
const FAST: Duration = Duration::from_millis(700);

/// Shortest time until a request counts as lost. Wi-Fi that roams is silent for 3 s.
const TIMEOUT: Duration = Duration::from_secs(8);

/// Longest.
const LONGEST: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub(super) struct Pace {
    window: usize,
    /// Smoothed time from request to arrival.
    usual: Duration,
    timeout: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self { window: START, usual: Duration::ZERO, timeout: TIMEOUT }
    }
}

impl Pace {
    pub(super) fn window(&self) -> usize {
        self.window
    }

    pub(super) fn timeout(&self) -> Duration {
        self.timeout
    }

    pub(super) fn delivered(&mut self, took: Duration) {
        self.usual = if self.usual.is_zero() { took } else { (self.usual * 7 + took) / 8 };
        self.timeout = (self.usual * 4).clamp(TIMEOUT, LONGEST);
        if took < FAST {
            self.window = (self.window + 1).min(MOST);
        } else if took > SLOW {
            self.window = (self.window - 1).max(LEAST);
        }
    }

    pub(super) fn lost(&mut self) {
        self.window = (self.window / 2).max(LEAST);
        self.timeout = (self.timeout * 2).min(LONGEST);
    }
}
