//! Who gets in: the conversation between a newcomer and a member at the door.
//!
//! ```text
//! newcomer                                member
//!   Knock{name, voucher, pake?}  ──────▶   known, vouched for, open → Welcome
//!                                ◀──────   Challenge{pake}             (policy: code)
//!   Proof                        ──────▶   right → Welcome{proof}; wrong → counted, slowed, refused
//!                                ◀──────   Waiting, Waiting, …         (policy: ask)
//!                                ◀──────   Welcome | Refused{reason}
//! ```
//!
//! The newcomer proves first: a member that were no member learns one guess from it, and a wrong
//! guess of the newcomer's is counted. Who is who is known from the connection; the PAKE is bound
//! to both identities and the meeting, so that nothing said here is of use elsewhere.

mod code;
mod doorkeeper;
mod message;
mod newcomer;
mod pake;

pub use code::{Code, LinkSecret, ParseCodeError, Secret};
pub use doorkeeper::{Acquaintance, Challenge, Doorkeeper, Step, Verdict};
pub use message::{
    KNOCK_BYTES, Knock, MemberAddresses, Message, MessageError, Refused, WELCOME_BYTES, Welcome,
};
pub use newcomer::{KnockError, Newcomer, Next};
pub use pake::Parties;

use crate::room::id::{MeetingId, MemberId};

/// Groups of four digits in a short authentication string.
pub const SAS_GROUPS: usize = 5;

/// What two people read to each other to know that no third one is between them: the same five
/// groups of four digits on both screens. 66 bits, because nothing but the cost of making keys
/// stops somebody from searching for a key that gives the same digits.
#[must_use]
pub fn sas(one: &MemberId, other: &MemberId, meeting: &MeetingId) -> [u16; SAS_GROUPS] {
    let mut hasher = blake3::Hasher::new_derive_key("urn:moot:1 2026 short authentication string");
    hasher.update(&one.min(other).0).update(&one.max(other).0).update(&meeting.0);
    let mut wide = [0; SAS_GROUPS * 8];
    hasher.finalize_xof().fill(&mut wide);
    let mut groups = [0; SAS_GROUPS];
    for (group, bytes) in groups.iter_mut().zip(wide.as_chunks::<8>().0) {
        *group = (u64::from_be_bytes(*bytes) % 10_000) as u16;
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_see_the_same_digits_and_others_do_not() {
        let (a, b, c) = (MemberId([1; 32]), MemberId([2; 32]), MemberId([3; 32]));
        let meeting = MeetingId([9; 32]);
        assert_eq!(sas(&a, &b, &meeting), sas(&b, &a, &meeting));
        assert_ne!(sas(&a, &b, &meeting), sas(&a, &c, &meeting));
        assert!(sas(&a, &b, &meeting).iter().all(|group| *group < 10_000));
    }
}
