//! The connections there are, and which of a peer's to use. Pure; time is an argument.
//!
//! Two that dial each other at once end up with two connections. Both ends use the same one, by a
//! rule that both can work out, and neither closes the other: closing by both is how flapping
//! starts.

use crate::room::address::{Address, Transport};
use crate::room::id::MemberId;
use crate::room::time::LocalTime;
use libp2p::swarm::ConnectionId;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// A TCP connection whose pings are not answered for so long is dead: two pings, one second apart,
/// 1.5 s each. QUIC finds out by itself; TCP would wait for minutes and then deliver what is stale
/// (research: network §7).
const SILENCE: Duration = Duration::from_millis(4500);

/// How long after a connection another one to the same peer is no surprise: dials at once, over QUIC
/// and TCP, on a slow network. A killed node takes longer to be back.
const SETTLED: Duration = Duration::from_millis(1000);

/// How long a connection beside the one in use is kept: what was begun on it has long moved. Both would
/// say each second that they live.
const SPARE: Duration = Duration::from_secs(10);

/// One connection.
#[derive(Debug, Clone)]
pub(super) struct Link {
    pub(super) peer: MemberId,
    /// The remote end; none of a connection that a carrier carries.
    pub(super) via: Option<Address>,
    /// Whether we dialled.
    pub(super) ours: bool,
    /// Whether both sides trust each other on it.
    pub(super) mutual: bool,
    /// When it was made, or the peer's standing last changed.
    pub(super) since: LocalTime,
    /// When it last showed life.
    pub(super) alive: LocalTime,
}

impl Link {
    pub(super) fn transport(&self) -> Transport {
        self.via.map_or(Transport::Tcp, |address| address.transport)
    }

    fn is_quic(&self) -> bool {
        self.rank() == Rank::Quic
    }

    fn rank(&self) -> Rank {
        match self.via.map(|address| address.transport) {
            Some(Transport::Quic) => Rank::Quic,
            Some(Transport::Tcp) => Rank::Tcp,
            None => Rank::Carried,
        }
    }
}

/// Which of a peer's connections is better, the best first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Rank {
    Quic,
    Tcp,
    Carried,
}

/// All connections.
#[derive(Debug)]
pub(super) struct Links {
    own: MemberId,
    links: BTreeMap<ConnectionId, Link>,
}

impl Links {
    pub(super) fn new(own: MemberId) -> Self {
        Self { own, links: BTreeMap::new() }
    }

    /// Adds a connection; false when it repeats one and should be closed by us, who dialled both.
    pub(super) fn add(&mut self, connection: ConnectionId, link: Link) -> bool {
        let repeats = link.ours
            && self.of(&link.peer).any(|(_, other)| other.ours && other.rank() == link.rank());
        self.links.insert(connection, link);
        !repeats
    }

    pub(super) fn remove(&mut self, connection: ConnectionId) -> Option<Link> {
        self.links.remove(&connection)
    }

    pub(super) fn get_mut(&mut self, connection: ConnectionId) -> Option<&mut Link> {
        self.links.get_mut(&connection)
    }

    /// The connection to use: QUIC before TCP before a carrier's, then the one that the lesser id
    /// dialled, then the oldest. Both ends come to the same answer.
    pub(super) fn best(&self, peer: &MemberId, mutual: bool) -> Option<(ConnectionId, &Link)> {
        let lesser_is_us = self.own < *peer;
        self.of(peer)
            .filter(|(_, link)| link.mutual || !mutual)
            .min_by_key(|(id, link)| (link.rank(), link.ours != lesser_is_us, *id))
    }

    /// Whether there is a connection on which both trust each other for longer than two that dial
    /// each other at once, or over both transports, need for it; one that `new` does not improve
    /// on, as QUIC does on TCP. That a carrier's connection comes says nothing about others.
    pub(super) fn is_settled(&self, new: &Link, now: LocalTime) -> bool {
        self.of(&new.peer).any(|(_, link)| {
            let same = link.rank() == new.rank();
            let better = link.rank() < new.rank() && new.rank() != Rank::Carried;
            link.mutual && (same || better) && now.since(link.since) > SETTLED
        })
    }

    pub(super) fn is_lesser_than(&self, peer: &MemberId) -> bool {
        self.own < *peer
    }

    pub(super) fn is_connected(&self, peer: &MemberId) -> bool {
        self.of(peer).next().is_some()
    }

    /// The peer's standing changed: what is awaited from now on has not been missed yet.
    pub(super) fn restart(&mut self, peer: &MemberId, now: LocalTime) {
        for link in self.links.values_mut().filter(|link| link.peer == *peer) {
            (link.since, link.alive) = (now, now);
        }
    }

    pub(super) fn peers(&self) -> BTreeSet<MemberId> {
        self.links.values().map(|link| link.peer).collect()
    }

    /// TCP connections that are dead.
    pub(super) fn silent(&self, now: LocalTime) -> Vec<ConnectionId> {
        self.links
            .iter()
            .filter(|(_, link)| link.mutual && link.rank() == Rank::Tcp)
            .filter(|(_, link)| now.since(link.alive) > SILENCE)
            .map(|(id, _)| *id)
            .collect()
    }

    /// Connections beside a lasting one over QUIC that is in use. Who dialled one closes it; both ends
    /// know which is in use.
    pub(super) fn spare(&self, now: LocalTime) -> Vec<ConnectionId> {
        let spare = |(id, link): &(&ConnectionId, &Link)| {
            self.spare_from(**id, link).is_some_and(|from| now >= from)
        };
        self.links.iter().filter(spare).map(|(id, _)| *id).collect()
    }

    /// The first moment after `last` at which something is due with a connection, because it stands
    /// for `grace` without the peer's trust, was silent too long, or is to spare.
    pub(super) fn next_due(&self, last: LocalTime, grace: Duration) -> Option<LocalTime> {
        let due = |(id, link): (&ConnectionId, &Link)| {
            let trust = (!link.mutual).then_some(link.since + grace);
            let tcp = link.mutual && link.rank() == Rank::Tcp;
            let silence = tcp.then_some(link.alive + SILENCE + Duration::from_nanos(1));
            [trust, silence, self.spare_from(*id, link)]
        };
        self.links.iter().flat_map(due).flatten().filter(|due| *due > last).min()
    }

    fn spare_from(&self, id: ConnectionId, link: &Link) -> Option<LocalTime> {
        let (used, best) = self.best(&link.peer, true)?;
        (link.ours && used != id && best.is_quic()).then_some(best.since + SPARE)
    }

    fn of(&self, peer: &MemberId) -> impl Iterator<Item = (ConnectionId, &Link)> {
        let peer = *peer;
        self.links.iter().filter(move |(_, link)| link.peer == peer).map(|(id, link)| (*id, link))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LESSER: MemberId = MemberId([1; 32]);
    const GREATER: MemberId = MemberId([2; 32]);

    fn link(peer: MemberId, ours: bool, transport: Transport) -> Link {
        let via = Some(Address::new(transport, std::net::Ipv4Addr::LOCALHOST.into(), 1));
        let now = LocalTime::START;
        Link { peer, via, ours, mutual: true, since: now, alive: now }
    }

    fn id(n: usize) -> ConnectionId {
        ConnectionId::new_unchecked(n)
    }

    #[test]
    fn two_that_dial_each_other_use_the_same_connection() {
        let (mut here, mut there) = (Links::new(LESSER), Links::new(GREATER));
        // "a" was dialled by the lesser, "b" by the greater; each end saw them in its own order.
        let (a, b) = (1, 2);
        assert!(here.add(id(a), link(GREATER, true, Transport::Quic)));
        assert!(here.add(id(b), link(GREATER, false, Transport::Quic)));
        assert!(there.add(id(10 + b), link(LESSER, true, Transport::Quic)));
        assert!(there.add(id(20 + a), link(LESSER, false, Transport::Quic)));
        assert_eq!(here.best(&GREATER, true).map(|(best, _)| best), Some(id(a)));
        assert_eq!(there.best(&LESSER, true).map(|(best, _)| best), Some(id(20 + a)));
    }

    #[test]
    fn quic_is_preferred_and_a_second_dial_of_ours_is_closed() {
        let mut links = Links::new(GREATER);
        assert!(links.add(id(1), link(LESSER, false, Transport::Tcp)));
        assert!(links.add(id(2), link(LESSER, true, Transport::Quic)));
        assert!(!links.add(id(3), link(LESSER, true, Transport::Quic)));
        links.remove(id(3));
        assert_eq!(links.best(&LESSER, true).map(|(best, _)| best), Some(id(2)));
    }

    #[test]
    fn only_what_both_trust_is_used_for_members() {
        let mut links = Links::new(LESSER);
        links.add(id(1), Link { mutual: false, ..link(GREATER, true, Transport::Quic) });
        assert!(links.best(&GREATER, true).is_none());
        assert!(links.best(&GREATER, false).is_some());
    }

    #[test]
    fn of_two_that_dialled_each_other_one_closes_what_is_not_used() {
        let (mut here, mut there) = (Links::new(LESSER), Links::new(GREATER));
        here.add(id(1), link(GREATER, true, Transport::Quic));
        here.add(id(2), link(GREATER, false, Transport::Quic));
        there.add(id(1), link(LESSER, false, Transport::Quic));
        there.add(id(2), link(LESSER, true, Transport::Quic));
        let later = LocalTime::from_millis(10_000);
        assert_eq!((here.spare(later), there.spare(later)), (vec![], vec![id(2)]));
        assert_eq!(there.spare(LocalTime::from_millis(9_999)), []);
    }

    #[test]
    fn tcp_beside_quic_is_closed_by_its_dialler_after_a_while() {
        let mut links = Links::new(LESSER);
        let after = |millis| LocalTime::from_millis(millis);
        links.add(id(1), link(GREATER, true, Transport::Tcp));
        assert_eq!(links.spare(after(60_000)), [], "it is all there is");
        links.add(id(2), Link { mutual: false, ..link(GREATER, true, Transport::Quic) });
        assert_eq!(links.spare(after(60_000)), [], "the other one does not work yet");
        links.get_mut(id(2)).expect("added").mutual = true;
        assert_eq!(links.spare(after(9_999)), []);
        assert_eq!(links.spare(after(10_000)), [id(1)]);
        links.get_mut(id(1)).expect("added").ours = false;
        assert_eq!(links.spare(after(60_000)), [], "its dialler's business");
    }

    #[test]
    fn a_moment_is_due_only_where_time_alone_decides() {
        let (start, grace) = (LocalTime::START, Duration::from_millis(500));
        let due = |links: &Links, last| links.next_due(last, grace);
        let mut links = Links::new(LESSER);
        links.add(id(1), Link { mutual: false, ..link(GREATER, true, Transport::Quic) });
        assert_eq!(due(&links, start), Some(LocalTime::from_millis(500)));
        assert_eq!(due(&links, LocalTime::from_millis(500)), None, "dealt with");
        links.get_mut(id(1)).expect("added").mutual = true;
        assert_eq!(due(&links, start), None, "QUIC looks after itself");
        links.add(id(2), link(GREATER, true, Transport::Tcp));
        let silent = due(&links, start).expect("TCP does not");
        assert_eq!(links.silent(silent), [id(2)]);
        assert_eq!(due(&links, silent), Some(LocalTime::from_millis(10_000)), "to spare");
    }

    #[test]
    fn a_tcp_connection_without_pongs_is_dead_and_quic_looks_after_itself() {
        let mut links = Links::new(LESSER);
        links.add(id(1), link(GREATER, true, Transport::Tcp));
        links.add(id(2), link(GREATER, true, Transport::Quic));
        assert_eq!(links.silent(LocalTime::from_millis(4_500)), []);
        assert_eq!(links.silent(LocalTime::from_millis(4_501)), [id(1)]);
        links.restart(&GREATER, LocalTime::from_millis(4_501));
        assert_eq!(links.silent(LocalTime::from_millis(4_502)), []);
    }
}
