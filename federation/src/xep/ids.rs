//! XEP-0359 and XEP-0421: which message, and whose.

use super::{element, find, ns};
use xmpp_parsers::jid::BareJid;
use xmpp_parsers::minidom::Element;

/// The id that we give our own message.
pub fn origin(id: &str) -> Element {
    element!("origin-id", ns::SID, "id" = id).build()
}

/// The id that the author gave, as they claim.
pub fn origin_of(payloads: &[Element]) -> Option<&str> {
    find(payloads, "origin-id", ns::SID)?.attr("id")
}

/// The id that `room` gave: anybody can write an element that looks the same, so it counts only with the room's own address.
pub fn given_by<'a>(payloads: &'a [Element], room: &BareJid) -> Option<&'a str> {
    let ids = payloads.iter().filter(|payload| payload.is("stanza-id", ns::SID));
    ids.filter(|id| id.attr("by") == Some(room.as_str())).find_map(|id| id.attr("id"))
}

/// Whose message or presence it is, as the room vouches for it.
pub fn occupant_of(payloads: &[Element]) -> Option<&str> {
    find(payloads, "occupant-id", ns::OCCUPANT_ID)?.attr("id")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_rooms_own_id_counts() {
        let room = BareJid::new("standup@conference.company.test").expect("an address");
        let id = |by: &str| element!("stanza-id", ns::SID, "id" = "7", "by" = by).build();
        assert_eq!(given_by(&[id("evil@company.test"), id(room.as_str())], &room), Some("7"));
        assert_eq!(given_by(&[id("evil@company.test")], &room), None);
        assert_eq!(given_by(&[element!("stanza-id", ns::SID).build()], &room), None);
        assert_eq!(origin_of(&[origin("a")]), Some("a"));
        assert_eq!(occupant_of(&[origin("a")]), None);
    }
}
