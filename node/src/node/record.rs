//! STAMP, GOSSIP and LOG: what is said and heard, until it is on disk.
//!
//! **Nothing takes effect before it is kept, and nothing of one's own is passed on before**: entries
//! go in by [`Record::say`] and [`Record::learn`], and come out of the keeper's channel as [`Kept`]
//! once they are on disk.

use crate::io::log::{Log, LogError, Opened};
use crate::io::recording::Announced;
use crate::room::entry::Entry;
use crate::room::id::{EntryRef, MeetingId, MemberId};
use crate::room::meeting::Key;
use crate::room::replica::{Inserted, Proof, Proved, Refused, Replica};
use crate::room::stamp::Stamper;
use crate::room::stanza::{Action, Payload, StanzaError};
use crate::room::time::{Epoch, MediaTime};
use ed25519_dalek::SigningKey;
use std::time::Duration;
use tokio::sync::mpsc;

/// Batches on their way to the disk. A commit takes about a millisecond; this many mean that the
/// disk stands still, and then what comes is left to a later sync.
const BATCHES: usize = 1024;

/// How long to wait before writing again what the disk refused: space may have been made.
const RETRY: Duration = Duration::from_secs(1);

/// An entry that is on disk.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) entry: Entry,
    pub(super) action: Action,
    /// Said just now: one's own, or heard by gossip. What a sync or the disk brings may be old.
    pub(super) live: bool,
}

impl Kept {
    /// Its place in canonical order.
    pub(super) fn key(&self) -> Key {
        let lamport = self.action.stamp.lamport;
        Key { lamport, author: self.entry.author(), seq: self.entry.seq() }
    }
}

impl Kept {
    /// The second of sound that it announces.
    pub(super) fn sound(&self) -> Option<Announced> {
        match &self.action.payload {
            Payload::Sound(page) => Some((self.entry.author(), self.action.stamp.epoch, *page)),
            _ => None,
        }
    }
}

/// What the keeper says.
#[derive(Debug)]
pub(super) enum Keeping {
    /// These are on disk, in order.
    Kept(Vec<Kept>),
    /// The disk refuses; it is tried again. Said once until it works again.
    Trouble(LogError),
}

/// What became of an entry from somebody else.
#[derive(Debug, PartialEq)]
pub(super) enum Learned {
    /// On its way to the disk.
    New,
    /// Known already.
    Known,
    /// Entries before it are missing, or this node can't take it now: sync.
    Sync,
    /// Its author signed two entries with this number.
    Fork(EntryRef),
    /// Not a stanza.
    Bad(StanzaError),
}

/// Why nothing could be said.
#[derive(Debug, thiserror::Error)]
pub(super) enum SayError {
    #[error(transparent)]
    Stanza(#[from] StanzaError),
    #[error("the disk does not keep up; nothing was said, try again")]
    Busy,
    #[error("this device's log was damaged; it can speak again once it has met a member")]
    Incomplete,
}

/// The logs as this node holds them.
pub(super) struct Record {
    meeting: MeetingId,
    key: SigningKey,
    replica: Replica,
    stamper: Option<Stamper>,
    lamport: u64,
    log: Log,
    batches: mpsc::Sender<Vec<Kept>>,
}

impl Record {
    /// Over an opened log. Gives what it holds, to be applied, and the keeper's channel.
    pub(super) fn open(
        meeting: MeetingId,
        key: SigningKey,
        log: Log,
        opened: Opened,
    ) -> (Self, Vec<Kept>, mpsc::Receiver<Keeping>) {
        let me = MemberId(key.verifying_key().to_bytes());
        let incomplete = opened.may_lack_entries_of(&me);
        let mut replica = Replica::new();
        for proof in opened.forks {
            let _ = replica.prove(proof);
        }
        let mut held = Vec::new();
        for entry in opened.entries {
            let Ok(action) = Action::parse(entry.stanza()) else { continue };
            if let Inserted::New(_) = replica.insert(entry.clone()) {
                held.push(Kept { entry, action, live: false });
            }
        }
        let lamport = held.iter().map(|kept| kept.action.stamp.lamport).max().unwrap_or(0);
        let (batches, inbox) = mpsc::channel(BATCHES);
        let (outlet, keeping) = mpsc::channel(BATCHES);
        tokio::spawn(keep(log.clone(), inbox, outlet));
        let mut record = Self { meeting, key, replica, stamper: None, lamport, log, batches };
        if !incomplete {
            record.complete();
        }
        (record, held, keeping)
    }

    /// The own log is known to be whole: this node may speak.
    pub(super) fn complete(&mut self) {
        if self.stamper.is_some() {
            return;
        }
        let me = MemberId(self.key.verifying_key().to_bytes());
        let (seq, head) = (self.replica.height(&me), self.replica.head(&me));
        let key = self.key.clone();
        self.stamper = Some(Stamper::resume(key, self.meeting, seq, head, self.lamport));
    }

    /// Says something: stamped, and on its way to the disk.
    pub(super) fn say(
        &mut self,
        payload: Payload,
        epoch: Epoch,
        at: MediaTime,
    ) -> Result<Entry, SayError> {
        if self.batches.capacity() == 0 {
            return Err(SayError::Busy);
        }
        let stamper = self.stamper.as_mut().ok_or(SayError::Incomplete)?;
        let (entry, action) = stamper.stamp(payload, epoch, at)?;
        let _ = self.replica.insert(entry.clone());
        self.keep(vec![Kept { entry: entry.clone(), action, live: true }]);
        Ok(entry)
    }

    /// Takes a verified entry of somebody; `live`: it comes by gossip.
    pub(super) async fn learn(&mut self, entry: Entry, live: bool) -> Learned {
        let action = match Action::parse(entry.stanza()) {
            Ok(action) => action,
            Err(error) => return Learned::Bad(error),
        };
        if action.stamp.seq != entry.seq() {
            return Learned::Bad(StanzaError::Invalid("seq"));
        }
        if self.batches.capacity() == 0 {
            return Learned::Sync;
        }
        let inserted = self.replica.insert(entry.clone());
        match inserted {
            Inserted::New(new) => {
                let parsed = new.into_iter().filter_map(|entry| {
                    let action = Action::parse(entry.stanza()).ok()?;
                    Some(Kept { entry, action, live })
                });
                let new: Vec<_> = parsed.collect();
                for kept in &new {
                    self.observe(kept.action.stamp.lamport);
                }
                self.keep(new);
                Learned::New
            }
            Inserted::Duplicate => Learned::Known,
            Inserted::Waiting { .. } | Inserted::Refused(Refused::Unlinked) => Learned::Sync,
            Inserted::Refused(Refused::Authors | Refused::Waiting) => Learned::Known,
            Inserted::Fork(proof) => self.prove(*proof).await,
            Inserted::Conflict { held } => match self.log.entry(held).await {
                Ok(Some(other)) => match Proof::new(entry, other) {
                    Ok(proof) => self.prove(proof).await,
                    Err(_) => Learned::Known,
                },
                Ok(None) | Err(_) => Learned::Sync,
            },
        }
    }

    /// Takes the proof of a fork.
    pub(super) async fn prove(&mut self, proof: Proof) -> Learned {
        let at = EntryRef { author: proof.author(), seq: proof.seq() };
        let proved = self.replica.prove(proof.clone());
        match proved {
            Proved::New => {
                if let Err(error) = self.log.keep_fork(proof).await {
                    tracing::warn!(%error, "the proof of a fork is not kept; it comes again by sync");
                }
                Learned::Fork(at)
            }
            Proved::Known | Proved::Refused => Learned::Known,
        }
    }

    /// The log.
    pub(super) fn log(&self) -> &Log {
        &self.log
    }

    /// What this node holds.
    pub(super) fn replica(&self) -> &Replica {
        &self.replica
    }

    fn observe(&mut self, lamport: u64) {
        self.lamport = self.lamport.max(lamport);
        if let Some(stamper) = &mut self.stamper {
            stamper.observe(lamport);
        }
    }

    fn keep(&self, batch: Vec<Kept>) {
        // Capacity was looked at before, and nobody else sends; a closed keeper means the end.
        let _ = self.batches.try_send(batch);
    }
}

/// Writes what is queued, many batches in one commit, until the record is dropped.
async fn keep(log: Log, mut inbox: mpsc::Receiver<Vec<Kept>>, outlet: mpsc::Sender<Keeping>) {
    let mut batches = Vec::new();
    while inbox.recv_many(&mut batches, BATCHES).await > 0 {
        let kept: Vec<Kept> = batches.drain(..).flatten().collect();
        let mut told = false;
        loop {
            let entries = kept.iter().map(|kept| kept.entry.clone()).collect();
            match log.append(entries).await {
                Ok(()) => break,
                Err(LogError::Closed) => return,
                Err(error) if !told => {
                    told = true;
                    if outlet.send(Keeping::Trouble(error)).await.is_err() {
                        return;
                    }
                }
                Err(_) => {}
            }
            tokio::time::sleep(RETRY).await;
        }
        if outlet.send(Keeping::Kept(kept)).await.is_err() {
            return;
        }
    }
}
