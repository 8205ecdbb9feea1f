//! Who is in the room with Moot, and who of the bridges speaks.

use super::wire::Presence;
use crate::arrival::Occupant;
use moot_node::room::carrier::{Carried, FromCarrier};
use moot_node::room::id::MemberId;
use std::collections::{BTreeMap, BTreeSet};

/// Occupants with Moot, by their name in the room.
#[derive(Debug, Default)]
pub(super) struct Roster {
    there: BTreeMap<String, Presence>,
    /// Members who are reached without the room.
    beside: BTreeSet<MemberId>,
}

impl Roster {
    /// Everybody who is in the room, after joining it anew.
    pub(super) fn begin(&mut self, occupants: &[Occupant]) -> Vec<FromCarrier> {
        let before = std::mem::take(&mut self.there);
        let mut told: Vec<_> = occupants.iter().flat_map(|one| self.note(one)).collect();
        let still: BTreeSet<_> = self.there.values().map(|presence| presence.member).collect();
        let gone = before.into_values().map(|presence| presence.member);
        told.extend(gone.filter(|member| !still.contains(member)).map(FromCarrier::Parted));
        told
    }

    /// Somebody came, left, or says something else of themselves.
    pub(super) fn note(&mut self, occupant: &Occupant) -> Vec<FromCarrier> {
        let presence = Presence::read(&occupant.payloads).filter(|_| occupant.available);
        let before = match &presence {
            Some(presence) => self.there.insert(occupant.nick.clone(), presence.clone()),
            None => self.there.remove(&occupant.nick),
        };
        let now = presence.and_then(|presence| presence.carried);
        let was = before.and_then(|before| before.carried);
        match (was, now) {
            (Some(was), Some(now)) if was.member != now.member => {
                vec![FromCarrier::Parted(was.member), FromCarrier::Met(now)]
            }
            (was, Some(now)) if was.as_ref() != Some(&now) => vec![FromCarrier::Met(now)],
            (Some(Carried { member, .. }), None) => vec![FromCarrier::Parted(member)],
            _ => Vec::new(),
        }
    }

    pub(super) fn rename(&mut self, from: &str, to: String) {
        if let Some(presence) = self.there.remove(from) {
            self.there.insert(to, presence);
        }
    }

    pub(super) fn set_beside(&mut self, members: Vec<MemberId>) {
        self.beside = members.into_iter().collect();
    }

    /// Everybody in the room who carries a meeting, in order.
    pub(super) fn members(&self) -> Vec<MemberId> {
        let carry = self.there.values().filter(|presence| presence.carried.is_some());
        let members: BTreeSet<_> = carry.map(|presence| presence.member).collect();
        members.into_iter().collect()
    }

    /// Whether somebody is there with Moot who is not reached without the room.
    pub(super) fn is_anybody_far(&self) -> bool {
        self.members().iter().any(|member| !self.beside.contains(member))
    }

    /// The name in the room of a member with Moot.
    pub(super) fn nick(&self, member: &MemberId) -> Option<&str> {
        self.there
            .iter()
            .find(|(_, presence)| presence.member == *member)
            .map(|(nick, _)| nick.as_str())
    }

    /// The member with Moot behind a name in the room, as they say.
    pub(super) fn member(&self, nick: &str) -> Option<MemberId> {
        self.there.get(nick).map(|presence| presence.member)
    }

    /// Whether this one has Moot.
    pub(super) fn has_moot(&self, nick: &str) -> bool {
        self.there.contains_key(nick)
    }

    /// Whether this member is in the room, as somebody there says.
    pub(super) fn is_there(&self, member: &MemberId) -> bool {
        self.nick(member).is_some()
    }

    /// Whether `own`, one of these `bridges`, speaks for those who are not in the room: of the bridges that
    /// reach each other the least. One that is reached no more may have died; that both speak for a while
    /// where a network has split costs a line that all know to be the same.
    pub(super) fn speaks(&self, own: &MemberId, bridges: &[MemberId]) -> bool {
        let lesser = |other: &&MemberId| *other < own && self.beside.contains(*other);
        bridges.contains(own) && !bridges.iter().any(|other| lesser(&other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use moot_node::room::id::MeetingId;
    use moot_node::room::stanza::JoinPolicy;

    const ANN: MemberId = MemberId([1; 32]);
    const BEN: MemberId = MemberId([2; 32]);
    const MEETING: MeetingId = MeetingId([9; 32]);

    fn carried(member: MemberId) -> Carried {
        let (name, title) = ("x".to_owned(), "Plans".to_owned());
        Carried { member, name, meeting: MEETING, title, join: JoinPolicy::Code }
    }

    fn occupant(nick: &str, member: MemberId, available: bool) -> Occupant {
        let presence = Presence { member, carried: Some(carried(member)) };
        Occupant {
            nick: nick.to_owned(),
            payloads: vec![presence.element()],
            available,
            real_jid: None,
            occupant_id: None,
        }
    }

    #[test]
    fn who_has_moot_is_met_once_and_parts() {
        let mut roster = Roster::default();
        assert_eq!(roster.note(&occupant("ann", ANN, true)), [FromCarrier::Met(carried(ANN))]);
        assert_eq!(roster.note(&occupant("ann", ANN, true)), []);
        assert_eq!((roster.nick(&ANN), roster.member("ann")), (Some("ann"), Some(ANN)));
        assert!(roster.is_anybody_far());
        roster.set_beside(vec![ANN]);
        assert!(!roster.is_anybody_far());
        let another = [FromCarrier::Parted(ANN), FromCarrier::Met(carried(BEN))];
        assert_eq!(roster.note(&occupant("ann", BEN, true)), another);
        assert_eq!(roster.members(), [BEN]);
        roster.note(&occupant("ann", ANN, true));
        assert_eq!(roster.note(&occupant("ann", ANN, false)), [FromCarrier::Parted(ANN)]);
        let carol = Occupant { payloads: Vec::new(), ..occupant("carol", ANN, true) };
        assert_eq!(roster.note(&carol), []);
        assert!(!roster.has_moot("carol"));
    }

    #[test]
    fn joining_anew_tells_who_went_meanwhile() {
        let mut roster = Roster::default();
        roster.note(&occupant("ann", ANN, true));
        let told = roster.begin(&[occupant("ben", BEN, true)]);
        assert_eq!(told, [FromCarrier::Met(carried(BEN)), FromCarrier::Parted(ANN)]);
    }

    #[test]
    fn the_least_bridge_that_is_reached_speaks() {
        let mut roster = Roster::default();
        assert!(!roster.speaks(&BEN, &[]), "he has not said that he bridges");
        assert!(roster.speaks(&BEN, &[ANN, BEN]), "she is reached by nobody");
        roster.set_beside(vec![ANN]);
        assert!(!roster.speaks(&BEN, &[ANN, BEN]));
        assert!(roster.speaks(&BEN, &[BEN]), "she bridges elsewhere");
        roster.set_beside(Vec::new());
        assert!(roster.speaks(&BEN, &[ANN, BEN]), "she died");
    }
}
