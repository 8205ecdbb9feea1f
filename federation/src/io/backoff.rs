//! How long to wait before signing in again. Pure: time and chance come in.

use std::time::{Duration, Instant};

/// The first wait after a connection was lost: a cut that heals at once is hardly noticed.
const FIRST: Duration = Duration::from_millis(250);

/// The longest wait: a server that comes back is found within a minute, and a thousand laptops ask it 17 times a second.
const LONGEST: Duration = Duration::from_secs(60);

/// How long a connection has to last to count as one. Some die right after signing in (14 a second were seen).
const STEADY: Duration = Duration::from_secs(30);

/// Waits, ever longer while nothing works.
#[derive(Debug)]
pub(crate) struct Backoff {
    next: Duration,
    up_since: Option<Instant>,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { next: FIRST, up_since: None }
    }
}

impl Backoff {
    /// We are signed in.
    pub(crate) fn up(&mut self, now: Instant) {
        self.up_since = Some(now);
    }

    /// How long to wait now. `chance`, from 0 to below 1, spreads the laptops of a whole company.
    pub(crate) fn wait(&mut self, now: Instant, chance: f64) -> Duration {
        let lasted = self.up_since.take().map(|since| now.saturating_duration_since(since));
        if lasted.is_some_and(|lasted| lasted >= STEADY) {
            self.next = FIRST;
        }
        let wait = self.next.mul_f64(0.5 + chance / 2.0);
        self.next = LONGEST.min(self.next * 2);
        wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ever_longer_and_spread() {
        let (mut backoff, now) = (Backoff::default(), Instant::now());
        let waits: Vec<_> = (0..12).map(|_| backoff.wait(now, 0.999).as_millis()).collect();
        assert!(waits.windows(2).all(|pair| pair[0] <= pair[1]), "{waits:?}");
        assert!(waits[0] <= 250 && (59_000..=60_000).contains(&waits[11]), "{waits:?}");
        assert_eq!(Backoff::default().wait(now, 0.0), FIRST / 2);
    }

    #[test]
    fn only_a_steady_connection_counts() {
        let (mut backoff, now) = (Backoff::default(), Instant::now());
        for _ in 0..20 {
            backoff.up(now);
            backoff.wait(now + Duration::from_millis(50), 0.5);
        }
        backoff.up(now);
        assert!(backoff.wait(now + Duration::from_secs(1), 0.5) > Duration::from_secs(40));
        backoff.up(now);
        assert!(backoff.wait(now + STEADY, 0.5) < FIRST);
    }
}
