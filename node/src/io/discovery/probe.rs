//! Why nothing may be heard: what this machine's own network says about multicast.
//!
//! A question to the multicast DNS group (RFC 6762 §3) is sent on each interface, and comes back to
//! this machine unless something here drops it. So a firewall of one's own is told from a network
//! where nobody is; a network that keeps guests apart can't be told from an empty one by anybody.

use crate::io::random::random;
use socket2::{Domain, Protocol, Socket, Type};
use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddrV4, UdpSocket};
use std::time::{Duration, Instant};

/// Where multicast DNS speaks (RFC 6762 §3).
const GROUP: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(224, 0, 0, 251), 5353);

/// How long the own question may take to come back: it does not leave the machine, so microseconds;
/// the rest is for a machine that is busy.
const PATIENCE: Duration = Duration::from_millis(300);

/// Interfaces that are looked at: more than a laptop has.
const INTERFACES: usize = 64;

/// Bytes of any question or answer on the group (RFC 6762 §17).
const PACKET: usize = 9000;

/// What this machine's network says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// No network interface is up.
    NoNetwork,
    /// Interfaces are up, and none of them can multicast: a tunnel, a mobile network.
    NoMulticast,
    /// This machine does not hear its own multicast: a firewall of its own drops it.
    Blocked,
    /// All is well as far as can be seen from here.
    Fine,
}

/// Looks, and listens for up to 0.3 s. Blocks.
#[must_use]
pub fn look() -> Reach {
    let Ok(interfaces) = if_addrs::get_if_addrs() else { return Reach::Fine };
    // By name: an interface has several addresses, and one of them may be IPv4.
    let mut up: BTreeMap<String, Option<Ipv4Addr>> = BTreeMap::new();
    for interface in interfaces.iter().filter(|i| !i.is_loopback() && i.is_oper_up()) {
        let known = up.entry(interface.name.clone()).or_default();
        if let IpAddr::V4(ip) = interface.ip() {
            known.get_or_insert(ip);
        }
    }
    if up.is_empty() {
        return Reach::NoNetwork;
    }
    up.retain(|name, _| can_multicast(name));
    if up.is_empty() {
        return Reach::NoMulticast;
    }
    let own: Vec<Ipv4Addr> = up.into_values().flatten().take(INTERFACES).collect();
    // Without IPv4 nothing is known; what can't be tried is not blamed.
    if own.is_empty() || hears_itself(&own).unwrap_or(true) { Reach::Fine } else { Reach::Blocked }
}

/// Whether the kernel says that the interface can multicast; elsewhere than on Linux all are
/// believed to.
fn can_multicast(interface: &str) -> bool {
    /// Linux: if.h.
    const IFF_MULTICAST: u32 = 0x1000;
    let path = format!("/sys/class/net/{interface}/flags");
    let Ok(text) = std::fs::read_to_string(path) else { return true };
    let flags = u32::from_str_radix(text.trim().trim_start_matches("0x"), 16);
    flags.is_ok_and(|flags| flags & IFF_MULTICAST != 0)
}

/// Whether a question sent on any of these addresses' interfaces comes back.
fn hears_itself(own: &[Ipv4Addr]) -> io::Result<bool> {
    let socket = Socket::new(Domain::IPV4, Type::DGRAM, Some(Protocol::UDP))?;
    // Other programs use the port too.
    socket.set_reuse_address(true)?;
    #[cfg(unix)]
    socket.set_reuse_port(true)?;
    socket.bind(&SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, GROUP.port()).into())?;
    socket.set_multicast_loop_v4(true)?;
    let question = question(random().map_err(io::Error::other)?);
    let mut tried = false;
    for ip in own {
        let asked = socket
            .join_multicast_v4(GROUP.ip(), ip)
            .and_then(|()| socket.set_multicast_if_v4(ip))
            .and_then(|()| socket.send_to(&question, &GROUP.into()));
        match asked {
            Ok(_) => tried = true,
            // What a firewall's rule for outgoing packets says.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => tried = true,
            Err(_) => {}
        }
    }
    if !tried {
        return Ok(true);
    }
    let socket = UdpSocket::from(socket);
    let until = Instant::now() + PATIENCE;
    let mut buffer = [0; PACKET];
    loop {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(false);
        }
        socket.set_read_timeout(Some(left))?;
        match socket.recv(&mut buffer) {
            Ok(len) if buffer[..len] == question => return Ok(true),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            // The time has run out.
            Err(_) => return Ok(false),
        }
    }
}

/// A question for a name that nobody has (RFC 1035 §4.1): `<16 hex digits>._moot._udp.local`, PTR.
fn question(random: [u8; 8]) -> Vec<u8> {
    let label: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
    // Number 0, a query, one question (RFC 6762 §18).
    let mut packet = vec![0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    for label in [label.as_str(), "_moot", "_udp", "local"] {
        packet.push(label.len() as u8);
        packet.extend(label.as_bytes());
    }
    // End of the name; type 12, PTR; class 1, Internet.
    packet.extend([0, 0, 12, 0, 1]);
    packet
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_well_formed() {
        let packet = question([0xab; 8]);
        assert_eq!(packet.len(), 12 + 17 + 6 + 5 + 6 + 5);
        assert_eq!(packet[12], 16);
        assert_eq!(&packet[13..29], b"abababababababab");
        assert_eq!(packet[packet.len() - 5..], [0, 0, 12, 0, 1]);
    }

    #[test]
    fn the_loopback_interface_hears_itself() {
        // Every machine that runs tests has one; whether it may multicast is the system's affair.
        let heard = hears_itself(&[Ipv4Addr::LOCALHOST]);
        assert!(heard.is_ok() || heard.is_err_and(|e| e.kind() != io::ErrorKind::InvalidInput));
    }
}
