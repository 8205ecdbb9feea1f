//! A simulated network of nodes that fetch from each other, in virtual time.

use super::{Event, Fetch, Held, Message, Output, Piece, Priority};
use crate::limits::RANGE_BYTES;
use crate::room::id::{BlobId, MemberId};
use crate::room::ranges::{RangeSet, range_count};
use crate::room::time::LocalTime;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap};
use std::time::Duration;

const LATENCY: Duration = Duration::from_millis(1);

/// What travels.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Parcel {
    Message(Message),
    Piece(BlobId, Piece),
}

#[derive(Debug, PartialEq, Eq)]
enum Happening {
    Arrives { from: usize, to: usize, parcel: Parcel },
    Timer(usize),
    Dies(usize),
}

/// Up to a dozen nodes.
pub(super) struct Net {
    pub(super) now: LocalTime,
    nodes: Vec<Option<Fetch>>,
    links: Vec<Link>,
    agenda: BinaryHeap<Reverse<(LocalTime, u64)>>,
    happenings: HashMap<u64, Happening>,
    next: u64,
    lens: HashMap<BlobId, u64>,
    connected: BTreeSet<(usize, usize)>,
    /// When each node had all of each blob.
    pub(super) completed: BTreeMap<(usize, BlobId), LocalTime>,
    /// Pieces received, by node.
    pub(super) received: Vec<Vec<(BlobId, Piece)>>,
}

/// A node's two directions: bytes a second, and when they are free.
#[derive(Debug, Clone, Copy)]
struct Link {
    rate: u64,
    up_free: LocalTime,
    down_free: LocalTime,
    sent: u64,
}

pub(super) fn member(node: usize) -> MemberId {
    MemberId([node as u8 + 1; 32])
}

fn node_of(member: MemberId) -> usize {
    usize::from(member.0[0]) - 1
}

impl Net {
    pub(super) fn new(rates: &[u64], seed: u64) -> Self {
        let nodes = rates.len();
        Self {
            now: LocalTime::from_millis(1),
            nodes: (0..nodes)
                .map(|n| Some(Fetch::new(member(n), seed.wrapping_mul(31).wrapping_add(n as u64))))
                .collect(),
            links: rates
                .iter()
                .map(|rate| Link {
                    rate: *rate,
                    up_free: LocalTime::START,
                    down_free: LocalTime::START,
                    sent: 0,
                })
                .collect(),
            agenda: BinaryHeap::new(),
            happenings: HashMap::new(),
            next: 0,
            lens: HashMap::new(),
            connected: BTreeSet::new(),
            completed: BTreeMap::new(),
            received: vec![Vec::new(); nodes],
        }
    }

    pub(super) fn connect(&mut self, a: usize, b: usize) {
        self.connected.extend([(a, b), (b, a)]);
        self.handle(a, Event::PeerConnected(member(b)));
        self.handle(b, Event::PeerConnected(member(a)));
    }

    pub(super) fn connect_all(&mut self) {
        for a in 0..self.nodes.len() {
            (0..a).for_each(|b| self.connect(a, b));
        }
    }

    /// A node wants blobs; `holder`s have them already.
    pub(super) fn want(
        &mut self,
        node: usize,
        blobs: &[(BlobId, u64)],
        priority: Priority,
        held: impl Fn(BlobId, u64) -> Held,
    ) {
        self.lens.extend(blobs.iter().copied());
        let blobs = blobs.iter().map(|(id, len)| (*id, Some(*len), held(*id, *len))).collect();
        self.handle(node, Event::Want { blobs, priority });
    }

    pub(super) fn dies_at(&mut self, node: usize, at: LocalTime) {
        self.plan(at, Happening::Dies(node));
    }

    /// Bytes of pieces that a node has sent.
    pub(super) fn sent(&self, node: usize) -> u64 {
        self.links[node].sent
    }

    pub(super) fn lacking(&self) -> usize {
        self.nodes.iter().flatten().map(Fetch::lacking).sum()
    }

    /// Runs until nothing is lacking anywhere, or until `until`.
    pub(super) fn run(&mut self, until: LocalTime) {
        while let Some(Reverse((at, number))) = self.agenda.pop() {
            if at > until {
                self.agenda.push(Reverse((at, number)));
                self.now = until;
                return;
            }
            self.now = self.now.max(at);
            match self.happenings.remove(&number).expect("planned once, taken once") {
                Happening::Arrives { from, to, parcel } => self.arrive(from, to, parcel),
                Happening::Timer(node) => self.handle(node, Event::Tick),
                Happening::Dies(node) => self.die(node),
            }
            if self.lacking() == 0 {
                return;
            }
        }
    }

    fn arrive(&mut self, from: usize, to: usize, parcel: Parcel) {
        if !self.connected.contains(&(from, to)) {
            return;
        }
        let peer = member(from);
        match parcel {
            Parcel::Message(message) => self.handle(to, Event::Received(peer, message)),
            Parcel::Piece(blob, piece) => {
                self.received[to].push((blob, piece));
                let len = self.lens[&blob];
                self.handle(
                    to,
                    match piece {
                        Piece::Outline => {
                            let ranges = RangeSet::none(range_count(len));
                            Event::Outlined { from: peer, blob, len, ranges }
                        }
                        Piece::Range(index) => Event::Stored { from: peer, blob, index, len },
                    },
                );
            }
        }
    }

    fn die(&mut self, node: usize) {
        self.nodes[node] = None;
        let peers: Vec<_> =
            self.connected.iter().filter(|(a, _)| *a == node).map(|c| c.1).collect();
        self.connected.retain(|(a, b)| *a != node && *b != node);
        for peer in peers {
            self.handle(peer, Event::PeerGone(member(node)));
        }
    }

    fn handle(&mut self, node: usize, event: Event) {
        let now = self.now;
        let Some(fetch) = &mut self.nodes[node] else { return };
        let outputs = fetch.handle(event, now);
        if let Some(at) = fetch.deadline(now) {
            // A deadline that has passed would keep a real node spinning. News may be due, though.
            self.plan(at.max(now + Duration::from_micros(1)), Happening::Timer(node));
        }
        for output in outputs {
            match output {
                Output::Send(to, message) => {
                    let size = message.clone().encode().len() as u64;
                    self.post(node, node_of(to), size, Parcel::Message(message));
                }
                Output::Serve { to, blob, piece, .. } => {
                    let size = match piece {
                        Piece::Outline => 40 * u64::from(range_count(self.lens[&blob])),
                        Piece::Range(index) => {
                            (self.lens[&blob] - u64::from(index) * RANGE_BYTES).min(RANGE_BYTES)
                        }
                    };
                    self.links[node].sent += size;
                    self.post(node, node_of(to), size, Parcel::Piece(blob, piece));
                }
                Output::Drop(peer) => panic!("node {node} drops {peer}"),
                Output::Completed(blob) => {
                    self.completed.insert((node, blob), now);
                }
            }
        }
    }

    fn post(&mut self, from: usize, to: usize, size: u64, parcel: Parcel) {
        let took = |rate: u64| Duration::from_nanos(size * 1_000_000_000 / rate);
        let up = &mut self.links[from];
        // Small messages slip in between: streams share a link fairly.
        let left = if size < 4096 { self.now } else { up.up_free.max(self.now) } + took(up.rate);
        if size >= 4096 {
            up.up_free = left;
        }
        let down = &mut self.links[to];
        let there = left + LATENCY;
        let at = if size < 4096 { there } else { down.down_free.max(there) } + took(down.rate);
        if size >= 4096 {
            down.down_free = at;
        }
        self.plan(at, Happening::Arrives { from, to, parcel });
    }

    fn plan(&mut self, at: LocalTime, happening: Happening) {
        self.next += 1;
        self.happenings.insert(self.next, happening);
        self.agenda.push(Reverse((at, self.next)));
    }
}
