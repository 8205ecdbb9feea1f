//! THE ROOM along the chain: what people choose and hear of each other to the rules of
//! [`crate::room::group`], and what these come to to playout, microphone and people.

use super::Session;
use crate::io::mesh::Standing;
use crate::io::subnet;
use crate::node::config::SinkChoice;
use crate::node::event::News;
use crate::node::inbox::Done;
use crate::room::group::{Group, Near, Own, RoomState, Rules, Suggestion};
use crate::room::headset::is_worn;
use crate::room::id::MemberId;
use crate::room::stanza::{Live, RoomName, Seat, Sign};
use crate::room::time::LocalTime;
use std::time::Duration;

/// A level that speech exceeds where nobody listens for it (a file, a tone): -40 dBFS.
const SPEECH: u8 = 25;

/// The rules, and what of them was told.
pub(in crate::node) struct RoomGroup {
    group: Group,
    /// As they are kept now.
    rules: Rules,
    told: RoomState,
    suggested: Option<Suggestion>,
    /// One wants to hear nobody.
    deaf: bool,
    /// Whether people said themselves that one wears headphones, or not.
    said: bool,
}

/// What somebody chooses about their seat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::node) enum Choice {
    /// This room, or none.
    Sit(Option<RoomName>),
    /// Headphones.
    Wear(bool),
    /// The room's loudspeaker is to be this one, or any.
    PlayHere(bool),
}

impl RoomGroup {
    /// One sits in this room from the beginning, or in none.
    pub(in crate::node) fn new(me: MemberId, room: Option<RoomName>, headphones: bool) -> Self {
        let own = Own { room, headphones, ..Own::default() };
        Self {
            group: Group::new(me, own),
            rules: Rules::default(),
            told: RoomState::default(),
            suggested: None,
            deaf: false,
            said: headphones,
        }
    }

    /// Whether the rules close one's microphone.
    pub(super) fn closed(&self) -> bool {
        self.rules.closed
    }

    /// One wants to hear nobody, or everybody again.
    pub(super) fn deafen(&mut self, deaf: bool) {
        self.deaf = deaf;
    }

    /// The next block of one's own microphone.
    pub(super) fn captured(&mut self, level: u8, speech: Option<bool>) {
        self.group.heard(level, speech.unwrap_or(level >= SPEECH));
    }

    /// When the rules are to be looked after next.
    pub(super) fn next_wake(&self, now: LocalTime) -> Option<LocalTime> {
        self.group.next_wake(now)
    }

    /// Who has come within reach.
    pub(super) fn arrives(&mut self, member: MemberId, now: LocalTime) {
        self.group.arrives(member, now);
    }

    /// Who is gone.
    pub(super) fn gone(&mut self, member: &MemberId) {
        self.group.gone(member);
    }

    /// What the network tells of where a member is.
    pub(super) fn is_at(&mut self, member: &MemberId, near: Near) {
        self.group.is_at(member, near);
    }

    fn choose(&mut self, choice: Choice, now: LocalTime) {
        match choice {
            Choice::Sit(room) => self.group.sit(room),
            Choice::Wear(headphones) => {
                self.said = true;
                self.group.wear(headphones);
            }
            Choice::PlayHere(true) => self.group.play_here(now),
            Choice::PlayHere(false) => self.group.play_anywhere(),
        }
    }
}

impl Session {
    /// Somebody chooses where they sit, and how.
    pub(super) async fn choose_seat(&mut self, choice: Choice) {
        self.look_at_sound();
        let now = self.clock.now();
        self.room.choose(choice, now);
        self.settle_room().await;
        self.suggest_room().await;
    }

    /// The others are heard from the loudspeaker of this name. Until its person says otherwise, one that is called a
    /// headset is one.
    pub(super) async fn hears_from(&mut self, loudspeaker: &str) {
        if !self.room.said {
            self.room.group.wear(is_worn(loudspeaker));
            self.settle_room().await;
        }
    }

    /// Takes the seats out of what `member` shows: they hold at once, and wait for no sound.
    pub(super) fn take_seats(&mut self, member: MemberId, live: &mut Live) {
        let now = self.clock.now();
        live.signs.retain(|sign| {
            if let Sign::Seat(seat) = sign {
                self.room.group.sits(member, seat.clone(), now);
            }
            !matches!(sign, Sign::Seat(_))
        });
    }

    /// Keeps to the rules as they are now, and says to the others what follows.
    pub(super) async fn settle_room(&mut self) {
        self.look_at_sound();
        let now = self.clock.now();
        let rules = self.room.group.settle(now);
        if rules.ears != self.room.rules.ears {
            self.sound.talk.volumes().hear(rules.ears.clone());
        }
        if rules.closed != self.room.rules.closed {
            self.sound.talk.hold(rules.closed);
        }
        self.room.rules = rules;
        if let Some(seat) = self.room.group.says(now) {
            self.show_seat(seat);
        }
        if self.room.rules.state != self.room.told {
            self.room.told.clone_from(&self.room.rules.state);
            self.teller.tell(News::Room(self.room.told.clone())).await;
        }
    }

    /// Tells the room that one may sit in, when it is another one than was told. Once a second is enough.
    pub(super) async fn suggest_room(&mut self) {
        let suggestion = self.room.group.suggestion();
        if suggestion == self.room.suggested {
            return;
        }
        self.room.suggested.clone_from(&suggestion);
        let (room, people) = match suggestion {
            Some(Suggestion { room, people }) => {
                (room.or_else(|| self.named_after(&people)), people)
            }
            None => (None, Vec::new()),
        };
        self.teller.tell(News::RoomSuggested { room, people }).await;
    }

    /// Measures, after a stream to `member` took so long to open, how near they are.
    pub(super) fn look_how_near(&self, member: MemberId, round_trip: Duration) {
        let (mesh, tasks) = (self.mesh.clone(), self.tasks.clone());
        tokio::spawn(async move {
            let theirs = mesh.addresses(Some(member)).await.unwrap_or_default();
            let look = tokio::task::spawn_blocking(move || subnet::shares_one(&theirs));
            let near = Near { subnet: look.await.ok(), round_trip: Some(round_trip) };
            let _ = tasks.send(Done::Near(member, near)).await;
        });
    }

    /// What loudspeaker and microphone there are, and who presents.
    fn look_at_sound(&mut self) {
        let sink = self.sound.wishes.sink() != &SinkChoice::None;
        let plays = sink && !self.sound.talk.plays_nowhere() && !self.room.deaf;
        self.room.group.can_play(plays);
        self.room.group.can_speak(self.live.microphone());
        self.room.group.presents(self.view.meeting().presenter());
    }

    fn show_seat(&mut self, seat: Seat) {
        let at = self.sound.talk.media_at(self.clock.now());
        self.live.show(at, &Sign::Seat(seat));
    }

    /// A name for the room of these people, the same at each of them: that of who has the lowest id.
    fn named_after(&self, people: &[MemberId]) -> Option<RoomName> {
        let first = people.iter().chain([&self.me]).min()?;
        let name: String = self.name_of(first).chars().take(crate::limits::ROOM_CHARS).collect();
        RoomName::new(&name)
    }

    /// Whether this member's seat is awaited.
    pub(super) fn room_awaits(&mut self, member: MemberId, standing: Standing) {
        if standing == Standing::Member {
            let now = self.clock.now();
            self.room.arrives(member, now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_chooses_no_room_has_everything_as_usual() {
        let mut room = RoomGroup::new(MemberId([1; 32]), None, false);
        room.arrives(MemberId([2; 32]), LocalTime::START);
        room.rules = room.group.settle(LocalTime::START);
        assert_eq!(room.rules, Rules::default());
        assert_eq!((room.next_wake(LocalTime::START), &room.rules.state), (None, &room.told));
    }
}
