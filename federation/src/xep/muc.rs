//! XEP-0045: what is said to a room, and what it says of occupants.

use super::{element, find, ns, text_of};
use xmpp_parsers::minidom::Element;

/// Words of a moderator shown to people: a line.
const REASON: usize = 200;

/// Asks to enter, without any history: the archive has it, whole and in order.
pub fn join(password: Option<&str>) -> Element {
    let none = element!("history", ns::MUC, "maxstanzas" = "0").build();
    let password =
        password.map(|text| element!("password", ns::MUC).append(text.to_owned()).build());
    element!("x", ns::MUC).append(none).append_all(password).build()
}

/// Says that a message to one occupant goes through a room (§7.5).
pub fn private() -> Element {
    element!("x", ns::MUC_USER).build()
}

/// What a room says of an occupant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct User {
    /// Status codes.
    pub codes: Vec<u16>,
    /// Their role: `none` has left.
    pub role: Option<String>,
    /// What they are to the room: `owner`, `member` …
    pub affiliation: Option<String>,
    /// Their account, when the room shows it.
    pub jid: Option<String>,
    /// Their next name.
    pub nick: Option<String>,
    /// Why they were put out.
    pub reason: Option<String>,
    /// The room was destroyed, perhaps with a reason.
    pub destroyed: Option<Option<String>>,
}

impl User {
    /// What `payloads` of a presence or message say.
    pub fn in_payloads(payloads: &[Element]) -> Self {
        let Some(x) = find(payloads, "x", ns::MUC_USER) else {
            return Self::default();
        };
        let line = |text: String| text.chars().take(REASON).collect::<String>();
        let reason = |element: &Element| text_of(element, "reason", ns::MUC_USER).map(line);
        let item = x.get_child("item", ns::MUC_USER);
        let attribute = |name: &str| item.and_then(|item| item.attr(name)).map(str::to_owned);
        let codes = x.children().filter(|child| child.is("status", ns::MUC_USER));
        Self {
            codes: codes.filter_map(|status| status.attr("code")?.parse().ok()).take(16).collect(),
            role: attribute("role"),
            affiliation: attribute("affiliation"),
            jid: attribute("jid"),
            nick: attribute("nick"),
            reason: item.and_then(reason),
            destroyed: x.get_child("destroy", ns::MUC_USER).map(reason),
        }
    }

    /// Whether the room gave this status code.
    pub fn has(&self, code: u16) -> bool {
        self.codes.contains(&code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn read_from_what_servers_send() {
        let x = "<x xmlns='http://jabber.org/protocol/muc#user'><item role='none' affiliation='outcast'>\
            <actor nick='Ben'/><reason>Enough</reason></item><status code='301'/><status code='110'/>\
            <status/><status code='x'/></x>";
        let user = User::in_payloads(&[x.parse().expect("well-formed")]);
        assert!(user.has(301) && user.has(110) && user.codes.len() == 2);
        assert_eq!((user.role.as_deref(), user.reason.as_deref()), (Some("none"), Some("Enough")));
        assert_eq!(user.destroyed, None);
        assert_eq!(User::in_payloads(&[]), User::default());
    }

    #[test]
    fn a_destroyed_room_may_say_why() {
        let x = |inner: &str| {
            let x = format!(
                "<x xmlns='http://jabber.org/protocol/muc#user'><destroy>{inner}</destroy></x>"
            );
            User::in_payloads(&[x.parse().expect("well-formed")]).destroyed
        };
        assert_eq!(x(""), Some(None));
        assert_eq!(x("<reason>Moved</reason>"), Some(Some("Moved".to_owned())));
    }
}
