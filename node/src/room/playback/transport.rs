//! What is due while a recording plays, pauses, jumps and changes speed.
//!
//! The sound keeps the time: with each block it says which place of the recording is at the sink
//! when ([`Beat`]), and the transport maps everything else onto that. **Drive it so: tell each beat,
//! take what is due, sleep until [`Transport::next_wake`].**

use super::{Position, Score};
use crate::limits::FRAME_SAMPLES;
use crate::room::id::EntryRef;
use crate::room::time::{LocalTime, samples_to_nanos};
use std::time::Duration;

/// Time between two tellings of the position, at least: what an eye follows.
const TELL_EVERY: Duration = Duration::from_millis(100);

/// How far the position runs on without a beat: then the sound has stopped (a suspended process).
const WITHOUT_BEAT: Duration = Duration::from_millis(200);

/// A block of sound: what is at the sink when.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Beat {
    /// When the block's first sample is at the sink.
    pub at: LocalTime,
    /// The place that it is from.
    pub position: Position,
    /// Samples of the recording for each sample of the block; 0 while it is paused.
    pub speed: f32,
    /// Counts the jumps: a beat from before the last one says nothing any more.
    pub jump: u64,
}

/// An entry that is to be applied.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DueEntry {
    /// Which.
    pub entry: EntryRef,
    /// When its sound is, or was, at the sink.
    pub at: LocalTime,
}

/// Where a recording stands.
#[derive(Debug)]
pub struct Transport {
    entries: Vec<(Position, EntryRef)>,
    length: Position,
    /// The first entry that is not applied.
    next: usize,
    beat: Beat,
    told: Option<(LocalTime, Position)>,
    ended: bool,
}

impl Transport {
    /// Stands at the beginning. Until the first beat nothing is due.
    #[must_use]
    pub fn new(score: &Score) -> Self {
        Self {
            entries: score.entries().to_vec(),
            length: score.length(),
            next: 0,
            beat: Beat { at: LocalTime::START, position: Position::START, speed: 0.0, jump: 0 },
            told: None,
            ended: false,
        }
    }

    /// Jumps, and gives all entries up to there: what the view is to be made of anew. What is before
    /// the beginning is in it from the start.
    pub fn seek(&mut self, to: Position) -> (u64, Vec<EntryRef>) {
        let to = to.min(self.length);
        self.next = self.entries.partition_point(|(at, _)| *at <= to);
        let jump = self.beat.jump + 1;
        // Until the sound has followed, time stands still there.
        self.beat = Beat { at: LocalTime::START, position: to, speed: 0.0, jump };
        (self.told, self.ended) = (None, false);
        (jump, self.entries[..self.next].iter().map(|(_, entry)| *entry).collect())
    }

    /// A block of sound is about to be at the sink.
    pub fn beat(&mut self, beat: Beat) {
        if beat.jump == self.beat.jump {
            self.beat = beat;
        }
    }

    /// Where it is at `now`.
    #[must_use]
    pub fn position(&self, now: LocalTime) -> Position {
        let passed = now.since(self.beat.at).min(WITHOUT_BEAT);
        let passed = Position::from(passed).samples() as f64 * f64::from(self.beat.speed);
        let here = self.beat.position.samples().saturating_add(passed as u64);
        Position::from_samples(here).min(self.length)
    }

    /// Samples of the recording a sample; 0 while it is paused.
    #[must_use]
    pub fn speed(&self) -> f32 {
        self.beat.speed
    }

    /// How many entries have been applied, from the beginning.
    #[must_use]
    pub fn said(&self) -> usize {
        self.next
    }

    /// The entries to be applied at `now`, in order.
    pub fn due(&mut self, now: LocalTime) -> Vec<DueEntry> {
        let mut due = Vec::new();
        while let Some((at, entry)) = self.upcoming()
            && at <= now
        {
            self.next += 1;
            due.push(DueEntry { entry, at });
        }
        due
    }

    /// The position, if it is time to tell it: at once after a jump, ten times a second while it
    /// moves, and where it comes to rest.
    pub fn tell(&mut self, now: LocalTime) -> Option<Position> {
        let here = self.position(now);
        let due = match self.told {
            None => true,
            Some((_, place)) if place == here => false,
            Some((at, _)) => self.beat.speed == 0.0 || now.since(at) >= TELL_EVERY,
        };
        due.then(|| {
            self.told = Some((now, here));
            here
        })
    }

    /// Tells the position again, whether it changed or not.
    pub fn retell(&mut self) {
        self.told = None;
    }

    /// Whether the end was reached at `now`. Said once, until it jumps back.
    pub fn ends(&mut self, now: LocalTime) -> bool {
        let over = self.next == self.entries.len() && self.position(now) >= self.length;
        over && !std::mem::replace(&mut self.ended, over)
    }

    /// When to look again, were there no beat before.
    #[must_use]
    pub fn next_wake(&self, now: LocalTime) -> Option<LocalTime> {
        if self.beat.speed == 0.0 {
            return None;
        }
        let tell = self.told.map_or(now, |(at, _)| at + TELL_EVERY);
        let entry = self.upcoming().map(|(at, _)| at);
        // Beyond the present block the next beat knows better.
        let block = self.beat.at + Duration::from_nanos(samples_to_nanos(FRAME_SAMPLES));
        [Some(tell.max(now)), entry.filter(|at| *at <= block)].into_iter().flatten().min()
    }

    /// The next entry and when it is due by the present beat; none while it is paused, or farther off
    /// than a beat says anything about.
    fn upcoming(&self) -> Option<(LocalTime, EntryRef)> {
        let (place, entry) = *self.entries.get(self.next)?;
        if self.beat.speed == 0.0 {
            // Where it came to rest, everything up to there has been heard.
            return (place <= self.beat.position).then_some((self.beat.at, entry));
        }
        let speed = f64::from(self.beat.speed);
        // Rounded up: nothing is due before its sound.
        let nanos = |samples: u64| samples_to_nanos((samples as f64 / speed).ceil() as u64);
        let here = self.beat.position.samples();
        let at = match place.samples().checked_sub(here) {
            Some(ahead) => {
                let ahead = Duration::from_nanos(nanos(ahead));
                if ahead > WITHOUT_BEAT {
                    return None;
                }
                self.beat.at + ahead
            }
            None => self.beat.at - Duration::from_nanos(nanos(here - place.samples())),
        };
        Some((at, entry))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Note, TrackId};
    use super::*;
    use crate::room::id::MemberId;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    const ANNA: MemberId = MemberId([1; 32]);

    fn entry(seq: u64) -> EntryRef {
        EntryRef { author: ANNA, seq }
    }

    /// Entry `n` at `ms[n]`; 10 s long.
    fn transport(ms: &[u64]) -> Transport {
        let mut notes = vec![Note::Session { at: 0 }];
        let mut stamps = BTreeMap::new();
        for (seq, ms) in (0..).zip(ms) {
            notes.push(Note::Entry { entry: entry(seq), at: ms * 1000 });
            stamps.insert(entry(seq), Default::default());
        }
        notes.push(Note::Session { at: 10_000_000 });
        Transport::new(&Score::new(&notes, &BTreeMap::<TrackId, _>::new(), &stamps))
    }

    fn ms(millis: u64) -> LocalTime {
        LocalTime::from_millis(millis)
    }

    fn beat(at: u64, position: u64, speed: f32, jump: u64) -> Beat {
        Beat { at: ms(at), position: Position::from_samples(position * 48), speed, jump }
    }

    fn seqs(due: &[DueEntry]) -> Vec<(u64, u64)> {
        due.iter().map(|due| (due.entry.seq, due.at.as_millis())).collect()
    }

    #[test]
    fn an_entry_is_due_when_its_place_is_at_the_sink() {
        let mut transport = transport(&[1010, 1030]);
        assert_eq!(transport.next_wake(ms(0)), None, "nothing plays");
        transport.beat(beat(5000, 1000, 1.0, 0));
        transport.tell(ms(5000));
        assert_eq!(transport.next_wake(ms(5000)), Some(ms(5010)));
        assert_eq!(transport.due(ms(5009)), []);
        assert_eq!(seqs(&transport.due(ms(5012))), [(0, 5010)]);
        transport.beat(beat(5020, 1020, 1.0, 0));
        assert_eq!(seqs(&transport.due(ms(5030))), [(1, 5030)]);
    }

    #[test]
    fn at_another_speed_it_is_due_sooner_or_later() {
        for (speed, due) in [(2.0, 5005), (0.5, 5020)] {
            let mut transport = transport(&[1010]);
            transport.beat(beat(5000, 1000, speed, 0));
            assert_eq!(seqs(&transport.due(ms(6000))), [(0, due)], "at {speed}");
        }
    }

    #[test]
    fn paused_nothing_is_due_and_the_place_stays() {
        let mut transport = transport(&[1010]);
        transport.beat(beat(5000, 1000, 0.0, 0));
        assert_eq!(transport.due(ms(9000)), []);
        assert_eq!(transport.position(ms(9000)).samples(), 48_000);
        assert_eq!(transport.next_wake(ms(9000)), None);
    }

    #[test]
    fn a_jump_gives_what_was_said_until_there_and_old_beats_are_ignored() {
        let mut transport = transport(&[0, 1000, 2000, 3000]);
        transport.beat(beat(5000, 0, 1.0, 0));
        let (jump, before) = transport.seek(Position::from_samples(2000 * 48));
        assert_eq!(before, [entry(0), entry(1), entry(2)]);
        transport.beat(beat(5020, 20, 1.0, 0));
        assert_eq!(transport.position(ms(5030)).samples(), 2000 * 48);
        transport.beat(beat(5040, 2990, 1.0, jump));
        assert_eq!(seqs(&transport.due(ms(5100))), [(3, 5050)]);
        let (_, before) = transport.seek(Position::START);
        assert_eq!(before, [entry(0)]);
        let (_, before) = transport.seek(Position::from_samples(u64::MAX));
        assert_eq!(before.len(), 4);
    }

    #[test]
    fn the_place_is_told_ten_times_a_second_and_only_while_it_moves() {
        let mut transport = transport(&[]);
        let mut told = Vec::new();
        for block in 0..100 {
            transport.beat(beat(block * 20, block * 20, 1.0, 0));
            told.extend(transport.tell(ms(block * 20)));
        }
        assert_eq!(told.len(), 20);
        transport.beat(beat(2000, 2000, 0.0, 0));
        assert!(transport.tell(ms(2000)).is_some(), "where it rests");
        assert_eq!(transport.tell(ms(9000)), None);
        transport.seek(Position::START);
        assert_eq!(transport.tell(ms(9001)), Some(Position::START));
    }

    #[test]
    fn the_end_is_said_once() {
        let mut transport = transport(&[9_990]);
        transport.beat(beat(0, 9_980, 1.0, 0));
        assert!(!transport.ends(ms(10)));
        transport.beat(beat(20, 10_000, 1.0, 0));
        transport.due(ms(20));
        assert!(transport.ends(ms(20)));
        assert!(!transport.ends(ms(30)));
        transport.seek(Position::START);
        assert!(!transport.ends(ms(40)));
    }

    #[test]
    fn a_part_of_a_sample_is_waited_for() {
        let mut transport = transport(&[1020]);
        // 960 samples of the recording are 505.26 of the sink's: the 506th is the first that is not early.
        transport.beat(beat(0, 1000, 1.9, 0));
        let due = transport.due(ms(1000));
        assert_eq!(due[0].at.as_nanos(), samples_to_nanos(506));
    }

    proptest! {
        /// Whatever is done: each entry comes once between two jumps, in order, and none before its
        /// place was at the sink.
        #[test]
        fn entries_come_in_order_and_never_early(
            places in prop::collection::vec(0u64..10_000, 0..40),
            script in prop::collection::vec((0u8..8, 0u64..10_000, 0.5f32..2.0), 1..200),
        ) {
            let mut transport = transport(&places);
            let mut sorted = places.clone();
            sorted.sort_unstable();
            let (mut now, mut place, mut speed, mut jump) = (0, 0.0, 1.0, 0);
            let mut expected = 0;
            for (deed, to, wanted) in script {
                match deed {
                    0 => {
                        let to = Position::from_samples(to * 48);
                        let (number, before) = transport.seek(to);
                        (jump, expected, place) = (number, before.len(), to.samples() as f64);
                    }
                    1 => speed = wanted,
                    _ => {}
                }
                let position = Position::from_samples(place as u64);
                transport.beat(Beat { at: ms(now), position, speed, jump });
                now += 20;
                place += 960.0 * f64::from(speed);
                for due in transport.due(ms(now)) {
                    prop_assert!(due.at <= ms(now));
                    let at = places[due.entry.seq as usize];
                    prop_assert_eq!(at, sorted[expected]);
                    prop_assert!(at as f64 * 48.0 <= place + 1.0);
                    expected += 1;
                }
            }
        }
    }
}
