//! Names and addresses as libp2p writes them, and back.

use crate::room::address::{Address, Transport, is_unicast_link_local};
use crate::room::id::MemberId;
use libp2p::multiaddr::{Multiaddr, Protocol};
use libp2p::{PeerId, identity};
use std::net::IpAddr;

/// The peer id of a member: the identity multihash of its public key (libp2p peer ids spec), so
/// the two can be told from each other without a table. None when the 32 bytes are no key.
pub(super) fn peer_id(member: &MemberId) -> Option<PeerId> {
    let key = identity::ed25519::PublicKey::try_from_bytes(&member.0).ok()?;
    Some(identity::PublicKey::from(key).to_peer_id())
}

/// The member of a peer id; none when its key is not Ed25519.
pub(super) fn member_id(peer: &PeerId) -> Option<MemberId> {
    const IDENTITY: u64 = 0;
    let hash = multihash(peer);
    if hash.code() != IDENTITY {
        return None;
    }
    let key = identity::PublicKey::try_decode_protobuf(hash.digest()).ok()?;
    Some(MemberId(key.try_into_ed25519().ok()?.to_bytes()))
}

fn multihash(peer: &PeerId) -> libp2p::multihash::Multihash<64> {
    (*peer).into()
}

/// As libp2p dials and listens.
pub(super) fn to_multiaddr(address: &Address) -> Multiaddr {
    let mut to = Multiaddr::empty();
    if address.zone != 0 {
        to.push(Protocol::Ip6zone(address.zone.to_string().into()));
    }
    to.push(address.ip.into());
    match address.transport {
        Transport::Quic => to.with(Protocol::Udp(address.port)).with(Protocol::QuicV1),
        Transport::Tcp => to.with(Protocol::Tcp(address.port)),
    }
}

/// What libp2p reports; none for forms that Moot does not speak.
pub(super) fn from_multiaddr(from: &Multiaddr) -> Option<Address> {
    let mut parts = from.iter().peekable();
    let mut zone = 0;
    if let Some(Protocol::Ip6zone(name)) = parts.peek() {
        zone = name.parse().ok()?;
        parts.next();
    }
    let ip: IpAddr = match parts.next()? {
        Protocol::Ip4(ip) => ip.into(),
        Protocol::Ip6(ip) => ip.into(),
        _ => return None,
    };
    let (transport, port) = match (parts.next()?, parts.next()) {
        (Protocol::Udp(port), Some(Protocol::QuicV1)) => (Transport::Quic, port),
        (Protocol::Tcp(port), None | Some(Protocol::P2p(_))) => (Transport::Tcp, port),
        _ => return None,
    };
    Some(Address { transport, ip, zone, port })
}

/// The addresses to dial for `address`: a link-local one whose link is not named (it came in a link
/// or from another member) is tried on each of our own links that has one like it.
pub(super) fn on_our_links(address: Address) -> Vec<Address> {
    match address.ip {
        IpAddr::V6(ip) if is_unicast_link_local(ip) && address.zone == 0 => {
            zones().into_iter().map(|zone| Address { zone, ..address }).collect()
        }
        _ => vec![address],
    }
}

/// Indices of the interfaces that have a link-local IPv6 address.
fn zones() -> Vec<u32> {
    /// Wired, Wi-Fi, and some bridges or tunnels.
    const ZONES: usize = 8;
    let mut zones: Vec<u32> = if_addrs::get_if_addrs()
        .unwrap_or_default()
        .into_iter()
        .filter(|interface| matches!(interface.ip(), IpAddr::V6(ip) if is_unicast_link_local(ip)))
        .filter_map(|interface| interface.index)
        .collect();
    zones.sort_unstable();
    zones.dedup();
    zones.truncate(ZONES);
    zones
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_and_peers_are_the_same_names() {
        let key = identity::Keypair::ed25519_from_bytes([3; 32]).expect("any seed is a key");
        let peer = key.public().to_peer_id();
        let member = member_id(&peer).expect("an Ed25519 key");
        assert_eq!(peer_id(&member), Some(peer));
        let signing = ed25519_dalek::SigningKey::from_bytes(&[3; 32]);
        assert_eq!(member.0, signing.verifying_key().to_bytes(), "the same key signs entries");
    }

    #[test]
    fn bytes_that_are_no_key_name_no_peer() {
        let mut none = [0xff; 32];
        none[0] = 0x02;
        assert_eq!(peer_id(&MemberId(none)), None);
        assert_eq!(member_id(&PeerId::random()), None);
    }

    #[test]
    fn addresses_survive_the_round_trip() {
        for text in [
            "/ip4/10.0.0.1/udp/4001/quic-v1",
            "/ip6/fd00::1/tcp/1",
            "/ip6zone/2/ip6/fe80::1/udp/1/quic-v1",
        ] {
            let address: Address = text.parse().expect("well formed");
            assert_eq!(from_multiaddr(&to_multiaddr(&address)), Some(address));
            assert_eq!(to_multiaddr(&address).to_string(), text);
        }
    }
}
