//! One talker as heard here: jitter buffer and decoder; and all of them together.

use super::codec::Decoder;
use super::mix::{add, join};
use super::volume::{Ramp, Volumes};
use super::{Block, Frame, Played, SILENT};
use crate::limits::MEMBERS;
use crate::room::id::MemberId;
use crate::room::playout::{
    Counters, DelayChoice, Heard, JitterBuffer, Meter, Play, Pull, level_of,
};
use crate::room::time::{Epoch, LocalTime};
use std::collections::BTreeMap;
use std::time::Duration;

/// Talkers decoded at a time: 64 cost 2 ms of each 20 (research: audio §2). More are not heard.
const TALKERS: usize = 64;

/// Epochs of one author at a time: the one that ends and the one that begins.
const EPOCHS: usize = 2;

/// A talker of whom nothing came for this long is forgotten; longer than a network's usual stall,
/// so that a stall counts as one.
const FORGET: Duration = Duration::from_secs(15);

struct Talker {
    buffer: JitterBuffer,
    decoder: Decoder,
    volume: Ramp,
    meter: Meter,
    /// As the meter shows it now.
    level: u8,
}

/// What is heard of a block.
pub(super) struct Mixes {
    /// From here.
    pub(super) here: Block,
    /// From another laptop of the room.
    pub(super) there: Option<Block>,
    /// Which moment of whom is in it.
    pub(super) played: Vec<Played>,
}

/// Everybody who is heard here.
pub(super) struct Talkers {
    delay: DelayChoice,
    volumes: Volumes,
    talkers: BTreeMap<(MemberId, Epoch), Talker>,
    /// Counts of epochs that are over, by author.
    past: BTreeMap<MemberId, Counters>,
}

impl Talkers {
    pub(super) fn new(volumes: Volumes) -> Self {
        let delay = volumes.wanted_delay();
        Self { delay, volumes, talkers: BTreeMap::new(), past: BTreeMap::new() }
    }

    /// Takes a frame; the first of an author's epoch makes a talker, if there is room.
    pub(super) fn insert(&mut self, frame: Frame) {
        let key = (frame.author, frame.epoch);
        if !self.talkers.contains_key(&key) && !self.admit(key) {
            return;
        }
        if let Some(talker) = self.talkers.get_mut(&key) {
            if frame.resumes {
                talker.buffer.resumes(frame.at);
            }
            talker.buffer.insert(frame.arrived, frame.at, frame.opus);
        }
    }

    /// The mixes of the block due at `due`.
    pub(super) fn pull(&mut self, due: LocalTime) -> Mixes {
        let (mut here, mut there, mut played) = (SILENT, None, Vec::new());
        let delay = self.volumes.wanted_delay();
        if std::mem::replace(&mut self.delay, delay) != delay {
            self.talkers.values_mut().for_each(|talker| talker.buffer.tune(delay.tuning()));
        }
        for (&(author, epoch), talker) in &mut self.talkers {
            let pull = talker.buffer.pull(due);
            if let Some(first) = pull.first {
                played.push(Played { author, epoch, first, at: due });
            }
            let block = talker.sound(&pull);
            // As it was said, not as it is wished to be heard: who is silenced here still speaks.
            talker.level = talker.meter.block(block.as_ref().map_or(0, |block| level_of(block)));
            if let Some(mut block) = block {
                if self.volumes.is_overheard(&author) {
                    add(there.get_or_insert(SILENT), &block);
                }
                talker.volume.play(&mut block, self.volumes.of(&author));
                add(&mut here, &block);
            }
        }
        Mixes { here, there, played }
    }

    /// Whether nobody has been heard of for long.
    pub(super) fn is_empty(&self) -> bool {
        self.talkers.is_empty()
    }

    /// Forgets who has not been heard of for long.
    pub(super) fn forget(&mut self, now: LocalTime) {
        let gone = |talker: &Talker| now.since(talker.buffer.last_arrival()) > FORGET;
        let gone: Vec<_> =
            self.talkers.iter().filter(|(_, t)| gone(t)).map(|(key, _)| *key).collect();
        gone.into_iter().for_each(|key| self.remove(key));
    }

    /// How loud everybody is who is not silent.
    pub(super) fn levels(&self) -> Vec<(MemberId, u8)> {
        let mut levels: BTreeMap<MemberId, u8> = BTreeMap::new();
        for ((author, _), talker) in self.talkers.iter().filter(|(_, t)| t.level > 0) {
            let level = levels.entry(*author).or_default();
            *level = talker.level.max(*level);
        }
        levels.into_iter().collect()
    }

    /// How everybody was heard since the start, who fell silent included.
    pub(super) fn heard(&self) -> Vec<(MemberId, Heard)> {
        let mut sums = self.past.clone();
        for ((author, _), talker) in &self.talkers {
            let sum = sums.entry(*author).or_default();
            let now = talker.buffer.counters();
            sum.received += now.received;
            sum.concealed += now.concealed;
            sum.late += now.late;
            sum.delay_ms = now.delay_ms;
        }
        let heard = |sum: Counters| Heard {
            received: sum.received,
            concealed: sum.concealed,
            late: sum.late,
            delay_ms: sum.delay_ms,
        };
        sums.into_iter().map(|(author, sum)| (author, heard(sum))).collect()
    }

    fn admit(&mut self, key: (MemberId, Epoch)) -> bool {
        let of_author = |k: &&(MemberId, Epoch)| k.0 == key.0;
        if self.talkers.keys().filter(of_author).count() >= EPOCHS {
            let quietest = self.talkers.iter().filter(|(k, _)| k.0 == key.0);
            let quietest = quietest.min_by_key(|(_, t)| t.buffer.last_arrival());
            if let Some(quietest) = quietest.map(|(key, _)| *key) {
                self.remove(quietest);
            }
        }
        if self.talkers.len() >= TALKERS {
            return false;
        }
        let Ok(decoder) = Decoder::new() else { return false };
        let talker = Talker {
            buffer: JitterBuffer::new(self.delay.tuning()),
            decoder,
            volume: Ramp::new(self.volumes.of(&key.0)),
            meter: Meter::default(),
            level: 0,
        };
        self.talkers.insert(key, talker);
        true
    }

    fn remove(&mut self, key: (MemberId, Epoch)) {
        let Some(talker) = self.talkers.remove(&key) else { return };
        if self.past.len() < MEMBERS || self.past.contains_key(&key.0) {
            let (past, last) = (self.past.entry(key.0).or_default(), talker.buffer.counters());
            past.received += last.received;
            past.concealed += last.concealed;
            past.late += last.late;
            past.delay_ms = last.delay_ms;
        }
    }
}

impl Talker {
    fn sound(&mut self, pull: &Pull) -> Option<Block> {
        Some(match &pull.play {
            Play::Frame(packet) => self.decoder.frame(packet),
            Play::Join(one, two) => {
                let one = self.decoder.frame(one);
                join(&one, &self.decoder.frame(two))
            }
            Play::Fec(follower) => self.decoder.recover(follower),
            Play::Conceal | Play::Stretch => self.decoder.conceal(),
            Play::Silence => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::room::time::MediaTime;

    fn frame(author: u8, epoch: u32, index: u64) -> Frame {
        Frame {
            author: MemberId([author; 32]),
            epoch: Epoch(epoch),
            at: MediaTime::from_samples(index * 960),
            opus: vec![0x48, 0, 0],
            resumes: false,
            arrived: LocalTime::from_millis(1000 + index * 20),
        }
    }

    #[test]
    fn talkers_are_bounded_in_all_and_by_author() {
        let mut talkers = Talkers::new(Volumes::default());
        (0..100).for_each(|epoch| talkers.insert(frame(1, epoch, 0)));
        assert_eq!(talkers.talkers.len(), EPOCHS);
        (0..200).for_each(|author| talkers.insert(frame(author, 1000, 0)));
        assert_eq!(talkers.talkers.len(), TALKERS);
    }

    #[test]
    fn counts_outlive_epochs() {
        let mut talkers = Talkers::new(Volumes::default());
        (0..50).for_each(|i| talkers.insert(frame(1, 1, i)));
        talkers.forget(LocalTime::from_millis(60_000));
        assert!(talkers.talkers.is_empty());
        (0..50).for_each(|i| talkers.insert(frame(1, 2, i)));
        assert_eq!(talkers.heard()[0].1.received, 100);
    }
}
