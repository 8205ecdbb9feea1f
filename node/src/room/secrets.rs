//! What only members know, all of it following from the meeting's keys.
//!
//! The short code and the links' secret are derived from the newest key: a removal makes a new key,
//! and with it the removed member's code and links open nothing any more. Nothing but keys has to
//! travel to those who stay.

use crate::room::admission::{Code, LinkSecret};
use crate::room::seal::{Keyring, KeyringError};

const CODE_CONTEXT: &str = "urn:moot:1 2026 short code";
const LINK_CONTEXT: &str = "urn:moot:1 2026 link secret";

/// A meeting's keys and what follows from them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secrets {
    ring: Keyring,
}

impl Secrets {
    /// From a meeting's keys.
    #[must_use]
    pub fn new(ring: Keyring) -> Self {
        Self { ring }
    }

    /// The keys.
    #[must_use]
    pub fn ring(&self) -> &Keyring {
        &self.ring
    }

    /// The short code of now.
    #[must_use]
    pub fn code(&self) -> Code {
        let derived = self.ring.newest().derive(CODE_CONTEXT);
        let (head, _) = derived.split_first_chunk().expect("32 bytes have a first eight");
        Code::from_random(*head)
    }

    /// The links' secret of now.
    #[must_use]
    pub fn link(&self) -> LinkSecret {
        let derived = self.ring.newest().derive(LINK_CONTEXT);
        let (head, _) = derived.split_first_chunk().expect("32 bytes have a first sixteen");
        LinkSecret::new(*head)
    }

    /// A new newest key from 32 random bytes.
    pub fn rotate(&mut self, secret: [u8; 32]) {
        self.ring.rotate(secret);
    }

    /// For a member's sync: one record a key.
    #[must_use]
    pub fn records(&self) -> Vec<Vec<u8>> {
        self.ring.each().map(|key| key.encode()).collect()
    }

    /// Takes a member's records; true when one was new. Records that make no sense are passed over.
    pub fn learn(&mut self, records: &[Vec<u8>]) -> bool {
        let rings = records.iter().filter_map(|record| Keyring::decode(record).ok());
        let mut new = false;
        for ring in rings {
            new |= self.ring.merge(ring);
        }
        new
    }

    /// For storage. The bytes are secret.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        self.ring.encode()
    }

    /// What [`Secrets::encode`] wrote.
    ///
    /// # Errors
    /// [`KeyringError`] when the bytes are no keyring.
    pub fn decode(bytes: &[u8]) -> Result<Self, KeyringError> {
        Keyring::decode(bytes).map(Self::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_key_changes_code_and_link() {
        let mut secrets = Secrets::new(Keyring::found([1; 32]));
        let (code, link) = (secrets.code(), secrets.link());
        secrets.rotate([2; 32]);
        assert_ne!(secrets.code(), code);
        assert_ne!(secrets.link(), link);
    }

    #[test]
    fn two_who_rotated_apart_agree_after_telling_each_other() {
        let mut one = Secrets::new(Keyring::found([1; 32]));
        let mut other = one.clone();
        one.rotate([2; 32]);
        other.rotate([3; 32]);
        assert!(one.learn(&other.records()) && other.learn(&one.records()));
        assert_eq!(one, other);
        assert_eq!(one.code(), other.code());
        assert!(!one.learn(&other.records()), "nothing is new the second time");
    }

    #[test]
    fn nonsense_is_passed_over() {
        let mut secrets = Secrets::new(Keyring::found([1; 32]));
        assert!(!secrets.learn(&[vec![], vec![0xff; 40]]));
    }
}
