//! How much sound a server is given: little at first, more while our own words come back quickly, less
//! at once when they don't. Pure.
//!
//! A server over its limit drops nothing and says nothing: it stops reading, and what we say comes back later and
//! later. Bytes a second as they leave, with envelope, seal and base64 (`sound`, a test of this crate, prints what was said):
//!
//! | rung | voice | together | bytes a second | taken by the default limits of |
//! |---|---|---|---|---|
//! | 0 | 7 kbit/s | 240 ms | 2.5 kB | Prosody (10 kB/s), ejabberd (3 kB/s) |
//! | 1 | 16 kbit/s | 120 ms | 5.5 kB | Prosody |

use moot_node::room::carrier::SoundWay;
use moot_node::room::time::LocalTime;
use std::time::Duration;

/// Bits a second, and frames together.
/// Of a third rung (24 kbit/s, 9.5 kB/s) Prosody delayed so much now and then that a fifth of the frames was late (`bridged`).
const RUNGS: [(u32, u8); 2] = [(7_000, 12), (16_000, 6)];

/// While our words come back within this, more may be tried: servers that are not over their limit take 5 to 60 ms.
const QUICK: Duration = Duration::from_millis(150);

/// When they take longer than this, it was too much.
const SLOW: Duration = Duration::from_millis(250);

/// How long they have to be quick before more is tried: ejabberd lets 20 kB pass at once, which is 4 s of rung 1.
const PROVES: Duration = Duration::from_secs(10);

/// Where on the ladder sound is.
#[derive(Debug)]
pub(super) struct Ladder {
    rung: usize,
    /// The highest that has not failed.
    top: usize,
    /// Since when words have come back quickly.
    quick: Option<LocalTime>,
}

impl Ladder {
    pub(super) fn new() -> Self {
        Self { rung: 0, top: RUNGS.len() - 1, quick: None }
    }

    /// What goes there now.
    pub(super) fn way(&self, others: bool) -> SoundWay {
        let (bitrate, frames) = RUNGS[self.rung];
        SoundWay { bitrate, frames, others }
    }

    /// A message took so long to come back. `alone`: sound has a connection of its own, so that more of it
    /// delays nothing else.
    pub(super) fn measured(&mut self, echo: Duration, alone: bool, now: LocalTime) {
        if !alone {
            (self.rung, self.top) = (0, 0);
        }
        if echo > SLOW && self.rung > 0 {
            self.rung -= 1;
            self.top = self.rung;
        }
        if echo > QUICK {
            self.quick = None;
        } else if now.since(*self.quick.get_or_insert(now)) >= PROVES && self.rung < self.top {
            self.rung += 1;
            self.quick = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAST: Duration = Duration::from_millis(10);

    fn at(seconds: u64) -> LocalTime {
        LocalTime::from_millis(1_000 * seconds)
    }

    #[test]
    fn more_is_tried_while_words_come_back_quickly() {
        let mut ladder = Ladder::new();
        let rungs: Vec<_> = (0..30)
            .map(|second| {
                ladder.measured(FAST, true, at(second));
                ladder.rung
            })
            .collect();
        assert_eq!((rungs[9], rungs[10], rungs[29]), (0, 1, 1));
    }

    #[test]
    fn what_was_too_much_is_not_tried_again() {
        let mut ladder = Ladder::new();
        (0..=10).for_each(|second| ladder.measured(FAST, true, at(second)));
        assert_eq!(ladder.rung, 1);
        ladder.measured(Duration::from_millis(500), true, at(14));
        (15..100).for_each(|second| ladder.measured(FAST, true, at(second)));
        assert_eq!(ladder.rung, 0);
    }

    #[test]
    fn where_sound_shares_a_connection_it_stays_small() {
        let mut ladder = Ladder::new();
        (0..100).for_each(|second| ladder.measured(FAST, false, at(second)));
        assert_eq!(ladder.way(true), SoundWay { bitrate: 7_000, frames: 12, others: true });
    }
}
