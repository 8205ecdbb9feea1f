//! Verification that trusts nothing: every signature, number and link of a log on disk.

use super::record::{self, Found, Kind};
use super::{ENTRIES, FORKS, LogError, open};
use crate::room::entry::Entry;
use crate::room::id::{EntryHash, EntryRef, MeetingId, MemberId};
use redb::{Database, ReadableDatabase, ReadableTable, StorageBackend};
use std::collections::BTreeSet;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// What was verified when nothing was wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyReport {
    /// Whose log it is.
    pub meeting: MeetingId,
    /// Entries, all with good signatures.
    pub entries: u64,
    /// Authors.
    pub authors: u64,
    /// Authors with a proven fork.
    pub forks: u64,
}

/// The first thing that is wrong with a log, by author and number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The bytes of this entry are not what was written.
    #[error("{} was altered", Place(.0))]
    Altered(EntryRef),
    /// Entries after it are there, it is not.
    #[error("{} is missing", Place(.0))]
    Missing(EntryRef),
    /// Another entry stands in its place.
    #[error("{} is out of order: its place holds entry {found}", Place(.at))]
    Reordered {
        /// The place.
        at: EntryRef,
        /// The number of what stands there.
        found: u64,
    },
    /// It does not continue the entry before it.
    #[error("{} does not continue the one before it", Place(.0))]
    Unlinked(EntryRef),
    /// Its author did not sign it.
    #[error("{} has a wrong signature", Place(.0))]
    Signature(EntryRef),
    /// The proof of this author's fork is no proof.
    #[error("the proof that {} forked their log was altered", .0.short())]
    Fork(MemberId),
    /// All entries that are there are good, but bytes between them are not.
    #[error("the log file was altered outside of any entry: {0}")]
    Structure(String),
    /// The file can't be read.
    #[error("the log can't be read: {0}")]
    Unreadable(LogError),
}

struct Place<'a>(&'a EntryRef);

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "entry {} of {}", self.0.seq, self.0.author.short())
    }
}

/// Verifies the log in file `path` of a meeting that isn't open. The file is not changed. Blocks:
/// 50 µs an entry.
///
/// # Errors
/// The first [`Fault`].
pub fn verify(path: &Path) -> Result<VerifyReport, Fault> {
    let bytes = std::fs::read(path).map_err(|error| Fault::Unreadable(error.into()))?;
    // Opening may repair, so it happens in memory.
    let read = || {
        let mut database = in_memory(&bytes)?;
        let outcome = rows(&database)?;
        let sound = database.check_integrity().unwrap_or(false);
        Ok::<_, redb::Error>((outcome, sound))
    };
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(Ok((Ok(report), true))) => Ok(report),
        Ok(Ok((Err(fault), _))) => Err(fault),
        Ok(Ok((Ok(_), false))) => Err(first_loss(&bytes, "a checksum does not match")),
        Ok(Err(error)) => Err(first_loss(&bytes, &error.to_string())),
        Err(_) => Err(first_loss(&bytes, "its structure is broken")),
    }
}

/// The linked entries of the log in file `path`, which is not changed and may be anywhere: for
/// replay. Blocks.
///
/// # Errors
/// [`LogError`], when the file can't be read or its structure is broken.
pub fn entries_in(path: &Path, meeting: &MeetingId) -> Result<Vec<Entry>, LogError> {
    let bytes = std::fs::read(path)?;
    let read = || {
        let database = in_memory(&bytes)?;
        open::read_all(&database, meeting)
    };
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(opened) => Ok(opened?.entries),
        Err(_) => Err(LogError::Damaged("its structure is broken".to_owned())),
    }
}

fn in_memory(bytes: &[u8]) -> Result<Database, redb::Error> {
    let backend = redb::backends::InMemoryBackend::new();
    backend.set_len(bytes.len() as u64)?;
    backend.write(0, bytes)?;
    Ok(Database::builder().create_with_backend(backend)?)
}

/// Checks row by row, as the database gives them.
fn rows(database: &Database) -> Result<Result<VerifyReport, Fault>, redb::Error> {
    let Some(meeting) = open::meeting_of(database)? else {
        return Ok(Err(Fault::Structure("it does not say which meeting it is of".to_owned())));
    };
    let mut report = VerifyReport { meeting, entries: 0, authors: 0, forks: 0 };
    let transaction = database.begin_read()?;
    let mut before: Option<(EntryRef, EntryHash)> = None;
    for row in transaction.open_table(ENTRIES)?.iter()? {
        let (key, value) = row?;
        let (author, seq) = key.value();
        let at = EntryRef { author: MemberId(*author), seq };
        let chain = before.filter(|(last, _)| last.author == at.author);
        report.authors += u64::from(chain.is_none());
        match check(&meeting, at, chain, value.value()) {
            Ok(entry) => before = Some((at, entry.hash())),
            Err(fault) => return Ok(Err(fault)),
        }
        report.entries += 1;
    }
    for row in transaction.open_table(FORKS)?.iter()? {
        let (key, value) = row?;
        let author = MemberId(*key.value());
        if record::read_fork(&meeting, value.value()).is_none_or(|proof| proof.author() != author) {
            return Ok(Err(Fault::Fork(author)));
        }
        report.forks += 1;
    }
    Ok(Ok(report))
}

fn check(
    meeting: &MeetingId,
    at: EntryRef,
    before: Option<(EntryRef, EntryHash)>,
    value: &[u8],
) -> Result<Entry, Fault> {
    let (seq, head) = before.map_or((0, EntryHash::NONE), |(last, hash)| (last.seq, hash));
    let expected = EntryRef { author: at.author, seq: seq + 1 };
    if at.seq != expected.seq {
        return Err(Fault::Missing(expected));
    }
    let bytes = record::read(value, Kind::Entry).ok_or(Fault::Altered(at))?;
    let entry = Entry::decode_trusted(meeting, bytes).map_err(|_| Fault::Altered(at))?;
    if entry.author() != at.author || entry.seq() != at.seq {
        return Err(Fault::Reordered { at, found: entry.seq() });
    }
    Entry::decode(meeting, bytes).map_err(|_| Fault::Signature(at))?;
    if entry.prev() != head {
        return Err(Fault::Unlinked(at));
    }
    Ok(entry)
}

/// The database can't be read row by row: what is lost of what lies about in its bytes?
fn first_loss(bytes: &[u8], why: &str) -> Fault {
    let Some(meeting) = find_meeting(bytes) else { return Fault::Structure(why.to_owned()) };
    let there: BTreeSet<EntryRef> = record::salvage(&meeting, bytes)
        .filter_map(|found| match found {
            Found::Entry(entry) => Some(EntryRef { author: entry.author(), seq: entry.seq() }),
            Found::Fork(_) | Found::Meta(_) => None,
        })
        .collect();
    let altered = record::altered(&meeting, bytes)
        .map(|entry| EntryRef { author: entry.author(), seq: entry.seq() })
        .filter(|at| !there.contains(at))
        .min();
    let mut next: Option<EntryRef> = None;
    let missing = there.iter().find_map(|at| {
        let expected = next.filter(|n| n.author == at.author).map_or(1, |n| n.seq);
        next = Some(EntryRef { author: at.author, seq: at.seq.saturating_add(1) });
        (at.seq != expected).then_some(EntryRef { author: at.author, seq: expected })
    });
    match (altered, missing) {
        (Some(altered), Some(missing)) if missing < altered => Fault::Missing(missing),
        (Some(altered), _) => Fault::Altered(altered),
        (None, Some(missing)) => Fault::Missing(missing),
        (None, None) => Fault::Structure(why.to_owned()),
    }
}

fn find_meeting(bytes: &[u8]) -> Option<MeetingId> {
    // Records of the other kinds need no meeting to be found, but the scan wants one.
    record::salvage(&MeetingId([0; 32]), bytes).find_map(|found| match found {
        Found::Meta(meta) if meta.key == open::MEETING_KEY => {
            meta.value.try_into().ok().map(MeetingId)
        }
        _ => None,
    })
}
