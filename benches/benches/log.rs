//! What the log costs: saying something, opening a meeting, catching up.
//!
//! `cargo bench -p moot-benches --bench log`

use divan::Bencher;
use divan::counter::ItemsCount;
use ed25519_dalek::SigningKey;
use moot_node::io::log::{Log, verify};
use moot_node::io::sync::{SyncNode, SyncRequest, run};
use moot_node::room::entry::Entry;
use moot_node::room::id::{EntryHash, MeetingId, MemberId};
use moot_node::room::replica::{Inserted, Replica, compare};
use moot_node::room::sync::Hello;
use std::path::PathBuf;
use std::sync::LazyLock;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::sync::mpsc;
use tokio_util::compat::TokioAsyncReadCompatExt;

const MEETING: MeetingId = MeetingId([7; 32]);

/// A day of meetings in one log: what opening must stay under a second for.
const MANY: u64 = 100_000;

/// Entries that a latecomer lacks after an hour of drawing.
const AN_HOUR: u64 = 5_000;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Runtime::new().expect("a runtime"));

fn main() {
    divan::main();
}

/// `count` entries with a stroke of 40 points each (500 bytes).
fn entries(author: u8, count: u64) -> Vec<Entry> {
    let key = SigningKey::from_bytes(&[author; 32]);
    let points = "1234,5678 ".repeat(40);
    let mut prev = EntryHash::NONE;
    (1..=count)
        .map(|seq| {
            let stanza = format!("<message><stroke seq='{seq}'>{points}</stroke></message>");
            let entry = Entry::sign(&key, &MEETING, seq, prev, stanza);
            prev = entry.hash();
            entry
        })
        .collect()
}

fn file() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("log.redb");
    (folder, path)
}

/// The floor: the same bytes appended to a plain file with fsync.
#[divan::bench(sample_count = 200)]
fn append_one_floor_plain_file(bencher: Bencher<'_, '_>) {
    use std::io::Write;
    let (_folder, path) = file();
    let mut plain = std::fs::File::create(path).expect("a file");
    let bytes = entries(1, 1)[0].encode();
    bencher.bench_local(|| {
        plain.write_all(&bytes).expect("it writes");
        plain.sync_data().expect("it syncs");
    });
}

/// One action until it is on disk: must stay under 50 ms.
#[divan::bench(sample_count = 200)]
fn append_one(bencher: Bencher<'_, '_>) {
    let (_folder, path) = file();
    let (log, _) = Log::open(&path, &MEETING).expect("it opens");
    let mut entries = entries(1, 20_000).into_iter();
    bencher.with_inputs(|| entries.next().expect("enough entries")).bench_local_values(|entry| {
        RUNTIME.block_on(log.append(vec![entry])).expect("it writes");
    });
}

/// A batch as sync brings it.
#[divan::bench(sample_count = 50)]
fn append_batch_of_256(bencher: Bencher<'_, '_>) {
    let (_folder, path) = file();
    let (log, _) = Log::open(&path, &MEETING).expect("it opens");
    let entries = entries(1, 256);
    bencher
        .counter(ItemsCount::new(256usize))
        .with_inputs(|| entries.clone())
        .bench_local_values(|entries| RUNTIME.block_on(log.append(entries)).expect("it writes"));
}

static LONG: LazyLock<(TempDir, PathBuf)> = LazyLock::new(|| {
    let (folder, path) = file();
    let (log, _) = Log::open(&path, &MEETING).expect("it opens");
    RUNTIME.block_on(async {
        for batch in entries(1, MANY).chunks(10_000) {
            log.append(batch.to_vec()).await.expect("it writes");
        }
        log.close().await;
    });
    (folder, path)
});

/// Opening a long meeting, until every entry is in the replica.
#[divan::bench(sample_count = 5, sample_size = 1)]
fn open_100_000(bencher: Bencher<'_, '_>) {
    let path = &LONG.1;
    bencher.counter(ItemsCount::new(MANY)).bench_local(|| {
        let (log, opened) = Log::open(path, &MEETING).expect("it opens");
        let mut replica = Replica::new();
        for entry in opened.entries {
            assert!(matches!(replica.insert(entry), Inserted::New(_)));
        }
        assert_eq!(replica.entries(), MANY);
        RUNTIME.block_on(log.close());
    });
}

/// Every signature of the same.
#[divan::bench(sample_count = 1, sample_size = 1)]
fn verify_100_000(bencher: Bencher<'_, '_>) {
    let path = &LONG.1;
    bencher.counter(ItemsCount::new(MANY)).bench_local(|| verify(path).expect("it is sound"));
}

/// A latecomer catches up with an hour: every entry sent, verified, inserted and on disk.
#[divan::bench(sample_count = 5, sample_size = 1)]
fn catch_up_5_000(bencher: Bencher<'_, '_>) {
    let said = entries(1, AN_HOUR);
    bencher.counter(ItemsCount::new(AN_HOUR)).with_inputs(|| said.clone()).bench_local_values(
        |said| {
            RUNTIME.block_on(async {
                let (_folder_a, a) = node(said).await;
                let (_folder_b, b) = node(Vec::new()).await;
                let (left, right) = tokio::io::duplex(256 * 1024);
                let (left, right) = tokio::join!(
                    run(left.compat(), MemberId([2; 32]), &a),
                    run(right.compat(), MemberId([1; 32]), &b),
                );
                left.expect("it syncs");
                assert_eq!(right.expect("it syncs").received, AN_HOUR);
            });
        },
    );
}

/// A sync in which there is nothing to say.
#[divan::bench]
fn sync_of_equals(bencher: Bencher<'_, '_>) {
    let said = entries(1, 100);
    let ((_folder_a, a), (_folder_b, b)) =
        RUNTIME.block_on(async { (node(said.clone()).await, node(said).await) });
    bencher.bench_local(|| {
        RUNTIME.block_on(async {
            let (left, right) = tokio::io::duplex(64 * 1024);
            let (left, right) = tokio::join!(
                run(left.compat(), MemberId([2; 32]), &a),
                run(right.compat(), MemberId([1; 32]), &b),
            );
            left.expect("it syncs");
            right.expect("it syncs");
        });
    });
}

/// The least of a node that a sync needs.
async fn node(said: Vec<Entry>) -> (TempDir, SyncNode) {
    let (folder, path) = file();
    let (log, _) = Log::open(&path, &MEETING).expect("it opens");
    let (requests, queue) = mpsc::channel(16);
    let mut replica = Replica::new();
    insert(&mut replica, &log, said).await;
    tokio::spawn(answer(replica, log.clone(), queue));
    (folder, SyncNode { meeting: MEETING, log, requests })
}

async fn insert(replica: &mut Replica, log: &Log, entries: Vec<Entry>) {
    let new = entries.into_iter().flat_map(|entry| match replica.insert(entry) {
        Inserted::New(new) => new,
        other => panic!("{other:?}"),
    });
    log.append(new.collect()).await.expect("it writes");
}

async fn answer(mut replica: Replica, log: Log, mut queue: mpsc::Receiver<SyncRequest>) {
    // A reply that nobody awaits any more is no matter.
    while let Some(request) = queue.recv().await {
        match request {
            SyncRequest::Hello(_, reply) => drop(reply.send(Hello::default())),
            SyncRequest::Told(..) => {}
            SyncRequest::Have(reply) => drop(reply.send(replica.have())),
            SyncRequest::Plan(theirs, reply) => drop(reply.send(compare(&replica, &theirs))),
            SyncRequest::Answer(probe, reply) => drop(reply.send(replica.answer(&probe))),
            SyncRequest::Insert(_, entries, done) => {
                insert(&mut replica, &log, entries).await;
                let _ = done.send(());
            }
            SyncRequest::Prove(..) => unreachable!("nobody forks here"),
        }
    }
}
