//! The resampler on known tones. What needs a sound system is `tests/tests/devices.rs`.

use super::bridge::Bridge;
use crate::io::audio::{BLOCK, SILENT};
use crate::limits::SAMPLE_RATE;

/// A tone in the middle of speech, in Hz.
const TONE: f64 = 1000.0;

/// Sample `n` of the tone at this rate.
fn tone(n: usize, rate: u32) -> f32 {
    (n as f64 * TONE / f64::from(rate) * std::f64::consts::TAU).sin() as f32 / 2.0
}

/// Loudness of everything in `heard` but the tone at `rate` Hz, in decibels below it: what is left of it
/// when the best fitting tone is taken away.
fn noise(heard: &[f32], rate: u32) -> f64 {
    let (mut sine, mut cosine, mut all) = (0.0, 0.0, 0.0);
    for (n, sample) in heard.iter().enumerate() {
        let phase = n as f64 * TONE / f64::from(rate) * std::f64::consts::TAU;
        sine += f64::from(*sample) * phase.sin();
        cosine += f64::from(*sample) * phase.cos();
        all += f64::from(*sample) * f64::from(*sample);
    }
    let signal = 2.0 * (sine * sine + cosine * cosine) / heard.len() as f64;
    10.0 * ((all - signal).max(1e-12) / signal).log10()
}

fn heard_from(rate: u32) -> Vec<f32> {
    let mut bridge = Bridge::from_device("a microphone", rate).expect("a rate");
    let (mut taken, mut heard) = (0, Vec::new());
    for _ in 0..50 {
        for sample in bridge.intake() {
            *sample = tone(taken, rate);
            taken += 1;
        }
        let mut block = SILENT;
        bridge.block(&mut block).expect("a block");
        heard.extend(block);
    }
    // A whole number of waves, behind the filter's beginning.
    heard[480..480 + 48 * 900].to_vec()
}

#[test]
fn a_tone_stays_itself_at_every_rate() {
    for rate in [16_000, 44_100, SAMPLE_RATE, 96_000] {
        let left = noise(&heard_from(rate), SAMPLE_RATE);
        assert!(left < -60.0, "at {rate} Hz {left} dB of something else");
    }
}

#[test]
fn a_loudspeaker_gets_as_much_as_it_plays() {
    for rate in [44_100, SAMPLE_RATE, 96_000] {
        let mut bridge = Bridge::to_device("a loudspeaker", rate).expect("a rate");
        let mut played = 0;
        for number in 0..500 {
            let mut block = SILENT;
            for (n, sample) in block.iter_mut().enumerate() {
                *sample = tone(number * BLOCK + n, SAMPLE_RATE);
            }
            played += bridge.samples(&block).expect("samples").len();
        }
        // The filter's first half is still in it.
        let missing = (rate as usize * 10).saturating_sub(played);
        assert!(missing <= 128, "{played} samples at {rate} Hz");
    }
}

#[test]
fn steering_makes_fewer_or_takes_more() {
    let mut bridge = Bridge::to_device("a loudspeaker", SAMPLE_RATE).expect("a rate");
    bridge.run_at(1.0 + 300e-6);
    let played: usize = (0..500).map(|_| bridge.samples(&SILENT).expect("samples").len()).sum();
    assert!(
        (480_000_usize - 144).saturating_sub(played) <= 70 && played < 480_000 - 100,
        "{played}: 300 of a million fewer"
    );
    let mut bridge = Bridge::from_device("a microphone", SAMPLE_RATE).expect("a rate");
    bridge.run_at(1.0 + 300e-6);
    let taken: usize = (0..500)
        .map(|_| {
            let taken = bridge.intake().len();
            bridge.block(&mut SILENT.clone()).expect("a block");
            taken
        })
        .sum();
    assert!(taken.abs_diff(480_000 + 144) <= 70, "{taken}: 300 of a million more");
}
