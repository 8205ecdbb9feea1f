//! The task that owns the swarm: every reason to wake is in [`EventLoop::run`].
//!
//! **The loop never waits for the node.** What the node has not taken yet lies in the outbox; when
//! that is full the swarm is not polled, so that those who send wait, but requests still are: the
//! node can't be waiting for us while we wait for it.

mod carrier;
mod requests;

use super::address::{from_multiaddr, member_id, peer_id, to_multiaddr};
use super::behaviour::{Behaviour, BehaviourEvent, InsideEvent};
use super::carried::{CarriedEnd, Met};
use super::dial::Book;
use super::gate::GateEvent;
use super::handle::Request;
use super::links::{Link, Links};
use super::looks::Looks;
use super::streams::Incoming;
use super::{
    Judgement, MeshConfig, MeshError, MeshEvent, Origin, Standing, Token, everywhere, transport,
};
use crate::io::carrier::ToMesh;
use crate::io::random::random;
use crate::room::address::{Address, Transport};
use crate::room::id::MemberId;
use crate::room::time::LocalTime;
use futures::StreamExt;
use libp2p::core::ConnectedPoint;
use libp2p::gossipsub::{self, IdentTopic};
use libp2p::identity::Keypair;
use libp2p::swarm::{ConnectionId, SwarmEvent};
use libp2p::{PeerId, Swarm, swarm};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};

/// How long the peer's own word of trust is awaited before it counts as missing: some round trips.
const GRACE: Duration = Duration::from_millis(500);

/// Connections without a stream and without trust are closed after this.
const IDLE: Duration = Duration::from_secs(20);

/// Events that wait for the node before the swarm has to wait.
const OUTBOX: usize = 64;

/// How long connections stay open at shutdown, so that the last words (a good-bye, the last second of
/// sound) leave the queues of gossip and of the transports: some round trips in a room, and one lost
/// packet sent again. What still does not come lies on disk, and others hear of it by sync.
const LAST_WORDS: Duration = Duration::from_millis(150);

/// How long connections may take to say good-bye at shutdown.
const GOODBYE: Duration = Duration::from_millis(500);

pub(super) struct EventLoop {
    swarm: Swarm<Behaviour>,
    requests: mpsc::Receiver<Request>,
    outlet: mpsc::Sender<MeshEvent>,
    outbox: VecDeque<MeshEvent>,
    book: Book,
    links: Links,
    /// What the node was last told of each peer, and over which connection its streams go.
    told: BTreeMap<MemberId, (Standing, Option<ConnectionId>)>,
    listening: BTreeSet<Address>,
    topic: Option<IdentTopic>,
    looks: Looks,
    /// What a carrier tells, and whom it has met.
    carrier: Option<mpsc::Receiver<ToMesh>>,
    met: Met,
    chance: ChaCha8Rng,
    started: Instant,
}

impl EventLoop {
    pub(super) fn new(
        config: MeshConfig,
        carrier: Option<CarriedEnd>,
        requests: mpsc::Receiver<Request>,
        outlet: mpsc::Sender<MeshEvent>,
    ) -> Result<Self, MeshError> {
        let identity = Keypair::ed25519_from_bytes(config.seed)
            .map_err(|error| MeshError::Setup(error.to_string()))?;
        let peer = identity.public().to_peer_id();
        let own = member_id(&peer).expect("the identity is an Ed25519 key");
        let settings = swarm::Config::with_tokio_executor()
            .with_idle_connection_timeout(IDLE)
            .with_smart_dial();
        let (carrier, pipes) = match carrier {
            Some(CarriedEnd { opener, incoming, told }) => (Some(told), Some((opener, incoming))),
            None => (None, None),
        };
        let carries = pipes.is_some();
        let swarm =
            Swarm::new(transport::build(&identity, pipes)?, Behaviour::new()?, peer, settings);
        let seed = random().map_err(|error| MeshError::Setup(error.to_string()))?;
        let mut this = Self {
            swarm,
            requests,
            outlet,
            outbox: VecDeque::new(),
            book: Book::default(),
            links: Links::new(own),
            told: BTreeMap::new(),
            listening: BTreeSet::new(),
            topic: None,
            looks: Looks::default(),
            carrier,
            met: Met::default(),
            chance: ChaCha8Rng::from_seed(seed),
            started: Instant::now(),
        };
        this.listen(config.listen)?;
        if carries {
            this.listen_to_carrier();
        }
        Ok(this)
    }

    /// Runs until shutdown, or until nobody listens or speaks to it any more.
    pub(super) async fn run(mut self) {
        let outlet = self.outlet.clone();
        loop {
            let look = self.next_look();
            let due = async {
                match look {
                    Some(at) => tokio::time::sleep_until(at.into()).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                request = self.requests.recv() => match request {
                    None => break,
                    Some(Request::Shutdown(done)) => return self.stop(Some(done)).await,
                    Some(request) => {
                        self.looks.stir();
                        self.on_request(request);
                    }
                },
                permit = outlet.reserve(), if !self.outbox.is_empty() => match permit {
                    Ok(permit) => {
                        if let Some(event) = self.outbox.pop_front() {
                            permit.send(event);
                        }
                    }
                    Err(_) => break,
                },
                () = outlet.closed(), if self.outbox.is_empty() => break,
                () = due => self.look(),
                told = next_told(&mut self.carrier), if self.outbox.len() < OUTBOX => match told {
                    Some(told) => {
                        self.looks.stir();
                        self.on_told(told);
                    }
                    None => self.carrier = None,
                },
                event = self.swarm.select_next_some(), if self.outbox.len() < OUTBOX => {
                    self.looks.stir();
                    self.on_swarm(event);
                }
            }
        }
        self.stop(None).await;
    }

    /// Some of the addresses may not exist here (a machine without IPv6); one must do.
    fn listen(&mut self, wanted: Vec<Address>) -> Result<(), MeshError> {
        let wanted = if wanted.is_empty() { everywhere() } else { wanted };
        let mut failures = Vec::new();
        for address in &wanted {
            if let Err(error) = self.swarm.listen_on(to_multiaddr(address)) {
                tracing::debug!(%address, ?error, "can't listen");
                failures.push(format!("{address}: {error:?}"));
            }
        }
        if failures.len() == wanted.len() {
            return Err(MeshError::Listen(failures.join("; ")));
        }
        Ok(())
    }

    /// When to look whether somebody is due; `None`: not before something happens.
    fn next_look(&self) -> Option<Instant> {
        let last = self.looks.last();
        let due = self.book.next_due(last).into_iter().chain(self.links.next_due(last, GRACE));
        let due = due.chain(self.met.next_due(last, |member| self.dials_by_carrier(member)));
        let at = self.looks.next(due.min())?;
        Some(self.started + at.since(LocalTime::START))
    }

    fn look(&mut self) {
        let now = self.now();
        self.looks.looked(now);
        let chance = &mut self.chance;
        let due = self.book.due(now, || f64::from(chance.next_u32()) / f64::from(u32::MAX));
        for (member, addresses) in due {
            self.dial(Some(member), &addresses);
        }
        for member in self.met.due(now) {
            self.dial_by_carrier(member);
        }
        for connection in self.links.silent(now).into_iter().chain(self.links.spare(now)) {
            self.swarm.close_connection(connection);
        }
        for peer in self.links.peers() {
            self.tell(peer);
        }
    }

    fn on_swarm(&mut self, event: SwarmEvent<BehaviourEvent>) {
        match event {
            SwarmEvent::Behaviour(BehaviourEvent::Admission(incoming)) => self.on_stream(incoming),
            SwarmEvent::Behaviour(BehaviourEvent::Gate(event)) => self.on_gate(event),
            SwarmEvent::ConnectionEstablished { peer_id, connection_id, endpoint, .. } => {
                self.on_connected(peer_id, connection_id, &endpoint);
            }
            SwarmEvent::ConnectionClosed { connection_id, cause, .. } => {
                tracing::debug!(?cause, "connection closed");
                if let Some(link) = self.links.remove(connection_id) {
                    self.tell(link.peer);
                }
            }
            SwarmEvent::NewListenAddr { address, .. } => self.on_listening(&address, true),
            SwarmEvent::ExpiredListenAddr { address, .. } => self.on_listening(&address, false),
            SwarmEvent::OutgoingConnectionError { peer_id, error, .. } => {
                tracing::trace!(?peer_id, %error, "dial failed");
            }
            SwarmEvent::ListenerClosed { reason, .. } => {
                tracing::warn!(?reason, "no longer listening on one address");
            }
            event => tracing::trace!(?event, "swarm"),
        }
    }

    fn on_gate(&mut self, event: GateEvent<InsideEvent>) {
        match event {
            GateEvent::Mutual { connection } => {
                let now = self.now();
                let Some(link) = self.links.get_mut(connection) else { return };
                link.mutual = true;
                link.alive = now;
                let peer = link.peer;
                self.tell(peer);
            }
            GateEvent::Inside(InsideEvent::Gossip(gossipsub::Event::Message {
                propagation_source,
                message_id,
                message,
            })) => {
                let from = propagation_source;
                let token = Token(Origin::Gossip { message: message_id, from });
                match member_id(&propagation_source) {
                    Some(from) => {
                        self.outbox.push_back(MeshEvent::Gossip {
                            from: Ok(from),
                            bytes: message.data,
                            token,
                        });
                    }
                    None => self.judge(&token, Judgement::Reject),
                }
            }
            GateEvent::Inside(InsideEvent::Ping(pong)) => {
                let now = self.now();
                if let (Ok(_), Some(link)) = (pong.result, self.links.get_mut(pong.connection)) {
                    link.alive = now;
                }
            }
            GateEvent::Inside(InsideEvent::Streams(incoming)) => self.on_stream(incoming),
            GateEvent::Inside(InsideEvent::Gossip(event)) => tracing::trace!(?event, "gossip"),
        }
    }

    fn on_connected(&mut self, peer: PeerId, connection: ConnectionId, endpoint: &ConnectedPoint) {
        let now = self.now();
        let Some(member) = member_id(&peer) else {
            self.swarm.close_connection(connection);
            return;
        };
        let via = from_multiaddr(endpoint.get_remote_address());
        let ours = endpoint.is_dialer();
        // QUIC dials from the port it listens on, so its caller can be called back; TCP does not.
        if let Some(address) = via.filter(|via| ours || via.transport == Transport::Quic) {
            self.book.learn(member, &[address], now);
        }
        let link = Link { peer: member, via, ours, mutual: false, since: now, alive: now };
        if !ours && self.links.is_settled(&link, now) {
            self.start_afresh(member);
            return;
        }
        if !self.links.add(connection, link) {
            self.swarm.close_connection(connection);
        }
        if let Some((_, best)) = self.links.best(&member, false) {
            self.book.connected(member, best.transport(), now);
        }
        self.tell(member);
    }

    /// A member calls that we take to be connected: it was killed and is back, or lost its end of the
    /// connection. What we have is dead without knowing it for up to 4 s, and gossipsub tells its
    /// subscriptions on a peer's first connection only, so a second one would stay mute. Everything
    /// is closed and one is made anew, which takes some milliseconds.
    fn start_afresh(&mut self, member: MemberId) {
        if let Some(peer) = peer_id(&member) {
            let _ = self.swarm.disconnect_peer_id(peer);
        }
        let addresses = self.book.addresses(&member);
        self.dial(Some(member), &addresses);
        self.dial_by_carrier(member);
    }

    fn on_stream(&mut self, Incoming { peer, protocol, stream }: Incoming) {
        if let Some(member) = member_id(&peer) {
            self.outbox.push_back(MeshEvent::Incoming { member, protocol, stream });
        }
    }

    fn on_listening(&mut self, address: &libp2p::Multiaddr, here: bool) {
        let Some(address) = from_multiaddr(address) else { return };
        let changed =
            if here { self.listening.insert(address) } else { self.listening.remove(&address) };
        if changed {
            let addresses = self.listening.iter().copied().collect();
            self.outbox.push_back(MeshEvent::Listening { addresses });
        }
    }

    /// Tells the node how things stand with a peer, if that is news.
    fn tell(&mut self, member: MemberId) {
        let now = self.now();
        let Some((_, link)) = self.links.best(&member, false) else {
            if self.told.remove(&member).is_some() {
                self.book.lost(&member, now);
                self.outbox.push_back(MeshEvent::Disconnected { member });
            }
            return;
        };
        let trusted =
            peer_id(&member).is_some_and(|peer| self.swarm.behaviour().gate.trusts(&peer));
        let mutual = self.links.best(&member, true);
        let standing = match mutual {
            _ if !trusted => Standing::Stranger,
            Some(_) => Standing::Member,
            None if now.since(link.since) < GRACE => return,
            None => Standing::Unrecognised,
        };
        let via = mutual.map_or(link.via, |(_, link)| link.via);
        // A better connection is told too. Sound belongs on it, since TCP delivers late what it lost; and
        // what is on the other one would end with it.
        let known = (standing, mutual.map(|(connection, _)| connection));
        if self.told.get(&member) != Some(&known) {
            self.told.insert(member, known);
            self.outbox.push_back(MeshEvent::Connected { member, standing, via });
        }
    }

    /// Says good-bye on all connections and lets go of the ports.
    async fn stop(mut self, done: Option<oneshot::Sender<()>>) {
        let peers: Vec<PeerId> = self.swarm.connected_peers().copied().collect();
        if !peers.is_empty() {
            let speaking = async {
                loop {
                    self.swarm.select_next_some().await;
                }
            };
            let _: Result<(), _> = tokio::time::timeout(LAST_WORDS, speaking).await;
        }
        for peer in peers {
            let _ = self.swarm.disconnect_peer_id(peer);
        }
        let closing = async {
            while self.swarm.connected_peers().next().is_some() {
                self.swarm.select_next_some().await;
            }
        };
        let _ = tokio::time::timeout(GOODBYE, closing).await;
        drop(self);
        if let Some(done) = done {
            let _ = done.send(());
        }
    }

    fn now(&self) -> LocalTime {
        LocalTime::from_nanos(u64::try_from(self.started.elapsed().as_nanos()).unwrap_or(u64::MAX))
    }
}

/// What the carrier tells next; never without one.
async fn next_told(carrier: &mut Option<mpsc::Receiver<ToMesh>>) -> Option<ToMesh> {
    match carrier {
        Some(told) => told.recv().await,
        None => std::future::pending().await,
    }
}
