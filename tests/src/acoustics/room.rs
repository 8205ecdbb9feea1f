//! A room between a loudspeaker and a microphone: a direct way, and an echo that dies away.

use super::fft::{Complex, Fft, times};
use crate::chance::Chance;

/// Samples that are computed at a time: 10 ms at 48 kHz.
const PIECE: usize = 480;

/// Length of the transforms: twice a piece, and a power of two.
const LENGTH: usize = 1024;

/// Samples a second.
const RATE: f64 = 48_000.0;

/// A way through a room. What the simulation has: reverberation 0.35 s, direct sound 3 dB above it.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    /// From the loudspeaker's queue to the microphone's, in ms.
    pub delay_ms: f64,
    /// Power of what arrives over that of what was played, in dB.
    pub gain_db: f64,
    /// Seconds until what is heard of a bang is 60 dB quieter.
    pub rt60: f64,
    /// Power of the direct sound over that of the rest, in dB.
    pub direct_db: f64,
    /// Which of all such rooms.
    pub seed: u64,
}

impl Room {
    /// A small office.
    #[must_use]
    pub fn new(delay_ms: f64, gain_db: f64, seed: u64) -> Self {
        Self { delay_ms, gain_db, rt60: 0.35, direct_db: 3.0, seed }
    }

    /// What the microphone hears of a single sample of 1.
    #[must_use]
    pub fn response(&self) -> Vec<f32> {
        let mut chance = Chance::new(self.seed);
        let tail =
            |n: usize| f64::from(chance.level()) * (-6.9 * n as f64 / RATE / self.rt60).exp();
        let tail: Vec<f64> = (0..(self.rt60 * RATE) as usize).map(tail).collect();
        let power: f64 = tail.iter().map(|sample| sample * sample).sum();
        let direct = 10_f64.powf(self.direct_db / 10.0);
        let scale = (10_f64.powf(self.gain_db / 10.0) / (1.0 + direct)).sqrt();
        let mut response = vec![0.0; (self.delay_ms * RATE / 1000.0) as usize];
        response.push((scale * direct.sqrt()) as f32);
        response.extend(tail.iter().map(|sample| (sample * scale / power.sqrt()) as f32));
        response
    }

    /// The way, ready for sound.
    #[must_use]
    pub fn path(&self) -> Path {
        Path::new(&self.response())
    }
}

/// Convolves with an impulse response, piece by piece (uniformly partitioned, overlap and save), so that what comes
/// out may go back in.
#[derive(Clone, Debug)]
pub struct Path {
    fft: Fft,
    parts: Vec<Vec<Complex>>,
    /// Spectra of what went in, the latest first.
    heard: std::collections::VecDeque<Vec<Complex>>,
    before: [f32; PIECE],
}

impl Path {
    /// For this response.
    #[must_use]
    pub fn new(response: &[f32]) -> Self {
        let fft = Fft::new(LENGTH);
        let spectrum = |part: &[f32]| {
            let mut values = vec![(0.0, 0.0); LENGTH];
            values.iter_mut().zip(part).for_each(|(value, sample)| value.0 = *sample);
            fft.forward(&mut values);
            values
        };
        let parts: Vec<_> = response.chunks(PIECE).map(spectrum).collect();
        let heard = parts.iter().map(|part| vec![(0.0, 0.0); part.len()]).collect();
        Self { fft, parts, heard, before: [0.0; PIECE] }
    }

    /// What comes out while `piece` goes in.
    pub fn piece(&mut self, piece: &[f32; PIECE]) -> [f32; PIECE] {
        let Some(mut newest) = self.heard.pop_back() else { return [0.0; PIECE] };
        // The end of the one before, the piece, and nothing where the wrap-around falls.
        newest.fill((0.0, 0.0));
        for (value, sample) in newest.iter_mut().zip(self.before.iter().chain(piece)) {
            value.0 = *sample;
        }
        self.before = *piece;
        self.fft.forward(&mut newest);
        self.heard.push_front(newest);
        let mut sum = vec![(0.0, 0.0); LENGTH];
        for (part, heard) in self.parts.iter().zip(&self.heard) {
            for ((sum, a), b) in sum.iter_mut().zip(part).zip(heard) {
                let product = times(*a, *b);
                *sum = (sum.0 + product.0, sum.1 + product.1);
            }
        }
        self.fft.backward(&mut sum);
        std::array::from_fn(|n| sum[PIECE + n].0)
    }

    /// All of a sound, in whole pieces.
    pub fn all(&mut self, sound: &[f32]) -> Vec<f32> {
        let piece = |part: &[f32]| {
            let mut piece = [0.0; PIECE];
            piece.copy_from_slice(part);
            self.piece(&piece)
        };
        sound.chunks_exact(PIECE).flat_map(piece).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piecewise_convolution_is_a_convolution() {
        let mut chance = Chance::new(3);
        let response: Vec<f32> = (0..1500).map(|_| chance.level()).collect();
        let sound: Vec<f32> = (0..4 * PIECE).map(|_| chance.level()).collect();
        let heard = Path::new(&response).all(&sound);
        for at in [0, 479, 480, 1000, 1919] {
            let direct: f32 =
                (0..=at).map(|n| sound[n] * response.get(at - n).unwrap_or(&0.0)).sum();
            assert!((heard[at] - direct).abs() < 1e-2, "sample {at}: {} {direct}", heard[at]);
        }
    }

    #[test]
    fn a_room_has_the_gain_the_delay_and_the_direct_sound_it_says() {
        let response = Room::new(55.0, -12.0, 1).response();
        let power = |part: &[f32]| part.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>();
        let decibels = |power: f64| 10.0 * power.log10();
        assert!((decibels(power(&response)) + 12.0).abs() < 0.1);
        assert!(response[..2640].iter().all(|sample| *sample == 0.0));
        let (direct, rest) = (power(&response[2640..2641]), power(&response[2641..]));
        assert!((decibels(direct / rest) - 3.0).abs() < 0.1);
        let early = power(&response[2641..2641 + 2400]);
        let later = power(&response[2641 + 8400..2641 + 10_800]);
        assert!((decibels(early / later) - 30.0).abs() < 2.0, "30 dB in half of it");
    }
}
