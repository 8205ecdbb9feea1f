//! The mesh: one task, one libp2p swarm; requests in by [`MeshHandle`], [`MeshEvent`]s out.
//!
//! The only place that names libp2p. It connects to members and keeps them connected, gossips
//! sealed entries, and carries byte streams; it knows nothing of what the bytes mean. Who is a
//! member is told to it by [`MeshHandle::trust`]. Everyone else sees, of all that, one protocol:
//! admission.
//!
//! ```text
//! handle ─ Request ─▶ event_loop ─▶ behaviour ┬ admission streams          (anyone)
//!   node ◀─ MeshEvent ─┘    │                 └ gate ┬ gossip, ping        (members)
//!                         dial (whom, when)          └ sync, blobs, audio, live streams
//! ```

mod address;
mod behaviour;
mod carried;
mod dial;
mod event_loop;
mod gate;
mod handle;
mod links;
mod looks;
mod only;
mod streams;
mod transport;

pub use behaviour::GOSSIP_BYTES;
pub(crate) use carried::CarriedEnd;
pub use handle::MeshHandle;
pub use streams::Stream;

use crate::room::address::{Address, Transport};
use crate::room::id::{EntryRef, MemberId};
use libp2p::PeerId;
use libp2p::gossipsub::MessageId;
use std::net::{Ipv4Addr, Ipv6Addr};
use tokio::sync::mpsc;

/// Events waiting for the node. When it is slower than that, the swarm waits for it, and with it
/// those who send: nothing is dropped here.
const EVENTS: usize = 256;

/// What the mesh needs to know to start.
#[derive(Clone)]
pub struct MeshConfig {
    /// The person's Ed25519 seed (RFC 8032); the public key is the member's id.
    pub seed: [u8; 32],
    /// Where to listen; port 0 lets the system choose. Empty: [`everywhere`].
    pub listen: Vec<Address>,
}

/// All interfaces, IPv4 and IPv6, QUIC and TCP, ports chosen by the system.
#[must_use]
pub fn everywhere() -> Vec<Address> {
    let mut all = Vec::new();
    for transport in [Transport::Quic, Transport::Tcp] {
        all.push(Address::new(transport, Ipv4Addr::UNSPECIFIED.into(), 0));
        all.push(Address::new(transport, Ipv6Addr::UNSPECIFIED.into(), 0));
    }
    all
}

/// The mesh of one node.
pub struct Mesh;

impl Mesh {
    /// Starts the mesh's task on the current tokio runtime. It ends by [`MeshHandle::shutdown`] or
    /// when the receiver or all handles are dropped.
    ///
    /// # Errors
    /// [`MeshError`] when none of the addresses can be listened on.
    pub fn start(config: MeshConfig) -> Result<(MeshHandle, mpsc::Receiver<MeshEvent>), MeshError> {
        Self::start_with(config, None)
    }

    /// The same with a carrier beside the network.
    pub(crate) fn start_with(
        config: MeshConfig,
        carrier: Option<CarriedEnd>,
    ) -> Result<(MeshHandle, mpsc::Receiver<MeshEvent>), MeshError> {
        let (requests, inbox) = mpsc::channel(handle::REQUESTS);
        let (outlet, events) = mpsc::channel(EVENTS);
        let task = event_loop::EventLoop::new(config, carrier, inbox, outlet)?;
        tokio::spawn(task.run());
        Ok((MeshHandle { requests }, events))
    }
}

/// Why the mesh could not start.
#[derive(Debug, thiserror::Error)]
pub enum MeshError {
    /// The network code refused its settings; a bug.
    #[error("the network could not be set up: {0}")]
    Setup(String),
    /// None of the addresses can be listened on.
    #[error("can't listen on any address; choose another with --listen ({0})")]
    Listen(String),
}

/// The mesh has stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the network is shut down")]
pub struct MeshClosed;

/// Why a stream could not be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// There is no connection, or it is not trusted by both sides: wait for
    /// [`MeshEvent::Connected`].
    #[error("not connected to this member")]
    NotConnected,
    /// The peer does not answer to this protocol: a stranger to it, or another version.
    #[error("the member does not take such a stream")]
    Refused,
    /// Too many streams are being opened on this connection: try again.
    #[error("too many streams to this member are being opened")]
    Busy,
    /// The peer did not answer in time: try again.
    #[error("the member did not answer in time")]
    Timeout,
    /// The connection or the mesh closed meanwhile.
    #[error("the connection closed")]
    Closed,
}

/// What a stream is for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub enum Protocol {
    /// Getting into a meeting; the only one that strangers may open.
    Admission,
    /// Completing logs.
    Sync,
    /// Ranges of blobs.
    Blobs,
    /// Frames of one talker.
    Audio,
    /// What one member shows live.
    Live,
}

impl Protocol {
    /// As negotiated on the wire (multistream-select).
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Admission => "/moot/1/admission",
            Self::Sync => "/moot/1/sync",
            Self::Blobs => "/moot/2/blobs",
            Self::Audio => "/moot/1/audio",
            Self::Live => "/moot/1/live",
        }
    }
}

/// How two connected nodes stand to each other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Standing {
    /// We don't trust the peer: admission only.
    Stranger,
    /// We trust the peer; it has not said that it trusts us. Knock with a voucher.
    Unrecognised,
    /// Both trust: everything works.
    Member,
}

/// What is to become of a message of gossip.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Judgement {
    /// Pass it on.
    Accept,
    /// Don't, and think nothing of it (sealed with a key that we lack).
    Ignore,
    /// Don't: it is forged.
    Reject,
}

/// Which message of gossip a [`Judgement`] is about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Token(Origin);

/// Where it came from.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Origin {
    /// Somebody on this network.
    Gossip { message: MessageId, from: PeerId },
    /// A carrier: what is genuine is gossiped on to this network.
    Carrier { sealed: Vec<u8> },
}

/// What happens on the network.
#[derive(Debug)]
pub enum MeshEvent {
    /// Where this node listens, whenever that changes.
    Listening {
        /// All present addresses.
        addresses: Vec<Address>,
    },
    /// A peer is connected, or its standing changed.
    Connected {
        /// Who.
        member: MemberId,
        /// How both stand to each other.
        standing: Standing,
        /// Where it is: the remote end of the connection in use; none of a carrier's.
        via: Option<Address>,
    },
    /// A peer's last connection is gone.
    Disconnected {
        /// Who.
        member: MemberId,
    },
    /// A message of gossip; answer with [`MeshHandle::judge`].
    Gossip {
        /// Who passed it on (not who wrote it); none where a carrier brought it, and then which
        /// entry it claims to be.
        from: Result<MemberId, EntryRef>,
        /// The message, at most [`GOSSIP_BYTES`].
        bytes: Vec<u8>,
        /// For the answer.
        token: Token,
    },
    /// A peer opened a stream.
    Incoming {
        /// Who.
        member: MemberId,
        /// What for; for strangers always [`Protocol::Admission`].
        protocol: Protocol,
        /// The bytes.
        stream: Stream,
    },
}
