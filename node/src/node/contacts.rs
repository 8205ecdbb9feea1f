//! Where members were reached lately, as other members tell: kept for the next start.
//!
//! Each member tells what it knows, and no two know the same: one has dialled over QUIC, another was
//! called from a TCP port. So what is told is joined, not put in place of what was told before, and
//! something has to be written only when an address is new, once in the lifetime of most.

use crate::room::address::Address;
use crate::room::id::MemberId;
use std::collections::BTreeMap;

/// Addresses kept of one member: QUIC and TCP on two interfaces, each with IPv4, global and
/// link-local IPv6, and as many from before the last change of network (as the mesh keeps).
const ADDRESSES: usize = 24;

/// Addresses by member, newest first.
#[derive(Debug, Default)]
pub(super) struct Contacts {
    known: BTreeMap<MemberId, Vec<Address>>,
    unsaved: bool,
}

impl Contacts {
    /// Takes what somebody told of `member`; whether any of it is new.
    pub(super) fn learn(&mut self, member: MemberId, told: &[Address]) -> bool {
        let known = self.known.entry(member).or_default();
        let mut joined: Vec<Address> = Vec::new();
        for address in told {
            if !known.contains(address) && !joined.contains(address) {
                joined.push(*address);
            }
        }
        let new = !joined.is_empty();
        joined.append(known);
        joined.truncate(ADDRESSES);
        *known = joined;
        self.unsaved |= new;
        new
    }

    /// All of them, when something is new since this was asked last.
    pub(super) fn unsaved(&mut self) -> Option<&BTreeMap<MemberId, Vec<Address>>> {
        std::mem::take(&mut self.unsaved).then_some(&self.known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANNA: MemberId = MemberId([1; 32]);

    fn addresses(ports: &[u16]) -> Vec<Address> {
        let address = |port| format!("/ip4/10.0.0.1/tcp/{port}").parse().expect("an address");
        ports.iter().map(address).collect()
    }

    #[test]
    fn members_who_know_different_addresses_cause_no_writing_for_ever() {
        let mut contacts = Contacts::default();
        assert!(contacts.learn(ANNA, &addresses(&[1, 2])));
        assert!(contacts.learn(ANNA, &addresses(&[2, 3])));
        assert_eq!(contacts.unsaved().expect("news")[&ANNA], addresses(&[3, 1, 2]));
        for _ in 0..10 {
            assert!(!contacts.learn(ANNA, &addresses(&[1, 2])));
            assert!(!contacts.learn(ANNA, &addresses(&[2, 3])));
        }
        assert!(contacts.unsaved().is_none());
    }

    #[test]
    fn the_oldest_addresses_go_first() {
        let mut contacts = Contacts::default();
        for port in 1..=100 {
            contacts.learn(ANNA, &addresses(&[port]));
        }
        let kept: Vec<u16> = (0..24).map(|age| 100 - age).collect();
        assert_eq!(contacts.unsaved().expect("news")[&ANNA], addresses(&kept));
    }
}
