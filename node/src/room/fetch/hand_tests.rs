//! One node, driven by hand: what it says to each event.

use super::sim::{member, node_of};
use super::*;
use crate::limits::RANGE_BYTES;
use crate::room::ranges::{RangeSet, range_count};

const SEED: u64 = 7;

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

fn asks_for(piece: Piece, urgent: bool, firm: bool) -> Request {
    Request { blob: BLOB, piece, start: 0, len: 10, urgent, firm }
}

fn requests(outputs: &[Output]) -> Vec<(usize, Piece, bool, bool)> {
    outputs
        .iter()
        .filter_map(|output| match output {
            Output::Send(to, Message::Request(r)) => {
                (r.start == 0).then(|| (usize::from(to.0[0]) - 1, r.piece, r.urgent, r.firm))
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
    let mut asked = requests(&outputs);
    let mut came = RangeSet::none(3);
    for left in (0..3).rev() {
        let [(1, Piece::Range(index), true, false)] = asked[..] else { panic!("{asked:?}") };
        assert!(came.insert(index), "each once, and one begun before the next");
        let outputs = node.does(Event::Stored { from: member(1), blob: BLOB, index, len });
        asked = requests(&outputs);
        assert_eq!(outputs.contains(&Output::Completed(BLOB)), left == 0);
    }
    assert_eq!(asked, []);
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
fn who_lacks_nothing_sends_a_piece_of_the_rest_once() {
    let mut node = Hand::new();
    let blobs = vec![(BLOB, Some(10), Held::All { len: 10 })];
    assert_eq!(
        node.does(Event::Want { blobs, priority: Priority::Rest }),
        vec![Output::Completed(BLOB)]
    );
    (1..5).for_each(|peer| drop(node.does(Event::PeerConnected(member(peer)))));
    let mut asks = |from: usize, urgent, firm| {
        let request = asks_for(Piece::Range(0), urgent, firm);
        let outputs = node.does(Event::Received(member(from), Message::Request(request)));
        assert_eq!(outputs.len(), 1);
        matches!(outputs[0], Output::Serve(..))
    };
    assert!(asks(1, false, false), "the first gets it");
    assert!(!asks(2, false, false), "the second is sent to the first");
    assert!(!asks(2, false, true), "even firmly, while it is under way");
    assert!(
        asks(3, true, false),
        "what is on show is sent when it went to the one before long ago"
    );
    assert!(!asks(1, false, false), "who lost it again is sent to the third");
    // The two who got it go away and come back: nobody knows what they still have.
    for peer in [1, 3] {
        node.does(Event::PeerGone(member(peer)));
        node.does(Event::PeerConnected(member(peer)));
    }
    let request = asks_for(Piece::Range(0), false, false);
    let outputs = node.does(Event::Received(member(2), Message::Request(request)));
    assert!(matches!(outputs[..], [Output::Serve(..)]));
}

#[test]
fn what_is_on_show_goes_to_one_after_the_other() {
    let mut node = Hand::new();
    let blobs = vec![(BLOB, Some(10), Held::All { len: 10 })];
    node.does(Event::Want { blobs, priority: Priority::Show });
    (1..6).for_each(|peer| drop(node.does(Event::PeerConnected(member(peer)))));
    let request = |firm| Message::Request(asks_for(Piece::Range(0), true, firm));
    let now = node.now;
    let nobody: [usize; 0] = [];
    let mut asks = |from: usize, firm, now| -> Vec<usize> {
        let outputs = node.fetch.handle(Event::Received(member(from), request(firm)), now);
        match &outputs[..] {
            [Output::Serve(..)] => Vec::new(),
            [Output::Send(_, Message::Elsewhere { members, .. })] => {
                members.iter().map(|of| node_of(*of)).collect()
            }
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(asks(1, false, now), nobody, "the first gets it");
    assert_eq!(asks(2, false, now), [1], "the second hears who is getting it");
    assert_eq!(asks(3, true, now), nobody, "who got it nowhere else gets it at once");
    let later = now + serve::ONE_BY_ONE;
    assert_eq!(asks(4, false, later), nobody, "a slow first one holds nobody up for long");
    let ranges = RangeSet::all(1);
    let has = Message::Have(vec![Holding { blob: BLOB, len: 10, ranges }]);
    let _ = node.fetch.handle(Event::Received(member(4), has), later);
    let mut asks = |from: usize| {
        let outputs = node.fetch.handle(Event::Received(member(from), request(false)), later);
        matches!(outputs[..], [Output::Serve(..)])
    };
    assert!(asks(5), "the one before has it");
    assert!(!asks(2), "and now another is getting it");
}

#[test]
fn who_was_sent_to_another_on_show_asks_again_when_that_one_has_it() {
    let mut node = Hand::new();
    (1..3).for_each(|peer| drop(node.does(Event::PeerConnected(member(peer)))));
    node.wants(Some(10), Priority::Show);
    assert_eq!(requests(&node.hears(1, 10)), [(1, Piece::Range(0), true, false)]);
    let members = vec![member(2)];
    let message = Message::Elsewhere { blob: BLOB, piece: Piece::Range(0), members };
    let outputs = node.fetch.handle(Event::Received(member(1), message), node.now);
    assert_eq!(requests(&outputs), []);
    let ranges = RangeSet::all(1);
    let has = Message::Have(vec![Holding { blob: BLOB, len: 10, ranges }]);
    let outputs = node.fetch.handle(Event::Received(member(2), has), node.now);
    assert_eq!(requests(&outputs).len(), 1, "at once, of either");
}

#[test]
fn when_the_disk_is_full_nothing_is_asked_for_until_people_had_time_to_make_space() {
    let mut node = Hand::new();
    node.does(Event::PeerConnected(member(1)));
    node.wants(Some(10), Priority::Show);
    assert_eq!(requests(&node.hears(1, 10)).len(), 1);
    let piece = Piece::Range(0);
    let outputs = node.does(Event::Unkept { from: member(1), blob: BLOB, piece });
    assert_eq!(requests(&outputs), []);
    assert_eq!(requests(&node.does(Event::Tick)), [], "nor when something else happens");
    node.now = node.fetch.deadline(node.now).expect("it tries again");
    let outputs = node.fetch.handle(Event::Tick, node.now);
    assert_eq!(requests(&outputs), [(1, piece, true, false)]);
    node.does(Event::Stored { from: member(1), blob: BLOB, index: 0, len: 10 });
    assert_eq!(node.fetch.lacking(), 0);
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
    let request = asks_for(Piece::Range(0), true, true);
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
                let (start, urgent, firm) = (u32::from(*what) * 999, n % 2 == 0, n % 5 == 0);
                let request = Request { blob: id, piece, start, len: index, urgent, firm };
                let members = vec![from, member(0)];
                let event = match what % 14 {
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
                    10 => Event::Part { from, blob: id, index },
                    11 => Event::Sound,
                    12 => Event::Unkept { from, blob: id, piece },
                    _ => Event::Tick,
                };
                let _ = node.does(event);
                let _ = node.fetch.deadline(node.now);
            }
        });
}
