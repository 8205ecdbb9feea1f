//! `<picture/>`: the colour that the author chose for the picture others see of them.

use super::error::StanzaError;
use super::tag::Tag;
use super::xml::Attributes;

/// Reads `<picture/>`: a place in the window's list of colours, counted from 0. Every number is
/// one: windows with fewer colours begin anew at the end of theirs.
pub(super) fn read(attributes: &Attributes<'_>) -> Result<u8, StanzaError> {
    attributes.number("colour")
}

/// Writes `<picture/>`.
pub(super) fn write(colour: u8, tag: Tag<'_>) {
    tag.plain("colour", colour).empty();
}

#[cfg(test)]
mod tests {
    use super::super::sample::{parse, refuses, wire};
    use super::*;
    use crate::room::stanza::Payload;

    #[test]
    fn parses() {
        assert_eq!(parse(r#"<picture colour="3"/>"#), Payload::Picture(3));
    }

    #[test]
    fn writes_back() {
        for colour in [0, 5, u8::MAX] {
            assert_eq!(parse(&wire(&Payload::Picture(colour))), Payload::Picture(colour));
        }
    }

    #[test]
    fn rejects_the_malformed() {
        refuses("<picture/>", StanzaError::Missing("colour"));
        for bad in ["256", "-1", "red", ""] {
            refuses(&format!(r#"<picture colour="{bad}"/>"#), StanzaError::Invalid("colour"));
        }
    }

    #[test]
    fn keeps_its_size() {
        assert_eq!(wire(&Payload::Picture(255)).len(), 23);
    }
}
