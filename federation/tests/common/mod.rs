//! What the tests of the link share.

#![allow(dead_code, unreachable_pub, reason = "each test uses a part")]

pub mod certificates;
pub mod person;
pub mod proxy;
pub mod scripted;
pub mod server;

use moot_federation::arrival::{Arrival, GroupMessage, RoomMessage};
use moot_federation::io::account::Account;
use moot_federation::io::link::Link;
use moot_federation::io::room::{RoomConfig, RoomSettings};
use std::time::Duration;
use tokio::sync::mpsc::Receiver;
use xmpp_parsers::jid::BareJid;
use xmpp_parsers::minidom::Element;

/// How long anything may take on a busy machine before the test fails. Nothing ever waits for it to pass.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// Runs a test against both servers.
#[macro_export]
macro_rules! with_both_servers {
    ($($(#[$meta:meta])* $name:ident),+ $(,)?) => {
        mod prosody {$(
            $(#[$meta])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { Box::pin(super::$name($crate::common::server::Kind::Prosody)).await }
        )+}
        mod ejabberd {$(
            $(#[$meta])*
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { Box::pin(super::$name($crate::common::server::Kind::Ejabberd)).await }
        )+}
    };
}

/// A room on the test server, created when it is not there.
pub fn room(name: &str, nick: &str) -> RoomSettings {
    RoomSettings {
        room: BareJid::new(&format!("{name}@conference.company.test")).expect("an address"),
        nick: nick.to_owned(),
        other_names: true,
        password: None,
        create: Some(RoomConfig::default()),
        presence_payload: here(nick),
    }
}

/// An element as the bridge puts into its presence.
pub fn here(text: &str) -> Element {
    Element::builder("here", "urn:moot:test").append(text).build()
}

/// An element as the bridge says it.
pub fn act(text: &str) -> Element {
    Element::builder("act", "urn:moot:test").append(text).build()
}

/// The texts of our elements in a message.
pub fn acts(payloads: &[Element]) -> Vec<String> {
    payloads
        .iter()
        .filter(|payload| payload.is("act", "urn:moot:test"))
        .map(Element::text)
        .collect()
}

/// A message without text, kept by the archive.
pub fn message(id: &str) -> GroupMessage {
    GroupMessage { id: id.to_owned(), body: None, payloads: vec![act(id)], store: true }
}

/// One participant: its link, and what it hears.
pub struct Participant {
    pub link: Link,
    pub arrivals: Receiver<Arrival>,
    pub nick: String,
}

impl Participant {
    /// Goes in, or says why not.
    pub async fn enter(account: Account, room: RoomSettings) -> Self {
        let opened = tokio::time::timeout(DEADLINE, Link::open(account, room)).await;
        let (link, arrivals) = opened.expect("in time").expect("in the room");
        let mut entered = Self { link, arrivals, nick: String::new() };
        let up = entered.hear(|arrival| matches!(arrival, Arrival::Up { .. })).await;
        assert_eq!(up, Arrival::Up { resumed: false });
        let joined = entered.hear(|arrival| matches!(arrival, Arrival::Joined { .. })).await;
        if let Arrival::Joined { nick, .. } = joined {
            entered.nick = nick;
        }
        entered
    }

    /// The next arrival that is wanted; others are passed over.
    pub async fn hear(&mut self, wanted: impl Fn(&Arrival) -> bool) -> Arrival {
        let heard = async {
            loop {
                match self.arrivals.recv().await {
                    Some(arrival) if wanted(&arrival) => return arrival,
                    Some(Arrival::Out(why)) => panic!("out: {why:?}"),
                    Some(other) => eprintln!("passed over: {other:?}"),
                    None => panic!("the link is over"),
                }
            }
        };
        tokio::time::timeout(DEADLINE, heard).await.expect("it comes in time")
    }

    /// The next message to all that carries one of our elements or a text.
    pub async fn message(&mut self) -> RoomMessage {
        let said = |arrival: &Arrival| match arrival {
            Arrival::Message(message) => {
                message.body.is_some() || !acts(&message.payloads).is_empty()
            }
            _ => false,
        };
        match self.hear(said).await {
            Arrival::Message(message) => message,
            _ => unreachable!("only messages are wanted"),
        }
    }

    /// Says something and waits until it is in the room.
    pub async fn say(&self, message: GroupMessage) {
        let receipt = self.link.say(message).await.expect("the link lives");
        let delivered = tokio::time::timeout(DEADLINE, receipt.delivered()).await;
        delivered.expect("in time").expect("in the room");
    }
}
