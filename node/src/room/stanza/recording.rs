//! `<recording/>`: the author begins or ends to keep everybody's sound, for all to see.

use super::error::StanzaError;
use super::tag::Tag;
use super::xml::Attributes;

/// Reads `<recording/>`: whether the author records from here on.
pub(super) fn read(attributes: &Attributes<'_>) -> Result<bool, StanzaError> {
    attributes.parse("on", str::parse)
}

/// Writes `<recording/>`.
pub(super) fn write(on: bool, tag: Tag<'_>) {
    tag.plain("on", on).empty();
}

#[cfg(test)]
mod tests {
    use super::super::sample::{parse, refuses, wire};
    use super::*;
    use crate::room::stanza::Payload;

    #[test]
    fn parses() {
        assert_eq!(parse(r#"<recording on="true"/>"#), Payload::Recording(true));
    }

    #[test]
    fn writes_back() {
        for on in [true, false] {
            assert_eq!(parse(&wire(&Payload::Recording(on))), Payload::Recording(on));
        }
    }

    #[test]
    fn rejects_the_malformed() {
        refuses("<recording/>", StanzaError::Missing("on"));
        refuses(r#"<recording on="1"/>"#, StanzaError::Invalid("on"));
    }

    #[test]
    fn keeps_its_size() {
        assert_eq!(wire(&Payload::Recording(false)).len(), 23);
    }
}
