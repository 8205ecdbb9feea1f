//! What is said at the door, as CBOR. Each message has its bound, checked before it is read.

use super::pake::PAKE_BYTES;
use crate::limits::{MEMBERS, NAME_CHARS};
use crate::room::address::Address;
use crate::room::id::{MeetingId, MemberId};
use crate::room::seal::{Keyring, KeyringError};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

/// Bytes of what a newcomer may send at a time: a voucher of `VOUCHER_ENTRIES` entries of 1 KiB
/// and a name. A stranger sizes no more of our memory than this.
pub const KNOCK_BYTES: usize = 40 * 1024;

/// Bytes of what a member may send: a Welcome with the roster of [`MEMBERS`] (an entry of 700 bytes
/// and four addresses of 60 each).
pub const WELCOME_BYTES: usize = 1024 * 1024;

/// Entries of a voucher: a chain of admissions back to the founder.
const VOUCHER_ENTRIES: usize = 32;

/// Entries of a Welcome: founding, admissions, names, removals.
const WELCOME_ENTRIES: usize = 4 * MEMBERS;

/// Addresses of one member in a Welcome.
const ADDRESSES: usize = 16;

/// One message of the admission protocol.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Message {
    /// Newcomer: let me in.
    #[serde(rename = "knock")]
    Knock(Knock),
    /// Member: prove that you know the secret; here is my half of the PAKE.
    #[serde(rename = "challenge")]
    Challenge(ByteBuf),
    /// Newcomer: the proof.
    #[serde(rename = "proof")]
    Proof(serde_bytes::ByteArray<32>),
    /// Member: still waiting for somebody to decide.
    #[serde(rename = "waiting")]
    Waiting,
    /// Member: come in.
    #[serde(rename = "welcome")]
    Welcome(Box<Welcome>),
    /// Member: no.
    #[serde(rename = "refused")]
    Refused(Refused),
}

/// A newcomer's first words.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Knock {
    /// The meeting to join.
    #[serde(rename = "m")]
    pub meeting: MeetingId,
    /// What the newcomer calls themselves.
    #[serde(rename = "n")]
    pub name: String,
    /// Entries that show who admitted them, founder's first, if somebody did.
    #[serde(rename = "v", default, skip_serializing_if = "Vec::is_empty")]
    pub voucher: Vec<ByteBuf>,
    /// Which secret the newcomer has, and their half of the PAKE.
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub pake: Option<Half>,
}

/// A half of the PAKE and what kind of secret it is about.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Half {
    /// A typed code.
    #[serde(rename = "code")]
    Code(ByteBuf),
    /// A link's secret.
    #[serde(rename = "link")]
    Link(ByteBuf),
}

/// Everything a newcomer needs to take part. Secret: never shown, never logged.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    /// The meeting.
    #[serde(rename = "m")]
    pub meeting: MeetingId,
    /// Its keys ([`Keyring::encode`]).
    #[serde(rename = "k")]
    pub keyring: ByteBuf,
    /// The code to show and let others in by, where the policy has one.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The secret of links.
    #[serde(rename = "l")]
    pub link: serde_bytes::ByteArray<16>,
    /// Founding, and the admissions from the founder to the newcomer: encoded entries.
    #[serde(rename = "e")]
    pub entries: Vec<ByteBuf>,
    /// Where the members are.
    #[serde(rename = "a")]
    pub members: Vec<MemberAddresses>,
    /// Shows that the member knows the secret too; set by the door.
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<serde_bytes::ByteArray<32>>,
}

impl std::fmt::Debug for Welcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Welcome").field("meeting", &self.meeting).finish_non_exhaustive()
    }
}

impl Welcome {
    /// The meeting's keys.
    ///
    /// # Errors
    /// [`KeyringError`] when the member sent no keyring.
    pub fn keys(&self) -> Result<Keyring, KeyringError> {
        Keyring::decode(&self.keyring)
    }
}

/// Where one member may be reached.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct MemberAddresses {
    /// Who.
    #[serde(rename = "m")]
    pub member: MemberId,
    /// Where, without zones.
    #[serde(rename = "a")]
    pub addresses: Vec<Address>,
}

/// Why a newcomer stays outside.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, Serialize, Deserialize)]
pub enum Refused {
    /// The code was wrong.
    #[serde(rename = "wrong-code")]
    WrongCode,
    /// A code is needed and none was given.
    #[serde(rename = "code-needed")]
    CodeNeeded,
    /// A member said no, or nobody said anything.
    #[serde(rename = "declined")]
    Declined,
    /// This member was removed.
    #[serde(rename = "removed")]
    Removed,
    /// Too many wrong codes lately; try again later.
    #[serde(rename = "too-many-tries")]
    TooManyTries,
    /// The member is not in that meeting.
    #[serde(rename = "other-meeting")]
    OtherMeeting,
}

/// Why bytes are not a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// Longer than its kind may be.
    #[error("admission message is too large")]
    TooLarge,
    /// Not CBOR of a known message.
    #[error("admission message is malformed")]
    Malformed,
}

impl Message {
    /// The bytes that [`Message::decode`] takes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        serde_cbor::to_vec(self).expect("messages are plain data")
    }

    /// Parses one message of at most `limit` bytes: [`KNOCK_BYTES`] from a newcomer,
    /// [`WELCOME_BYTES`] from a member.
    ///
    /// # Errors
    /// [`MessageError`]: close the stream.
    pub fn decode(bytes: &[u8], limit: usize) -> Result<Self, MessageError> {
        if bytes.len() > limit {
            return Err(MessageError::TooLarge);
        }
        let message: Self = serde_cbor::from_slice(bytes).map_err(|_| MessageError::Malformed)?;
        if message.is_within_bounds() { Ok(message) } else { Err(MessageError::TooLarge) }
    }

    fn is_within_bounds(&self) -> bool {
        match self {
            Self::Knock(knock) => {
                let half = match &knock.pake {
                    None => PAKE_BYTES,
                    Some(Half::Code(half) | Half::Link(half)) => half.len(),
                };
                half == PAKE_BYTES
                    && knock.voucher.len() <= VOUCHER_ENTRIES
                    && knock.name.chars().count() <= NAME_CHARS
            }
            Self::Challenge(half) => half.len() == PAKE_BYTES,
            Self::Welcome(welcome) => {
                welcome.entries.len() <= WELCOME_ENTRIES
                    && welcome.members.len() <= MEMBERS
                    && welcome.members.iter().all(|member| member.addresses.len() <= ADDRESSES)
                    && welcome.code.as_ref().is_none_or(|code| code.len() <= 16)
            }
            Self::Proof(_) | Self::Waiting | Self::Refused(_) => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn knock() -> Knock {
        Knock {
            meeting: MeetingId([1; 32]),
            name: "Ada".into(),
            voucher: vec![ByteBuf::from([1, 2, 3])],
            pake: Some(Half::Code(ByteBuf::from([0x41; PAKE_BYTES]))),
        }
    }

    fn welcome() -> Welcome {
        Welcome {
            meeting: MeetingId([1; 32]),
            keyring: ByteBuf::from(Keyring::found([2; 32]).encode()),
            code: Some("123-456".into()),
            link: serde_bytes::ByteArray::new([3; 16]),
            entries: vec![ByteBuf::from([4; 500])],
            members: vec![MemberAddresses {
                member: MemberId([5; 32]),
                addresses: vec!["/ip4/10.0.0.1/tcp/1".parse().expect("an address")],
            }],
            proof: None,
        }
    }

    #[test]
    fn messages_come_back_as_they_were_sent() {
        for message in [
            Message::Knock(knock()),
            Message::Challenge(ByteBuf::from([0x42; PAKE_BYTES])),
            Message::Proof(serde_bytes::ByteArray::new([7; 32])),
            Message::Waiting,
            Message::Welcome(Box::new(welcome())),
            Message::Refused(Refused::TooManyTries),
        ] {
            assert_eq!(Message::decode(&message.encode(), WELCOME_BYTES), Ok(message));
        }
    }

    #[test]
    fn what_is_out_of_bounds_is_refused() {
        let long_name = Knock { name: "x".repeat(NAME_CHARS + 1), ..knock() };
        let many = Knock { voucher: vec![ByteBuf::new(); VOUCHER_ENTRIES + 1], ..knock() };
        let half = Knock { pake: Some(Half::Link(ByteBuf::from([0; 5]))), ..knock() };
        for knock in [long_name, many, half] {
            let bytes = Message::Knock(knock).encode();
            assert_eq!(Message::decode(&bytes, KNOCK_BYTES), Err(MessageError::TooLarge));
        }
        let bytes = vec![0; KNOCK_BYTES + 1];
        assert_eq!(Message::decode(&bytes, KNOCK_BYTES), Err(MessageError::TooLarge));
    }

    #[test]
    fn a_welcome_for_a_full_house_fits() {
        let member = MemberAddresses {
            member: MemberId([5; 32]),
            addresses: vec![
                "/ip6/fd00:1111:2222:3333:4444:5555:6666:7777/udp/65535/quic-v1"
                    .parse()
                    .expect("an address");
                4
            ],
        };
        let full = Welcome {
            entries: vec![ByteBuf::from([4; 700]); MEMBERS],
            members: vec![member; MEMBERS],
            ..welcome()
        };
        assert!(Message::Welcome(Box::new(full)).encode().len() <= WELCOME_BYTES);
    }

    #[test]
    fn debug_shows_no_key() {
        assert_eq!(format!("{:?}", welcome()), "Welcome { meeting: MeetingId(01010101), .. }");
    }

    #[test]
    fn hostile_bytes_never_panic() {
        bolero::check!().with_test_time(std::time::Duration::from_secs(1)).for_each(
            |bytes: &[u8]| {
                if let Ok(message) = Message::decode(bytes, KNOCK_BYTES) {
                    let again = Message::decode(&message.encode(), WELCOME_BYTES);
                    assert_eq!(again, Ok(message));
                }
            },
        );
    }
}
