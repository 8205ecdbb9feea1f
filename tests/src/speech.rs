//! What is said: real speech where it is installed, else a voice made here.
//!
//! Sources, the first that is there: LibriVox readings of Debian's `pocketsphinx-testdata`; `espeak-ng`;
//! voice-like noise (syllables of filtered noise and pulses), so that a bare machine measures as well.

use crate::chance::Chance;
use crate::wav::{self, RATE};
use crate::{click, shell};
use std::path::{Path, PathBuf};

/// Folder of `pocketsphinx-testdata`'s readings (16 kHz mono).
const LIBRIVOX: &str = "/usr/share/pocketsphinx/test/data/librivox";

/// Highest peak of the speech: far below a click's.
const PEAK: f32 = 0.3;

/// Writes `seconds` of speech with a click starting at each of `clicks` (samples) to `path`.
///
/// # Panics
/// When the file cannot be written.
pub fn write(path: &Path, seconds: f64, clicks: &[u64]) {
    wav::write(path, &with_clicks(seconds, clicks)).expect("temporary folder is writable");
}

/// `seconds` of speech at 48 kHz with a click starting at each of `clicks` (samples), exactly as a
/// file of it has it: a codec's choices hang on the last bit.
#[must_use]
pub fn with_clicks(seconds: f64, clicks: &[u64]) -> Vec<f32> {
    let length = (seconds * f64::from(RATE)) as usize;
    let voice = reading().or_else(espeak).unwrap_or_else(|| noise(20 * RATE as usize));
    let peak = voice.iter().fold(0.01_f32, |peak, v| peak.max(v.abs()));
    let mut sound: Vec<f32> = voice.iter().map(|v| v * PEAK / peak).cycle().take(length).collect();
    click::add(&mut sound, clicks);
    wav::as_written(&sound)
}

/// The installed readings, one after the other.
fn reading() -> Option<Vec<f32>> {
    let files = std::fs::read_dir(LIBRIVOX).ok()?.filter_map(|file| Some(file.ok()?.path()));
    let mut files: Vec<PathBuf> =
        files.filter(|f| f.extension().is_some_and(|e| e == "wav")).collect();
    files.sort();
    let voices = files.iter().filter_map(|file| wav::read(file).ok());
    let voice: Vec<f32> = voices.flat_map(|(rate, voice)| resample(&voice, rate)).collect();
    (!voice.is_empty()).then_some(voice)
}

fn espeak() -> Option<Vec<f32>> {
    shell::find("espeak-ng")?;
    let folder = tempfile::tempdir().ok()?;
    let file = folder.path().join("voice.wav").display().to_string();
    let text = "Good morning. On this page you see how the meeting works without a server. \
        Each of you has a copy of everything that was said, and nobody can lose it. \
        Now look at the drawing in the upper corner, and tell me what you think of it.";
    shell::run(&["espeak-ng", "-v", "en", "-w", &file, text]).ok()?;
    let (rate, voice) = wav::read(file.as_ref()).ok()?;
    Some(resample(&voice, rate))
}

/// Syllables of pulses and noise with the loudness of speech: a codec treats them as voice.
fn noise(length: usize) -> Vec<f32> {
    let mut chance = Chance::new(17);
    let mut low = 0.0_f32;
    let sample = |i: usize| {
        let syllable = (i as f32 / RATE as f32 * 4.0 * std::f32::consts::PI).sin().max(0.0);
        let pulse = if i.is_multiple_of(400) { 1.0 } else { 0.0 };
        low += 0.2 * (pulse * 4.0 + chance.level() * 0.3 - low);
        low * syllable
    };
    (0..length).map(sample).collect()
}

/// To 48 kHz with an 8-point Lanczos kernel; voices come at 16 or 22.05 kHz, so nothing aliases.
fn resample(voice: &[f32], rate: u32) -> Vec<f32> {
    let step = f64::from(rate) / f64::from(RATE);
    let sinc = |x: f64| if x.abs() < 1e-9 { 1.0 } else { x.sin() / x };
    let kernel = |x: f64| {
        let x = x * std::f64::consts::PI;
        sinc(x) * sinc(x / 4.0)
    };
    let at = |i: usize| {
        let place = i as f64 * step;
        let first = place as i64 - 3;
        let taps = (first..first + 8).filter_map(|k| {
            let value = voice.get(usize::try_from(k).ok()?)?;
            Some(f64::from(*value) * kernel(place - k as f64))
        });
        taps.sum::<f64>() as f32
    };
    (0..(voice.len() as f64 / step) as usize).map(at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_always_a_voice_below_the_clicks() {
        for voice in [with_clicks(3.0, &[]), noise(48_000)] {
            let loudest = voice.iter().fold(0.0_f32, |peak, v| peak.max(v.abs()));
            assert!(loudest > 0.02, "silent");
        }
        assert_eq!(with_clicks(3.0, &[]).len(), 144_000);
    }

    #[test]
    fn resampling_keeps_a_tone() {
        let tone =
            |rate: f64, i: usize| (i as f64 / rate * 440.0 * std::f64::consts::TAU).sin() as f32;
        let low: Vec<f32> = (0..16_000).map(|i| tone(16_000.0, i)).collect();
        let high = resample(&low, 16_000);
        let error = (100..47_000).map(|i| (high[i] - tone(48_000.0, i)).abs()).fold(0.0, f32::max);
        assert!(error < 0.02, "{error}");
    }
}
