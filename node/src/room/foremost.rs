//! Who of several talkers is carried where there is room for one voice: whoever talks, until they
//! stop or somebody is clearly louder for a while. In silence nobody is.

use super::id::MemberId;
use super::time::LocalTime;
use std::collections::BTreeMap;
use std::time::Duration;

/// From this level on (0 to 100) a block is speech: -40 dBFS.
const SPEECH: u8 = 25;

/// How long a talker keeps the way after the last word: pauses within a sentence are shorter.
const HANG: Duration = Duration::from_millis(500);

/// By so much somebody has to be louder to take it over: 6 dB.
const MARGIN: f32 = 15.0;

/// Weight of a block in the mean level: 300 ms, as the microphones of one room are compared.
const WEIGHT: f32 = 1.0 / 15.0;

/// Talkers remembered: more are a hostile member's.
const TALKERS: usize = 64;

#[derive(Clone, Copy, Debug, Default)]
struct Talker {
    level: f32,
    spoke: Option<LocalTime>,
    heard: LocalTime,
}

/// Chooses the voice that is carried.
#[derive(Debug, Default)]
pub struct Foremost {
    talkers: BTreeMap<MemberId, Talker>,
    chosen: Option<MemberId>,
}

impl Foremost {
    /// A block of `author` with this level (0 to 100) at `now`; whether it is carried.
    pub fn block(&mut self, author: MemberId, level: u8, now: LocalTime) -> bool {
        if self.talkers.len() >= TALKERS && !self.talkers.contains_key(&author) {
            self.talkers.retain(|_, talker| now.since(talker.heard) <= HANG);
            if self.talkers.len() >= TALKERS {
                return false;
            }
        }
        let talker = self.talkers.entry(author).or_default();
        talker.level += (f32::from(level) - talker.level) * WEIGHT;
        talker.heard = now;
        if level >= SPEECH {
            talker.spoke = Some(now);
        }
        let talks = |talker: &Talker| talker.spoke.is_some_and(|at| now.since(at) <= HANG);
        let own = *talker;
        let taken = self.chosen.filter(|other| *other != author);
        let held = taken.and_then(|other| self.talkers.get(&other)).filter(|other| talks(other));
        let louder = |other: &Talker| level >= SPEECH && own.level > other.level + MARGIN;
        if talks(&own) && held.is_none_or(louder) {
            self.chosen = Some(author);
        } else if self.chosen == Some(author) {
            self.chosen = None;
        }
        self.chosen == Some(author)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANN: MemberId = MemberId([1; 32]);
    const BEN: MemberId = MemberId([2; 32]);

    fn at(block: u64) -> LocalTime {
        LocalTime::from_millis(1000 + 20 * block)
    }

    #[test]
    fn who_talks_first_is_carried_and_silence_is_not() {
        let mut foremost = Foremost::default();
        assert!(!foremost.block(ANN, 10, at(0)));
        assert!(foremost.block(ANN, 60, at(1)));
        assert!(!foremost.block(BEN, 60, at(1)), "there is room for one");
        assert!(foremost.block(ANN, 0, at(2)), "a pause within a sentence");
        assert!(!foremost.block(ANN, 0, at(60)));
        assert!(foremost.block(BEN, 60, at(60)));
    }

    #[test]
    fn who_is_clearly_louder_for_a_while_takes_over() {
        let mut foremost = Foremost::default();
        (0..50).for_each(|n| assert!(foremost.block(ANN, 40, at(n))));
        let taken = (50..80).find(|n| {
            foremost.block(ANN, 40, at(*n));
            foremost.block(BEN, 90, at(*n))
        });
        assert!(taken.is_some_and(|n| (56..66).contains(&n)), "{taken:?}");
        assert!(!foremost.block(ANN, 40, at(80)));
    }

    #[test]
    fn a_talker_who_is_gone_holds_nothing() {
        let mut foremost = Foremost::default();
        assert!(foremost.block(ANN, 90, at(0)));
        assert!(!foremost.block(BEN, 60, at(10)));
        assert!(foremost.block(BEN, 60, at(26)));
    }

    #[test]
    fn many_talkers_cost_no_more_than_the_bound() {
        let mut foremost = Foremost::default();
        for n in 0..=255 {
            foremost.block(MemberId([n; 32]), 90, at(0));
        }
        assert_eq!(foremost.talkers.len(), TALKERS);
        assert!(foremost.block(MemberId([200; 32]), 90, at(100)));
    }
}
