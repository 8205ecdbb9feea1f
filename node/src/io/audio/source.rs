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

    /// Samples by which what comes from now on took longer from the air than what came before; less than 0: shorter.
    /// Told once. An echo comes as much later.
    fn slipped(&mut self) -> i64 {
        0
    }

    /// Whether it gives what is said just now, and no sample of it has a number that anybody knows.
    fn is_live(&self) -> bool {
        false
    }

    /// What was noticed of the last block beside its sound.
    fn signs(&self) -> Signs {
        Signs::default()
    }
}

/// What a source notices of its sound that is not in it any more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Signs {
    /// Somebody speaks; `None`: it can't tell.
    pub speech: Option<bool>,
    /// It was too loud for the device just now, or a moment ago.
    pub clips: bool,
    /// What is done against howling.
    pub howl: Howl,
}

/// What is done against howling.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Howl {
    /// Nothing howls.
    #[default]
    Calm,
    /// It howled: the loudspeaker is 12 dB quieter for some seconds.
    Ducked,
    /// That did not help: nothing is sent until the microphone is closed and opened again.
    Silenced,
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
