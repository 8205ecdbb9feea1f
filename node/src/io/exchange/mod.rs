//! Drives [`Fetch`](crate::room::fetch::Fetch): blobs from and to every connected member.
//!
//! One task owns the scheduler (`owner`). Each stream has a reader and a writer (`link`): the
//! reader verifies and stores what comes before the owner hears of it, the writer reads what is to
//! be served from the store. Nothing that a member sends is believed or kept before its hash fits,
//! and whoever sends other bytes is disconnected.
//!
//! Whoever connected may open the stream; when both sides do, both streams are used.

mod assembly;
mod link;
mod owner;

use crate::io::blobs::{BlobError, Blobs};
use crate::room::fetch::{Held, Priority};
use crate::room::id::{BlobId, MemberId};
use crate::room::ranges::{RangeSet, range_count};
use futures::{AsyncRead, AsyncWrite};
use std::collections::HashSet;
use std::sync::{Arc, PoisonError, RwLock};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Commands and arrivals that wait for the owner. It answers in microseconds.
const QUEUE: usize = 64;

/// Events that wait for the node.
const EVENTS: usize = 256;

/// From whom no stream is: no key is all zeros.
const NOBODY: MemberId = MemberId([0; 32]);

/// The handle. Clones share one exchange.
#[derive(Clone, Debug)]
pub struct Exchange {
    blobs: Blobs,
    wanted: Wanted,
    commands: mpsc::Sender<Command>,
    arrivals: mpsc::Sender<link::Arrival>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

/// What an exchange tells its node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExchangeEvent {
    /// All of a wanted blob is on this machine. Told for each wanted blob, also for those that were
    /// there already.
    Completed {
        /// Which.
        blob: BlobId,
        /// Its length in bytes.
        len: u64,
    },
    /// Some more of a wanted blob is on this machine. May be left out when the node is slow.
    Progress {
        /// Which.
        blob: BlobId,
        /// Bytes on this machine.
        have: u64,
        /// Bytes of the whole.
        len: u64,
    },
    /// The last stream with this member ended: open another if it is still connected.
    Ended(MemberId),
    /// This member sent wrong bytes or broke the protocol, and was disconnected.
    Dropped(MemberId),
    /// The disk refused what came. It will be fetched again later.
    Storage(BlobError),
}

/// The exchange was stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the exchange of documents has stopped")]
pub struct Stopped;

/// Why blobs could not be asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WantError {
    /// The exchange was stopped.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// What is here already could not be read.
    #[error(transparent)]
    Blobs(#[from] BlobError),
}

#[derive(Debug)]
enum Command {
    Want(Vec<(BlobId, Option<u64>, Held)>, Priority),
    Connected(link::Link),
    Gone(MemberId),
    Sound,
}

impl Exchange {
    /// Starts an exchange of `me` that keeps its blobs in `blobs`. `seed` should differ from node
    /// to node. Events come through the receiver; dropping it stops nothing.
    #[must_use]
    pub fn start(me: MemberId, seed: u64, blobs: Blobs) -> (Self, mpsc::Receiver<ExchangeEvent>) {
        let (commands, command_queue) = mpsc::channel(QUEUE);
        let (arrivals, arrival_queue) = mpsc::channel(QUEUE);
        let (events, event_queue) = mpsc::channel(EVENTS);
        let stop = CancellationToken::new();
        let tasks = TaskTracker::new();
        let owner = owner::Owner::new(me, seed, events);
        tasks.spawn(owner.run(command_queue, arrival_queue, stop.clone()));
        let wanted = Wanted::default();
        (Self { blobs, wanted, commands, arrivals, tasks, stop }, event_queue)
    }

    /// Wants blobs, of known length or not, or changes how soon they are wanted. What this machine
    /// holds of them is offered to the others from now on, so this is also how a presenter offers a
    /// document. A part of an earlier run goes on.
    ///
    /// # Errors
    /// [`WantError`].
    pub async fn want(
        &self,
        blobs: Vec<(BlobId, Option<u64>)>,
        priority: Priority,
    ) -> Result<(), WantError> {
        let held = self.blobs.held(blobs.iter().map(|(blob, _)| *blob).collect()).await?;
        self.wanted.add(blobs.iter().map(|(blob, _)| *blob));
        let blobs = blobs.into_iter().zip(held).map(|((blob, len), held)| (blob, len, held));
        self.send(Command::Want(blobs.collect(), priority)).await?;
        Ok(())
    }

    /// Keeps a blob that came as a whole, another way. What of it was under way is asked for no longer.
    ///
    /// # Errors
    /// [`BlobError`]: the disk refused it.
    pub async fn deliver(&self, bytes: Vec<u8>) -> Result<BlobId, BlobError> {
        let len = bytes.len() as u64;
        let blob = self.blobs.put(bytes).await?;
        let count = range_count(len);
        let (from, ranges) = (NOBODY, RangeSet::all(count));
        let outlined = std::iter::once(link::Arrival::Outlined { from, blob, len, ranges });
        let stored = (0..count).map(|index| link::Arrival::Stored { from, blob, index, len });
        for arrival in outlined.chain(stored) {
            // Stopped: it is on disk all the same.
            let _ = self.arrivals.send(arrival).await;
        }
        Ok(blob)
    }

    /// Exchanges blobs with `member` over `stream` until it ends. The caller vouches for who is at
    /// the other end, and that they may have the meeting's documents.
    ///
    /// # Errors
    /// [`Stopped`].
    pub async fn peer_connected<S>(&self, member: MemberId, stream: S) -> Result<(), Stopped>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let shop = link::Shop { blobs: self.blobs.clone(), wanted: self.wanted.clone() };
        let stop = self.stop.child_token();
        let link = link::start(member, stream, shop, self.arrivals.clone(), stop, &self.tasks);
        self.send(Command::Connected(link)).await
    }

    /// Ends all streams with `member`.
    ///
    /// # Errors
    /// [`Stopped`].
    pub async fn peer_gone(&self, member: MemberId) -> Result<(), Stopped> {
        self.send(Command::Gone(member)).await
    }

    /// A frame of sound went or came: nothing is to be in the way of the next ones. Once a second is
    /// enough. Never waits: an exchange that is busy hears it the next time.
    pub fn sound(&self) {
        let _ = self.commands.try_send(Command::Sound);
    }

    /// Ends all streams and waits until nothing is written any more.
    pub async fn stop(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }

    async fn send(&self, command: Command) -> Result<(), Stopped> {
        self.commands.send(command).await.map_err(|_| Stopped)
    }
}

/// Blobs that were ever wanted: nothing else is stored or served.
#[derive(Clone, Debug, Default)]
struct Wanted(Arc<RwLock<HashSet<BlobId>>>);

impl Wanted {
    fn add(&self, blobs: impl Iterator<Item = BlobId>) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).extend(blobs);
    }

    fn contains(&self, blob: &BlobId) -> bool {
        self.0.read().unwrap_or_else(PoisonError::into_inner).contains(blob)
    }
}

#[cfg(test)]
mod tests;
