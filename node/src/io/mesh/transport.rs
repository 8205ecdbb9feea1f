//! QUIC first, TCP with noise and yamux second, both also on links that have only link-local
//! addresses.
//!
//! libp2p's transports know no interface index, and the operating system won't connect TCP to
//! fe80:: without one. So TCP is dialled here, which also sets what keeps sound fresh on it.

use super::MeshError;
use super::address::from_multiaddr;
use super::carried::Pipes;
use crate::io::carrier::{Incoming, Opener};
use crate::room::address;
use futures::future::{BoxFuture, FutureExt};
use libp2p::core::muxing::StreamMuxerBox;
use libp2p::core::transport::{
    Boxed, DialOpts, ListenerId, Transport, TransportError, TransportEvent,
};
use libp2p::core::upgrade::Version;
use libp2p::identity::Keypair;
use libp2p::{Multiaddr, PeerId, noise, quic, tcp, yamux};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use std::{future, io};
use tokio::sync::mpsc;

/// A connection that says nothing for this long is dead (research: network §7).
const QUIC_IDLE_MILLIS: u32 = 4_000;

/// So often a quiet connection says that it lives: three times in vain before it is dead.
const QUIC_KEEP_ALIVE: Duration = Duration::from_secs(1);

/// Up to so much later, as its id decides, a node says so: of two that fell silent with the same packet
/// one is the first, and what it says lets the other wait. Together they would speak twice.
const QUIC_PATIENCE: Duration = Duration::from_millis(300);

/// Time for a handshake, of which dials into a black hole take all. Dials overlap, so that this
/// holds nothing up.
const HANDSHAKE: Duration = Duration::from_secs(3);

/// Unsent bytes that the kernel takes from us on one TCP connection. What it holds can't be taken
/// back, and sound waits behind it: 32 KiB are 0.26 s at 1 Mbit/s, where the default is megabytes.
#[cfg(any(target_os = "linux", target_os = "android"))]
const UNSENT_BYTES: u32 = 32 * 1024;

/// Time for a handshake by way of a carrier: three messages through an account that a server slows
/// down (research: federation §1).
const CARRIED_HANDSHAKE: Duration = Duration::from_secs(20);

/// The whole stack for one identity, with the pipes of a carrier if there is one.
pub(super) fn build(
    identity: &Keypair,
    pipes: Option<(Opener, mpsc::Receiver<Incoming>)>,
) -> Result<Boxed<(PeerId, StreamMuxerBox)>, MeshError> {
    let mut quic = quic::Config::new(identity);
    quic.max_idle_timeout = QUIC_IDLE_MILLIS;
    let own = identity.public().to_peer_id().to_bytes();
    let share = u32::from(own.last().copied().unwrap_or_default());
    quic.keep_alive_interval = QUIC_KEEP_ALIVE + QUIC_PATIENCE * share / 255;
    quic.handshake_timeout = HANDSHAKE;
    let quic = quic::tokio::Transport::new(quic)
        .map(|(peer, connection), _| (peer, StreamMuxerBox::new(connection)));
    let noise =
        noise::Config::new(identity).map_err(|error| MeshError::Setup(error.to_string()))?;
    let carried = Pipes::new(pipes)
        .upgrade(Version::V1Lazy)
        .authenticate(noise.clone())
        .multiplex(yamux::Config::default())
        .timeout(CARRIED_HANDSHAKE)
        .map(|(peer, muxer), _| (peer, StreamMuxerBox::new(muxer)));
    let tcp = ScopedTcp(tcp::tokio::Transport::new(tcp::Config::default().nodelay(true)))
        .upgrade(Version::V1Lazy)
        .authenticate(noise)
        .multiplex(yamux::Config::default())
        .timeout(HANDSHAKE)
        .map(|(peer, muxer), _| (peer, StreamMuxerBox::new(muxer)));
    let network = quic.or_transport(tcp).map(|either, _| either.into_inner());
    Ok(network.or_transport(carried).map(|either, _| either.into_inner()).boxed())
}

/// libp2p's TCP listeners with our own dialling.
struct ScopedTcp(tcp::tokio::Transport);

impl Transport for ScopedTcp {
    type Output = tcp::tokio::TcpStream;
    type Error = io::Error;
    type ListenerUpgrade = future::Ready<Result<Self::Output, io::Error>>;
    type Dial = BoxFuture<'static, Result<Self::Output, io::Error>>;

    fn listen_on(
        &mut self,
        id: ListenerId,
        address: Multiaddr,
    ) -> Result<(), TransportError<io::Error>> {
        self.0.listen_on(id, address)
    }

    fn remove_listener(&mut self, id: ListenerId) -> bool {
        self.0.remove_listener(id)
    }

    fn dial(
        &mut self,
        to: Multiaddr,
        _: DialOpts,
    ) -> Result<Self::Dial, TransportError<io::Error>> {
        let Some(address) = from_multiaddr(&to)
            .filter(|address| address.transport == address::Transport::Tcp)
            .filter(|address| address.port != 0 && !address.ip.is_unspecified())
        else {
            return Err(TransportError::MultiaddrNotSupported(to));
        };
        Ok(async move {
            // A port of its own: two that dial each other from their listening ports would make
            // one connection of which both believe to be the dialler.
            let stream = tokio::net::TcpStream::connect(address.socket()).await?;
            stream.set_nodelay(true)?;
            Ok(keep_fresh(tcp::tokio::TcpStream(stream)))
        }
        .boxed())
    }

    fn poll(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<TransportEvent<Self::ListenerUpgrade, io::Error>> {
        Pin::new(&mut self.0).poll(cx).map(|event| {
            event.map_upgrade(|accepted| {
                future::ready(match accepted.into_inner() {
                    Ok(stream) => Ok(keep_fresh(stream)),
                    Err(error) => Err(error),
                })
            })
        })
    }
}

/// Keeps the kernel from hoarding what should be dropped when it can't be sent.
fn keep_fresh(stream: tcp::tokio::TcpStream) -> tcp::tokio::TcpStream {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    if let Err(error) = socket2::SockRef::from(&stream.0).set_tcp_notsent_lowat(UNSENT_BYTES) {
        tracing::debug!(%error, "unsent bytes are not bounded on this connection");
    }
    stream
}
