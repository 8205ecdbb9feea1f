//! Byte streams between two members, one protocol each.
//!
//! libp2p-stream would do, but for three things: it picks any of a peer's connections at random, it
//! has one slot for all incoming streams of a protocol (eight laptops knocking at once lose some),
//! and it can't tell strangers from members. This behaviour opens on the connection it is told,
//! hands every incoming stream on, and counts what is open.

use super::{OpenError, Protocol};
use futures::channel::oneshot;
use futures::io::{AsyncRead, AsyncWrite};
use libp2p::PeerId;
use libp2p::core::transport::PortUse;
use libp2p::core::upgrade::{InboundUpgrade, OutboundUpgrade, UpgradeInfo};
use libp2p::core::{Endpoint, Multiaddr};
use libp2p::swarm::handler::{
    ConnectionEvent, ConnectionHandlerEvent, DialUpgradeError, FullyNegotiatedInbound,
    FullyNegotiatedOutbound, StreamUpgradeError,
};
use libp2p::swarm::{
    self, ConnectionDenied, ConnectionHandler, ConnectionId, FromSwarm, NetworkBehaviour,
    NotifyHandler, StreamProtocol, SubstreamProtocol, ToSwarm,
};
use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::{Ready, ready};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use std::{fmt, io};

/// Time for the two ends to agree on a stream's protocol. A round trip, doubled for loss, on a bad
/// Wi-Fi is 100 ms; QUIC gives a dead connection up after 4 s.
const NEGOTIATION: Duration = Duration::from_secs(3);

/// Streams that one connection's peer may have open towards us per behaviour. A member uses one for
/// sync, one for audio and two for blobs, and some may be closing.
const INCOMING_PER_CONNECTION: usize = 24;

/// Streams waiting to be opened on one connection: as many as we would let the other side open.
const OPENING_PER_CONNECTION: usize = INCOMING_PER_CONNECTION;

trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// A reliable, ordered, encrypted stream of bytes to one member; dropped, it is closed.
pub struct Stream {
    bytes: Box<dyn Duplex>,
    /// Held while the stream lives: its connection counts these.
    _slot: Arc<()>,
}

impl Stream {
    /// A stream over any pair of byte pipes: tests and simulations have no network.
    pub fn new(bytes: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) -> Self {
        Self::counted(bytes, Arc::new(()))
    }

    fn counted(bytes: impl AsyncRead + AsyncWrite + Send + Unpin + 'static, slot: Arc<()>) -> Self {
        Self { bytes: Box::new(bytes), _slot: slot }
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stream")
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.bytes).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.bytes).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.bytes).poll_flush(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.bytes).poll_close(cx)
    }
}

/// Answer to a request to open a stream.
pub(super) type Opened = oneshot::Sender<Result<Stream, OpenError>>;

/// A peer opened a stream.
#[derive(Debug)]
pub(super) struct Incoming {
    pub(super) peer: PeerId,
    pub(super) protocol: Protocol,
    pub(super) stream: Stream,
}

/// The behaviour: accepts and opens streams of a fixed set of protocols.
pub(super) struct Streams {
    protocols: &'static [Protocol],
    queue: VecDeque<ToSwarm<Incoming, Open>>,
}

impl Streams {
    pub(super) fn new(protocols: &'static [Protocol]) -> Self {
        Self { protocols, queue: VecDeque::new() }
    }

    /// Opens a stream on this connection and answers on `opened`.
    pub(super) fn open(
        &mut self,
        peer_id: PeerId,
        connection: ConnectionId,
        protocol: Protocol,
        opened: Opened,
    ) {
        self.queue.push_back(ToSwarm::NotifyHandler {
            peer_id,
            handler: NotifyHandler::One(connection),
            event: Open { protocol, opened },
        });
    }
}

impl NetworkBehaviour for Streams {
    type ConnectionHandler = StreamsHandler;
    type ToSwarm = Incoming;

    fn handle_established_inbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<StreamsHandler, ConnectionDenied> {
        Ok(StreamsHandler::new(self.protocols))
    }

    fn handle_established_outbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<StreamsHandler, ConnectionDenied> {
        Ok(StreamsHandler::new(self.protocols))
    }

    fn on_swarm_event(&mut self, _: FromSwarm<'_>) {}

    fn on_connection_handler_event(
        &mut self,
        peer: PeerId,
        _: ConnectionId,
        (protocol, stream): (Protocol, Stream),
    ) {
        self.queue.push_back(ToSwarm::GenerateEvent(Incoming { peer, protocol, stream }));
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<ToSwarm<Incoming, Open>> {
        // The event loop polls the swarm after each call, so there is nobody to wake.
        if let Some(event) = self.queue.pop_front() {
            return Poll::Ready(event);
        }
        Poll::Pending
    }
}

/// Tells a connection to open a stream.
#[derive(Debug)]
pub(super) struct Open {
    protocol: Protocol,
    opened: Opened,
}

/// The part of [`Streams`] that lives in one connection's task.
pub(super) struct StreamsHandler {
    protocols: &'static [Protocol],
    wanted: VecDeque<Open>,
    arrived: VecDeque<(Protocol, Stream)>,
    incoming: Arc<()>,
    opening: usize,
}

impl StreamsHandler {
    fn new(protocols: &'static [Protocol]) -> Self {
        Self {
            protocols,
            wanted: VecDeque::new(),
            arrived: VecDeque::new(),
            incoming: Arc::new(()),
            opening: 0,
        }
    }
}

impl ConnectionHandler for StreamsHandler {
    type FromBehaviour = Open;
    type ToBehaviour = (Protocol, Stream);
    type InboundProtocol = Offer;
    type OutboundProtocol = Offer;
    type InboundOpenInfo = ();
    type OutboundOpenInfo = Opened;

    fn listen_protocol(&self) -> SubstreamProtocol<Offer> {
        SubstreamProtocol::new(Offer(self.protocols.to_vec()), ()).with_timeout(NEGOTIATION)
    }

    fn on_behaviour_event(&mut self, open: Open) {
        if self.wanted.len() + self.opening >= OPENING_PER_CONNECTION {
            let _ = open.opened.send(Err(OpenError::Busy));
        } else {
            self.wanted.push_back(open);
        }
    }

    fn poll(
        &mut self,
        _: &mut Context<'_>,
    ) -> Poll<ConnectionHandlerEvent<Offer, Opened, (Protocol, Stream)>> {
        if let Some(arrived) = self.arrived.pop_front() {
            return Poll::Ready(ConnectionHandlerEvent::NotifyBehaviour(arrived));
        }
        if let Some(Open { protocol, opened }) = self.wanted.pop_front() {
            self.opening += 1;
            let protocol =
                SubstreamProtocol::new(Offer(vec![protocol]), opened).with_timeout(NEGOTIATION);
            return Poll::Ready(ConnectionHandlerEvent::OutboundSubstreamRequest { protocol });
        }
        // Polled again by the connection's task after each event given to this handler.
        Poll::Pending
    }

    fn on_connection_event(&mut self, event: ConnectionEvent<'_, Offer, Offer, (), Opened>) {
        match event {
            ConnectionEvent::FullyNegotiatedInbound(FullyNegotiatedInbound {
                protocol: (protocol, bytes),
                ..
            // The handler itself holds one of the slots; what is over the limit is closed.
            }) if Arc::strong_count(&self.incoming) <= INCOMING_PER_CONNECTION => {
                let stream = Stream::counted(bytes, Arc::clone(&self.incoming));
                self.arrived.push_back((protocol, stream));
            }
            ConnectionEvent::FullyNegotiatedOutbound(FullyNegotiatedOutbound {
                protocol: (_, bytes),
                info: opened,
            }) => {
                self.opening -= 1;
                let _ = opened.send(Ok(Stream::new(bytes)));
            }
            ConnectionEvent::DialUpgradeError(DialUpgradeError { info: opened, error }) => {
                self.opening -= 1;
                let _ = opened.send(Err(match error {
                    StreamUpgradeError::Timeout => OpenError::Timeout,
                    StreamUpgradeError::NegotiationFailed => OpenError::Refused,
                    StreamUpgradeError::Io(_) => OpenError::Closed,
                    StreamUpgradeError::Apply(never) => match never {},
                }));
            }
            _ => {}
        }
    }
}

/// Offers protocols; agreed, the bytes are the application's.
pub(super) struct Offer(Vec<Protocol>);

impl UpgradeInfo for Offer {
    type Info = Protocol;
    type InfoIter = std::vec::IntoIter<Protocol>;

    fn protocol_info(&self) -> Self::InfoIter {
        self.0.clone().into_iter()
    }
}

impl InboundUpgrade<swarm::Stream> for Offer {
    type Output = (Protocol, swarm::Stream);
    type Error = Infallible;
    type Future = Ready<Result<Self::Output, Infallible>>;

    fn upgrade_inbound(self, stream: swarm::Stream, protocol: Protocol) -> Self::Future {
        ready(Ok((protocol, stream)))
    }
}

impl OutboundUpgrade<swarm::Stream> for Offer {
    type Output = (Protocol, swarm::Stream);
    type Error = Infallible;
    type Future = Ready<Result<Self::Output, Infallible>>;

    fn upgrade_outbound(self, stream: swarm::Stream, protocol: Protocol) -> Self::Future {
        ready(Ok((protocol, stream)))
    }
}

impl AsRef<str> for Protocol {
    fn as_ref(&self) -> &str {
        self.name()
    }
}

impl From<Protocol> for StreamProtocol {
    fn from(protocol: Protocol) -> Self {
        Self::new(protocol.name())
    }
}
