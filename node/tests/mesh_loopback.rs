//! Real swarms on loopback: connect, trust, gossip, streams, removal, coming back.

use futures::{AsyncReadExt, AsyncWriteExt};
use moot_node::io::mesh::{
    Judgement, Mesh, MeshConfig, MeshEvent, MeshHandle, OpenError, Protocol, Standing, Stream,
};
use moot_node::room::address::{Address, Transport};
use moot_node::room::id::{MeetingId, MemberId};
use std::net::Ipv4Addr;
use std::time::Duration;
use tokio::sync::mpsc;

/// Long enough for a machine with much else to do; no test waits this long when all is well.
const DEADLINE: Duration = Duration::from_secs(20);
const MEETING: MeetingId = MeetingId([7; 32]);

struct Node {
    id: MemberId,
    seed: u8,
    mesh: MeshHandle,
    events: mpsc::Receiver<MeshEvent>,
    addresses: Vec<Address>,
    /// Whom this node saw disconnect since it started.
    lost: Vec<MemberId>,
    /// Gossip sent so far: what is said twice is heard once.
    said: u32,
}

impl Node {
    async fn start(seed: u8, transports: &[Transport]) -> Self {
        let listen = transports
            .iter()
            .map(|transport| Address::new(*transport, Ipv4Addr::LOCALHOST.into(), 0))
            .collect();
        Self::listening(seed, listen).await
    }

    async fn listening(seed: u8, listen: Vec<Address>) -> Self {
        let count = listen.len();
        let config = MeshConfig { seed: [seed; 32], listen };
        // A port that was just given up may need a moment.
        let (mesh, events) = tokio::time::timeout(DEADLINE, async {
            loop {
                match Mesh::start(config.clone()) {
                    Ok(mesh) => return mesh,
                    Err(_) => tokio::task::yield_now().await,
                }
            }
        })
        .await
        .expect("loopback is there");
        mesh.set_topic(MEETING).await.expect("just started");
        let key = ed25519_dalek::SigningKey::from_bytes(&[seed; 32]);
        let id = MemberId(key.verifying_key().to_bytes());
        let mut node = Self { id, seed, mesh, events, addresses: vec![], lost: vec![], said: 0 };
        node.addresses = node
            .wait(|event| match event {
                MeshEvent::Listening { addresses } if addresses.len() == count => Some(addresses),
                _ => None,
            })
            .await;
        node
    }

    /// The next event that `pick` takes; others pass by.
    async fn wait<T>(&mut self, mut pick: impl FnMut(MeshEvent) -> Option<T>) -> T {
        let seed = self.seed;
        tokio::time::timeout(DEADLINE, async {
            loop {
                let event = self.events.recv().await.expect("the mesh runs");
                if let MeshEvent::Disconnected { member } = &event {
                    self.lost.push(*member);
                }
                if let Some(picked) = pick(event) {
                    return picked;
                }
            }
        })
        .await
        .unwrap_or_else(|_| panic!("node {seed} waits for an event that never comes"))
    }

    async fn standing(&mut self, of: MemberId, wanted: Standing) {
        self.wait(|event| match event {
            MeshEvent::Connected { member, standing, .. } if member == of && standing == wanted => {
                Some(())
            }
            _ => None,
        })
        .await;
    }

    async fn lose(&mut self, whom: MemberId) {
        self.wait(|event| match event {
            MeshEvent::Disconnected { member } if member == whom => Some(()),
            _ => None,
        })
        .await;
    }

    async fn incoming(&mut self) -> (MemberId, Protocol, Stream) {
        self.wait(|event| match event {
            MeshEvent::Incoming { member, protocol, stream } => Some((member, protocol, stream)),
            _ => None,
        })
        .await
    }

    /// The next gossip, passed on.
    async fn gossip(&mut self) -> Vec<u8> {
        let (bytes, token) = self
            .wait(|event| match event {
                MeshEvent::Gossip { bytes, token, .. } => Some((bytes, token)),
                _ => None,
            })
            .await;
        self.mesh.judge(token, Judgement::Accept).await.expect("the mesh runs");
        bytes
    }

    async fn dial(&self, other: &Node) {
        self.mesh.dial(Some(other.id), other.addresses.clone()).await.expect("the mesh runs");
    }

    async fn trust(&self, other: &Node) {
        self.mesh.trust(other.id).await.expect("the mesh runs");
    }
}

/// Two that trust each other and are connected.
async fn pair(transports: &[Transport]) -> (Node, Node) {
    let (mut one, mut other) = (Node::start(1, transports).await, Node::start(2, transports).await);
    one.trust(&other).await;
    other.trust(&one).await;
    one.dial(&other).await;
    one.standing(other.id, Standing::Member).await;
    other.standing(one.id, Standing::Member).await;
    (one, other)
}

/// Gossip from one arrives at the other, however long the two need to hear of each other's topic.
async fn gossips(from: &mut Node, to: &mut Node) {
    let mut again = tokio::time::interval(Duration::from_millis(50));
    loop {
        tokio::select! {
            _ = again.tick() => {
                from.said += 1;
                let text = format!("{} {}", from.seed, from.said);
                from.mesh.publish(text.into_bytes()).await.expect("the mesh runs");
            }
            bytes = to.gossip() => {
                assert!(bytes.starts_with(from.seed.to_string().as_bytes()));
                return;
            }
        }
    }
}

#[tokio::test]
async fn members_gossip_over_quic_and_over_tcp() {
    for transport in [Transport::Quic, Transport::Tcp] {
        let (mut one, mut other) = pair(&[transport]).await;
        gossips(&mut one, &mut other).await;
        gossips(&mut other, &mut one).await;
    }
}

#[tokio::test]
async fn quic_is_used_where_both_are_there() {
    let (one, mut other) = (
        Node::start(1, &[Transport::Quic, Transport::Tcp]).await,
        Node::start(2, &[Transport::Quic, Transport::Tcp]).await,
    );
    one.dial(&other).await;
    let via = other
        .wait(|event| match event {
            MeshEvent::Connected { via, .. } => Some(via),
            _ => None,
        })
        .await;
    assert_eq!(via.map(|address| address.transport), Some(Transport::Quic));
}

#[tokio::test]
async fn streams_carry_bytes_both_ways_and_end() {
    for transport in [Transport::Quic, Transport::Tcp] {
        let (one, mut other) = pair(&[transport]).await;
        let mut here = one.mesh.open(other.id, Protocol::Sync).await.expect("a member takes it");
        here.write_all(b"question").await.unwrap();
        here.close().await.unwrap();
        let (from, protocol, mut there) = other.incoming().await;
        assert_eq!((from, protocol), (one.id, Protocol::Sync));
        let mut question = Vec::new();
        there.read_to_end(&mut question).await.unwrap();
        there.write_all(b"answer").await.unwrap();
        there.close().await.unwrap();
        let mut answer = Vec::new();
        here.read_to_end(&mut answer).await.unwrap();
        assert_eq!((question, answer), (b"question".to_vec(), b"answer".to_vec()));
    }
}

#[tokio::test]
async fn a_stranger_gets_admission_and_nothing_else() {
    let (mut inside, mut stranger) =
        (Node::start(1, &[Transport::Quic]).await, Node::start(2, &[Transport::Quic]).await);
    stranger.trust(&inside).await;
    stranger.dial(&inside).await;
    inside.standing(stranger.id, Standing::Stranger).await;
    stranger.standing(inside.id, Standing::Unrecognised).await;
    let refused = stranger.mesh.open(inside.id, Protocol::Sync).await;
    assert_eq!(refused.err(), Some(OpenError::NotConnected));
    let mut knock = stranger.mesh.open(inside.id, Protocol::Admission).await.expect("the door");
    knock.write_all(b"knock").await.unwrap();
    knock.close().await.unwrap();
    let (from, protocol, _) = inside.incoming().await;
    assert_eq!((from, protocol), (stranger.id, Protocol::Admission));
}

#[tokio::test]
async fn trust_opens_the_gate_on_the_living_connection() {
    for transport in [Transport::Quic, Transport::Tcp] {
        let (mut host, mut newcomer) =
            (Node::start(1, &[transport]).await, Node::start(2, &[transport]).await);
        newcomer.dial(&host).await;
        host.standing(newcomer.id, Standing::Stranger).await;
        newcomer.standing(host.id, Standing::Stranger).await;
        // The admission stream outlives the change of standing: the welcome is still under way.
        let mut knock = newcomer.mesh.open(host.id, Protocol::Admission).await.expect("the door");
        knock.write_all(b"knock").await.unwrap();
        let (_, _, mut door) = host.incoming().await;
        host.trust(&newcomer).await;
        host.standing(newcomer.id, Standing::Unrecognised).await;
        door.write_all(b"welcome").await.unwrap();
        door.close().await.unwrap();
        let mut welcome = Vec::new();
        knock.read_to_end(&mut welcome).await.unwrap();
        assert_eq!(welcome, b"welcome");
        newcomer.trust(&host).await;
        host.standing(newcomer.id, Standing::Member).await;
        newcomer.standing(host.id, Standing::Member).await;
        gossips(&mut host, &mut newcomer).await;
        gossips(&mut newcomer, &mut host).await;
        assert_eq!((host.lost, newcomer.lost), (vec![], vec![]), "nobody had to reconnect");
    }
}

#[tokio::test]
async fn the_removed_are_disconnected_and_stay_outside() {
    let (mut one, mut other) = pair(&[Transport::Quic]).await;
    gossips(&mut one, &mut other).await;
    one.mesh.distrust(other.id).await.unwrap();
    one.lose(other.id).await;
    other.lose(one.id).await;
    // The removed one still trusts, so it dials again, and finds the gate shut.
    other.standing(one.id, Standing::Unrecognised).await;
    one.standing(other.id, Standing::Stranger).await;
    let refused = other.mesh.open(one.id, Protocol::Blobs).await;
    assert_eq!(refused.err(), Some(OpenError::NotConnected));
}

#[tokio::test]
async fn who_went_away_is_redialled_without_being_asked() {
    for transport in [Transport::Quic, Transport::Tcp] {
        let (mut one, other) = pair(&[transport]).await;
        let (id, addresses) = (other.id, other.addresses.clone());
        other.mesh.shutdown().await;
        one.lose(id).await;
        // The same person on the same port, which shutdown has freed.
        let mut back = Node::listening(2, addresses).await;
        back.trust(&one).await;
        one.standing(id, Standing::Member).await;
        back.standing(one.id, Standing::Member).await;
        gossips(&mut one, &mut back).await;
    }
}

#[tokio::test]
async fn two_that_dial_each_other_at_once_stay_connected() {
    for transports in
        [&[Transport::Quic][..], &[Transport::Tcp], &[Transport::Tcp, Transport::Quic]]
    {
        let (mut one, mut other) =
            (Node::start(1, transports).await, Node::start(2, transports).await);
        one.trust(&other).await;
        other.trust(&one).await;
        tokio::join!(one.dial(&other), other.dial(&one));
        one.standing(other.id, Standing::Member).await;
        other.standing(one.id, Standing::Member).await;
        for _ in 0..20 {
            gossips(&mut one, &mut other).await;
            gossips(&mut other, &mut one).await;
        }
        assert_eq!((one.lost, other.lost), (vec![], vec![]));
    }
}

#[tokio::test]
async fn all_who_knock_at_once_are_heard() {
    const NEWCOMERS: u8 = 12;
    let mut host = Node::start(1, &[Transport::Quic]).await;
    let mut newcomers = Vec::new();
    for seed in 2..2 + NEWCOMERS {
        let mut newcomer = Node::start(seed, &[Transport::Quic]).await;
        newcomer.dial(&host).await;
        newcomer.standing(host.id, Standing::Stranger).await;
        newcomers.push(newcomer);
    }
    let knocks = newcomers.iter().map(|newcomer| async {
        let mut stream =
            newcomer.mesh.open(host.id, Protocol::Admission).await.expect("the door answers");
        stream.write_all(&[newcomer.seed]).await.unwrap();
        stream
    });
    let streams = futures::future::join_all(knocks).await;
    let mut heard = Vec::new();
    for _ in 0..NEWCOMERS {
        let (_, _, mut stream) = host.incoming().await;
        let mut seed = [0];
        stream.read_exact(&mut seed).await.unwrap();
        heard.push(seed[0]);
    }
    heard.sort_unstable();
    assert_eq!(heard, (2..2 + NEWCOMERS).collect::<Vec<_>>());
    drop(streams);
}
