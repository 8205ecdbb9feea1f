//! A piece that one member was asked for, in parts.

use super::{Piece, Priority};
use crate::room::id::BlobId;
use crate::room::time::LocalTime;
use std::collections::VecDeque;
use std::time::Duration;

/// Time without any part of it after which a piece counts as lost. Wi-Fi that roams is silent for
/// 3 s.
pub(super) const TIMEOUT: Duration = Duration::from_secs(8);

#[derive(Debug)]
pub(super) struct Flight {
    pub(super) blob: BlobId,
    pub(super) piece: Piece,
    /// How soon it is wanted now.
    pub(super) priority: Priority,
    /// As it was at first: parts of one piece keep their order on the way.
    pub(super) urgent: bool,
    pub(super) firm: bool,
    deadline: LocalTime,
    /// Bytes of the piece.
    len: u64,
    /// Bytes asked for, from its start on.
    asked: u64,
    /// What was asked for and has not come: when, and how many bytes.
    parts: VecDeque<(LocalTime, u64)>,
}

/// Bytes of a range to be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) start: u32,
    pub(super) len: u32,
}

impl Flight {
    pub(super) fn new(
        (blob, piece, len): (BlobId, Piece, u64),
        priority: Priority,
        firm: bool,
        now: LocalTime,
    ) -> Self {
        let (deadline, parts) = (now + TIMEOUT, VecDeque::new());
        let urgent = priority == Priority::Show;
        Self { blob, piece, priority, urgent, firm, deadline, len, asked: 0, parts }
    }

    pub(super) fn is_of(&self, blob: BlobId, piece: Piece) -> bool {
        self.blob == blob && self.piece == piece
    }

    /// Whether there is something left to ask for. An empty blob is asked for once.
    pub(super) fn has_more(&self) -> bool {
        self.asked < self.len || (self.len == 0 && self.parts.is_empty())
    }

    /// Bytes in flight.
    pub(super) fn bytes(&self) -> u64 {
        self.parts.iter().map(|(_, bytes)| bytes).sum()
    }

    /// When it counts as lost, if there is something to wait for.
    pub(super) fn deadline(&self) -> Option<LocalTime> {
        (!self.parts.is_empty()).then_some(self.deadline)
    }

    pub(super) fn is_late(&self, now: LocalTime) -> bool {
        self.deadline().is_some_and(|deadline| deadline <= now)
    }

    /// Parts in flight.
    pub(super) fn parts(&self) -> usize {
        self.parts.len()
    }

    /// The next bytes to ask for, at most `most` of a range. An outline comes whole.
    pub(super) fn ask(&mut self, most: u64, now: LocalTime) -> Part {
        let left = self.len - self.asked;
        let len = if self.piece == Piece::Outline { left } else { left.min(most) };
        let number = |bytes: u64| u32::try_from(bytes).unwrap_or(u32::MAX);
        let part = Part { start: number(self.asked), len: number(len) };
        self.asked += len;
        self.parts.push_back((now, len));
        self.deadline = now + TIMEOUT;
        part
    }

    /// The oldest part has come: when it was asked for, and its bytes.
    pub(super) fn arrived(&mut self, now: LocalTime) -> Option<(LocalTime, u64)> {
        self.deadline = now + TIMEOUT;
        self.parts.pop_front()
    }
}
