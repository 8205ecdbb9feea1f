//! A row's value: self-describing and with a checksum, so that one altered byte is noticed in the
//! row where it is, and so that rows can be found again in a file whose structure is lost.
//!
//! `"MtR1" · kind (1 byte) · length of the body (4, big-endian) · check (8) · body`

use crate::limits::ENTRY_BYTES;
use crate::room::entry::Entry;
use crate::room::id::MeetingId;
use crate::room::replica::Proof;
use serde::{Deserialize, Serialize};

/// In front of each record.
const MAGIC: &[u8; 4] = b"MtR1";
const HEAD: usize = MAGIC.len() + 1 + 4 + CHECK;
/// Bytes of BLAKE3 that are kept: 2⁻⁶⁴ is the chance that damage goes unnoticed.
const CHECK: usize = 8;
/// Longest body: a fork's two entries, or a keyring and addresses.
const BODY_BYTES: usize = 1024 * 1024;

/// What a record holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Entry = 1,
    Fork = 2,
    Meta = 3,
}

/// A named value. The later of two with one name has the higher serial.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Meta {
    pub(super) serial: u64,
    pub(super) key: String,
    #[serde(with = "serde_bytes")]
    pub(super) value: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
struct Fork(serde_bytes::ByteBuf, serde_bytes::ByteBuf);

pub(super) fn entry(entry: &Entry) -> Vec<u8> {
    write(Kind::Entry, &entry.encode())
}

pub(super) fn fork(proof: &Proof) -> Vec<u8> {
    let [one, other] = proof.entries().map(|entry| serde_bytes::ByteBuf::from(entry.encode()));
    write(Kind::Fork, &cbor(&Fork(one, other)))
}

pub(super) fn meta(meta: &Meta) -> Vec<u8> {
    write(Kind::Meta, &cbor(meta))
}

/// The body of a record that is of this kind and undamaged.
pub(super) fn read(bytes: &[u8], kind: Kind) -> Option<&[u8]> {
    let (found, body) = parse(bytes)?;
    (found == kind && HEAD + body.len() == bytes.len()).then_some(body)
}

pub(super) fn read_fork(meeting: &MeetingId, bytes: &[u8]) -> Option<Proof> {
    fork_body(meeting, read(bytes, Kind::Fork)?)
}

pub(super) fn read_meta(bytes: &[u8]) -> Option<Meta> {
    serde_cbor::from_slice(read(bytes, Kind::Meta)?).ok()
}

/// What can be found in a heap of bytes.
#[derive(Debug)]
pub(super) enum Found {
    Entry(Entry),
    Fork(Proof),
    Meta(Meta),
}

/// Every undamaged record in `bytes`, in no particular order and some perhaps more than once (a
/// database file keeps old pages). Signatures are checked: nothing vouches for such bytes.
pub(super) fn salvage<'a>(
    meeting: &'a MeetingId,
    bytes: &'a [u8],
) -> impl Iterator<Item = Found> + 'a {
    starts(bytes).filter_map(move |start| {
        let (kind, body) = parse(&bytes[start..])?;
        match kind {
            Kind::Entry => Entry::decode(meeting, body).ok().map(Found::Entry),
            Kind::Fork => fork_body(meeting, body).map(Found::Fork),
            Kind::Meta => serde_cbor::from_slice(body).ok().map(Found::Meta),
        }
    })
}

/// Entries whose record says so but whose check fails, as far as they can still be named.
pub(super) fn altered<'a>(
    meeting: &'a MeetingId,
    bytes: &'a [u8],
) -> impl Iterator<Item = Entry> + 'a {
    starts(bytes).filter_map(move |start| {
        let record = &bytes[start..];
        let length = u32::from_be_bytes(record.get(5..9)?.try_into().ok()?) as usize;
        let body = record.get(HEAD..HEAD.checked_add(length)?)?;
        (length <= ENTRY_BYTES && parse(record).is_none())
            .then(|| Entry::decode_trusted(meeting, body).ok())?
    })
}

fn starts(bytes: &[u8]) -> impl Iterator<Item = usize> + '_ {
    bytes.windows(MAGIC.len()).enumerate().filter(|(_, w)| *w == MAGIC).map(|(start, _)| start)
}

fn write(kind: Kind, body: &[u8]) -> Vec<u8> {
    // The writer's callers bound their values; a longer one would be read back as damage.
    debug_assert!(body.len() <= BODY_BYTES, "{} bytes in one record", body.len());
    let length = (body.len() as u32).to_be_bytes();
    [MAGIC, &[kind as u8][..], &length, &check(kind, body), body].concat()
}

/// The record at the start of `bytes`, which may go on.
fn parse(bytes: &[u8]) -> Option<(Kind, &[u8])> {
    let head = bytes.get(..HEAD)?;
    let kind = match head[4] {
        1 => Kind::Entry,
        2 => Kind::Fork,
        3 => Kind::Meta,
        _ => return None,
    };
    let length = u32::from_be_bytes(head[5..9].try_into().ok()?) as usize;
    if &head[..4] != MAGIC || length > BODY_BYTES {
        return None;
    }
    let body = bytes.get(HEAD..HEAD + length)?;
    (check(kind, body) == head[9..]).then_some((kind, body))
}

fn check(kind: Kind, body: &[u8]) -> [u8; CHECK] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&[kind as u8]).update(body);
    let mut check = [0; CHECK];
    check.copy_from_slice(&hasher.finalize().as_bytes()[..CHECK]);
    check
}

fn fork_body(meeting: &MeetingId, body: &[u8]) -> Option<Proof> {
    let Fork(one, other) = serde_cbor::from_slice(body).ok()?;
    // Forks are rare and accuse somebody: their signatures are checked each time.
    Proof::new(Entry::decode(meeting, &one).ok()?, Entry::decode(meeting, &other).ok()?).ok()
}

fn cbor<T: Serialize>(value: &T) -> Vec<u8> {
    serde_cbor::to_vec(value).expect("records are plain data and memory is the only limit")
}
