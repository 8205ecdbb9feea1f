//! THE REFERENCE: what the loudspeaker was given, as the canceller needs it beside the microphone's sound.
//!
//! Both threads keep this machine's time, but not each other's: a block that is played is stamped with the moment
//! at which it was handed over, and put on a line of samples by that. The microphone's side reads the line at its
//! own pace, a little behind. Small differences are a thread's that woke late, and change nothing; larger ones
//! are a stop, behind which both begin anew. What nobody played is silence.
//!
//! A device that ran dry is heard, or hears, later from then on, and sooner when what is over was thrown away. Both say
//! by how much, to the sample, and the two stay where they were to each other: the canceller need not learn the room again.

use super::{Piece, QUIET};
use crate::io::audio::{BLOCK, Block};
use crate::room::time::{LocalTime, span_to_samples};
use rtrb::{Consumer, Producer, RingBuffer};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Blocks on their way: 640 ms, more than a thread is ever late while sound goes on.
const QUEUE: usize = 32;

/// Samples that are kept: 680 ms.
const KEPT: usize = 32_768;

/// So far behind what is handed over now the line is read: a block of 20 ms, and 16 for a thread that wakes late.
/// The echo is behind it still: from hand-over to the air and back takes 36 ms with the least that is asked of devices (a
/// quick loudspeaker's 10, a block's 20 and a microphone's 6), 41 usually, and what the air and the hardware add.
const BEHIND: Duration = Duration::from_millis(36);

/// A block that is handed over so much off its time, in samples, was not late but belongs elsewhere: 200 ms. A thread
/// that is no later than that plays what it missed at once.
const ELSEWHERE: u64 = 9600;

/// Blocks among which the first may have been handed over late, so that the line begins with another: a third of
/// a second, as long as a loudspeaker takes to settle.
const YOUNG: u32 = 16;

/// The microphone's thread catches up after a stop by reading faster; so far off, in samples, it begins anew:
/// 200 ms.
const ANEW: u64 = 9600;

/// A block as it was handed over.
struct Played {
    at: LocalTime,
    block: Block,
    slipped: i64,
}

/// The end that is fed by who plays.
pub struct Feed {
    queue: Producer<Played>,
    wanted: Arc<AtomicBool>,
}

/// The end that a canceller reads.
pub struct Reference {
    queue: Consumer<Played>,
    wanted: Arc<AtomicBool>,
    line: Box<[f32]>,
    /// One past the last sample on the line, counted by this machine's clock.
    end: u64,
    /// Blocks since the line began.
    blocks: u32,
    /// The next one to be read.
    next: Option<u64>,
}

/// A feed and its reference, which may be used on different threads.
#[must_use]
pub fn tap() -> (Feed, Reference) {
    let (producer, consumer) = RingBuffer::new(QUEUE);
    let wanted = Arc::new(AtomicBool::new(false));
    let feed = Feed { queue: producer, wanted: Arc::clone(&wanted) };
    let line = vec![0.0; KEPT].into_boxed_slice();
    (feed, Reference { queue: consumer, wanted, line, end: 0, blocks: 0, next: None })
}

impl Feed {
    /// This block is handed to the loudspeaker at `at`, and heard by `slipped` samples later than those before it
    /// ([`Sink::slipped`](crate::io::audio::Sink::slipped)). Never waits; with nobody who reads it is lost.
    pub fn played(&mut self, at: LocalTime, block: &Block, slipped: i64) {
        let _ = self.queue.push(Played { at, block: *block, slipped });
    }

    /// Whether a canceller wants to know of silence as well. A loudspeaker that rests and begins again is a room
    /// whose echo comes at another time: it should go on while somebody speaks here.
    #[must_use]
    pub fn is_wanted(&self) -> bool {
        self.wanted.load(Ordering::Relaxed)
    }
}

impl Reference {
    /// What was played beside the microphone's next piece, which is due at `now`: of a block, the second one 10 ms after the
    /// first, though both are asked for at once.
    pub fn piece(&mut self, now: LocalTime, piece: &mut Piece) {
        while let Ok(played) = self.queue.pop() {
            self.place(&played);
        }
        let due = sample_at(now - BEHIND);
        // Nobody wakes early: who is ahead of what is due began by a reading that was late.
        let from =
            self.next.filter(|next| next.abs_diff(due) <= ANEW).map_or(due, |next| next.min(due));
        *piece = QUIET;
        for (at, sample) in (from..).zip(piece.iter_mut()) {
            if at < self.end && at + KEPT as u64 >= self.end {
                *sample = self.line[at as usize % KEPT];
            }
        }
        self.next = Some(from + piece.len() as u64);
    }

    /// Says whether silence is to be fed as well.
    pub fn want(&self, wanted: bool) {
        self.wanted.store(wanted, Ordering::Relaxed);
    }

    /// The microphone's sound is from now on by so many samples older than it was
    /// ([`Source::slipped`](crate::io::audio::Source::slipped)): so is what was played beside it.
    pub fn slipped(&mut self, samples: i64) {
        self.next = self.next.map(|next| next.saturating_add_signed(-samples));
    }

    fn place(&mut self, played: &Played) {
        let stamped = sample_at(played.at);
        let follows = self.end.saturating_add_signed(played.slipped);
        self.blocks = self.blocks.saturating_add(1);
        let at = if stamped.abs_diff(follows) > ELSEWHERE {
            self.blocks = 0;
            stamped
        } else if self.blocks < YOUNG {
            // Nobody wakes early: a line that is ahead of what is handed over began with a block that was late.
            follows.min(stamped)
        } else {
            follows
        };
        // What was not played in between is silence, and so is all of the line behind a long rest.
        for gap in self.end.max(at.saturating_sub(KEPT as u64))..at {
            self.line[gap as usize % KEPT] = 0.0;
        }
        for (place, sample) in (at..).zip(&played.block) {
            self.line[place as usize % KEPT] = *sample;
        }
        self.end = at + BLOCK as u64;
    }
}

fn sample_at(time: LocalTime) -> u64 {
    span_to_samples(time.since(LocalTime::START))
}

#[cfg(test)]
mod tests {
    use super::super::PIECE;
    use super::*;

    /// Sample `n` of what is played: its own number.
    fn block(number: usize) -> Block {
        std::array::from_fn(|n| (number * BLOCK + n) as f32)
    }

    fn millis(ms: u64) -> LocalTime {
        LocalTime::from_millis(10_000 + ms)
    }

    /// Reads 20 ms at `now`.
    fn read(reference: &mut Reference, now: LocalTime) -> Vec<f32> {
        let (mut one, mut two) = (QUIET, QUIET);
        reference.piece(now, &mut one);
        reference.piece(now + Duration::from_millis(10), &mut two);
        [one, two].concat()
    }

    #[test]
    fn what_is_read_follows_on_though_both_threads_wake_late() {
        let (mut feed, mut reference) = tap();
        let mut heard = Vec::new();
        for number in 0..200_u64 {
            // The player is late by 0 to 9 ms, the reader by 0 to 7.
            feed.played(millis(number * 20 + number * 7 % 10), &block(number as usize), 0);
            heard.extend(read(&mut reference, millis(number * 20 + 10 + number * 5 % 8)));
        }
        let from = heard.iter().position(|sample| *sample > 0.0).expect("it comes");
        for (n, sample) in heard[from..].iter().enumerate() {
            assert_eq!(*sample, (n + 1) as f32, "without a gap");
        }
        // Handed over at 0, read at 36: in the second reading.
        assert!((BLOCK..2 * BLOCK).contains(&from), "{from}");
    }

    #[test]
    fn what_nobody_played_is_silence_and_a_rest_begins_anew_in_time() {
        let (mut feed, mut reference) = tap();
        assert!(read(&mut reference, millis(0)).iter().all(|sample| *sample == 0.0));
        feed.played(millis(0), &block(0), 0);
        feed.played(millis(20), &block(1), 0);
        // A rest, and a block at another phase.
        feed.played(millis(333), &block(2), 0);
        let heard: Vec<f32> = (1..20).flat_map(|n| read(&mut reference, millis(n * 20))).collect();
        let at = |ms: usize| ms * 48;
        let place = |sample: f32| heard.iter().position(|heard| *heard == sample);
        let (first, third) = (place(1.0).expect("played"), place(1920.0).expect("played"));
        assert_eq!(third - first + 1, at(333), "as far apart as they were played");
        assert!(heard[first + 2 * BLOCK..third].iter().all(|sample| *sample == 0.0));
    }

    #[test]
    fn a_reader_who_catches_up_reads_on_where_it_was() {
        let (mut feed, mut reference) = tap();
        let mut heard = Vec::new();
        for number in 0..50_u64 {
            feed.played(millis(number * 20), &block(number as usize), 0);
            // It stands still for 100 ms, then reads what it missed at once.
            if !(20..25).contains(&number) {
                heard.extend(read(&mut reference, millis(number * 20 + 5)));
            }
            if number == 25 {
                (0..5).for_each(|_| heard.extend(read(&mut reference, millis(number * 20 + 5))));
            }
        }
        let from = heard.iter().position(|sample| *sample > 0.0).expect("it comes");
        assert!(heard[from..].iter().enumerate().all(|(n, sample)| *sample == (n + 1) as f32));
    }

    /// Plays and hears 2 s, block by block; the echo of each sample comes 60 ms behind it, and as the devices slip.
    /// Gives by how many samples what is read is before its echo, of all that came of both.
    fn apart(loudspeaker: impl Fn(u64) -> i64, microphone: impl Fn(u64) -> i64) -> Vec<i64> {
        let (mut feed, mut reference) = tap();
        // What the microphone's line of samples has where, and how far each end has slipped.
        let (mut echoes, mut played, mut heard) = (vec![0_i64; 200 * BLOCK], 0, 0);
        let mut apart = Vec::new();
        for number in 0..100_u64 {
            let slip = loudspeaker(number);
            played += slip;
            feed.played(millis(number * 20), &block(number as usize), slip);
            for n in 0..BLOCK as i64 {
                let sample = number as i64 * BLOCK as i64 + n;
                let place = usize::try_from(sample + 60 * 48 + played).expect("later");
                echoes[place] = sample;
            }
            let slip = microphone(number);
            heard += slip;
            reference.slipped(slip);
            for (n, sample) in read(&mut reference, millis(number * 20)).into_iter().enumerate() {
                let place = number as i64 * BLOCK as i64 + n as i64 - heard;
                let echo = usize::try_from(place).map_or(0, |place| echoes[place]);
                if echo > 0 && sample > 0.0 {
                    apart.push(sample as i64 - echo);
                }
            }
        }
        apart
    }

    #[test]
    fn a_device_that_slips_leaves_both_where_they_were_to_each_other() {
        let still = apart(|_| 0, |_| 0);
        let one = still[0];
        assert!(one > 0 && still.iter().all(|apart| *apart == one), "before its echo, always");
        // It ran dry, and what was over was thrown away a little later.
        let dry = |at: u64| {
            if at == 40 {
                960
            } else if at == 56 {
                -700
            } else {
                0
            }
        };
        for (what, apart) in [("loudspeaker", apart(dry, |_| 0)), ("microphone", apart(|_| 0, dry))]
        {
            let off = apart.iter().filter(|apart| **apart != one).count();
            // What is read slips at once, its echo when it comes; twice.
            assert!(off as i64 <= 2 * one, "{what}: {off} samples elsewhere");
            assert_eq!(apart.last(), Some(&one), "{what}");
        }
    }

    #[test]
    fn a_line_that_began_late_is_where_it_belongs_as_soon_as_nobody_is() {
        let (mut feed, mut reference) = tap();
        let mut heard = Vec::new();
        for number in 0..50_u64 {
            let late = if number < 2 { 12 } else { 0 };
            feed.played(millis(number * 20 + late), &block(number as usize), 0);
            heard.extend(read(&mut reference, millis(number * 20)));
        }
        // The first reading is that much behind: sample n stands n and as much behind the beginning.
        let last = heard.len() - 1;
        assert_eq!(heard[last] as usize, last - span_to_samples(BEHIND) as usize);
    }

    #[test]
    fn a_feed_that_nobody_reads_holds_nothing_up() {
        let (mut feed, mut reference) = tap();
        assert!(!feed.is_wanted());
        (0..100).for_each(|number| feed.played(millis(number * 20), &block(number as usize), 0));
        reference.want(true);
        assert!(feed.is_wanted());
        // The first of them are stale, and the line goes on with what comes.
        assert_eq!(read(&mut reference, millis(5000)), [0.0; 2 * PIECE]);
    }
}
