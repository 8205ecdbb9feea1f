//! THE REFERENCE: what the loudspeaker was given, as the canceller needs it beside the microphone's sound.
//!
//! Both threads keep this machine's time, but not each other's: a block that is played is stamped with the moment
//! at which it was handed over, and put on a line of samples by that. The microphone's side reads the line at its
//! own pace, a little behind. Small differences are a thread's that woke late, and change nothing; larger ones
//! are a stop, behind which both begin anew. What nobody played is silence.

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

/// So far behind what is handed over now the line is read: a block of 20 ms, and 10 for a thread that wakes late.
/// The echo is behind it still: from hand-over to the air and back takes 40 ms and more.
const BEHIND: Duration = Duration::from_millis(30);

/// A block that is handed over so much off its time, in samples, was not late but belongs elsewhere: 30 ms.
const ELSEWHERE: u64 = 1440;

/// The microphone's thread catches up after a stop by reading faster; so far off, in samples, it begins anew:
/// 200 ms.
const ANEW: u64 = 9600;

/// A block as it was handed over.
struct Played {
    at: LocalTime,
    block: Block,
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
    (feed, Reference { queue: consumer, wanted, line, end: 0, next: None })
}

impl Feed {
    /// This block is handed to the loudspeaker at `at`. Never waits; with nobody who reads it is lost.
    pub fn played(&mut self, at: LocalTime, block: &Block) {
        let _ = self.queue.push(Played { at, block: *block });
    }

    /// Whether a canceller wants to know of silence as well. A loudspeaker that rests and begins again is a room
    /// whose echo comes at another time: it should go on while somebody speaks here.
    #[must_use]
    pub fn is_wanted(&self) -> bool {
        self.wanted.load(Ordering::Relaxed)
    }
}

impl Reference {
    /// What was played beside the microphone's next piece, asked for at `now`.
    pub fn piece(&mut self, now: LocalTime, piece: &mut Piece) {
        while let Ok(played) = self.queue.pop() {
            self.place(&played);
        }
        let due = sample_at(now - BEHIND);
        let from = self.next.filter(|next| next.abs_diff(due) <= ANEW).unwrap_or(due);
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

    fn place(&mut self, played: &Played) {
        let stamped = sample_at(played.at);
        let at = if stamped.abs_diff(self.end) <= ELSEWHERE { self.end } else { stamped };
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
        reference.piece(now, &mut two);
        [one, two].concat()
    }

    #[test]
    fn what_is_read_follows_on_though_both_threads_wake_late() {
        let (mut feed, mut reference) = tap();
        let mut heard = Vec::new();
        for number in 0..200_u64 {
            // The player is late by 0 to 9 ms, the reader by 0 to 7.
            feed.played(millis(number * 20 + number * 7 % 10), &block(number as usize));
            heard.extend(read(&mut reference, millis(number * 20 + 10 + number * 5 % 8)));
        }
        let from = heard.iter().position(|sample| *sample > 0.0).expect("it comes");
        for (n, sample) in heard[from..].iter().enumerate() {
            assert_eq!(*sample, (n + 1) as f32, "without a gap");
        }
        // Handed over at 0, read at 30: in the second reading.
        assert!((BLOCK..2 * BLOCK).contains(&from), "{from}");
    }

    #[test]
    fn what_nobody_played_is_silence_and_a_rest_begins_anew_in_time() {
        let (mut feed, mut reference) = tap();
        assert!(read(&mut reference, millis(0)).iter().all(|sample| *sample == 0.0));
        feed.played(millis(0), &block(0));
        feed.played(millis(20), &block(1));
        // A rest, and a block at another phase.
        feed.played(millis(133), &block(2));
        let heard: Vec<f32> = (1..10).flat_map(|n| read(&mut reference, millis(n * 20))).collect();
        let at = |ms: usize| ms * 48;
        let place = |sample: f32| heard.iter().position(|heard| *heard == sample);
        let (first, third) = (place(1.0).expect("played"), place(1920.0).expect("played"));
        assert_eq!(third - first + 1, at(133), "as far apart as they were played");
        assert!(heard[first + 2 * BLOCK..third].iter().all(|sample| *sample == 0.0));
    }

    #[test]
    fn a_reader_who_catches_up_reads_on_where_it_was() {
        let (mut feed, mut reference) = tap();
        let mut heard = Vec::new();
        for number in 0..50_u64 {
            feed.played(millis(number * 20), &block(number as usize));
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

    #[test]
    fn a_feed_that_nobody_reads_holds_nothing_up() {
        let (mut feed, mut reference) = tap();
        assert!(!feed.is_wanted());
        (0..100).for_each(|number| feed.played(millis(number * 20), &block(number as usize)));
        reference.want(true);
        assert!(feed.is_wanted());
        // The first of them are stale, and the line goes on with what comes.
        assert_eq!(read(&mut reference, millis(5000)), [0.0; 2 * PIECE]);
    }
}
