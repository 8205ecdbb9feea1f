//! An intruder with the ordinary gossip and ping of libp2p and every protocol name of ours, against
//! a node that does not trust it.

use super::super::streams::Streams;
use super::super::{Mesh, MeshConfig, MeshEvent, OpenError, Protocol, Stream};
use crate::room::address::{Address, Transport};
use crate::room::id::MeetingId;
use futures::StreamExt;
use futures::channel::oneshot;
use libp2p::gossipsub::{self, MessageAuthenticity};
use libp2p::identity::Keypair;
use libp2p::swarm::{NetworkBehaviour, SwarmEvent};
use libp2p::{Swarm, ping, swarm};
use std::time::Duration;

#[derive(NetworkBehaviour)]
struct Intruder {
    gossip: gossipsub::Behaviour,
    ping: ping::Behaviour,
    streams: Streams,
}

/// What the intruder gets of the node before it was refused everything.
#[derive(Debug, Default, PartialEq)]
struct Loot {
    gossip_refused: bool,
    ping_refused: bool,
    opened: Vec<Protocol>,
    refused: Vec<Protocol>,
}

fn intruder() -> Swarm<Intruder> {
    let key = Keypair::ed25519_from_bytes([66; 32]).expect("any seed is a key");
    let gossip = gossipsub::Behaviour::new(
        MessageAuthenticity::Signed(key.clone()),
        gossipsub::Config::default(),
    );
    let behaviour = Intruder {
        gossip: gossip.expect("the defaults are accepted"),
        ping: ping::Behaviour::default(),
        streams: Streams::new(&[
            Protocol::Admission,
            Protocol::Sync,
            Protocol::Blobs,
            Protocol::Audio,
            Protocol::Live,
        ]),
    };
    let transport = super::super::transport::build(&key, None).expect("a transport");
    let peer = key.public().to_peer_id();
    Swarm::new(transport, behaviour, peer, swarm::Config::with_tokio_executor())
}

type Opening = (Protocol, oneshot::Receiver<Result<Stream, OpenError>>);

/// Dials, tries everything, and ends when all is answered.
async fn break_in(at: Address) -> Loot {
    let mut swarm = intruder();
    swarm.dial(super::super::address::to_multiaddr(&at)).expect("dialled");
    let mut loot = Loot::default();
    let mut openings: Vec<Opening> = Vec::new();
    let mut tried = false;
    while !tried || !openings.is_empty() || !loot.gossip_refused || !loot.ping_refused {
        match swarm.select_next_some().await {
            SwarmEvent::ConnectionEstablished { peer_id, connection_id, .. } => {
                for protocol in [
                    Protocol::Admission,
                    Protocol::Sync,
                    Protocol::Blobs,
                    Protocol::Audio,
                    Protocol::Live,
                ] {
                    let (answer, opened) = oneshot::channel();
                    let streams = &mut swarm.behaviour_mut().streams;
                    streams.open(peer_id, connection_id, protocol, answer);
                    openings.push((protocol, opened));
                }
                tried = true;
            }
            SwarmEvent::Behaviour(IntruderEvent::Gossip(event)) => match event {
                gossipsub::Event::GossipsubNotSupported { .. } => loot.gossip_refused = true,
                other => panic!("a stranger heard gossip: {other:?}"),
            },
            SwarmEvent::Behaviour(IntruderEvent::Ping(pong)) => match pong.result {
                Err(ping::Failure::Unsupported) => loot.ping_refused = true,
                other => panic!("a stranger was answered: {other:?}"),
            },
            SwarmEvent::Behaviour(IntruderEvent::Streams(incoming)) => {
                panic!("a stranger was called: {incoming:?}")
            }
            _ => {}
        }
        openings.retain_mut(|(protocol, opened)| match opened.try_recv() {
            Ok(None) => true,
            Ok(Some(Ok(_))) => {
                loot.opened.push(*protocol);
                false
            }
            Ok(Some(Err(OpenError::Refused))) => {
                loot.refused.push(*protocol);
                false
            }
            other => panic!("{protocol:?}: {other:?}"),
        });
    }
    loot.refused.sort_unstable();
    loot
}

#[tokio::test]
async fn an_intruder_gets_admission_and_nothing_else() {
    for transport in [Transport::Quic, Transport::Tcp] {
        let listen = vec![Address::new(transport, std::net::Ipv4Addr::LOCALHOST.into(), 0)];
        let (mesh, mut events) =
            Mesh::start(MeshConfig { seed: [1; 32], listen }).expect("loopback is there");
        mesh.set_topic(MeetingId([7; 32])).await.expect("just started");
        let Some(MeshEvent::Listening { addresses }) = events.recv().await else {
            panic!("listening comes first")
        };
        let talking = async {
            // All the while there is something to overhear.
            let mut n = 0_u64;
            loop {
                n += 1;
                mesh.publish(n.to_be_bytes().to_vec()).await.expect("the mesh runs");
                tokio::task::yield_now().await;
            }
        };
        let listening = async { while events.recv().await.is_some() {} };
        let loot = tokio::select! {
            loot = tokio::time::timeout(Duration::from_secs(20), break_in(addresses[0])) => loot,
            () = talking => unreachable!("endless"),
            () = listening => unreachable!("the mesh runs"),
        };
        let expected = Loot {
            gossip_refused: true,
            ping_refused: true,
            opened: vec![Protocol::Admission],
            refused: vec![Protocol::Sync, Protocol::Blobs, Protocol::Audio, Protocol::Live],
        };
        assert_eq!(loot.expect("everything is answered"), expected);
    }
}
