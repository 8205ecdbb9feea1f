//! Entries for tests.

use super::entry::Entry;
use super::id::{EntryHash, MeetingId};
use ed25519_dalek::SigningKey;

/// The meeting of [`write`].
pub(crate) const MEETING: MeetingId = MeetingId([7; 32]);

/// The next `count` entries of an author, behind the entry `before` of theirs.
pub(crate) fn write(author: u8, before: Option<&Entry>, count: u64, text: &str) -> Vec<Entry> {
    let key = SigningKey::from_bytes(&[author; 32]);
    let (seq, mut prev) = before.map_or((0, EntryHash::NONE), |e| (e.seq(), e.hash()));
    (1..=count)
        .map(|n| {
            let entry = Entry::sign(&key, &MEETING, seq + n, prev, format!("<m>{text}</m>"));
            prev = entry.hash();
            entry
        })
        .collect()
}
