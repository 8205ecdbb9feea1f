//! Entries sealed with the meeting key: what gossip carries, only members read.
//!
//! A meeting has a line of keys. Removing somebody makes a new one, which the removed member never
//! gets; sealed bytes name their key, so that whoever misses a key knows what to ask for.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// Bytes of a nonce: XChaCha20 (draft-irtf-cfrg-xchacha) has room for random ones.
pub const NONCE_BYTES: usize = 24;

/// Bytes that sealing adds: version, key id, nonce and Poly1305 tag (RFC 8439 §2.8).
pub const SEAL_OVERHEAD: usize = 1 + KEY_ID_BYTES + NONCE_BYTES + 16;

/// Keys of one meeting that are kept: one for each removal. Past this the oldest is forgotten;
/// entries are kept in the clear in the log, so nothing is lost by it.
pub const KEYS: usize = 64;

const KEY_ID_BYTES: usize = 8;
const VERSION: u8 = 1;
/// Keeps these bytes apart from any other use of XChaCha20-Poly1305 with the same key.
const KEY_CONTEXT: &str = "urn:moot:1 2026 seal";
const ID_CONTEXT: &str = "urn:moot:1 2026 meeting key id";

/// Names a key without telling it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct KeyId([u8; KEY_ID_BYTES]);

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({:016x})", u64::from_be_bytes(self.0))
    }
}

/// A key of a meeting and its place in the line. `Debug` never prints the key.
#[derive(Clone, PartialEq, Eq)]
pub struct MeetingKey {
    generation: u32,
    id: KeyId,
    secret: [u8; 32],
}

impl MeetingKey {
    /// From 32 random bytes; `generation` is 1 for a meeting's first.
    #[must_use]
    pub fn new(generation: u32, secret: [u8; 32]) -> Self {
        let mut id = [0; KEY_ID_BYTES];
        id.copy_from_slice(&blake3::derive_key(ID_CONTEXT, &secret)[..KEY_ID_BYTES]);
        Self { generation, id: KeyId(id), secret }
    }

    /// Its name.
    #[must_use]
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// Its place in the line; 1 is the first.
    #[must_use]
    pub fn generation(&self) -> u32 {
        self.generation
    }

    /// Another secret that whoever has this key can tell, and nobody else.
    #[must_use]
    pub fn derive(&self, context: &'static str) -> [u8; 32] {
        blake3::derive_key(context, &self.secret)
    }
}

impl fmt::Debug for MeetingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MeetingKey({:?}, generation {})", self.id, self.generation)
    }
}

/// Why sealed bytes could not be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Not sealed bytes, or from a later version.
    #[error("not sealed bytes of this version")]
    Malformed,
    /// Sealed with a key that is not here: sync with whoever sent it.
    #[error("sealed with {0:?}, which is not here yet: sync to get it")]
    UnknownKey(KeyId),
    /// Altered, or sealed by somebody without the key.
    #[error("sealed bytes were altered")]
    Forged,
}

/// Why bytes are not a keyring.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a keyring: malformed, empty or more than {KEYS} keys")]
pub struct KeyringError;

/// All keys of a meeting that this node knows; never empty.
#[derive(Clone, PartialEq, Eq)]
pub struct Keyring {
    keys: BTreeMap<(u32, KeyId), MeetingKey>,
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.keys.values()).finish()
    }
}

impl Keyring {
    /// A meeting's first key from 32 random bytes.
    #[must_use]
    pub fn found(secret: [u8; 32]) -> Self {
        let key = MeetingKey::new(1, secret);
        Self { keys: BTreeMap::from([((1, key.id), key)]) }
    }

    /// A new newest key from 32 random bytes: what a removal needs.
    pub fn rotate(&mut self, secret: [u8; 32]) -> KeyId {
        let key = MeetingKey::new(self.newest().generation.saturating_add(1), secret);
        let id = key.id;
        self.insert(key);
        id
    }

    /// Adds what another keyring knows; true when something was new.
    pub fn merge(&mut self, other: Self) -> bool {
        let before: Vec<_> = self.keys.keys().copied().collect();
        other.keys.into_values().for_each(|key| self.insert(key));
        !self.keys.keys().copied().eq(before)
    }

    /// Each key as a ring of its own, oldest first.
    pub fn each(&self) -> impl Iterator<Item = Self> {
        self.keys.iter().map(|(place, key)| Self { keys: BTreeMap::from([(*place, key.clone())]) })
    }

    /// The key to seal with: the greatest (generation, id). Two members who remove somebody at the
    /// same time make two keys of one generation; all replicas choose the same of the two.
    #[must_use]
    pub fn newest(&self) -> &MeetingKey {
        self.keys.last_key_value().map(|(_, key)| key).expect("a keyring is never empty")
    }

    /// Seals `plain` with the newest key. The nonce must be random and used once.
    #[must_use]
    pub fn seal(&self, nonce: [u8; NONCE_BYTES], plain: &[u8]) -> Vec<u8> {
        let key = self.newest();
        let mut sealed = Vec::with_capacity(plain.len() + SEAL_OVERHEAD);
        sealed.push(VERSION);
        sealed.extend_from_slice(&key.id.0);
        let body = cipher(key)
            .encrypt(&XNonce::from(nonce), Payload { msg: plain, aad: &sealed })
            .expect("a plain text is shorter than ChaCha20's 256 GiB");
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(&body);
        sealed
    }

    /// Opens what any member sealed with a key of this ring.
    ///
    /// # Errors
    /// [`OpenError`]; after `UnknownKey`, sync with the sender and try again.
    pub fn open(&self, sealed: &[u8]) -> Result<Vec<u8>, OpenError> {
        let (head, rest) = sealed.split_at_checked(1 + KEY_ID_BYTES).ok_or(OpenError::Malformed)?;
        let (nonce, body) = rest.split_first_chunk::<NONCE_BYTES>().ok_or(OpenError::Malformed)?;
        let (version, id) = head.split_first().ok_or(OpenError::Malformed)?;
        if *version != VERSION {
            return Err(OpenError::Malformed);
        }
        let id = KeyId(id.try_into().map_err(|_| OpenError::Malformed)?);
        let key = self
            .keys
            .iter()
            .rev()
            .find_map(|((_, known), key)| (*known == id).then_some(key))
            .ok_or(OpenError::UnknownKey(id))?;
        cipher(key)
            .decrypt(&XNonce::from(*nonce), Payload { msg: body, aad: head })
            .map_err(|_| OpenError::Forged)
    }

    /// For storage and for those who may have it. The bytes are secret.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let keys: Vec<(u32, serde_bytes::ByteArray<32>)> = self
            .keys
            .values()
            .map(|key| (key.generation, serde_bytes::ByteArray::new(key.secret)))
            .collect();
        serde_cbor::to_vec(&keys).expect("keys are plain bytes")
    }

    /// What [`Keyring::encode`] wrote.
    ///
    /// # Errors
    /// [`KeyringError`] when malformed, empty or larger than [`KEYS`].
    pub fn decode(bytes: &[u8]) -> Result<Self, KeyringError> {
        if bytes.len() > KEYS * 48 {
            return Err(KeyringError);
        }
        let keys: Vec<(u32, serde_bytes::ByteArray<32>)> =
            serde_cbor::from_slice(bytes).map_err(|_| KeyringError)?;
        if keys.is_empty() || keys.len() > KEYS {
            return Err(KeyringError);
        }
        let mut ring = Self { keys: BTreeMap::new() };
        for (generation, secret) in keys {
            ring.insert(MeetingKey::new(generation, secret.into_array()));
        }
        Ok(ring)
    }

    fn insert(&mut self, key: MeetingKey) {
        self.keys.insert((key.generation, key.id), key);
        while self.keys.len() > KEYS {
            self.keys.pop_first();
        }
    }
}

fn cipher(key: &MeetingKey) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(&blake3::derive_key(KEY_CONTEXT, &key.secret).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONCE: [u8; NONCE_BYTES] = [9; NONCE_BYTES];

    #[test]
    fn members_read_what_members_seal() {
        let ring = Keyring::found([1; 32]);
        let sealed = ring.seal(NONCE, b"entry");
        assert_eq!(sealed.len(), b"entry".len() + SEAL_OVERHEAD);
        assert_eq!(ring.open(&sealed), Ok(b"entry".to_vec()));
    }

    #[test]
    fn the_removed_do_not_read_on() {
        let mut ring = Keyring::found([1; 32]);
        let removed = ring.clone();
        let before = ring.seal(NONCE, b"before");
        let id = ring.rotate([2; 32]);
        assert_eq!(removed.open(&ring.seal(NONCE, b"after")), Err(OpenError::UnknownKey(id)));
        assert_eq!(ring.open(&before), Ok(b"before".to_vec()), "the past stays readable");
    }

    #[test]
    fn two_removals_at_once_end_with_one_key() {
        let mut here = Keyring::found([1; 32]);
        let mut there = here.clone();
        here.rotate([2; 32]);
        there.rotate([3; 32]);
        assert!(here.merge(there.clone()) && there.merge(here.clone()));
        assert_eq!(here.newest(), there.newest());
        assert!(!here.merge(there), "nothing new the second time");
    }

    #[test]
    fn any_flipped_bit_is_noticed() {
        let ring = Keyring::found([1; 32]);
        let sealed = ring.seal(NONCE, b"entry");
        for bit in 0..sealed.len() * 8 {
            let mut bent = sealed.clone();
            bent[bit / 8] ^= 1 << (bit % 8);
            assert!(ring.open(&bent).is_err(), "bit {bit} went unnoticed");
        }
    }

    #[test]
    fn a_keyring_comes_back_and_is_bounded() {
        let mut ring = Keyring::found([0; 32]);
        for turn in 1..=u8::try_from(KEYS + 5).expect("a small number") {
            ring.rotate([turn; 32]);
        }
        assert_eq!(ring.keys.len(), KEYS);
        assert_eq!(Keyring::decode(&ring.encode()), Ok(ring));
        assert_eq!(Keyring::decode(&[0x80]), Err(KeyringError), "an empty ring");
    }

    #[test]
    fn debug_shows_no_secret() {
        let ring = Keyring::found([0xab; 32]);
        let shown = format!("{ring:?} {:?}", ring.newest()).to_lowercase();
        assert!(!shown.contains("abab") && !shown.contains("171, 171"), "{shown}");
    }

    #[test]
    fn hostile_bytes_never_panic() {
        let ring = Keyring::found([1; 32]);
        bolero::check!().with_test_time(std::time::Duration::from_secs(1)).for_each(
            |bytes: &[u8]| {
                assert!(ring.open(bytes).is_err());
                let _ = Keyring::decode(bytes);
            },
        );
    }
}
