//! `moot://` links: how to get into a meeting where the network hides it, or without typing.
//!
//! ```text
//! moot://<meeting id, 64 hex digits>?s=<secret>&m=<member id>&a=<address>&a=<address>&t=<title>
//! ```
//!
//! `s`: the link's secret (128 bits, base64url). Each `m` opens a group: the addresses after it are
//! that member's. `t`: the title, for showing only. Unknown parameters are skipped, so that later
//! versions may add some; the query is percent-encoded (RFC 3986 §2.1).

use crate::limits::NAME_CHARS;
use crate::room::address::Address;
use crate::room::admission::LinkSecret;
use crate::room::id::{MeetingId, MemberId};
use std::fmt;
use std::str::FromStr;

/// Bytes of a link: a title of [`NAME_CHARS`] escaped characters and addresses of some members. A
/// QR code holds 2953 (ISO/IEC 18004, version 40-L), which a short title and 12 addresses fit.
pub const LINK_BYTES: usize = 8192;

/// Members named in a link: any one of them can let in.
pub const LINK_MEMBERS: usize = 8;

/// Addresses of one member in a link.
pub const LINK_ADDRESSES: usize = 8;

const SCHEME: &str = "moot://";

/// An invitation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Link {
    /// Which meeting.
    pub meeting: MeetingId,
    /// What lets in; without it a code or a person does.
    pub secret: Option<LinkSecret>,
    /// Members and where they may be reached.
    pub members: Vec<(MemberId, Vec<Address>)>,
    /// What the meeting was called when the link was made.
    pub title: Option<String>,
}

/// Why text is not a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParseLinkError {
    /// Does not begin with `moot://` and a meeting's id.
    #[error("a link begins with moot:// and the 64 hexadecimal digits of a meeting")]
    NotALink,
    /// Longer than [`LINK_BYTES`] or with too many members, addresses or letters.
    #[error("the link is longer than a link can be; copy it again")]
    TooLarge,
    /// A part can't be read.
    #[error("a part of the link is damaged; copy it again")]
    Damaged,
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SCHEME}{}", self.meeting)?;
        let mut separator = '?';
        let mut part = |f: &mut fmt::Formatter<'_>, key: &str, value: &str| {
            write!(f, "{separator}{key}=")?;
            separator = '&';
            escape(f, value)
        };
        if let Some(secret) = &self.secret {
            part(f, "s", &secret.to_string())?;
        }
        for (member, addresses) in self.members.iter().take(LINK_MEMBERS) {
            part(f, "m", &member.to_string())?;
            for address in addresses.iter().take(LINK_ADDRESSES) {
                part(f, "a", &address.without_zone().to_string())?;
            }
        }
        match &self.title {
            None => Ok(()),
            Some(title) => part(f, "t", &title.chars().take(NAME_CHARS).collect::<String>()),
        }
    }
}

impl FromStr for Link {
    type Err = ParseLinkError;

    fn from_str(text: &str) -> Result<Self, ParseLinkError> {
        let text = text.trim();
        if text.len() > LINK_BYTES {
            return Err(ParseLinkError::TooLarge);
        }
        let rest = text.strip_prefix(SCHEME).ok_or(ParseLinkError::NotALink)?;
        let (meeting, query) = rest.split_once('?').unwrap_or((rest, ""));
        let meeting = meeting.trim_end_matches('/');
        let meeting = meeting.parse().map_err(|_| ParseLinkError::NotALink)?;
        let mut link = Self { meeting, secret: None, members: vec![], title: None };
        for part in query.split('&').filter(|part| !part.is_empty()) {
            let (key, value) = part.split_once('=').ok_or(ParseLinkError::Damaged)?;
            link.take(key, &unescape(value)?)?;
        }
        Ok(link)
    }
}

impl Link {
    fn take(&mut self, key: &str, value: &str) -> Result<(), ParseLinkError> {
        match key {
            "s" => self.secret = Some(value.parse().map_err(|_| ParseLinkError::Damaged)?),
            "m" if self.members.len() == LINK_MEMBERS => return Err(ParseLinkError::TooLarge),
            "m" => {
                let member = value.parse().map_err(|_| ParseLinkError::Damaged)?;
                self.members.push((member, vec![]));
            }
            "a" => {
                let address: Address = value.parse().map_err(|_| ParseLinkError::Damaged)?;
                let (_, addresses) = self.members.last_mut().ok_or(ParseLinkError::Damaged)?;
                if addresses.len() == LINK_ADDRESSES {
                    return Err(ParseLinkError::TooLarge);
                }
                addresses.push(address.without_zone());
            }
            "t" if value.chars().count() > NAME_CHARS => return Err(ParseLinkError::TooLarge),
            "t" => self.title = Some(value.to_owned()),
            _ => {}
        }
        Ok(())
    }
}

/// Escapes what is not unreserved (RFC 3986 §2.3); `/` and `:` are allowed in a query and keep
/// addresses readable.
fn escape(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => write!(f, "{}", char::from(byte))?,
            b'-' | b'.' | b'_' | b'~' | b'/' | b':' => write!(f, "{}", char::from(byte))?,
            _ => write!(f, "%{byte:02X}")?,
        }
    }
    Ok(())
}

fn unescape(text: &str) -> Result<String, ParseLinkError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || {
            let digit = char::from(rest.next()?).to_digit(16)?;
            u8::try_from(digit).ok()
        };
        let (high, low) = digit().zip(digit()).ok_or(ParseLinkError::Damaged)?;
        bytes.push(high << 4 | low);
    }
    String::from_utf8(bytes).map_err(|_| ParseLinkError::Damaged)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn link() -> Link {
        Link {
            meeting: MeetingId([0xab; 32]),
            secret: Some(LinkSecret::new([0xff; 16])),
            members: vec![(
                MemberId([1; 32]),
                vec![
                    "/ip4/10.0.0.1/udp/4001/quic-v1".parse().expect("an address"),
                    "/ip6/fe80::1/tcp/1".parse().expect("an address"),
                ],
            )],
            title: Some("Bau & Umbau? 100% 会议".into()),
        }
    }

    #[test]
    fn a_link_comes_back_as_it_was_made() {
        assert_eq!(link().to_string().parse(), Ok(link()));
        let bare = Link { secret: None, members: vec![], title: None, ..link() };
        assert_eq!(bare.to_string(), format!("moot://{}", "ab".repeat(32)));
        assert_eq!(format!(" {bare}/\n").parse(), Ok(bare));
    }

    #[test]
    fn addresses_stay_readable_and_zones_stay_home() {
        let mut zoned = link();
        zoned.members[0].1[1].zone = 2;
        let text = zoned.to_string();
        assert!(
            text.contains("&a=/ip4/10.0.0.1/udp/4001/quic-v1&a=/ip6/fe80::1/tcp/1&t="),
            "{text}"
        );
        assert!(text.is_ascii());
    }

    #[test]
    fn what_a_later_version_adds_is_skipped() {
        let text = format!("{}&later=%F0%9F%8E%89", link());
        assert_eq!(text.parse(), Ok(link()));
    }

    #[test]
    fn damaged_links_say_so() {
        let bare = format!("moot://{}", "ab".repeat(32));
        for (text, error) in [
            ("http://example.org".to_owned(), ParseLinkError::NotALink),
            ("moot://abc".to_owned(), ParseLinkError::NotALink),
            (format!("{bare}?s=short"), ParseLinkError::Damaged),
            (format!("{bare}?t=%f"), ParseLinkError::Damaged),
            (format!("{bare}?t=%ff"), ParseLinkError::Damaged),
            (format!("{bare}?a=/ip4/1.2.3.4/tcp/1"), ParseLinkError::Damaged),
            (format!("{bare}?nothing"), ParseLinkError::Damaged),
            (format!("{bare}?t={}", "x".repeat(NAME_CHARS + 1)), ParseLinkError::TooLarge),
            (format!("{bare}?t={}", "x".repeat(LINK_BYTES)), ParseLinkError::TooLarge),
            (
                format!("{bare}?{}", format!("m={}&", MemberId([1; 32])).repeat(LINK_MEMBERS + 1)),
                ParseLinkError::TooLarge,
            ),
        ] {
            assert_eq!(text.parse::<Link>(), Err(error), "{text}");
        }
    }

    #[test]
    fn the_largest_link_can_be_read() {
        let address: Address =
            "/ip6/1111:2222:3333:4444:5555:6666:7777:8888/udp/65535/quic-v1".parse().expect("ok");
        let full = Link {
            members: vec![(MemberId([1; 32]), vec![address; LINK_ADDRESSES]); LINK_MEMBERS],
            title: Some("ü".repeat(NAME_CHARS)),
            ..link()
        };
        assert_eq!(full.to_string().parse(), Ok(full));
    }

    proptest! {
        #[test]
        fn any_title_survives(title in "\\PC{0,50}") {
            let link = Link { title: Some(title), ..link() };
            prop_assert_eq!(link.to_string().parse(), Ok(link));
        }
    }

    #[test]
    fn hostile_text_never_panics() {
        bolero::check!().with_test_time(std::time::Duration::from_secs(1)).for_each(
            |bytes: &[u8]| {
                let text = format!("moot://{}?{}", "ab".repeat(32), String::from_utf8_lossy(bytes));
                if let Ok(link) = text.parse::<Link>() {
                    assert_eq!(link.to_string().parse(), Ok(link));
                }
            },
        );
    }
}
