//! A simulated network of nodes that fetch from each other, in virtual time.

use super::request::bytes_of;
use super::{Event, Fetch, Held, Message, Output, Piece, Priority, Request};
use crate::room::id::{BlobId, MemberId};
use crate::room::ranges::{RangeSet, range_count};
use crate::room::time::LocalTime;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap};
use std::time::Duration;

const LATENCY: Duration = Duration::from_millis(1);

/// Bytes of a frame of sound with all its heads (research: network §3).
const SOUND_BYTES: u64 = 430;

/// What travels.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Parcel {
    Message(Message),
    Part(Request),
    /// A frame of sound, captured then.
    Sound(LocalTime),
}

#[derive(Debug, PartialEq, Eq)]
enum Happening {
    /// It has left the sender, and waits for the receiver's way in.
    Left {
        from: usize,
        to: usize,
        size: u64,
        parcel: Parcel,
    },
    Arrives {
        from: usize,
        to: usize,
        parcel: Parcel,
    },
    Timer(usize),
    Speaks(usize),
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
    /// How long each frame of sound was under way, by node.
    pub(super) heard: Vec<Vec<Duration>>,
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

pub(super) fn node_of(member: MemberId) -> usize {
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
            heard: vec![Vec::new(); nodes],
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

    /// A node speaks from now on, as long as anything is lacking: a frame to everybody each 20 ms.
    pub(super) fn speaks(&mut self, node: usize) {
        self.plan(self.now, Happening::Speaks(node));
    }

    fn speak(&mut self, node: usize) {
        for listener in (0..self.nodes.len()).filter(|listener| *listener != node) {
            self.post(node, listener, SOUND_BYTES, Parcel::Sound(self.now));
        }
        self.handle(node, Event::Sound);
        self.plan(self.now + Duration::from_millis(20), Happening::Speaks(node));
    }

    /// When a node's way out was last in use.
    pub(super) fn busy_until(&self, node: usize) -> LocalTime {
        self.links[node].up_free
    }

    /// Bytes of pieces that a node has sent.
    pub(super) fn sent(&self, node: usize) -> u64 {
        self.links[node].sent
    }

    pub(super) fn bytes(&self, blob: BlobId, piece: Piece) -> u64 {
        bytes_of(piece, self.lens[&blob])
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
                Happening::Left { from, to, size, parcel } => self.enter(from, to, size, parcel),
                Happening::Arrives { from, to, parcel } => self.arrive(from, to, parcel),
                Happening::Speaks(node) => self.speak(node),
                Happening::Timer(node) => self.handle(node, Event::Tick),
                Happening::Dies(node) => self.die(node),
            }
            if self.lacking() == 0 && !self.lens.is_empty() {
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
            Parcel::Sound(captured) => {
                self.heard[to].push(self.now.since(captured));
                self.handle(to, Event::Sound);
            }
            Parcel::Part(request) => self.arrive_part(peer, to, request),
        }
    }

    fn arrive_part(&mut self, from: MemberId, to: usize, request: Request) {
        let Request { blob, piece, start, len: part, .. } = request;
        let len = self.lens[&blob];
        let whole = bytes_of(piece, len);
        if piece != Piece::Outline && u64::from(start) + u64::from(part) < whole {
            let Piece::Range(index) = piece else { unreachable!("an outline comes whole") };
            self.handle(to, Event::Part { from, blob, index });
            return;
        }
        self.received[to].push((blob, piece));
        let event = match piece {
            Piece::Outline => {
                Event::Outlined { from, blob, len, ranges: RangeSet::none(range_count(len)) }
            }
            Piece::Range(index) => Event::Stored { from, blob, index, len },
        };
        self.handle(to, event);
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
                Output::Serve(to, request) => {
                    let size = match request.piece {
                        Piece::Outline => bytes_of(request.piece, self.lens[&request.blob]),
                        Piece::Range(_) => u64::from(request.len),
                    };
                    self.links[node].sent += size;
                    self.post(node, node_of(to), size, Parcel::Part(request));
                }
                Output::Drop(peer) => panic!("node {node} drops {peer}"),
                Output::Completed(blob) => {
                    self.completed.insert((node, blob), now);
                }
            }
        }
    }

    fn post(&mut self, from: usize, to: usize, size: u64, parcel: Parcel) {
        let up = &mut self.links[from];
        let left = pass(&mut up.up_free, up.rate, self.now, size, &parcel);
        self.plan(left + LATENCY, Happening::Left { from, to, size, parcel });
    }

    fn enter(&mut self, from: usize, to: usize, size: u64, parcel: Parcel) {
        let down = &mut self.links[to];
        let at = pass(&mut down.down_free, down.rate, self.now, size, &parcel);
        self.plan(at, Happening::Arrives { from, to, parcel });
    }

    fn plan(&mut self, at: LocalTime, happening: Happening) {
        self.next += 1;
        self.happenings.insert(self.next, happening);
        self.agenda.push(Reverse((at, self.next)));
    }
}

/// When a parcel that comes to a way that is free at `free` has passed it. Small messages slip in
/// between; sound waits its turn, so that what it waits for shows.
fn pass(free: &mut LocalTime, rate: u64, now: LocalTime, size: u64, parcel: &Parcel) -> LocalTime {
    let took = Duration::from_nanos(size * 1_000_000_000 / rate);
    if matches!(parcel, Parcel::Message(_)) {
        return now + took;
    }
    *free = (*free).max(now) + took;
    *free
}
