//! What a cheap loudspeaker, and a sound card with a clock of its own, make of a sound.

/// How early the loudspeaker's membrane begins to resist.
const RESISTS: f32 = 1.5;

/// A sample as a cheap loudspeaker gives it: loud ones are bent.
#[must_use]
pub fn loudspeaker(sample: f32) -> f32 {
    (sample * RESISTS).tanh() / RESISTS
}

/// A sound as a card plays it that is fast by so many parts in a million (cubic interpolation).
#[must_use]
pub fn drifting(sound: &[f32], ppm: f64) -> Vec<f32> {
    if ppm == 0.0 {
        return sound.to_vec();
    }
    let at = |n: usize| {
        let place = n as f64 * (1.0 + ppm * 1e-6);
        let (whole, part) = (place as usize, place.fract() as f32);
        let tap = |k: usize| sound.get((whole + k).saturating_sub(1)).copied().unwrap_or(0.0);
        let (a, b, c, d) = (tap(0), tap(1), tap(2), tap(3));
        let bend = a - 2.5 * b + 2.0 * c - 0.5 * d;
        let twist = 0.5 * (d - a) + 1.5 * (b - c);
        b + part * (0.5 * (c - a) + part * (bend + part * twist))
    };
    (0..sound.len()).map(at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fast_card_is_ahead_after_a_while() {
        let tone = |n: f64| (n * 0.05).sin() as f32;
        let sound: Vec<f32> = (0..480_000).map(|n| tone(f64::from(n))).collect();
        let fast = drifting(&sound, 100.0);
        let off = |n: usize| (fast[n] - tone(n as f64 * 1.0001)).abs();
        assert!((10..479_000).step_by(37).all(|n| off(n) < 0.001));
    }

    #[test]
    fn quiet_sound_is_not_bent() {
        assert!((loudspeaker(0.01) - 0.01).abs() < 1e-5);
        assert!(loudspeaker(1.0) < 0.7);
    }
}
