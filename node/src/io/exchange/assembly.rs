//! Ranges that come in parts, put together before they are verified.

use crate::room::fetch::PARTS;
use crate::room::id::BlobId;
use std::collections::VecDeque;

/// Ranges in work on one stream: 12 MB. No more are asked for at once; of one who sends more, the
/// oldest are forgotten.
const OPEN: usize = PARTS;

/// The ranges in work on one stream, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Assembly {
    open: VecDeque<((BlobId, u32), Vec<u8>)>,
}

impl Assembly {
    /// Takes a part of a range of `of` bytes; the range once it is whole. Parts come in order: one
    /// that goes on with nothing belongs to a range that was given up, and is `None`.
    #[expect(clippy::option_option, reason = "passed over, taken, and whole are three things")]
    pub(super) fn add(
        &mut self,
        range: (BlobId, u32),
        start: u32,
        of: u32,
        bytes: Vec<u8>,
    ) -> Option<Option<Vec<u8>>> {
        let open = self.open.iter().position(|(open, _)| *open == range);
        let before = open.and_then(|at| self.open.remove(at)).map(|(_, before)| before);
        let whole = if start == 0 {
            bytes
        } else {
            let mut before = before.filter(|before| before.len() == start as usize)?;
            before.extend(bytes);
            before
        };
        if whole.len() >= of as usize {
            return Some(Some(whole));
        }
        if self.open.len() == OPEN {
            self.open.pop_front();
        }
        self.open.push_back((range, whole));
        Some(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const ONE: (BlobId, u32) = (BlobId([1; 32]), 0);
    const TWO: (BlobId, u32) = (BlobId([1; 32]), 1);

    #[test]
    fn parts_make_the_range_and_ranges_do_not_mix() {
        let mut assembly = Assembly::default();
        assert_eq!(assembly.add(ONE, 0, 5, b"ab".to_vec()), Some(None));
        assert_eq!(assembly.add(TWO, 0, 2, b"xy".to_vec()), Some(Some(b"xy".to_vec())));
        assert_eq!(assembly.add(ONE, 2, 5, b"cd".to_vec()), Some(None));
        assert_eq!(assembly.add(ONE, 4, 5, b"e".to_vec()), Some(Some(b"abcde".to_vec())));
        assert_eq!(assembly.add(ONE, 0, 0, vec![]), Some(Some(vec![])), "an empty blob");
    }

    #[test]
    fn what_was_given_up_and_is_begun_anew_is_whole_in_the_end() {
        let mut assembly = Assembly::default();
        assert_eq!(assembly.add(ONE, 0, 4, b"ab".to_vec()), Some(None));
        assert_eq!(assembly.add(ONE, 0, 4, b"ab".to_vec()), Some(None));
        assert_eq!(assembly.add(ONE, 2, 4, b"cd".to_vec()), Some(Some(b"abcd".to_vec())));
        assert_eq!(assembly.add(ONE, 2, 4, b"cd".to_vec()), None, "late");
    }

    #[test]
    fn whatever_comes_takes_little_memory() {
        bolero::check!()
            .with_type::<Vec<(u8, u8, u8, u8)>>()
            .with_test_time(Duration::from_secs(1))
            .for_each(|script| {
                let mut assembly = Assembly::default();
                for (index, start, of, len) in script {
                    // As a message is decoded: no part ends behind its range.
                    let len = (*len).min(of.saturating_sub(*start));
                    let bytes = vec![0; usize::from(len)];
                    let range = (BlobId([0; 32]), u32::from(*index));
                    let whole = assembly.add(range, u32::from(*start), u32::from(*of), bytes);
                    assert!(whole.flatten().is_none_or(|whole| whole.len() <= 255));
                    assert!(assembly.open.len() <= OPEN);
                }
            });
    }
}
