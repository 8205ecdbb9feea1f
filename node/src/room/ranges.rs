//! Blobs in ranges that can be verified one by one.
//!
//! BLAKE3 is a tree: the hash of the whole is made of the *chaining values* of its subtrees (BLAKE3
//! paper, §2.1). A range is a subtree of [`RANGE_BYTES`], so the list of the ranges' chaining values
//! — the [`Outline`] — can be checked against the blob's name, and each range against the outline.
//! A blob of one range needs no outline: its hash is its name.

use crate::limits::{BLOB_BYTES, RANGE_BYTES};
use crate::room::id::BlobId;
use blake3::Hasher;
use blake3::hazmat::{
    ChainingValue, HasherExt, Mode, merge_subtrees_non_root, merge_subtrees_root,
};

/// Most ranges that a blob can have.
pub const MAX_RANGES: u32 = (BLOB_BYTES / RANGE_BYTES) as u32;

/// What a blob's ranges must hash to. Its values make up the blob's name: that was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outline {
    blob: BlobId,
    len: u64,
    /// One for each range; none when there is only one range.
    values: Vec<ChainingValue>,
}

/// An outline that does not make up the blob's name, or is of an impossible length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the outline does not belong to the blob")]
pub struct WrongOutline;

/// Number of ranges of a blob of `len` bytes; an empty blob has one, which is empty.
#[must_use]
pub fn range_count(len: u64) -> u32 {
    u32::try_from(len.div_ceil(RANGE_BYTES).max(1)).unwrap_or(u32::MAX)
}

impl Outline {
    /// The outline of `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let mut builder = OutlineBuilder::new();
        bytes.chunks(RANGE_BYTES as usize).for_each(|range| builder.push(range));
        builder.finish()
    }

    /// Takes a received outline.
    ///
    /// # Errors
    /// [`WrongOutline`] when it doesn't make up the name.
    pub fn verified(
        blob: BlobId,
        len: u64,
        values: Vec<ChainingValue>,
    ) -> Result<Self, WrongOutline> {
        let ranges = range_count(len) as usize;
        let expected = if ranges == 1 { 0 } else { ranges };
        if len > BLOB_BYTES || values.len() != expected {
            return Err(WrongOutline);
        }
        if ranges > 1 && root(&values) != blob {
            return Err(WrongOutline);
        }
        Ok(Self { blob, len, values })
    }

    /// Whose ranges these are.
    #[must_use]
    pub fn blob(&self) -> BlobId {
        self.blob
    }

    /// Bytes of the blob. For a blob of one range this is what the peer said until the range came;
    /// a wrong number is noticed then.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "an empty blob is nothing special")]
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Number of ranges.
    #[must_use]
    pub fn ranges(&self) -> u32 {
        range_count(self.len)
    }

    /// The ranges' chaining values; none when there is one range only.
    #[must_use]
    pub fn values(&self) -> &[ChainingValue] {
        &self.values
    }

    /// Bytes of range `index`.
    #[must_use]
    pub fn range_len(&self, index: u32) -> u64 {
        self.len.saturating_sub(u64::from(index) * RANGE_BYTES).min(RANGE_BYTES)
    }

    /// Whether `bytes` are range `index`.
    #[must_use]
    pub fn verifies(&self, index: u32, bytes: &[u8]) -> bool {
        if index >= self.ranges() || bytes.len() as u64 != self.range_len(index) {
            return false;
        }
        match self.values.get(index as usize) {
            Some(value) => chaining_value(index, bytes) == *value,
            None => BlobId::of(bytes) == self.blob,
        }
    }
}

/// Makes an outline while reading a blob once.
#[derive(Debug, Default)]
pub struct OutlineBuilder {
    len: u64,
    values: Vec<ChainingValue>,
    whole: Hasher,
}

impl OutlineBuilder {
    /// Nothing read yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next range: [`RANGE_BYTES`], but for the last one, which may be shorter.
    pub fn push(&mut self, range: &[u8]) {
        if range.is_empty() {
            return;
        }
        if self.values.is_empty() {
            // Needed should this be the only one.
            self.whole.update(range);
        }
        self.values.push(chaining_value(self.values.len() as u32, range));
        self.len += range.len() as u64;
    }

    /// The outline, and with it the blob's name.
    #[must_use]
    pub fn finish(self) -> Outline {
        let (blob, values) = if self.values.len() > 1 {
            (root(&self.values), self.values)
        } else {
            (BlobId(*self.whole.finalize().as_bytes()), Vec::new())
        };
        Outline { blob, len: self.len, values }
    }
}

fn chaining_value(index: u32, range: &[u8]) -> ChainingValue {
    let offset = u64::from(index) * RANGE_BYTES;
    Hasher::new().set_input_offset(offset).update(range).finalize_non_root()
}

/// The name of a blob of two ranges or more.
fn root(values: &[ChainingValue]) -> BlobId {
    let (left, right) = values.split_at(left_ranges(values.len()));
    BlobId(*merge_subtrees_root(&subtree(left), &subtree(right), Mode::Hash).as_bytes())
}

fn subtree(values: &[ChainingValue]) -> ChainingValue {
    match values {
        [value] => *value,
        _ => {
            let (left, right) = values.split_at(left_ranges(values.len()));
            merge_subtrees_non_root(&subtree(left), &subtree(right), Mode::Hash)
        }
    }
}

/// The left subtree is the largest whole one that leaves something to the right: a power of two.
fn left_ranges(count: usize) -> usize {
    count.div_ceil(2).next_power_of_two()
}

/// Which ranges of one blob somebody has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RangeSet {
    bits: Vec<u8>,
    ranges: u32,
    count: u32,
}

impl RangeSet {
    /// None of `ranges`.
    #[must_use]
    pub fn none(ranges: u32) -> Self {
        Self { bits: vec![0; ranges.min(MAX_RANGES).div_ceil(8) as usize], ranges, count: 0 }
    }

    /// All of `ranges`.
    #[must_use]
    pub fn all(ranges: u32) -> Self {
        let mut set = Self::none(ranges);
        (0..ranges).for_each(|index| {
            set.insert(index);
        });
        set
    }

    /// From a received bitmap, lowest bit first. Bits beyond the last range are ignored.
    #[must_use]
    pub fn from_bits(ranges: u32, bits: &[u8]) -> Self {
        let mut set = Self::none(ranges);
        let given = |index: u32| {
            bits.get(index as usize / 8).is_some_and(|byte| byte >> (index % 8) & 1 == 1)
        };
        (0..ranges.min(MAX_RANGES)).filter(|index| given(*index)).for_each(|index| {
            set.insert(index);
        });
        set
    }

    /// The bitmap, lowest bit first.
    #[must_use]
    pub fn bits(&self) -> &[u8] {
        &self.bits
    }

    /// Adds a range; whether it is new.
    pub fn insert(&mut self, index: u32) -> bool {
        let new = index < self.ranges && !self.contains(index);
        if let Some(byte) = self.bits.get_mut(index as usize / 8).filter(|_| new) {
            *byte |= 1 << (index % 8);
            self.count += 1;
        }
        new
    }

    /// Whether this range is in.
    #[must_use]
    pub fn contains(&self, index: u32) -> bool {
        self.bits.get(index as usize / 8).is_some_and(|byte| byte >> (index % 8) & 1 == 1)
    }

    /// Number of ranges in the set.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.count
    }

    /// Whether every range is in.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.count == self.ranges
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(len: u64) -> Vec<u8> {
        (0..len).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
    }

    /// Lengths around every boundary that matters.
    fn lengths() -> Vec<u64> {
        let r = RANGE_BYTES;
        vec![
            0,
            1,
            1024,
            r - 1,
            r,
            r + 1,
            2 * r - 1,
            2 * r,
            2 * r + 1,
            3 * r,
            4 * r,
            4 * r + 1,
            7 * r + 9,
        ]
    }

    #[test]
    fn the_outline_makes_up_the_hash_of_the_whole() {
        for len in lengths() {
            let bytes = bytes(len);
            let outline = Outline::of(&bytes);
            assert_eq!(outline.blob(), BlobId::of(&bytes), "{len} bytes");
            let again = Outline::verified(outline.blob(), len, outline.values().to_vec());
            assert_eq!(again, Ok(outline));
        }
    }

    #[test]
    fn each_range_verifies_in_its_place_only() {
        let bytes = bytes(4 * RANGE_BYTES + 1000);
        let outline = Outline::of(&bytes);
        for (index, range) in (0..).zip(bytes.chunks(RANGE_BYTES as usize)) {
            assert!(outline.verifies(index, range));
            assert!(!outline.verifies(index + 1, range));
            assert!(!outline.verifies(index, &range[1..]));
            let mut bent = range.to_vec();
            bent[500] ^= 1;
            assert!(!outline.verifies(index, &bent));
        }
    }

    #[test]
    fn a_wrong_outline_is_refused() {
        let outline = Outline::of(&bytes(3 * RANGE_BYTES));
        let (blob, values) = (outline.blob(), outline.values().to_vec());
        let refused = |len, values| Outline::verified(blob, len, values) == Err(WrongOutline);
        assert!(refused(3 * RANGE_BYTES, values[..2].to_vec()));
        assert!(refused(2 * RANGE_BYTES, values[..2].to_vec()));
        assert!(refused(4 * RANGE_BYTES, values.clone()));
        let mut swapped = values.clone();
        swapped.swap(0, 1);
        assert!(refused(3 * RANGE_BYTES, swapped));
        assert!(refused(BLOB_BYTES + 1, values.clone()));
        assert!(refused(u64::MAX, values));
    }

    #[test]
    fn a_lie_about_the_length_is_noticed_with_the_last_range() {
        let bytes = bytes(3 * RANGE_BYTES - 7);
        let values = Outline::of(&bytes).values().to_vec();
        let lie = Outline::verified(BlobId::of(&bytes), 3 * RANGE_BYTES, values).unwrap();
        assert!(!lie.verifies(2, &bytes[2 * RANGE_BYTES as usize..]));
    }

    #[test]
    fn a_range_set_counts_and_survives_the_wire() {
        let mut set = RangeSet::none(11);
        assert!(set.insert(0) && set.insert(10) && !set.insert(10) && !set.insert(11));
        assert_eq!((set.count(), set.is_full()), (2, false));
        assert_eq!(RangeSet::from_bits(11, set.bits()), set);
        assert!(RangeSet::from_bits(11, &[0xff; 9]).is_full());
        assert_eq!(RangeSet::from_bits(11, &[]), RangeSet::none(11));
        assert_eq!(RangeSet::all(11).count(), 11);
    }
}
