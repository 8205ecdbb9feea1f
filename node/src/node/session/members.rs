//! GOSSIP and sync: members within reach, and what passes between them besides sound.

use super::Session;
use super::abreast::Knowledge;
use crate::io::discovery::{Announcement, DiscoveryEvent, Found, Ports};
use crate::io::mesh::{Protocol, Standing, Stream};
use crate::io::sync::{self, SyncRequest};
use crate::node::entrance::{KEYS, PEERS, encode_peers};
use crate::node::event::Notice;
use crate::node::inbox::Done;
use crate::room::address::Address;
use crate::room::group::Near;
use crate::room::id::MemberId;
use crate::room::replica::compare;
use crate::room::sync::Hello;
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use tokio::sync::oneshot;

/// In how many seconds each member is synced with that may not know all yet (research: network §8
/// guesses 5 s with one; one round costs some hundred bytes and 0.1 ms). Some each second, so that they
/// do not all come at once.
const SYNC_EVERY: usize = 2;

/// How many are picked in that time: in a room of that size all, so that what gossip lost comes
/// within [`SYNC_EVERY`].
const SYNC_WITH: usize = 8;

/// Seconds between two syncs by way of a carrier, which has brought the entries themselves: 5 kB each,
/// where an account may send 3 kB/s and others' words come first (research: federation §1).
const CARRIED_EVERY: u64 = 60;

/// Seconds until the first one: the archive's pages have come by then.
const CARRIED_FIRST: u64 = 10;

/// Addresses of one member that are passed on: two transports on some interfaces.
const NOTED_ADDRESSES: usize = 8;

impl Session {
    pub(super) async fn on_listening(&mut self, addresses: Vec<Address>) {
        self.listening = addresses;
        self.announce().await;
    }

    /// Tells the network where this meeting is.
    pub(super) async fn announce(&mut self) {
        let Some(mdns) = &self.mdns else { return };
        let announcement = Announcement {
            member: self.me,
            meeting: self.meeting,
            title: self.title.clone(),
            name: self.announce_name.then(|| self.name.clone()),
            join: self.join,
            ports: Ports::of(&self.listening),
        };
        if let Err(error) = mdns.announce(&announcement) {
            self.teller.warn(Notice::Network { problem: error.to_string() }).await;
        }
    }

    pub(super) async fn on_discovery(&mut self, event: DiscoveryEvent) {
        if let DiscoveryEvent::Found(Found { member, meeting, addresses, .. }) = event
            && meeting == self.meeting
            && member != self.me
            && self.trusts(&member)
        {
            let _ = self.mesh.dial(Some(member), addresses).await;
        }
    }

    pub(super) fn trusts(&self, member: &MemberId) -> bool {
        self.view.meeting().is_member(member) || self.neighbours.vouched.contains(member)
    }

    pub(super) async fn on_connected(&mut self, member: MemberId, standing: Standing) {
        let before = self.neighbours.standing.insert(member, standing);
        self.room_awaits(member, standing);
        match standing {
            Standing::Stranger => {}
            Standing::Unrecognised => self.knock_with_voucher(member),
            // What is missing comes by the room's archive; whatever that lacks by the first sync.
            Standing::Member if self.is_carried(&member) => {
                let first = self.second() + CARRIED_FIRST;
                self.neighbours.abreast.postpone(member, first);
            }
            Standing::Member => {
                self.sync_with(member);
                // Both sides open one: whoever was restarted may be taken for its former self.
                self.open_blobs(member);
                self.open_voice(member);
                self.open_live(member);
            }
        }
        self.feed_carrier();
        if before != Some(standing) && self.trusts(&member) {
            self.tell_member(member).await;
        }
    }

    pub(super) async fn on_disconnected(&mut self, member: MemberId) {
        self.neighbours.standing.remove(&member);
        self.note_way(member, false);
        self.feed_carrier();
        self.neighbours.abreast.forget(&member);
        self.sound.voices.remove(&member);
        self.forget_live(member).await;
        self.library.gone(member).await;
        if self.trusts(&member) {
            self.tell_member(member).await;
        }
        // A page that only this member would have drawn is awaited no longer.
        self.show_awaited().await;
    }

    /// A stream from `member`; the mesh lets strangers open admissions only.
    pub(super) fn on_incoming(&mut self, member: MemberId, protocol: Protocol, stream: Stream) {
        match protocol {
            Protocol::Admission => {
                let (door, clock) = (self.door.clone(), self.clock);
                tokio::spawn(async move { door.answer(stream, member, move || clock.now()).await });
            }
            Protocol::Sync => self.run_sync(member, stream),
            Protocol::Blobs => self.library.serve(member, stream),
            Protocol::Audio => self.listen_to(member, stream),
            Protocol::Live => self.live.listen(member, stream, self.clock),
        }
    }

    pub(super) fn open_blobs(&self, member: MemberId) {
        if self.neighbours.standing.get(&member) != Some(&Standing::Member) {
            return;
        }
        let (mesh, library) = (self.mesh.clone(), self.library.exchange());
        tokio::spawn(async move {
            if let Ok(stream) = mesh.open(member, Protocol::Blobs).await {
                let _ = library.peer_connected(member, stream).await;
            }
        });
    }

    /// Completes both logs, unless that is under way: then once more afterwards.
    pub(super) fn sync_with(&mut self, member: MemberId) {
        if self.neighbours.standing.get(&member) != Some(&Standing::Member) {
            return;
        }
        // A gap closes by itself there: what fills it was said, and waits for the server.
        if self.is_carried(&member) && !self.neighbours.abreast.may_begin(&member, self.second()) {
            return;
        }
        if !self.neighbours.syncing.insert(member) {
            self.neighbours.sync_again.insert(member);
            return;
        }
        if self.is_carried(&member) {
            let next = self.second() + CARRIED_EVERY;
            self.neighbours.abreast.postpone(member, next);
        }
        self.neighbours.abreast.begins(member, self.knowledge());
        let (mesh, node, tasks) = (self.mesh.clone(), self.sync_node.clone(), self.tasks.clone());
        let clock = self.clock;
        tokio::spawn(async move {
            let asked = clock.now();
            let well = match mesh.open(member, Protocol::Sync).await {
                Ok(stream) => {
                    let round_trip = Some(clock.now().since(asked));
                    let near = Near { subnet: None, round_trip };
                    let _ = tasks.send(Done::Near(member, near)).await;
                    sync::run(stream, member, &node).await.is_ok()
                }
                Err(_) => false,
            };
            let _ = tasks.send(Done::Synced(member, well)).await;
        });
    }

    pub(super) fn sync_with_everybody(&mut self) {
        let members: Vec<_> = self.neighbours.standing.keys().copied().collect();
        members.into_iter().for_each(|member| self.sync_with(member));
    }

    /// Once a second: tells what gossip may have lost, for it replays nothing after a cut.
    pub(super) fn sync_with_some(&mut self) {
        let members: Vec<_> = self.neighbours.standing.keys().copied().collect();
        if members.is_empty() {
            return;
        }
        // In turn, and beginning elsewhere on each node: as good as chance, and needs none.
        let share = members.len().min(SYNC_WITH).div_ceil(SYNC_EVERY);
        let second = self.second();
        let turn = second.wrapping_mul(share as u64).wrapping_add(self.me.0[0].into());
        let first = (turn % members.len() as u64) as usize;
        let knowledge = self.knowledge();
        let mut lagging = [&members[first..], &members[..first]].concat();
        lagging.retain(|member| {
            self.neighbours.standing.get(member) == Some(&Standing::Member)
                && self.neighbours.abreast.lags(member, knowledge, second)
                && self.neighbours.abreast.may_begin(member, second)
        });
        lagging.into_iter().take(share).for_each(|member| self.sync_with(member));
    }

    /// The number of the second that this is in.
    fn second(&self) -> u64 {
        self.seconds.number(self.clock.now())
    }

    /// All that a sync would tell now.
    fn knowledge(&self) -> Knowledge {
        let mut all = DefaultHasher::new();
        for (author, have) in self.record.replica().have() {
            (author, have.height, have.head, have.fork).hash(&mut all);
        }
        self.secrets.records().hash(&mut all);
        self.listening.hash(&mut all);
        for (member, standing) in &self.neighbours.standing {
            (member, *standing == Standing::Member).hash(&mut all);
        }
        for held in self.library.holds() {
            (held.document, held.have, held.getting).hash(&mut all);
        }
        Knowledge(all.finish())
    }

    /// A sync that the other side opened.
    fn run_sync(&self, member: MemberId, stream: Stream) {
        if !self.trusts(&member) {
            return;
        }
        let node = self.sync_node.clone();
        tokio::spawn(async move {
            if let Err(error) = sync::run(stream, member, &node).await {
                tracing::debug!(member = %member.short(), %error, "sync ended early");
            }
        });
    }

    pub(super) fn on_synced(&mut self, member: MemberId, well: bool) {
        self.neighbours.syncing.remove(&member);
        let second = self.second();
        self.neighbours.abreast.ended(member, well, second);
        if well {
            // A member has told all it knows: also what a damaged log may have lost of one's own.
            self.record.complete();
        }
        if self.neighbours.sync_again.remove(&member) {
            self.sync_with(member);
        }
    }

    pub(super) async fn on_sync(&mut self, request: SyncRequest) {
        match request {
            SyncRequest::Hello(peer, reply) => {
                if self.trusts(&peer) {
                    self.hello(reply);
                } else {
                    Self::reply(reply, Hello::default());
                }
            }
            SyncRequest::Told(peer, hello) => self.on_told(peer, hello).await,
            SyncRequest::Have(reply) => Self::reply(reply, self.record.replica().have()),
            SyncRequest::Plan(theirs, reply) => {
                Self::reply(reply, compare(self.record.replica(), &theirs));
            }
            SyncRequest::Answer(probe, reply) => {
                Self::reply(reply, self.record.replica().answer(&probe));
            }
            SyncRequest::Insert(_, entries, reply) => {
                for entry in entries {
                    self.learn(entry, false).await;
                }
                Self::reply(reply, ());
            }
            SyncRequest::Prove(proof, reply) => {
                if let crate::node::record::Learned::Fork(at) = self.record.prove(*proof).await {
                    self.on_fork(at.author, at.seq).await;
                }
                Self::reply(reply, ());
            }
        }
    }

    /// Answers with what members tell each other besides the logs. The mesh is asked apart from the
    /// loop: on a busy machine its answers took up to 45 ms, and sound waited for them.
    fn hello(&self, reply: oneshot::Sender<Hello>) {
        let members =
            self.neighbours.standing.iter().filter(|(_, standing)| **standing == Standing::Member);
        let members: Vec<_> = members.map(|(member, _)| *member).collect();
        let (me, mesh, keyring) = (self.me, self.mesh.clone(), self.secrets.records());
        let documents = self.library.holds();
        let mut addresses = BTreeMap::from([(me, as_text(&self.listening))]);
        tokio::spawn(async move {
            for member in members {
                if let Ok(known) = mesh.addresses(Some(member)).await {
                    addresses.insert(member, as_text(&known));
                }
            }
            Self::reply(reply, Hello { keyring, addresses, documents });
        });
    }

    async fn on_told(&mut self, peer: MemberId, hello: Hello) {
        if !self.trusts(&peer) {
            return;
        }
        if self.secrets.learn(&hello.keyring) {
            self.keep_secrets().await;
            self.tell_meeting().await;
        }
        for news in self.library.note_holds(peer, &hello.documents) {
            self.teller.tell(news).await;
        }
        for (member, addresses) in hello.addresses {
            if member == self.me || !self.trusts(&member) {
                continue;
            }
            let known: Vec<Address> = addresses.iter().filter_map(|a| a.parse().ok()).collect();
            let new = self.neighbours.contacts.learn(member, &known);
            if new || !self.neighbours.standing.contains_key(&member) {
                let _ = self.mesh.dial(Some(member), known).await;
            }
        }
    }

    /// Keeps new addresses for the next start, once a second at most and apart from the loop.
    pub(super) fn keep_contacts(&mut self) {
        let Some(peers) = self.neighbours.contacts.unsaved().map(encode_peers) else { return };
        let log = self.record.log().clone();
        tokio::spawn(async move {
            if let Err(error) = log.put(PEERS, peers).await {
                tracing::warn!(%error, "members' addresses are not kept for the next start");
            }
        });
    }

    /// Keeps the keys for the next start, and the door's secrets as they follow from them.
    pub(super) async fn keep_secrets(&mut self) {
        let (code, link) = (self.secrets.code(), self.secrets.link());
        self.door.with_keeper(|keeper| keeper.renew(code, link));
        self.feed_carrier();
        if let Err(error) = self.record.log().put(KEYS, self.secrets.encode()).await {
            self.teller.warn(Notice::Storage { problem: error.to_string() }).await;
        }
    }
}

fn as_text(addresses: &[Address]) -> Vec<String> {
    let fit = addresses.iter().map(|address| address.without_zone()).take(NOTED_ADDRESSES);
    fit.map(|address| address.to_string()).collect()
}
