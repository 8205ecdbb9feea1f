//! When the mesh looks whether somebody is due. Pure; time is an argument.
//!
//! Much can change how things stand with a peer, and all of it is looked through at once; so not
//! after each happening but at the next [`BEAT`], and never while nothing happens and nobody is due.

use crate::room::time::LocalTime;
use std::time::Duration;

/// Looks happen at multiples of this. Short against the second between dials.
const BEAT: Duration = Duration::from_millis(100);

/// Remembers whether there is anything to look at.
#[derive(Debug)]
pub(super) struct Looks {
    stirred: bool,
    last: LocalTime,
}

impl Default for Looks {
    fn default() -> Self {
        Self { stirred: true, last: LocalTime::START }
    }
}

impl Looks {
    /// Something happened.
    pub(super) fn stir(&mut self) {
        self.stirred = true;
    }

    /// It was looked at `now`.
    pub(super) fn looked(&mut self, now: LocalTime) {
        (self.stirred, self.last) = (false, now);
    }

    /// When it was looked last: what was due by then was dealt with.
    pub(super) fn last(&self) -> LocalTime {
        self.last
    }

    /// When to look next, if something is due at `due`; `None`: not before something happens.
    pub(super) fn next(&self, due: Option<LocalTime>) -> Option<LocalTime> {
        let wanted = if self.stirred { self.last } else { due?.max(self.last) };
        let beat = BEAT.as_nanos() as u64;
        // The first beat that is neither before that nor the last look's own.
        let next = self.last.as_nanos() / beat + 1;
        Some(LocalTime::from_nanos(wanted.as_nanos().div_ceil(beat).max(next) * beat))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(millis: u64) -> LocalTime {
        LocalTime::from_millis(millis)
    }

    #[test]
    fn nothing_happens_and_nobody_looks() {
        let mut looks = Looks::default();
        assert_eq!(looks.next(None), Some(ms(100)), "there is a beginning");
        looks.looked(ms(101));
        assert_eq!(looks.next(None), None);
    }

    #[test]
    fn what_happens_is_looked_at_with_the_next_beat() {
        let mut looks = Looks::default();
        looks.looked(ms(101));
        looks.stir();
        assert_eq!(looks.next(None), Some(ms(200)));
        assert_eq!(looks.next(Some(ms(150))), Some(ms(200)));
        looks.looked(ms(207));
        assert_eq!(looks.next(None), None);
    }

    #[test]
    fn who_is_due_is_looked_at_not_before() {
        let mut looks = Looks::default();
        looks.looked(ms(100));
        assert_eq!(looks.next(Some(ms(1000))), Some(ms(1000)));
        assert_eq!(looks.next(Some(ms(1001))), Some(ms(1100)));
        assert_eq!(looks.next(Some(ms(20))), Some(ms(200)), "overdue: but not all the time");
    }
}
