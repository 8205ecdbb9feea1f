//! Seconds of sound that were missed live, until they are with the recorder. Pure.

use crate::io::recording::Announced;
use crate::room::id::{BlobId, MemberId};
use crate::room::time::Epoch;
use std::collections::{BTreeMap, VecDeque};

/// Seconds that are fetched at a time: 64 are 300 kB on their way, and far fewer than the notes that
/// wait for the recorder's disk.
const AT_ONCE: usize = 64;

/// Silence of two epochs may be the same bytes.
type Key = (BlobId, MemberId, Epoch);

/// What is to be fetched. A recording that was interrupted may lack hours.
#[derive(Debug, Default)]
pub(super) struct Sounds {
    waiting: VecDeque<Announced>,
    under_way: BTreeMap<Key, Announced>,
}

impl Sounds {
    /// One more is missing.
    pub(super) fn add(&mut self, sound: Announced) {
        if !self.under_way.contains_key(&key(&sound)) {
            self.waiting.push_back(sound);
        }
    }

    /// The next to ask for; `None` while enough are under way.
    pub(super) fn next(&mut self) -> Option<Announced> {
        if self.under_way.len() >= AT_ONCE {
            return None;
        }
        let sound = self.waiting.pop_front()?;
        self.under_way.insert(key(&sound), sound);
        Some(sound)
    }

    /// This one could not be asked for.
    pub(super) fn put_back(&mut self, sound: Announced) {
        self.done(&sound);
        self.waiting.push_front(sound);
    }

    /// The seconds that were asked for and whose bytes this blob is.
    pub(super) fn under_way(&self, blob: BlobId) -> Vec<Announced> {
        let least = (blob, MemberId([0; 32]), Epoch(0));
        let these = self.under_way.range(least..).take_while(|(key, _)| key.0 == blob);
        these.map(|(_, sound)| *sound).collect()
    }

    /// This one is settled.
    pub(super) fn done(&mut self, sound: &Announced) {
        self.under_way.remove(&key(sound));
    }

    /// How many are not settled.
    pub(super) fn len(&self) -> usize {
        self.waiting.len() + self.under_way.len()
    }
}

fn key((author, epoch, page): &Announced) -> Key {
    (page.blob, *author, *epoch)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::room::stanza::SoundPage;
    use crate::room::time::MediaTime;

    fn sound(second: u64) -> Announced {
        let first = MediaTime::from_samples(second * 48_000);
        let blob = BlobId::of(&second.to_be_bytes());
        (MemberId([1; 32]), Epoch(1), SoundPage { first, frames: 50, blob })
    }

    #[test]
    fn hours_are_fetched_some_at_a_time_and_all_in_the_end() {
        let mut sounds = Sounds::default();
        (0..1000).for_each(|second| sounds.add(sound(second)));
        let mut fetched = Vec::new();
        while sounds.len() > 0 {
            let asked: Vec<_> = std::iter::from_fn(|| sounds.next()).collect();
            assert!((1..=AT_ONCE).contains(&asked.len()));
            sounds.add(asked[0]);
            assert!(asked.iter().all(|one| sounds.under_way(one.2.blob) == [*one]));
            asked.iter().for_each(|one| sounds.done(one));
            fetched.extend(asked);
        }
        assert_eq!(fetched, (0..1000).map(sound).collect::<Vec<_>>());
    }

    #[test]
    fn the_same_silence_in_two_epochs_is_two_seconds() {
        let mut sounds = Sounds::default();
        let (author, _, page) = sound(0);
        let both = [sound(0), (author, Epoch(2), page)];
        both.iter().for_each(|one| sounds.add(*one));
        assert_eq!([sounds.next(), sounds.next()], both.map(Some));
        assert_eq!(sounds.under_way(page.blob), both);
    }

    #[test]
    fn what_could_not_be_asked_for_is_next() {
        let mut sounds = Sounds::default();
        (0..3).for_each(|second| sounds.add(sound(second)));
        let first = sounds.next().expect("there are three");
        sounds.put_back(first);
        assert_eq!((sounds.len(), sounds.next()), (3, Some(first)));
    }
}
