//! THE GUARD AGAINST HOWLING: the last defence, when the rules of the room and the canceller were not enough.
//!
//! A laptop that plays the voice of another one in the same room closes a loop: what that one hears is its own
//! voice, late, which is nobody's echo that it knows of. The loop's strongest tones grow until all is as loud as
//! can be. Two laptops can end it, and each has a guard: the one that plays becomes quieter, the one that is
//! heard closes its microphone.

use super::Piece;
use super::level::{decibels, power};
use super::spectrum::{Peak, Spectrum};
use crate::io::audio::Howl;

/// A howl's band stands out of the median by more than this, in decibels (research: audio §4d).
const STANDS_OUT: f32 = 30.0;

/// And out of those around it by this, in decibels: a voice's overtones are nearer to each other.
const ALONE: f32 = 10.0;

/// A tone that is quieter than this is nobody's trouble yet, in dBFS.
const AUDIBLE: f32 = -25.0;

/// What the microphone hears is what is played if its tone stands out there by this, in decibels.
const PLAYED: f32 = 20.0;

/// A sound of which every 10 ms are as loud as this is no speech, in dBFS: between two syllables people are 15 dB
/// quieter than in them. A loop of many tones is that loud long before one of them is alone.
const ROARS: f32 = -13.0;

/// So many pieces of it make a howl: 300 ms (research: audio §4d).
const LASTS: u32 = 30;

/// So many more, in which a quieter loudspeaker should have ended it, close the microphone: a second in all,
/// longer than people hold a vowel.
const IN_VAIN: u32 = 100;

/// The loudspeaker stays quieter for so many pieces after the last howl: 10 s.
const DUCKED: u32 = 1000;

/// What the loudspeaker's sound is multiplied by: -12 dB (research: audio §4d).
pub(super) const DUCK: f32 = 0.25;

/// Hears howling begin.
#[derive(Default)]
pub struct Guard {
    microphone: Ear,
    left: Ear,
    played: Spectrum,
    /// Pieces for which the loudspeaker is quieter still.
    ducked: u32,
    silenced: bool,
}

impl Guard {
    /// Takes the next piece: of the microphone, of what the canceller left of it, and of what the loudspeaker was
    /// given. What is played here and heard is made quieter here; what is left of it, which this laptop sends, ends
    /// here if nobody else ends it.
    pub fn piece(&mut self, microphone: &Piece, left: &Piece, played: &Piece) -> Howl {
        self.played.take(played);
        let mine = decibels(power(played)) >= ROARS;
        let heard = self.microphone.hears(microphone, |peak, roars| {
            if roars { mine } else { self.played.above_at(peak.band) >= PLAYED }
        });
        self.ducked = if heard >= LASTS { DUCKED } else { self.ducked.saturating_sub(1) };
        self.silenced |= self.left.hears(left, |_, _| true) >= IN_VAIN;
        match (self.silenced, self.ducked) {
            (true, _) => Howl::Silenced,
            (false, 0) => Howl::Calm,
            (false, _) => Howl::Ducked,
        }
    }

    /// The microphone was closed, or opened again: what was, is over.
    pub fn forget(&mut self) {
        (self.silenced, self.ducked) = (false, 0);
        (self.microphone.lasts, self.left.lasts) = (0, 0);
    }
}

/// Listens to one sound.
#[derive(Default)]
struct Ear {
    spectrum: Spectrum,
    /// The band of the tone before.
    band: usize,
    /// Pieces for which it howls.
    lasts: u32,
}

impl Ear {
    /// For how many pieces this has howled: one tone alone, or a roar. `ours` is asked, with what it is, whether it
    /// counts.
    fn hears(&mut self, piece: &Piece, ours: impl FnOnce(Peak, bool) -> bool) -> u32 {
        self.spectrum.take(piece);
        let roars = decibels(power(piece)) >= ROARS;
        let peak = self.spectrum.peak();
        let tone = peak.level >= AUDIBLE && peak.above >= STANDS_OUT && peak.alone >= ALONE;
        let goes_on = roars || (tone && peak.band.abs_diff(self.band) <= 1);
        self.band = peak.band;
        self.lasts = if goes_on && ours(peak, roars) { self.lasts + 1 } else { 0 };
        self.lasts
    }
}

#[cfg(test)]
mod tests {
    use super::super::level::factor;
    use super::super::{PIECE, QUIET};
    use super::*;
    use std::f32::consts::TAU;

    /// Piece `number` of a tone of 2 kHz that is this loud.
    fn tone(number: usize, loud: f32) -> Piece {
        std::array::from_fn(|n| {
            loud * ((number * PIECE + n) as f32 * 2000.0 / 48_000.0 * TAU).sin()
        })
    }

    /// What the guard does at each piece of a tone that grows by 40 dB a second to -10 dBFS.
    fn states(left: bool, played: bool) -> Vec<Howl> {
        let mut guard = Guard::default();
        let states = (0..300).map(|number| {
            let heard = tone(number, 0.003 * factor(40.0 * (number as f32 / 100.0).min(1.0)));
            let or_quiet = |there| if there { &heard } else { &QUIET };
            guard.piece(&heard, or_quiet(left), or_quiet(played))
        });
        states.collect()
    }

    fn begins(states: &[Howl], howl: Howl) -> Option<usize> {
        states.iter().position(|state| *state == howl)
    }

    #[test]
    fn who_plays_a_tone_that_grows_is_quieter_within_a_third_of_a_second() {
        let loud = 64; // Pieces until it is as loud as AUDIBLE.
        let states = states(false, true);
        let ducked = begins(&states, Howl::Ducked).expect("it howls");
        assert!((loud + 29..loud + 35).contains(&ducked), "piece {ducked}");
        assert_eq!(begins(&states, Howl::Silenced), None, "the canceller takes it out");
    }

    #[test]
    fn who_sends_it_closes_the_microphone_a_second_later() {
        let states = states(true, false);
        assert_eq!(begins(&states, Howl::Ducked), None, "it is not played here");
        let silenced = begins(&states, Howl::Silenced).expect("it goes on");
        assert!((163..170).contains(&silenced), "piece {silenced}");
        assert!(states[silenced..].iter().all(|state| *state == Howl::Silenced));
    }

    #[test]
    fn a_short_tone_is_no_howl_and_a_howl_is_forgotten() {
        let mut guard = Guard::default();
        for number in 0..29 {
            let heard = tone(number, 0.4);
            assert_eq!(guard.piece(&heard, &heard, &heard), Howl::Calm, "piece {number}");
        }
        for number in 29..60 {
            let heard = tone(number, 0.4);
            guard.piece(&heard, &heard, &heard);
        }
        let ducked = std::iter::repeat_with(|| guard.piece(&QUIET, &QUIET, &QUIET));
        let ducked = ducked.take_while(|state| *state == Howl::Ducked).count();
        assert!((990..=1000).contains(&ducked), "{ducked} pieces");
    }
}
