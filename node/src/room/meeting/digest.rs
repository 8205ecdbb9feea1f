//! One number that two members can compare: equal when their meetings are.

use super::{Meeting, Status};
use crate::room::id::EntryRef;
use blake3::Hasher;

/// Keeps these hashes apart from any other use of BLAKE3.
const CONTEXT: &str = "urn:moot:1 2026 digest";

impl Meeting {
    /// BLAKE3 over the entries that count, in order, and over the state they fold to. What does
    /// not count (strangers' entries, those after a removal or a fork) is left out: members may
    /// hold different parts of it and still be in the same meeting.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        let mut hasher = Hasher::new_derive_key(CONTEXT);
        hasher.update(&self.id.0);
        self.hash_entries(&mut hasher);
        self.hash_people(&mut hasher);
        self.hash_pages(&mut hasher);
        *hasher.finalize().as_bytes()
    }

    fn hash_entries(&self, hasher: &mut Hasher) {
        for (author, _) in self.membership.everybody() {
            let Some(log) = self.logs.get(author) else { continue };
            hasher.update(&author.0);
            number(hasher, log.forked_at().unwrap_or(0));
            number(hasher, log.len());
            for (seq, record) in log.counting() {
                number(hasher, seq);
                hasher.update(&record.hash.0);
            }
        }
    }

    fn hash_people(&self, hasher: &mut Hasher) {
        section(hasher, b"members");
        for member in self.members() {
            hasher.update(&member.id.0);
            number(hasher, member.name.len() as u64);
            hasher.update(member.name.as_bytes());
            number(
                hasher,
                match member.status {
                    Status::Member => 0,
                    Status::Left => 1,
                    Status::Removed => 2,
                },
            );
            number(hasher, u64::from(member.records));
            if let Some(room) = member.bridges {
                section(hasher, b"bridge");
                number(hasher, room.len() as u64);
                hasher.update(room.as_bytes());
            }
            if let Some(colour) = member.picture {
                number(hasher, u64::from(colour) + 2);
            }
        }
        section(hasher, b"floor");
        if let Some(presenter) = self.presenter() {
            hasher.update(&presenter.0);
        }
        section(hasher, b"drawing");
        number(hasher, u64::from(self.drawing_allowed()));
        section(hasher, b"hands");
        self.hands().into_iter().for_each(|(_, raised)| entry(hasher, raised));
        section(hasher, b"chat");
        self.chat().for_each(|line| entry(hasher, line.entry));
    }

    fn hash_pages(&self, hasher: &mut Hasher) {
        section(hasher, b"documents");
        self.every_version().into_iter().for_each(|said| entry(hasher, said));
        section(hasher, b"shown");
        self.shown().into_iter().for_each(|(_, turn, _)| entry(hasher, turn));
        section(hasher, b"marks");
        for (page, marks) in self.marks.everywhere() {
            hasher.update(&page.document.0);
            number(hasher, u64::from(page.page));
            marks.iter().for_each(|mark| entry(hasher, mark.entry()));
        }
    }
}

/// Ends what came before: no list can run into the next.
fn section(hasher: &mut Hasher, name: &[u8]) {
    number(hasher, u64::MAX);
    hasher.update(name);
}

fn entry(hasher: &mut Hasher, entry: EntryRef) {
    hasher.update(&entry.author.0);
    number(hasher, entry.seq);
}

fn number(hasher: &mut Hasher, number: u64) {
    hasher.update(&number.to_be_bytes());
}
