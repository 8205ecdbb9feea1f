//! Whether a device still takes or gives anything: one that was pulled out may just fall silent.

/// Blocks without a single sample after which a device is given up: half a second.
const DEAD: u32 = 25;

/// Watches the samples that lie in a ring between a device and us.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pulse {
    /// Samples that lay there after our last block.
    left: usize,
    /// Blocks since the device moved any.
    still: u32,
}

impl Pulse {
    /// Before a block: `there` samples lie in the ring now. False when the device moves nothing any more.
    pub(super) fn beats(&mut self, there: usize) -> bool {
        self.still = if there == self.left { self.still + 1 } else { 0 };
        self.still <= DEAD
    }

    /// After a block: so many are left.
    pub(super) fn leaves(&mut self, left: usize) {
        self.left = left;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_second_of_stillness_is_the_end_and_one_sample_is_life() {
        let mut pulse = Pulse::default();
        pulse.leaves(7);
        assert!((0..DEAD).all(|_| pulse.beats(7)));
        assert!(!pulse.beats(7));
        assert!(pulse.beats(8));
        pulse.leaves(8);
        assert!(pulse.beats(8));
    }
}
