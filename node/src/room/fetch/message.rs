//! The messages of the blob stream: CBOR, each in a frame of its own.

use crate::limits::{BLOB_BYTES, MEMBERS, RANGE_BYTES};
use crate::room::id::{BlobId, MemberId};
use crate::room::ranges::{MAX_RANGES, RangeSet, range_count};
use crate::room::wire::{self, List, Malformed};
use serde::{Deserialize, Serialize};
use serde_bytes::{ByteArray, ByteBuf};

/// Bytes of one frame: a whole range and its head.
pub const FRAME_BYTES: usize = RANGE_BYTES as usize + 1024;

/// Blobs in one question: 140 KB.
pub const ASK_BLOBS: usize = 4096;

/// Blobs in one answer: 190 KB when all are held in part and are of the largest size.
pub const HAVE_BLOBS: usize = 1024;

/// Members that a refusal may name: enough to choose from.
pub const ELSEWHERE_MEMBERS: usize = 16;

/// What is asked for or sent: the outline of a blob, or one of its ranges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Piece {
    /// The chaining values of all ranges.
    #[serde(rename = "o")]
    Outline,
    /// The range of this number; the first is 0.
    #[serde(rename = "r")]
    Range(u32),
}

/// What somebody holds of one blob.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    /// Which.
    pub blob: BlobId,
    /// Its length in bytes, as far as they know.
    pub len: u64,
    /// Which ranges.
    pub ranges: RangeSet,
}

/// A wish for one piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Of which blob.
    #[serde(rename = "b")]
    pub blob: BlobId,
    /// What of it.
    #[serde(rename = "p")]
    pub piece: Piece,
    /// First byte, counted from the range's; 0 for an outline.
    #[serde(rename = "s")]
    pub start: u32,
    /// Number of bytes, as many as there are at most; an outline comes whole.
    #[serde(rename = "n")]
    pub len: u32,
    /// It is on show: to be answered with [`Message::Elsewhere`] only while a copy is under way to
    /// another, and not when it is firm.
    #[serde(rename = "u")]
    pub urgent: bool,
    /// The asker was sent elsewhere before and did not get it there.
    #[serde(rename = "f")]
    pub firm: bool,
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// Which of these do you hold?
    Ask(Vec<BlobId>),
    /// What the sender holds now. Blobs that the receiver does not want are of no interest.
    Have(Vec<Holding>),
    /// Send this.
    Request(Request),
    /// The members named got it, or are getting it, from the sender: ask them.
    Elsewhere {
        /// Of which blob.
        blob: BlobId,
        /// What of it.
        piece: Piece,
        /// Who has it.
        members: Vec<MemberId>,
    },
    /// The sender does not have it (any more).
    Without(BlobId, Piece),
    /// An outline, to be verified.
    Outline {
        /// Of which blob.
        blob: BlobId,
        /// The blob's length.
        len: u64,
        /// Its chaining values.
        values: Vec<[u8; 32]>,
    },
    /// Bytes of a range, to be verified once all have come.
    Part {
        /// Of which blob.
        blob: BlobId,
        /// Of which range.
        index: u32,
        /// Which byte of the range is the first.
        start: u32,
        /// Bytes of the range.
        of: u32,
        /// The bytes.
        bytes: Vec<u8>,
    },
}

impl Message {
    /// The frame's content, without its length.
    #[must_use]
    pub fn encode(self) -> Vec<u8> {
        wire::encode(&Wire::from(self))
    }

    /// Parses one frame's content.
    ///
    /// # Errors
    /// [`Malformed`] when it is no message or exceeds a limit.
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        if bytes.len() > FRAME_BYTES {
            return Err(Malformed);
        }
        wire::decode::<Wire>(bytes)?.try_into()
    }
}

/// [`Message`] as it is written.
#[derive(Serialize, Deserialize)]
enum Wire {
    #[serde(rename = "ask")]
    Ask(List<BlobId, ASK_BLOBS>),
    #[serde(rename = "have")]
    Have(List<WireHolding, HAVE_BLOBS>),
    #[serde(rename = "request")]
    Request(Request),
    #[serde(rename = "elsewhere")]
    Elsewhere(BlobId, Piece, List<MemberId, ELSEWHERE_MEMBERS>),
    #[serde(rename = "without")]
    Without(BlobId, Piece),
    #[serde(rename = "outline")]
    Outline(BlobId, u64, List<ByteArray<32>, { MAX_RANGES as usize }>),
    #[serde(rename = "part")]
    Part(BlobId, u32, u32, u32, ByteBuf),
}

/// Name, length, bitmap; no bitmap when all of it is held.
#[derive(Serialize, Deserialize)]
struct WireHolding(BlobId, u64, Option<ByteBuf>);

impl From<Message> for Wire {
    fn from(message: Message) -> Self {
        match message {
            Message::Ask(blobs) => Self::Ask(List(blobs)),
            Message::Have(holdings) => {
                Self::Have(List(holdings.into_iter().map(WireHolding::from).collect()))
            }
            Message::Request(request) => Self::Request(request),
            Message::Elsewhere { blob, piece, members } => {
                Self::Elsewhere(blob, piece, List(members))
            }
            Message::Without(blob, piece) => Self::Without(blob, piece),
            Message::Outline { blob, len, values } => {
                Self::Outline(blob, len, List(values.into_iter().map(ByteArray::new).collect()))
            }
            Message::Part { blob, index, start, of, bytes } => {
                Self::Part(blob, index, start, of, bytes.into())
            }
        }
    }
}

impl TryFrom<Wire> for Message {
    type Error = Malformed;

    fn try_from(wire: Wire) -> Result<Self, Malformed> {
        let known_len = |len: u64| if len <= BLOB_BYTES { Ok(len) } else { Err(Malformed) };
        Ok(match wire {
            Wire::Ask(List(blobs)) => Self::Ask(blobs),
            Wire::Have(List(holdings)) => {
                Self::Have(holdings.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?)
            }
            Wire::Request(request) => Self::Request(request),
            Wire::Elsewhere(blob, piece, List(members)) => Self::Elsewhere { blob, piece, members },
            Wire::Without(blob, piece) => Self::Without(blob, piece),
            Wire::Outline(blob, len, List(values)) => {
                let values = values.into_iter().map(ByteArray::into_array).collect();
                Self::Outline { blob, len: known_len(len)?, values }
            }
            Wire::Part(blob, index, start, of, bytes) => {
                let end = u64::from(start) + bytes.len() as u64;
                if u64::from(of) > RANGE_BYTES || end > u64::from(of) {
                    return Err(Malformed);
                }
                Self::Part { blob, index, start, of, bytes: bytes.into_vec() }
            }
        })
    }
}

impl From<Holding> for WireHolding {
    fn from(Holding { blob, len, ranges }: Holding) -> Self {
        Self(blob, len, (!ranges.is_full()).then(|| ByteBuf::from(ranges.bits())))
    }
}

impl TryFrom<WireHolding> for Holding {
    type Error = Malformed;

    fn try_from(WireHolding(blob, len, bits): WireHolding) -> Result<Self, Malformed> {
        if len > BLOB_BYTES {
            return Err(Malformed);
        }
        let count = range_count(len);
        let ranges = match bits {
            None => RangeSet::all(count),
            Some(bits) => RangeSet::from_bits(count, &bits),
        };
        Ok(Self { blob, len, ranges })
    }
}

const _: () = assert!(ELSEWHERE_MEMBERS <= MEMBERS);

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const BLOB: BlobId = BlobId([9; 32]);

    fn round_trips(message: Message) {
        let bytes = message.clone().encode();
        assert!(bytes.len() <= FRAME_BYTES, "{} bytes", bytes.len());
        assert_eq!(Message::decode(&bytes), Ok(message));
    }

    #[test]
    fn each_message_comes_back_at_its_largest() {
        let part = {
            let mut ranges = RangeSet::all(MAX_RANGES);
            ranges = RangeSet::from_bits(MAX_RANGES, &ranges.bits()[..127]);
            Holding { blob: BLOB, len: BLOB_BYTES, ranges }
        };
        let piece = Piece::Range(u32::MAX);
        round_trips(Message::Ask(vec![BLOB; ASK_BLOBS]));
        round_trips(Message::Have(vec![part; HAVE_BLOBS]));
        let (start, len) = (u32::MAX, u32::MAX);
        let request = Request { blob: BLOB, piece, start, len, urgent: true, firm: false };
        round_trips(Message::Request(request));
        let members = vec![MemberId([0xff; 32]); ELSEWHERE_MEMBERS];
        round_trips(Message::Elsewhere { blob: BLOB, piece, members });
        round_trips(Message::Without(BLOB, Piece::Outline));
        let values = vec![[0xff; 32]; MAX_RANGES as usize];
        round_trips(Message::Outline { blob: BLOB, len: BLOB_BYTES, values });
        let (of, bytes) = (RANGE_BYTES as u32, vec![0xff; RANGE_BYTES as usize]);
        round_trips(Message::Part { blob: BLOB, index: u32::MAX, start: 0, of, bytes });
    }

    #[test]
    fn what_exceeds_a_limit_is_refused() {
        for message in [
            Message::Ask(vec![BLOB; ASK_BLOBS + 1]),
            Message::Outline { blob: BLOB, len: BLOB_BYTES + 1, values: vec![] },
            Message::Outline { blob: BLOB, len: 1, values: vec![[0; 32]; 1025] },
            Message::Part { blob: BLOB, index: 0, start: 0, of: 9, bytes: vec![0; 10] },
            Message::Part { blob: BLOB, index: 0, start: u32::MAX, of: 9, bytes: vec![0; 1] },
            Message::Part {
                blob: BLOB,
                index: 0,
                start: 0,
                of: RANGE_BYTES as u32 + 1,
                bytes: vec![],
            },
            Message::Have(vec![Holding { blob: BLOB, len: u64::MAX, ranges: RangeSet::none(8) }]),
        ] {
            assert_eq!(Message::decode(&message.encode()), Err(Malformed));
        }
    }

    #[test]
    fn any_bytes_are_a_message_or_an_error() {
        bolero::check!().with_max_len(2048).with_test_time(Duration::from_secs(1)).for_each(
            |bytes: &[u8]| {
                if let Ok(message) = Message::decode(bytes) {
                    assert_eq!(Message::decode(&message.clone().encode()), Ok(message));
                }
            },
        );
    }

    #[test]
    fn any_outline_is_verified_or_refused() {
        use crate::room::ranges::Outline;
        bolero::check!()
            .with_type::<(u64, Vec<u8>)>()
            .with_test_time(Duration::from_secs(1))
            .for_each(|(len, bytes)| {
                let values = bytes.chunks_exact(32).map(|v| v.try_into().unwrap()).collect();
                if let Ok(outline) = Outline::verified(BLOB, *len, values) {
                    assert!(!outline.verifies(0, b"never that"));
                }
            });
    }
}
