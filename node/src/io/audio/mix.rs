//! Adding voices up without clipping.

use super::Block;

/// Where the limiter begins to bend: -1.9 dBFS. Below it sound passes untouched.
const KNEE: f32 = 0.8;

/// Adds `voice` to `sum`.
pub(super) fn add(sum: &mut Block, voice: &Block) {
    for (sum, voice) in sum.iter_mut().zip(voice) {
        *sum += voice;
    }
}

/// Bends what is louder than [`KNEE`] so that nothing exceeds full scale.
pub(super) fn limit(block: &mut Block) {
    for sample in block.iter_mut() {
        let loud = sample.abs();
        if loud > KNEE {
            let bent = KNEE + (1.0 - KNEE) * ((loud - KNEE) / (1.0 - KNEE)).tanh();
            *sample = bent.copysign(*sample);
        }
    }
}

/// `one` crossfaded into `two` where they are most alike: a frame is skipped between them. The
/// crossfade lasts 5 ms, about a pitch period.
pub(super) fn join(one: &Block, two: &Block) -> Block {
    const FADE: usize = 240;
    /// Samples between tried places: finer gains nothing audible.
    const STEP: usize = 8;
    let unlike = |at: &usize| {
        let pairs = one[*at..*at + FADE].iter().zip(&two[*at..*at + FADE]);
        pairs.map(|(a, b)| (a - b) * (a - b)).sum::<f32>()
    };
    let places = (0..=one.len() - FADE).step_by(STEP);
    let at = places.min_by(|a, b| unlike(a).total_cmp(&unlike(b))).unwrap_or(0);
    std::array::from_fn(|i| {
        let share = (i.saturating_sub(at) as f32 / FADE as f32).min(1.0);
        one[i] * (1.0 - share) + two[i] * share
    })
}

#[cfg(test)]
mod tests {
    use super::super::{BLOCK, SILENT};
    use super::*;

    #[test]
    fn quiet_sound_passes_and_loud_sound_never_clips() {
        let mut block: Block = std::array::from_fn(|i| (i as f32 - 480.0) / 100.0);
        let before = block;
        limit(&mut block);
        for (before, after) in before.iter().zip(block) {
            assert!(after.abs() <= 1.0);
            assert!(before.abs() > KNEE || *before == after);
        }
        assert!(block.windows(2).all(|pair| pair[0] <= pair[1]), "louder stays louder");
    }

    #[test]
    fn a_join_begins_with_one_and_ends_with_the_other() {
        let joined = join(&[0.25; BLOCK], &[0.5; BLOCK]);
        assert_eq!((joined[0], joined[BLOCK - 1]), (0.25, 0.5));
        assert!(joined.windows(2).all(|pair| pair[0] <= pair[1]));
    }

    #[test]
    fn voices_add_up() {
        let mut sum = SILENT;
        add(&mut sum, &[0.25; BLOCK]);
        add(&mut sum, &[0.5; BLOCK]);
        assert_eq!(sum, [0.75; BLOCK]);
    }
}
