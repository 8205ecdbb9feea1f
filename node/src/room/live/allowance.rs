//! How many live stanzas a member may send: a bucket of tokens that fills with time.

use crate::limits::LIVE_RATE;
use crate::room::time::LocalTime;
use std::time::Duration;

/// Stanzas that may come at once, behind a stall of the network: a second of them, twice what an
/// honest sender has under way, so that its newest is never the one that is dropped.
const BURST: u32 = LIVE_RATE;

/// Time that one stanza is worth: a quarter less than its share of [`LIVE_RATE`], so that honest
/// senders, whose clocks differ, never meet the limit.
const WORTH: Duration = Duration::from_nanos(750_000_000 / LIVE_RATE as u64);

/// What one member may still send.
#[derive(Clone, Copy, Debug, Default)]
pub struct Allowance {
    /// When the bucket was empty, or would have been.
    empty: LocalTime,
}

impl Allowance {
    /// Takes one stanza at `now`; false when it is one too many and must be dropped.
    pub fn take(&mut self, now: LocalTime) -> bool {
        let full = now - WORTH * BURST;
        let empty = self.empty.max(full);
        if now.since(empty) < WORTH {
            return false;
        }
        self.empty = empty + WORTH;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many of those that come each `micros` microseconds are taken in 10 s.
    fn taken(micros: u64) -> u64 {
        let mut allowance = Allowance::default();
        let start = 1_000_000_000_000;
        let at = |n: u64| LocalTime::from_nanos(start + n * micros * 1000);
        (0..10_000_000 / micros).filter(|n| allowance.take(at(*n))).count() as u64
    }

    #[test]
    fn who_keeps_to_the_rate_loses_nothing() {
        let micros = 1_000_000 / u64::from(LIVE_RATE);
        assert_eq!(taken(micros), 10_000_000 / micros);
    }

    #[test]
    fn a_flood_is_cut_to_a_little_more_than_the_rate() {
        let most = 10 * u64::from(LIVE_RATE) * 4 / 3 + u64::from(BURST);
        let flood = taken(10);
        assert!(flood <= most + 1 && flood >= 10 * u64::from(LIVE_RATE), "{flood} of {most}");
    }

    #[test]
    fn a_burst_behind_a_stall_is_taken() {
        let mut allowance = Allowance::default();
        let now = LocalTime::from_millis(60_000);
        let at_once = (0..100).filter(|_| allowance.take(now)).count();
        assert_eq!(at_once, BURST as usize);
    }

    #[test]
    fn the_first_moments_of_a_process_are_no_exception() {
        let mut allowance = Allowance::default();
        assert!((0..100).filter(|_| allowance.take(LocalTime::START)).count() <= BURST as usize);
        assert!(allowance.take(LocalTime::from_millis(100)));
    }
}
