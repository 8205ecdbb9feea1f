//! THE VOICE GATE: nothing is sent of a room in which nobody speaks.
//!
//! It opens at once for whatever stands out of the room's noise, stays open when that is speech, and closes a
//! while after the last of it. What it decides by comes before what it decides on: the microphone's own sound is
//! ahead of the canceller's by [`EchoCanceller::delay`](super::EchoCanceller::delay), so that a word that begins
//! softly is heard from before the moment at which it stood out. That pre-roll costs no delay.

use super::Piece;
use super::level::{Floor, loudest};

/// What stands out of the noise by this opens, in decibels.
const STANDS_OUT: f32 = 6.0;

/// What is quieter than this opens for nobody, in dBFS: a microphone's own noise.
const LEAST: f32 = -62.0;

/// After the last speech it stays open, in pieces: 400 ms. Pauses between words are shorter, mostly.
const HANGS: u32 = 40;

/// For a noise that turns out to be no speech it stays open, in pieces: 120 ms. The detector needs up to 60.
const DOUBTS: u32 = 12;

/// It opens within so many samples: 1 ms, so that opening is no click.
const OPENS: usize = 48;

/// It closes within so many pieces: 50 ms.
const CLOSES: u32 = 5;

/// Opens for voices.
#[derive(Clone, Copy, Debug, Default)]
pub struct Gate {
    /// Of the microphone's own sound.
    ahead: Floor,
    /// Of what comes out of the canceller.
    clean: Floor,
    /// Pieces for which it stays open.
    left: u32,
    /// How wide it is, up to [`CLOSES`].
    width: u32,
}

/// What a gate decides by.
#[derive(Clone, Copy, Debug)]
pub struct Ahead<'a> {
    /// The microphone's own sound, not yet delayed by the canceller.
    pub microphone: &'a Piece,
    /// The loudspeaker plays: what stands out in the microphone may be echo, and does not count.
    pub played: bool,
    /// Somebody speaks.
    pub speech: bool,
}

impl Gate {
    /// Lets a piece pass, or what is left of it.
    pub fn piece(&mut self, piece: &mut Piece, ahead: Ahead<'_>) {
        let early = stands_out(&mut self.ahead, ahead.microphone) && !ahead.played;
        let stands_out = stands_out(&mut self.clean, piece) || early;
        let opens = match (ahead.speech, stands_out) {
            (true, _) => HANGS,
            (false, true) => DOUBTS,
            (false, false) => 0,
        };
        self.left = self.left.saturating_sub(1).max(opens);
        let before = self.width;
        if self.left > 0 {
            self.width = CLOSES;
            open(piece, share(before));
        } else if before > 0 {
            self.width = before - 1;
            close(piece, share(before), share(self.width));
        } else {
            piece.fill(0.0);
        }
    }

    /// Whether anything passes.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.width > 0
    }
}

fn share(width: u32) -> f32 {
    width as f32 / CLOSES as f32
}

fn stands_out(floor: &mut Floor, piece: &Piece) -> bool {
    let level = loudest(piece);
    floor.above(level) >= STANDS_OUT && level >= LEAST
}

fn open(piece: &mut Piece, before: f32) {
    if before < 1.0 {
        for (n, sample) in piece[..OPENS].iter_mut().enumerate() {
            *sample *= before + (1.0 - before) * n as f32 / OPENS as f32;
        }
    }
}

fn close(piece: &mut Piece, before: f32, after: f32) {
    let step = (after - before) / piece.len() as f32;
    for (n, sample) in piece.iter_mut().enumerate() {
        *sample *= before + step * n as f32;
    }
}

#[cfg(test)]
mod tests {
    use super::super::{PIECE, QUIET};
    use super::*;

    /// Noise of this level, in dBFS.
    fn noise(seed: &mut u32, level: f32) -> Piece {
        let scale = super::super::level::factor(level) * 3.0_f32.sqrt();
        std::array::from_fn(|_| {
            *seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            ((*seed >> 8) as f32 / 8_388_608.0 - 1.0) * scale
        })
    }

    fn pass(gate: &mut Gate, microphone: &Piece, speech: bool) -> Piece {
        let mut piece = *microphone;
        gate.piece(&mut piece, Ahead { microphone, played: false, speech });
        piece
    }

    #[test]
    fn a_silent_room_is_silence_and_speech_hangs_over() {
        let (mut gate, mut seed) = (Gate::default(), 1);
        for _ in 0..300 {
            pass(&mut gate, &noise(&mut seed, -60.0), false);
        }
        assert_eq!(pass(&mut gate, &noise(&mut seed, -60.0), false), QUIET);
        pass(&mut gate, &noise(&mut seed, -30.0), true);
        let open = std::iter::repeat_with(|| pass(&mut gate, &noise(&mut seed, -60.0), false));
        let open = open.take_while(|piece| *piece != QUIET).count();
        assert_eq!(open, (HANGS + CLOSES - 1) as usize);
    }

    #[test]
    fn a_bang_passes_and_is_over_at_once() {
        let (mut gate, mut seed) = (Gate::default(), 1);
        for _ in 0..300 {
            pass(&mut gate, &noise(&mut seed, -60.0), false);
        }
        let bang = noise(&mut seed, -20.0);
        assert_eq!(pass(&mut gate, &bang, false)[OPENS..], bang[OPENS..]);
        let open = std::iter::repeat_with(|| pass(&mut gate, &noise(&mut seed, -60.0), false));
        assert_eq!(
            open.take_while(|piece| *piece != QUIET).count(),
            (DOUBTS + CLOSES - 1) as usize
        );
    }

    #[test]
    fn what_the_loudspeaker_plays_opens_for_nobody() {
        let (mut gate, mut seed) = (Gate::default(), 1);
        for _ in 0..300 {
            let microphone = noise(&mut seed, -25.0);
            // The canceller took it away.
            let mut piece = noise(&mut seed, -62.5);
            gate.piece(&mut piece, Ahead { microphone: &microphone, played: true, speech: false });
            assert_eq!(piece, QUIET);
        }
    }

    #[test]
    fn it_opens_without_a_click_for_what_is_still_in_the_canceller() {
        let (mut gate, mut seed) = (Gate::default(), 1);
        for _ in 0..300 {
            pass(&mut gate, &noise(&mut seed, -60.0), false);
        }
        // A word begins at the microphone; what comes out of the canceller is from before it.
        let microphone = noise(&mut seed, -30.0);
        let mut before = [0.001; PIECE];
        gate.piece(&mut before, Ahead { microphone: &microphone, played: false, speech: false });
        assert_eq!(before[0], 0.0);
        assert!(before.windows(2).all(|pair| (pair[1] - pair[0]).abs() < 0.001 / 40.0));
        assert_eq!(before[PIECE - 1], 0.001);
    }
}
