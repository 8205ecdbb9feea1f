//! The short authentication string: what two people read to each other to know that nobody sits
//! between their devices.
//!
//! It is equal on two screens only when each device holds the other's identity for this person in
//! this meeting. Somebody in between would have to be member twice, with two keys made so that both
//! pairs give one string. Nothing but work stops that search, so it is made work: 66 bits, each try
//! stretched, and the meeting's id in it, so that it can't begin before the meeting does.

use crate::room::id::{MeetingId, MemberId};
use std::fmt;

/// Groups of four digits.
const GROUPS: usize = 5;

/// Times the hash is repeated: some 5 ms of the reader's time, once. Two keys that give one string
/// take 2^33 tries (the birthday bound of 66 bits), so 2^49 hashes: two years of a core that does
/// 10^7 a second. A rack of graphics cards needs hours, which is longer than a newcomer waits at
/// the door, and that is when the keys have to be there.
const STRETCH: u32 = 1 << 16;

const CONTEXT: &str = "urn:moot:1 2026 short authentication string";

/// Five groups of four digits that two people compare.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CompareCode([u16; GROUPS]);

impl CompareCode {
    /// What `one` and `other` see of each other in this meeting; the same in either order. Takes
    /// milliseconds.
    #[must_use]
    pub fn of(one: &MemberId, other: &MemberId, meeting: &MeetingId) -> Self {
        let key = blake3::derive_key(CONTEXT, &meeting.0);
        let pair = [one.min(other).0, one.max(other).0].concat();
        let mut hash = blake3::keyed_hash(&key, &pair);
        for _ in 0..STRETCH {
            hash = blake3::keyed_hash(&key, hash.as_bytes());
        }
        let mut wide = [0; GROUPS * 8];
        blake3::Hasher::new_keyed(&key).update(hash.as_bytes()).finalize_xof().fill(&mut wide);
        let mut groups = [0; GROUPS];
        for (group, bytes) in groups.iter_mut().zip(wide.as_chunks::<8>().0) {
            *group = (u64::from_be_bytes(*bytes) % 10_000) as u16;
        }
        Self(groups)
    }

    /// The groups, each below 10 000.
    #[must_use]
    pub fn groups(&self) -> [u16; GROUPS] {
        self.0
    }
}

/// As people read it: `0123 4567 8901 2345 6789`.
impl fmt::Display for CompareCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, rest @ ..] = self.0;
        write!(f, "{first:04}")?;
        rest.iter().try_for_each(|group| write!(f, " {group:04}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: MemberId = MemberId([1; 32]);
    const B: MemberId = MemberId([2; 32]);
    const MEETING: MeetingId = MeetingId([9; 32]);

    #[test]
    fn both_sides_see_the_same_digits() {
        let code = CompareCode::of(&A, &B, &MEETING);
        assert_eq!(CompareCode::of(&B, &A, &MEETING), code);
        assert_eq!(code.to_string(), "0518 3716 4386 1357 0246", "the protocol page's vector");
    }

    #[test]
    fn another_device_or_meeting_gives_others() {
        let code = CompareCode::of(&A, &B, &MEETING);
        assert_ne!(CompareCode::of(&A, &MemberId([3; 32]), &MEETING), code);
        assert_ne!(CompareCode::of(&A, &B, &MeetingId([8; 32])), code);
    }

    #[test]
    fn digits_are_written_in_full() {
        assert_eq!(CompareCode([7, 0, 42, 999, 9999]).to_string(), "0007 0000 0042 0999 9999");
    }
}
