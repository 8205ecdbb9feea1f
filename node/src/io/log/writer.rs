//! The one thread that writes: everything queued goes into one commit.

use super::{ENTRIES, FORKS, LogError, META, QUEUE, State, Store, record};
use crate::room::entry::Entry;
use crate::room::id::MeetingId;
use crate::room::replica::Proof;
use redb::{Database, ReadableTable, WriteTransaction};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError};
use tokio::sync::{mpsc, oneshot};

type Done = oneshot::Sender<Result<(), LogError>>;

/// Something to write, and whom to tell when it is on disk.
#[derive(Debug)]
pub(super) enum Job {
    Entries(Vec<Entry>, Done),
    Fork(Box<Proof>, Done),
    Meta(String, Vec<u8>, Done),
    Close(Done),
}

/// Starts the writer. It ends when the last sender is gone or with [`Job::Close`].
pub(super) fn start(store: Arc<Store>) -> mpsc::Sender<Job> {
    let (jobs, queue) = mpsc::channel(QUEUE);
    std::thread::Builder::new()
        .name("moot-log".to_owned())
        .spawn(move || run(&store, queue))
        .expect("a thread can be started: the process has just begun a meeting");
    jobs
}

fn run(store: &Store, mut queue: mpsc::Receiver<Job>) {
    while let Some(first) = queue.blocking_recv() {
        let mut jobs = vec![first];
        while jobs.len() < QUEUE
            && let Ok(job) = queue.try_recv()
        {
            jobs.push(job);
        }
        let closing = jobs.iter().any(|job| matches!(job, Job::Close(_)));
        let result = store.commit(&jobs);
        if closing {
            store.set(State::Closed);
        }
        for job in jobs {
            let (Job::Entries(_, done)
            | Job::Fork(_, done)
            | Job::Meta(_, _, done)
            | Job::Close(done)) = job;
            // Whoever asked may have gone; the entry stays written.
            let _ = done.send(result.clone());
        }
        if closing {
            return;
        }
    }
}

impl Store {
    fn set(&self, state: State) {
        *self.database.write().unwrap_or_else(PoisonError::into_inner) = state;
    }

    fn commit(&self, jobs: &[Job]) -> Result<(), LogError> {
        let failed =
            matches!(&*self.database.read().unwrap_or_else(PoisonError::into_inner), State::Failed);
        if failed {
            self.set(State::Open((self.reopen)()?));
        }
        let write = || self.with(|database| write(database, jobs));
        let result = catch_unwind(AssertUnwindSafe(write)).unwrap_or_else(|_| {
            Err(LogError::Damaged("the database stopped in the middle of a write".to_owned()))
        });
        if result.is_err() {
            self.set(State::Failed);
        }
        result
    }
}

fn write(database: &Database, jobs: &[Job]) -> Result<(), redb::Error> {
    // Durability::Immediate is the default: commit returns after fsync.
    let transaction = database.begin_write()?;
    for job in jobs {
        match job {
            Job::Entries(entries, _) => put_entries(&transaction, entries)?,
            Job::Fork(proof, _) => put_fork(&transaction, proof)?,
            Job::Meta(key, value, _) => put_meta(&transaction, key, value)?,
            Job::Close(_) => {}
        }
    }
    transaction.commit()?;
    Ok(())
}

/// Makes the tables and writes whose log this is, in a new file.
pub(super) fn found(database: &Database, meeting: &MeetingId) -> Result<(), redb::Error> {
    let transaction = database.begin_write()?;
    transaction.open_table(ENTRIES)?;
    transaction.open_table(FORKS)?;
    put_meta(&transaction, super::open::MEETING_KEY, &meeting.0)?;
    transaction.commit()?;
    Ok(())
}

pub(super) fn put_entries(
    transaction: &WriteTransaction,
    entries: &[Entry],
) -> Result<(), redb::Error> {
    let mut table = transaction.open_table(ENTRIES)?;
    for entry in entries {
        table.insert((&entry.author().0, entry.seq()), record::entry(entry).as_slice())?;
    }
    Ok(())
}

pub(super) fn put_fork(transaction: &WriteTransaction, proof: &Proof) -> Result<(), redb::Error> {
    let mut table = transaction.open_table(FORKS)?;
    table.insert(&proof.author().0, record::fork(proof).as_slice())?;
    Ok(())
}

pub(super) fn put_meta(
    transaction: &WriteTransaction,
    key: &str,
    value: &[u8],
) -> Result<(), redb::Error> {
    let mut table = transaction.open_table(META)?;
    let before = table.get(key)?.and_then(|row| record::read_meta(row.value()));
    let serial = before.map_or(1, |meta| meta.serial + 1);
    let meta = record::Meta { serial, key: key.to_owned(), value: value.to_vec() };
    table.insert(key, record::meta(&meta).as_slice())?;
    Ok(())
}
