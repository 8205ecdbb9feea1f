//! An action signed and numbered in its author's log: the CBOR envelope.
//!
//! The stanza is signed byte for byte and never re-serialised, so what a later version adds to it
//! survives every hop. The signature covers the meeting too: an entry can't be replayed elsewhere.

use crate::limits::ENTRY_BYTES;
use crate::room::id::{EntryHash, MeetingId, MemberId};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};

/// Keeps these signatures apart from any other use of the same key.
const SIGNING_CONTEXT: &str = "urn:moot:1 2026 entry";

/// One entry: verified to be its author's when it came through [`Entry::decode`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    author: MemberId,
    seq: u64,
    prev: EntryHash,
    stanza: String,
    signature: [u8; 64],
    hash: EntryHash,
}

/// Why bytes are not an entry of this meeting.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// More bytes than [`ENTRY_BYTES`].
    #[error("entry of {0} bytes is larger than allowed")]
    TooLarge(usize),
    /// Not the CBOR of an envelope.
    #[error("entry is not a well-formed envelope")]
    Malformed,
    /// The author's key did not sign this.
    #[error("entry's signature does not match its author")]
    Signature,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope<'a> {
    #[serde(rename = "a")]
    author: MemberId,
    #[serde(rename = "n")]
    seq: u64,
    #[serde(rename = "p")]
    prev: EntryHash,
    #[serde(rename = "x")]
    stanza: &'a str,
    #[serde(rename = "s")]
    signature: serde_bytes::ByteArray<64>,
}

impl Entry {
    /// Signs `stanza` as number `seq` of the key's log in `meeting`.
    #[must_use]
    pub fn sign(
        key: &SigningKey,
        meeting: &MeetingId,
        seq: u64,
        prev: EntryHash,
        stanza: String,
    ) -> Self {
        let author = MemberId(key.verifying_key().to_bytes());
        let hash = signed_hash(meeting, &author, seq, &prev, &stanza);
        let signature = key.sign(&hash.0).to_bytes();
        Self { author, seq, prev, stanza, signature, hash }
    }

    /// Parses and verifies one entry of `meeting`.
    ///
    /// # Errors
    /// [`EntryError`] says which of size, shape and signature is wrong.
    pub fn decode(meeting: &MeetingId, bytes: &[u8]) -> Result<Self, EntryError> {
        let entry = Self::decode_trusted(meeting, bytes)?;
        // CBOR has many spellings of one value; only ours passes, so an entry has one form.
        if entry.encode() != bytes {
            return Err(EntryError::Malformed);
        }
        VerifyingKey::from_bytes(&entry.author.0)
            .and_then(|key| {
                key.verify_strict(&entry.hash.0, &Signature::from_bytes(&entry.signature))
            })
            .map_err(|_| EntryError::Signature)?;
        Ok(entry)
    }

    /// Parses one entry whose signature this machine checked before it wrote it down: opening a log
    /// of 100 000 entries would take seconds otherwise. Never for bytes from the network.
    ///
    /// # Errors
    /// [`EntryError`] says which of size and shape is wrong.
    pub(crate) fn decode_trusted(meeting: &MeetingId, bytes: &[u8]) -> Result<Self, EntryError> {
        if bytes.len() > ENTRY_BYTES {
            return Err(EntryError::TooLarge(bytes.len()));
        }
        let envelope: Envelope<'_> =
            serde_cbor::from_slice(bytes).map_err(|_| EntryError::Malformed)?;
        if envelope.seq == 0 {
            return Err(EntryError::Malformed);
        }
        let Envelope { author, seq, prev, stanza, signature } = envelope;
        let signature = signature.into_array();
        let hash = signed_hash(meeting, &author, seq, &prev, stanza);
        Ok(Self { author, seq, prev, stanza: stanza.to_owned(), signature, hash })
    }

    /// The bytes that [`Entry::decode`] takes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        serde_cbor::to_vec(&Envelope {
            author: self.author,
            seq: self.seq,
            prev: self.prev,
            stanza: &self.stanza,
            signature: serde_bytes::ByteArray::new(self.signature),
        })
        .expect("an envelope is plain data and memory is the only limit")
    }

    /// Who said it.
    #[must_use]
    pub fn author(&self) -> MemberId {
        self.author
    }

    /// Its number in the author's log; the first is 1.
    #[must_use]
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// The hash of the entry before it, [`EntryHash::NONE`] for the first.
    #[must_use]
    pub fn prev(&self) -> EntryHash {
        self.prev
    }

    /// The stanza as signed (UTF-8 XML).
    #[must_use]
    pub fn stanza(&self) -> &str {
        &self.stanza
    }

    /// The hash that the next entry names.
    #[must_use]
    pub fn hash(&self) -> EntryHash {
        self.hash
    }
}

/// BLAKE3 in key-derivation mode over everything the signature vouches for. All fields but the
/// last have a fixed length, so no two different entries share an input.
fn signed_hash(
    meeting: &MeetingId,
    author: &MemberId,
    seq: u64,
    prev: &EntryHash,
    stanza: &str,
) -> EntryHash {
    let mut hasher = blake3::Hasher::new_derive_key(SIGNING_CONTEXT);
    hasher.update(&meeting.0);
    hasher.update(&author.0);
    hasher.update(&seq.to_be_bytes());
    hasher.update(&prev.0);
    hasher.update(stanza.as_bytes());
    EntryHash(*hasher.finalize().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEETING: MeetingId = MeetingId([7; 32]);

    fn entry() -> Entry {
        let key = SigningKey::from_bytes(&[1; 32]);
        Entry::sign(&key, &MEETING, 1, EntryHash::NONE, "<message>ä</message>".into())
    }

    #[test]
    fn an_entry_comes_back_as_it_was_signed() {
        let entry = entry();
        assert_eq!(Entry::decode(&MEETING, &entry.encode()), Ok(entry));
    }

    #[test]
    fn any_flipped_bit_is_noticed() {
        let bytes = entry().encode();
        for bit in 0..bytes.len() * 8 {
            let mut bent = bytes.clone();
            bent[bit / 8] ^= 1 << (bit % 8);
            assert!(Entry::decode(&MEETING, &bent).is_err(), "bit {bit} went unnoticed");
        }
    }

    #[test]
    fn an_entry_belongs_to_one_meeting() {
        let other = MeetingId([8; 32]);
        assert_eq!(Entry::decode(&other, &entry().encode()), Err(EntryError::Signature));
    }

    #[test]
    fn oversized_bytes_are_refused_before_parsing() {
        let bytes = vec![0; ENTRY_BYTES + 1];
        assert_eq!(Entry::decode(&MEETING, &bytes), Err(EntryError::TooLarge(bytes.len())));
    }
}
