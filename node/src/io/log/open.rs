//! Opening a log, whatever happened to its file.

use super::record::{self, Found};
use super::{ENTRIES, FORKS, LogError, META, writer};
use crate::room::entry::Entry;
use crate::room::id::{EntryHash, EntryRef, MeetingId, MemberId};
use crate::room::replica::Proof;
use redb::{Database, ReadableDatabase, ReadableTable};
use std::collections::BTreeMap;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// Memory for pages of one meeting's log. A meeting of 1000 entries has 1 MB.
const CACHE_BYTES: usize = 16 * 1024 * 1024;

/// The name under which the meeting's id stands in its own log.
pub(super) const MEETING_KEY: &str = "meeting";

/// What a log held when it was opened.
#[derive(Debug, Default)]
pub struct Opened {
    /// Proofs of forks: give them to `Replica::prove` before the entries.
    pub forks: Vec<Proof>,
    /// Each author's contiguous, linked entries, in chain order, author by author.
    pub entries: Vec<Entry>,
    /// What was damaged. Empty, but for failing disks and meddlers: a kill damages nothing.
    pub healed: Vec<Healed>,
}

impl Opened {
    /// Whether `author`, this node's own member, may have said more than the log holds. Then it
    /// must sync with a member before it signs anything: a number given twice is a fork.
    #[must_use]
    pub fn may_lack_entries_of(&self, author: &MemberId) -> bool {
        self.healed.iter().any(|healed| match healed {
            Healed::Rebuilt { .. } => true,
            Healed::Gap { missing, .. } => missing.author == *author,
        })
    }
}

/// Damage that was dealt with. What is missing comes again from any member that has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Healed {
    /// An entry was unreadable or gone. Those after it stay on disk and count again when it is back.
    Gap {
        /// The first entry that is missing.
        missing: EntryRef,
        /// Number of entries that stand behind it.
        behind: u64,
    },
    /// The file's structure was lost: it was set aside and a new one made of the entries found in it.
    Rebuilt {
        /// Where the damaged file is now.
        aside: PathBuf,
        /// Number of entries found.
        entries: u64,
    },
}

impl fmt::Display for Healed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gap { missing, behind } => write!(
                f,
                "entry {} of {} was damaged, {behind} entries behind it wait for it",
                missing.seq,
                missing.author.short()
            ),
            Self::Rebuilt { aside, entries } => write!(
                f,
                "the log was damaged; {entries} entries were recovered, the old file is {}",
                aside.display()
            ),
        }
    }
}

pub(super) fn open(path: &Path, meeting: &MeetingId) -> Result<(Database, Opened), LogError> {
    adopt_rebuilt(path)?;
    match attempt(path, meeting) {
        Err(LogError::Damaged(_)) => {
            let healed = rebuild(path, meeting)?;
            let (database, mut opened) = attempt(path, meeting)?;
            opened.healed.insert(0, healed);
            Ok((database, opened))
        }
        other => other,
    }
}

/// Opens the file with redb's checksums verified, since a plain open may panic on altered bytes.
pub(super) fn database(path: &Path) -> Result<Database, LogError> {
    let mut builder = Database::builder();
    builder.set_cache_size(CACHE_BYTES).set_check_integrity_on_open(true);
    builder.create(path).map_err(|error| redb::Error::from(error).into())
}

fn attempt(path: &Path, meeting: &MeetingId) -> Result<(Database, Opened), LogError> {
    let work = || {
        let database = database(path)?;
        let opened = load(&database, meeting)?;
        Ok((database, opened))
    };
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(LogError::Damaged("its structure is broken".to_owned())))
}

fn load(database: &Database, meeting: &MeetingId) -> Result<Opened, LogError> {
    match meeting_of(database)? {
        Some(found) if found != *meeting => return Err(LogError::OtherMeeting),
        Some(_) => {}
        None => writer::found(database, meeting)?,
    }
    Ok(read_all(database, meeting)?)
}

/// Whose log a database holds.
pub(super) fn meeting_of(database: &Database) -> Result<Option<MeetingId>, redb::Error> {
    let table = match database.begin_read()?.open_table(META) {
        Err(redb::TableError::TableDoesNotExist(_)) => return Ok(None),
        table => table?,
    };
    let row = table.get(MEETING_KEY)?.and_then(|row| record::read_meta(row.value()));
    Ok(row.and_then(|meta| meta.value.try_into().ok()).map(MeetingId))
}

/// Everything in a database, each author's entries as far as they are linked.
pub(super) fn read_all(database: &Database, meeting: &MeetingId) -> Result<Opened, redb::Error> {
    let transaction = database.begin_read()?;
    let mut opened = Opened::default();
    for row in transaction.open_table(FORKS)?.iter()? {
        opened.forks.extend(record::read_fork(meeting, row?.1.value()));
    }
    let mut chain = None;
    for row in transaction.open_table(ENTRIES)?.iter()? {
        let (key, value) = row?;
        let (author, seq) = key.value();
        let at = EntryRef { author: MemberId(*author), seq };
        let entry = record::read(value.value(), record::Kind::Entry)
            .and_then(|bytes| Entry::decode_trusted(meeting, bytes).ok())
            .filter(|entry| entry.author() == at.author && entry.seq() == at.seq);
        let chain = match &mut chain {
            Some(chain) if Chain::author(chain) == at.author => chain,
            other => other.insert(Chain::new(at.author)),
        };
        chain.take(entry, &mut opened);
    }
    Ok(opened)
}

/// One author's entries while they are read.
struct Chain {
    author: MemberId,
    next: u64,
    head: EntryHash,
    /// Where in the list of damage this chain's gap is.
    gap: Option<usize>,
}

impl Chain {
    fn new(author: MemberId) -> Self {
        Self { author, next: 1, head: EntryHash::NONE, gap: None }
    }

    fn author(&self) -> MemberId {
        self.author
    }

    fn take(&mut self, entry: Option<Entry>, opened: &mut Opened) {
        if let Some(gap) = self.gap {
            if let Healed::Gap { behind, .. } = &mut opened.healed[gap] {
                *behind += u64::from(entry.is_some());
            }
            return;
        }
        match entry {
            Some(entry) if entry.seq() == self.next && entry.prev() == self.head => {
                self.next += 1;
                self.head = entry.hash();
                opened.entries.push(entry);
            }
            entry => {
                self.gap = Some(opened.healed.len());
                let missing = EntryRef { author: self.author, seq: self.next };
                opened.healed.push(Healed::Gap { missing, behind: u64::from(entry.is_some()) });
            }
        }
    }
}

/// Makes a new file of what can be found in the damaged one, and sets that aside.
fn rebuild(path: &Path, meeting: &MeetingId) -> Result<Healed, LogError> {
    let bytes = std::fs::read(path)?;
    let rebuilt = rebuilt_path(path);
    remove_if_there(&rebuilt)?;
    let entries = write_rebuilt(&rebuilt, meeting, &bytes)?;
    let aside = (1..)
        .map(|n| path.with_extension(format!("damaged-{n}")))
        .find(|aside| !aside.exists())
        .expect("there is always a number not used yet");
    std::fs::rename(path, &aside)?;
    std::fs::rename(&rebuilt, path)?;
    Ok(Healed::Rebuilt { aside, entries })
}

fn write_rebuilt(path: &Path, meeting: &MeetingId, bytes: &[u8]) -> Result<u64, LogError> {
    let mut entries = BTreeMap::new();
    let mut forks = Vec::new();
    let mut meta: BTreeMap<String, record::Meta> = BTreeMap::new();
    for found in record::salvage(meeting, bytes) {
        match found {
            Found::Entry(entry) => {
                entries.insert((entry.author(), entry.seq()), entry);
            }
            Found::Fork(proof) => forks.push(proof),
            Found::Meta(found) => {
                if meta.get(&found.key).is_none_or(|known| known.serial < found.serial) {
                    meta.insert(found.key.clone(), found);
                }
            }
        }
    }
    if meta.get(MEETING_KEY).is_some_and(|found| found.value != meeting.0) {
        return Err(LogError::OtherMeeting);
    }
    // The lowest fork of an author is written last and stays.
    forks.sort_by_key(|proof| std::cmp::Reverse(proof.seq()));
    let count = entries.len() as u64;
    let write = || -> Result<(), redb::Error> {
        let database = Database::create(path)?;
        let transaction = database.begin_write()?;
        writer::put_entries(&transaction, &entries.into_values().collect::<Vec<_>>())?;
        transaction.open_table(FORKS)?;
        forks.iter().try_for_each(|proof| writer::put_fork(&transaction, proof))?;
        writer::put_meta(&transaction, MEETING_KEY, &meeting.0)?;
        for (key, meta) in &meta {
            writer::put_meta(&transaction, key, &meta.value)?;
        }
        transaction.commit()?;
        Ok(())
    };
    write()?;
    Ok(count)
}

/// Finishes a rebuilding that was cut off: the damaged file was set aside when the new one was
/// whole, so a new one beside a present log is of no use, and one without a log is the log.
fn adopt_rebuilt(path: &Path) -> Result<(), LogError> {
    let rebuilt = rebuilt_path(path);
    if rebuilt.exists() {
        if path.exists() {
            remove_if_there(&rebuilt)?;
        } else {
            std::fs::rename(&rebuilt, path)?;
        }
    }
    Ok(())
}

fn rebuilt_path(path: &Path) -> PathBuf {
    path.with_extension("rebuilt")
}

fn remove_if_there(path: &Path) -> Result<(), LogError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}
