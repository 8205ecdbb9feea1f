//! How loud this listener wants to hear whom and how soon, and what the room's rules leave of it. Playout goes on as
//! ever: only what reaches the sink differs.

use super::Block;
use crate::room::group::Ears;
use crate::room::id::MemberId;
use crate::room::playout::DelayChoice;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The greatest volume, in percent of how it was sent: +6 dB, for who sits far from the microphone.
pub const LOUDEST: u8 = 200;

/// The listener's wishes. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Volumes {
    wishes: Arc<Mutex<Wishes>>,
}

#[derive(Debug, Default)]
struct Wishes {
    percent: BTreeMap<MemberId, u8>,
    silenced: BTreeSet<MemberId>,
    deaf: bool,
    delay: DelayChoice,
    /// What the rules of the room leave.
    ears: Ears,
}

impl Volumes {
    /// Hears `member` at `percent` of how they were sent, [`LOUDEST`] at most.
    pub fn set(&self, member: MemberId, percent: u8) {
        self.lock().percent.insert(member, percent.min(LOUDEST));
    }

    /// Hears nothing of `member`, or hears them again as loud as before.
    pub fn silence(&self, member: MemberId, on: bool) {
        let silenced = &mut self.lock().silenced;
        if on {
            silenced.insert(member)
        } else {
            silenced.remove(&member)
        };
    }

    /// Hears nobody, or everybody again.
    pub fn deafen(&self, on: bool) {
        self.lock().deaf = on;
    }

    /// Hears everybody sooner, or with fewer gaps.
    pub fn delay(&self, choice: DelayChoice) {
        self.lock().delay = choice;
    }

    /// How soon everybody is to be heard.
    pub(super) fn wanted_delay(&self) -> DelayChoice {
        self.lock().delay
    }

    /// Hears what the rules of the room leave, from the next block on.
    pub fn hear(&self, ears: Ears) {
        self.lock().ears = ears;
    }

    /// What `member`'s sound is multiplied with.
    pub(super) fn of(&self, member: &MemberId) -> f32 {
        let wishes = self.lock();
        let Ears { hushed, aloud } = &wishes.ears;
        if wishes.silenced.contains(member) || hushed.contains(member) || !aloud {
            return 0.0;
        }
        wishes.percent.get(member).map_or(1.0, |percent| f32::from(*percent) / 100.0)
    }

    /// Whether another laptop of the room plays `member`'s sound, so that it is heard here.
    pub(super) fn is_overheard(&self, member: &MemberId) -> bool {
        let Ears { hushed, aloud } = &self.lock().ears;
        !aloud && !hushed.contains(member)
    }

    /// What the mix is multiplied with.
    pub(super) fn of_all(&self) -> f32 {
        if self.lock().deaf { 0.0 } else { 1.0 }
    }

    fn lock(&self) -> MutexGuard<'_, Wishes> {
        self.wishes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A volume on its way to what is wished: within one block (20 ms), so that nothing clicks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ramp(f32);

impl Ramp {
    /// Begins at `volume`.
    pub(super) fn new(volume: f32) -> Self {
        Self(volume)
    }

    /// Plays `block` at the volume it had, going over to `wished`.
    pub(super) fn play(&mut self, block: &mut Block, wished: f32) {
        let (from, length) = (self.0, block.len() as f32);
        self.0 = wished;
        if from == 1.0 && wished == 1.0 {
            return;
        }
        for (place, sample) in block.iter_mut().enumerate() {
            *sample *= from + (wished - from) * (place + 1) as f32 / length;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::BLOCK;
    use super::*;

    const ANNA: MemberId = MemberId([2; 32]);

    #[test]
    fn wishes_are_kept_apart() {
        let volumes = Volumes::default();
        assert_eq!((volumes.of(&ANNA), volumes.of_all()), (1.0, 1.0));
        volumes.set(ANNA, 250);
        assert_eq!(volumes.of(&ANNA), 2.0, "no louder than 200 %");
        volumes.silence(ANNA, true);
        volumes.set(ANNA, 50);
        assert_eq!(volumes.of(&ANNA), 0.0);
        volumes.silence(ANNA, false);
        assert_eq!(volumes.of(&ANNA), 0.5);
        volumes.deafen(true);
        assert_eq!((volumes.of(&ANNA), volumes.of_all()), (0.5, 0.0));
    }

    #[test]
    fn the_rooms_rules_stand_above_wishes() {
        let (volumes, ben) = (Volumes::default(), MemberId([3; 32]));
        volumes.set(ANNA, 200);
        volumes.hear(Ears { hushed: BTreeSet::from([ANNA]), aloud: true });
        assert_eq!((volumes.of(&ANNA), volumes.of(&ben)), (0.0, 1.0));
        assert!(!volumes.is_overheard(&ANNA) && !volumes.is_overheard(&ben));
        volumes.hear(Ears { hushed: BTreeSet::from([ANNA]), aloud: false });
        assert_eq!((volumes.of(&ANNA), volumes.of(&ben)), (0.0, 0.0));
        assert!(!volumes.is_overheard(&ANNA) && volumes.is_overheard(&ben));
        volumes.hear(Ears::default());
        assert_eq!(volumes.of(&ANNA), 2.0);
    }

    #[test]
    fn a_change_does_not_click() {
        let mut ramp = Ramp::new(1.0);
        let mut heard = Vec::new();
        for wished in [1.0, 0.0, 0.0, 2.0, 0.5] {
            let mut block = [0.4; BLOCK];
            ramp.play(&mut block, wished);
            heard.extend(block);
        }
        assert_eq!(heard[..BLOCK], [0.4; BLOCK]);
        assert_eq!(heard[2 * BLOCK - 1..3 * BLOCK], [0.0; BLOCK + 1]);
        assert!((heard[4 * BLOCK - 1] - 0.8).abs() < 1e-6);
        // A click is a step; the greatest here is two units of a sample's 960th.
        assert!(heard.windows(2).all(|two| (two[0] - two[1]).abs() < 0.001));
    }
}
