//! How loud it is at one's own microphone, over 300 ms.

/// Blocks of 20 ms: 300 ms (research: audio §4d).
const WINDOW: usize = 15;

/// Blocks among them with speech that make a talker: 100 ms, more than a cough or a key.
const SPEECH: usize = 5;

/// The last 300 ms.
#[derive(Clone, Debug, Default)]
pub(super) struct Loudness {
    blocks: [(u8, bool); WINDOW],
    next: usize,
}

impl Loudness {
    /// Takes a block of 20 ms.
    pub(super) fn block(&mut self, level: u8, speech: bool) {
        self.blocks[self.next] = (level, speech);
        self.next = (self.next + 1) % WINDOW;
    }

    /// 0 to 100: the mean.
    pub(super) fn level(&self) -> u8 {
        let sum: usize = self.blocks.iter().map(|(level, _)| usize::from(*level)).sum();
        u8::try_from(sum / WINDOW).unwrap_or(u8::MAX).min(100)
    }

    /// Whether somebody speaks.
    pub(super) fn talks(&self) -> bool {
        self.blocks.iter().filter(|(_, speech)| *speech).count() >= SPEECH
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_that_of_300_ms_and_a_cough_is_no_speech() {
        let mut loudness = Loudness::default();
        (0..SPEECH - 1).for_each(|_| loudness.block(90, true));
        assert!(!loudness.talks());
        assert_eq!(loudness.level(), 24);
        (0..WINDOW).for_each(|_| loudness.block(60, true));
        assert_eq!((loudness.level(), loudness.talks()), (60, true));
        (0..WINDOW).for_each(|_| loudness.block(0, false));
        assert_eq!((loudness.level(), loudness.talks()), (0, false));
    }
}
