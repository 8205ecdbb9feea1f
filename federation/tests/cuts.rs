//! The connection goes, the server goes: what was said stays said, once.

mod common;

use common::proxy::Proxy;
use common::server::{Kind, Server};
use common::{DEADLINE, Participant, acts, message, room};
use moot_federation::arrival::{Arrival, WhyOut};
use moot_federation::io::account::Tls;
use std::collections::BTreeMap;

with_both_servers!(a_cut_loses_nothing_and_repeats_nothing, a_server_that_dies_is_found_again);

async fn a_cut_loses_nothing_and_repeats_nothing(kind: Kind) {
    const SAID: usize = 100;
    let Some(server) = Server::start(kind).await else { return };
    let wire = Proxy::to(server.port).await;
    let at_wire = server.account_at("alice", wire.port, Tls::StartTls);
    let mut anna = Participant::enter(at_wire, room("standup", "Anna")).await;
    let mut ben = Participant::enter(server.account("bob"), room("standup", "Ben")).await;
    let link = anna.link.clone();
    let said = tokio::spawn(async move {
        let mut receipts = Vec::new();
        for number in 0..SAID {
            receipts.push(link.say(message(&number.to_string())).await.expect("the link lives"));
        }
        for receipt in receipts {
            receipt.delivered().await.expect("in the room");
        }
    });
    let mut heard: BTreeMap<String, usize> = BTreeMap::new();
    while heard.len() < SAID {
        for act in acts(&ben.message().await.payloads) {
            *heard.entry(act).or_default() += 1;
        }
        if heard.len() == SAID / 2 && wire.connections() == 1 {
            wire.cut();
        }
    }
    assert!(heard.values().all(|times| *times == 1), "{heard:?}");
    anna.hear(|a| matches!(a, Arrival::Down { .. })).await;
    let up = anna.hear(|a| matches!(a, Arrival::Up { .. })).await;
    assert_eq!(up, Arrival::Up { resumed: true });
    tokio::time::timeout(DEADLINE, said).await.expect("in time").expect("all delivered");
    println!("{kind:?}: {SAID} once each, {} connections", wire.connections());
    // Nothing comes a second time after the last.
    anna.say(message("last")).await;
    assert_eq!(acts(&ben.message().await.payloads), ["last"]);
}

async fn a_server_that_dies_is_found_again(kind: Kind) {
    let Some(mut server) = Server::start(kind).await else { return };
    let mut anna = Participant::enter(server.account("alice"), room("standup", "Anna")).await;
    anna.say(message("before")).await;
    server.kill().await;
    anna.hear(|a| matches!(a, Arrival::Down { .. })).await;
    server.start_again().await;
    assert_eq!(
        anna.hear(|a| matches!(a, Arrival::Up { .. })).await,
        Arrival::Up { resumed: false }
    );
    anna.hear(|a| matches!(a, Arrival::Joined { nick, .. } if nick == "Anna")).await;
    anna.say(message("after")).await;
    assert!(anna.message().await.mine);
    let page = anna.link.archive(None, 50).await.expect("the archive survived");
    println!("{kind:?}: the archive kept {} messages", page.messages.len());
    anna.link.close().await;
    let out = tokio::time::timeout(DEADLINE, async {
        while let Some(arrival) = anna.arrivals.recv().await {
            if let Arrival::Out(why) = arrival {
                return Some(why);
            }
        }
        None
    });
    assert_eq!(out.await.expect("in time"), Some(WhyOut::Closed));
}
