//! One event of each kind, for the tests of everything that tells events.

use super::library::Verified;
use moot_node::node::documents::{Showing, StoredDocument};
use moot_node::node::{
    Event, Heard, MemberState, News, Notice, Refusal, ReplayNews, RoomState, SoundEnd,
};
use moot_node::room::admission::CompareCode;
use moot_node::room::id::{BlobId, EntryRef, MeetingId, MemberId};
use moot_node::room::stanza::{Feeling, JoinPolicy, Note, PageTurn, Point, RoomName, Stroke, Tool};
use moot_node::room::time::{LocalTime, MediaTime};
use std::time::Duration;

pub(super) const ANN: MemberId = MemberId([0xa1; 32]);
/// What `verify` finds in a whole folder.
pub(super) const VERIFIED: Verified = Verified { entries: 2410, authors: 4, sound_pages: 61 };

const ENTRY: EntryRef = EntryRef { author: ANN, seq: 7 };
const ON: PageTurn = PageTurn { document: BlobId([0xd0; 32]), page: 3 };

/// Each [`News`] at least once; options both ways.
pub(super) fn every_event() -> Vec<Event> {
    let id = MeetingId([0x3e; 32]);
    let title = "Plans".to_owned();
    let media = MediaTime::from_samples(96_000);
    let mut news = vec![
        News::Ready { peer: ANN, data: "/home/ann/.local/share/moot".into() },
        News::Meeting {
            id,
            title: title.clone(),
            join: JoinPolicy::Code,
            code: Some("482-177".into()),
            link: "moot://…".into(),
        },
        News::Found {
            id,
            title: title.clone(),
            join: JoinPolicy::Code,
            people: vec!["Ann".into(), "李雷".into()],
            members: 3,
        },
        News::Joined { id, title },
        News::Growing { document: ON.document, name: "talk.pdf".into(), drawn: 3, pages: 9 },
        News::Document { document: ON.document, name: "talk.pdf".into(), pages: 9, bytes: 81_234 },
        News::Replaced { document: ON.document, by: BlobId([0xd1; 32]) },
        News::Saved { document: ON.document, name: "talk.pdf".into() },
        News::Progress { document: ON.document, have: 4096, total: 81_234 },
        News::Holds {
            peer: ANN,
            document: ON.document,
            have: 4096,
            total: 81_234,
            getting: Some((7, 64)),
        },
        News::Converting { name: "talk.pdf".into(), done: 2, pages: 9 },
        News::SpeakerNotes { document: BlobId([0xd0; 32]), notes: vec!["Begin slowly".into()] },
        News::PasswordNeeded { name: "talk.pdf".into(), wrong: false },
        News::PasswordNeeded { name: "talk.pdf".into(), wrong: true },
        News::Page { on: ON, entry: ENTRY, media, offset_ms: Some(-1.25) },
        News::Page { on: ON, entry: ENTRY, media, offset_ms: None },
        News::Stroke {
            on: ON,
            entry: ENTRY,
            media,
            lamport: 21,
            offset_ms: Some(2.5),
            stroke: stroke().into(),
        },
        News::Note {
            on: ON,
            entry: ENTRY,
            media,
            lamport: 22,
            offset_ms: None,
            note: note().into(),
        },
        News::Erased { stroke: ENTRY, entry: EntryRef { author: ANN, seq: 8 } },
        News::Chat { entry: ENTRY, guest: None, text: "hello\n\u{1b}[31m".into() },
        News::Chat { entry: ENTRY, guest: Some("Carol".into()), text: "hello".into() },
        News::Bridge { member: ANN, room: Some("standup@conference.company.com".into()) },
        News::Bridge { member: ANN, room: None },
        News::ChatGone { entry: ENTRY },
        News::Hand { author: ANN, up: true },
        News::Hands(vec![ANN]),
        News::DrawingAllowed(true),
        News::DrawingAllowed(false),
        News::Recording { member: ANN, on: true },
        News::Recording { member: ANN, on: false },
        News::Picture { member: ANN, colour: Some(3) },
        News::Floor { presenter: ANN },
        News::Laser {
            author: ANN,
            on: ON,
            at: Some(Point { x: 2500, y: 5000 }),
            media,
            offset_ms: Some(1.5),
        },
        News::Laser { author: ANN, on: ON, at: None, media, offset_ms: None },
        News::Drawing {
            author: ANN,
            id: 4,
            stroke: Stroke {
                on: ON,
                points: vec![Point { x: 1, y: 2 }],
                pressure: Vec::new(),
                colour: [0; 4],
                width: 30,
                tool: Tool::Pen,
            },
        },
        News::DrawingGone { author: ANN, id: 4 },
        News::Microphone { member: ANN, open: true },
        News::Microphone { member: ANN, open: false },
        News::Room(RoomState {
            room: RoomName::new("Elbe"),
            mates: vec![ANN],
            headphones: false,
            loudspeaker: Some(ANN),
            microphone: None,
        }),
        News::Room(RoomState { room: RoomName::new("Elbe"), ..RoomState::default() }),
        News::Room(RoomState { headphones: true, ..RoomState::default() }),
        News::RoomSuggested { room: RoomName::new("Elbe"), people: vec![ANN] },
        News::RoomSuggested { room: None, people: vec![] },
        News::Levels { levels: vec![(ANN, 60)], own_muted_speech: false, own_clips: false },
        News::Audio {
            author: ANN,
            heard: Heard { received: 500, concealed: 2, late: 1, delay_ms: 41.2 },
        },
        News::State { digest: [9; 32], entries: 12, page: Some(ON), presenter: Some(ANN) },
        News::State { digest: [9; 32], entries: 1, page: None, presenter: None },
        News::CompareCode { member: ANN, digits: CompareCode::of(&ANN, &MemberId([1; 32]), &id) },
        News::Replay(ReplayNews::Reset),
        News::Replay(ReplayNews::Position {
            at: Duration::from_millis(61_500),
            playing: true,
            speed: 1.5,
        }),
        News::Replay(ReplayNews::Ended),
        News::Left,
    ];
    news.extend(Feeling::ALL.map(|kind| News::Reaction { author: ANN, kind }));
    news.extend(every_refusal().map(News::Refused));
    news.extend(every_standing().map(|state| News::Member {
        peer: ANN,
        name: "Ann".into(),
        state,
    }));
    news.extend(every_notice().into_iter().map(News::Warning));
    news.extend(every_notice().into_iter().map(News::Error));
    news.iter().for_each(kept_up);
    news.into_iter().map(|news| Event { at: LocalTime::from_millis(1500), news }).collect()
}

fn stroke() -> Stroke {
    Stroke {
        on: ON,
        points: vec![Point { x: 1204, y: 880 }, Point { x: 1216, y: 877 }],
        pressure: vec![40, 41],
        colour: [0xe5, 0x48, 0x4d, 0xff],
        width: 30,
        tool: Tool::Pen,
    }
}

fn note() -> Note {
    Note {
        on: ON,
        at: Point { x: 2500, y: 5000 },
        colour: [0xe5, 0x48, 0x4d, 0xff],
        size: 200,
        text: "here\n\u{1b}[31m".into(),
    }
}

/// Each [`Refusal`].
pub(super) fn every_refusal() -> impl Iterator<Item = Refusal> {
    use Refusal::{CodeNeeded, Declined, Removed, TooManyTries, WrongCode};
    [WrongCode, CodeNeeded, Declined, Removed, TooManyTries].into_iter()
}

fn every_standing() -> impl Iterator<Item = MemberState> {
    use MemberState::{Asking, Away, Here, Left, Removed};
    [Asking, Here, Away, Left, Removed].into_iter()
}

/// A document that is kept.
pub(super) fn stored() -> StoredDocument {
    StoredDocument {
        id: ON.document,
        name: Some("talk.pdf".into()),
        pages: 12,
        bytes: 1_000_000,
        total: 1_481_220,
        meetings: vec![Showing { id: MeetingId([0x3e; 32]), title: "Plans".into(), open: false }],
    }
}

/// Each [`Notice`].
pub(super) fn every_notice() -> Vec<Notice> {
    let problem = || "it is broken".to_owned();
    vec![
        Notice::WrongCode { peer: ANN, failures: 3 },
        Notice::Fork { author: ANN, name: "Ann".into(), seq: 4 },
        Notice::Healed { what: "12 bytes".into() },
        Notice::Document { name: "talk.pdf".into(), problem: problem() },
        Notice::Partly { name: "talk.pdf".into(), problem: problem() },
        Notice::NothingLocked,
        Notice::NothingSaved,
        Notice::Cancelled { name: "talk.pdf".into() },
        Notice::Unknown { what: "Bob".into() },
        Notice::Invalid { problem: problem() },
        Notice::BadLink,
        Notice::NotPresenting,
        Notice::NoDocument,
        Notice::DrawingForbidden,
        Notice::NoSuchPage { page: 10, pages: 9 },
        Notice::Storage { problem: problem() },
        Notice::DiskFull,
        Notice::Sound { end: SoundEnd::Source, problem: problem() },
        Notice::SpeaksFrom { device: "Headset".into() },
        Notice::PlaysTo { device: "Headset".into() },
        Notice::Howls,
        Notice::Howled,
        Notice::SoundAwaited { seconds: 3 },
        Notice::Carrier { problem: problem() },
        Notice::Network { problem: problem() },
        Notice::NotFound { what: Some("Plans".into()) },
        Notice::NotFound { what: None },
    ]
}

/// Does not compile when a kind of news is new: then add its sample above.
fn kept_up(news: &News) {
    match news {
        News::Ready { .. }
        | News::Meeting { .. }
        | News::Found { .. }
        | News::Joined { .. }
        | News::Refused(_)
        | News::Member { .. }
        | News::Growing { .. }
        | News::Document { .. }
        | News::Replaced { .. }
        | News::Saved { .. }
        | News::Progress { .. }
        | News::Holds { .. }
        | News::Converting { .. }
        | News::SpeakerNotes { .. }
        | News::PasswordNeeded { .. }
        | News::Page { .. }
        | News::Stroke { .. }
        | News::Note { .. }
        | News::Erased { .. }
        | News::Chat { .. }
        | News::ChatGone { .. }
        | News::Hands(_)
        | News::Reaction { .. }
        | News::DrawingAllowed(_)
        | News::Recording { .. }
        | News::Bridge { .. }
        | News::Picture { .. }
        | News::Hand { .. }
        | News::Floor { .. }
        | News::Laser { .. }
        | News::Drawing { .. }
        | News::DrawingGone { .. }
        | News::Microphone { .. }
        | News::Room(_)
        | News::RoomSuggested { .. }
        | News::Levels { .. }
        | News::Audio { .. }
        | News::State { .. }
        | News::CompareCode { .. }
        | News::Warning(_)
        | News::Error(_)
        | News::Replay(_)
        | News::Left => {}
    }
}

/// A microphone that `devices` lists.
#[cfg(feature = "devices")]
pub(super) fn microphone() -> moot_node::io::devices::Device {
    let (id, name) = ("input.usb".to_owned(), "Headset".to_owned());
    moot_node::io::devices::Device { id, name, default: true }
}
