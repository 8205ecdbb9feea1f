//! Where to listen, as people write it, as the multiaddresses the node takes.

use std::net::{IpAddr, SocketAddr};

/// Text that names no address to listen on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected an address such as 192.168.1.5, 192.168.1.5:4000 or /ip4/…/udp/4000/quic-v1")]
pub(crate) struct BadListen;

/// `IP`, `IP:PORT`, `[IP6]:PORT` (QUIC and TCP of that port, 0: chosen by the system) or a
/// multiaddress, taken as it is.
pub(crate) fn parse_listen(text: &str) -> Result<Vec<String>, BadListen> {
    if text.starts_with("/ip4/") || text.starts_with("/ip6/") {
        return Ok(vec![text.to_owned()]);
    }
    let (ip, port) = match text.parse::<SocketAddr>() {
        Ok(address) => (address.ip(), address.port()),
        Err(_) => {
            let bare = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).unwrap_or(text);
            (bare.parse::<IpAddr>().map_err(|_| BadListen)?, 0)
        }
    };
    let host = match ip {
        IpAddr::V4(ip) => format!("/ip4/{ip}"),
        IpAddr::V6(ip) => format!("/ip6/{ip}"),
    };
    Ok(vec![format!("{host}/udp/{port}/quic-v1"), format!("{host}/tcp/{port}")])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_stands_for_quic_and_tcp() {
        let both = parse_listen("127.0.0.1:4000").unwrap();
        assert_eq!(both, ["/ip4/127.0.0.1/udp/4000/quic-v1", "/ip4/127.0.0.1/tcp/4000"]);
        assert_eq!(parse_listen("::1").unwrap()[1], "/ip6/::1/tcp/0");
        assert_eq!(parse_listen("[::1]:7").unwrap()[0], "/ip6/::1/udp/7/quic-v1");
    }

    #[test]
    fn a_multiaddress_is_left_alone() {
        let address = "/ip4/0.0.0.0/tcp/0";
        assert_eq!(parse_listen(address).unwrap(), [address]);
    }

    #[test]
    fn names_are_no_addresses() {
        for text in ["", "localhost", "1.2.3", "1.2.3.4:99999", "fe80::1%eth0", "[::1", "/dns/x"] {
            assert_eq!(parse_listen(text), Err(BadListen), "{text}");
        }
    }
}
