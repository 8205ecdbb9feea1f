//! Announcements by members as meetings that people can choose from. Pure: time is an argument.

use super::{LobbyEvent, Nearby};
use crate::io::discovery::{DiscoveryEvent, Found};
use crate::limits::MEMBERS;
use crate::room::id::{MeetingId, MemberId};
use crate::room::time::LocalTime;
use std::collections::BTreeMap;
use std::time::Duration;

/// Meetings that are listed: more than a building has, and what a forger may make us remember.
const MEETINGS: usize = 1024;

/// Members remembered in all meetings together: the same bound for the forger who announces many
/// members of each.
const ANNOUNCERS: usize = 4096;

/// Addresses remembered of one member: those of some interfaces, with two transports.
const ADDRESSES: usize = 32;

/// How long a withdrawn member counts as there. Withdrawal is a hint: a laptop that changes from
/// cable to Wi-Fi is announced again after 1 s of probing (research: network §2), and so is one
/// whose title changed.
const GRACE: Duration = Duration::from_secs(3);

/// How long the list waits for more of the same before it tells: answers to one question are spread
/// over up to 120 ms (RFC 6762 §6), so that a meeting of eight is told once and not eight times.
const SETTLE: Duration = Duration::from_millis(150);

/// What is announced, meeting by meeting.
#[derive(Debug, Default)]
pub(super) struct Meetings {
    heard: BTreeMap<MeetingId, Meeting>,
    announcers: usize,
}

#[derive(Debug, Default)]
struct Meeting {
    members: BTreeMap<MemberId, Announcer>,
    /// As told last; none before it is told at all.
    told: Option<Nearby>,
    /// When to look whether something is to be told.
    look_at: Option<LocalTime>,
}

#[derive(Debug)]
struct Announcer {
    found: Found,
    /// The lower, the longer known: whoever came first is believed about the title.
    since: LocalTime,
    /// Withdrawn, and gone for good at this moment.
    gone_at: Option<LocalTime>,
}

impl Meetings {
    /// Takes what discovery heard.
    pub(super) fn hear(&mut self, event: DiscoveryEvent, now: LocalTime) {
        match event {
            DiscoveryEvent::Found(found) => self.found(found, now),
            DiscoveryEvent::Lost { member, meeting } => {
                let Some(meeting) = self.heard.get_mut(&meeting) else { return };
                if let Some(announcer) = meeting.members.get_mut(&member) {
                    announcer.gone_at.get_or_insert(now + GRACE);
                }
            }
        }
    }

    /// What differs from what was told, as far as it has settled.
    pub(super) fn poll(&mut self, now: LocalTime) -> Vec<LobbyEvent> {
        let mut events = Vec::new();
        for (id, meeting) in &mut self.heard {
            let gone = meeting
                .members
                .extract_if(.., |_, announcer| announcer.gone_at.is_some_and(|at| at <= now))
                .count();
            self.announcers -= gone;
            if gone == 0 && meeting.look_at.is_none_or(|at| at > now) {
                continue;
            }
            meeting.look_at = None;
            let nearby = meeting.nearby(*id);
            events.extend(match (&meeting.told, &nearby) {
                (None, Some(new)) => Some(LobbyEvent::Found(new.clone())),
                (Some(old), Some(new)) if old != new => Some(LobbyEvent::Changed(new.clone())),
                (Some(_), None) => Some(LobbyEvent::Gone { id: *id }),
                _ => None,
            });
            meeting.told = nearby;
        }
        self.heard.retain(|_, meeting| !meeting.members.is_empty());
        events
    }

    /// When to poll next.
    pub(super) fn next_wake(&self) -> Option<LocalTime> {
        let of = |meeting: &Meeting| {
            let gone = meeting.members.values().filter_map(|announcer| announcer.gone_at).min();
            gone.into_iter().chain(meeting.look_at).min()
        };
        self.heard.values().filter_map(of).min()
    }

    /// Whether there is no meeting to be told of.
    pub(super) fn is_empty(&self) -> bool {
        self.heard.is_empty()
    }

    fn found(&mut self, found: Found, now: LocalTime) {
        let is_new = !self.heard.contains_key(&found.meeting);
        if is_new && self.heard.len() >= MEETINGS {
            return;
        }
        let known = self.heard.get(&found.meeting);
        let known = known.is_some_and(|meeting| meeting.members.contains_key(&found.member));
        if !known && self.announcers >= ANNOUNCERS {
            return;
        }
        let meeting = self.heard.entry(found.meeting).or_default();
        if !known && meeting.members.len() >= MEMBERS {
            return;
        }
        meeting.look_at.get_or_insert(now + SETTLE);
        match meeting.members.get_mut(&found.member) {
            Some(announcer) => announcer.again(found),
            None => {
                self.announcers += 1;
                let announcer = Announcer { since: now, gone_at: None, found };
                meeting.members.insert(announcer.found.member, announcer);
            }
        }
    }
}

impl Meeting {
    /// The meeting as people see it; none when nobody announces it any more.
    fn nearby(&self, id: MeetingId) -> Option<Nearby> {
        let first = self.members.iter().min_by_key(|(id, announcer)| (announcer.since, **id))?;
        let Found { title, join, .. } = &first.1.found;
        let all = || self.members.values().map(|announcer| &announcer.found);
        let mut people: Vec<_> = all().filter_map(|found| found.name.clone()).collect();
        people.sort_unstable();
        Some(Nearby {
            id,
            title: title.clone(),
            join: *join,
            people,
            members: self.members.len(),
            addresses: all().map(|found| (found.member, found.addresses.clone())).collect(),
        })
    }
}

impl Announcer {
    /// Announced again: perhaps from another of its addresses.
    fn again(&mut self, found: Found) {
        self.gone_at = None;
        let mut addresses = std::mem::take(&mut self.found.addresses);
        for address in &found.addresses {
            if !addresses.contains(address) && addresses.len() < ADDRESSES {
                addresses.push(*address);
            }
        }
        addresses.sort_unstable();
        self.found = Found { addresses, ..found };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::room::stanza::JoinPolicy;

    const PLANS: MeetingId = MeetingId([7; 32]);

    fn found(member: u8, title: &str, name: Option<&str>) -> DiscoveryEvent {
        DiscoveryEvent::Found(Found {
            member: MemberId([member; 32]),
            meeting: PLANS,
            title: title.into(),
            name: name.map(Into::into),
            join: JoinPolicy::Code,
            addresses: vec!["/ip4/10.0.0.1/tcp/1".parse().expect("an address")],
        })
    }

    fn lost(member: u8) -> DiscoveryEvent {
        DiscoveryEvent::Lost { member: MemberId([member; 32]), meeting: PLANS }
    }

    fn at(millis: u64) -> LocalTime {
        LocalTime::from_millis(millis)
    }

    /// Who is in the only meeting told of.
    fn told(events: &[LobbyEvent]) -> (&'static str, Vec<String>, usize) {
        match events {
            [LobbyEvent::Found(nearby)] => ("found", nearby.people.clone(), nearby.members),
            [LobbyEvent::Changed(nearby)] => ("changed", nearby.people.clone(), nearby.members),
            [LobbyEvent::Gone { .. }] => ("gone", Vec::new(), 0),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_meeting_is_told_once_with_all_who_announce_it() {
        let mut meetings = Meetings::default();
        meetings.hear(found(1, "Plans", Some("Cleo")), at(0));
        meetings.hear(found(2, "Plans", None), at(60));
        meetings.hear(found(3, "Plans", Some("Ann")), at(90));
        assert_eq!(meetings.poll(at(149)), [], "not settled");
        assert_eq!(meetings.next_wake(), Some(at(150)));
        let people = vec!["Ann".to_owned(), "Cleo".to_owned()];
        assert_eq!(told(&meetings.poll(at(150))), ("found", people, 3));
        meetings.hear(found(3, "Plans", Some("Ann")), at(500));
        assert_eq!(meetings.poll(at(900)), [], "nothing differs");
        assert_eq!(meetings.next_wake(), None);
    }

    #[test]
    fn who_is_withdrawn_and_comes_again_was_never_away() {
        let mut meetings = Meetings::default();
        meetings.hear(found(1, "Plans", Some("Ann")), at(0));
        let _ = meetings.poll(at(200));
        meetings.hear(lost(1), at(1000));
        assert_eq!(meetings.poll(at(3900)), []);
        meetings.hear(found(1, "Plans", Some("Ann")), at(3950));
        assert_eq!(meetings.poll(at(9000)), []);
        meetings.hear(lost(1), at(10_000));
        meetings.hear(lost(1), at(12_000));
        assert_eq!(meetings.next_wake(), Some(at(13_000)), "the first withdrawal counts");
        assert_eq!(told(&meetings.poll(at(13_000))).0, "gone");
        assert!(meetings.is_empty());
    }

    #[test]
    fn who_comes_and_goes_changes_the_list() {
        let mut meetings = Meetings::default();
        meetings.hear(found(1, "Plans", Some("Ann")), at(0));
        let _ = meetings.poll(at(200));
        meetings.hear(found(2, "Plans", Some("Ben")), at(300));
        let both = vec!["Ann".to_owned(), "Ben".to_owned()];
        assert_eq!(told(&meetings.poll(at(450))), ("changed", both, 2));
        meetings.hear(lost(1), at(1000));
        assert_eq!(told(&meetings.poll(at(4000))), ("changed", vec!["Ben".to_owned()], 1));
    }

    #[test]
    fn whoever_came_first_is_believed_about_the_title() {
        let mut meetings = Meetings::default();
        meetings.hear(found(9, "Plans", None), at(0));
        meetings.hear(found(1, "Free beer", None), at(10));
        let LobbyEvent::Found(nearby) = &meetings.poll(at(200))[0] else { panic!("not found") };
        assert_eq!(nearby.title, "Plans");
        meetings.hear(found(9, "New plans", None), at(300));
        let LobbyEvent::Changed(nearby) = &meetings.poll(at(500))[0] else { panic!("unchanged") };
        assert_eq!(nearby.title, "New plans");
    }

    #[test]
    fn a_flood_of_announcements_is_bounded() {
        let mut meetings = Meetings::default();
        for number in 0..20_000_u32 {
            let mut id = [0; 32];
            id[..4].copy_from_slice(&(number / 16).to_le_bytes());
            let mut member = [0; 32];
            member[..4].copy_from_slice(&number.to_le_bytes());
            let DiscoveryEvent::Found(one) = found(1, "Plans", None) else { panic!("found") };
            let one = Found { meeting: MeetingId(id), member: MemberId(member), ..one };
            meetings.hear(DiscoveryEvent::Found(one), at(0));
        }
        assert!(meetings.heard.len() <= MEETINGS);
        assert_eq!(meetings.announcers, ANNOUNCERS);
        let in_all: usize = meetings.heard.values().map(|meeting| meeting.members.len()).sum();
        assert_eq!(in_all, ANNOUNCERS);
    }
}
