//! How loud a few samples are, and how loud it is when nobody speaks.

use super::Piece;

/// Power of samples as decibels below full scale; silence is -120.
pub(super) fn decibels(power: f32) -> f32 {
    10.0 * power.max(1e-12).log10()
}

/// Mean power of samples.
pub(super) fn power(samples: &[f32]) -> f32 {
    samples.iter().map(|sample| sample * sample).sum::<f32>() / samples.len().max(1) as f32
}

/// The loudest quarter of a piece, in dBFS: a word may begin in the last of them.
pub(super) fn loudest(piece: &Piece) -> f32 {
    decibels(piece.chunks_exact(piece.len() / 4).map(power).fold(0.0, f32::max))
}

/// What a factor in decibels multiplies samples by.
pub(super) fn factor(decibels: f32) -> f32 {
    10.0_f32.powf(decibels / 20.0)
}

/// How fast a floor comes down to something quieter, as a share of the difference in each piece.
const FALL: f32 = 0.3;

/// How fast it goes up under something louder, in decibels a piece: 2 dB a second. A fan that is switched on is
/// the floor after some seconds; a sentence of five lifts it by less than its pauses let it down.
const RISE: f32 = 0.02;

/// A floor is never taken for louder than this, in dBFS: a microphone that was opened in the middle of a word.
const HIGHEST: f32 = -40.0;

/// The level of a room in which nobody speaks, followed piece by piece.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Floor(Option<f32>);

impl Floor {
    /// Takes the level of the next piece, in dBFS; gives by how much it is above the floor, in decibels.
    pub(super) fn above(&mut self, level: f32) -> f32 {
        let floor = self.0.unwrap_or(HIGHEST).min(HIGHEST);
        let moved = if level < floor { (level - floor) * FALL } else { RISE };
        let first = self.0.is_none();
        let floor = if first { level.min(HIGHEST) } else { floor + moved };
        self.0 = Some(floor);
        level - floor
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_floor_falls_at_once_and_rises_slowly() {
        let mut floor = Floor::default();
        assert!(floor.above(-60.0).abs() < 0.1);
        assert!(floor.above(-30.0) > 29.0, "a word stands out");
        for _ in 0..500 {
            floor.above(-30.0);
        }
        assert!(floor.above(-30.0) > 15.0, "five seconds of it without a pause still do");
        for _ in 0..20 {
            floor.above(-60.0);
        }
        assert!(floor.above(-60.0) < 0.5, "a pause brings the floor back");
    }

    #[test]
    fn decibels_and_factors_agree() {
        assert!((decibels(power(&[0.5; 480])) + 6.02).abs() < 0.01);
        assert!((factor(-6.02) - 0.5).abs() < 0.001);
        let mut piece = super::super::QUIET;
        piece[470..].fill(0.5);
        assert!(loudest(&piece) > -20.0, "the last milliseconds count");
    }
}
