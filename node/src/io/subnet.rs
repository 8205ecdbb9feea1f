//! Whether another machine is on a subnet of one's own.

use crate::room::address::{Address, is_unicast_link_local};
use std::net::IpAddr;

/// Whether one of these addresses of another machine is on a subnet of this one's. Asks the system, which
/// takes a moment: call it where one may block.
#[must_use]
pub fn shares_one(theirs: &[Address]) -> bool {
    let own: Vec<_> = if_addrs::get_if_addrs()
        .unwrap_or_default()
        .iter()
        .map(|interface| {
            let prefix = match &interface.addr {
                if_addrs::IfAddr::V4(address) => address.prefixlen,
                if_addrs::IfAddr::V6(address) => address.prefixlen,
            };
            (interface.ip(), u32::from(prefix))
        })
        .collect();
    theirs.iter().any(|address| own.iter().any(|(ip, prefix)| share(*ip, *prefix, address.ip)))
}

/// Whether both are on one subnet. The same address is not another machine's (each has its own 172.17.0.1),
/// and a link-local one of IPv6 says nothing of which link.
fn share(own: IpAddr, prefix: u32, their: IpAddr) -> bool {
    if own == their || own.is_loopback() || their.is_loopback() {
        return false;
    }
    match (own, their) {
        (IpAddr::V4(own), IpAddr::V4(their)) => {
            let differ = own.to_bits() ^ their.to_bits();
            (1..=32).contains(&prefix) && differ.leading_zeros() >= prefix
        }
        (IpAddr::V6(own), IpAddr::V6(their)) => {
            let differ = own.to_bits() ^ their.to_bits();
            let local = is_unicast_link_local(own) || is_unicast_link_local(their);
            !local && (1..=128).contains(&prefix) && differ.leading_zeros() >= prefix
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_subnet_is_shared_as_far_as_its_prefix_says() {
        let share = |own: &str, prefix, their: &str| {
            super::share(own.parse().expect(own), prefix, their.parse().expect(their))
        };
        assert!(share("192.168.1.7", 24, "192.168.1.200"));
        assert!(!share("192.168.1.7", 24, "192.168.2.7"));
        assert!(share("10.1.2.3", 8, "10.200.0.1"));
        assert!(share("2001:db8::1", 64, "2001:db8::ff"));
        assert!(!share("2001:db8::1", 64, "2001:db8:1::1"));
        assert!(!share("fe80::1", 64, "fe80::2"), "which link?");
        assert!(!share("172.17.0.1", 16, "172.17.0.1"), "each has one");
        assert!(!share("127.0.0.1", 8, "127.0.0.2"), "one machine");
        assert!(!share("10.0.0.1", 0, "192.168.1.1"));
        assert!(!share("10.0.0.1", 8, "::1"));
    }
}
