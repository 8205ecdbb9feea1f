//! The process's monotonic clock, and the only place that makes a [`LocalTime`].

use crate::room::time::{LocalTime, WallTime};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// What the machine's calendar says: for showing to people, never for deciding.
#[must_use]
#[allow(clippy::disallowed_methods, reason = "the one place that asks the calendar")]
pub fn wall() -> WallTime {
    let millis = |span: Duration| i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
    WallTime(match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => millis(since),
        Err(before) => -millis(before.duration()),
    })
}

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
