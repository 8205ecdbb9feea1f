//! Who may sit in one's room: on the same subnet, a short round trip away. A hint and no more, for a wireless
//! network covers a floor: it is suggested, and people say.

use super::Group;
use crate::room::id::MemberId;
use crate::room::stanza::RoomName;
use std::collections::BTreeMap;
use std::time::Duration;

/// Round trips in one room are shorter (research: audio §4d).
const NEAR: Duration = Duration::from_millis(5);

/// What the network tells of another member's place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Near {
    /// Both have addresses on one subnet; `None`: not known.
    pub subnet: Option<bool>,
    /// The shortest round trip so far.
    pub round_trip: Option<Duration>,
}

impl Near {
    fn is_near(self) -> bool {
        self.subnet == Some(true) && self.round_trip.is_some_and(|trip| trip < NEAR)
    }
}

/// A room that one may sit in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// What the others there call it; `None`: nobody has called it anything yet.
    pub room: Option<RoomName>,
    /// Who is there, or seems to be, in the order of their ids.
    pub people: Vec<MemberId>,
}

impl Group {
    /// What the network tells of a member's place.
    pub fn is_at(&mut self, member: &MemberId, near: Near) {
        if let Some(other) = self.others.get_mut(member) {
            let trips = [other.near.round_trip, near.round_trip];
            let round_trip = trips.into_iter().flatten().min();
            other.near = Near { subnet: near.subnet.or(other.near.subnet), round_trip };
        }
    }

    /// The room of those who are near, the one with the most of them; none for who sits in one, and for who
    /// has said no.
    #[must_use]
    pub fn suggestion(&self) -> Option<Suggestion> {
        if self.own.room.is_some() || self.dismissed {
            return None;
        }
        let mut rooms: BTreeMap<&RoomName, Vec<MemberId>> = BTreeMap::new();
        let mut nowhere = Vec::new();
        for (id, other) in self.others.iter().filter(|(_, other)| other.near.is_near()) {
            match other.seat.as_ref().map(|seat| &seat.room) {
                Some(Some(room)) => rooms.entry(room).or_default().push(*id),
                Some(None) => nowhere.push(*id),
                // Who says nothing of it can't share a room.
                None => {}
            }
        }
        let most = rooms.into_iter().rev().max_by_key(|(_, people)| people.len());
        match most {
            Some((room, people)) => Some(Suggestion { room: Some(room.clone()), people }),
            None if nowhere.is_empty() => None,
            None => Some(Suggestion { room: None, people: nowhere }),
        }
    }
}
