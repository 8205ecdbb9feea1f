//! The echo canceller: what the loudspeaker plays is taken out of what the microphone hears.

use super::{PIECE, Piece, QUIET};
use crate::limits::SAMPLE_RATE;
use sonora::config::{
    EchoCanceller as EchoConfig, HighPassFilter, MaxProcessingRate, NoiseSuppression,
    NoiseSuppressionLevel, Pipeline,
};
use sonora::{AudioProcessing, Config, StreamConfig};
use std::time::Duration;

/// Takes echo, rumble and, on demand, noise out of a microphone's sound, in pieces of 10 ms.
///
/// **For each piece of the microphone, [`EchoCanceller::played`] first, then [`EchoCanceller::process`]**; what
/// was played must come before its echo does, by up to half a second.
pub trait EchoCanceller: Send {
    /// The next piece of what the loudspeaker was given; silence when that is not known.
    fn played(&mut self, piece: &Piece);

    /// Takes the echo out of the next piece. What is left in `piece` is [`EchoCanceller::delay`] old.
    fn process(&mut self, piece: &mut Piece);

    /// Suppresses steady noise from now on, or no longer.
    fn suppress_noise(&mut self, on: bool);

    /// How much later sound comes out than it went in.
    fn delay(&self) -> Duration;
}

/// Delay of the canceller with its high-pass: three bands of 16 kHz, taken apart and put together, and blocks of
/// 64 samples in them. Measured: `the_delay_is_what_is_said`.
const DELAY: Duration = Duration::from_micros(9_000);

/// What noise suppression adds.
const NOISE_DELAY: Duration = Duration::from_micros(6_000);

/// How much steady noise is lowered: 6 dB, the least there is; more makes voices sound hollow.
const STRENGTH: NoiseSuppressionLevel = NoiseSuppressionLevel::Low;

/// WebRTC's third canceller (AEC3), high-pass and noise suppressor, in Rust (`sonora`).
pub struct Sonora {
    engine: AudioProcessing,
    /// Where the engine puts what it made.
    made: Box<Piece>,
    noise: bool,
}

impl Sonora {
    /// A canceller that knows nothing of the room yet, and leaves noise alone.
    #[must_use]
    pub fn new() -> Self {
        let stream = StreamConfig::new(SAMPLE_RATE, 1);
        let engine = AudioProcessing::builder()
            .config(config(false))
            .capture_config(stream)
            .render_config(stream)
            .build();
        Self { engine, made: Box::new(QUIET), noise: false }
    }
}

impl Default for Sonora {
    fn default() -> Self {
        Self::new()
    }
}

impl EchoCanceller for Sonora {
    fn played(&mut self, piece: &Piece) {
        // It refuses forms only, and this one it was built for.
        let _ = self.engine.process_render_f32(&[&piece[..]], &mut [&mut self.made[..]]);
    }

    fn process(&mut self, piece: &mut Piece) {
        if self.engine.process_capture_f32(&[&piece[..]], &mut [&mut self.made[..]]).is_ok() {
            piece.copy_from_slice(&self.made[..PIECE]);
        }
    }

    fn suppress_noise(&mut self, on: bool) {
        if on != self.noise {
            self.noise = on;
            self.engine.apply_config(config(on));
        }
    }

    fn delay(&self) -> Duration {
        if self.noise { DELAY + NOISE_DELAY } else { DELAY }
    }
}

fn config(noise: bool) -> Config {
    let noise_suppression =
        noise.then(|| NoiseSuppression { level: STRENGTH, ..NoiseSuppression::default() });
    Config {
        // All of what a voice is made of, not two thirds of it.
        pipeline: Pipeline {
            maximum_internal_processing_rate: MaxProcessingRate::Rate48kHz,
            multi_channel_render: false,
            multi_channel_capture: false,
            ..Pipeline::default()
        },
        high_pass_filter: Some(HighPassFilter::default()),
        echo_canceller: Some(EchoConfig::default()),
        noise_suppression,
        ..Config::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Noise, in pieces.
    fn noise(pieces: usize) -> Vec<f32> {
        let mut seed = 7_u32;
        let sample = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            ((seed >> 8) as f32 / 8_388_608.0 - 1.0) * 0.2
        };
        std::iter::repeat_with(sample).take(pieces * PIECE).collect()
    }

    /// The lag, in samples, at which what came out is most like what went in.
    fn lag(canceller: &mut Sonora) -> usize {
        let said = noise(100);
        let mut sent = Vec::new();
        for place in said.chunks_exact(PIECE) {
            let mut piece = QUIET;
            piece.copy_from_slice(place);
            canceller.played(&QUIET);
            canceller.process(&mut piece);
            sent.extend(piece);
        }
        let alike = |lag: &usize| {
            let pairs = said[..60 * PIECE].iter().zip(&sent[*lag..]);
            pairs.map(|(said, sent)| said * sent).sum::<f32>()
        };
        (0..1500).max_by(|a, b| alike(a).total_cmp(&alike(b))).expect("some")
    }

    #[test]
    fn the_delay_is_what_is_said() {
        for noise in [false, true] {
            let mut canceller = Sonora::new();
            canceller.suppress_noise(noise);
            let (measured, said) = (lag(&mut canceller), canceller.delay());
            println!("noise suppression {noise}: {measured} samples late");
            let said = said.as_secs_f64() * f64::from(SAMPLE_RATE);
            assert!((measured as f64 - said).abs() <= 24.0, "{measured} samples, not {said}");
        }
    }
}
