//! Whole meetings over real servers: members in no network but the server's room, people with ordinary
//! programs, a hostile room, a server whose power fails, a bridge that dies.

mod common;

use common::person::{Person, settings};
use common::server::{Kind, Server};
use common::{Participant, room};
use moot_federation::arrival::{Arrival, GroupMessage};
use moot_federation::bridge::wire;
use moot_federation::io::room::RoomSettings;
use moot_node::node::{Command, Entrance, MemberState, News, Notice};
use moot_node::room::id::{EntryRef, MemberId};
use moot_node::room::stanza::JoinPolicy;
use tempfile::TempDir;

with_both_servers!(
    a_remote_member_is_a_member_like_others,
    people_with_ordinary_programs_take_part,
    what_the_archive_keeps_is_the_meeting,
    a_hostile_room_changes_nothing,
    a_server_that_loses_power_costs_nothing,
    of_two_bridges_one_speaks_and_the_other_takes_over,
);

/// Lines that make more than one page of an archive: Prosody gives 50 messages at a time.
const LINES: usize = 60;

/// Alice's meeting, bridged; its code.
async fn hosted(server: &Server, folder: &TempDir, sealed: bool) -> (Person, String) {
    let found =
        Entrance::Host { title: "Plans".to_owned(), join: JoinPolicy::Code, documents: Vec::new() };
    let mut anna =
        Person::start(server, "alice", folder.path(), found, settings(true, sealed)).await;
    let code = anna
        .told("the code", |news| match news {
            News::Meeting { code, .. } => code,
            _ => None,
        })
        .await;
    let room = anna
        .told("the bridge", |news| match news {
            News::Bridge { room, .. } => room,
            News::Warning(Notice::Carrier { problem }) => panic!("{problem}"),
            _ => None,
        })
        .await;
    assert_eq!(room, "standup@conference.company.test", "all are told which room");
    (anna, code)
}

/// Bob, who is in no network but the server's.
async fn remote(server: &Server, folder: &TempDir, meeting: Option<&str>, code: &str) -> Person {
    let code = Some(code.to_owned()).filter(|code| !code.is_empty());
    let join = Entrance::Join { meeting: meeting.map(str::to_owned), code };
    let mut bob = Person::start(server, "bob", folder.path(), join, settings(false, false)).await;
    bob.told("that he is in", |news| match news {
        News::Joined { .. } => Some(()),
        News::Refused(why) => panic!("{why:?}"),
        News::Error(problem) | News::Warning(problem) => panic!("{problem:?}"),
        _ => None,
    })
    .await;
    bob
}

async fn a_remote_member_is_a_member_like_others(kind: Kind) {
    let Some(server) = Server::start(kind).await else { return };
    let folder = TempDir::new().expect("a folder");
    let (mut anna, code) = hosted(&server, &folder, false).await;
    anna.says("before he came").await;
    anna.hears("before he came").await;
    let mut bob = remote(&server, &folder, None, &code).await;
    bob.hears("before he came").await;
    anna.says("welcome").await;
    bob.hears("welcome").await;
    bob.says("glad to be here").await;
    assert_eq!(anna.hears("glad to be here").await, None, "a member's own words");
    bob.does(Command::Hand(true)).await;
    anna.told("his hand", |news| matches!(news, News::Hand { up: true, .. }).then_some(())).await;
    bob.does(Command::Present).await;
    anna.told("the floor", |news| matches!(news, News::Floor { .. }).then_some(())).await;
    let entries = anna.agrees_with(&mut bob).await;
    println!("{kind:?}: {entries} entries, equal digests");
    bob.node.shutdown().await;
    anna.told("his good-bye", |news| {
        matches!(news, News::Member { state: MemberState::Left, .. }).then_some(())
    })
    .await;
    anna.node.shutdown().await;
}

/// The next line of text in the room that is `wanted`.
async fn reads(guest: &mut Participant, wanted: &str) -> (Option<String>, String) {
    let said = |arrival: &Arrival| match arrival {
        Arrival::Message(message) => {
            message.body.as_deref().is_some_and(|body| body.contains(wanted))
        }
        _ => false,
    };
    match guest.hear(said).await {
        Arrival::Message(message) => (message.from_nick, message.body.unwrap_or_default()),
        _ => unreachable!("a message was wanted"),
    }
}

fn line(id: &str, body: &str) -> GroupMessage {
    let (id, body) = (id.to_owned(), Some(body.to_owned()));
    GroupMessage { id, body, payloads: Vec::new(), store: true }
}

async fn people_with_ordinary_programs_take_part(kind: Kind) {
    let Some(server) = Server::start(kind).await else { return };
    let folder = TempDir::new().expect("a folder");
    let (mut anna, code) = hosted(&server, &folder, false).await;
    let mut bob = remote(&server, &folder, None, &code).await;
    let there = RoomSettings { create: None, ..room("standup", "Carol") };
    let mut carol = Participant::enter(server.account("carol"), there).await;
    anna.says("good morning").await;
    // Alice speaks with her own program, so her words stand as they are.
    assert_eq!(reads(&mut carol, "good morning").await.1, "good morning");
    bob.says("from afar").await;
    let (from, said) = reads(&mut carol, "from afar").await;
    assert_eq!((from.as_deref(), said.as_str()), (Some("bob"), "from afar"), "he says it himself");

    carol.say(line("c1", "Is page 3 final? <b>&")).await;
    let by = anna.hears("Is page 3 final? <b>&").await;
    assert_eq!(by.as_deref(), Some("Carol"));
    assert_eq!(bob.hears("Is page 3 final? <b>&").await.as_deref(), Some("Carol"));
    carol.say(line("c2", "!who")).await;
    assert_eq!(reads(&mut carol, "In the meeting").await.1, "In the meeting: alice, bob");
    carol.say(line("c3", "!page")).await;
    reads(&mut carol, "Nothing is on show").await;
    anna.does(Command::Hand(true)).await;
    reads(&mut carol, "✋ alice raises a hand").await;
    anna.agrees_with(&mut bob).await;
    bob.node.shutdown().await;
    anna.node.shutdown().await;
}

async fn what_the_archive_keeps_is_the_meeting(kind: Kind) {
    let Some(server) = Server::start(kind).await else { return };
    let folder = TempDir::new().expect("a folder");
    let (mut anna, code) = hosted(&server, &folder, false).await;
    let bob = remote(&server, &folder, None, &code).await;
    bob.node.shutdown().await;
    let there = RoomSettings { create: None, ..room("standup", "Carol") };
    let mut carol = Participant::enter(server.account("carol"), there).await;
    // More than one page of the archive.
    for n in 0..LINES {
        anna.says(&format!("line {n}")).await;
    }
    // At their default limits servers take no more than 3 kB/s (ejabberd).
    reads(&mut carol, &format!("line {}", LINES - 1)).await;
    let all = anna.state().await;
    anna.node.shutdown().await;

    // Nobody is there any more: the archive alone, and the meeting's key from before.
    let mut bob = remote(&server, &folder, Some("Plans"), "").await;
    for n in 0..LINES {
        bob.hears(&format!("line {n}")).await;
    }
    // What she said when she left: that there is no bridge any more, and good-bye.
    bob.told("her good-bye", |news| match news {
        News::Member { name, state: MemberState::Left, .. } if name == "alice" => Some(()),
        _ => None,
    })
    .await;
    let (_, entries) = bob.state().await;
    assert!(entries >= all.1 + 2, "{entries} of {}", all.1);
    println!("{kind:?}: {entries} entries from the archive alone");
    bob.node.shutdown().await;
}

async fn a_hostile_room_changes_nothing(kind: Kind) {
    let Some(server) = Server::start(kind).await else { return };
    let folder = TempDir::new().expect("a folder");
    let (mut anna, code) = hosted(&server, &folder, false).await;
    let mut bob = remote(&server, &folder, None, &code).await;
    let there = RoomSettings { create: None, ..room("standup", "Eve") };
    let mut eve = Participant::enter(server.account("dave"), there).await;
    anna.says("genuine").await;
    let genuine = eve
        .hear(|a| matches!(a, Arrival::Message(m) if m.body.as_deref() == Some("genuine")))
        .await;
    let Arrival::Message(genuine) = genuine else { unreachable!("a message was wanted") };
    let before = anna.agrees_with(&mut bob).await;

    let (which, sealed) = wire::read_entry(&genuine.payloads).expect("an entry");
    let mut altered = sealed.clone();
    *altered.last_mut().expect("bytes") ^= 1;
    let elsewhere = EntryRef { author: MemberId([7; 32]), seq: 1 };
    let claims = EntryRef { seq: which.seq + 1, ..which };
    let forged = [
        wire::entry(which, &altered),
        wire::entry(claims, &sealed),
        wire::entry(elsewhere, &[0; 40_000]),
        "<entry xmlns='urn:moot:1:room' author='x' seq='-1'>!!</entry>".parse().expect("xml"),
        "<pipe xmlns='urn:moot:1:room' id='zz' n='0' open='x'/>".parse().expect("xml"),
    ];
    for (n, element) in forged.into_iter().enumerate() {
        let (id, payloads) = (format!("e{n}"), vec![element]);
        eve.say(GroupMessage { id, body: None, payloads, store: true }).await;
    }
    // Replayed: known, and still one entry.
    let payloads = genuine.payloads.clone();
    eve.say(GroupMessage { id: "e9".into(), body: None, payloads, store: true }).await;
    // She can speak, as anybody in the room can: as a guest, and no faster than a person.
    for n in 0..40 {
        eve.say(line(&format!("f{n}"), &format!("flood {n}"))).await;
    }
    reads(&mut eve, "too much at once").await;
    anna.says("still here").await;
    bob.hears("still here").await;
    let after = anna.agrees_with(&mut bob).await;
    let guests = after - before - 1;
    assert!((1..40).contains(&guests), "{guests} lines of hers were taken");
    println!("{kind:?}: of 40 lines at once {guests} were taken, of 6 forged entries none");
    bob.node.shutdown().await;
    anna.node.shutdown().await;
}

async fn a_server_that_loses_power_costs_nothing(kind: Kind) {
    let Some(mut server) = Server::start(kind).await else { return };
    let folder = TempDir::new().expect("a folder");
    let (mut anna, code) = hosted(&server, &folder, false).await;
    let mut bob = remote(&server, &folder, None, &code).await;
    for n in 0..10 {
        anna.says(&format!("before {n}")).await;
    }
    bob.hears("before 9").await;
    server.kill().await;
    for n in 0..10 {
        anna.says(&format!("anna alone {n}")).await;
        bob.says(&format!("bob alone {n}")).await;
    }
    server.start_again().await;
    let (mut hers, mut his) = (Vec::new(), Vec::new());
    bob.told("her words", |news| match news {
        News::Chat { text, .. } if text.starts_with("anna alone") => {
            hers.push(text);
            (hers.len() == 10).then_some(())
        }
        _ => None,
    })
    .await;
    anna.told("his words", |news| match news {
        News::Chat { text, .. } if text.starts_with("bob alone") => {
            his.push(text);
            (his.len() == 10).then_some(())
        }
        _ => None,
    })
    .await;
    let expected = |who: &str| (0..10).map(|n| format!("{who} alone {n}")).collect::<Vec<_>>();
    assert_eq!((hers, his), (expected("anna"), expected("bob")), "each once, in order");
    anna.agrees_with(&mut bob).await;
    bob.node.shutdown().await;
    anna.node.shutdown().await;
}

/// The lines of `who` up to the one that ends with `last`, by whom each was said, as somebody in the room reads them.
async fn lines_of(guest: &mut Participant, who: &str, last: &str) -> Vec<(String, String)> {
    let mut lines = Vec::new();
    loop {
        let (from, said) = reads(guest, who).await;
        let ends = said.ends_with(last);
        lines.push((from.expect("an occupant says it"), said));
        if ends {
            return lines;
        }
    }
}

async fn of_two_bridges_one_speaks_and_the_other_takes_over(kind: Kind) {
    let Some(server) = Server::start(kind).await else { return };
    let folder = TempDir::new().expect("a folder");
    let found =
        Entrance::Host { title: "Plans".to_owned(), join: JoinPolicy::Code, documents: Vec::new() };
    let mut anna =
        Person::start(&server, "alice", folder.path(), found, settings(true, false)).await;
    let link = anna
        .told("the link", |news| match news {
            News::Meeting { link, .. } => Some(link),
            _ => None,
        })
        .await;
    let join = || Entrance::Join { meeting: Some(link.clone()), code: None };
    let mut ben = Person::start(&server, "bob", folder.path(), join(), settings(true, false)).await;
    let mut dora = Person::start_here("dora", folder.path(), join()).await;
    for _ in 0..2 {
        dora.told("two bridges", |news| match news {
            News::Bridge { room: Some(_), .. } => Some(()),
            _ => None,
        })
        .await;
    }
    let there = RoomSettings { create: None, ..room("standup", "Carol") };
    let mut carol = Participant::enter(server.account("carol"), there).await;
    for n in 0..5 {
        dora.says(&format!("first {n}")).await;
    }
    let first = lines_of(&mut carol, "dora:", "first 4").await;
    let expected: Vec<_> = (0..5).map(|n| format!("dora: first {n}")).collect();
    assert_eq!(first.iter().map(|(_, said)| said.clone()).collect::<Vec<_>>(), expected);

    // The one that spoke dies; its laptop and the meeting go on.
    let speaker = first[0].0.clone();
    let dies = if speaker == "alice" { &mut anna } else { &mut ben };
    dies.carrying.take().expect("it carries").abort();
    for n in 0..5 {
        dora.says(&format!("second {n}")).await;
    }
    let second = lines_of(&mut carol, "dora:", "second 4").await;
    let expected: Vec<_> = (0..5).map(|n| format!("dora: second {n}")).collect();
    assert_eq!(second.iter().map(|(_, said)| said.clone()).collect::<Vec<_>>(), expected);
    assert!(second.iter().any(|(from, _)| *from != speaker), "the other one speaks");
    for person in [anna, ben, dora] {
        person.node.shutdown().await;
    }
}
