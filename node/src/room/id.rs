//! Names of things: people, meetings, blobs, entries. All are 32 bytes that prove themselves.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// Text that is not the name it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected 64 hexadecimal digits")]
pub struct ParseIdError;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; 32]);

        impl $name {
            /// The 32 bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 32] {
                &self.0
            }

            /// The first eight hexadecimal digits: enough to tell apart in a log line.
            #[must_use]
            pub fn short(&self) -> String {
                self.to_string()[..8].to_owned()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.short())
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;
            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                let mut bytes = [0; 32];
                if text.len() != 64 || !text.is_ascii() {
                    return Err(ParseIdError);
                }
                for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
                    let digit = |d: u8| char::from(d).to_digit(16).ok_or(ParseIdError);
                    *byte = (digit(digits[0])? << 4 | digit(digits[1])?) as u8;
                }
                Ok(Self(bytes))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_bytes(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                <serde_bytes::ByteArray<32>>::deserialize(deserializer).map(|b| Self(b.into_array()))
            }
        }
    };
}

id! {
    /// A person's device: its Ed25519 public key (RFC 8032), which is also its libp2p peer id.
    MemberId
}
id! {
    /// A meeting: BLAKE3 over its founder and the founding stanza's payload.
    MeetingId
}
id! {
    /// Bytes named by their BLAKE3 hash.
    BlobId
}
id! {
    /// An entry named by the BLAKE3 hash of its signed bytes.
    EntryHash
}

impl BlobId {
    /// The name of `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(*blake3::hash(bytes).as_bytes())
    }
}

impl EntryHash {
    /// What the first entry of a log names as its predecessor.
    pub const NONE: Self = Self([0; 32]);
}

/// One place in one author's log.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash, Serialize, Deserialize)]
pub struct EntryRef {
    /// Whose log.
    pub author: MemberId,
    /// Which entry; the first is 1.
    pub seq: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_form_round_trips() {
        let id = BlobId::of(b"page");
        assert_eq!(id.to_string().parse::<BlobId>(), Ok(id));
    }

    #[test]
    fn malformed_text_is_refused() {
        for text in ["", "12", &"g".repeat(64), &"ä".repeat(32), &"a".repeat(65)] {
            assert_eq!(text.parse::<BlobId>(), Err(ParseIdError), "{text}");
        }
    }

    #[test]
    fn cbor_form_is_a_byte_string() {
        let id = BlobId::of(b"page");
        let bytes = serde_cbor::to_vec(&id).expect("an id is plain bytes");
        assert_eq!(bytes.len(), 34, "two bytes of head, 32 of name");
        assert_eq!(serde_cbor::from_slice::<BlobId>(&bytes).expect("just written"), id);
    }
}
