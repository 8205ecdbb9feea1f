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
    for seed in 0..10 {
        for rate in [125_000_000, FAST, 2_500_000] {
            let mut net = Net::new(&[rate; 8], seed);
            net.connect_all();
            open_document(&mut net, 8);
            net.run(seconds(600));
            assert_eq!(net.lacking(), 0, "seed {seed}");
            let copies = net.sent(0) as f64 / bytes(&document()) as f64;
            let floor = bytes(&document()) as f64 / rate as f64;
            println!(
                "{rate} B/s: {copies:.2} copies, {} ms, floor {:.0} ms",
                net.now.as_millis(),
                floor * 1e3
            );
            assert!(copies <= 1.5, "seed {seed}, {rate} B/s: {copies:.2} copies");
            assert!(
                net.now.as_millis() as f64 <= 4e3 * floor + 500.0,
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
fn a_page_turned_to_amid_the_rest_is_there_at_once() {
    let mut net = Net::new(&[FAST; 8], SEED);
    net.connect_all();
    open_document(&mut net, 8);
    net.run(LocalTime::from_millis(600));
    let turned = net.now;
    let page = &document()[40..41];
    for node in 1..8 {
        net.want(node, page, Priority::Show, nothing);
    }
    net.run(seconds(60));
    for node in 1..8 {
        let took = net.completed[&(node, page[0].0)].since(turned);
        assert!(took < Duration::from_millis(700), "node {node} waited {took:?}");
    }
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
