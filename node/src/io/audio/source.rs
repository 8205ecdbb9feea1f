//! Where one's own sound comes from.

use super::Block;
use crate::limits::SAMPLE_RATE;
use std::time::Duration;

/// What a source did with a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fill {
    /// The block is sound.
    Sound,
    /// Nothing is left; the block was not touched.
    Ended,
}

/// A microphone, or what stands in for one. The capture thread asks for a block each 20 ms.
pub trait Source: Send {
    /// Writes the next 20 ms into `block`.
    ///
    /// # Errors
    /// What went wrong, for people; the source is not asked again.
    fn fill(&mut self, block: &mut Block) -> Result<Fill, String>;

    /// How long ago the last block's last sample was said.
    fn delay(&self) -> Duration {
        Duration::ZERO
    }
}

/// A sine of 440 Hz, half of full scale.
#[derive(Debug, Default)]
pub struct ToneSource {
    /// Samples given, within the second in which the tone repeats.
    at: u32,
}

/// Frequency of the tone, in Hz: the concert pitch.
const TONE: f32 = 440.0;

impl Source for ToneSource {
    fn fill(&mut self, block: &mut Block) -> Result<Fill, String> {
        for sample in block.iter_mut() {
            let turns = self.at as f32 * TONE / SAMPLE_RATE as f32;
            *sample = 0.5 * (turns.fract() * std::f32::consts::TAU).sin();
            self.at = (self.at + 1) % SAMPLE_RATE;
        }
        Ok(Fill::Sound)
    }
}

#[cfg(test)]
mod tests {
    use super::super::BLOCK;
    use super::*;

    #[test]
    fn the_tone_is_smooth_over_blocks_and_seconds() {
        let mut tone = ToneSource::default();
        let mut last = 0.0_f32;
        for _ in 0..2 * SAMPLE_RATE as usize / BLOCK {
            let mut block = super::super::SILENT;
            assert_eq!(tone.fill(&mut block), Ok(Fill::Sound));
            for sample in block {
                assert!((sample - last).abs() < 0.03, "{last} then {sample}");
                last = sample;
            }
        }
    }
}
