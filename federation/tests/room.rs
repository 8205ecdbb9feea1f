//! A room on real servers: going in, being heard, being put out.

mod common;

use common::server::{Kind, Server};
use common::{DEADLINE, Participant, act, acts, here, message, room};
use moot_federation::arrival::{Arrival, GroupMessage, WhyOut};
use moot_federation::io::link::{Answer, Link, OpenError};
use moot_federation::io::room::{JoinError, RoomConfig};
use moot_federation::xep::{hints::Hint, ns, oob};
use xmpp_parsers::jid::Jid;
use xmpp_parsers::minidom::Element;
use xmpp_parsers::minidom::rxml::xml_ncname;

with_both_servers!(
    two_hear_each_other,
    a_room_is_set_up_for_a_meeting,
    two_may_create_it_at_once,
    a_taken_name_gets_a_number,
    whispers_reach_one_alone,
    who_is_put_out_learns_why,
    what_may_not_be_entered_says_so,
);

/// Rooms that two create at once: without waiting for the other, Prosody refuses one of them in most.
const ROOMS: u32 = 8;

/// A room's owner does something to it.
async fn own(link: &Link, payload: Element) {
    let room: Jid = "standup@conference.company.test".parse().expect("an address");
    let answer = link.ask(room, true, payload).await.expect("the link lives");
    assert!(matches!(answer, Answer::Yes(_)), "{answer:?}");
}

async fn two_hear_each_other(kind: Kind) {
    let Some(server) = Server::start(kind).await else { return };
    let mut anna = Participant::enter(server.account("alice"), room("standup", "Anna")).await;
    let mut ben = Participant::enter(server.account("bob"), room("standup", "Ben")).await;
    let came = anna.hear(|a| matches!(a, Arrival::Occupant(o) if o.nick == "Ben")).await;
    let Arrival::Occupant(came) = came else { unreachable!() };
    assert!(came.available && came.payloads.contains(&here("Ben")), "{came:?}");

    let said = GroupMessage {
        id: "p1".to_owned(),
        body: Some("第 12 页 <&>".to_owned()),
        payloads: vec![act("x & y"), oob::element("https://upload.company.test/1.png")],
        store: true,
    };
    anna.say(said).await;
    let (own, heard) = (anna.message().await, ben.message().await);
    assert!(own.mine && !heard.mine && !heard.delayed);
    assert_eq!(heard.from_nick.as_deref(), Some("Anna"));
    assert_eq!(heard.body.as_deref(), Some("第 12 页 <&>"));
    assert_eq!((heard.id.as_deref(), heard.origin_id.as_deref()), (Some("p1"), Some("p1")));
    assert_eq!(acts(&heard.payloads), ["x & y"]);
    assert_eq!(oob::url_in(&heard.payloads).as_deref(), Some("https://upload.company.test/1.png"));
    assert!(heard.archive_id.is_some() && heard.archive_id == own.archive_id);
    let echo = anna.link.echo().expect("measured");
    assert!(!echo.is_zero() && echo < DEADLINE, "{echo:?}");
    println!("{kind:?}: echo {echo:?}");

    ben.link.present(here("another")).await.expect("the link lives");
    let wanted =
        |a: &Arrival| matches!(a, Arrival::Occupant(o) if o.payloads.contains(&here("another")));
    anna.hear(wanted).await;
    ben.link.close().await;
    anna.hear(|a| matches!(a, Arrival::Occupant(o) if o.nick == "Ben" && !o.available)).await;
}

async fn a_room_is_set_up_for_a_meeting(kind: Kind) {
    let Some(server) = Server::start(kind).await else { return };
    let mut settings = room("standup", "Anna");
    let title = Some("晨会".to_owned());
    settings.create = Some(RoomConfig { title, members_only: true, public: false });
    let anna = Participant::enter(server.account("alice"), settings.clone()).await;
    let info = Element::builder("query", ns::DISCO_INFO).build();
    let of: Jid = settings.room.clone().into();
    let Answer::Yes(Some(info)) = anna.link.ask(of, false, info).await.expect("the link lives")
    else {
        panic!("the room tells what it is")
    };
    let can = |feature: &str| moot_federation::xep::disco::can(&info, feature);
    assert!(can("muc_persistent") && can("muc_membersonly") && can("muc_hidden"), "{info:?}");
    assert!(can(ns::MAM), "it keeps an archive");

    let refused = Link::open(server.account("bob"), room("standup", "Ben")).await;
    assert_eq!(refused.map(drop), Err(OpenError::Room(JoinError::MembersOnly)));
}

async fn two_may_create_it_at_once(kind: Kind) {
    let Some(server) = Server::start(kind).await else { return };
    for n in 0..ROOMS {
        let there = format!("standup{n}");
        let (anna, ben) = tokio::join!(
            Link::open(server.account("alice"), room(&there, "Anna")),
            Link::open(server.account("bob"), room(&there, "Ben")),
        );
        let both = (anna.map(drop), ben.map(drop));
        assert_eq!(both, (Ok(()), Ok(())), "room {n}");
    }
}

async fn a_taken_name_gets_a_number(kind: Kind) {
    let Some(server) = Server::start(kind).await else { return };
    let anna = Participant::enter(server.account("alice"), room("standup", "Anna")).await;
    let mut other = Participant::enter(server.account("bob"), room("standup", "Anna")).await;
    assert_eq!((anna.nick.as_str(), other.nick.as_str()), ("Anna", "Anna 2"));
    other.say(message("1")).await;
    assert!(other.message().await.mine);
}

async fn whispers_reach_one_alone(kind: Kind) {
    let Some(server) = Server::start(kind).await else { return };
    let anna = Participant::enter(server.account("alice"), room("standup", "Anna")).await;
    let mut ben = Participant::enter(server.account("bob"), room("standup", "Ben")).await;
    let mut carol = Participant::enter(server.account("carol"), room("standup", "Carol")).await;
    let receipt = anna.link.whisper("Ben", vec![act("for Ben")]).await.expect("the link lives");
    receipt.delivered().await.expect("the server has it");
    let Arrival::Whisper { nick, payloads, body } =
        ben.hear(|a| matches!(a, Arrival::Whisper { .. })).await
    else {
        unreachable!()
    };
    assert_eq!((nick.as_str(), body, acts(&payloads)), ("Anna", None, vec!["for Ben".to_owned()]));
    assert!(Hint::NoStore.is_in(&payloads));
    anna.say(message("to all")).await;
    let said = |a: &Arrival| match a {
        Arrival::Message(message) => !acts(&message.payloads).is_empty(),
        other => matches!(other, Arrival::Whisper { .. }),
    };
    let heard = carol.hear(said).await;
    assert!(matches!(&heard, Arrival::Message(m) if acts(&m.payloads) == ["to all"]), "{heard:?}");
}

async fn who_is_put_out_learns_why(kind: Kind) {
    let Some(server) = Server::start(kind).await else { return };
    let anna = Participant::enter(server.account("alice"), room("standup", "Anna")).await;
    let mut ben = Participant::enter(server.account("bob"), room("standup", "Ben")).await;
    let mut carol = Participant::enter(server.account("carol"), room("standup", "Carol")).await;
    let reason = || Element::builder("reason", ns::MUC_ADMIN).append("Enough").build();
    let item = |name, value: &str, role: bool| {
        let (who, what) = if role {
            (xml_ncname!("nick"), xml_ncname!("role"))
        } else {
            (xml_ncname!("jid"), xml_ncname!("affiliation"))
        };
        let item = Element::builder("item", ns::MUC_ADMIN).attr(who.to_owned(), name);
        let item = item.attr(what.to_owned(), value).append(reason()).build();
        Element::builder("query", ns::MUC_ADMIN).append(item).build()
    };
    own(&anna.link, item("Ben", "none", true)).await;
    let why = ben.hear(|a| matches!(a, Arrival::Out(_))).await;
    assert_eq!(why, Arrival::Out(WhyOut::Kicked(Some("Enough".to_owned()))));
    assert!(ben.link.say(message("late")).await.is_err(), "it is over");

    own(&anna.link, item("carol@company.test", "outcast", false)).await;
    let why = carol.hear(|a| matches!(a, Arrival::Out(_))).await;
    assert!(matches!(why, Arrival::Out(WhyOut::Banned(_))), "{why:?}");
    let back = Link::open(server.account("carol"), room("standup", "Carol")).await;
    assert_eq!(back.map(drop), Err(OpenError::Room(JoinError::Banned)));

    let mut dave = Participant::enter(server.account("dave"), room("standup", "Dave")).await;
    let reason = Element::builder("reason", ns::MUC_OWNER).append("Moved").build();
    let destroy = Element::builder("destroy", ns::MUC_OWNER).append(reason).build();
    let destroy = Element::builder("query", ns::MUC_OWNER).append(destroy).build();
    let room: Jid = "standup@conference.company.test".parse().expect("an address");
    // The owner is out as well, perhaps before the answer.
    let _ = anna.link.ask(room, true, destroy).await;
    let why = dave.hear(|a| matches!(a, Arrival::Out(_))).await;
    assert_eq!(why, Arrival::Out(WhyOut::Destroyed(Some("Moved".to_owned()))));
}

async fn what_may_not_be_entered_says_so(kind: Kind) {
    let Some(server) = Server::start(kind).await else { return };
    let refused = |settings| async {
        match Link::open(server.account("alice"), settings).await {
            Err(OpenError::Room(error)) => error,
            other => panic!("{:?}", other.map(drop)),
        }
    };
    let mut none = room("nowhere", "Anna");
    none.create = None;
    assert_eq!(refused(none).await, JoinError::NoSuchRoom);
    let mut person = room("x", "Anna");
    person.room = "upload.company.test".parse().expect("an address");
    assert_eq!(refused(person).await, JoinError::NotARoom);
    let mut elsewhere = room("x", "Anna");
    elsewhere.room = "x@nowhere.company.test".parse().expect("an address");
    assert_eq!(refused(elsewhere).await, JoinError::NoService);
    assert!(matches!(refused(room("x", "\u{7}")).await, JoinError::Other(_)));
}
