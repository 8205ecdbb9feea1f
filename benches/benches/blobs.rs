//! What a document costs on its way to another laptop, beside a plain TCP copy in the same run.
//!
//! `cargo bench -p moot-benches --bench blobs`

use divan::Bencher;
use divan::counter::BytesCount;
use moot_node::io::blobs::Blobs;
use moot_node::io::exchange::{Exchange, ExchangeEvent};
use moot_node::room::fetch::Priority;
use moot_node::room::id::{BlobId, MemberId};
use moot_node::room::ranges::Outline;
use std::sync::LazyLock;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio_util::compat::TokioAsyncReadCompatExt;

/// Bytes of the document: a large one.
const LEN: usize = 50 * 1024 * 1024;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("a runtime"));
static BYTES: LazyLock<Vec<u8>> = LazyLock::new(|| {
    (0..LEN as u64).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
});

fn main() {
    divan::main();
}

async fn tcp() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback");
    let address = listener.local_addr().expect("it is bound");
    let (client, server) = tokio::join!(TcpStream::connect(address), listener.accept());
    let (client, server) = (client.expect("it connects"), server.expect("it accepts").0);
    // As the mesh does.
    client.set_nodelay(true).expect("it is TCP");
    server.set_nodelay(true).expect("it is TCP");
    (client, server)
}

/// The floor: memory to memory.
#[divan::bench(sample_count = 5, sample_size = 1)]
fn plain_tcp_copy(bencher: Bencher<'_, '_>) {
    LazyLock::force(&BYTES);
    bencher.counter(BytesCount::new(LEN)).bench_local(|| {
        RUNTIME.block_on(async {
            let (mut from, mut to) = tcp().await;
            let sending = tokio::spawn(async move {
                from.write_all(&BYTES).await.expect("it sends");
            });
            let mut received = Vec::with_capacity(LEN);
            to.read_to_end(&mut received).await.expect("it receives");
            sending.await.expect("it ends");
            assert_eq!(received.len(), LEN);
        });
    });
}

/// The same and then to a file on disk: what any kept copy costs.
#[divan::bench(sample_count = 5, sample_size = 1)]
fn plain_tcp_copy_to_disk(bencher: Bencher<'_, '_>) {
    LazyLock::force(&BYTES);
    bencher.counter(BytesCount::new(LEN)).bench_local(|| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        RUNTIME.block_on(async {
            let (mut from, mut to) = tcp().await;
            let sending = tokio::spawn(async move {
                from.write_all(&BYTES).await.expect("it sends");
            });
            let mut file =
                tokio::fs::File::create(folder.path().join("copy")).await.expect("a file");
            tokio::io::copy(&mut to, &mut file).await.expect("it copies");
            file.flush().await.expect("it flushes");
            file.sync_data().await.expect("it syncs");
            sending.await.expect("it ends");
        });
    });
}

struct Node {
    _folder: TempDir,
    blobs: Blobs,
    exchange: Exchange,
    events: tokio::sync::mpsc::Receiver<ExchangeEvent>,
}

fn node(n: u8) -> Node {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let blobs = Blobs::open(folder.path()).expect("a store");
    let (exchange, events) = Exchange::start(MemberId([n; 32]), u64::from(n), blobs.clone());
    Node { _folder: folder, blobs, exchange, events }
}

/// Read from disk, sent, verified, written, renamed.
#[divan::bench(sample_count = 5, sample_size = 1)]
fn exchange_over_tcp(bencher: Bencher<'_, '_>) {
    bencher
        .counter(BytesCount::new(LEN))
        .with_inputs(|| {
            RUNTIME.block_on(async {
                let (one, two) = (node(1), node(2));
                let blob = one.blobs.put(BYTES.clone()).await.expect("it keeps");
                let wanted = vec![(blob, Some(LEN as u64))];
                one.exchange.want(wanted, Priority::Rest).await.expect("it offers");
                let (left, right) = tcp().await;
                let connect = one.exchange.peer_connected(MemberId([2; 32]), left.compat());
                connect.await.expect("it connects");
                let connect = two.exchange.peer_connected(MemberId([1; 32]), right.compat());
                connect.await.expect("it connects");
                (one, two, blob)
            })
        })
        .bench_local_values(|(one, mut two, blob)| {
            RUNTIME.block_on(async {
                let wanted = vec![(blob, Some(LEN as u64))];
                two.exchange.want(wanted, Priority::Rest).await.expect("it asks");
                while let Some(event) = two.events.recv().await {
                    if matches!(event, ExchangeEvent::Completed { .. }) {
                        return (one, two);
                    }
                }
                panic!("it never came");
            })
        });
}

/// Hashing alone: the floor of any verified transfer.
#[divan::bench(sample_count = 5, sample_size = 1)]
fn hash_whole(bencher: Bencher<'_, '_>) {
    bencher.counter(BytesCount::new(LEN)).bench_local(|| BlobId::of(&BYTES));
}

/// Hashing in ranges.
#[divan::bench(sample_count = 5, sample_size = 1)]
fn hash_in_ranges(bencher: Bencher<'_, '_>) {
    bencher.counter(BytesCount::new(LEN)).bench_local(|| Outline::of(&BYTES));
}
