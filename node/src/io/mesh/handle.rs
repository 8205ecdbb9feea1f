//! The way into the mesh: one enum of requests, one handle that sends them.

use super::{Judgement, MeshClosed, OpenError, Protocol, Stream, Token};
use crate::room::address::Address;
use crate::room::id::{MeetingId, MemberId};
use tokio::sync::{mpsc, oneshot};

/// Requests waiting for the mesh. It answers each in microseconds; the bound only shows up when
/// the machine stands still.
pub(super) const REQUESTS: usize = 256;

/// What the mesh can be asked.
pub(super) enum Request {
    Topic(MeetingId),
    Dial { member: Option<MemberId>, addresses: Vec<Address> },
    Publish(Vec<u8>),
    Judge { token: Token, judgement: Judgement },
    Trust(MemberId),
    Distrust(MemberId),
    Disconnect(MemberId),
    Open { member: MemberId, protocol: Protocol, answer: Answer },
    Addresses { member: Option<MemberId>, answer: oneshot::Sender<Vec<Address>> },
    Shutdown(oneshot::Sender<()>),
}

/// Where an opened stream goes.
pub(super) type Answer = futures::channel::oneshot::Sender<Result<Stream, OpenError>>;

/// Speaks to the mesh's task; clones speak to the same one. When all are dropped it stops.
#[derive(Clone, Debug)]
pub struct MeshHandle {
    pub(super) requests: mpsc::Sender<Request>,
}

impl MeshHandle {
    /// Gossips in this meeting from now on (and in no other).
    ///
    /// # Errors
    /// [`MeshClosed`] after shutdown.
    pub async fn set_topic(&self, meeting: MeetingId) -> Result<(), MeshClosed> {
        self.request(Request::Topic(meeting)).await
    }

    /// Dials now, and remembers the addresses: a trusted member is redialled while it is absent.
    /// Without a member (a typed address) whoever answers is connected to.
    ///
    /// # Errors
    /// [`MeshClosed`] after shutdown. That nobody answers is no error, only silence.
    pub async fn dial(
        &self,
        member: Option<MemberId>,
        addresses: Vec<Address>,
    ) -> Result<(), MeshClosed> {
        self.request(Request::Dial { member, addresses }).await
    }

    /// Gossips up to [`super::GOSSIP_BYTES`] to all members within reach. For speed, not for
    /// completeness: who is out of reach, or slow, gets it by sync.
    ///
    /// # Errors
    /// [`MeshClosed`] after shutdown.
    pub async fn publish(&self, bytes: Vec<u8>) -> Result<(), MeshClosed> {
        self.request(Request::Publish(bytes)).await
    }

    /// Says what is to become of gossip that came; until then it is not passed on.
    ///
    /// # Errors
    /// [`MeshClosed`] after shutdown.
    pub async fn judge(&self, token: Token, judgement: Judgement) -> Result<(), MeshClosed> {
        self.request(Request::Judge { token, judgement }).await
    }

    /// This peer is a member: opens the gate on its connections and keeps it connected.
    ///
    /// # Errors
    /// [`MeshClosed`] after shutdown.
    pub async fn trust(&self, member: MemberId) -> Result<(), MeshClosed> {
        self.request(Request::Trust(member)).await
    }

    /// This peer is no member (any more): closes its connections and shuts the gate.
    ///
    /// # Errors
    /// [`MeshClosed`] after shutdown.
    pub async fn distrust(&self, member: MemberId) -> Result<(), MeshClosed> {
        self.request(Request::Distrust(member)).await
    }

    /// Closes the connections to a peer. A member is redialled.
    ///
    /// # Errors
    /// [`MeshClosed`] after shutdown.
    pub async fn disconnect(&self, member: MemberId) -> Result<(), MeshClosed> {
        self.request(Request::Disconnect(member)).await
    }

    /// Opens a stream to a connected peer: any protocol to one who is [`super::Standing::Member`],
    /// [`Protocol::Admission`] to anyone.
    ///
    /// # Errors
    /// [`OpenError`] says whether trying again later can help.
    pub async fn open(&self, member: MemberId, protocol: Protocol) -> Result<Stream, OpenError> {
        let (answer, opened) = futures::channel::oneshot::channel();
        self.request(Request::Open { member, protocol, answer })
            .await
            .map_err(|MeshClosed| OpenError::Closed)?;
        opened.await.unwrap_or(Err(OpenError::Closed))
    }

    /// Where a peer may be reached as far as is known; without a member, where this node listens.
    /// Zones are removed: the addresses are fit for others.
    ///
    /// # Errors
    /// [`MeshClosed`] after shutdown.
    pub async fn addresses(&self, member: Option<MemberId>) -> Result<Vec<Address>, MeshClosed> {
        let (answer, addresses) = oneshot::channel();
        self.request(Request::Addresses { member, answer }).await?;
        addresses.await.map_err(|_| MeshClosed)
    }

    /// Closes all connections and stops. QUIC lets go of its port a moment later, when its last
    /// connection has drained (RFC 9000 §10.2).
    pub async fn shutdown(&self) {
        let (done, stopped) = oneshot::channel();
        if self.request(Request::Shutdown(done)).await.is_ok() {
            let _ = stopped.await;
        }
    }

    async fn request(&self, request: Request) -> Result<(), MeshClosed> {
        self.requests.send(request).await.map_err(|_| MeshClosed)
    }
}
