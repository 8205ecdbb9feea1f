//! LOG: what was said, on disk. One redb file per meeting.
//!
//! Only what a `Replica` called new comes here, so each author's entries are contiguous and linked.
//! An append is answered when it is on disk and not before; what is queued meanwhile shares one
//! commit (group commit: one fsync for many, no waiting to collect them). redb commits are atomic:
//! after a kill or power cut at any moment the file holds exactly the commits that were answered,
//! and perhaps the one that was under way.
//!
//! Against bytes that change on the disk, every row is a `record` with its own checksum.
//! [`Log::open`] always ends with a usable log and says what it had to heal; signatures are checked
//! when an entry is received, and again by [`verify`], which trusts nothing.

mod open;
mod record;
mod verify;
mod writer;

pub use open::{Healed, Opened};
pub use verify::{Fault, VerifyReport, entries_in, verify};

use crate::room::entry::Entry;
use crate::room::id::{EntryRef, MeetingId, MemberId};
use crate::room::replica::Proof;
use redb::{Database, ReadableDatabase, TableDefinition};
use std::io::ErrorKind;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};
use writer::Job;

/// (author, number) → record of an entry.
const ENTRIES: TableDefinition<'_, (&[u8; 32], u64), &[u8]> = TableDefinition::new("entries");
/// author → record of the two entries that prove their lowest fork.
const FORKS: TableDefinition<'_, &[u8; 32], &[u8]> = TableDefinition::new("forks");
/// name → record of what else a node keeps per meeting.
const META: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("meta");

/// Appends that wait for the disk. Each waits for its answer, so this bounds concurrent callers,
/// not throughput.
const QUEUE: usize = 256;

/// A meeting's log. Clones share one file and one writer. Whoever wants to open the file again must
/// [`close`](Self::close) it: dropping the last clone closes it too, but a moment later.
#[derive(Clone, Debug)]
pub struct Log {
    jobs: mpsc::Sender<Job>,
    store: Arc<Store>,
}

/// Why the log could not do as asked. Nothing of the request was kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
    /// Another process has this meeting open.
    #[error("this meeting is open in another Moot; close that one first")]
    InUse,
    /// The file belongs to another meeting.
    #[error("the folder holds another meeting's log")]
    OtherMeeting,
    /// No space left.
    #[error("the disk is full; what you say can't be kept until there is space")]
    DiskFull,
    /// The disk or file system refused.
    #[error("the disk refused: {0}")]
    Io(String),
    /// The file's bytes make no sense any more. Opening the log again heals it.
    #[error("the log is damaged ({0}); open the meeting again to heal it")]
    Damaged(String),
    /// The log was closed.
    #[error("the log is closed")]
    Closed,
}

/// A lock is believed when it lasts so long. A program that is just being started has all files of the one that
/// starts it, and their locks (flock(2)), until it has become itself: some milliseconds on a busy machine.
const BELIEVED: Duration = Duration::from_millis(100);

/// Between two looks at a lock.
const LOOK: Duration = Duration::from_millis(5);

/// Whether a program has the log in file `path` open. Blocks for a tenth of a second if one has.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "called from threads that may wait, as it says")]
pub fn is_in_use(path: &Path) -> bool {
    let until = Instant::now() + BELIEVED;
    while is_locked(path) {
        if Instant::now() > until {
            return true;
        }
        std::thread::sleep(LOOK);
    }
    false
}

fn is_locked(path: &Path) -> bool {
    let file = std::fs::OpenOptions::new().read(true).write(true).open(path);
    file.is_ok_and(|file| matches!(file.try_lock(), Err(std::fs::TryLockError::WouldBlock)))
}

impl Log {
    /// Opens the log of `meeting` in the file `path`, or makes it. Blocks: milliseconds for a new
    /// one, half a second for 100 000 entries; call it from a thread that may.
    ///
    /// # Errors
    /// [`LogError::InUse`], [`LogError::OtherMeeting`], [`LogError::DiskFull`], [`LogError::Io`].
    /// Damage is no error: see [`Opened::healed`].
    pub fn open(path: &Path, meeting: &MeetingId) -> Result<(Self, Opened), LogError> {
        let (database, opened) = open::open(path, meeting)?;
        let path = path.to_owned();
        let reopen = move || open::database(&path);
        Ok((Self::start(*meeting, database, Box::new(reopen)), opened))
    }

    /// A log in memory: the same code on another backend, for tests and trials.
    #[must_use]
    pub fn in_memory(meeting: &MeetingId) -> Self {
        let database = || {
            redb::Builder::new()
                .create_with_backend(redb::backends::InMemoryBackend::new())
                .map_err(|error| LogError::from(redb::Error::from(error)))
        };
        let first = database().expect("memory does not fail");
        writer::found(&first, meeting).expect("memory does not fail");
        Self::start(*meeting, first, Box::new(database))
    }

    fn start(meeting: MeetingId, database: Database, reopen: Reopen) -> Self {
        let database = RwLock::new(State::Open(database));
        let store = Arc::new(Store { meeting, database, reopen });
        let jobs = writer::start(Arc::clone(&store));
        Self { jobs, store }
    }

    /// Appends entries; they are on disk when this returns `Ok`.
    ///
    /// # Errors
    /// [`LogError`]; none of the entries was kept.
    pub async fn append(&self, entries: Vec<Entry>) -> Result<(), LogError> {
        if entries.is_empty() {
            return Ok(());
        }
        self.write(|done| Job::Entries(entries, done)).await
    }

    /// Keeps the proof of a fork. It replaces that of a higher one.
    ///
    /// # Errors
    /// [`LogError`]; the proof was not kept.
    pub async fn keep_fork(&self, proof: Proof) -> Result<(), LogError> {
        self.write(|done| Job::Fork(Box::new(proof), done)).await
    }

    /// Keeps `value` under `key`: what a node must know of the meeting besides its entries (keys,
    /// code, addresses). It replaces what was there.
    ///
    /// # Errors
    /// [`LogError`]; the old value stays.
    pub async fn put(&self, key: &str, value: Vec<u8>) -> Result<(), LogError> {
        let key = key.to_owned();
        self.write(|done| Job::Meta(key, value, done)).await
    }

    /// What was [`put`](Self::put) under `key` last.
    ///
    /// # Errors
    /// [`LogError`].
    pub async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, LogError> {
        let key = key.to_owned();
        self.read(move |store| store.meta(&key)).await
    }

    /// One entry.
    ///
    /// # Errors
    /// [`LogError`].
    pub async fn entry(&self, at: EntryRef) -> Result<Option<Entry>, LogError> {
        let (author, seq) = (at.author, at.seq);
        self.read(move |store| {
            let found = store.entries(&author, seq, seq, 0)?;
            let decode = |bytes: &Vec<u8>| Entry::decode_trusted(&store.meeting, bytes);
            found
                .first()
                .map(decode)
                .transpose()
                .map_err(|error| LogError::Damaged(error.to_string()))
        })
        .await
    }

    /// Entries `first..=last` of `author` as bytes, in order, until a gap or until `max_bytes`
    /// would be exceeded; at least one if there is one.
    ///
    /// # Errors
    /// [`LogError`].
    pub async fn entries(
        &self,
        author: MemberId,
        first: u64,
        last: u64,
        max_bytes: usize,
    ) -> Result<Vec<Vec<u8>>, LogError> {
        self.read(move |store| store.entries(&author, first, last, max_bytes)).await
    }

    /// Writes what is queued and closes the file. What comes afterwards gets [`LogError::Closed`].
    pub async fn close(&self) {
        // Closed already is as good.
        let _ = self.write(Job::Close).await;
    }

    async fn write(
        &self,
        job: impl FnOnce(oneshot::Sender<Result<(), LogError>>) -> Job,
    ) -> Result<(), LogError> {
        let (done, answer) = oneshot::channel();
        self.jobs.send(job(done)).await.map_err(|_| LogError::Closed)?;
        answer.await.unwrap_or(Err(LogError::Closed))
    }

    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Store) -> Result<T, LogError> + Send + 'static,
    ) -> Result<T, LogError> {
        let store = Arc::clone(&self.store);
        tokio::task::spawn_blocking(move || work(&store))
            .await
            // redb asserts its own structure: a panic in it means altered bytes.
            .unwrap_or_else(|panic| Err(LogError::Damaged(panic.to_string())))
    }
}

type Reopen = Box<dyn Fn() -> Result<Database, LogError> + Send + Sync>;

/// The open file, shared by the writer and the readers.
struct Store {
    meeting: MeetingId,
    database: RwLock<State>,
    /// redb refuses everything after a failed write until it is opened again.
    reopen: Reopen,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("meeting", &self.meeting).finish_non_exhaustive()
    }
}

enum State {
    Open(Database),
    /// A write failed: the next one opens the file again.
    Failed,
    Closed,
}

impl Store {
    fn with<T>(
        &self,
        work: impl FnOnce(&Database) -> Result<T, redb::Error>,
    ) -> Result<T, LogError> {
        match &*self.database.read().unwrap_or_else(PoisonError::into_inner) {
            State::Open(database) => work(database).map_err(LogError::from),
            State::Failed => Err(LogError::Io("an earlier write failed".to_owned())),
            State::Closed => Err(LogError::Closed),
        }
    }

    fn entries(
        &self,
        author: &MemberId,
        first: u64,
        last: u64,
        max_bytes: usize,
    ) -> Result<Vec<Vec<u8>>, LogError> {
        self.with(|database| {
            let table = database.begin_read()?.open_table(ENTRIES)?;
            let (mut entries, mut bytes) = (Vec::new(), 0);
            for row in table.range((&author.0, first)..=(&author.0, last))? {
                let (key, value) = row?;
                let expected = first + entries.len() as u64;
                let Some(entry) = record::read(value.value(), record::Kind::Entry) else { break };
                bytes += entry.len();
                if key.value().1 != expected || (bytes > max_bytes && !entries.is_empty()) {
                    break;
                }
                entries.push(entry.to_vec());
            }
            Ok(entries)
        })
    }

    fn meta(&self, key: &str) -> Result<Option<Vec<u8>>, LogError> {
        self.with(|database| {
            let table = database.begin_read()?.open_table(META)?;
            let value = table.get(key)?;
            Ok(value.and_then(|value| Some(record::read_meta(value.value())?.value)))
        })
    }
}

impl From<redb::Error> for LogError {
    fn from(error: redb::Error) -> Self {
        match error {
            redb::Error::DatabaseAlreadyOpen => Self::InUse,
            redb::Error::Io(error) => match error.kind() {
                ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::DiskFull,
                // How redb words a file that isn't one of its own.
                ErrorKind::InvalidData | ErrorKind::UnexpectedEof => {
                    Self::Damaged(error.to_string())
                }
                _ => Self::Io(error.to_string()),
            },
            redb::Error::Corrupted(what) => Self::Damaged(what),
            error @ (redb::Error::UpgradeRequired(_)
            | redb::Error::RepairAborted
            | redb::Error::TableTypeMismatch { .. }
            | redb::Error::TableDoesNotExist(_)) => Self::Damaged(error.to_string()),
            error => Self::Io(error.to_string()),
        }
    }
}

impl From<std::io::Error> for LogError {
    fn from(error: std::io::Error) -> Self {
        redb::Error::Io(error).into()
    }
}

#[cfg(test)]
mod tests;
