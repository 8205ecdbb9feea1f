//! The gate in one connection's task: shut, or open with the inside's handler behind it.

use futures::future::{Either, Ready, ready};
use libp2p::core::upgrade::UpgradeInfo;
use libp2p::core::upgrade::{InboundUpgrade, OutboundUpgrade};
use libp2p::swarm::handler::{
    ConnectionEvent, ConnectionHandlerEvent, DialUpgradeError, FullyNegotiatedInbound,
    FullyNegotiatedOutbound, InboundUpgradeSend, ListenUpgradeError, OutboundUpgradeSend,
    StreamUpgradeError, UpgradeInfoSend,
};
use libp2p::swarm::{ConnectionHandler, Stream, SubstreamProtocol};
use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A stream of this protocol says by being opened: I trust you and answer to everything inside.
const TRUSTED: &str = "/moot/1/trusted";

/// Streams the inside may want before the peer trusts us: one each of gossipsub and ping, and those
/// that the application asks for, which are bounded by their own handler.
const HELD: usize = 64;

/// What the gate tells its part in a connection.
pub(in crate::io::mesh) enum FromGate<H: ConnectionHandler> {
    /// The peer is trusted: put this in place.
    Open(Box<H>),
    /// For the handler inside.
    Inside(H::FromBehaviour),
}

impl<H: ConnectionHandler> fmt::Debug for FromGate<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open(_) => f.write_str("Open"),
            Self::Inside(event) => event.fmt(f),
        }
    }
}

/// What a connection tells the gate.
#[derive(Debug)]
pub(in crate::io::mesh) enum ToGate<E> {
    /// We trust the peer and it trusts us.
    Mutual,
    /// From the handler inside.
    Inside(E),
}

type Request<H> = SubstreamProtocol<
    <H as ConnectionHandler>::OutboundProtocol,
    <H as ConnectionHandler>::OutboundOpenInfo,
>;

/// See the module.
pub(in crate::io::mesh) struct GateHandler<H: ConnectionHandler> {
    inside: Option<H>,
    trusted_by_peer: bool,
    /// Whether we said so to the peer, and that it is mutual to the gate.
    announced: bool,
    reported: bool,
    /// The two empty streams, kept so that no end sees the other's reset for a refusal.
    signs: [Option<Stream>; 2],
    held: VecDeque<Request<H>>,
}

impl<H: ConnectionHandler> GateHandler<H> {
    pub(super) fn shut() -> Self {
        Self {
            inside: None,
            trusted_by_peer: false,
            announced: false,
            reported: false,
            signs: [None, None],
            held: VecDeque::new(),
        }
    }

    pub(super) fn open(inside: H) -> Self {
        Self { inside: Some(inside), ..Self::shut() }
    }
}

type Event<H> = ConnectionHandlerEvent<
    Through<<H as ConnectionHandler>::OutboundProtocol>,
    Option<<H as ConnectionHandler>::OutboundOpenInfo>,
    ToGate<<H as ConnectionHandler>::ToBehaviour>,
>;

impl<H: ConnectionHandler> ConnectionHandler for GateHandler<H> {
    type FromBehaviour = FromGate<H>;
    type ToBehaviour = ToGate<H::ToBehaviour>;
    type InboundProtocol = Through<H::InboundProtocol>;
    type OutboundProtocol = Through<H::OutboundProtocol>;
    type InboundOpenInfo = Option<H::InboundOpenInfo>;
    type OutboundOpenInfo = Option<H::OutboundOpenInfo>;

    fn listen_protocol(&self) -> SubstreamProtocol<Self::InboundProtocol, Self::InboundOpenInfo> {
        match &self.inside {
            None => SubstreamProtocol::new(Through { trusted: true, inside: None }, None),
            Some(inside) => inside
                .listen_protocol()
                .map_upgrade(|inside| Through { trusted: true, inside: Some(inside) })
                .map_info(Some),
        }
    }

    fn connection_keep_alive(&self) -> bool {
        self.inside.is_some()
    }

    fn on_behaviour_event(&mut self, event: FromGate<H>) {
        match (event, &mut self.inside) {
            (FromGate::Open(handler), inside @ None) => *inside = Some(*handler),
            (FromGate::Inside(event), Some(inside)) => inside.on_behaviour_event(event),
            // The behaviour speaks only of connections it was told of; Open comes before that.
            (FromGate::Open(_), Some(_)) | (FromGate::Inside(_), None) => {}
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Event<H>> {
        let Some(inside) = &mut self.inside else { return Poll::Pending };
        if !self.announced {
            self.announced = true;
            let protocol = SubstreamProtocol::new(Through { trusted: true, inside: None }, None);
            return Poll::Ready(ConnectionHandlerEvent::OutboundSubstreamRequest { protocol });
        }
        if self.trusted_by_peer && !self.reported {
            self.reported = true;
            return Poll::Ready(ConnectionHandlerEvent::NotifyBehaviour(ToGate::Mutual));
        }
        if self.trusted_by_peer
            && let Some(request) = self.held.pop_front()
        {
            return Poll::Ready(outbound::<H>(request));
        }
        while self.held.len() < HELD {
            match inside.poll(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(ConnectionHandlerEvent::OutboundSubstreamRequest { protocol }) => {
                    if self.trusted_by_peer {
                        return Poll::Ready(outbound::<H>(protocol));
                    }
                    self.held.push_back(protocol);
                }
                Poll::Ready(event) => {
                    return Poll::Ready(
                        event
                            .map_custom(ToGate::Inside)
                            .map_protocol(|inside| Through { trusted: false, inside: Some(inside) })
                            .map_outbound_open_info(Some),
                    );
                }
            }
        }
        Poll::Pending
    }

    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<Option<Self::ToBehaviour>> {
        match &mut self.inside {
            None => Poll::Ready(None),
            Some(inside) => inside.poll_close(cx).map(|event| event.map(ToGate::Inside)),
        }
    }

    fn on_connection_event(
        &mut self,
        event: ConnectionEvent<
            '_,
            Self::InboundProtocol,
            Self::OutboundProtocol,
            Self::InboundOpenInfo,
            Self::OutboundOpenInfo,
        >,
    ) {
        match event {
            ConnectionEvent::FullyNegotiatedInbound(FullyNegotiatedInbound {
                protocol: Either::Left(mut sign),
                ..
            }) => {
                sign.ignore_for_keep_alive();
                self.trusted_by_peer = true;
                self.signs[0] = Some(sign);
            }
            ConnectionEvent::FullyNegotiatedOutbound(FullyNegotiatedOutbound {
                protocol: Either::Left(mut sign),
                ..
            }) => {
                sign.ignore_for_keep_alive();
                self.signs[1] = Some(sign);
            }
            // The connection was too slow to take the sign: say it again.
            ConnectionEvent::DialUpgradeError(DialUpgradeError {
                info: None,
                error: StreamUpgradeError::Timeout,
            }) => self.announced = false,
            event => {
                if let (Some(inside), Some(event)) = (&mut self.inside, inward::<H>(event)) {
                    inside.on_connection_event(event);
                }
            }
        }
    }
}

fn outbound<H: ConnectionHandler>(request: Request<H>) -> Event<H> {
    ConnectionHandlerEvent::OutboundSubstreamRequest {
        protocol: request
            .map_upgrade(|inside| Through { trusted: false, inside: Some(inside) })
            .map_info(Some),
    }
}

type Outer<'a, H> = ConnectionEvent<
    'a,
    Through<<H as ConnectionHandler>::InboundProtocol>,
    Through<<H as ConnectionHandler>::OutboundProtocol>,
    Option<<H as ConnectionHandler>::InboundOpenInfo>,
    Option<<H as ConnectionHandler>::OutboundOpenInfo>,
>;

type Inner<'a, H> = ConnectionEvent<
    'a,
    <H as ConnectionHandler>::InboundProtocol,
    <H as ConnectionHandler>::OutboundProtocol,
    <H as ConnectionHandler>::InboundOpenInfo,
    <H as ConnectionHandler>::OutboundOpenInfo,
>;

/// The event as the inside knows it; none when it concerns the gate alone.
fn inward<H: ConnectionHandler>(event: Outer<'_, H>) -> Option<Inner<'_, H>> {
    Some(match event {
        ConnectionEvent::FullyNegotiatedInbound(FullyNegotiatedInbound {
            protocol: Either::Right(protocol),
            info: Some(info),
        }) => ConnectionEvent::FullyNegotiatedInbound(FullyNegotiatedInbound { protocol, info }),
        ConnectionEvent::FullyNegotiatedOutbound(FullyNegotiatedOutbound {
            protocol: Either::Right(protocol),
            info: Some(info),
        }) => ConnectionEvent::FullyNegotiatedOutbound(FullyNegotiatedOutbound { protocol, info }),
        ConnectionEvent::DialUpgradeError(DialUpgradeError { info: Some(info), error }) => {
            ConnectionEvent::DialUpgradeError(DialUpgradeError { info, error })
        }
        ConnectionEvent::ListenUpgradeError(ListenUpgradeError { info: Some(info), error }) => {
            ConnectionEvent::ListenUpgradeError(ListenUpgradeError { info, error })
        }
        ConnectionEvent::AddressChange(change) => ConnectionEvent::AddressChange(change),
        ConnectionEvent::LocalProtocolsChange(change) => {
            ConnectionEvent::LocalProtocolsChange(change)
        }
        ConnectionEvent::RemoteProtocolsChange(change) => {
            ConnectionEvent::RemoteProtocolsChange(change)
        }
        _ => return None,
    })
}

/// Negotiates the gate's own protocol beside those of the inside.
pub(in crate::io::mesh) struct Through<U> {
    trusted: bool,
    inside: Option<U>,
}

/// A protocol name: the gate's own or one of the inside's.
#[derive(Clone)]
pub(in crate::io::mesh) enum Name<N> {
    /// [`TRUSTED`].
    Trusted,
    /// One of the inside's.
    Inside(N),
}

impl<N: AsRef<str>> AsRef<str> for Name<N> {
    fn as_ref(&self) -> &str {
        match self {
            Self::Trusted => TRUSTED,
            Self::Inside(name) => name.as_ref(),
        }
    }
}

impl<U: UpgradeInfoSend> UpgradeInfo for Through<U> {
    type Info = Name<U::Info>;
    type InfoIter = std::vec::IntoIter<Self::Info>;

    fn protocol_info(&self) -> Self::InfoIter {
        let own = self.trusted.then_some(Name::Trusted);
        let inside = self.inside.iter().flat_map(|inside| inside.protocol_info().map(Name::Inside));
        own.into_iter().chain(inside).collect::<Vec<_>>().into_iter()
    }
}

type Agreed<O, E> = Either<
    Ready<Result<Either<Stream, O>, E>>,
    Pin<Box<dyn Future<Output = Result<Either<Stream, O>, E>> + Send>>,
>;

impl<U: InboundUpgradeSend> InboundUpgrade<Stream> for Through<U> {
    type Output = Either<Stream, U::Output>;
    type Error = U::Error;
    type Future = Agreed<U::Output, U::Error>;

    fn upgrade_inbound(self, stream: Stream, name: Self::Info) -> Self::Future {
        match (name, self.inside) {
            (Name::Inside(name), Some(inside)) => {
                let agreed = inside.upgrade_inbound(stream, name);
                Either::Right(Box::pin(async { agreed.await.map(Either::Right) }))
            }
            _ => Either::Left(ready(Ok(Either::Left(stream)))),
        }
    }
}

impl<U: OutboundUpgradeSend> OutboundUpgrade<Stream> for Through<U> {
    type Output = Either<Stream, U::Output>;
    type Error = U::Error;
    type Future = Agreed<U::Output, U::Error>;

    fn upgrade_outbound(self, stream: Stream, name: Self::Info) -> Self::Future {
        match (name, self.inside) {
            (Name::Inside(name), Some(inside)) => {
                let agreed = inside.upgrade_outbound(stream, name);
                Either::Right(Box::pin(async { agreed.await.map(Either::Right) }))
            }
            _ => Either::Left(ready(Ok(Either::Left(stream)))),
        }
    }
}
