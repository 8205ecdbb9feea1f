//! Where a node listens: an IP address, a port and a transport, written as a multiaddr.
//!
//! Only the four forms that Moot speaks exist as values; the text form is that of the multiaddr
//! specification (github.com/multiformats/multiaddr), so that links stay readable to other tools.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::str::FromStr;

/// Characters of an address's text: `/ip6zone/` + ten digits + the longest IPv6 form + `/quic-v1`
/// are 82.
pub const ADDRESS_CHARS: usize = 96;

/// How bytes get there. QUIC is tried first (RFC 9000); TCP carries noise and yamux.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub enum Transport {
    /// UDP with QUIC version 1.
    Quic,
    /// TCP.
    Tcp,
}

/// One address of one node.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct Address {
    /// QUIC or TCP.
    pub transport: Transport,
    /// IPv4 or IPv6.
    pub ip: IpAddr,
    /// Interface index of a link-local IPv6 address (RFC 4007 §11); means something only on the
    /// machine that wrote it. Zero: none.
    pub zone: u32,
    /// UDP or TCP port.
    pub port: u16,
}

/// Text that is not an [`Address`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected an address like /ip4/192.168.1.7/udp/4001/quic-v1 or /ip6/fe80::1/tcp/4001")]
pub struct ParseAddressError;

impl Address {
    /// An address without a zone.
    #[must_use]
    pub const fn new(transport: Transport, ip: IpAddr, port: u16) -> Self {
        Self { transport, ip, zone: 0, port }
    }

    /// Whether it only means something on one link (169.254/16, fe80::/10).
    #[must_use]
    pub fn is_link_local(&self) -> bool {
        match self.ip {
            IpAddr::V4(ip) => ip.is_link_local(),
            IpAddr::V6(ip) => is_unicast_link_local(ip),
        }
    }

    /// The same address as other machines may read it: a zone is ours alone.
    #[must_use]
    pub fn without_zone(self) -> Self {
        Self { zone: 0, ..self }
    }

    /// For connecting by the operating system.
    #[must_use]
    pub fn socket(&self) -> SocketAddr {
        match self.ip {
            IpAddr::V4(ip) => SocketAddr::new(ip.into(), self.port),
            IpAddr::V6(ip) => SocketAddrV6::new(ip, self.port, 0, self.zone).into(),
        }
    }
}

/// Whether `ip` is in fe80::/10 (RFC 4291 §2.5.6).
#[must_use]
pub fn is_unicast_link_local(ip: Ipv6Addr) -> bool {
    ip.segments()[0] & 0xffc0 == 0xfe80
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.ip {
            IpAddr::V4(ip) => write!(f, "/ip4/{ip}")?,
            IpAddr::V6(ip) if self.zone != 0 => write!(f, "/ip6zone/{}/ip6/{ip}", self.zone)?,
            IpAddr::V6(ip) => write!(f, "/ip6/{ip}")?,
        }
        match self.transport {
            Transport::Quic => write!(f, "/udp/{}/quic-v1", self.port),
            Transport::Tcp => write!(f, "/tcp/{}", self.port),
        }
    }
}

impl FromStr for Address {
    type Err = ParseAddressError;

    fn from_str(text: &str) -> Result<Self, ParseAddressError> {
        if text.len() > ADDRESS_CHARS {
            return Err(ParseAddressError);
        }
        let mut parts = text.strip_prefix('/').ok_or(ParseAddressError)?.split('/');
        let mut next = || parts.next().ok_or(ParseAddressError);
        let mut kind = next()?;
        let mut zone = 0;
        if kind == "ip6zone" {
            zone = number(next()?)?;
            kind = next()?;
            if kind != "ip6" {
                return Err(ParseAddressError);
            }
        }
        let ip = match kind {
            "ip4" => IpAddr::V4(next()?.parse().map_err(|_| ParseAddressError)?),
            "ip6" => IpAddr::V6(next()?.parse().map_err(|_| ParseAddressError)?),
            _ => return Err(ParseAddressError),
        };
        let transport = match next()? {
            "udp" => Transport::Quic,
            "tcp" => Transport::Tcp,
            _ => return Err(ParseAddressError),
        };
        let port = number(next()?)?;
        if transport == Transport::Quic && next()? != "quic-v1" {
            return Err(ParseAddressError);
        }
        match parts.next() {
            None => Ok(Self { transport, ip, zone, port }),
            Some(_) => Err(ParseAddressError),
        }
    }
}

/// Decimal digits alone: `u16::from_str` would also take a sign.
fn number<T: FromStr>(text: &str) -> Result<T, ParseAddressError> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(ParseAddressError);
    }
    text.parse().map_err(|_| ParseAddressError)
}

impl Serialize for Address {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'_, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_form_round_trips() {
        for text in [
            "/ip4/192.168.1.7/udp/4001/quic-v1",
            "/ip4/0.0.0.0/tcp/0",
            "/ip6/::1/udp/65535/quic-v1",
            "/ip6zone/2/ip6/fe80::1/tcp/4001",
        ] {
            assert_eq!(text.parse::<Address>().map(|address| address.to_string()), Ok(text.into()));
        }
    }

    #[test]
    fn malformed_text_is_refused() {
        for text in [
            "",
            "/",
            "ip4/1.2.3.4/tcp/1",
            "/ip4/1.2.3.4/tcp/65536",
            "/ip4/1.2.3.4/tcp/+1",
            "/ip4/1.2.3.4/udp/1",
            "/ip4/1.2.3.4/udp/1/quic",
            "/ip4/1.2.3.4/tcp/1/ws",
            "/ip4/::1/tcp/1",
            "/ip6zone/2/ip4/1.2.3.4/tcp/1",
            "/ip6zone/eth0/ip6/fe80::1/tcp/1",
            "/dns4/example.org/tcp/1",
        ] {
            assert_eq!(text.parse::<Address>(), Err(ParseAddressError), "{text}");
        }
    }

    #[test]
    fn the_longest_form_fits_the_bound() {
        let address = Address {
            transport: Transport::Quic,
            ip: "1111:2222:3333:4444:5555:6666:255.255.255.255".parse().expect("an IPv6 address"),
            zone: u32::MAX,
            port: u16::MAX,
        };
        assert!(address.to_string().len() <= ADDRESS_CHARS);
    }

    #[test]
    fn a_zone_is_not_for_others() {
        let address: Address = "/ip6zone/2/ip6/fe80::1/tcp/1".parse().expect("well formed");
        assert!(address.is_link_local());
        assert_eq!(address.without_zone().to_string(), "/ip6/fe80::1/tcp/1");
    }
}
