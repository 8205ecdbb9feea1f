//! Fourier transform (radix 2).

use std::f32::consts::TAU;

/// A complex number: real and imaginary part.
pub(super) type Complex = (f32, f32);

/// Transforms of one length, a power of two.
#[derive(Clone, Debug)]
pub(super) struct Fft {
    turns: Vec<Complex>,
}

impl Fft {
    /// For this length.
    pub(super) fn new(length: usize) -> Self {
        assert!(length.is_power_of_two());
        let turn = |n: usize| n as f32 / length as f32 * TAU;
        Self { turns: (0..length / 2).map(|n| (turn(n).cos(), -turn(n).sin())).collect() }
    }

    /// Of how many values.
    pub(super) fn length(&self) -> usize {
        2 * self.turns.len()
    }

    /// Transforms in place.
    pub(super) fn forward(&self, values: &mut [Complex]) {
        let length = values.len();
        let bits = length.trailing_zeros();
        for n in 0..length {
            let mirrored = n.reverse_bits() >> (usize::BITS - bits);
            if n < mirrored {
                values.swap(n, mirrored);
            }
        }
        let mut half = 1;
        while half < length {
            let stride = length / (2 * half);
            for part in values.chunks_exact_mut(2 * half) {
                let (low, high) = part.split_at_mut(half);
                for (n, (a, b)) in low.iter_mut().zip(high).enumerate() {
                    let turned = times(*b, self.turns[n * stride]);
                    *b = (a.0 - turned.0, a.1 - turned.1);
                    *a = (a.0 + turned.0, a.1 + turned.1);
                }
            }
            half *= 2;
        }
    }

    /// Transforms back in place.
    pub(super) fn backward(&self, values: &mut [Complex]) {
        let scale = 1.0 / values.len() as f32;
        values.iter_mut().for_each(|value| value.1 = -value.1);
        self.forward(values);
        values.iter_mut().for_each(|value| *value = (value.0 * scale, -value.1 * scale));
    }
}

/// The product of two complex numbers.
pub(super) fn times(a: Complex, b: Complex) -> Complex {
    (a.0 * b.0 - a.1 * b.1, a.0 * b.1 + a.1 * b.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back_again() {
        let fft = Fft::new(64);
        let before: Vec<Complex> = (0..64).map(|n| ((n as f32).sin(), (n % 7) as f32)).collect();
        let mut values = before.clone();
        fft.forward(&mut values);
        fft.backward(&mut values);
        let far = |(a, b): (&Complex, &Complex)| (a.0 - b.0).abs() + (a.1 - b.1).abs();
        assert!(before.iter().zip(&values).map(far).fold(0.0, f32::max) < 1e-4);
    }

    #[test]
    fn a_tone_is_in_its_band() {
        let fft = Fft::new(64);
        let mut values: Vec<Complex> =
            (0..64).map(|n| ((n as f32 * 5.0 / 64.0 * TAU).cos(), 0.0)).collect();
        fft.forward(&mut values);
        assert!((values[5].0 - 32.0).abs() < 1e-3 && values[9].0.hypot(values[9].1) < 1e-3);
    }
}
