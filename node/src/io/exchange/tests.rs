use super::*;
use crate::io::frame;
use crate::limits::RANGE_BYTES;
use crate::room::fetch::{FRAME_BYTES, Holding, Message, Piece, Request};
use crate::room::ranges::{Outline, RangeSet};
use std::time::Duration;
use tempfile::TempDir;
use tokio_util::compat::{Compat, TokioAsyncReadCompatExt};

struct Node {
    _folder: TempDir,
    blobs: Blobs,
    exchange: Exchange,
    events: mpsc::Receiver<ExchangeEvent>,
}

fn member(n: usize) -> MemberId {
    MemberId([n as u8 + 1; 32])
}

fn node(n: usize) -> Node {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Blobs::open(folder.path()).unwrap();
    let (exchange, events) = Exchange::start(member(n), n as u64, blobs.clone());
    Node { _folder: folder, blobs, exchange, events }
}

fn bytes(n: u8, len: u64) -> Vec<u8> {
    (0..len).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8 ^ n).collect()
}

async fn connect(a: (&Node, usize), b: (&Node, usize)) {
    let (left, right) = tokio::io::duplex(64 * 1024);
    a.0.exchange.peer_connected(member(b.1), left.compat()).await.unwrap();
    b.0.exchange.peer_connected(member(a.1), right.compat()).await.unwrap();
}

impl Node {
    async fn completes(&mut self, count: usize) -> Vec<BlobId> {
        let mut done = Vec::new();
        while done.len() < count {
            let event = tokio::time::timeout(Duration::from_secs(30), self.events.recv()).await;
            if let ExchangeEvent::Completed { blob, .. } = event.expect("in time").unwrap() {
                done.push(blob);
            }
        }
        done
    }

    async fn offers(&mut self, contents: &[Vec<u8>]) -> Vec<(BlobId, Option<u64>)> {
        let mut wanted = Vec::new();
        for bytes in contents {
            wanted.push((self.blobs.put(bytes.clone()).await.unwrap(), Some(bytes.len() as u64)));
        }
        self.exchange.want(wanted.clone(), Priority::Rest).await.unwrap();
        self.completes(wanted.len()).await;
        wanted
    }
}

fn document() -> Vec<Vec<u8>> {
    let pages = (0..20).map(|n| bytes(n, 120_000));
    pages.chain([bytes(99, 9 * RANGE_BYTES + 77), vec![]]).collect()
}

#[tokio::test]
async fn a_document_goes_to_everybody() {
    let mut nodes: Vec<Node> = (0..4).map(node).collect();
    let document = document();
    let wanted = nodes[0].offers(&document).await;
    for a in 0..4 {
        for b in 0..a {
            connect((&nodes[a], a), (&nodes[b], b)).await;
        }
    }
    for node in &nodes[1..] {
        node.exchange.want(wanted[..1].to_vec(), Priority::Show).await.unwrap();
        node.exchange.want(wanted[1..].to_vec(), Priority::Rest).await.unwrap();
    }
    for node in &mut nodes[1..] {
        node.completes(wanted.len()).await;
        for ((blob, _), bytes) in wanted.iter().zip(&document) {
            assert_eq!(node.blobs.get(*blob).await.unwrap().as_ref(), Some(bytes));
        }
    }
    nodes[0].exchange.stop().await;
    assert_eq!(nodes[0].exchange.peer_gone(member(1)).await, Err(Stopped));
}

#[tokio::test]
async fn it_works_when_both_sides_open_a_stream_and_one_of_them_ends() {
    let (mut one, mut two) = (node(0), node(1));
    let wanted = one.offers(&document()).await;
    // The first pair of ends belongs to different streams.
    let (left, right) = tokio::io::duplex(1024);
    let (left_too, right_too) = tokio::io::duplex(1024);
    one.exchange.peer_connected(member(1), left.compat()).await.unwrap();
    two.exchange.peer_connected(member(0), right_too.compat()).await.unwrap();
    two.exchange.peer_connected(member(0), right.compat()).await.unwrap();
    drop(left_too);
    two.exchange.want(wanted.clone(), Priority::Rest).await.unwrap();
    two.completes(wanted.len()).await;
}

#[tokio::test]
async fn a_blob_of_unknown_length_comes_too() {
    let (mut one, mut two) = (node(0), node(1));
    let wanted = one.offers(&[bytes(1, 10), bytes(2, 3 * RANGE_BYTES)]).await;
    connect((&one, 0), (&two, 1)).await;
    let unknown = wanted.iter().map(|(blob, _)| (*blob, None)).collect();
    two.exchange.want(unknown, Priority::Rest).await.unwrap();
    two.completes(2).await;
}

#[tokio::test]
async fn a_transfer_goes_on_where_an_earlier_run_left_off() {
    let (mut one, two) = (node(0), node(1));
    let whole = bytes(1, 6 * RANGE_BYTES);
    let wanted = one.offers(std::slice::from_ref(&whole)).await;
    let outline = Outline::of(&whole);
    two.blobs.begin(outline).await.unwrap();
    for (index, range) in (0..4).zip(whole.chunks(RANGE_BYTES as usize)) {
        two.blobs.write_range(wanted[0].0, index, range.to_vec()).await.unwrap();
    }
    let blobs = Blobs::open(two._folder.path()).unwrap();
    let (exchange, mut events) = Exchange::start(member(1), 1, blobs);
    let (left, right) = tokio::io::duplex(64 * 1024);
    one.exchange.peer_connected(member(1), left.compat()).await.unwrap();
    exchange.want(wanted.clone(), Priority::Rest).await.unwrap();
    exchange.peer_connected(member(0), right.compat()).await.unwrap();
    let mut progress = Vec::new();
    while let Some(event) = events.recv().await {
        match event {
            ExchangeEvent::Progress { have, .. } => progress.push(have / RANGE_BYTES),
            other => {
                assert!(matches!(other, ExchangeEvent::Completed { .. }), "{other:?}");
                break;
            }
        }
    }
    assert_eq!(progress, vec![5], "one more, then complete");
    two.exchange.stop().await;
}

/// A member that is played by the test.
struct Actor(Compat<tokio::io::DuplexStream>);

impl Actor {
    async fn join(node: &Node, n: usize) -> Self {
        let (left, right) = tokio::io::duplex(1 << 20);
        node.exchange.peer_connected(member(n), left.compat()).await.unwrap();
        Self(right.compat())
    }

    async fn says(&mut self, message: Message) {
        frame::write(&mut self.0, &message.encode(), 1 << 20).await.unwrap();
    }

    /// The next message that matters to a test; `None` at the end.
    async fn hears(&mut self) -> Option<Message> {
        loop {
            let frame = frame::read(&mut self.0, FRAME_BYTES).await.ok()??;
            match Message::decode(&frame).expect("nodes send messages") {
                Message::Ask(_) | Message::Have(_) => {}
                message => return Some(message),
            }
        }
    }
}

fn has(blob: BlobId, len: u64) -> Message {
    let ranges = RangeSet::all(crate::room::ranges::range_count(len));
    Message::Have(vec![Holding { blob, len, ranges }])
}

fn asks_for(blob: BlobId) -> Message {
    let (piece, start, len) = (Piece::Range(0), 0, 100);
    Message::Request(Request { blob, piece, start, len, urgent: true, firm: true })
}

#[tokio::test]
async fn who_sends_wrong_bytes_is_dropped_and_another_is_asked() {
    let (mut one, mut two) = (node(0), node(1));
    // Asked for in one part.
    let wanted = one.offers(&[bytes(1, 4_000)]).await;
    let blob = wanted[0].0;
    let mut liar = Actor::join(&two, 7).await;
    two.exchange.want(wanted, Priority::Rest).await.unwrap();
    liar.says(has(blob, 4_000)).await;
    assert!(matches!(liar.hears().await, Some(Message::Request(_))));
    connect((&one, 0), (&two, 1)).await;
    let (of, lies) = (4_000, bytes(2, 4_000));
    liar.says(Message::Part { blob, index: 0, start: 0, of, bytes: lies }).await;
    assert_eq!(liar.hears().await, None, "its stream ends");
    assert_eq!(two.completes(1).await, vec![blob]);
}

#[tokio::test]
async fn what_nobody_wanted_is_not_kept() {
    let two = node(1);
    let mut pusher = Actor::join(&two, 7).await;
    let (small, large) = (bytes(1, 100), bytes(2, 2 * RANGE_BYTES));
    let outline = Outline::of(&large);
    let (len, values) = (outline.len(), outline.values().to_vec());
    let (blob, of) = (BlobId::of(&small), 100);
    pusher.says(Message::Part { blob, index: 0, start: 0, of, bytes: small }).await;
    pusher.says(Message::Outline { blob: outline.blob(), len, values }).await;
    // The answer to a last question shows that the others were read.
    let (blob, piece) = (BlobId([0; 32]), Piece::Range(0));
    pusher.says(asks_for(blob)).await;
    assert_eq!(pusher.hears().await, Some(Message::Without(blob, piece)));
    assert_eq!(two.blobs.list().await.unwrap(), vec![]);
    let held = two.blobs.held(vec![outline.blob()]).await.unwrap();
    assert_eq!(held, vec![Held::Nothing]);
}

#[tokio::test]
async fn what_the_meeting_does_not_share_is_not_served() {
    let two = node(1);
    // In the store, from another meeting.
    let blob = two.blobs.put(bytes(1, 100)).await.unwrap();
    let mut spy = Actor::join(&two, 7).await;
    let piece = Piece::Range(0);
    spy.says(Message::Ask(vec![blob])).await;
    spy.says(asks_for(blob)).await;
    assert_eq!(spy.hears().await, Some(Message::Without(blob, piece)));
}

#[tokio::test]
async fn garbage_ends_the_stream_and_nothing_else() {
    let (mut one, mut two) = (node(0), node(1));
    let mut garbler = Actor::join(&two, 7).await;
    frame::write(&mut garbler.0, &[0xff; 40], 64).await.unwrap();
    assert_eq!(garbler.hears().await, None);
    let wanted = one.offers(&[bytes(1, 5_000)]).await;
    connect((&one, 0), (&two, 1)).await;
    two.exchange.want(wanted, Priority::Rest).await.unwrap();
    two.completes(1).await;
}
