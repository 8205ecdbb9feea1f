//! RFC 6120 §8.3: why a stanza was refused.

use super::{find, ns};
use xmpp_parsers::minidom::Element;
use xmpp_parsers::stanza_error::StanzaError;

/// Words of a server shown to people: a line.
const TEXT: usize = 200;

/// Why a stanza was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// The condition by its name, as `item-not-found`.
    pub name: String,
    /// The server's own words.
    pub text: Option<String>,
}

impl Condition {
    /// Of a message or presence of type `error`.
    pub fn in_payloads(payloads: &[Element]) -> Self {
        match find(payloads, "error", ns::CLIENT) {
            Some(error) => Self::of(error),
            None => Self { name: "undefined-condition".to_owned(), text: None },
        }
    }

    fn of(error: &Element) -> Self {
        let mut read = Self { name: "undefined-condition".to_owned(), text: None };
        for child in error.children().filter(|child| child.has_ns(ns::STANZAS)) {
            if child.name() == "text" {
                read.text = Some(child.text().chars().take(TEXT).collect());
            } else {
                read.name = child.name().chars().take(TEXT).collect();
            }
        }
        read
    }

    /// In the server's own words, or by name.
    pub fn words(&self) -> String {
        self.text.clone().filter(|text| !text.is_empty()).unwrap_or_else(|| self.name.clone())
    }

    /// Whether it wants encryption between people. There is no condition for that: modules that enforce it answer with
    /// `policy-violation` and words (Prosody's `mod_e2e_policy`).
    pub fn wants_encryption(&self) -> bool {
        let text = self.text.as_deref().unwrap_or_default().to_lowercase();
        self.name == "policy-violation" && (text.contains("encrypt") || text.contains("omemo"))
    }
}

impl From<StanzaError> for Condition {
    fn from(error: StanzaError) -> Self {
        Self::of(&Element::from(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn read_from_what_servers_send() {
        let error = "<error xmlns='jabber:client' type='modify'>\
            <policy-violation xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>\
            <text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>Only encrypted messages, please</text></error>";
        let condition = Condition::in_payloads(&[error.parse().expect("well-formed")]);
        assert_eq!(condition.name, "policy-violation");
        assert!(condition.wants_encryption());
        assert_eq!(condition.words(), "Only encrypted messages, please");
        assert_eq!(Condition::in_payloads(&[]).words(), "undefined-condition");
    }
}
