//! The member's side: who is let in, and how wrong codes are counted and slowed.
//!
//! A code has a million values. Each identity may try again after 1, 2, 4 … 300 s; identities cost
//! nothing, so all of them together are slowed too: eight wrong codes are free, each further one
//! doubles the pause up to a minute, and half a minute without one takes one off. That leaves an
//! attacker some hundred tries an hour at each member, and each is reported to people.

use super::message::{Half, Knock, Refused};
use super::pake::{Pake, Parties, Proofs};
use super::{Code, LinkSecret, Secret};
use crate::room::id::{MeetingId, MemberId};
use crate::room::stanza::JoinPolicy;
use crate::room::time::LocalTime;
use std::collections::BTreeMap;
use std::time::Duration;

/// Wrong codes of all together that bring no pause: some people in a full room mistype.
const FREE: u32 = 8;

/// Longest pause for one identity.
const PEER_PAUSE: Duration = Duration::from_secs(300);

/// Longest pause for all: newcomers who know the code must not be locked out by who does not.
const COMMON_PAUSE: Duration = Duration::from_secs(60);

/// Without a wrong code for this long, one is taken off the common count.
const FORGIVE: Duration = Duration::from_secs(30);

/// A pause up to this is waited at the door; for a longer one the newcomer is sent away.
const PATIENCE: Duration = Duration::from_secs(2);

/// Tries under way at one time. Tries made before the first is found wrong are not slowed.
const UNDER_WAY: usize = 8;

/// How long a try may be under way: the newcomer's patience.
const TRY: Duration = Duration::from_secs(10);

/// Identities whose wrong codes are remembered.
const REMEMBERED: usize = 1024;

/// What the meeting knows of a newcomer before any secret.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Acquaintance {
    /// A member already, or one whom another member admitted.
    Member,
    /// A former member who was removed.
    Removed,
    /// Nobody known.
    Unknown,
}

/// What the door does about a knock.
#[derive(Debug)]
pub enum Step {
    /// Let in.
    Admit,
    /// Ask the people inside.
    Ask,
    /// Send this half of the PAKE and take the proof.
    Challenge {
        /// For the newcomer.
        half: Vec<u8>,
        /// For [`Doorkeeper::prove`].
        challenge: Challenge,
    },
    /// Come back with the same knock after this pause.
    Later(Duration),
    /// Send away.
    Refuse(Refused),
}

/// A try under way.
#[derive(Debug)]
pub struct Challenge {
    peer: MemberId,
    number: u64,
    expected: Proofs,
}

/// How a try ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Let in, with this proof in the welcome.
    Right {
        /// [`super::Welcome::proof`].
        proof: [u8; 32],
    },
    /// Refused; tell people.
    Wrong {
        /// Who it was.
        peer: MemberId,
        /// Wrong codes of this identity so far.
        failures: u32,
    },
}

/// One member's door to one meeting.
#[derive(Debug)]
pub struct Doorkeeper {
    own: MemberId,
    meeting: MeetingId,
    policy: JoinPolicy,
    code: Code,
    link: LinkSecret,
    peers: BTreeMap<MemberId, Slow>,
    common: Slow,
    under_way: BTreeMap<u64, (MemberId, LocalTime)>,
    tries: u64,
}

impl Doorkeeper {
    /// The door of `own` to `meeting`.
    #[must_use]
    pub fn new(
        own: MemberId,
        meeting: MeetingId,
        policy: JoinPolicy,
        code: Code,
        link: LinkSecret,
    ) -> Self {
        Self {
            own,
            meeting,
            policy,
            code,
            link,
            peers: BTreeMap::new(),
            common: Slow::default(),
            under_way: BTreeMap::new(),
            tries: 0,
        }
    }

    /// New secrets: what a removal needs too, for the removed know the old ones.
    pub fn renew(&mut self, code: Code, link: LinkSecret) {
        (self.code, self.link) = (code, link);
    }

    /// Decides about a knock by `peer`, as the connection proves it to be. `seed`: random, used
    /// once.
    pub fn knock(
        &mut self,
        peer: MemberId,
        knock: &Knock,
        known: Acquaintance,
        seed: [u8; 32],
        now: LocalTime,
    ) -> Step {
        if knock.meeting != self.meeting {
            return Step::Refuse(Refused::OtherMeeting);
        }
        match (known, self.policy, &knock.pake) {
            (Acquaintance::Member, _, _) => Step::Admit,
            (Acquaintance::Removed, _, _) => Step::Refuse(Refused::Removed),
            (Acquaintance::Unknown, JoinPolicy::Open, _) => Step::Admit,
            (Acquaintance::Unknown, JoinPolicy::Ask, _) => Step::Ask,
            (Acquaintance::Unknown, JoinPolicy::Code, None) => Step::Refuse(Refused::CodeNeeded),
            (Acquaintance::Unknown, JoinPolicy::Code, Some(half)) => {
                self.challenge(peer, half, seed, now)
            }
        }
    }

    /// Takes the newcomer's proof.
    pub fn prove(&mut self, challenge: &Challenge, proof: [u8; 32], now: LocalTime) -> Verdict {
        self.under_way.remove(&challenge.number);
        if challenge.expected.newcomer == proof {
            self.peers.remove(&challenge.peer);
            return Verdict::Right { proof: *challenge.expected.host.as_bytes() };
        }
        self.common.wrong(now, FREE, COMMON_PAUSE);
        if !self.peers.contains_key(&challenge.peer) && self.peers.len() >= REMEMBERED {
            self.forget_one();
        }
        let slow = self.peers.entry(challenge.peer).or_default();
        slow.wrong(now, 0, PEER_PAUSE);
        Verdict::Wrong { peer: challenge.peer, failures: slow.failures }
    }

    fn challenge(&mut self, peer: MemberId, half: &Half, seed: [u8; 32], now: LocalTime) -> Step {
        self.common.forgive(now);
        let pause = self.peers.get(&peer).map_or(Duration::ZERO, |slow| slow.until.since(now));
        let pause = pause.max(self.common.until.since(now));
        if pause > PATIENCE {
            return Step::Refuse(Refused::TooManyTries);
        }
        self.under_way.retain(|_, (_, since)| now.since(*since) < TRY);
        let own_try = self.under_way.values().any(|(whose, _)| *whose == peer);
        if own_try || self.under_way.len() >= UNDER_WAY {
            return Step::Later(pause.max(Duration::from_millis(50)));
        }
        if !pause.is_zero() {
            return Step::Later(pause);
        }
        let (secret, theirs) = match half {
            Half::Code(half) => (Secret::Code(self.code), half),
            Half::Link(half) => (Secret::Link(self.link), half),
        };
        let parties = Parties { newcomer: peer, host: self.own, meeting: self.meeting };
        let (pake, half) = Pake::start(&secret, &parties, false, seed);
        let Some(expected) = pake.finish(theirs) else {
            return Step::Refuse(Refused::WrongCode);
        };
        self.tries += 1;
        let number = self.tries;
        self.under_way.insert(number, (peer, now));
        Step::Challenge { half, challenge: Challenge { peer, number, expected } }
    }

    /// Forgets the identity that may try again soonest.
    fn forget_one(&mut self) {
        let soonest = self.peers.iter().min_by_key(|(_, slow)| slow.until).map(|(peer, _)| *peer);
        if let Some(peer) = soonest {
            self.peers.remove(&peer);
        }
    }
}

/// Wrong codes and the pause they bring.
#[derive(Clone, Copy, Debug, Default)]
struct Slow {
    failures: u32,
    last: LocalTime,
    until: LocalTime,
}

impl Slow {
    fn wrong(&mut self, now: LocalTime, free: u32, longest: Duration) {
        self.failures = self.failures.saturating_add(1);
        self.last = now;
        if let Some(doublings) = self.failures.checked_sub(free + 1) {
            let pause = Duration::from_secs(1_u64.checked_shl(doublings).unwrap_or(u64::MAX));
            self.until = now + pause.min(longest);
        }
    }

    fn forgive(&mut self, now: LocalTime) {
        let passed = now.since(self.last).as_secs() / FORGIVE.as_secs();
        if let Ok(passed @ 1..) = u32::try_from(passed) {
            self.failures = self.failures.saturating_sub(passed);
            self.last = self.last + FORGIVE * passed;
        }
    }
}

#[cfg(test)]
mod tests;
