//! STEERING: how fast to take sound out of a buffer that another clock fills, or fill one that it empties.
//!
//! A sound card's clock and this machine's differ by up to some hundred parts in a million, so what lies
//! between the two grows or shrinks by milliseconds a minute. [`Steer`] watches what is left at the lowest
//! point of each 20 ms and says by how much the resampler between them should run fast.
//!
//! Only the lowest of some seconds counts: callbacks come in pieces, and what lies above the lowest point is
//! their rhythm (and its beat with ours), not drift.

use super::DelayChoice;

/// Blocks between two decisions: 1 s.
const SECOND: u32 = 50;

/// Seconds of which the lowest counts. Pieces of 479 samples beat with blocks of 960 once in 4.8 s.
const WATCH: usize = 5;

/// Most that should be left, however often it ran dry: 60 ms.
const MOST: f64 = 2880.0;

/// What one dry moment adds to what should be left: 5 ms.
const CAUTION: f64 = 240.0;

/// What a second without one takes from it again, in samples: four minutes wear off one dry moment. Faster
/// than the controller follows it would bring the next one.
const RELIEF: f64 = 1.0;

/// Speed for one sample too much, in parts per million. With [`TREND`] the level is where it should be
/// after a minute (simulated: pieces of 24 to 512 samples, ±300 parts per million, five minutes; it ran dry
/// twice at most, both at the beginning). A part in a million moves it by 0.048 samples a second.
const PULL: f64 = 4.0;

/// Speed that each second adds for one sample too much, in parts per million.
const TREND: f64 = 0.12;

/// Fastest that sound is ever played, in parts per million. Crystals differ by up to 300; what is over
/// brings the level back. A semitone is 59 000.
const FASTEST: f64 = 500.0;

/// So much too much is not waited for but thrown away, in samples: 40 ms. It is left by a stall.
const SURPLUS: f64 = 1920.0;

/// Blocks after which a buffer that began is looked at: 320 ms. Where it begins is chance (measured: 10 ms too
/// much), and steering that off would take a minute. Pieces of 512 samples and of shorter powers of two have shown all
/// of their rhythm by then, those of 5 and 10 ms have none.
const SETTLING: u32 = 16;

/// So much too much is thrown away then, in samples: 1 ms. Nobody has spoken yet, and the echo canceller begins.
const BEGUN: f64 = 48.0;

/// And so much, 10 ms, once more when the buffer's rhythm is known for certain, [`WATCH`] - 1 seconds after it began: a
/// beginning that was disturbed.
const DISTURBED: f64 = 480.0;

/// The controller for one buffer.
#[derive(Clone, Debug)]
pub struct Steer {
    /// Least that should be left, in samples.
    least: f64,
    /// What should be left, in samples.
    target: f64,
    /// Where it began has been looked at.
    settled: bool,
    /// Of the second that runs.
    lowest: Option<usize>,
    /// Of those before it, the latest first.
    before: [Option<usize>; WATCH - 1],
    blocks: u32,
    trend: f64,
    speed: f64,
    surplus: usize,
}

impl Default for Steer {
    fn default() -> Self {
        Self::new(DelayChoice::default().least())
    }
}

impl Steer {
    /// A controller that leaves at least so much, in samples, for threads that wake late.
    #[must_use]
    pub fn new(least: u32) -> Self {
        let (least, lowest, before) = (f64::from(least), None, [None; WATCH - 1]);
        Self {
            least,
            target: least,
            settled: false,
            lowest,
            before,
            blocks: 0,
            trend: 0.0,
            speed: 0.0,
            surplus: 0,
        }
    }

    /// A block was taken out (or is about to be put in) and `left` samples are there.
    pub fn block(&mut self, left: usize) {
        self.lowest = Some(self.lowest.map_or(left, |lowest| lowest.min(left)));
        self.blocks += 1;
        if !self.settled && self.blocks == SETTLING {
            self.settle();
        }
        if self.blocks == SECOND {
            self.second();
        }
    }

    /// Whether the block that was counted last was the last of a second.
    #[must_use]
    pub const fn begins_second(&self) -> bool {
        self.blocks == 0
    }

    /// Nothing was left when something was needed: from now on more should be.
    pub fn dry(&mut self) {
        self.target = (self.target + CAUTION).min(MOST);
        self.forget();
    }

    /// The buffer begins anew; what was learned of the two clocks stays.
    pub fn forget(&mut self) {
        (self.lowest, self.blocks, self.surplus, self.settled) = (None, 0, 0, false);
        self.before = [None; WATCH - 1];
    }

    /// Whether where it began has been made good: its delay changes little from now on.
    #[must_use]
    pub const fn is_settled(&self) -> bool {
        self.settled
    }

    /// What should be left, in samples: what to wait for before the first block.
    #[must_use]
    pub fn target(&self) -> usize {
        self.target as usize
    }

    /// How fast to empty the buffer (how slowly to fill it), 1 as a rule.
    #[must_use]
    pub fn speed(&self) -> f64 {
        1.0 + self.speed / 1e6
    }

    /// Samples to throw away now; asked once for each stall.
    pub fn surplus(&mut self) -> usize {
        std::mem::take(&mut self.surplus)
    }

    fn settle(&mut self) {
        self.settled = true;
        // What was seen until now lies elsewhere from now on.
        let lowest = self.lowest.take().map_or(0.0, |lowest| lowest as f64);
        let over = lowest - self.target;
        if over > BEGUN {
            self.surplus = over as usize;
        }
    }

    /// While its rhythm is not known, nothing says how the clocks differ; then a disturbed beginning is made good.
    fn begun(&mut self, over: f64) {
        if self.before[WATCH - 2].is_some() && over > DISTURBED {
            // What was seen lies by as much lower from now on.
            self.surplus = over as usize;
            self.before.iter_mut().flatten().for_each(|left| *left -= self.surplus);
        }
    }

    fn second(&mut self) {
        let Some(latest) = self.lowest.take() else { return };
        self.blocks = 0;
        self.target = (self.target - RELIEF).max(self.least);
        let stalled = latest as f64 - self.target;
        if stalled > SURPLUS {
            self.forget();
            self.surplus = stalled as usize;
            return;
        }
        let lowest = self.before.iter().flatten().fold(latest, |lowest, there| lowest.min(*there));
        let known = self.before[WATCH - 2].is_some();
        self.before.rotate_right(1);
        self.before[0] = Some(latest);
        if !known {
            return self.begun(lowest as f64 - self.target);
        }
        let over = lowest as f64 - self.target;
        self.trend = (self.trend + TREND * over).clamp(-FASTEST, FASTEST);
        self.speed = (self.trend + PULL * over).clamp(-FASTEST, FASTEST);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What is usually left, in samples.
    const LEAST: f64 = 240.0;

    /// A sound card that delivers `piece` samples at a time at `1 + ppm/1e6` of the nominal rate.
    /// Gives what was left after each block of the last ten seconds, and how often it ran dry.
    fn minutes(seconds: u32, ppm: f64, piece: f64) -> (Vec<f64>, usize) {
        let mut steer = Steer::default();
        let (mut level, mut owed, mut lefts, mut dry) = (0.0_f64, 0.0, Vec::new(), 0);
        let mut primed = false;
        for block in 0..seconds * 50 {
            owed += 960.0 * (1.0 + ppm / 1e6);
            while owed >= piece {
                level += piece;
                owed -= piece;
            }
            let need = 960.0 * steer.speed();
            if !primed && level < need + steer.target {
                continue;
            }
            primed = true;
            if level < need {
                steer.dry();
                primed = false;
                dry += 1;
                continue;
            }
            level -= need;
            steer.block(level as usize);
            level -= steer.surplus() as f64;
            if block > (seconds - 10) * 50 {
                lefts.push(level);
            }
        }
        (lefts, dry)
    }

    proptest! {
        #[test]
        fn two_clocks_never_part(ppm in -300.0..300.0_f64, piece in 24_u32..=512) {
            let piece = f64::from(piece);
            let (lefts, dry) = minutes(300, ppm, piece);
            prop_assert!(dry <= 2, "dry {dry} times");
            let lowest = lefts.iter().copied().fold(f64::MAX, f64::min);
            let highest = lefts.iter().copied().fold(0.0, f64::max);
            prop_assert!(lowest > 0.0, "lowest {lowest}");
            prop_assert!(highest < LEAST + CAUTION + piece + 200.0, "{lowest} to {highest}");
        }
    }

    #[test]
    fn a_stall_is_made_good_at_once() {
        let mut steer = Steer::default();
        for _ in 0..SECOND {
            steer.block(5000);
        }
        assert_eq!(steer.surplus(), 5000 - LEAST as usize, "nobody hears the past for minutes");
        assert_eq!(steer.surplus(), 0, "once");
        assert!((steer.speed() - 1.0).abs() < 1e-9, "and it says nothing about the clocks");
    }

    #[test]
    fn where_it_began_is_made_good_before_anybody_speaks() {
        let mut steer = Steer::default();
        let mut left = LEAST as usize + 480;
        for block in 0..60 * SECOND {
            steer.block(left);
            let surplus = steer.surplus();
            assert!(surplus == 0 || block == SETTLING - 1, "{surplus} at block {block}");
            left -= surplus;
        }
        assert_eq!(left, LEAST as usize);
        assert!((steer.speed() - 1.0).abs() < 1e-9, "it says nothing about the clocks");
    }

    #[test]
    fn a_beginning_that_was_disturbed_is_made_good_once_more() {
        let mut steer = Steer::default();
        let (mut left, mut cuts) = (LEAST as usize, Vec::new());
        for block in 0..60 * SECOND {
            if block == SETTLING {
                left += 600;
            }
            steer.block(left);
            let surplus = steer.surplus();
            left -= surplus;
            cuts.extend((surplus > 0).then_some((block, surplus)));
        }
        assert_eq!(cuts, [(4 * SECOND - 1, 600)]);
        assert_eq!(left, LEAST as usize);
    }

    #[test]
    fn who_runs_dry_keeps_more_for_a_while() {
        let mut steer = Steer::default();
        steer.dry();
        assert_eq!(steer.target(), (LEAST + CAUTION) as usize);
        for _ in 0..5 * 60 * SECOND {
            steer.block(480);
        }
        assert_eq!(steer.target(), LEAST as usize, "five quiet minutes later");
    }
}
