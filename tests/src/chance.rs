//! Chance that can be replayed.

/// A seeded generator (SplitMix64, Steele et al. 2014): small, and good enough to choose moments.
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// From a seed; the same seed makes the same choices.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// From `MOOT_RIG_SEED`, else from `default`; says which, so that a failure can be replayed.
    #[must_use]
    pub fn from_env(default: u64) -> Self {
        let seed = std::env::var("MOOT_RIG_SEED").ok().and_then(|text| text.parse().ok());
        let seed = seed.unwrap_or(default);
        eprintln!("chance: MOOT_RIG_SEED={seed}");
        Self(seed)
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A whole number from `low` up to but not including `high`.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.bits() % (high - low).max(1)
    }

    /// A number from −1 to 1.
    pub fn level(&mut self) -> f32 {
        (self.bits() >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    }

    /// One of `items`.
    pub fn one_of<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.between(0, items.len() as u64) as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_makes_the_same_choices_within_bounds() {
        let (mut a, mut b) = (Chance::new(5), Chance::new(5));
        for _ in 0..1000 {
            let n = a.between(3, 9);
            assert!((3..9).contains(&n));
            assert_eq!(n, b.between(3, 9));
            assert!((-1.0..=1.0).contains(&a.level()));
            b.level();
        }
    }
}
