//! Which piece of which blob to ask from whom, and whom to send which: the page on show first.
//!
//! [`Fetch`] decides for one node. It is told what happens ([`Event`]) and says what to do
//! ([`Output`]); `io::exchange` does it. Time comes as an argument and chance as a seed.
//!
//! * **What first.** Blobs of the page on show, then its neighbours in the order given, then the
//!   rest. Of the rest the rarest piece first, ties broken by the seed: so each member fetches
//!   something else first and soon has something to offer (`queue`).
//! * **From whom.** Members tell what they hold; the one with the fewest pieces is asked first, for a
//!   few pieces at once (`peer`). Who does not deliver in time is passed over.
//! * **How much.** Pieces are asked for in parts (`flight`), so many bytes at once that no queue grows
//!   in which the voice, or a page that is turned to, would wait (`pace`).
//! * **To whom.** A member that lacks nothing itself, as the presenter at first, sends each piece of
//!   the rest only once as long as whoever got it can pass it on (`serve`). So a document costs the
//!   presenter about one copy however many listen. What is on show everybody sends to one member
//!   after the other, so that with each round twice as many have it.

mod blob;
mod event;
mod flight;
mod members;
mod message;
mod pace;
mod peer;
mod queue;
mod request;
mod serve;

pub use event::{Event, Held, Output, Priority};
pub use message::{
    ASK_BLOBS, ELSEWHERE_MEMBERS, FRAME_BYTES, HAVE_BLOBS, Holding, Message, Piece, Request,
};
pub use peer::PARTS;

use crate::room::id::{BlobId, MemberId};
use crate::room::ranges::RangeSet;
use crate::room::time::LocalTime;
use blob::Blob;
use members::push_asks;
use pace::Pace;
use peer::{Peer, Refusal};
use queue::Queue;
use serve::{Answer, Serving};
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

/// How often what was gained is told to the others. Shorter costs messages, longer lets a fast
/// network idle: a range takes 20 ms at 100 Mbit/s.
const NEWS: Duration = Duration::from_millis(20);

/// How long sound counts as flowing after a frame of it: telling of one each second is enough.
const SOUND_LASTS: Duration = Duration::from_secs(3);

/// How long nothing is asked for when the disk could keep no more: people have to make space first.
const UNKEPT: Duration = Duration::from_secs(10);

/// The state of one node.
#[derive(Debug)]
pub struct Fetch {
    me: MemberId,
    blobs: HashMap<BlobId, Blob>,
    queue: Queue,
    peers: BTreeMap<MemberId, Peer>,
    serving: Serving,
    /// Of all members together.
    pace: Pace,
    sound_until: LocalTime,
    /// Nothing is asked for before.
    rest_until: LocalTime,
    /// Wanted blobs that are not complete.
    lacking: usize,
    told: LocalTime,
}

impl Fetch {
    /// A node that wants nothing yet. `seed` makes its order differ from that of the others.
    #[must_use]
    pub fn new(me: MemberId, seed: u64) -> Self {
        Self {
            me,
            blobs: HashMap::new(),
            queue: Queue::new(seed),
            peers: BTreeMap::new(),
            serving: Serving::default(),
            pace: Pace::default(),
            sound_until: LocalTime::START,
            rest_until: LocalTime::START,
            lacking: 0,
            told: LocalTime::START,
        }
    }

    /// Takes what happened and says what to do.
    #[must_use]
    pub fn handle(&mut self, event: Event, now: LocalTime) -> Vec<Output> {
        let mut out = Vec::new();
        match event {
            Event::Want { blobs, priority } => self.want(blobs, priority, &mut out),
            Event::PeerConnected(member) => self.connect(member, &mut out),
            Event::PeerGone(member) => self.disconnect(member),
            Event::Received(from, message) => self.receive(from, message, now, &mut out),
            Event::Outlined { from, blob, len, ranges } => {
                self.outlined(from, blob, len, ranges, now, &mut out);
            }
            Event::Part { from, blob, index } => {
                self.arrived(from, blob, Piece::Range(index), false, now);
            }
            Event::Stored { from, blob, index, len } => {
                self.arrived(from, blob, Piece::Range(index), true, now);
                self.stored(blob, index, len, &mut out);
            }
            Event::Unkept { from, blob, piece } => {
                self.arrived(from, blob, piece, true, now);
                self.put_back(blob, piece);
                self.rest_until = now + UNKEPT;
            }
            Event::Sound => self.sound_until = now + SOUND_LASTS,
            Event::Tick => {}
        }
        self.expire(now);
        self.request(now, &mut out);
        self.tell_news(now, &mut out);
        out
    }

    /// When to call again with [`Event::Tick`] if nothing happens before.
    #[must_use]
    pub fn deadline(&self, now: LocalTime) -> Option<LocalTime> {
        let news = self.peers.values().any(|peer| !peer.news.is_empty()).then(|| self.told + NEWS);
        let rest = Some(self.rest_until).filter(|until| *until > now);
        self.peers.values().filter_map(|peer| peer.deadline(now)).chain(news).chain(rest).min()
    }

    /// Bytes of a blob that are on this machine, and its length as far as known.
    #[must_use]
    pub fn progress(&self, blob: &BlobId) -> Option<(u64, Option<u64>)> {
        self.blobs.get(blob).map(|blob| (blob.bytes_held(), blob.len))
    }

    /// Number of wanted blobs that are not complete.
    #[must_use]
    pub fn lacking(&self) -> usize {
        self.lacking
    }

    fn want(
        &mut self,
        wanted: Vec<(BlobId, Option<u64>, Held)>,
        priority: Priority,
        out: &mut Vec<Output>,
    ) {
        let mut ask = Vec::new();
        for (id, len, held) in wanted {
            if let Some(blob) = self.blobs.get_mut(&id) {
                if !blob.is_complete() {
                    self.queue.reorder(id, blob.priority, priority, blob.missing());
                    blob.priority = priority;
                    let flying = self.peers.values_mut().flat_map(|peer| &mut peer.flying);
                    flying.filter(|f| f.blob == id).for_each(|f| f.priority = priority);
                    if let Some(len) = len.filter(|len| blob.doubts(*len)) {
                        self.queue.remove_all(id, priority, blob.missing());
                        blob.expect(len);
                        self.queue.add(id, priority, blob.missing());
                    }
                }
                continue;
            }
            let blob = Blob::new(len, held, priority);
            if blob.is_complete() {
                out.push(Output::Completed(id));
            } else {
                self.lacking += 1;
                ask.push(id);
                self.queue.add(id, priority, blob.missing());
            }
            if blob.holds_something() {
                self.peers.values_mut().for_each(|peer| {
                    peer.news.insert(id);
                });
            }
            self.blobs.insert(id, blob);
        }
        for member in self.peers.keys() {
            push_asks(*member, &ask, out);
        }
    }

    fn receive(&mut self, from: MemberId, message: Message, now: LocalTime, out: &mut Vec<Output>) {
        if !self.peers.contains_key(&from) {
            return;
        }
        match message {
            Message::Ask(blobs) => self.tell(from, &blobs, out),
            Message::Have(holdings) => {
                for holding in holdings {
                    self.learn(from, holding);
                }
            }
            Message::Request(request) => self.answer(from, request, now, out),
            Message::Elsewhere { blob, piece, members } => {
                self.refused(from, blob, piece, &Refusal::Elsewhere(members), now);
            }
            Message::Without(blob, piece) => {
                self.refused(from, blob, piece, &Refusal::Without, now);
            }
            // The driver verifies these first and tells what came of it.
            Message::Outline { .. } | Message::Part { .. } => out.push(Output::Drop(from)),
        }
    }

    /// Answers a question with what is held of these blobs.
    fn tell(&self, to: MemberId, asked: &[BlobId], out: &mut Vec<Output>) {
        let holdings: Vec<_> =
            asked.iter().filter_map(|id| self.blobs.get(id)?.holding(*id)).collect();
        for holdings in holdings.chunks(HAVE_BLOBS) {
            out.push(Output::Send(to, Message::Have(holdings.to_vec())));
        }
    }

    fn answer(&mut self, from: MemberId, request: Request, now: LocalTime, out: &mut Vec<Output>) {
        let Request { blob, piece, .. } = request;
        if !self.blobs.get(&blob).is_some_and(|blob| blob.can_serve(piece)) {
            out.push(Output::Send(from, Message::Without(blob, piece)));
            return;
        }
        let peers = &self.peers;
        let connected = |member: &MemberId| peers.contains_key(member);
        let sparing = self.lacking == 0;
        out.push(match self.serving.answer(from, request, sparing, connected, now) {
            Answer::Send => Output::Serve(from, request),
            Answer::Elsewhere(members) => {
                Output::Send(from, Message::Elsewhere { blob, piece, members })
            }
        });
    }

    fn refused(
        &mut self,
        from: MemberId,
        blob: BlobId,
        piece: Piece,
        why: &Refusal,
        now: LocalTime,
    ) {
        let reachable: Vec<_> = match why {
            Refusal::Elsewhere(members) => {
                members.iter().filter(|m| self.peers.contains_key(*m)).copied().collect()
            }
            Refusal::Without => Vec::new(),
        };
        let Some(peer) = self.peers.get_mut(&from) else { return };
        if peer.refused(blob, piece, why, reachable, now) {
            self.put_back(blob, piece);
            if matches!(why, Refusal::Without) {
                self.doubt(from, blob);
            }
        }
    }

    fn outlined(
        &mut self,
        from: MemberId,
        id: BlobId,
        len: u64,
        ranges: RangeSet,
        now: LocalTime,
        out: &mut Vec<Output>,
    ) {
        self.arrived(from, id, Piece::Outline, true, now);
        let Some(blob) = self.blobs.get_mut(&id).filter(|blob| !blob.is_outlined()) else { return };
        self.queue.remove_all(id, blob.priority, blob.missing());
        blob.outline(len, ranges);
        self.queue.add(id, blob.priority, blob.missing());
        self.gained(id, out);
    }

    fn stored(&mut self, id: BlobId, index: u32, len: u64, out: &mut Vec<Output>) {
        let Some(blob) = self.blobs.get_mut(&id).filter(|blob| !blob.is_complete()) else { return };
        self.queue.remove(id, blob.priority, Piece::Range(index));
        for peer in self.peers.values_mut() {
            peer.flying.retain(|flight| !flight.is_of(id, Piece::Range(index)));
        }
        if blob.store(index, len) {
            self.gained(id, out);
        }
    }

    /// Something of a blob is new on this machine.
    fn gained(&mut self, id: BlobId, out: &mut Vec<Output>) {
        let Some(blob) = self.blobs.get(&id).filter(|blob| blob.holds_something()) else { return };
        if blob.priority == Priority::Show {
            // The others wait for it.
            self.told = LocalTime::START;
        }
        let complete = self.blobs.get(&id).is_some_and(Blob::is_complete);
        for peer in self.peers.values_mut() {
            peer.news.insert(id);
            if complete {
                peer.forget_blob(&id);
            }
        }
        if complete {
            self.lacking -= 1;
            self.queue.forget(id);
            out.push(Output::Completed(id));
        }
    }

    /// A part has come that was asked for.
    fn arrived(&mut self, from: MemberId, blob: BlobId, piece: Piece, all: bool, now: LocalTime) {
        let (sound, flying) = (now < self.sound_until, self.bytes_flying());
        let Some(peer) = self.peers.get_mut(&from) else { return };
        let flying_there = peer.bytes_flying();
        if let Some((bytes, queued)) = peer.arrived(blob, piece, all, now) {
            peer.pace.arrived(bytes, queued, flying_there, sound);
            self.pace.arrived(bytes, queued, flying, sound);
        }
    }

    /// A piece is to be asked for again.
    fn put_back(&mut self, id: BlobId, piece: Piece) {
        if let Some(blob) = self.blobs.get(&id)
            && blob.missing().any(|missing| missing == piece)
        {
            self.queue.add(id, blob.priority, [piece]);
        }
    }

    fn expire(&mut self, now: LocalTime) {
        let late = |(who, peer): (&MemberId, &mut Peer)| {
            peer.expire(now).into_iter().map(|late| (*who, late)).collect::<Vec<_>>()
        };
        let late: Vec<_> = self.peers.iter_mut().flat_map(late).collect();
        for (who, (blob, piece)) in late {
            self.pace.lost();
            self.put_back(blob, piece);
            self.doubt(who, blob);
        }
    }

    /// Tells each peer what was gained since it was told last.
    fn tell_news(&mut self, now: LocalTime, out: &mut Vec<Output>) {
        if now.since(self.told) < NEWS && self.told != LocalTime::START {
            return;
        }
        let mut any = false;
        for (who, peer) in &mut self.peers {
            let holdings: Vec<_> = std::mem::take(&mut peer.news)
                .into_iter()
                .filter_map(|id| self.blobs.get(&id)?.holding(id))
                .collect();
            for holdings in holdings.chunks(HAVE_BLOBS) {
                any = true;
                out.push(Output::Send(*who, Message::Have(holdings.to_vec())));
            }
        }
        if any {
            self.told = now;
        }
    }
}

#[cfg(test)]
mod hand_tests;
#[cfg(test)]
mod sim;
#[cfg(test)]
mod tests;
