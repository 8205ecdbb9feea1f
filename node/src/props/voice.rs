//! A sound that is like a voice to a codec and a jitter buffer, where no speech is installed:
//! harmonics of a gliding tone, shaped by vowels' formants, in syllables with pauses.

use crate::limits::SAMPLE_RATE;
use std::f64::consts::TAU;

/// First and second formant of five vowels, in Hz (Peterson & Barney 1952, men, rounded).
const VOWELS: [(f64, f64); 5] =
    [(730.0, 1090.0), (530.0, 1840.0), (270.0, 2290.0), (570.0, 840.0), (300.0, 870.0)];

/// Syllables a second: a calm speaker.
const SYLLABLES_PER_SECOND: f64 = 4.0;

/// Every so many syllables one is a pause.
const PAUSE_EVERY: usize = 9;

/// Width of a formant, in Hz.
const FORMANT_WIDTH: f64 = 120.0;

/// Harmonics: up to 3.5 kHz at 115 Hz.
const HARMONICS: u32 = 30;

/// So many seconds of it.
pub(super) fn generate(seconds: u32) -> Vec<i16> {
    let rate = f64::from(SAMPLE_RATE);
    let mut phase = 0.0;
    let sample = |number: u32| {
        let time = f64::from(number) / rate;
        let syllable = (time * SYLLABLES_PER_SECOND) as usize;
        let within = (time * SYLLABLES_PER_SECOND).fract();
        let pitch = 115.0 + 18.0 * (time * 0.7 * TAU).sin() - 12.0 * within;
        phase = (phase + pitch / rate).fract();
        if syllable % PAUSE_EVERY == PAUSE_EVERY - 1 {
            return 0;
        }
        let loudness = (within * std::f64::consts::PI).sin().powi(2);
        let vowel = VOWELS[syllable * 7 % VOWELS.len()];
        let tone: f64 = (1..=HARMONICS).map(|h| harmonic(h, pitch, phase, vowel)).sum();
        (tone * loudness * 5000.0).clamp(-30_000.0, 30_000.0) as i16
    };
    (0..seconds.saturating_mul(SAMPLE_RATE)).map(sample).collect()
}

fn harmonic(number: u32, pitch: f64, phase: f64, (first, second): (f64, f64)) -> f64 {
    let frequency = pitch * f64::from(number);
    let near = |formant: f64| 1.0 / (1.0 + ((frequency - formant) / FORMANT_WIDTH).powi(2));
    let strength = near(first) + 0.5 * near(second) + 0.3 / f64::from(number);
    strength * (phase * f64::from(number) * TAU).sin()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_speaks_and_pauses() {
        let sound = generate(5);
        assert_eq!(sound.len(), 5 * 48_000);
        let loud = |block: &[i16]| block.iter().any(|s| s.unsigned_abs() > 2000);
        let blocks: Vec<bool> = sound.chunks(12_000).map(loud).collect();
        assert!(blocks[..8].iter().all(|&l| l), "eight syllables");
        assert!(!blocks[8], "then a pause");
        assert!(sound.iter().all(|s| s.unsigned_abs() < 32_000), "without clipping");
    }
}
