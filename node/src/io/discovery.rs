//! Discovery: which meetings there are on this network, by DNS-SD over multicast DNS (RFC 6763,
//! RFC 6762), service `_moot._udp`.
//!
//! Everything heard is a claim by anybody on the network: it helps to find, and decides nothing.
//! That something disappeared is a hint even less (a killed process stays for two minutes; a record
//! may be withdrawn while its owner lives): connections tell who is here.
//!
//! [`mdns`] is the real edge, [`scripted`] its twin for tests.

pub mod mdns;
pub mod probe;
pub mod scripted;
mod txt;

use crate::room::address::{Address, Transport};
use crate::room::id::{MeetingId, MemberId};
use crate::room::stanza::JoinPolicy;

/// Events waiting for the node. When it is slower, further ones are dropped: what was dropped is
/// announced again.
const EVENTS: usize = 256;

/// Addresses of one announcement: those of four interfaces, QUIC and TCP.
const ADDRESSES: usize = 32;

/// What a member tells the network.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Announcement {
    /// Who announces: any member may let others in.
    pub member: MemberId,
    /// Which meeting.
    pub meeting: MeetingId,
    /// What it is called; long titles are cut.
    pub title: String,
    /// What the member is called, if that is to be known; long names are cut.
    pub name: Option<String>,
    /// How one gets in.
    pub join: JoinPolicy,
    /// Where the member listens.
    pub ports: Ports,
}

/// The ports a node listens on; zero: not at all.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Ports {
    /// QUIC over IPv4.
    pub quic4: u16,
    /// QUIC over IPv6.
    pub quic6: u16,
    /// TCP over IPv4.
    pub tcp4: u16,
    /// TCP over IPv6.
    pub tcp6: u16,
}

impl Ports {
    /// From the addresses that the mesh listens on.
    #[must_use]
    pub fn of(listening: &[Address]) -> Self {
        let port = |transport, v4| {
            listening
                .iter()
                .find(|address| address.transport == transport && address.ip.is_ipv4() == v4)
                .map_or(0, |address| address.port)
        };
        Self {
            quic4: port(Transport::Quic, true),
            quic6: port(Transport::Quic, false),
            tcp4: port(Transport::Tcp, true),
            tcp6: port(Transport::Tcp, false),
        }
    }

    /// The port for the service record, which has only one.
    fn any(self) -> u16 {
        [self.quic4, self.quic6, self.tcp4, self.tcp6]
            .into_iter()
            .find(|port| *port != 0)
            .unwrap_or(0)
    }

    /// The addresses at which a host with `ip` listens.
    fn at(self, ip: std::net::IpAddr, zone: u32) -> impl Iterator<Item = Address> {
        let (quic, tcp) =
            if ip.is_ipv4() { (self.quic4, self.tcp4) } else { (self.quic6, self.tcp6) };
        [(Transport::Quic, quic), (Transport::Tcp, tcp)]
            .into_iter()
            .filter(|(_, port)| *port != 0)
            .map(move |(transport, port)| Address { transport, ip, zone, port })
    }
}

/// A member of some meeting, as the network tells.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Found {
    /// Who.
    pub member: MemberId,
    /// Of which meeting.
    pub meeting: MeetingId,
    /// What it is called.
    pub title: String,
    /// What the member is called, if they tell.
    pub name: Option<String>,
    /// How one gets in.
    pub join: JoinPolicy,
    /// Where; further addresses may come in further events.
    pub addresses: Vec<Address>,
}

/// What discovery tells the node.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DiscoveryEvent {
    /// A member is announced, or more of its addresses. May come repeatedly.
    Found(Found),
    /// An announcement was withdrawn or ran out. A hint.
    Lost {
        /// Whose.
        member: MemberId,
        /// Of which meeting.
        meeting: MeetingId,
    },
}

/// Why discovery does not work; the meeting does, by link or address.
#[derive(Debug, thiserror::Error)]
pub enum DiscoveryError {
    /// The operating system refused multicast DNS.
    #[error("can't use multicast DNS ({0}); meetings can still be joined by link")]
    Unavailable(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_those_listened_on() {
        let listening: Vec<Address> =
            ["/ip4/127.0.0.1/udp/1/quic-v1", "/ip4/10.0.0.1/udp/1/quic-v1", "/ip6/::1/tcp/4"]
                .iter()
                .map(|text| text.parse().expect("well formed"))
                .collect();
        let ports = Ports::of(&listening);
        assert_eq!(ports, Ports { quic4: 1, quic6: 0, tcp4: 0, tcp6: 4 });
        assert_eq!(ports.any(), 1);
        let at: Vec<String> = ports
            .at("fe80::1".parse().expect("an address"), 2)
            .map(|address| address.to_string())
            .collect();
        assert_eq!(at, ["/ip6zone/2/ip6/fe80::1/tcp/4"]);
    }
}
