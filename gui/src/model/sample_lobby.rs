//! A made-up lobby and a made-up player, for tests, examples and the eye.

use super::calendar::Calendar;
use super::lobby::{EarlierMeeting, FoundMeeting, Interface, Lobby, Recording};
use super::player::{Player, Timeline};
use super::sample::{DECK, meeting, member};
use super::{Model, Screen};
use moot_node::room::id::{EntryRef, MeetingId};
use moot_node::room::stanza::{JoinPolicy, PageTurn};
use std::path::PathBuf;
use std::time::Duration;

/// 12 October 2026, 10:42, in UTC.
pub const NOW: i64 = 1_791_801_720;

/// The meeting with this number.
#[must_use]
pub const fn id(n: u8) -> MeetingId {
    MeetingId([n; 32])
}

/// Three meetings to be found (by code, by asking, open), earlier ones and recordings.
#[must_use]
pub fn lobby() -> Model {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let found = [
        (
            1,
            "Pump station review",
            JoinPolicy::Code,
            names(&["Lin Wei 林伟", "Amara Okafor", "Jonas Schmidt"]),
            6,
        ),
        (2, "河道巡查周会", JoinPolicy::Ask, names(&["Zhang Min 张敏", "Priya Kaur"]), 2),
        (3, "Field kitchen", JoinPolicy::Open, names(&[]), 3),
    ];
    let found = found.map(|(n, title, join, people, count)| FoundMeeting {
        id: id(n),
        title: title.into(),
        join,
        people,
        count,
        member: false,
    });
    let earlier = [
        (11, "Dike watch", 3 * 3600, names(&["Lin Wei 林伟", "Tomás Rivera"])),
        (
            12,
            "Budget 2027",
            26 * 3600,
            names(&["Amara Okafor", "Jonas Schmidt", "Priya Kaur", "Zhang Min 张敏", "Ben"]),
        ),
        (13, "Safety drill", 9 * 86_400, names(&["Jonas Schmidt"])),
    ];
    let earlier = earlier.map(|(n, title, ago, members)| EarlierMeeting {
        id: id(n),
        title: title.into(),
        last_used: Some(NOW - ago),
        members,
        interrupted: false,
    });
    let mut model = Model {
        lobby: Lobby {
            found: found.into(),
            earlier: earlier.into(),
            recordings: recordings(),
            ..Lobby::default()
        },
        calendar: Calendar { now: NOW, ahead: 0 },
        interfaces: vec![
            Interface { name: "wlan0".into(), address: "192.168.1.20".into() },
            Interface { name: "eth0".into(), address: "10.0.7.3".into() },
        ],
        ..Model::default()
    };
    model.settings.name = "Amara Okafor".into();
    model.settings.colour = Some(1);
    model
}

/// The same on a day when the last meeting broke off.
#[must_use]
pub fn interrupted() -> Model {
    let mut model = lobby();
    if let Some(meeting) = model.lobby.earlier.first_mut() {
        meeting.interrupted = true;
    }
    model
}

fn recordings() -> Vec<Recording> {
    let one = |title: &str, ago, minutes: u64, members: &[&str], problem: Option<&str>| Recording {
        folder: PathBuf::from(format!("/meetings/{ago}")),
        meeting: MeetingId([7; 32]),
        title: title.into(),
        started: Some(NOW - ago),
        duration: Duration::from_secs(minutes * 60 + 13),
        members: members.iter().map(|name| (*name).to_owned()).collect(),
        documents: vec!["Pump-station.pptx".into()],
        bytes: minutes * 430_000,
        problem: problem.map(str::to_owned),
    };
    vec![
        one(
            "Pump station review",
            86_000,
            42,
            &["Lin Wei 林伟", "Amara Okafor", "Jonas Schmidt", "Priya Kaur", "Ben"],
            None,
        ),
        one("河道巡查周会", 9 * 86_400, 71, &["Zhang Min 张敏"], None),
        one(
            "Dike watch",
            400 * 86_400,
            8,
            &["Lin Wei 林伟"],
            Some("Its log is damaged after 3:20. Ask another member for their copy."),
        ),
    ]
}

/// A recording that is played: 42 minutes, nine page turns, three who talk.
#[must_use]
pub fn player() -> Model {
    let mut model = lobby();
    let at = |minutes: f64| Duration::from_secs_f64(minutes * 60.0);
    let turns = (1..).zip([0.0, 3.1, 5.4, 9.8, 12.2, 17.5, 24.0, 31.3, 38.8]);
    let turns = turns.map(|(page, m)| (at(m), PageTurn { document: DECK, page })).collect();
    let talk = [
        (0, 0.1, 4.8),
        (1, 5.0, 5.9),
        (0, 6.2, 11.9),
        (3, 12.0, 14.6),
        (0, 14.9, 23.3),
        (2, 23.6, 26.0),
        (0, 26.4, 36.6),
        (3, 36.9, 37.7),
        (0, 38.0, 41.9),
    ];
    let marks = (1..).zip([7.0, 7.2, 13.3, 18.0, 18.4, 27.9, 33.0]);
    let timeline = Timeline {
        duration: at(42.2),
        turns,
        marks: marks.map(|(seq, m)| (at(m), EntryRef { author: member(0), seq })).collect(),
        lines: vec![at(10.0), at(20.0)],
        talk: talk.map(|(who, from, to)| (member(who), at(from), at(to))).into(),
    };
    let folder = PathBuf::from("/meetings/86000");
    let player = Player::new(folder, meeting(), timeline);
    model.player = Some(Player { position: at(15.7), playing: true, ..player });
    model.screen = Screen::Player;
    model
}
