//! The chain of a microphone's sound.

use super::canceller::EchoCanceller;
use super::clip::Clip;
use super::detector::Detector;
use super::gain::Gain;
use super::gate::{Ahead, Gate};
use super::guard::Guard;
use super::level::{decibels, power};
use super::{Piece, QUIET};
use crate::io::audio::Howl;
use std::time::Duration;

/// A loudspeaker that plays something as loud as this may be heard by the microphone, in dBFS.
const AUDIBLE: f32 = -55.0;

/// For so many pieces after it: 250 ms, a device's delay and a room's echo.
const ECHOES: u32 = 25;

/// What people switch on and off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Switches {
    /// Noise suppression.
    pub noise: bool,
    /// Gentle gain.
    pub gain: bool,
    /// A loudspeaker plays into the room: no gain then.
    pub aloud: bool,
    /// The microphone is closed.
    pub muted: bool,
}

/// What is noticed of a microphone's sound beside it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Noticed {
    /// Somebody speaks.
    pub speech: bool,
    /// It was too loud just now, or a moment ago.
    pub clips: bool,
    /// What the guard does.
    pub howl: Howl,
}

/// Echo canceller, high-pass, noise suppression, gain and gate, one after another; clip light, detector of speech
/// and guard beside them.
pub struct Chain {
    canceller: Box<dyn EchoCanceller>,
    detector: Box<Detector>,
    gain: Gain,
    gate: Gate,
    clip: Clip,
    guard: Box<Guard>,
    /// Pieces for which what was played may still come back.
    echoes: u32,
    muted: bool,
}

impl Chain {
    /// A chain that knows nothing of the room and the voice yet.
    #[must_use]
    pub fn new(canceller: Box<dyn EchoCanceller>) -> Self {
        Self {
            canceller,
            detector: Box::default(),
            gain: Gain::default(),
            gate: Gate::default(),
            clip: Clip::default(),
            guard: Box::default(),
            echoes: 0,
            muted: false,
        }
    }

    /// Makes of the microphone's next piece what is sent, and says what was noticed. `played` is the next piece of
    /// what the loudspeaker was given.
    pub fn piece(&mut self, piece: &mut Piece, played: &Piece, switches: Switches) -> Noticed {
        let microphone = sound(piece);
        *piece = microphone;
        let clips = self.clip.lit(&microphone);
        if switches.muted != self.muted {
            self.muted = switches.muted;
            self.guard.forget();
        }
        let audible = decibels(power(played)) >= AUDIBLE;
        self.echoes = if audible { ECHOES } else { self.echoes.saturating_sub(1) };
        self.canceller.suppress_noise(switches.noise);
        self.canceller.played(played);
        self.canceller.process(piece);
        let sent = if switches.muted { &QUIET } else { &*piece };
        let howl = self.guard.piece(&microphone, sent, played);
        let speech = self.detector.speech(piece);
        self.gain.piece(piece, speech, switches.gain && !switches.aloud);
        let ahead = Ahead { microphone: &microphone, played: self.echoes > 0, speech };
        self.gate.piece(piece, ahead);
        if howl == Howl::Silenced {
            *piece = QUIET;
        }
        Noticed { speech, clips, howl }
    }

    /// How much later sound comes out than it went in.
    #[must_use]
    pub fn delay(&self) -> Duration {
        self.canceller.delay()
    }
}

/// A device may give anything; what is no number would stay in every filter for good.
fn sound(piece: &Piece) -> Piece {
    piece.map(|sample| if sample.is_finite() { sample.clamp(-1.0, 1.0) } else { 0.0 })
}

#[cfg(test)]
mod tests {
    use super::super::{PIECE, Sonora};
    use super::*;

    /// Takes 9 ms and nothing else.
    struct Nothing;

    impl EchoCanceller for Nothing {
        fn played(&mut self, _: &Piece) {}
        fn process(&mut self, _: &mut Piece) {}
        fn suppress_noise(&mut self, _: bool) {}
        fn delay(&self) -> Duration {
            Duration::from_millis(9)
        }
    }

    const OPEN: Switches = Switches { noise: false, gain: false, aloud: true, muted: false };

    #[test]
    fn a_device_that_gives_no_numbers_breaks_nothing() {
        let mut chain = Chain::new(Box::new(Sonora::new()));
        for strange in [f32::NAN, f32::INFINITY, 1e30, -1e30] {
            let mut piece = [strange; PIECE];
            chain.piece(&mut piece, &QUIET, OPEN);
            assert!(piece.iter().all(|sample| sample.is_finite() && sample.abs() <= 1.0));
        }
        let mut piece = [0.3; PIECE];
        assert!(!chain.piece(&mut piece, &QUIET, OPEN).speech);
        assert!(piece.iter().all(|sample| sample.is_finite()));
    }

    #[test]
    fn a_howl_is_silenced_until_the_microphone_was_closed() {
        let mut chain = Chain::new(Box::new(Nothing));
        let tone = |n: usize| (n as f32 * 0.25).sin() * 0.5;
        let mut say = |number: usize, muted| {
            let mut piece: Piece = std::array::from_fn(|n| tone(number * PIECE + n));
            let noticed = chain.piece(&mut piece, &QUIET, Switches { muted, ..OPEN });
            (noticed.howl, piece == QUIET)
        };
        let states: Vec<_> = (0..150).map(|number| say(number, false)).collect();
        assert_eq!(states[50].0, Howl::Calm, "it is not played here");
        assert_eq!(states[149], (Howl::Silenced, true));
        assert_eq!(say(150, true).0, Howl::Calm);
        assert!((151..400).all(|number| say(number, true).0 == Howl::Calm), "nobody hears it");
        assert_eq!(say(400, false).0, Howl::Calm, "it may try again");
    }
}
