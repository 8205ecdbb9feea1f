//! Pings over TCP alone: QUIC keeps its connections alive, and finds out about dead ones, itself.

use crate::io::mesh::address::from_multiaddr;
use crate::room::address::Transport;
use libp2p::PeerId;
use libp2p::core::transport::PortUse;
use libp2p::core::{Endpoint, Multiaddr};
use libp2p::ping;
use libp2p::swarm::derive_prelude::Either;
use libp2p::swarm::{
    ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, THandlerInEvent, THandlerOutEvent,
    ToSwarm, dummy,
};
use std::task::{Context, Poll};

type Handler =
    Either<<ping::Behaviour as NetworkBehaviour>::ConnectionHandler, dummy::ConnectionHandler>;

/// libp2p's ping with no part in connections over QUIC.
pub(super) struct TcpPing(ping::Behaviour);

impl TcpPing {
    pub(super) fn new(config: ping::Config) -> Self {
        Self(ping::Behaviour::new(config))
    }
}

impl NetworkBehaviour for TcpPing {
    type ConnectionHandler = Handler;
    type ToSwarm = ping::Event;

    fn handle_established_inbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        local: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<Handler, ConnectionDenied> {
        if is_quic(local) {
            return Ok(Either::Right(dummy::ConnectionHandler));
        }
        self.0
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
    ) -> Result<Handler, ConnectionDenied> {
        if is_quic(address) {
            return Ok(Either::Right(dummy::ConnectionHandler));
        }
        self.0
            .handle_established_outbound_connection(connection, peer, address, role, port_use)
            .map(Either::Left)
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        self.0.on_swarm_event(event);
    }

    fn on_connection_handler_event(
        &mut self,
        peer: PeerId,
        connection: ConnectionId,
        event: THandlerOutEvent<Self>,
    ) {
        let Either::Left(event) = event;
        self.0.on_connection_handler_event(peer, connection, event);
    }

    fn poll(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        self.0.poll(cx).map(|action| action.map_in(Either::Left))
    }
}

fn is_quic(address: &Multiaddr) -> bool {
    from_multiaddr(address).is_some_and(|address| address.transport == Transport::Quic)
}
