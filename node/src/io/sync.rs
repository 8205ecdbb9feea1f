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
mod tests {
    use super::*;
    use crate::room::id::EntryRef;
    use crate::room::replica::{Inserted, Replica, compare};
    use crate::room::samples::{MEETING, write};
    use futures::io::Cursor;
    use tokio_util::compat::TokioAsyncReadCompatExt;

    /// The least a node's loop does for a sync.
    struct Loop {
        replica: Replica,
        log: Log,
        told: Vec<Hello>,
    }

    impl Loop {
        async fn insert(&mut self, entry: Entry) {
            match self.replica.insert(entry.clone()) {
                Inserted::New(new) => self.log.append(new).await.unwrap(),
                Inserted::Conflict { held } => {
                    let held: EntryRef = held;
                    let held = self.log.entry(held).await.unwrap().unwrap();
                    let _ = self.replica.prove(Proof::new(held, entry).unwrap());
                }
                _ => {}
            }
        }

        async fn run(mut self, mut requests: mpsc::Receiver<SyncRequest>) -> Self {
            while let Some(request) = requests.recv().await {
                match request {
                    SyncRequest::Hello(_, reply) => {
                        let keyring = vec![vec![1; 32]];
                        let _ = reply.send(Hello { keyring, ..Hello::default() });
                    }
                    SyncRequest::Told(_, hello) => self.told.push(hello),
                    SyncRequest::Have(reply) => drop(reply.send(self.replica.have())),
                    SyncRequest::Plan(theirs, reply) => {
                        drop(reply.send(compare(&self.replica, &theirs)));
                    }
                    SyncRequest::Answer(probe, reply) => {
                        drop(reply.send(self.replica.answer(&probe)));
                    }
                    SyncRequest::Insert(_, entries, done) => {
                        for entry in entries {
                            self.insert(entry).await;
                        }
                        let _ = done.send(());
                    }
                    SyncRequest::Prove(proof, done) => {
                        let _ = self.replica.prove(*proof);
                        let _ = done.send(());
                    }
                }
            }
            self
        }
    }

    async fn node(entries: &[Entry]) -> (SyncNode, tokio::task::JoinHandle<Loop>) {
        let log = Log::in_memory(&MEETING);
        let mut state = Loop { replica: Replica::new(), log: log.clone(), told: Vec::new() };
        for entry in entries {
            state.insert(entry.clone()).await;
        }
        let (requests, queue) = mpsc::channel(16);
        (SyncNode { meeting: MEETING, log, requests }, tokio::spawn(state.run(queue)))
    }

    fn who(n: u8) -> MemberId {
        MemberId([n; 32])
    }

    /// Syncs two nodes over a pipe of `pipe` bytes.
    async fn sync(a: &[Entry], b: &[Entry], pipe: usize) -> ([SyncReport; 2], [Loop; 2]) {
        let ((one, loop_one), (two, loop_two)) = (node(a).await, node(b).await);
        let (left, right) = tokio::io::duplex(pipe);
        let (left, right) =
            tokio::join!(run(left.compat(), who(2), &one), run(right.compat(), who(1), &two),);
        drop((one, two));
        ([left.unwrap(), right.unwrap()], [loop_one.await.unwrap(), loop_two.await.unwrap()])
    }

    #[tokio::test]
    async fn both_end_with_everything_through_a_narrow_pipe() {
        // Two long logs cross: neither side may stop listening while it talks.
        let text = "words ".repeat(100);
        let (a, b) = (write(1, None, 1_500, &text), write(2, None, 1_500, &text));
        let (reports, loops) = sync(&a, &b, 512).await;
        assert_eq!(reports.map(|r| (r.sent, r.received)), [(1_500, 1_500); 2]);
        assert_eq!(loops[0].replica.have(), loops[1].replica.have());
        assert_eq!(loops[0].replica.entries(), 3_000);
        assert_eq!(loops[1].told[0].keyring, vec![vec![1; 32]]);
    }

    #[tokio::test]
    async fn a_fork_is_known_to_both_afterwards() {
        let trunk = write(1, None, 200, "x");
        let a = [&trunk[..], &write(1, trunk.last(), 5, "left")].concat();
        let b = [&trunk[..], &write(1, trunk.last(), 5, "right")].concat();
        let (_, loops) = sync(&a, &b, 64 * 1024).await;
        for node in loops {
            assert_eq!(node.replica.fork(&trunk[0].author()).map(Proof::seq), Some(201));
            assert_eq!(node.replica.entries(), 200);
        }
    }

    /// Runs a sync against a peer that sends these frames and then closes or waits.
    async fn against(messages: &[Message]) -> Result<SyncReport, SyncError> {
        let (node, _loop) = node(&write(1, None, 3, "x")).await;
        let (left, right) = tokio::io::duplex(64 * 1024);
        let mut bytes = Cursor::new(Vec::new());
        for message in messages {
            frame::write(&mut bytes, &message.encode(), 1 << 20).await.unwrap();
        }
        let mut right = right.compat();
        right.write_all(bytes.get_ref()).await.unwrap();
        right.close().await.unwrap();
        run(left.compat(), who(2), &node).await
    }

    #[tokio::test]
    async fn a_forged_entry_ends_the_sync() {
        let mut forged = write(1, None, 4, "x").remove(3).encode();
        *forged.last_mut().unwrap() ^= 1;
        let (hello, have) = (Message::Hello(Hello::default()), Message::Have(HaveVector::new()));
        let result = against(&[hello, have, Message::Entries(vec![forged])]).await;
        assert!(matches!(result, Err(SyncError::Misbehaved)), "{result:?}");
    }

    #[tokio::test]
    async fn a_message_out_of_turn_ends_the_sync() {
        let result = against(&[Message::Done]).await;
        assert!(matches!(result, Err(SyncError::Misbehaved)), "{result:?}");
    }

    #[tokio::test]
    async fn a_peer_that_goes_away_ends_the_sync() {
        let result = against(&[Message::Hello(Hello::default())]).await;
        assert!(matches!(result, Err(SyncError::Stream(_))), "{result:?}");
    }

    #[tokio::test]
    async fn a_stopping_node_ends_the_sync() {
        let (node, running) = node(&[]).await;
        running.abort();
        let _ = running.await;
        let (left, _right) = tokio::io::duplex(1024);
        let result = run(left.compat(), who(2), &node).await;
        assert!(matches!(result, Err(SyncError::Stopped)), "{result:?}");
    }
}
