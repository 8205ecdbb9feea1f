//! `<floor/>`: who presents from here on.

use super::error::StanzaError;
use super::tag::Tag;
use super::xml::Attributes;
use crate::room::id::MemberId;

/// Reads `<floor/>`: who gets it.
pub(super) fn read(attributes: &Attributes<'_>) -> Result<MemberId, StanzaError> {
    attributes.id("to")
}

/// Writes `<floor/>`.
pub(super) fn write(to: &MemberId, tag: Tag<'_>) {
    tag.plain("to", to).empty();
}

#[cfg(test)]
mod tests {
    use super::super::sample::{parse, refuses, wire};
    use super::*;
    use crate::room::stanza::Payload;

    fn floor() -> Payload {
        Payload::Floor(MemberId([0x0f; 32]))
    }

    #[test]
    fn parses() {
        assert_eq!(parse(&format!(r#"<floor to="{}"/>"#, "0f".repeat(32))), floor());
    }

    #[test]
    fn writes_back() {
        assert_eq!(parse(&wire(&floor())), floor());
    }

    #[test]
    fn rejects_the_malformed() {
        refuses("<floor/>", StanzaError::Missing("to"));
        refuses(r#"<floor to="ada"/>"#, StanzaError::Invalid("to"));
    }

    #[test]
    fn keeps_its_size() {
        assert_eq!(wire(&floor()).len(), 78);
    }
}
