//! What a bridge does, without a server: orders and arrivals in, what to do out.

use super::*;
use crate::arrival::Occupant;
use ed25519_dalek::SigningKey;
use moot_node::room::id::{BlobId, EntryRef, MeetingId};
use moot_node::room::stamp::Stamper;
use moot_node::room::stanza::{
    Admission, DocumentAnnouncement, Founding, JoinPolicy, PageTurn, Payload,
};
use moot_node::room::time::{Epoch, MediaTime};
use serde_bytes::ByteBuf;

const ROOM: &str = "standup@conference.company.test";

/// A meeting of two, of whom the first founds it.
struct Stage {
    bridge: Bridge,
    anna: Stamper,
    ben: Stamper,
    now: LocalTime,
}

impl Stage {
    /// Anna's bridge, in the room, whose archive is empty.
    fn new(sealed: bool) -> (Self, Vec<Do>) {
        let key = |seed| SigningKey::from_bytes(&[seed; 32]);
        let me = MemberId(key(1).verifying_key().to_bytes());
        let founding = Founding {
            title: "Plans".to_owned(),
            join: JoinPolicy::Code,
            name: "Anna".to_owned(),
            nonce: [7; 16],
        };
        let meeting = MeetingId::of_founding(&me, &founding);
        let settings =
            Settings { room: ROOM.to_owned(), bridge: true, sealed, language: Language::English };
        let mut stage = Self {
            bridge: Bridge::new(settings, me, "x".to_owned()),
            anna: Stamper::new(key(1), meeting),
            ben: Stamper::new(key(2), meeting),
            now: LocalTime::from_millis(1_000),
        };
        let mut done = stage.arrives(Arrival::Up { resumed: false });
        done.extend(stage.arrives(Arrival::Joined { nick: "anna".into(), occupants: vec![] }));
        let carried = Carried {
            member: me,
            name: "Anna".to_owned(),
            meeting,
            title: founding.title.clone(),
            join: founding.join,
        };
        done.extend(stage.bridge.order(ToCarrier::Carry(carried), stage.now));
        done.extend(stage.says(false, Payload::Meeting(founding)));
        let ben = stage.ben.author();
        let admission = Admission { member: ben, name: "Ben".to_owned() };
        done.extend(stage.says(false, Payload::Admit(admission)));
        done.extend(stage.bridge.archived(Vec::new(), true, stage.now));
        (stage, done)
    }

    /// The same after the archive was looked at and everybody was told of the bridge.
    fn bridged(sealed: bool) -> Self {
        let (mut stage, _) = Self::new(sealed);
        stage.wait(1_000);
        stage.says(true, Payload::Bridge(Some(ROOM.to_owned())));
        stage
    }

    fn arrives(&mut self, arrival: Arrival) -> Vec<Do> {
        self.bridge.arrival(arrival, self.now)
    }

    fn wait(&mut self, millis: u64) -> Vec<Do> {
        self.now = self.now + Duration::from_millis(millis);
        self.bridge.due(self.now)
    }

    fn says(&mut self, live: bool, payload: Payload) -> Vec<Do> {
        let entry = self.anna.stamp(payload, Epoch(0), MediaTime::from_samples(0));
        self.kept(live, &entry.expect("well formed").0)
    }

    fn ben_says(&mut self, payload: Payload) -> Vec<Do> {
        self.ben.observe(self.anna.lamport());
        let entry = self.ben.stamp(payload, Epoch(0), MediaTime::from_samples(0));
        self.kept(true, &entry.expect("well formed").0)
    }

    fn kept(&mut self, live: bool, entry: &moot_node::room::entry::Entry) -> Vec<Do> {
        let which = EntryRef { author: entry.author(), seq: entry.seq() };
        let (sealed, open) = (ByteBuf::from([1]), ByteBuf::from(entry.encode()));
        let saying = Saying { entry: which, sealed, open, live };
        self.bridge.order(ToCarrier::Kept(saying), self.now)
    }

    /// Somebody without Moot writes.
    fn carol_writes(&mut self, line: &str) -> Vec<Do> {
        self.arrives(Arrival::Message(RoomMessage {
            from_nick: Some("Carol".to_owned()),
            mine: false,
            id: None,
            origin_id: None,
            archive_id: None,
            occupant_id: None,
            said_at: None,
            delayed: false,
            body: Some(line.to_owned()),
            subject: None,
            payloads: Vec::new(),
        }))
    }
}

/// What is said to all: which entry, and the line beside it.
fn said(done: &[Do]) -> Vec<(Option<u64>, Option<String>)> {
    let messages = done.iter().filter_map(|one| match one {
        Do::Say(message) => Some(message),
        _ => None,
    });
    let entry = |m: &GroupMessage| wire::read_entry(&m.payloads).map(|(entry, _)| entry.seq);
    messages.map(|message| (entry(message), message.body.clone())).collect()
}

fn lines(done: &[Do]) -> Vec<String> {
    said(done).into_iter().filter_map(|(_, line)| line).collect()
}

#[test]
fn nothing_is_said_there_before_everybody_was_told() {
    let (mut stage, done) = Stage::new(false);
    assert_eq!(said(&done), []);
    let open = stage.wait(1_000);
    assert_eq!(open, [Do::Tell(FromCarrier::Open { room: ROOM.to_owned() })]);
    assert_eq!(said(&stage.says(true, Payload::Chat("among us".to_owned()))), []);
    let told = stage.says(true, Payload::Bridge(Some(ROOM.to_owned())));
    let entries: Vec<_> = said(&told).into_iter().filter_map(|(entry, _)| entry).collect();
    assert_eq!(entries, [1, 2, 3, 4], "from here on, and in order");
    assert!(lines(&told)[0].contains("part of the meeting “Plans”"), "what this is, first");
}

#[test]
fn the_last_words_are_said_there_too() {
    let mut stage = Stage::bridged(false);
    let ends = stage.says(true, Payload::Bridge(None));
    let leaves = stage.says(true, Payload::Leave);
    assert_eq!([said(&ends), said(&leaves)], [[(Some(4), None)], [(Some(5), None)]]);
    let after = stage.ben_says(Payload::Chat("among us again".to_owned()));
    assert_eq!(said(&after), [], "others' words stay here");
}

#[test]
fn words_of_those_who_are_not_there_bear_their_name() {
    let mut stage = Stage::bridged(false);
    let own = stage.says(true, Payload::Chat("mine".to_owned()));
    assert_eq!(lines(&own), ["mine"]);
    let other = stage.ben_says(Payload::Chat("his".to_owned()));
    assert_eq!(lines(&other), ["Ben: his"]);
    let hand = stage.ben_says(Payload::Hand(true));
    assert_eq!(lines(&hand), ["✋ Ben raises a hand"]);
}

#[test]
fn who_is_there_says_their_own_until_they_go() {
    let mut stage = Stage::bridged(false);
    let presence = wire::Presence { member: stage.ben.author(), carried: None };
    let mut there = Occupant {
        nick: "Ben".to_owned(),
        payloads: vec![presence.element()],
        available: true,
        real_jid: None,
        occupant_id: None,
    };
    stage.arrives(Arrival::Occupant(there.clone()));
    assert_eq!(said(&stage.ben_says(Payload::Chat("his".to_owned()))), []);
    there.available = false;
    let gone = stage.arrives(Arrival::Occupant(there));
    assert_eq!(lines(&gone), ["Ben: his"], "he went before he could");
}

#[test]
fn a_page_is_told_when_it_settles() {
    let mut stage = Stage::bridged(false);
    let document = BlobId([5; 32]);
    let announcement = DocumentAnnouncement {
        document,
        name: "Budget.pdf".to_owned(),
        pages: 40,
        bytes: 1,
        replaces: None,
        drawn: None,
    };
    stage.says(true, Payload::Document(announcement));
    let mut told = Vec::new();
    for page in 1..=12 {
        told.extend(stage.says(true, Payload::Page(PageTurn { document, page })));
        told.extend(stage.wait(100));
    }
    assert_eq!(lines(&told), [""; 0], "leafing is no news");
    assert_eq!(lines(&stage.wait(3_000)), ["Slide 12 of 40: Budget.pdf"]);
    assert_eq!(lines(&stage.wait(60_000)), [""; 0], "once");
    assert_eq!(lines(&stage.carol_writes("!page")), ["Slide 12 of 40: Budget.pdf"]);
}

#[test]
fn sealed_says_nothing_that_can_be_read() {
    let mut stage = Stage::bridged(true);
    let done = stage.says(true, Payload::Chat("for us alone".to_owned()));
    assert_eq!(said(&done), [(Some(4), None)]);
    let heard = stage.carol_writes("hello?");
    assert_eq!(heard, [], "nor does it hear who can't follow");
}

#[test]
fn of_two_bridges_the_greater_keeps_what_the_lesser_should_say() {
    let mut stage = Stage::bridged(false);
    let ben = stage.ben.author();
    stage.ben_says(Payload::Bridge(Some(ROOM.to_owned())));
    stage.bridge.order(ToCarrier::Beside(vec![ben]), stage.now);
    let done = stage.ben_says(Payload::Chat("his".to_owned()));
    let anna_speaks = stage.anna.author() < ben;
    assert_eq!(lines(&done).len(), usize::from(anna_speaks));
    // His laptop is reached no more.
    let done = stage.bridge.order(ToCarrier::Beside(Vec::new()), stage.now);
    assert_eq!(lines(&done).len(), usize::from(!anna_speaks));
}

#[test]
fn pipes_end_with_who_is_at_their_other_end() {
    let mut stage = Stage::bridged(false);
    let ben = stage.ben.author();
    let presence = wire::Presence { member: ben, carried: None };
    let mut there = Occupant {
        nick: "Ben".to_owned(),
        payloads: vec![presence.element()],
        available: true,
        real_jid: None,
        occupant_id: None,
    };
    let id = PipeId(3);
    let closed = [Do::Tell(FromCarrier::Pipe(id, Pipe::Close))];
    let order = ToCarrier::Pipe(id, Pipe::Open(ben));
    assert_eq!(stage.bridge.order(order.clone(), stage.now), closed, "nobody to open it to");
    stage.arrives(Arrival::Occupant(there.clone()));
    let opened = stage.bridge.order(order, stage.now);
    assert!(matches!(&opened[..], [Do::Whisper(to, _)] if to == "Ben"), "{opened:?}");
    there.available = false;
    assert_eq!(stage.arrives(Arrival::Occupant(there)), closed);
}

impl Stage {
    /// Ben comes into the room with Moot, from a network of his own, or goes.
    fn ben_is_there(&mut self, available: bool) -> Vec<Do> {
        let carried = self.bridge.carried.clone().expect("a meeting is carried");
        let member = self.ben.author();
        let carried = Some(Carried { member, name: "Ben".to_owned(), ..carried });
        let presence = wire::Presence { member, carried };
        self.arrives(Arrival::Occupant(Occupant {
            nick: "Ben".to_owned(),
            payloads: vec![presence.element()],
            available,
            real_jid: None,
            occupant_id: None,
        }))
    }

    /// Somebody says an element of ours.
    fn hears(&mut self, element: Element, mine: bool) -> Vec<Do> {
        self.arrives(Arrival::Message(RoomMessage {
            from_nick: Some("Ben".to_owned()),
            mine,
            id: None,
            origin_id: None,
            archive_id: None,
            occupant_id: None,
            said_at: None,
            delayed: false,
            body: None,
            subject: None,
            payloads: vec![element],
        }))
    }
}

/// How much sound is wanted, as the node was told.
fn ways(done: &[Do]) -> Vec<Option<u32>> {
    let ways = done.iter().filter_map(|one| match one {
        Do::Tell(FromCarrier::Hears { way, .. }) => Some(way.map(|way| way.bitrate)),
        _ => None,
    });
    ways.collect()
}

#[test]
fn sound_is_said_while_somebody_far_would_hear_it() {
    let mut stage = Stage::bridged(false);
    let bundle = ToCarrier::Sound(ByteBuf::from([7]));
    assert_eq!(stage.bridge.order(bundle.clone(), stage.now), [], "nobody hears it");
    assert_eq!(ways(&stage.ben_is_there(true)), [Some(7_000)]);
    let said = stage.bridge.order(bundle, stage.now);
    let [Do::Sound(message)] = &said[..] else { panic!("{said:?}") };
    assert!(!message.store && message.body.is_none());
    let quick = Duration::from_millis(20);
    assert_eq!(ways(&stage.bridge.measured(quick, true, stage.now)), []);
    stage.now = stage.now + Duration::from_secs(11);
    assert_eq!(ways(&stage.bridge.measured(quick, true, stage.now)), [Some(16_000)]);
    let slow = Duration::from_secs(1);
    assert_eq!(ways(&stage.bridge.measured(slow, true, stage.now)), [Some(7_000)]);
    assert_eq!(ways(&stage.ben_is_there(false)), [None]);
}

#[test]
fn bundles_of_others_are_told_and_ones_own_are_not() {
    let mut stage = Stage::bridged(false);
    let told = stage.hears(wire::sound(b"sealed"), false);
    assert_eq!(told, [Do::Tell(FromCarrier::Sound(ByteBuf::from(*b"sealed")))]);
    assert_eq!(stage.hears(wire::sound(b"sealed"), true), []);
}

#[test]
fn a_parcel_is_brought_there_and_told_once() {
    let mut stage = Stage::bridged(false);
    let (id, sealed) = (ParcelId([3; 16]), ByteBuf::from([9; 100]));
    let parcel = ToCarrier::Parcel { id, sealed };
    let done = stage.bridge.order(parcel.clone(), stage.now);
    assert_eq!(done, [Do::Upload(id, vec![9; 100])]);
    let done = stage.bridge.uploaded(id, Ok(SharedFile::default()));
    assert!(matches!(
        &done[..],
        [Do::Tell(FromCarrier::Posted { told: Some(_), there: true, .. })]
    ));
    let announce = ToCarrier::Announce { id, sealed: ByteBuf::from([1]) };
    let done = stage.bridge.order(announce, stage.now);
    assert!(matches!(&done[..], [Do::Say(message)] if message.store), "{done:?}");
    let done = stage.bridge.order(parcel, stage.now);
    let there = FromCarrier::Posted { id, told: None, there: true };
    assert_eq!(done, [Do::Tell(there)], "somebody else posts the same");
}

#[test]
fn a_file_is_loaded_when_the_node_could_open_what_was_told_of_it() {
    let mut stage = Stage::bridged(false);
    let id = ParcelId([3; 16]);
    let told = stage.hears(wire::parcel(id, b"sealed"), false);
    let announced = FromCarrier::Announced { id, sealed: ByteBuf::from(*b"sealed") };
    assert_eq!(told, [Do::Tell(announced)]);
    assert_eq!(stage.hears(wire::parcel(id, b"sealed"), false), [], "once");
    let file = SharedFile { size: Some(100), ..SharedFile::default() };
    let xml = ByteBuf::from(String::from(&file.element()).into_bytes());
    let fetch = ToCarrier::Fetch { id, told: xml };
    assert_eq!(stage.bridge.order(fetch, stage.now), [Do::Download(id, file.clone(), 0)]);
    let again = stage.bridge.loaded(id, file.clone(), 0, None);
    assert_eq!(again, [Do::Download(id, file.clone(), 1)], "a server may be away for a moment");
    let loaded = stage.bridge.loaded(id, file, 1, Some(vec![9]));
    assert_eq!(loaded, [Do::Tell(FromCarrier::Parcel(ByteBuf::from([9])))]);
    let huge = SharedFile { size: Some(1 << 40), ..SharedFile::default() };
    let xml = ByteBuf::from(String::from(&huge.element()).into_bytes());
    assert_eq!(stage.bridge.order(ToCarrier::Fetch { id, told: xml }, stage.now), []);
}
