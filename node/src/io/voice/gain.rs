//! GENTLE GAIN: who sits far from the microphone is as loud as who leans over it, after a while.

use super::Piece;
use super::level::{decibels, factor, power};

/// Where voices are brought to, in dBFS of their voiced pieces: EBU R 128's -23 LUFS, without its weighting,
/// which changes a voice by less than [`NEAR`].
const TARGET: f32 = -23.0;

/// As near as this it is left alone, in decibels.
const NEAR: f32 = 1.0;

/// Most that is added or taken away, in decibels. A device that needs more is set wrong.
const MOST: f32 = 9.0;

/// How fast, in decibels a piece: 1 dB a second of speech, which nobody hears happen.
const STEP: f32 = 0.01;

/// How much one piece counts in a voice's loudness: three seconds of speech are half of it.
const SHARE: f32 = 0.0025;

/// Voiced pieces before anything moves: half a second, since a first word may be a whisper or a cough.
const BEFORE: u32 = 50;

/// Where the limiter begins to bend.
const KNEE: f32 = 0.8;

/// A slow gain. **Only while somebody speaks, and never where a loudspeaker is open**: there it closes the loop
/// from loudspeaker to microphone (research: audio §4c, every scene clipped with it).
#[derive(Clone, Copy, Debug, Default)]
pub struct Gain {
    /// Power of this voice.
    loudness: f32,
    /// Voiced pieces that are in it, up to [`BEFORE`].
    heard: u32,
    gain: f32,
}

impl Gain {
    /// Makes a piece louder or quieter. `voiced`: somebody speaks in it. `allowed`: the switch is on, and no
    /// loudspeaker is open.
    pub fn piece(&mut self, piece: &mut Piece, voiced: bool, allowed: bool) {
        if voiced {
            self.listen(power(piece));
        }
        let before = factor(self.gain);
        if !allowed {
            self.gain = 0.0;
        } else if voiced && self.heard >= BEFORE {
            let missing = (TARGET - decibels(self.loudness)).clamp(-MOST, MOST) - self.gain;
            if missing.abs() > NEAR {
                self.gain += STEP.copysign(missing);
            }
        }
        let after = factor(self.gain);
        if before == 1.0 && after == 1.0 {
            return;
        }
        let step = (after - before) / piece.len() as f32;
        for (n, sample) in piece.iter_mut().enumerate() {
            *sample = bent(*sample * (before + step * n as f32));
        }
    }

    /// What is added, in decibels.
    #[must_use]
    pub fn decibels(&self) -> f32 {
        self.gain
    }

    fn listen(&mut self, power: f32) {
        self.heard = (self.heard + 1).min(BEFORE);
        // The first pieces are their plain mean.
        let share = if self.heard < BEFORE { 1.0 / self.heard as f32 } else { SHARE };
        self.loudness += (power - self.loudness) * share;
    }
}

/// A sample that does not pass full scale.
fn bent(sample: f32) -> f32 {
    let loud = sample.abs();
    if loud <= KNEE {
        return sample;
    }
    (KNEE + (1.0 - KNEE) * ((loud - KNEE) / (1.0 - KNEE)).tanh()).copysign(sample)
}

#[cfg(test)]
mod tests {
    use super::super::PIECE;
    use super::*;

    /// Seconds of a voice this loud, in dBFS; the gain after each piece.
    fn gains(gain: &mut Gain, level: f32, seconds: usize, voiced: bool, allowed: bool) -> Vec<f32> {
        let piece = || {
            let mut piece = [factor(level); PIECE];
            gain.piece(&mut piece, voiced, allowed);
            gain.decibels()
        };
        std::iter::repeat_with(piece).take(seconds * 100).collect()
    }

    #[test]
    fn it_is_never_more_than_nine_decibels_nor_faster_than_one_a_second() {
        for (level, end) in [(-60.0, 8.0), (-28.0, 4.0), (-23.5, 0.0), (-18.0, -4.0), (-3.0, -8.0)]
        {
            let mut gain = Gain::default();
            let moved = gains(&mut gain, level, 20, true, true);
            assert!((gain.decibels() - end).abs() < 0.1, "{level} dBFS: {}", gain.decibels());
            assert!(moved.iter().all(|gain| gain.abs() <= MOST));
            let fastest = moved.windows(100).map(|second| (second[99] - second[0]).abs());
            assert!(fastest.fold(0.0, f32::max) <= 1.0, "{level} dBFS");
        }
    }

    #[test]
    fn noise_moves_nothing_and_an_open_loudspeaker_ends_it() {
        let mut gain = Gain::default();
        gains(&mut gain, -40.0, 10, false, true);
        assert_eq!(gain.decibels(), 0.0, "nobody spoke");
        gains(&mut gain, -40.0, 10, true, false);
        assert_eq!(gain.decibels(), 0.0, "a loudspeaker is open");
        gains(&mut gain, -40.0, 5, true, true);
        assert!(gain.decibels() > 4.0);
        gains(&mut gain, -40.0, 1, true, false);
        assert_eq!(gain.decibels(), 0.0, "at once");
    }

    #[test]
    fn a_shout_after_a_whisper_does_not_clip() {
        let mut gain = Gain::default();
        gains(&mut gain, -50.0, 20, true, true);
        let mut shout: Piece = std::array::from_fn(|n| if n % 2 == 0 { 0.9 } else { -0.9 });
        gain.piece(&mut shout, true, true);
        assert!(shout.iter().all(|sample| sample.abs() <= 1.0 && sample.abs() > 0.9));
    }
}
