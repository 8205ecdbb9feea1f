//! Connections that a carrier carries: a transport like QUIC and TCP, whose addresses name nothing
//! but the member (`/memory/1/p2p/…`). Noise and yamux run over it as over TCP, so who is at the
//! other end is proved to us and not believed of the carrier.

use super::address::{member_id, peer_id};
use crate::io::carrier::{Bytes, Incoming, Opener, ToMesh};
use crate::io::random::random;
use crate::room::carrier::PipeId;
use crate::room::id::MemberId;
use crate::room::time::LocalTime;
use futures::future::{BoxFuture, FutureExt, Ready, ready};
use libp2p::core::transport::{DialOpts, ListenerId, Transport, TransportError, TransportEvent};
use libp2p::multiaddr::{Multiaddr, Protocol};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::mpsc;

/// Before a member who is met is dialled again: a server that answers slowly, and an account that
/// is slowed down, take seconds for a handshake.
const REDIAL: Duration = Duration::from_secs(20);

/// Members of a meeting that a carrier meets at one time. More are met by sync and gossip.
const MET: usize = 64;

/// The mesh's end of a carrier.
pub(crate) struct CarriedEnd {
    pub(crate) opener: Opener,
    pub(crate) incoming: mpsc::Receiver<Incoming>,
    pub(crate) told: mpsc::Receiver<ToMesh>,
}

/// The address of a member who is reached by a carrier.
pub(super) fn address_of(member: &MemberId) -> Option<Multiaddr> {
    Some(Multiaddr::empty().with(Protocol::Memory(1)).with(Protocol::P2p(peer_id(member)?)))
}

/// Pipes as a transport.
pub(super) struct Pipes {
    end: Option<(Opener, mpsc::Receiver<Incoming>)>,
    listener: Option<ListenerId>,
}

impl Pipes {
    /// Without a carrier there is nobody to dial.
    pub(super) fn new(end: Option<(Opener, mpsc::Receiver<Incoming>)>) -> Self {
        Self { end, listener: None }
    }
}

impl Transport for Pipes {
    type Output = Bytes;
    type Error = io::Error;
    type ListenerUpgrade = Ready<Result<Bytes, io::Error>>;
    type Dial = BoxFuture<'static, Result<Bytes, io::Error>>;

    fn listen_on(
        &mut self,
        id: ListenerId,
        address: Multiaddr,
    ) -> Result<(), TransportError<io::Error>> {
        if self.end.is_none() || address.iter().next() != Some(Protocol::Memory(1)) {
            return Err(TransportError::MultiaddrNotSupported(address));
        }
        self.listener = Some(id);
        Ok(())
    }

    fn remove_listener(&mut self, id: ListenerId) -> bool {
        self.listener.take_if(|listener| *listener == id).is_some()
    }

    fn dial(
        &mut self,
        to: Multiaddr,
        _: DialOpts,
    ) -> Result<Self::Dial, TransportError<io::Error>> {
        let mut parts = to.iter();
        let (Some((opener, _)), Some(Protocol::Memory(1)), Some(Protocol::P2p(peer))) =
            (&self.end, parts.next(), parts.next())
        else {
            return Err(TransportError::MultiaddrNotSupported(to));
        };
        let Some(member) = member_id(&peer) else {
            return Err(TransportError::MultiaddrNotSupported(to));
        };
        let opener = opener.clone();
        Ok(async move {
            let id = random().map_err(|_| io::ErrorKind::Other)?;
            opener.open(member, PipeId(u64::from_be_bytes(id))).await
        }
        .boxed())
    }

    fn poll(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<TransportEvent<Self::ListenerUpgrade, io::Error>> {
        let Some(listener_id) = self.listener else { return Poll::Pending };
        let Some((_, incoming)) = &mut self.end else { return Poll::Pending };
        match incoming.poll_recv(cx) {
            Poll::Ready(Some(Incoming { from, bytes })) => {
                let here = Multiaddr::empty().with(Protocol::Memory(1));
                Poll::Ready(TransportEvent::Incoming {
                    listener_id,
                    upgrade: ready(Ok(bytes)),
                    send_back_addr: address_of(&from).unwrap_or_else(|| here.clone()),
                    local_addr: here,
                })
            }
            // The carrier has gone; there is nothing to wake for.
            Poll::Ready(None) => {
                self.listener = None;
                Poll::Pending
            }
            Poll::Pending => Poll::Pending,
        }
    }
}

/// Whom the carrier has met, and when each may be dialled again. Pure.
#[derive(Debug, Default)]
pub(super) struct Met {
    met: BTreeMap<MemberId, Option<LocalTime>>,
    /// Whom the node wants to reach, met or not.
    wanted: BTreeSet<MemberId>,
}

impl Met {
    pub(super) fn met(&mut self, member: MemberId) {
        if self.met.len() < MET {
            self.met.entry(member).or_default();
        }
    }

    /// The node wants to reach this member, whether it trusts them or not.
    pub(super) fn want(&mut self, member: MemberId) {
        if self.wanted.len() < MET {
            self.wanted.insert(member);
        }
    }

    pub(super) fn is_wanted(&self, member: &MemberId) -> bool {
        self.wanted.contains(member)
    }

    pub(super) fn parted(&mut self, member: &MemberId) {
        self.met.remove(member);
    }

    /// Whether to dial this member now; if so they are not dialled again for [`REDIAL`].
    pub(super) fn dials(&mut self, member: &MemberId, now: LocalTime) -> bool {
        let Some(next) = self.met.get_mut(member) else { return false };
        let due = next.is_none_or(|next| now >= next);
        if due {
            *next = Some(now + REDIAL);
        }
        due
    }

    /// Those who may be dialled now.
    pub(super) fn due(&self, now: LocalTime) -> Vec<MemberId> {
        let due = self.met.iter().filter(|(_, next)| next.is_none_or(|next| now >= next));
        due.map(|(member, _)| *member).collect()
    }

    /// The first moment after `last` at which somebody may be dialled whom `wanted` is true of.
    pub(super) fn next_due(
        &self,
        last: LocalTime,
        wanted: impl Fn(&MemberId) -> bool,
    ) -> Option<LocalTime> {
        let wanted = self.met.iter().filter(|(member, _)| wanted(member));
        wanted.map(|(_, next)| next.unwrap_or(last)).filter(|next| *next > last).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANN: MemberId = MemberId([1; 32]);

    #[test]
    fn who_was_met_is_dialled_at_once_and_then_not_for_a_while() {
        let mut met = Met::default();
        let at = LocalTime::from_millis;
        assert!(!met.dials(&ANN, at(0)), "not met");
        met.met(ANN);
        assert!(met.dials(&ANN, at(1)));
        assert!(!met.dials(&ANN, at(20_000)) && met.due(at(20_000)).is_empty());
        assert_eq!(met.next_due(at(1), |_| true), Some(at(20_001)));
        assert_eq!(met.next_due(at(1), |_| false), None);
        assert!(met.dials(&ANN, at(20_001)));
        met.parted(&ANN);
        assert!(!met.dials(&ANN, at(90_000)));
    }
}
