//! The TXT record of an announcement (RFC 6763 §6): written by us, read from anybody.

use super::{ADDRESSES, Announcement, Found, Ports};
use crate::room::address::Address;
use crate::room::stanza::{JoinPolicy, is_name};
use std::net::IpAddr;

/// The protocol version announced; others are not shown, for they could not be joined.
const VERSION: &str = "1";

/// Bytes of a value: a string of a TXT record has 255 with its key and `=` (RFC 6763 §6.1).
const VALUE_BYTES: usize = 250;

/// Bytes of a name: enough to know somebody by (32 Chinese characters), and a whole announcement
/// still fits into one packet beside its addresses.
const NAME_BYTES: usize = 96;

/// The record's keys and values.
pub(super) fn write(announcement: &Announcement) -> Vec<(&'static str, String)> {
    let Announcement { member, meeting, title, name, join, ports } = announcement;
    let join = match join {
        JoinPolicy::Open => "open",
        JoinPolicy::Code => "code",
        JoinPolicy::Ask => "ask",
    };
    let Ports { quic4, quic6, tcp4, tcp6 } = ports;
    let mut record = vec![
        ("v", VERSION.to_owned()),
        ("p", member.to_string()),
        ("m", meeting.to_string()),
        ("j", join.to_owned()),
        ("a", format!("{quic4},{quic6},{tcp4},{tcp6}")),
        ("t", cut(title, VALUE_BYTES)),
    ];
    record.extend(name.as_ref().map(|name| ("n", cut(name, NAME_BYTES))));
    record
}

/// What an announcement says; none when it is not one of this version. `addresses` with their
/// interfaces (zero: none).
pub(super) fn read<'a>(
    get: impl Fn(&str) -> Option<&'a [u8]>,
    addresses: impl Iterator<Item = (IpAddr, u32)>,
) -> Option<Found> {
    let text = |key| std::str::from_utf8(get(key)?).ok().filter(|text| text.len() <= VALUE_BYTES);
    if text("v")? != VERSION {
        return None;
    }
    let join = match text("j")? {
        "open" => JoinPolicy::Open,
        "code" => JoinPolicy::Code,
        "ask" => JoinPolicy::Ask,
        _ => return None,
    };
    let title = text("t")?;
    // What is shown to people is a line of text, whoever wrote it.
    if !is_name(title) {
        return None;
    }
    let name = text("n").filter(|name| name.len() <= NAME_BYTES && is_name(name));
    let ports = ports(text("a")?)?;
    let mut addresses: Vec<Address> =
        addresses.flat_map(|(ip, zone)| ports.at(ip, zone)).take(ADDRESSES).collect();
    addresses.sort_unstable();
    Some(Found {
        member: text("p")?.parse().ok()?,
        meeting: text("m")?.parse().ok()?,
        title: title.to_owned(),
        name: name.map(str::to_owned),
        join,
        addresses,
    })
}

fn ports(text: &str) -> Option<Ports> {
    let mut ports = text.split(',').map(str::parse);
    let mut next = || ports.next()?.ok();
    let all = Ports { quic4: next()?, quic6: next()?, tcp4: next()?, tcp6: next()? };
    // Later versions may add some.
    Some(all)
}

/// As much of a title or name as fits, ending with "…" if that is not all.
fn cut(text: &str, bytes: usize) -> String {
    let text: String = text.chars().filter(|letter| !letter.is_control()).collect();
    if text.len() <= bytes {
        return text;
    }
    let mut end = bytes - '…'.len_utf8();
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}…", &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::NAME_CHARS;
    use crate::room::id::{MeetingId, MemberId};

    fn announcement() -> Announcement {
        Announcement {
            member: MemberId([1; 32]),
            meeting: MeetingId([2; 32]),
            title: "Bau".into(),
            name: Some("Łukasz".into()),
            join: JoinPolicy::Code,
            ports: Ports { quic4: 1, quic6: 2, tcp4: 3, tcp6: 4 },
        }
    }

    fn heard(record: &[(&str, String)]) -> Option<Found> {
        let get = |key: &str| {
            record.iter().find(|(known, _)| *known == key).map(|(_, value)| value.as_bytes())
        };
        let ips = [("10.0.0.1", 0), ("fe80::1", 7)];
        read(get, ips.iter().map(|(ip, zone)| (ip.parse().expect("an address"), *zone)))
    }

    #[test]
    fn an_announcement_is_heard_as_it_was_made() {
        let found = heard(&write(&announcement())).expect("well formed");
        let addresses: Vec<String> = found.addresses.iter().map(ToString::to_string).collect();
        assert_eq!(
            addresses,
            [
                "/ip4/10.0.0.1/udp/1/quic-v1",
                "/ip6zone/7/ip6/fe80::1/udp/2/quic-v1",
                "/ip4/10.0.0.1/tcp/3",
                "/ip6zone/7/ip6/fe80::1/tcp/4",
            ]
        );
        let Announcement { member, meeting, title, name, join, .. } = announcement();
        assert_eq!(
            found,
            Found { member, meeting, title, name, join, addresses: found.addresses.clone() }
        );
    }

    #[test]
    fn long_titles_are_cut_between_letters() {
        let long = Announcement { title: "会".repeat(NAME_CHARS), ..announcement() };
        let found = heard(&write(&long)).expect("well formed");
        assert!(found.title.ends_with("会…") && found.title.len() <= VALUE_BYTES);
    }

    #[test]
    fn a_name_is_told_only_if_it_may_be_and_cut_to_fit() {
        let silent = Announcement { name: None, ..announcement() };
        assert!(write(&silent).iter().all(|(key, _)| *key != "n"));
        assert_eq!(heard(&write(&silent)).expect("well formed").name, None);
        let long = Announcement { name: Some("会".repeat(NAME_CHARS)), ..announcement() };
        let found = heard(&write(&long)).expect("well formed").name.expect("a name");
        assert!(found.ends_with("会…") && found.len() <= NAME_BYTES);
    }

    #[test]
    fn a_name_that_could_dress_up_as_another_is_no_name() {
        for name in ["", " ", "two\nlines", "\u{202e}nnA", &"x".repeat(NAME_BYTES + 1)] {
            let mut record = write(&announcement());
            record.last_mut().expect("the name").1 = name.to_owned();
            assert_eq!(heard(&record).expect("the meeting is found").name, None, "{name}");
        }
    }

    #[test]
    fn what_is_no_announcement_of_this_version_is_not_shown() {
        for (key, value) in [
            ("v", "2"),
            ("p", "1"),
            ("m", ""),
            ("j", "closed"),
            ("a", "1,2,3"),
            ("a", "1,2,3,65536"),
            ("t", "two\nlines"),
            ("t", "turned \u{202e}round"),
            ("t", &"x".repeat(VALUE_BYTES + 1)),
        ] {
            let mut record = write(&announcement());
            for entry in record.iter_mut().filter(|(known, _)| *known == key) {
                entry.1 = value.to_owned();
            }
            assert_eq!(heard(&record), None, "{key}={value}");
        }
    }

    #[test]
    fn hostile_records_never_panic_and_stay_bounded() {
        bolero::check!().with_test_time(std::time::Duration::from_secs(1)).for_each(
            |bytes: &[u8]| {
                let mut record = write(&announcement());
                let choice = bytes.first().map_or(0, |byte| usize::from(*byte) % record.len());
                record[choice].1 = String::from_utf8_lossy(bytes).into_owned();
                if let Some(found) = heard(&record) {
                    assert!(found.title.len() <= VALUE_BYTES);
                    assert!(found.name.is_none_or(|name| name.len() <= NAME_BYTES));
                    assert!(found.addresses.len() <= ADDRESSES);
                }
            },
        );
    }
}
