//! What is known and held of one wanted blob.

use super::event::bytes_of;
use super::{Held, Holding, Piece, Priority};
use crate::room::id::{BlobId, MemberId};
use crate::room::ranges::{RangeSet, range_count};

#[derive(Debug)]
pub(super) struct Blob {
    pub(super) priority: Priority,
    /// Bytes of the whole.
    pub(super) len: Option<u64>,
    /// Who said so, while nothing has proved it.
    pub(super) claimed_by: Option<MemberId>,
    /// `None` until the outline is here (a blob of one range needs none) or the length is known.
    held: Option<RangeSet>,
}

impl Blob {
    pub(super) fn new(len: Option<u64>, held: Held, priority: Priority) -> Self {
        let (len, held) = match held {
            Held::All { len } => (Some(len), Some(RangeSet::all(range_count(len)))),
            Held::Some { len, ranges } => (Some(len), Some(ranges)),
            Held::Nothing => (len, len.and_then(without_outline)),
        };
        Self { priority, len, claimed_by: None, held }
    }

    pub(super) fn is_complete(&self) -> bool {
        self.held.as_ref().is_some_and(RangeSet::is_full)
    }

    pub(super) fn is_outlined(&self) -> bool {
        self.held.is_some()
    }

    pub(super) fn holds_something(&self) -> bool {
        self.held.as_ref().is_some_and(|held| held.count() > 0)
    }

    /// Every piece that can be asked for now and isn't here.
    pub(super) fn missing(&self) -> impl Iterator<Item = Piece> + '_ {
        let outline = (self.len.is_some() && self.held.is_none()).then_some(Piece::Outline);
        let count = self.held.as_ref().map_or(0, |_| range_count(self.len.unwrap_or(0)));
        let ranges = (0..count)
            .filter(|index| !self.held.as_ref().is_some_and(|held| held.contains(*index)))
            .map(Piece::Range);
        outline.into_iter().chain(ranges)
    }

    pub(super) fn can_serve(&self, piece: Piece) -> bool {
        let Some(held) = &self.held else { return false };
        match piece {
            Piece::Outline => held.count() > 0,
            Piece::Range(index) => held.contains(index),
        }
    }

    pub(super) fn holding(&self, blob: BlobId) -> Option<Holding> {
        let held = self.held.as_ref().filter(|held| held.count() > 0)?;
        Some(Holding { blob, len: self.len?, ranges: held.clone() })
    }

    pub(super) fn bytes_held(&self) -> u64 {
        let (Some(len), Some(held)) = (self.len, &self.held) else { return 0 };
        bytes_of(held, len)
    }

    /// Believes a length until it is proved or its teller goes.
    pub(super) fn claim(&mut self, len: u64, by: MemberId) {
        self.expect(len);
        self.claimed_by = Some(by);
    }

    pub(super) fn forget_claim(&mut self) {
        if self.holds_something() {
            return;
        }
        self.len = None;
        self.claimed_by = None;
        self.held = None;
    }

    pub(super) fn outline(&mut self, len: u64, ranges: RangeSet) {
        self.len = Some(len);
        self.claimed_by = None;
        self.held = Some(ranges);
    }

    /// Whether `len`, told by the meeting itself, is news.
    pub(super) fn doubts(&self, len: u64) -> bool {
        !self.holds_something() && self.len != Some(len)
    }

    pub(super) fn expect(&mut self, len: u64) {
        self.len = Some(len);
        self.claimed_by = None;
        self.held = without_outline(len);
    }

    /// Whether the range is new.
    pub(super) fn store(&mut self, index: u32, len: u64) -> bool {
        if self.held.is_none() || range_count(len) == 1 {
            self.expect(len);
        }
        self.claimed_by = None;
        self.held.as_mut().is_some_and(|held| held.insert(index))
    }
}

fn without_outline(len: u64) -> Option<RangeSet> {
    (range_count(len) == 1).then(|| RangeSet::none(1))
}
