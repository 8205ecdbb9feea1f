//! The spectrum of the last 21 ms, for finding a whistle in it.

use super::{PIECE, Piece};
use std::f32::consts::TAU;

/// Samples of a window: 21 ms, so that a band is 47 Hz wide.
const WINDOW: usize = 1024;

/// Bands of a spectrum.
pub(super) const BANDS: usize = WINDOW / 2;

/// The first band that is looked at: 140 Hz, above hum.
const FIRST: usize = 3;

/// The last one: 20 kHz.
const LAST: usize = 426;

/// A tone fills its band and so many on each side.
const WIDTH: usize = 2;

/// As far as this a tone's surroundings go, in bands.
const AROUND: usize = 12;

/// Keeps the last samples of a sound, and looks at their spectrum when it is asked to.
pub(super) struct Spectrum {
    last: [f32; WINDOW],
    shape: [f32; WINDOW],
    /// Cosine and minus sine of the first half turn.
    turns: [(f32, f32); WINDOW / 2],
    work: [(f32, f32); WINDOW],
    power: [f32; BANDS],
    sorted: [f32; LAST - FIRST],
}

/// The strongest band, and how it stands out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Peak {
    /// Which.
    pub(super) band: usize,
    /// Its level in dBFS: 0 for a sine of full scale.
    pub(super) level: f32,
    /// Above the median of all bands, in decibels.
    pub(super) above: f32,
    /// Above the strongest of those around it, in decibels: much for a whistle, little for a voice with its
    /// overtones.
    pub(super) alone: f32,
}

impl Default for Spectrum {
    fn default() -> Self {
        let turn = |n: usize| n as f32 / WINDOW as f32 * TAU;
        Self {
            last: [0.0; WINDOW],
            shape: std::array::from_fn(|n| 0.5 - 0.5 * turn(n).cos()),
            turns: std::array::from_fn(|n| (turn(n).cos(), -turn(n).sin())),
            work: [(0.0, 0.0); WINDOW],
            power: [0.0; BANDS],
            sorted: [0.0; LAST - FIRST],
        }
    }
}

impl Spectrum {
    /// Takes the next piece.
    pub(super) fn take(&mut self, piece: &Piece) {
        self.last.copy_within(PIECE.., 0);
        self.last[WINDOW - PIECE..].copy_from_slice(piece);
    }

    /// Where it is strongest now.
    pub(super) fn peak(&mut self) -> Peak {
        self.transform();
        let bands = &self.power[FIRST..LAST];
        let strongest = bands.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
        let (at, power) = strongest.map_or((0, 0.0), |(at, power)| (at, *power));
        self.sorted.copy_from_slice(bands);
        let (_, median, _) = self.sorted.select_nth_unstable_by((LAST - FIRST) / 2, f32::total_cmp);
        let near = at.saturating_sub(AROUND)..(at + AROUND + 1).min(bands.len());
        let beside = near.filter(|band| band.abs_diff(at) > WIDTH).map(|band| bands[band]);
        let above = |other: f32| super::level::decibels(power.max(1e-12) / other.max(1e-12));
        Peak {
            band: FIRST + at,
            level: super::level::decibels(power),
            above: above(*median),
            alone: above(beside.fold(0.0, f32::max)),
        }
    }

    /// By how much this band, or one beside it, stands out of the median, in decibels.
    pub(super) fn above_at(&mut self, band: usize) -> f32 {
        let _ = self.peak();
        let near = band.saturating_sub(1)..(band + 2).min(BANDS);
        let strongest = self.power[near].iter().copied().fold(0.0, f32::max);
        let median = self.sorted[(LAST - FIRST) / 2];
        super::level::decibels(strongest.max(1e-12) / median.max(1e-12))
    }

    /// Fourier transform (radix 2), and the power of each band.
    fn transform(&mut self) {
        let bits = WINDOW.trailing_zeros();
        for (n, (sample, shape)) in self.last.iter().zip(&self.shape).enumerate() {
            let place = (n as u32).reverse_bits() >> (u32::BITS - bits);
            self.work[place as usize] = (sample * shape, 0.0);
        }
        let mut half = 1;
        while half < WINDOW {
            let stride = WINDOW / (2 * half);
            for part in self.work.chunks_exact_mut(2 * half) {
                let (low, high) = part.split_at_mut(half);
                for (n, (a, b)) in low.iter_mut().zip(high).enumerate() {
                    let (cos, sin) = self.turns[n * stride];
                    let turned = (b.0 * cos - b.1 * sin, b.0 * sin + b.1 * cos);
                    *b = (a.0 - turned.0, a.1 - turned.1);
                    *a = (a.0 + turned.0, a.1 + turned.1);
                }
            }
            half *= 2;
        }
        // A sine of full scale through this window is a quarter of its length.
        let scale = (4.0 / WINDOW as f32).powi(2);
        for (power, (real, imaginary)) in self.power.iter_mut().zip(&self.work) {
            *power = (real * real + imaginary * imaginary) * scale;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_is_found_with_its_level_and_stands_alone() {
        let mut spectrum = Spectrum::default();
        for number in 0..3 {
            spectrum.take(&std::array::from_fn(|n| {
                0.1 * ((number * PIECE + n) as f32 * 1500.0 / 48_000.0 * TAU).sin()
            }));
        }
        let peak = spectrum.peak();
        assert_eq!(peak.band, 32, "1500 Hz");
        assert!(
            (peak.level + 20.0).abs() < 0.2 && peak.above > 60.0 && peak.alone > 40.0,
            "{peak:?}"
        );
        assert!(spectrum.above_at(33) > 60.0 && spectrum.above_at(100) < 30.0);
    }

    #[test]
    fn a_voice_with_overtones_does_not_stand_alone() {
        let mut spectrum = Spectrum::default();
        for number in 0..3 {
            spectrum.take(&std::array::from_fn(|n| {
                let at = (number * PIECE + n) as f32 / 48_000.0 * TAU * 180.0;
                (1..12).map(|overtone| (at * overtone as f32).sin() / overtone as f32).sum::<f32>()
                    * 0.2
            }));
        }
        assert!(spectrum.peak().alone < 10.0);
    }
}
