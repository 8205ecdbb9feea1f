//! Many nodes in a simulated network: what arrives where, when and how often.

use super::sim::Net;
use super::*;
use crate::room::ranges::range_count;

const SEED: u64 = 7;
/// Bytes a second of a 100 Mbit/s link.
const FAST: u64 = 12_500_000;

fn nothing(_: BlobId, _: u64) -> Held {
    Held::Nothing
}

fn all(_: BlobId, len: u64) -> Held {
    Held::All { len }
}

/// A document: 64 pages of 120 KB and a PDF of 12.6 MB: 20 MB in all.
fn document() -> Vec<(BlobId, u64)> {
    let pages = (0..64u8).map(|n| (BlobId([n; 32]), 120_000));
    pages.chain([(BlobId([200; 32]), 12_600_000)]).collect()
}

fn bytes(blobs: &[(BlobId, u64)]) -> u64 {
    blobs.iter().map(|(_, len)| len).sum()
}

/// Everybody looks at page 1, pages 2 to 4 are near; node 0 has all.
fn open_document(net: &mut Net, nodes: usize) {
    let document = document();
    net.want(0, &document, Priority::Rest, all);
    for node in 1..nodes {
        net.want(node, &document[..1], Priority::Show, nothing);
        for near in 1..4 {
            let page = &document[near..=near];
            net.want(node, page, Priority::Near(near as u32), nothing);
        }
        net.want(node, &document[4..], Priority::Rest, nothing);
    }
}

fn seconds(s: u64) -> LocalTime {
    LocalTime::from_millis(s * 1000)
}

#[test]
fn eight_nodes_cost_the_presenter_little_more_than_a_copy() {
    for seed in 0..3 {
        for rate in [125_000_000, FAST, 2_500_000] {
            let mut net = Net::new(&[rate; 8], seed);
            net.connect_all();
            open_document(&mut net, 8);
            net.run(seconds(600));
            assert_eq!(net.lacking(), 0, "seed {seed}");
            let copies = net.sent(0) as f64 / bytes(&document()) as f64;
            let floor = bytes(&document()) as f64 / rate as f64;
            println!(
                "{rate} B/s: {copies:.2} copies, {} ms, presenter until {} ms, floor {:.0} ms",
                net.now.as_millis(),
                net.busy_until(0).as_millis(),
                floor * 1e3
            );
            assert!(copies <= 1.5, "seed {seed}, {rate} B/s: {copies:.2} copies");
            assert!(
                net.now.as_millis() as f64 <= 1.3e3 * floor + 50.0,
                "{} ms",
                net.now.as_millis()
            );
        }
    }
}

#[test]
fn the_page_on_show_comes_first_and_its_neighbours_next() {
    let mut net = Net::new(&[FAST; 8], SEED);
    net.connect_all();
    open_document(&mut net, 8);
    net.run(seconds(60));
    let document = document();
    for node in 1..8 {
        let at = |page: usize| net.completed[&(node, document[page].0)];
        assert!(at(0) < LocalTime::from_millis(300), "node {node}: {} ms", at(0).as_millis());
        let later = (4..document.len()).filter(|page| at(*page) < at(0)).count();
        assert!(later <= 1, "node {node} had {later} pages before the one on show");
        assert!(at(3) < LocalTime::from_millis(1500), "node {node}: {} ms", at(3).as_millis());
    }
}

#[test]
fn a_page_on_show_reaches_all_in_few_times_the_time_of_a_copy() {
    // 100 KB and 1 MB at 20 Mbit/s; seven copies of them out of one way take seven times as long.
    for len in [100_000, 1_000_000] {
        let mut net = Net::new(&[2_500_000; 8], SEED);
        net.connect_all();
        let page = [(BlobId([1; 32]), len)];
        net.want(0, &page, Priority::Rest, all);
        let began = net.now;
        (1..8).for_each(|node| net.want(node, &page, Priority::Show, nothing));
        net.run(seconds(60));
        let floor = Duration::from_nanos(len * 400);
        let took = net.now.since(began);
        println!("{len} bytes: {took:?}, floor {floor:?}");
        assert!(took < floor * 4 + Duration::from_millis(20), "{len} bytes: {took:?}");
    }
}

#[test]
fn a_page_turned_to_amid_the_rest_is_there_soon() {
    // 20 Mbit/s, on which the rest keeps everybody busy for 8 s, and a page takes 48 ms.
    let mut net = Net::new(&[2_500_000; 8], SEED);
    net.connect_all();
    open_document(&mut net, 8);
    net.run(seconds(2));
    let lacked = |id| (1..8).all(|node| !net.completed.contains_key(&(node, id)));
    let page = document().into_iter().skip(4).find(|(id, _)| lacked(*id));
    let page = [page.expect("most of it is still to come")];
    let turned = net.now;
    (1..8).for_each(|node| net.want(node, &page, Priority::Show, nothing));
    net.run(seconds(60));
    let took = (1..8).map(|node| net.completed[&(node, page[0].0)].since(turned)).max();
    println!("the last one waited {took:?}");
    assert!(took < Some(Duration::from_millis(1_000)), "{took:?}");
}

#[test]
fn a_member_that_dies_midway_stalls_nobody() {
    for dying in [3, 5] {
        let mut net = Net::new(&[FAST; 8], SEED);
        net.connect_all();
        open_document(&mut net, 8);
        net.dies_at(dying, LocalTime::from_millis(900));
        net.run(seconds(60));
        assert_eq!(net.lacking(), 0, "{} ms", net.now.as_millis());
        assert!(net.now < seconds(12), "{} ms", net.now.as_millis());
    }
}

#[test]
fn a_member_that_hangs_midway_is_passed_over() {
    // Its link all but stops: nobody is told, requests just stay unanswered.
    let mut rates = [FAST; 8];
    rates[4] = 2_000;
    let mut net = Net::new(&rates, SEED);
    net.connect_all();
    open_document(&mut net, 8);
    net.run(seconds(60));
    let done = |node| document().iter().all(|(id, _)| net.completed.contains_key(&(node, *id)));
    assert!((1..8).filter(|node| *node != 4).all(done));
}

#[test]
fn when_the_presenter_goes_the_others_share_what_they_have() {
    let mut net = Net::new(&[FAST; 8], SEED);
    net.connect_all();
    open_document(&mut net, 8);
    net.dies_at(0, LocalTime::from_millis(1_000));
    net.run(seconds(120));
    let having = |node: usize| -> Vec<_> {
        document().into_iter().filter(|(id, _)| net.completed.contains_key(&(node, *id))).collect()
    };
    assert!(having(1).len() > 10, "some of it is there");
    for node in 2..8 {
        assert_eq!(having(node), having(1), "node {node}");
    }
}

#[test]
fn who_reaches_only_the_presenter_gets_all_from_it() {
    let mut net = Net::new(&[FAST; 3], SEED);
    net.connect(0, 1);
    net.connect(0, 2);
    open_document(&mut net, 3);
    net.run(seconds(120));
    assert_eq!(net.lacking(), 0);
}

#[test]
fn what_is_here_is_not_asked_for_again() {
    let (id, len) = (BlobId([200; 32]), 12_600_000);
    let mut net = Net::new(&[FAST; 2], SEED);
    net.connect_all();
    net.want(0, &[(id, len)], Priority::Rest, all);
    let half = |_, len: u64| {
        let mut ranges = RangeSet::none(range_count(len));
        (0..range_count(len) / 2).for_each(|index| {
            ranges.insert(index);
        });
        Held::Some { len, ranges }
    };
    net.want(1, &[(id, len)], Priority::Rest, half);
    net.run(seconds(60));
    assert_eq!(net.lacking(), 0);
    let expected: Vec<_> = (range_count(len) / 2..range_count(len)).map(Piece::Range).collect();
    let mut received: Vec<_> = net.received[1].iter().map(|(_, piece)| *piece).collect();
    received.sort_unstable();
    assert_eq!(received, expected);
}

#[test]
fn a_slow_link_never_has_much_in_flight() {
    // 1 Mbit/s towards the listener.
    let mut net = Net::new(&[FAST, FAST, FAST, 125_000], SEED);
    net.connect_all();
    open_document(&mut net, 4);
    net.run(seconds(20));
    let turned = net.now;
    let page = document()[40];
    assert!(!net.completed.contains_key(&(3, page.0)), "the test needs one that isn't there yet");
    net.want(3, &[page], Priority::Show, nothing);
    net.run(seconds(60));
    let took = net.completed[&(3, page.0)].since(turned);
    assert!(took < Duration::from_secs(8), "{took:?}");
    let once: std::collections::BTreeSet<_> = net.received[3].iter().collect();
    assert!(net.received[3].len() - once.len() <= 2, "hardly anything came twice");
}

/// Sound over a link of `rate` bytes a second while a document comes over it: what a frame waits at
/// the 99th percentile and at most, and what share of the link the document gets.
fn sound_beside_a_document(rate: u64, listeners: usize) -> (Duration, Duration, f64) {
    let mut rates = vec![FAST; listeners + 1];
    rates[1..].fill(rate);
    let mut net = Net::new(&rates, SEED);
    net.connect_all();
    net.speaks(0);
    net.run(LocalTime::from_millis(1_000));
    open_document(&mut net, listeners + 1);
    let began = net.now;
    net.run(LocalTime::from_millis(21_000));
    let span = net.now.since(began).as_secs_f64();
    let mut waits: Vec<Duration> = net.heard[1..].concat();
    waits.sort_unstable();
    let bytes: u64 = net.received[1].iter().map(|(blob, piece)| net.bytes(*blob, *piece)).sum();
    let p99 = waits[waits.len() * 99 / 100];
    (p99, waits[waits.len() - 1], bytes as f64 / span / rate as f64)
}

#[test]
fn sound_never_waits_behind_a_document() {
    // Sound takes 172 kbit/s of the link; the jitter buffer holds up to 200 ms.
    for (rate, listeners, share) in
        [(125_000, 2, 0.6), (250_000, 1, 0.75), (250_000, 3, 0.7), (2_500_000, 3, 0.8)]
    {
        let (p99, worst, got) = sound_beside_a_document(rate, listeners);
        println!("{rate} B/s to {listeners}: p99 {p99:?}, worst {worst:?}, document {got:.2}");
        assert!(p99 < Duration::from_millis(130), "{rate} B/s to {listeners}: {p99:?}");
        assert!(worst < Duration::from_millis(180), "{rate} B/s to {listeners}: {worst:?}");
        assert!(got > share, "{rate} B/s to {listeners}: {got:.2} of the link");
    }
}
