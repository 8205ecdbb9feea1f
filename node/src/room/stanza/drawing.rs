//! `<drawing/>`: the presenter says whether everybody may draw on the pages.

use super::error::StanzaError;
use super::tag::Tag;
use super::xml::Attributes;

/// Reads `<drawing/>`: whether everybody may draw.
pub(super) fn read(attributes: &Attributes<'_>) -> Result<bool, StanzaError> {
    attributes.parse("allowed", str::parse)
}

/// Writes `<drawing/>`.
pub(super) fn write(allowed: bool, tag: Tag<'_>) {
    tag.plain("allowed", allowed).empty();
}

#[cfg(test)]
mod tests {
    use super::super::sample::{parse, refuses, wire};
    use super::*;
    use crate::room::stanza::Payload;

    #[test]
    fn parses() {
        assert_eq!(parse(r#"<drawing allowed="true"/>"#), Payload::DrawingAllowed(true));
    }

    #[test]
    fn writes_back() {
        for allowed in [true, false] {
            assert_eq!(
                parse(&wire(&Payload::DrawingAllowed(allowed))),
                Payload::DrawingAllowed(allowed)
            );
        }
    }

    #[test]
    fn rejects_the_malformed() {
        refuses("<drawing/>", StanzaError::Missing("allowed"));
        refuses(r#"<drawing allowed="1"/>"#, StanzaError::Invalid("allowed"));
    }

    #[test]
    fn keeps_its_size() {
        assert_eq!(wire(&Payload::DrawingAllowed(false)).len(), 26);
    }
}
