//! THE ROOM: laptops that hear each other share one loudspeaker and one microphone.
//!
//! Who plays a voice into the room in which it was said makes an echo that no canceller can take out
//! (research: audio §4c); two loudspeakers in one room, or two open microphones, are a comb. So, of those who
//! say they sit in the same room:
//!
//! 1. Their own voices are never played aloud.
//! 2. At most one loudspeaker is on, for voices from outside ([`loudspeaker`]).
//! 3. At most one microphone is open towards outside and for recordings ([`microphone`]).
//!
//! Headphones free one from all three. Who is alone in a room, or in none, has everything as usual.
//!
//! Each says live where they sit ([`Seat`]), and works out the same rules from what all say. Loudspeaker and
//! microphone go by **turns**: who takes one says a number one above all that were said, and the highest turn
//! holds, of equal ones the lower id's. So nobody needs to ask anybody, and who is gone is followed at once.
//!
//! Pure: what comes in is said by whom at what moment; what comes out is [`Group::settle`].

mod loudness;
mod loudspeaker;
mod microphone;
mod near;
#[cfg(test)]
mod sim;
#[cfg(test)]
mod tests;

pub use near::{Near, Suggestion};

use super::stanza::{RoomName, Seat};
use super::time::LocalTime;
use crate::limits::MEMBERS;
use crate::room::id::MemberId;
use loudness::Loudness;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Who sits in a room and does not know yet where a member sits takes that member for a neighbour, and is
/// silent, for so long: a stream of signs is open within some round trips. Who has not said it then never
/// will (an earlier version).
const UNSURE: Duration = Duration::from_secs(2);

/// Time between two words about one's level alone: ten a second, a third of the window it is taken over.
const LEVELS: Duration = Duration::from_millis(100);

/// Smaller changes of a level are not worth a word: 1.6 dB.
const STEP: u8 = 4;

/// What one's own laptop is like.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Own {
    /// The room one sits in.
    pub room: Option<RoomName>,
    /// One wears headphones.
    pub headphones: bool,
    /// There is a loudspeaker that plays aloud.
    pub plays: bool,
    /// There is a microphone that one has not closed.
    pub speaks: bool,
}

/// What is to be heard here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ears {
    /// Whose voices are not played.
    pub hushed: BTreeSet<MemberId>,
    /// Whether all other voices are played here; else another laptop of the room plays them.
    pub aloud: bool,
}

impl Default for Ears {
    /// Everybody, as usual.
    fn default() -> Self {
        Self { hushed: BTreeSet::new(), aloud: true }
    }
}

/// How things are in one's room, for people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoomState {
    /// The room one says to sit in.
    pub room: Option<RoomName>,
    /// Who else sits there, in the order of their ids. With nobody everything is as usual.
    pub mates: Vec<MemberId>,
    /// One wears headphones.
    pub headphones: bool,
    /// Whose loudspeaker is on.
    pub loudspeaker: Option<MemberId>,
    /// Whose microphone is open, besides those of people with headphones.
    pub microphone: Option<MemberId>,
}

/// What the rules come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// What is to be heard here.
    pub ears: Ears,
    /// The rules close one's microphone.
    pub closed: bool,
    /// For people.
    pub state: RoomState,
}

/// One's own place, and everybody else's.
#[derive(Debug)]
pub struct Group {
    me: MemberId,
    own: Own,
    loudspeaker: Turn,
    microphone: Turn,
    /// Who held the microphone last, and since when.
    held: (Option<MemberId>, LocalTime),
    loudness: Loudness,
    /// Since when one is so loud that the microphone should be one's own.
    louder: Option<LocalTime>,
    presenter: Option<MemberId>,
    others: BTreeMap<MemberId, Other>,
    /// One wants no suggestion any more.
    dismissed: bool,
    told: Option<(Seat, LocalTime)>,
}

/// A turn that one took; number 0: none.
#[derive(Clone, Copy, Debug, Default)]
struct Turn {
    number: u32,
    since: LocalTime,
}

/// Another member within reach.
#[derive(Debug)]
struct Other {
    since: LocalTime,
    /// What they said last.
    seat: Option<Seat>,
    /// When they were last said to talk.
    talked: LocalTime,
    near: Near,
}

impl Group {
    /// Nobody is within reach.
    #[must_use]
    pub fn new(me: MemberId, own: Own) -> Self {
        Self {
            me,
            own,
            loudspeaker: Turn::default(),
            microphone: Turn::default(),
            held: (None, LocalTime::START),
            loudness: Loudness::default(),
            louder: None,
            presenter: None,
            others: BTreeMap::new(),
            dismissed: false,
            told: None,
        }
    }

    /// What one's own laptop is like.
    #[must_use]
    pub fn own(&self) -> &Own {
        &self.own
    }

    /// One sits in this room from now on, or in none; which also says no to what is suggested.
    pub fn sit(&mut self, room: Option<RoomName>) {
        self.dismissed = room.is_none();
        if self.own.room != room {
            (self.loudspeaker, self.microphone) = Default::default();
        }
        self.own.room = room;
    }

    /// One puts on headphones, or takes them off.
    pub fn wear(&mut self, headphones: bool) {
        self.own.headphones = headphones;
    }

    /// Whether there is a loudspeaker that plays aloud.
    pub fn can_play(&mut self, plays: bool) {
        self.own.plays = plays;
    }

    /// Whether there is a microphone that one has not closed.
    pub fn can_speak(&mut self, speaks: bool) {
        self.own.speaks = speaks;
    }

    /// A block of 20 ms of one's own microphone was this loud, and held speech or not.
    pub fn heard(&mut self, level: u8, speech: bool) {
        self.loudness.block(level, speech);
    }

    /// Who presents.
    pub fn presents(&mut self, presenter: Option<MemberId>) {
        self.presenter = presenter;
    }

    /// A member is within reach.
    pub fn arrives(&mut self, member: MemberId, now: LocalTime) {
        if member != self.me && self.others.len() < MEMBERS {
            let talked = LocalTime::START;
            let new = Other { since: now, seat: None, talked, near: Near::default() };
            self.others.entry(member).or_insert(new);
        }
    }

    /// A member says where they sit.
    pub fn sits(&mut self, member: MemberId, seat: Seat, now: LocalTime) {
        self.arrives(member, now);
        let Some(other) = self.others.get_mut(&member) else { return };
        if seat.talking {
            other.talked = now;
        }
        other.seat = Some(seat);
    }

    /// A member is out of reach, or was removed.
    pub fn gone(&mut self, member: &MemberId) {
        self.others.remove(member);
    }

    /// Works out the rules, and takes the turns that are one's own to take.
    pub fn settle(&mut self, now: LocalTime) -> Rules {
        self.settle_loudspeaker(now);
        self.settle_microphone(now);
        let mates: Vec<_> = self.mates().map(|(id, _)| id).collect();
        let (shared, loose) = (!mates.is_empty(), self.own.headphones);
        let mut ears = Ears::default();
        if self.own.room.is_some() && !loose {
            ears.hushed = mates.iter().copied().chain(self.unknown(now)).collect();
            ears.aloud = !shared || self.is_loudspeaker(now);
        }
        let state = RoomState {
            room: self.own.room.clone(),
            loudspeaker: self.loudspeaker_holder().filter(|_| shared),
            microphone: self.microphone_holder().filter(|_| shared),
            mates,
            headphones: loose,
        };
        let closed = shared && !loose && self.microphone.number == 0;
        Rules { ears, closed, state }
    }

    /// When to settle next, were nothing to happen before.
    #[must_use]
    pub fn next_wake(&self, now: LocalTime) -> Option<LocalTime> {
        let room = self.own.room.as_ref()?;
        let unsure = self.others.values().filter(|other| other.seat.is_none());
        let unsure = unsure.map(|other| other.since + UNSURE);
        let mate = |other: &&Other| {
            other.seat.as_ref().is_some_and(|seat| seat.room.as_ref() == Some(room))
        };
        let shared = self.others.values().any(|other| mate(&other));
        let waits = (shared && self.loudspeaker.number > 0)
            .then(|| self.loudspeaker.since + loudspeaker::WAIT);
        unsure.chain(waits).filter(|due| *due > now).min()
    }

    /// The word that is due to the others: at once when it changes something, rarely when only a level does.
    pub fn says(&mut self, now: LocalTime) -> Option<Seat> {
        let seat = self.seat();
        if let Some((told, at)) = &self.told {
            let level = Seat { level: told.level, talking: told.talking, ..seat.clone() } == *told;
            let small = told.level.abs_diff(seat.level) < STEP && told.talking == seat.talking;
            if level && (small || now.since(*at) < LEVELS) {
                return None;
            }
        }
        self.told = Some((seat.clone(), now));
        Some(seat)
    }

    /// What one says of one's own place.
    #[must_use]
    pub fn seat(&self) -> Seat {
        // Who shares no room says nothing that changes by itself.
        let listens = self.mates().next().is_some() && self.own.speaks;
        Seat {
            room: self.own.room.clone(),
            headphones: self.own.headphones,
            plays: self.own.plays,
            loudspeaker: self.loudspeaker.number,
            speaks: self.own.speaks,
            microphone: self.microphone.number,
            level: if listens { self.loudness.level() } else { 0 },
            talking: listens && self.loudness.talks(),
        }
    }

    /// Who else sits in one's room, with what they said last.
    fn mates(&self) -> impl Iterator<Item = (MemberId, &Seat)> {
        let room = self.own.room.as_ref();
        self.others.iter().filter_map(move |(id, other)| {
            let seat = other.seat.as_ref()?;
            (room.is_some() && seat.room.as_ref() == room).then_some((*id, seat))
        })
    }

    /// Who has not said yet where they sit.
    fn unknown(&self, now: LocalTime) -> impl Iterator<Item = MemberId> {
        self.others.iter().filter_map(move |(id, other)| {
            (other.seat.is_none() && now.since(other.since) < UNSURE).then_some(*id)
        })
    }

    fn is_unsure(&self, now: LocalTime) -> bool {
        self.unknown(now).next().is_some()
    }
}

/// Who of these holds: the highest turn, of equal ones the lower id's.
fn holder(turns: impl Iterator<Item = (MemberId, u32)>) -> Option<MemberId> {
    let turns = turns.filter(|(_, turn)| *turn > 0);
    turns.max_by_key(|(id, turn)| (*turn, std::cmp::Reverse(*id))).map(|(id, _)| id)
}
