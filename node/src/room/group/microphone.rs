//! Which microphone of a room is open: the presenter's while they speak; else the loudest over 300 ms, with
//! hysteresis, for whoever speaks into it.
//!
//! Who is louder takes the microphone, and the one before closes when it hears of it. So there is no gap at
//! the hand-over, and both are open for as long as one word takes from laptop to laptop.

use super::{Group, Turn, holder};
use crate::room::id::MemberId;
use crate::room::stanza::Seat;
use crate::room::time::LocalTime;
use std::time::Duration;

/// So much louder must one be than whose microphone is open: 6 dB (research: audio §4d), in levels of 0.4 dB.
const LOUDER: u8 = 15;

/// A microphone stays open for so long at least (research: audio §4d).
const HOLD: Duration = Duration::from_millis(500);

/// Who takes the microphone has been louder for so long: by then each has heard of the others' levels twice.
const LOUDER_FOR: Duration = Duration::from_millis(200);

/// Who has not talked for so long is not talking: two words about levels, and a pause between words.
const PAUSE: Duration = Duration::from_millis(400);

/// Who may be heard through the room's microphone.
#[derive(Clone, Copy, Debug)]
struct Voice {
    id: MemberId,
    level: u8,
    talks: bool,
}

impl Group {
    /// Whose microphone is open.
    pub(super) fn microphone_holder(&self) -> Option<MemberId> {
        let own = self.is_candidate().then_some((self.me, self.microphone.number));
        let mates = self.mates().filter(|(_, seat)| candidate(seat));
        holder(mates.map(|(id, seat)| (id, seat.microphone)).chain(own))
    }

    pub(super) fn settle_microphone(&mut self, now: LocalTime) {
        if !self.is_candidate() {
            self.microphone.number = 0;
        }
        let holder = self.microphone_holder();
        if holder != self.held.0 {
            self.held = (holder, now);
        }
        match holder {
            Some(holder) if holder == self.me => {}
            Some(holder) => {
                self.microphone.number = 0;
                let louder = self.is_candidate() && self.overtakes(holder, now);
                self.louder = louder.then(|| self.louder.unwrap_or(now));
                if self.louder.is_some_and(|since| now.since(since) >= LOUDER_FOR) {
                    self.take_microphone(now);
                }
            }
            None if self.is_candidate() && !self.is_unsure(now) && self.is_first(now) => {
                self.take_microphone(now);
            }
            None => {}
        }
    }

    /// Nobody's is open: the presenter's is to be, else the loudest, else the lowest id's. By what all have said, oneself
    /// too: small changes of a level are not said, and who compared their own as it is with others' as they were would
    /// take another for louder, as that one does.
    fn is_first(&self, now: LocalTime) -> bool {
        let said = self.told.as_ref().map(|(seat, _)| (seat.level, seat.talking));
        let as_said = |voice: Voice| match said {
            Some((level, talks)) if voice.id == self.me => Voice { level, talks, ..voice },
            _ => voice,
        };
        let rank = |voice: &Voice| {
            let presents = Some(voice.id) == self.presenter;
            (presents, voice.talks, voice.level, std::cmp::Reverse(voice.id))
        };
        self.voices(now).map(as_said).max_by_key(rank).is_some_and(|first| first.id == self.me)
    }

    /// One's own is to be open instead of `holder`'s: who presents and is as loud as any, or who is louder
    /// than the holder by [`LOUDER`], or who talks while the holder does not. Of several the presenter, then the loudest.
    fn overtakes(&self, holder: MemberId, now: LocalTime) -> bool {
        if now.since(self.held.1) < HOLD {
            return false;
        }
        let voices: Vec<_> = self.voices(now).collect();
        let Some(held) = voices.iter().find(|voice| voice.id == holder) else { return true };
        let loudest = voices.iter().map(|voice| voice.level).max().unwrap_or(0);
        let louder = |voice: &&Voice| match Some(voice.id) == self.presenter {
            true => voice.level >= loudest,
            false => !held.talks || voice.level >= held.level.saturating_add(LOUDER),
        };
        let rank = |voice: &&Voice| {
            (Some(voice.id) == self.presenter, voice.level, std::cmp::Reverse(voice.id))
        };
        let able = voices.iter().filter(|voice| voice.id != holder && voice.talks).filter(louder);
        able.max_by_key(rank).is_some_and(|first| first.id == self.me)
    }

    fn take_microphone(&mut self, now: LocalTime) {
        let highest = self.mates().map(|(_, seat)| seat.microphone).max().unwrap_or(0);
        let number = highest.max(self.microphone.number).saturating_add(1);
        self.microphone = Turn { number, since: now };
        self.held = (Some(self.me), now);
        self.louder = None;
    }

    /// All whose microphone may be the room's, one's own among them.
    fn voices(&self, now: LocalTime) -> impl Iterator<Item = Voice> {
        let own = self.is_candidate().then(|| Voice {
            id: self.me,
            level: self.loudness.level(),
            talks: self.loudness.talks(),
        });
        let mates = self.mates().filter(|(_, seat)| candidate(seat)).map(move |(id, seat)| {
            let talked = self.others.get(&id).map_or(LocalTime::START, |other| other.talked);
            let lately = talked > LocalTime::START && now.since(talked) < PAUSE;
            Voice { id, level: seat.level, talks: seat.talking || lately }
        });
        mates.chain(own)
    }

    fn is_candidate(&self) -> bool {
        self.own.room.is_some() && self.own.speaks && !self.own.headphones
    }
}

fn candidate(seat: &Seat) -> bool {
    seat.speaks && !seat.headphones
}
