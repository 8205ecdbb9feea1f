//! The gate: what lies inside it does not exist for strangers.
//!
//! [`Gate`] wraps a behaviour. A connection to a peer that is not trusted gets no handler of it:
//! none of its protocols are offered, none are opened, and it never hears of the connection. When
//! the peer becomes trusted the handler is put in place on the living connection (an admission that
//! is still being said goodbye to on it is not cut off).
//!
//! **Both must trust.** Trust is decided by each side for itself and at different moments, and some
//! protocols (gossipsub, ping) never ask again after a refusal. So each side tells the other, by
//! opening a stream of [`TRUSTED`] with nothing in it, once its inside answers; until that is heard
//! from the peer, streams that the inside wants to open wait.

use libp2p::PeerId;
use libp2p::core::transport::PortUse;
use libp2p::core::{ConnectedPoint, Endpoint, Multiaddr};
use libp2p::swarm::behaviour::{ConnectionClosed, ConnectionEstablished};
use libp2p::swarm::{
    CloseConnection, ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, NotifyHandler,
    THandlerInEvent, THandlerOutEvent, ToSwarm,
};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::task::{Context, Poll};

mod handler;

use handler::{FromGate, GateHandler, ToGate};

/// Connections of strangers at one time: a hall that joins at once, and still a bound.
const STRANGERS: usize = 128;

/// Connections of one stranger at one time: QUIC, TCP, and one dying.
const PER_STRANGER: usize = 4;

/// What the gate tells.
#[derive(Debug)]
pub(super) enum GateEvent<E> {
    /// Both sides trust each other on this connection: the inside works.
    Mutual { connection: ConnectionId },
    /// Something from inside.
    Inside(E),
}

/// A behaviour that strangers can't see.
pub(super) struct Gate<B: NetworkBehaviour> {
    inside: B,
    trusted: BTreeSet<PeerId>,
    outside: BTreeMap<ConnectionId, (PeerId, ConnectedPoint)>,
    /// How many connections of each peer the inside knows of.
    known: BTreeMap<PeerId, usize>,
    queue: VecDeque<Action<B>>,
}

type Action<B> = ToSwarm<GateEvent<<B as NetworkBehaviour>::ToSwarm>, THandlerInEvent<Gate<B>>>;

impl<B: NetworkBehaviour> Gate<B> {
    pub(super) fn new(inside: B) -> Self {
        Self {
            inside,
            trusted: BTreeSet::new(),
            outside: BTreeMap::new(),
            known: BTreeMap::new(),
            queue: VecDeque::new(),
        }
    }

    pub(super) fn inside(&mut self) -> &mut B {
        &mut self.inside
    }

    pub(super) fn trusts(&self, peer: &PeerId) -> bool {
        self.trusted.contains(peer)
    }

    /// Opens the gate to a peer, on its living connections too.
    pub(super) fn trust(&mut self, peer: PeerId) {
        if !self.trusted.insert(peer) {
            return;
        }
        let waiting: Vec<ConnectionId> = self
            .outside
            .iter()
            .filter_map(|(connection, (whose, _))| (*whose == peer).then_some(*connection))
            .collect();
        for connection in waiting {
            let Some((_, endpoint)) = self.outside.remove(&connection) else { continue };
            self.admit(peer, connection, &endpoint);
        }
    }

    /// Shuts the gate for a peer. The caller closes its connections.
    pub(super) fn distrust(&mut self, peer: &PeerId) {
        self.trusted.remove(peer);
    }

    fn admit(&mut self, peer_id: PeerId, connection: ConnectionId, endpoint: &ConnectedPoint) {
        let handler = match endpoint {
            ConnectedPoint::Dialer { address, role_override, port_use } => {
                self.inside.handle_established_outbound_connection(
                    connection,
                    peer_id,
                    address,
                    *role_override,
                    *port_use,
                )
            }
            ConnectedPoint::Listener { local_addr, send_back_addr } => {
                self.inside.handle_established_inbound_connection(
                    connection,
                    peer_id,
                    local_addr,
                    send_back_addr,
                )
            }
        };
        let Ok(handler) = handler else {
            let connection = CloseConnection::One(connection);
            self.queue.push_back(ToSwarm::CloseConnection { peer_id, connection });
            return;
        };
        self.introduce(peer_id, connection, endpoint);
        self.queue.push_back(ToSwarm::NotifyHandler {
            peer_id,
            handler: NotifyHandler::One(connection),
            event: FromGate::Open(Box::new(handler)),
        });
    }

    /// Tells the inside of a connection.
    fn introduce(
        &mut self,
        peer_id: PeerId,
        connection_id: ConnectionId,
        endpoint: &ConnectedPoint,
    ) {
        let known = self.known.entry(peer_id).or_default();
        self.inside.on_swarm_event(FromSwarm::ConnectionEstablished(ConnectionEstablished {
            peer_id,
            connection_id,
            endpoint,
            failed_addresses: &[],
            other_established: *known,
        }));
        *known += 1;
    }

    fn stranger_may_connect(&self, peer: &PeerId) -> Result<(), ConnectionDenied> {
        let own = self.outside.values().filter(|(whose, _)| whose == peer).count();
        if self.outside.len() >= STRANGERS || own >= PER_STRANGER {
            return Err(ConnectionDenied::new(TooManyStrangers));
        }
        Ok(())
    }
}

#[derive(Debug, thiserror::Error)]
#[error("too many connections of strangers")]
struct TooManyStrangers;

impl<B: NetworkBehaviour> NetworkBehaviour for Gate<B> {
    type ConnectionHandler = GateHandler<B::ConnectionHandler>;
    type ToSwarm = GateEvent<B::ToSwarm>;

    fn handle_established_inbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        local: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<Self::ConnectionHandler, ConnectionDenied> {
        if !self.trusted.contains(&peer) {
            self.stranger_may_connect(&peer)?;
            return Ok(GateHandler::shut());
        }
        self.inside
            .handle_established_inbound_connection(connection, peer, local, remote)
            .map(GateHandler::open)
    }

    fn handle_established_outbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        address: &Multiaddr,
        role: Endpoint,
        port_use: PortUse,
    ) -> Result<Self::ConnectionHandler, ConnectionDenied> {
        if !self.trusted.contains(&peer) {
            self.stranger_may_connect(&peer)?;
            return Ok(GateHandler::shut());
        }
        self.inside
            .handle_established_outbound_connection(connection, peer, address, role, port_use)
            .map(GateHandler::open)
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        match event {
            FromSwarm::ConnectionEstablished(event) if self.trusted.contains(&event.peer_id) => {
                self.introduce(event.peer_id, event.connection_id, event.endpoint);
            }
            FromSwarm::ConnectionEstablished(event) => {
                self.outside.insert(event.connection_id, (event.peer_id, event.endpoint.clone()));
            }
            FromSwarm::ConnectionClosed(event) => {
                if self.outside.remove(&event.connection_id).is_some() {
                    return;
                }
                let Some(known) = self.known.get_mut(&event.peer_id) else { return };
                *known = known.saturating_sub(1);
                let remaining_established = *known;
                if remaining_established == 0 {
                    self.known.remove(&event.peer_id);
                }
                self.inside.on_swarm_event(FromSwarm::ConnectionClosed(ConnectionClosed {
                    remaining_established,
                    ..event
                }));
            }
            FromSwarm::AddressChange(event) if self.outside.contains_key(&event.connection_id) => {}
            event => self.inside.on_swarm_event(event),
        }
    }

    fn on_connection_handler_event(
        &mut self,
        peer: PeerId,
        connection: ConnectionId,
        event: THandlerOutEvent<Self>,
    ) {
        match event {
            ToGate::Mutual => {
                self.queue.push_back(ToSwarm::GenerateEvent(GateEvent::Mutual { connection }));
            }
            ToGate::Inside(event) => {
                self.inside.on_connection_handler_event(peer, connection, event);
            }
        }
    }

    fn poll(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        if let Some(action) = self.queue.pop_front() {
            return Poll::Ready(action);
        }
        self.inside
            .poll(cx)
            .map(|action| action.map_out(GateEvent::Inside).map_in(FromGate::Inside))
    }
}
