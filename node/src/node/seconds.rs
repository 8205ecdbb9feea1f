//! The seconds of a session: once in each it looks after what only time brings about. Pure; time is
//! an argument.
//!
//! Where nothing has happened for some of them, nothing is pending either, and they come rarely: a
//! silent meeting wakes nobody.

use crate::room::id::MemberId;
use crate::room::time::LocalTime;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

/// After so many seconds without a happening everything has been seen to that one may leave behind:
/// the longest waits 3 s (a second of sound that was announced and may still come).
const SETTLED: u32 = 5;

/// Seconds between two looks from then on: for what nobody thought of.
const REST: u32 = 10;

/// When the next second is.
#[derive(Debug)]
pub(super) struct Seconds {
    /// Between the whole seconds of the clock and this member's.
    phase: Duration,
    next: LocalTime,
    quiet: u32,
}

impl Seconds {
    /// Each member's seconds begin at another moment, so that those who came together, or heard of
    /// something together, do not all sync and write at once.
    pub(super) fn new(me: MemberId, now: LocalTime) -> Self {
        let phase = SECOND * u32::from(me.0[1]) / 256;
        let mut seconds = Self { phase, next: now, quiet: 0 };
        seconds.next = seconds.after(now);
        seconds
    }

    /// When the next one is.
    pub(super) fn next(&self) -> LocalTime {
        self.next
    }

    /// The number of the one that `now` is in.
    pub(super) fn number(&self, now: LocalTime) -> u64 {
        (now.since(LocalTime::START).saturating_sub(self.phase)).as_secs()
    }

    /// Something happens that may leave something to be seen to.
    pub(super) fn stir(&mut self, now: LocalTime) {
        self.quiet = 0;
        self.next = self.next.min(self.after(now));
    }

    /// One has been dealt with; `pending`: somebody waits whose going away is no happening. A stopped
    /// laptop makes up for nothing.
    pub(super) fn passed(&mut self, now: LocalTime, pending: bool) {
        self.quiet = if pending { 0 } else { self.quiet.saturating_add(1) };
        let more = if self.quiet >= SETTLED { REST - 1 } else { 0 };
        self.next = self.after(now) + SECOND * more;
    }

    /// The first beginning of a second after `now`.
    fn after(&self, now: LocalTime) -> LocalTime {
        let begun = now.since(LocalTime::START).saturating_sub(self.phase).as_secs();
        let first = LocalTime::START + self.phase;
        if now < first { first } else { first + Duration::from_secs(begun + 1) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(millis: u64) -> LocalTime {
        LocalTime::from_millis(millis)
    }

    fn seconds() -> Seconds {
        let mut id = [0; 32];
        id[1] = 64;
        Seconds::new(MemberId(id), ms(0))
    }

    /// When the seconds are of a session in which nothing happens from the start on.
    fn quiet(seconds: &mut Seconds, count: usize) -> Vec<LocalTime> {
        let next = |_| {
            let at = seconds.next();
            seconds.passed(at, false);
            at
        };
        (0..count).map(next).collect()
    }

    #[test]
    fn a_silent_meeting_has_few_seconds() {
        let seen = quiet(&mut seconds(), 8);
        let at = [250, 1_250, 2_250, 3_250, 4_250, 14_250, 24_250, 34_250];
        assert_eq!(seen, at.map(ms));
    }

    #[test]
    fn what_happens_is_seen_to_within_a_second_and_the_next_ones() {
        let mut seconds = seconds();
        quiet(&mut seconds, 8);
        seconds.stir(ms(36_900));
        assert_eq!(seconds.next(), ms(37_250), "in step with itself");
        seconds.stir(ms(37_000));
        assert_eq!(seconds.next(), ms(37_250), "not put off by more");
        let seen = quiet(&mut seconds, 6);
        assert_eq!(seen, [37_250, 38_250, 39_250, 40_250, 41_250, 51_250].map(ms));
    }

    #[test]
    fn who_waits_at_the_door_is_looked_after_each_second() {
        let mut seconds = seconds();
        for number in 0..20 {
            assert_eq!(seconds.next(), ms(250 + 1_000 * number));
            seconds.passed(seconds.next(), true);
        }
    }

    #[test]
    fn a_laptop_that_stood_still_makes_up_for_nothing() {
        let mut seconds = seconds();
        seconds.passed(ms(100_300), false);
        assert_eq!(seconds.next(), ms(101_250));
        assert_eq!((seconds.number(ms(101_249)), seconds.number(ms(101_250))), (100, 101));
    }
}
