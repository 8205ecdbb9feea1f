//! The messages of the sync stream: CBOR, each in a frame of its own.

use crate::limits::{DOCUMENTS, ENTRY_BYTES, MEMBERS};
use crate::room::entry::Entry;
use crate::room::id::{BlobId, EntryHash, MeetingId, MemberId};
use crate::room::replica::{Have, HaveVector, Probe, Proof};
use crate::room::wire::{self, List, Malformed};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use std::collections::BTreeMap;

/// Bytes of entries in one message: two seconds of a 512 kbit/s link. Small enough that other
/// streams of the connection get their turn, large enough that 100 000 entries are some hundreds.
pub const BATCH_BYTES: usize = 128 * 1024;

/// Bytes of one frame. The largest is a full hello (about 300 KiB).
pub const FRAME_BYTES: usize = 384 * 1024;

/// Entries in one message: a batch of the smallest.
const BATCH_ENTRIES: usize = 1024;

/// Keys in a hello: a meeting gets a new one with each removal; older ones open older gossip only.
pub const HELLO_KEYS: usize = 64;

/// Bytes of one key record.
pub const HELLO_KEY_BYTES: usize = 256;

/// Addresses of one member: two transports, and IPv4, IPv6 and link-local of two interfaces.
pub const HELLO_ADDRESSES: usize = 12;

/// Bytes of one multiaddress as text: the longest real ones (IPv6 zone, QUIC, peer id) have 140.
pub const HELLO_ADDRESS_BYTES: usize = 192;

/// Bytes of all addresses of a hello: a hall of 512 members with two each, a room with plenty.
const ALL_ADDRESS_BYTES: usize = 192 * 1024;

/// Hashes in a probe.
const PROBE_POINTS: usize = 64;

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// The first.
    Hello(Hello),
    /// What the sender holds, at the start of each round.
    Have(HaveVector),
    /// Entries, as [`Entry::decode`] takes them.
    Entries(Vec<Vec<u8>>),
    /// Two entries that prove a fork.
    Proof([Vec<u8>; 2]),
    /// Where do our logs part?
    Probe(Probe),
    /// That was all for this round.
    Done,
}

/// What members tell each other besides the logs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hello {
    /// Meeting keys, opaque here.
    pub keyring: Vec<Vec<u8>>,
    /// Where members were reached lately (multiaddresses).
    pub addresses: BTreeMap<MemberId, Vec<String>>,
    /// What the sender holds of the meeting's documents, for people to see: which blobs it can
    /// serve is told on their own stream.
    pub documents: Vec<Holds>,
}

/// What a member holds of one document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holds {
    /// Which.
    #[serde(rename = "d")]
    pub document: BlobId,
    /// Bytes of all its blobs.
    #[serde(rename = "n")]
    pub have: u64,
    /// The page of it that is on show and not there yet, and percent of its picture.
    #[serde(rename = "p")]
    pub getting: Option<(u32, u8)>,
}

impl Hello {
    /// This hello cut to what a peer accepts, so that no node talks itself out of syncing.
    #[must_use]
    pub fn within_limits(mut self) -> Self {
        self.keyring.retain(|key| key.len() <= HELLO_KEY_BYTES);
        // The newest keys stand last and are the ones in use.
        self.keyring.drain(..self.keyring.len().saturating_sub(HELLO_KEYS));
        self.documents.truncate(DOCUMENTS);
        let mut bytes = 0;
        for list in self.addresses.values_mut() {
            list.retain(|address| address.len() <= HELLO_ADDRESS_BYTES);
            list.truncate(HELLO_ADDRESSES);
            list.retain(|address| {
                bytes += address.len();
                bytes <= ALL_ADDRESS_BYTES
            });
        }
        self.addresses =
            self.addresses.into_iter().filter(|(_, list)| !list.is_empty()).take(MEMBERS).collect();
        self
    }
}

impl Message {
    /// A proof as a message.
    #[must_use]
    pub fn proof(proof: &Proof) -> Self {
        Self::Proof(proof.entries().map(Entry::encode))
    }

    /// The frame's content, without its length.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
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

/// Parses and verifies a received proof.
///
/// # Errors
/// [`Malformed`] when the two are not entries of `meeting` or no fork.
pub fn decode_proof(meeting: &MeetingId, entries: &[Vec<u8>; 2]) -> Result<Proof, Malformed> {
    let decode = |bytes| Entry::decode(meeting, bytes).map_err(|_| Malformed);
    Proof::new(decode(&entries[0])?, decode(&entries[1])?).map_err(|_| Malformed)
}

/// [`Message`] as it is written.
#[derive(Serialize, Deserialize)]
enum Wire {
    #[serde(rename = "hello")]
    Hello(WireHello),
    #[serde(rename = "have")]
    Have(List<(MemberId, Have), MEMBERS>),
    #[serde(rename = "entries")]
    Entries(List<ByteBuf, BATCH_ENTRIES>),
    #[serde(rename = "proof")]
    Proof(ByteBuf, ByteBuf),
    #[serde(rename = "probe")]
    Probe(MemberId, u64, List<(u64, EntryHash), PROBE_POINTS>),
    #[serde(rename = "done")]
    Done,
}

/// Fields that a later version adds are skipped.
#[derive(Serialize, Deserialize)]
struct WireHello {
    #[serde(rename = "k")]
    keyring: List<ByteBuf, HELLO_KEYS>,
    #[serde(rename = "a")]
    addresses: List<(MemberId, List<String, HELLO_ADDRESSES>), MEMBERS>,
    #[serde(rename = "d")]
    documents: List<Holds, DOCUMENTS>,
}

impl From<&Message> for Wire {
    fn from(message: &Message) -> Self {
        let bytes = |bytes: &Vec<u8>| ByteBuf::from(bytes.clone());
        match message {
            Message::Hello(hello) => Self::Hello(WireHello {
                keyring: List(hello.keyring.iter().map(bytes).collect()),
                addresses: List(
                    hello.addresses.iter().map(|(who, list)| (*who, List(list.clone()))).collect(),
                ),
                documents: List(hello.documents.clone()),
            }),
            Message::Have(have) => Self::Have(List(have.iter().map(|(a, h)| (*a, *h)).collect())),
            Message::Entries(entries) => Self::Entries(List(entries.iter().map(bytes).collect())),
            Message::Proof([one, other]) => Self::Proof(bytes(one), bytes(other)),
            Message::Probe(Probe { author, equal, points }) => {
                Self::Probe(*author, *equal, List(points.clone()))
            }
            Message::Done => Self::Done,
        }
    }
}

impl TryFrom<Wire> for Message {
    type Error = Malformed;

    fn try_from(wire: Wire) -> Result<Self, Malformed> {
        let entry = |bytes: ByteBuf| {
            (bytes.len() <= ENTRY_BYTES).then(|| bytes.into_vec()).ok_or(Malformed)
        };
        Ok(match wire {
            Wire::Hello(hello) => Self::Hello(hello.try_into()?),
            Wire::Have(List(have)) => Self::Have(have.into_iter().collect()),
            Wire::Entries(List(entries)) => {
                Self::Entries(entries.into_iter().map(entry).collect::<Result<_, _>>()?)
            }
            Wire::Proof(one, other) => Self::Proof([entry(one)?, entry(other)?]),
            Wire::Probe(author, equal, List(points)) => {
                Self::Probe(Probe { author, equal, points })
            }
            Wire::Done => Self::Done,
        })
    }
}

impl TryFrom<WireHello> for Hello {
    type Error = Malformed;

    fn try_from(wire: WireHello) -> Result<Self, Malformed> {
        let WireHello { keyring: List(keys), addresses: List(addresses), documents } = wire;
        let too_long = keys.iter().any(|key| key.len() > HELLO_KEY_BYTES)
            || addresses.iter().any(|(_, l)| l.0.iter().any(|a| a.len() > HELLO_ADDRESS_BYTES));
        if too_long {
            return Err(Malformed);
        }
        Ok(Self {
            keyring: keys.into_iter().map(ByteBuf::into_vec).collect(),
            addresses: addresses.into_iter().map(|(who, List(list))| (who, list)).collect(),
            documents: documents.0,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trips(message: &Message) {
        let bytes = message.encode();
        assert!(bytes.len() <= FRAME_BYTES, "{} bytes", bytes.len());
        assert_eq!(Message::decode(&bytes).as_ref(), Ok(message));
    }

    #[test]
    fn each_message_comes_back() {
        let who = MemberId([1; 32]);
        let have = Have { height: 7, head: EntryHash([2; 32]), fork: Some(8) };
        round_trips(&Message::Have([(who, have)].into()));
        round_trips(&Message::Have(HaveVector::new()));
        round_trips(&Message::Entries(vec![vec![1, 2], vec![]]));
        round_trips(&Message::Proof([vec![1], vec![2]]));
        let points = vec![(3, EntryHash([4; 32]))];
        round_trips(&Message::Probe(Probe { author: who, equal: 2, points }));
        round_trips(&Message::Done);
        round_trips(&Message::Hello(Hello {
            keyring: vec![vec![9; 64]],
            addresses: [(who, vec!["/ip4/10.0.0.1/tcp/4".to_owned()])].into(),
            documents: vec![
                Holds { document: BlobId([5; 32]), have: 7, getting: Some((3, 64)) },
                Holds { document: BlobId([6; 32]), have: u64::MAX, getting: None },
            ],
        }));
    }

    #[test]
    fn the_fullest_hello_fits_its_frame() {
        let address = "x".repeat(HELLO_ADDRESS_BYTES);
        let member = |n: usize| {
            let mut id = [0; 32];
            id[..8].copy_from_slice(&n.to_be_bytes());
            MemberId(id)
        };
        let (have, getting) = (u64::MAX, Some((u32::MAX, u8::MAX)));
        let holds = Holds { document: BlobId([0xff; 32]), have, getting };
        let hello = Hello {
            keyring: vec![vec![0xff; HELLO_KEY_BYTES]; HELLO_KEYS + 1],
            addresses: (0..2 * MEMBERS).map(|n| (member(n), vec![address.clone(); 20])).collect(),
            documents: vec![holds; DOCUMENTS + 1],
        };
        round_trips(&Message::Hello(hello.within_limits()));
    }

    #[test]
    fn the_fullest_batch_fits_its_frame() {
        round_trips(&Message::Entries(vec![vec![0; 128]; BATCH_BYTES / 128]));
        round_trips(&Message::Entries(vec![vec![0; ENTRY_BYTES]; 3]));
    }

    #[test]
    fn an_oversized_entry_or_key_or_address_is_refused() {
        let hello = |keyring, addresses| {
            let who = MemberId([1; 32]);
            Message::Hello(Hello {
                keyring,
                addresses: [(who, addresses)].into(),
                documents: vec![],
            })
        };
        for message in [
            Message::Entries(vec![vec![0; ENTRY_BYTES + 1]]),
            Message::Entries(vec![vec![]; BATCH_ENTRIES + 1]),
            hello(vec![vec![0; HELLO_KEY_BYTES + 1]], vec![]),
            hello(vec![], vec!["x".repeat(HELLO_ADDRESS_BYTES + 1)]),
        ] {
            assert_eq!(Message::decode(&message.encode()), Err(Malformed));
        }
    }

    #[test]
    fn any_bytes_are_a_message_or_an_error() {
        bolero::check!()
            .with_max_len(2048)
            .with_test_time(std::time::Duration::from_secs(1))
            .for_each(|bytes: &[u8]| {
                if let Ok(message) = Message::decode(bytes) {
                    assert_eq!(Message::decode(&message.encode()), Ok(message));
                }
            });
    }
}
