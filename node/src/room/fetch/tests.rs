use super::sim::{Net, member};
use super::*;
use crate::limits::RANGE_BYTES;
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

/// One node, driven by hand.
struct Hand {
    fetch: Fetch,
    now: LocalTime,
}

const BLOB: BlobId = BlobId([9; 32]);

impl Hand {
    fn new() -> Self {
        Self { fetch: Fetch::new(member(0), SEED), now: LocalTime::from_millis(100) }
    }

    fn does(&mut self, event: Event) -> Vec<Output> {
        self.now = self.now + Duration::from_millis(100);
        self.fetch.handle(event, self.now)
    }

    fn wants(&mut self, len: Option<u64>, priority: Priority) -> Vec<Output> {
        self.does(Event::Want { blobs: vec![(BLOB, len, Held::Nothing)], priority })
    }

    fn hears(&mut self, from: usize, len: u64) -> Vec<Output> {
        let ranges = RangeSet::all(range_count(len));
        let message = Message::Have(vec![Holding { blob: BLOB, len, ranges }]);
        self.does(Event::Received(member(from), message))
    }
}

fn requests(outputs: &[Output]) -> Vec<(usize, Piece, bool, bool)> {
    outputs
        .iter()
        .filter_map(|output| match output {
            Output::Send(to, Message::Request(r)) => {
                Some((usize::from(to.0[0]) - 1, r.piece, r.urgent, r.firm))
            }
            _ => None,
        })
        .collect()
}

#[test]
fn a_new_peer_is_asked_what_it_holds() {
    let mut node = Hand::new();
    node.wants(Some(10), Priority::Rest);
    let outputs = node.does(Event::PeerConnected(member(1)));
    assert_eq!(outputs, vec![Output::Send(member(1), Message::Ask(vec![BLOB]))]);
}

#[test]
fn a_blob_of_unknown_length_is_fetched_as_a_peer_describes_it() {
    let mut node = Hand::new();
    node.does(Event::PeerConnected(member(1)));
    node.wants(None, Priority::Show);
    assert_eq!(requests(&node.hears(1, 5_000)), vec![(1, Piece::Range(0), true, false)]);
}

#[test]
fn a_lie_about_the_length_harms_only_the_liar() {
    let mut node = Hand::new();
    node.does(Event::PeerConnected(member(1)));
    node.does(Event::PeerConnected(member(2)));
    node.wants(None, Priority::Rest);
    assert_eq!(requests(&node.hears(1, 10)), vec![(1, Piece::Range(0), false, false)]);
    // The honest one says otherwise and is not asked for what it can't have.
    assert_eq!(requests(&node.hears(2, 3 * RANGE_BYTES)), vec![]);
    let members = vec![member(9)];
    let message = Message::Elsewhere { blob: BLOB, piece: Piece::Range(0), members };
    assert_eq!(requests(&node.does(Event::Received(member(1), message))), vec![], "nor then");
    // The driver drops the liar when its bytes don't fit the name.
    let outputs = node.does(Event::PeerGone(member(1)));
    assert_eq!(requests(&outputs), vec![(2, Piece::Outline, false, false)]);
}

#[test]
fn a_liar_who_never_delivers_is_not_believed_for_long() {
    let mut node = Hand::new();
    node.does(Event::PeerConnected(member(1)));
    node.does(Event::PeerConnected(member(2)));
    node.wants(None, Priority::Rest);
    node.hears(1, 10);
    node.hears(2, 3 * RANGE_BYTES);
    node.now = node.fetch.deadline(node.now).expect("a request is under way");
    let outputs = node.fetch.handle(Event::Tick, node.now);
    assert_eq!(requests(&outputs), vec![(2, Piece::Outline, false, false)]);
}

#[test]
fn a_long_blob_is_asked_for_by_its_outline_first() {
    let mut node = Hand::new();
    let len = 3 * RANGE_BYTES;
    node.does(Event::PeerConnected(member(1)));
    node.wants(Some(len), Priority::Show);
    assert_eq!(requests(&node.hears(1, len)), vec![(1, Piece::Outline, true, false)]);
    let ranges = RangeSet::none(3);
    let outputs = node.does(Event::Outlined { from: member(1), blob: BLOB, len, ranges });
    let expected = [0, 1, 2].map(|n| (1, Piece::Range(n), true, false));
    assert_eq!(requests(&outputs), expected);
    for index in 0..3 {
        let outputs = node.does(Event::Stored { from: member(1), blob: BLOB, index, len });
        assert_eq!(outputs.contains(&Output::Completed(BLOB)), index == 2);
    }
    assert_eq!(node.fetch.progress(&BLOB), Some((len, Some(len))));
    assert_eq!(node.fetch.lacking(), 0);
}

#[test]
fn what_does_not_come_is_asked_of_another() {
    let mut node = Hand::new();
    node.does(Event::PeerConnected(member(1)));
    node.does(Event::PeerConnected(member(2)));
    node.wants(Some(10), Priority::Rest);
    assert_eq!(requests(&node.hears(1, 10)), vec![(1, Piece::Range(0), false, false)]);
    assert_eq!(requests(&node.hears(2, 10)), vec![]);
    node.now = node.fetch.deadline(node.now).expect("a request is under way");
    let outputs = node.fetch.handle(Event::Tick, node.now);
    assert_eq!(requests(&outputs), vec![(2, Piece::Range(0), false, false)]);
}

#[test]
fn who_was_sent_elsewhere_in_vain_comes_back_firmly() {
    let mut node = Hand::new();
    node.does(Event::PeerConnected(member(1)));
    node.wants(Some(10), Priority::Rest);
    node.hears(1, 10);
    let members = vec![member(5)];
    let message = Message::Elsewhere { blob: BLOB, piece: Piece::Range(0), members };
    assert_eq!(requests(&node.does(Event::Received(member(1), message))), vec![]);
    node.now = node.now + Duration::from_millis(400);
    let outputs = node.does(Event::Tick);
    assert_eq!(requests(&outputs), vec![(1, Piece::Range(0), false, true)]);
}

#[test]
fn who_lacks_nothing_sends_a_piece_once_and_urgent_ones_always() {
    let mut node = Hand::new();
    let blobs = vec![(BLOB, Some(10), Held::All { len: 10 })];
    assert_eq!(
        node.does(Event::Want { blobs, priority: Priority::Rest }),
        vec![Output::Completed(BLOB)]
    );
    (1..5).for_each(|peer| drop(node.does(Event::PeerConnected(member(peer)))));
    let mut asks = |from: usize, urgent, firm| {
        let request = Request { blob: BLOB, piece: Piece::Range(0), urgent, firm };
        let outputs = node.does(Event::Received(member(from), Message::Request(request)));
        assert_eq!(outputs.len(), 1);
        matches!(outputs[0], Output::Serve { .. })
    };
    assert!(asks(1, false, false), "the first gets it");
    assert!(!asks(2, false, false), "the second is sent to the first");
    assert!(!asks(2, false, true), "even firmly, while it is under way");
    assert!(asks(3, true, false), "on show is always sent");
    assert!(!asks(1, false, false), "who lost it again is sent to the third");
    // The two who got it go away and come back: nobody knows what they still have.
    for peer in [1, 3] {
        node.does(Event::PeerGone(member(peer)));
        node.does(Event::PeerConnected(member(peer)));
    }
    let request = Request { blob: BLOB, piece: Piece::Range(0), urgent: false, firm: false };
    let outputs = node.does(Event::Received(member(2), Message::Request(request)));
    assert!(matches!(outputs[..], [Output::Serve { .. }]));
}

#[test]
fn each_node_fetches_the_rest_in_an_order_of_its_own() {
    let order = |seed| {
        let mut fetch = Fetch::new(member(0), seed);
        let now = LocalTime::from_millis(100);
        let blobs: Vec<_> = (0..32).map(|n| (BlobId([n; 32]), Some(10), Held::Nothing)).collect();
        let holdings = blobs.iter().map(|(blob, ..)| Holding {
            blob: *blob,
            len: 10,
            ranges: RangeSet::all(1),
        });
        let have = Event::Received(member(1), Message::Have(holdings.collect()));
        let _ = fetch.handle(Event::PeerConnected(member(1)), now);
        let _ = fetch.handle(Event::Want { blobs, priority: Priority::Rest }, now);
        let outputs = fetch.handle(have, now);
        outputs
            .into_iter()
            .filter_map(|output| match output {
                Output::Send(_, Message::Request(request)) => Some(request.blob),
                _ => None,
            })
            .collect::<Vec<_>>()
    };
    let firsts: std::collections::BTreeSet<_> = (0..20).map(|seed| order(seed)[0]).collect();
    assert!(firsts.len() > 8, "20 nodes begin with {} different pieces", firsts.len());
    assert_eq!(order(3), order(3));
}

#[test]
fn what_is_not_held_is_not_served() {
    let mut node = Hand::new();
    node.does(Event::PeerConnected(member(1)));
    let request = Request { blob: BLOB, piece: Piece::Range(0), urgent: true, firm: true };
    let without = Output::Send(member(1), Message::Without(BLOB, Piece::Range(0)));
    assert_eq!(node.does(Event::Received(member(1), Message::Request(request))), vec![without]);
    let stranger = node.does(Event::Received(member(7), Message::Request(request)));
    assert_eq!(stranger, vec![], "who isn't connected gets no answer");
}

#[test]
fn any_sequence_of_messages_is_survived() {
    let blob = |n: u8| BlobId([n % 3; 32]);
    bolero::check!()
        .with_type::<Vec<(u8, u8, u8)>>()
        .with_test_time(Duration::from_secs(1))
        .for_each(|script| {
            let mut node = Hand::new();
            for (what, who, n) in script {
                let from = member(usize::from(who % 4) + 1);
                let (id, index) = (blob(*n), u32::from(n / 3));
                let len = u64::from(*n) * RANGE_BYTES / 8;
                let ranges = RangeSet::from_bits(range_count(len), &[*n, *what]);
                let piece = if *n > 9 { Piece::Range(index) } else { Piece::Outline };
                let request = Request { blob: id, piece, urgent: n % 2 == 0, firm: n % 5 == 0 };
                let members = vec![from, member(0)];
                let event = match what % 11 {
                    0 => Event::PeerConnected(from),
                    1 => Event::PeerGone(from),
                    2 => Event::Received(from, Message::Ask(vec![id])),
                    3 => Event::Received(
                        from,
                        Message::Have(vec![Holding { blob: id, len, ranges }]),
                    ),
                    4 => Event::Received(from, Message::Request(request)),
                    5 => Event::Received(from, Message::Elsewhere { blob: id, piece, members }),
                    6 => Event::Received(from, Message::Without(id, piece)),
                    7 => Event::Outlined { from, blob: id, len, ranges },
                    8 => Event::Stored { from, blob: id, index, len },
                    9 => Event::Want {
                        blobs: vec![(id, (n % 2 == 0).then_some(len), Held::Nothing)],
                        priority: [Priority::Show, Priority::Near(1), Priority::Rest]
                            [usize::from(n % 3)],
                    },
                    _ => Event::Tick,
                };
                let _ = node.does(event);
                let _ = node.fetch.deadline(node.now);
            }
        });
}
