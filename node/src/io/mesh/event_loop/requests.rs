//! What the node asks of the swarm, done at once: nothing here waits.

use super::EventLoop;
use crate::io::mesh::address::{on_our_links, peer_id, to_multiaddr};
use crate::io::mesh::behaviour::topic;
use crate::io::mesh::handle::{Answer, Request};
use crate::io::mesh::{Judgement, OpenError, Origin, Protocol, Token};
use crate::room::address::Address;
use crate::room::id::MemberId;
use libp2p::gossipsub::{IdentTopic, MessageAcceptance};
use libp2p::swarm::dial_opts::{DialOpts, PeerCondition};

impl EventLoop {
    pub(super) fn on_request(&mut self, request: Request) {
        match request {
            Request::Topic(meeting) => self.set_topic(topic(&meeting)),
            Request::Dial { member, addresses } => self.dial_on_request(member, &addresses),
            Request::Publish(bytes) => self.publish(bytes),
            Request::Judge { token, judgement } => self.judge(&token, judgement),
            Request::Trust(member) => self.trust(member),
            Request::Distrust(member) => self.distrust(member),
            Request::Disconnect(member) => self.disconnect(&member),
            Request::Open { member, protocol, answer } => self.open(&member, protocol, answer),
            Request::Addresses { member, answer } => {
                let addresses = match member {
                    Some(member) => self.book.addresses(&member),
                    None => self.listening.iter().copied().collect(),
                };
                let _ = answer.send(addresses.into_iter().map(Address::without_zone).collect());
            }
            // Taken by the loop itself.
            Request::Shutdown(_) => {}
        }
    }

    fn set_topic(&mut self, topic: IdentTopic) {
        let gossip = &mut self.swarm.behaviour_mut().gate.inside().gossip.inside;
        if let Some(old) = self.topic.take() {
            gossip.unsubscribe(&old);
        }
        match gossip.subscribe(&topic) {
            Ok(_) => self.topic = Some(topic),
            Err(error) => tracing::error!(%error, "can't gossip"),
        }
    }

    fn publish(&mut self, bytes: Vec<u8>) {
        let Some(topic) = &self.topic else { return };
        let gossip = &mut self.swarm.behaviour_mut().gate.inside().gossip.inside;
        // Nobody there, or a full queue: sync brings it.
        if let Err(error) = gossip.publish(topic.hash(), bytes) {
            tracing::debug!(%error, "not gossiped");
        }
    }

    pub(super) fn judge(&mut self, token: &Token, judgement: Judgement) {
        let acceptance = match judgement {
            Judgement::Accept => MessageAcceptance::Accept,
            Judgement::Ignore => MessageAcceptance::Ignore,
            Judgement::Reject => MessageAcceptance::Reject,
        };
        match &token.0 {
            Origin::Gossip { message, from } => {
                let gossip = &mut self.swarm.behaviour_mut().gate.inside().gossip.inside;
                gossip.report_message_validation_result(message, from, acceptance);
            }
            Origin::Carrier { sealed } if judgement == Judgement::Accept => {
                self.publish(sealed.clone());
            }
            Origin::Carrier { .. } => {}
        }
    }

    fn trust(&mut self, member: MemberId) {
        let now = self.now();
        let Some(peer) = peer_id(&member) else { return };
        self.book.enrol(member, now);
        if !self.swarm.behaviour().gate.trusts(&peer) {
            self.swarm.behaviour_mut().gate.trust(peer);
            self.links.restart(&member, now);
        }
        self.dial_by_carrier(member);
    }

    fn distrust(&mut self, member: MemberId) {
        let Some(peer) = peer_id(&member) else { return };
        self.book.strike(&member);
        self.swarm.behaviour_mut().gate.distrust(&peer);
        // Also gives up pending dials; that there are no connections is fine.
        let _ = self.swarm.disconnect_peer_id(peer);
    }

    fn disconnect(&mut self, member: &MemberId) {
        if let Some(peer) = peer_id(member) {
            let _ = self.swarm.disconnect_peer_id(peer);
        }
    }

    fn open(&mut self, member: &MemberId, protocol: Protocol, answer: Answer) {
        let admission = protocol == Protocol::Admission;
        let live = matches!(protocol, Protocol::Audio | Protocol::Live);
        let (Some(peer), Some((connection, link))) =
            (peer_id(member), self.links.best(member, !admission))
        else {
            let _ = answer.send(Err(OpenError::NotConnected));
            return;
        };
        if live && link.via.is_none() {
            // What comes too late to be of use must not hold up what must come.
            let _ = answer.send(Err(OpenError::Refused));
            return;
        }
        tracing::debug!(member = %member.short(), ?protocol, over = ?link.transport(), "opens a stream");
        let behaviour = self.swarm.behaviour_mut();
        let streams =
            if admission { &mut behaviour.admission } else { &mut behaviour.gate.inside().streams };
        streams.open(peer, connection, protocol, answer);
    }

    fn dial_on_request(&mut self, member: Option<MemberId>, addresses: &[Address]) {
        if let Some(member) = member {
            self.book.learn(member, addresses, self.now());
            if self.links.is_connected(&member) {
                return;
            }
            // Whom the carrier is about to meet is dialled then.
            self.met.want(member);
            self.dial_met(member);
        }
        self.dial(member, addresses);
    }

    pub(super) fn dial(&mut self, member: Option<MemberId>, addresses: &[Address]) {
        let addresses = addresses.iter().copied().flat_map(on_our_links);
        let addresses: Vec<_> = addresses.map(|address| to_multiaddr(&address)).collect();
        let dials = match member {
            Some(member) => {
                let Some(peer) = peer_id(&member).filter(|_| !addresses.is_empty()) else { return };
                // Always: a dial that hangs in a black hole must not hold up the next.
                let dial = DialOpts::peer_id(peer).condition(PeerCondition::Always);
                vec![dial.addresses(addresses).build()]
            }
            None => addresses
                .into_iter()
                .map(|address| DialOpts::unknown_peer_id().address(address).build())
                .collect(),
        };
        for dial in dials {
            if let Err(error) = self.swarm.dial(dial) {
                tracing::debug!(%error, "can't dial");
            }
        }
    }
}
