//! Whom to dial, where, and when: the redial book. Pure; time and chance are arguments.
//!
//! After a network split the sides must meet within a second and a half, so absent members are
//! dialled every second, a dial into a black hole does not hold up the next, and who has been away
//! for long is tried less often.

use crate::limits::MEMBERS;
use crate::room::address::{Address, Transport};
use crate::room::id::MemberId;
use crate::room::time::LocalTime;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

/// Between two dials of an absent member (research: network §7), give or take [`JITTER`].
const REDIAL: Duration = Duration::from_secs(1);

/// The pause grows to this for who has been away longer than [`PATIENCE`].
const SLOW_REDIAL: Duration = Duration::from_secs(5);

/// How often QUIC is tried with a member that is connected over TCP alone, as happens when a split
/// heals in the middle of a dial (measured). Rare: where UDP is blocked it never succeeds.
const BETTER: Duration = Duration::from_secs(5);

/// How long an absent member is dialled at full pace. A door, a lift, a lunch queue: guess.
const PATIENCE: Duration = Duration::from_secs(300);

/// Part of the pause that chance decides: two that dial each other don't stay in step.
const JITTER: f64 = 0.25;

/// Addresses kept of one peer: QUIC and TCP on two interfaces, each with IPv4, global and
/// link-local IPv6, and as many from before the last change of network.
const ADDRESSES: usize = 24;

/// Strangers whose addresses are kept in case they become members.
const STRANGERS: usize = 256;

/// What is known of one peer.
#[derive(Debug)]
struct Contact {
    addresses: Vec<Address>,
    member: bool,
    /// The transport of the connection in use.
    connected: Option<Transport>,
    /// Since when it is absent.
    absent: LocalTime,
    due: LocalTime,
}

/// Peers, their addresses, and when each is due.
#[derive(Debug, Default)]
pub(super) struct Book {
    contacts: BTreeMap<MemberId, Contact>,
}

impl Book {
    /// Remembers addresses, newest first; a member gets a dial soon if any is new.
    pub(super) fn learn(&mut self, peer: MemberId, addresses: &[Address], now: LocalTime) {
        let Some(contact) = self.contact(peer, now) else { return };
        for address in addresses.iter().rev() {
            match contact.addresses.iter().position(|known| known == address) {
                Some(place) => contact.addresses[..=place].rotate_right(1),
                None => {
                    contact.addresses.insert(0, *address);
                    contact.due = contact.due.min(now);
                }
            }
        }
        contact.addresses.truncate(ADDRESSES);
    }

    /// From now on the peer is dialled while it is absent.
    pub(super) fn enrol(&mut self, peer: MemberId, now: LocalTime) {
        if let Some(contact) = self.contact(peer, now) {
            contact.member = true;
            contact.due = now;
        }
    }

    /// Forgets the peer.
    pub(super) fn strike(&mut self, peer: &MemberId) {
        self.contacts.remove(peer);
    }

    /// The peer is here.
    pub(super) fn connected(&mut self, peer: MemberId, over: Transport, now: LocalTime) {
        if let Some(contact) = self.contact(peer, now) {
            contact.connected = Some(over);
            contact.due = now + BETTER;
        }
    }

    /// The peer's last connection is gone: dial at once.
    pub(super) fn lost(&mut self, peer: &MemberId, now: LocalTime) {
        if let Some(contact) = self.contacts.get_mut(peer) {
            contact.connected = None;
            contact.absent = now;
            contact.due = now;
        }
    }

    /// Where the peer may be, best first.
    pub(super) fn addresses(&self, peer: &MemberId) -> Vec<Address> {
        let mut addresses =
            self.contacts.get(peer).map(|contact| contact.addresses.clone()).unwrap_or_default();
        // Stable: among equals the newest stays first.
        addresses.sort_by_key(distance);
        addresses
    }

    /// Absent members that are due, and where to dial them. `chance` gives numbers in 0..1.
    pub(super) fn due(
        &mut self,
        now: LocalTime,
        mut chance: impl FnMut() -> f64,
    ) -> Vec<(MemberId, Vec<Address>)> {
        let mut due = Vec::new();
        for (peer, contact) in &mut self.contacts {
            if !contact.is_wanted() || contact.due > now {
                continue;
            }
            let pause = match contact.connected {
                Some(_) => BETTER,
                None if now.since(contact.absent) < PATIENCE => REDIAL,
                None => SLOW_REDIAL,
            };
            contact.due = now + pause.mul_f64(1.0 - JITTER + 2.0 * JITTER * chance());
            due.push((*peer, contact.connected));
        }
        due.into_iter()
            .map(|(peer, connected)| {
                let mut addresses = self.addresses(&peer);
                addresses.retain(|address| improves(address, connected));
                (peer, addresses)
            })
            .filter(|(_, addresses)| !addresses.is_empty())
            .collect()
    }

    /// The first moment after `last` at which a member that can be dialled is due.
    pub(super) fn next_due(&self, last: LocalTime) -> Option<LocalTime> {
        let wanted = |contact: &&Contact| contact.is_wanted() && contact.due > last;
        let contacts = self.contacts.values().filter(wanted);
        contacts.filter(|contact| contact.can_be_dialled()).map(|contact| contact.due).min()
    }

    /// The contact, made if there is room.
    fn contact(&mut self, peer: MemberId, now: LocalTime) -> Option<&mut Contact> {
        if !self.contacts.contains_key(&peer) && self.contacts.len() >= MEMBERS + STRANGERS {
            let stranger = self.contacts.iter().find_map(|(peer, contact)| {
                (!contact.member && contact.connected.is_none()).then_some(*peer)
            })?;
            self.contacts.remove(&stranger);
        }
        Some(self.contacts.entry(peer).or_insert_with(|| Contact {
            addresses: Vec::new(),
            member: false,
            connected: None,
            absent: now,
            due: now,
        }))
    }
}

impl Contact {
    /// A member without the best connection there is.
    fn is_wanted(&self) -> bool {
        self.member && self.connected != Some(Transport::Quic)
    }

    fn can_be_dialled(&self) -> bool {
        self.addresses.iter().any(|address| improves(address, self.connected))
    }
}

/// Whether a connection to `address` would be better than the one there is.
fn improves(address: &Address, connected: Option<Transport>) -> bool {
    connected.is_none_or(|over| address.transport < over)
}

/// Nearest and fastest first: QUIC before TCP; this machine, this link, this site, the world.
fn distance(address: &Address) -> (Transport, u8) {
    let far = match address.ip {
        ip if ip.is_loopback() => 0,
        _ if address.is_link_local() => 1,
        IpAddr::V4(ip) if ip.is_private() => 2,
        IpAddr::V6(ip) if ip.is_unique_local() => 2,
        _ => 3,
    };
    (address.transport, far)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEER: MemberId = MemberId([1; 32]);

    fn at(millis: u64) -> LocalTime {
        LocalTime::from_millis(millis)
    }

    fn address(text: &str) -> Address {
        text.parse().expect("well formed")
    }

    fn lan() -> Address {
        address("/ip4/192.168.0.2/udp/1/quic-v1")
    }

    fn book() -> Book {
        let mut book = Book::default();
        book.enrol(PEER, at(0));
        book.learn(PEER, &[lan()], at(0));
        book
    }

    #[test]
    fn an_absent_member_is_dialled_every_second_give_or_take() {
        for chance in [0.0, 0.5, 1.0] {
            let mut book = book();
            let mut dials = Vec::new();
            for now in (0..10_000).step_by(10).map(at) {
                if !book.due(now, || chance).is_empty() {
                    dials.push(now);
                }
            }
            assert!((8..=14).contains(&dials.len()), "{chance}: {dials:?}");
            assert!(dials.windows(2).all(|pair| pair[1].since(pair[0]).as_millis() <= 1260));
        }
    }

    #[test]
    fn who_is_here_is_left_alone_and_who_is_lost_is_dialled_at_once() {
        let mut book = book();
        book.connected(PEER, Transport::Quic, at(0));
        assert_eq!(book.due(at(5_000), || 0.5), []);
        book.lost(&PEER, at(6_000));
        assert_eq!(book.due(at(6_000), || 0.5), [(PEER, vec![lan()])]);
        assert_eq!(book.due(at(6_100), || 0.5), []);
    }

    #[test]
    fn quic_is_tried_now_and_then_with_who_is_here_over_tcp() {
        let mut book = book();
        book.learn(PEER, &[address("/ip4/192.168.0.2/tcp/1")], at(0));
        book.connected(PEER, Transport::Tcp, at(0));
        assert_eq!(book.due(at(4_999), || 0.5), []);
        assert_eq!(book.due(at(5_000), || 0.5), [(PEER, vec![lan()])]);
        assert_eq!(book.due(at(9_999), || 0.5), []);
        book.connected(PEER, Transport::Quic, at(10_000));
        assert_eq!(book.due(at(60_000), || 0.5), []);
    }

    #[test]
    fn a_new_address_is_tried_at_once_and_an_old_one_is_not() {
        let mut book = book();
        assert_eq!(book.due(at(0), || 0.5).len(), 1);
        book.learn(PEER, &[lan()], at(100));
        assert_eq!(book.due(at(100), || 0.5), []);
        let other = address("/ip4/192.168.0.3/udp/1/quic-v1");
        book.learn(PEER, &[other], at(200));
        assert_eq!(book.due(at(200), || 0.5), [(PEER, vec![other, lan()])]);
    }

    #[test]
    fn it_is_known_when_somebody_will_be_due() {
        let mut book = Book::default();
        book.enrol(PEER, at(50));
        assert_eq!(book.next_due(at(0)), None, "nobody knows where");
        book.learn(PEER, &[lan()], at(100));
        assert_eq!(book.next_due(at(0)), Some(at(50)));
        assert_eq!(book.next_due(at(50)), None, "dealt with");
        book.due(at(100), || 0.5);
        assert_eq!(book.next_due(at(100)), Some(at(1_100)));
        book.connected(PEER, Transport::Tcp, at(200));
        assert_eq!(book.next_due(at(200)), Some(at(5_200)), "QUIC may be possible later");
        book.connected(PEER, Transport::Quic, at(300));
        assert_eq!(book.next_due(at(300)), None);
    }

    #[test]
    fn strangers_and_the_removed_are_not_dialled() {
        let mut book = Book::default();
        book.learn(PEER, &[lan()], at(0));
        assert_eq!(book.due(at(5_000), || 0.5), []);
        assert_eq!(book.addresses(&PEER), [lan()], "but kept, in case it becomes a member");
        book.enrol(PEER, at(0));
        book.strike(&PEER);
        assert_eq!(book.due(at(5_000), || 0.5), []);
    }

    #[test]
    fn who_is_long_gone_is_dialled_less() {
        let mut book = book();
        let start = 600_000;
        let dials = (start..start + 60_000)
            .step_by(100)
            .filter(|now| !book.due(at(*now), || 0.5).is_empty())
            .count();
        assert!((11..=13).contains(&dials), "{dials}");
    }

    #[test]
    fn near_addresses_come_first_and_quic_before_tcp() {
        let mut book = Book::default();
        let far = address("/ip4/8.8.8.8/udp/1/quic-v1");
        let tcp = address("/ip4/192.168.0.2/tcp/1");
        let link = address("/ip6zone/2/ip6/fe80::1/udp/1/quic-v1");
        book.learn(PEER, &[tcp, far, lan(), link], at(0));
        assert_eq!(book.addresses(&PEER), [link, lan(), far, tcp]);
    }

    #[test]
    fn a_peer_cannot_size_our_memory() {
        let mut book = book();
        for n in 0..5_000_u16 {
            let mut id = [2; 32];
            id[..2].copy_from_slice(&n.to_be_bytes());
            book.learn(MemberId(id), &[lan()], at(0));
            book.learn(PEER, &[Address { port: n, ..lan() }], at(0));
        }
        assert_eq!(book.contacts.len(), MEMBERS + STRANGERS);
        assert_eq!(book.addresses(&PEER).len(), ADDRESSES);
    }
}
