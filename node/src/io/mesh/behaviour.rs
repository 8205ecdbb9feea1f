//! What this node speaks: admission with anyone; gossip, ping and the meeting's streams with
//! members alone.

use super::gate::Gate;
use super::only::{Only, is_on_network, is_tcp};
use super::streams::Streams;
use super::{MeshError, Protocol};
use crate::room::id::MeetingId;
use libp2p::gossipsub::{
    self, ConfigBuilder, IdentTopic, MessageAuthenticity, MessageId, ValidationMode,
};
use libp2p::ping;
use libp2p::swarm::NetworkBehaviour;
use std::time::Duration;

/// Gossip that one message may be: an entry of [`crate::limits::ENTRY_BYTES`], its seal, room to
/// grow. gossipsub's own default.
pub const GOSSIP_BYTES: usize = 64 * 1024;

/// Bytes of a message's id. Long ids made IHAVE a third of the traffic (research: network §3.3).
const MESSAGE_ID_BYTES: usize = 16;

/// Messages queued towards one member: 5 s of a fast pen (100/s); the oldest are 2 s old anyway.
const GOSSIP_QUEUE: usize = 512;

/// How often a member is pinged over TCP.
pub(super) const PING_INTERVAL: Duration = Duration::from_secs(1);

/// How long a pong may take.
const PING_TIMEOUT: Duration = Duration::from_millis(1500);

const TOPIC_CONTEXT: &str = "urn:moot:1 2026 gossip topic";

/// Everything spoken with anyone.
#[derive(NetworkBehaviour)]
pub(super) struct Behaviour {
    pub(super) admission: Streams,
    pub(super) gate: Gate<Inside>,
}

/// Everything spoken with members alone.
#[derive(NetworkBehaviour)]
pub(super) struct Inside {
    pub(super) gossip: Only<gossipsub::Behaviour>,
    pub(super) ping: Only<ping::Behaviour>,
    pub(super) streams: Streams,
}

impl Behaviour {
    pub(super) fn new() -> Result<Self, MeshError> {
        let ping = ping::Config::new().with_interval(PING_INTERVAL).with_timeout(PING_TIMEOUT);
        Ok(Self {
            admission: Streams::new(&[Protocol::Admission]),
            gate: Gate::new(Inside {
                gossip: Only::new(gossip()?, is_on_network),
                ping: Only::new(ping::Behaviour::new(ping), is_tcp),
                streams: Streams::new(&[
                    Protocol::Sync,
                    Protocol::Blobs,
                    Protocol::Audio,
                    Protocol::Live,
                ]),
            }),
        })
    }
}

/// The topic of a meeting: strangers could not guess it even if they saw it.
pub(super) fn topic(meeting: &MeetingId) -> IdentTopic {
    let name = blake3::Hash::from_bytes(blake3::derive_key(TOPIC_CONTEXT, &meeting.0));
    IdentTopic::new(name.to_hex().as_str())
}

/// Settings measured with eight nodes (research: network §3, §8): three copies of each message
/// where the defaults bring seven. Entries are signed inside, so gossip itself is anonymous.
fn gossip() -> Result<gossipsub::Behaviour, MeshError> {
    let config = ConfigBuilder::default()
        .validation_mode(ValidationMode::Anonymous)
        .validate_messages()
        .message_id_fn(|message| {
            MessageId::from(blake3::hash(&message.data).as_bytes()[..MESSAGE_ID_BYTES].to_vec())
        })
        .flood_publish(true)
        .mesh_n(3)
        .mesh_n_low(2)
        .mesh_n_high(4)
        .mesh_outbound_min(1)
        .gossip_lazy(3)
        .heartbeat_interval(Duration::from_secs(1))
        .heartbeat_initial_delay(Duration::from_secs(1))
        .publish_queue_duration(Duration::from_secs(2))
        .forward_queue_duration(Duration::from_secs(1))
        .connection_handler_queue_len(GOSSIP_QUEUE)
        .max_transmit_size(GOSSIP_BYTES)
        .prune_backoff(Duration::from_secs(10))
        .build()
        .map_err(|error| MeshError::Setup(error.to_string()))?;
    gossipsub::Behaviour::new(MessageAuthenticity::Anonymous, config)
        .map_err(|error| MeshError::Setup(error.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_settings_are_accepted() {
        assert!(Behaviour::new().is_ok());
    }

    #[test]
    fn topics_tell_meetings_apart_without_naming_them() {
        let (one, other) = (MeetingId([1; 32]), MeetingId([2; 32]));
        assert_ne!(topic(&one).hash(), topic(&other).hash());
        assert!(!topic(&one).to_string().contains(&one.to_string()));
    }
}
