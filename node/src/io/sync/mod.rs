//! Drives a [`SyncSession`] over a stream: whatever the log lacks comes, whatever the peer lacks goes.
//!
//! The node's loop owns the replica; a sync asks it through [`SyncRequest`]s and reads the log
//! itself. Reading, writing and deciding go on at once, so that two long logs can cross each other
//! without either side waiting for the other to listen.

use crate::io::frame;
use crate::io::log::{Log, LogError};
use crate::room::entry::Entry;
use crate::room::id::{MeetingId, MemberId};
use crate::room::replica::{HaveVector, Plan, Probe, ProbeAnswer, Proof};
use crate::room::sync::{
    BATCH_BYTES, FRAME_BYTES, Hello, Message, Next, Received, SyncSession, decode_proof,
};
use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

/// Longest silence of a peer whose turn it is, and longest time one frame may take to leave: the
/// largest takes 16 s at 64 kbit/s.
const IDLE: Duration = Duration::from_secs(20);

/// Longest sync. 100 000 entries take 20 s between two laptops; the rest comes with the next one.
const SESSION: Duration = Duration::from_secs(600);

/// Time for the peer to close its side after both have said everything.
const FAREWELL: Duration = Duration::from_secs(2);

/// Frames between stream and session: enough to overlap verifying with receiving.
const FRAMES: usize = 2;

/// Bytes of a frame written at once.
const PIECE_BYTES: usize = 16 * 1024;

/// What a sync asks of the node's loop. A dropped reply ends the sync.
#[derive(Debug)]
pub enum SyncRequest {
    /// What to tell this peer besides the logs.
    Hello(MemberId, oneshot::Sender<Hello>),
    /// What this peer told besides the logs.
    Told(MemberId, Hello),
    /// `Replica::have`.
    Have(oneshot::Sender<HaveVector>),
    /// `compare` with what the peer holds.
    Plan(HaveVector, oneshot::Sender<Plan>),
    /// `Replica::answer`.
    Answer(Probe, oneshot::Sender<ProbeAnswer>),
    /// Verified entries from this peer to insert, log and apply, in this order. Reply when the
    /// replica has taken them.
    Insert(MemberId, Vec<Entry>, oneshot::Sender<()>),
    /// A verified proof of a fork to take and keep. Reply when the replica has taken it.
    Prove(Box<Proof>, oneshot::Sender<()>),
}

/// How a sync reaches its node.
#[derive(Debug, Clone)]
pub struct SyncNode {
    /// The meeting whose entries are synced.
    pub meeting: MeetingId,
    /// Its log.
    pub log: Log,
    /// The node's loop.
    pub requests: mpsc::Sender<SyncRequest>,
}

/// What a sync did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SyncReport {
    /// Entries sent.
    pub sent: u64,
    /// Entries received, known ones included.
    pub received: u64,
    /// Bytes of all frames sent.
    pub bytes_sent: u64,
    /// Bytes of all frames received.
    pub bytes_received: u64,
}

/// Why a sync ended early. What was exchanged until then stays; the next sync goes on.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// The stream failed or ended.
    #[error("the connection to the member broke during a sync: {0}")]
    Stream(#[from] std::io::Error),
    /// The peer was silent too long.
    #[error("the member did not answer in time during a sync")]
    Silent,
    /// The peer sent something that is no message, entry or proof, or not now.
    #[error("the member does not keep to the sync protocol")]
    Misbehaved,
    /// The log could not be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The node is stopping.
    #[error("the node is stopping")]
    Stopped,
}

/// Syncs with `peer` over `stream`, which either side may have opened.
///
/// # Errors
/// [`SyncError`].
pub async fn run<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    peer: MemberId,
    node: &SyncNode,
) -> Result<SyncReport, SyncError> {
    let (reader, writer) = stream.split();
    let (incoming, inbox) = mpsc::channel(FRAMES);
    let (outbox, outgoing) = mpsc::channel(FRAMES);
    let talk =
        Talk { peer, node, inbox, session: SyncSession::new(), report: SyncReport::default() };
    let talk_and_write =
        async { tokio::try_join!(talk.run(outbox), write_frames(writer, outgoing)) };
    let both = async {
        tokio::select! {
            biased;
            done = talk_and_write => done.map(|(report, ())| report),
            error = read_frames(reader, incoming) => Err(error),
        }
    };
    timeout(SESSION, both).await.unwrap_or(Err(SyncError::Silent))
}

/// Passes frames on until the stream ends (then it waits to be dropped) or fails.
async fn read_frames<R: AsyncRead + Unpin>(
    mut stream: R,
    incoming: mpsc::Sender<Vec<u8>>,
) -> SyncError {
    loop {
        match frame::read(&mut stream, FRAME_BYTES).await {
            Ok(Some(frame)) => {
                if incoming.send(frame).await.is_err() {
                    break;
                }
            }
            Ok(None) => break,
            Err(error) if error.kind() == std::io::ErrorKind::InvalidData => {
                return SyncError::Misbehaved;
            }
            Err(error) => return error.into(),
        }
    }
    drop(incoming);
    std::future::pending().await
}

async fn write_frames<W: AsyncWrite + Unpin>(
    mut stream: W,
    mut outgoing: mpsc::Receiver<Vec<u8>>,
) -> Result<(), SyncError> {
    while let Some(frame) = outgoing.recv().await {
        let write = frame::write(&mut stream, &frame, PIECE_BYTES);
        timeout(IDLE, write).await.map_err(|_| SyncError::Silent)??;
    }
    timeout(IDLE, stream.close()).await.map_err(|_| SyncError::Silent)??;
    Ok(())
}

/// The deciding part: between session, node and frames.
struct Talk<'a> {
    peer: MemberId,
    node: &'a SyncNode,
    inbox: mpsc::Receiver<Vec<u8>>,
    session: SyncSession,
    report: SyncReport,
}

impl Talk<'_> {
    async fn run(mut self, outbox: mpsc::Sender<Vec<u8>>) -> Result<SyncReport, SyncError> {
        loop {
            let message = match self.session.next_step() {
                Next::Hello => {
                    let peer = self.peer;
                    let hello = self.ask(|reply| SyncRequest::Hello(peer, reply)).await?;
                    self.session.hello(hello)
                }
                Next::Have => self.session.have(self.ask(SyncRequest::Have).await?),
                Next::Plan(theirs) => {
                    let plan = self.ask(|reply| SyncRequest::Plan(theirs, reply)).await?;
                    self.session.plan(plan);
                    continue;
                }
                Next::Answer(probe) => {
                    let answer = self.ask(|reply| SyncRequest::Answer(probe, reply)).await?;
                    self.session.answer(answer);
                    continue;
                }
                Next::Read(range) => {
                    let log = &self.node.log;
                    let read = log.entries(range.author, range.first, range.last, BATCH_BYTES);
                    let entries = read.await?;
                    self.report.sent += entries.len() as u64;
                    self.session.read(entries);
                    continue;
                }
                Next::Send(message) => message,
                Next::Receive => {
                    let frame = timeout(IDLE, self.inbox.recv()).await;
                    self.receive(frame.map_err(|_| SyncError::Silent)?).await?;
                    continue;
                }
                Next::Finished => break,
            };
            self.send(&outbox, &message).await?;
        }
        drop(outbox);
        // The peer closes when it has read our last word. If it doesn't, nothing is lost.
        let _ = timeout(FAREWELL, self.inbox.recv()).await;
        Ok(self.report)
    }

    /// Queues a message, listening while there is no room.
    async fn send(
        &mut self,
        outbox: &mpsc::Sender<Vec<u8>>,
        message: &Message,
    ) -> Result<(), SyncError> {
        let frame = message.encode();
        self.report.bytes_sent += frame.len() as u64;
        loop {
            let frame_in = tokio::select! {
                biased;
                permit = outbox.reserve() => {
                    permit.map_err(|_| SyncError::Stopped)?.send(frame);
                    return Ok(());
                }
                frame_in = self.inbox.recv() => frame_in,
            };
            self.receive(frame_in).await?;
        }
    }

    async fn receive(&mut self, frame: Option<Vec<u8>>) -> Result<(), SyncError> {
        let eof = || SyncError::Stream(std::io::ErrorKind::UnexpectedEof.into());
        let frame = frame.ok_or_else(eof)?;
        self.report.bytes_received += frame.len() as u64;
        let message = Message::decode(&frame).map_err(|_| SyncError::Misbehaved)?;
        match self.session.receive(message).map_err(|_| SyncError::Misbehaved)? {
            Received::Nothing => Ok(()),
            Received::Hello(hello) => {
                let told = SyncRequest::Told(self.peer, hello);
                self.node.requests.send(told).await.map_err(|_| SyncError::Stopped)
            }
            Received::Entries(entries) => {
                self.report.received += entries.len() as u64;
                let entries = self.verify(entries).await?;
                let peer = self.peer;
                self.ask(|reply| SyncRequest::Insert(peer, entries, reply)).await
            }
            Received::Proof(entries) => {
                let proof = decode_proof(&self.node.meeting, &entries);
                let proof = Box::new(proof.map_err(|_| SyncError::Misbehaved)?);
                self.ask(|reply| SyncRequest::Prove(proof, reply)).await
            }
        }
    }

    /// Verifies a batch off the runtime's threads: 50 µs a signature, a thousand in a batch.
    async fn verify(&self, entries: Vec<Vec<u8>>) -> Result<Vec<Entry>, SyncError> {
        let meeting = self.node.meeting;
        let decode = move || {
            entries
                .iter()
                .map(|bytes| Entry::decode(&meeting, bytes))
                .collect::<Result<Vec<_>, _>>()
        };
        let decoded = tokio::task::spawn_blocking(decode).await.map_err(|_| SyncError::Stopped)?;
        decoded.map_err(|_| SyncError::Misbehaved)
    }

    async fn ask<T>(
        &self,
        request: impl FnOnce(oneshot::Sender<T>) -> SyncRequest,
    ) -> Result<T, SyncError> {
        let (reply, answer) = oneshot::channel();
        self.node.requests.send(request(reply)).await.map_err(|_| SyncError::Stopped)?;
        answer.await.map_err(|_| SyncError::Stopped)
    }
}

#[cfg(test)]
mod tests;
