//! A behaviour on some connections only: pings over TCP alone, since QUIC keeps its connections
//! alive and finds out about dead ones itself; gossip not over a carrier, which says entries to
//! everybody at once.

use crate::io::mesh::address::from_multiaddr;
use crate::room::address::Transport;
use libp2p::PeerId;
use libp2p::core::transport::PortUse;
use libp2p::core::{Endpoint, Multiaddr};
use libp2p::swarm::behaviour::{ConnectionClosed, ConnectionEstablished};
use libp2p::swarm::derive_prelude::Either;
use libp2p::swarm::{
    ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, THandlerInEvent, THandlerOutEvent,
    ToSwarm, dummy,
};
use std::collections::BTreeMap;
use std::task::{Context, Poll};

type Handler<B> = Either<<B as NetworkBehaviour>::ConnectionHandler, dummy::ConnectionHandler>;

/// A behaviour that has no part in connections it isn't for, and never hears of them.
pub(super) struct Only<B> {
    pub(super) inside: B,
    on: fn(&Multiaddr) -> bool,
    /// How many connections of each peer the inside knows of.
    known: BTreeMap<PeerId, usize>,
}

impl<B: NetworkBehaviour> Only<B> {
    /// `inside` on connections to what `on` is true of.
    pub(super) fn new(inside: B, on: fn(&Multiaddr) -> bool) -> Self {
        Self { inside, on, known: BTreeMap::new() }
    }
}

impl<B: NetworkBehaviour> NetworkBehaviour for Only<B> {
    type ConnectionHandler = Handler<B>;
    type ToSwarm = B::ToSwarm;

    fn handle_established_inbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        local: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<Handler<B>, ConnectionDenied> {
        if !(self.on)(remote) {
            return Ok(Either::Right(dummy::ConnectionHandler));
        }
        self.inside
            .handle_established_inbound_connection(connection, peer, local, remote)
            .map(Either::Left)
    }

    fn handle_established_outbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        address: &Multiaddr,
        role: Endpoint,
        port_use: PortUse,
    ) -> Result<Handler<B>, ConnectionDenied> {
        if !(self.on)(address) {
            return Ok(Either::Right(dummy::ConnectionHandler));
        }
        self.inside
            .handle_established_outbound_connection(connection, peer, address, role, port_use)
            .map(Either::Left)
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        match event {
            FromSwarm::ConnectionEstablished(event) => {
                if (self.on)(event.endpoint.get_remote_address()) {
                    let known = self.known.entry(event.peer_id).or_default();
                    let other_established = std::mem::replace(known, *known + 1);
                    let event = ConnectionEstablished { other_established, ..event };
                    self.inside.on_swarm_event(FromSwarm::ConnectionEstablished(event));
                }
            }
            FromSwarm::ConnectionClosed(event) => {
                if (self.on)(event.endpoint.get_remote_address()) {
                    let known = self.known.entry(event.peer_id).or_default();
                    *known = known.saturating_sub(1);
                    let remaining_established = *known;
                    if remaining_established == 0 {
                        self.known.remove(&event.peer_id);
                    }
                    let event = ConnectionClosed { remaining_established, ..event };
                    self.inside.on_swarm_event(FromSwarm::ConnectionClosed(event));
                }
            }
            event => self.inside.on_swarm_event(event),
        }
    }

    fn on_connection_handler_event(
        &mut self,
        peer: PeerId,
        connection: ConnectionId,
        event: THandlerOutEvent<Self>,
    ) {
        let Either::Left(event) = event;
        self.inside.on_connection_handler_event(peer, connection, event);
    }

    fn poll(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        self.inside.poll(cx).map(|action| action.map_in(Either::Left))
    }
}

/// Whether this is the far end of a TCP connection.
pub(super) fn is_tcp(address: &Multiaddr) -> bool {
    from_multiaddr(address).is_some_and(|address| address.transport == Transport::Tcp)
}

/// Whether this is an address on a network: a carrier's connection has none.
pub(super) fn is_on_network(address: &Multiaddr) -> bool {
    from_multiaddr(address).is_some()
}
