//! Which loudspeaker of a room is on: whose it was stays; else the one with the lowest id that can play; and
//! whichever somebody picks.

use super::{Group, Turn, holder};
use crate::room::id::MemberId;
use crate::room::time::LocalTime;
use std::time::Duration;

/// Who takes the loudspeaker is silent until the other one says that it is off, for so long at most: some
/// round trips and a stall of Wi-Fi.
pub(super) const WAIT: Duration = Duration::from_millis(300);

impl Group {
    /// One's own loudspeaker is to be the room's.
    pub fn play_here(&mut self, now: LocalTime) {
        if self.can_be_loudspeaker() {
            self.take_loudspeaker(now);
        }
    }

    /// Any loudspeaker may be the room's: the lowest id's is.
    pub fn play_anywhere(&mut self) {
        self.loudspeaker.number = 0;
    }

    /// Whose loudspeaker the room's is.
    pub(super) fn loudspeaker_holder(&self) -> Option<MemberId> {
        let own = self.can_be_loudspeaker().then_some((self.me, self.loudspeaker.number));
        holder(self.mates().map(|(id, seat)| (id, seat.loudspeaker)).chain(own))
    }

    /// Whether one's own loudspeaker is on: no other one is.
    pub(super) fn is_loudspeaker(&self, now: LocalTime) -> bool {
        let others = self.mates().any(|(_, seat)| seat.loudspeaker > 0);
        self.loudspeaker_holder() == Some(self.me)
            && (!others || now.since(self.loudspeaker.since) >= WAIT)
    }

    pub(super) fn settle_loudspeaker(&mut self, now: LocalTime) {
        if !self.can_be_loudspeaker() {
            self.loudspeaker.number = 0;
        }
        match self.loudspeaker_holder() {
            Some(holder) if holder == self.me => {}
            Some(_) => self.loudspeaker.number = 0,
            None => {
                let able = self.mates().filter(|(_, seat)| seat.plays && !seat.headphones);
                let first = able.map(|(id, _)| id).all(|id| self.me < id);
                if first && self.can_be_loudspeaker() && !self.is_unsure(now) {
                    self.take_loudspeaker(now);
                }
            }
        }
    }

    fn take_loudspeaker(&mut self, now: LocalTime) {
        let highest = self.mates().map(|(_, seat)| seat.loudspeaker).max().unwrap_or(0);
        let number = highest.max(self.loudspeaker.number).saturating_add(1);
        self.loudspeaker = Turn { number, since: now };
    }

    fn can_be_loudspeaker(&self) -> bool {
        self.own.room.is_some() && self.own.plays && !self.own.headphones
    }
}
