//! The clip light: the microphone is set too loud.

use super::Piece;

/// A sample as large as this was cut off, or is about to be: -0.1 dBFS.
const FULL: f32 = 0.9886;

/// How long the light stays on, in pieces: 2 s, or nobody would see it.
const STAYS: u32 = 200;

/// Watches for samples at full scale.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Clip(u32);

impl Clip {
    /// Takes a piece as the device gave it; whether the light is on.
    pub(super) fn lit(&mut self, piece: &Piece) -> bool {
        let full = piece.iter().any(|sample| sample.abs() >= FULL);
        self.0 = if full { STAYS } else { self.0.saturating_sub(1) };
        self.0 > 0
    }
}

#[cfg(test)]
mod tests {
    use super::super::{PIECE, QUIET};
    use super::*;

    #[test]
    fn one_sample_lights_it_for_two_seconds() {
        let mut clip = Clip::default();
        assert!(!clip.lit(&[0.98; PIECE]), "loud, and not too loud");
        let mut full = QUIET;
        full[17] = -1.0;
        assert!(clip.lit(&full));
        assert!((1..STAYS).all(|_| clip.lit(&QUIET)));
        assert!(!clip.lit(&QUIET));
    }
}
