//! What a node is told, and what it says to do.

use super::{Message, Piece, Request};
use crate::limits::RANGE_BYTES;
use crate::room::id::{BlobId, MemberId};
use crate::room::ranges::{RangeSet, range_count};

/// How soon a blob is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// It is on show and somebody waits for it.
    Show,
    /// It may be on show soon; lower numbers sooner.
    Near(u32),
    /// Some time.
    Rest,
}

/// What this machine holds of a blob.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    /// Nothing.
    Nothing,
    /// All of its bytes.
    All {
        /// How many those are.
        len: u64,
    },
    /// Some ranges of it, and its outline.
    Some {
        /// Its length in bytes.
        len: u64,
        /// Which ranges.
        ranges: RangeSet,
    },
}

impl Held {
    /// Bytes that are held.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        match self {
            Self::Nothing => 0,
            Self::All { len } => *len,
            Self::Some { len, ranges } => bytes_of(ranges, *len),
        }
    }
}

/// Bytes in these ranges of a blob of `len` bytes: all are of one size but the last.
pub(super) fn bytes_of(ranges: &RangeSet, len: u64) -> u64 {
    let last = range_count(len) - 1;
    let whole = u64::from(ranges.count()) * RANGE_BYTES;
    let short = if ranges.contains(last) { (u64::from(last) + 1) * RANGE_BYTES - len } else { 0 };
    whole.saturating_sub(short)
}

/// Something happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// These blobs are wanted, or wanted sooner or later than before.
    Want {
        /// Name, length if known, and what this machine holds.
        blobs: Vec<(BlobId, Option<u64>, Held)>,
        /// How soon.
        priority: Priority,
    },
    /// A member is connected.
    PeerConnected(MemberId),
    /// A member is no longer connected.
    PeerGone(MemberId),
    /// A message of a member; ranges and outlines only as [`Event::Part`], [`Event::Stored`] and
    /// [`Event::Outlined`].
    Received(MemberId, Message),
    /// Some of a range has come, and more of it is to come before it can be verified.
    Part {
        /// Who sent it.
        from: MemberId,
        /// Of which blob.
        blob: BlobId,
        /// Of which range.
        index: u32,
    },
    /// An outline was verified, and these ranges are on this machine already.
    Outlined {
        /// Who sent it.
        from: MemberId,
        /// Of which blob.
        blob: BlobId,
        /// Its length in bytes.
        len: u64,
        /// Ranges found on this machine.
        ranges: RangeSet,
    },
    /// All of a range has come, was verified and is on this machine.
    Stored {
        /// Who sent it.
        from: MemberId,
        /// Of which blob.
        blob: BlobId,
        /// Which.
        index: u32,
        /// The blob's length in bytes.
        len: u64,
    },
    /// A piece has come, and the disk could not keep it: it is asked for again later.
    Unkept {
        /// Who sent it.
        from: MemberId,
        /// Of which blob.
        blob: BlobId,
        /// What of it.
        piece: Piece,
    },
    /// A frame of sound went or came: for a while nothing is to be in its way. Telling it once a
    /// second is enough.
    Sound,
    /// Time passed.
    Tick,
}

/// Something to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Send this.
    Send(MemberId, Message),
    /// Read what this member asked for and send it; what is urgent before everything else that waits
    /// for this member.
    Serve(MemberId, Request),
    /// Disconnect this member: it does not keep to the protocol.
    Drop(MemberId),
    /// All of a wanted blob is on this machine.
    Completed(BlobId),
}
