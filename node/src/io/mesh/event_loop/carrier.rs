//! What a carrier tells the swarm: whom it can dial there, and entries that were said.

use super::EventLoop;
use crate::io::carrier::ToMesh;
use crate::io::mesh::address::peer_id;
use crate::io::mesh::carried::address_of;
use crate::io::mesh::{MeshEvent, Origin, Token};
use crate::room::id::MemberId;
use libp2p::multiaddr::{Multiaddr, Protocol};
use libp2p::swarm::dial_opts::{DialOpts, PeerCondition};

impl EventLoop {
    pub(super) fn listen_to_carrier(&mut self) {
        let here = Multiaddr::empty().with(Protocol::Memory(1));
        if let Err(error) = self.swarm.listen_on(here) {
            tracing::error!(?error, "nobody can reach this node by its carrier");
        }
    }

    pub(super) fn on_told(&mut self, told: ToMesh) {
        match told {
            ToMesh::Met(member) => {
                self.met.met(member);
                if self.met.is_wanted(&member) {
                    self.dial_met(member);
                }
                self.dial_by_carrier(member);
            }
            ToMesh::Parted(member) => self.met.parted(&member),
            ToMesh::Said { entry, sealed } => {
                let token = Token(Origin::Carrier { sealed: sealed.clone() });
                let from = Err(entry);
                self.outbox.push_back(MeshEvent::Gossip { from, bytes: sealed, token });
            }
        }
    }

    /// Whether a connection by the carrier is wanted: to a trusted member who is not reached, by
    /// the lesser of the two.
    pub(super) fn dials_by_carrier(&self, member: &MemberId) -> bool {
        let trusted = peer_id(member).is_some_and(|peer| self.swarm.behaviour().gate.trusts(&peer));
        trusted && self.links.is_lesser_than(member) && !self.links.is_connected(member)
    }

    pub(super) fn dial_by_carrier(&mut self, member: MemberId) {
        if self.dials_by_carrier(&member) {
            self.dial_met(member);
        }
    }

    /// Dials a member whom the carrier has met, unless that was tried just now.
    pub(super) fn dial_met(&mut self, member: MemberId) {
        let now = self.now();
        let (Some(peer), Some(address)) = (peer_id(&member), address_of(&member)) else { return };
        if self.met.dials(&member, now) {
            let dial = DialOpts::peer_id(peer).condition(PeerCondition::Always);
            if let Err(error) = self.swarm.dial(dial.addresses(vec![address]).build()) {
                tracing::debug!(%error, "can't dial by the carrier");
            }
        }
    }
}
