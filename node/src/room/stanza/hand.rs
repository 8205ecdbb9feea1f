//! `<hand/>`: the author's hand goes up or down.

use super::error::StanzaError;
use super::tag::Tag;
use super::xml::Attributes;

/// Reads `<hand/>`: whether it goes up.
pub(super) fn read(attributes: &Attributes<'_>) -> Result<bool, StanzaError> {
    attributes.parse("up", str::parse)
}

/// Writes `<hand/>`.
pub(super) fn write(up: bool, tag: Tag<'_>) {
    tag.plain("up", up).empty();
}

#[cfg(test)]
mod tests {
    use super::super::sample::{parse, refuses, wire};
    use super::*;
    use crate::room::stanza::Payload;

    #[test]
    fn parses() {
        assert_eq!(parse(r#"<hand up="true"/>"#), Payload::Hand(true));
    }

    #[test]
    fn writes_back() {
        for up in [true, false] {
            assert_eq!(parse(&wire(&Payload::Hand(up))), Payload::Hand(up));
        }
    }

    #[test]
    fn rejects_the_malformed() {
        refuses("<hand/>", StanzaError::Missing("up"));
        refuses(r#"<hand up="1"/>"#, StanzaError::Invalid("up"));
    }

    #[test]
    fn keeps_its_size() {
        assert_eq!(wire(&Payload::Hand(false)).len(), 18);
    }
}
