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
