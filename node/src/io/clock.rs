//! The process's monotonic clock, and the only place that makes a [`LocalTime`].

use crate::room::time::LocalTime;
use std::time::{Duration, Instant};

/// Monotonic time since it was made. Make one a process and pass copies.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    zero: Instant,
}

impl Clock {
    /// A clock that starts now.
    #[must_use]
    pub fn start() -> Self {
        Self { zero: Instant::now() }
    }

    /// Time since the start.
    #[must_use]
    pub fn now(&self) -> LocalTime {
        LocalTime::START + self.zero.elapsed()
    }

    /// How long from now until `moment`; zero when it has passed.
    #[must_use]
    pub fn until(&self, moment: LocalTime) -> Duration {
        moment.since(self.now())
    }

    /// `moment` as the operating system's clock has it, for timers.
    #[must_use]
    pub fn instant(&self, moment: LocalTime) -> Instant {
        self.zero + moment.since(LocalTime::START)
    }
}
