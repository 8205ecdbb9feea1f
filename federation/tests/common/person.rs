//! Somebody with Moot, whose node and carrier run in this process.

use super::server::Server;
use super::{DEADLINE, room};
use moot_federation::bridge::{Language, Settings};
use moot_federation::carry;
use moot_federation::io::room::RoomSettings;
use moot_node::io::carrier::{Carrier, CarrierRole};
use moot_node::io::clock::Clock;
use moot_node::node::{
    Command, Config, DelayChoice, Entrance, Event, News, Node, NodeHandle, SinkChoice, SourceChoice,
};
use std::path::Path;
use tokio::sync::mpsc::Receiver;
use tokio::task::JoinHandle;

/// Somebody with Moot.
pub struct Person {
    pub node: NodeHandle,
    pub events: Receiver<Event>,
    /// Their carrier, if they have one: the bridge's part that may die.
    pub carrying: Option<JoinHandle<()>>,
}

/// How the room is reached.
pub fn settings(bridge: bool, sealed: bool) -> Settings {
    let room = "standup@conference.company.test".to_owned();
    Settings { room, bridge, sealed, language: Language::English }
}

impl Person {
    pub async fn start(
        server: &Server,
        account: &str,
        data: &Path,
        entrance: Entrance,
        settings: Settings,
    ) -> Self {
        let config = Self::config(account, data, entrance);
        let (carrier, tell, orders) = Carrier::pair();
        let create = room("standup", account).create.filter(|_| settings.bridge);
        let there = RoomSettings { create, ..room("standup", account) };
        let role = if settings.bridge { CarrierRole::Bridge } else { CarrierRole::Remote };
        let account_there = server.account(account);
        let carrying = tokio::spawn(async move {
            let _ = carry::carry(account_there, there, settings, orders, tell).await;
        });
        let started = Node::start_carried(config, Clock::start(), carrier, role).await;
        let (node, events) = started.expect("a free folder and a loopback interface");
        Self { node, events, carrying: Some(carrying) }
    }

    /// Somebody who has no account anywhere.
    pub async fn start_here(name: &str, data: &Path, entrance: Entrance) -> Self {
        let started = Node::start(Self::config(name, data, entrance), Clock::start()).await;
        let (node, events) = started.expect("a free folder and a loopback interface");
        Self { node, events, carrying: None }
    }

    pub fn config(name: &str, data: &Path, entrance: Entrance) -> Config {
        Config {
            data: data.join(name),
            name: name.to_owned(),
            announce_name: false,
            discovery: false,
            entrance,
            listen: vec!["/ip4/127.0.0.1/udp/0/quic-v1".to_owned()],
            source: SourceChoice::None,
            sink: SinkChoice::None,
            processing: None,
            delay: DelayChoice::default(),
            room: None,
            headphones: false,
            muted: false,
            record: false,
            carrier: None,
            worker: "no documents here".into(),
        }
    }

    /// What `wanted` makes of the first event it wants.
    pub async fn told<T>(&mut self, what: &str, mut wanted: impl FnMut(News) -> Option<T>) -> T {
        let search = async {
            loop {
                let event = self.events.recv().await.expect("the node goes on");
                if let Some(found) = wanted(event.news) {
                    return found;
                }
            }
        };
        let told = tokio::time::timeout(DEADLINE, search).await;
        told.unwrap_or_else(|_| panic!("{what}: not told in time"))
    }

    pub async fn does(&self, command: Command) {
        self.node.send(command).await.expect("the node goes on");
    }

    pub async fn says(&self, line: &str) {
        self.does(Command::Say(line.to_owned())).await;
    }

    /// The guest, if it was one, who said this.
    pub async fn hears(&mut self, line: &str) -> Option<String> {
        self.told(line, |news| match news {
            News::Chat { text, guest, .. } if text == line => Some(guest),
            _ => None,
        })
        .await
    }

    pub async fn state(&mut self) -> ([u8; 32], u64) {
        self.does(Command::State).await;
        self.told("the state", |news| match news {
            News::State { digest, entries, .. } => Some((digest, entries)),
            _ => None,
        })
        .await
    }

    /// Asks until both are in the same state: what one said last may still be on its way.
    pub async fn agrees_with(&mut self, other: &mut Self) -> u64 {
        let agree = async {
            loop {
                let (mine, theirs) = (self.state().await, other.state().await);
                if mine == theirs {
                    return mine.1;
                }
            }
        };
        tokio::time::timeout(DEADLINE, agree).await.expect("equal digests in time")
    }
}
