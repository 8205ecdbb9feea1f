//! Names people give: themselves, meetings, documents. And `<name/>`: the author's changes.

use super::error::StanzaError;
use super::tag::Tag;
use super::xml::{Attributes, is_character};
use crate::limits::NAME_CHARS;

/// Reads `<name/>`.
pub(super) fn read(attributes: &Attributes<'_>) -> Result<String, StanzaError> {
    attributes.text("name").map(Into::into)
}

/// Writes `<name/>`.
pub(super) fn write(name: &str, tag: Tag<'_>) {
    tag.text("name", name).empty();
}

/// Whether a stanza may carry `name` as somebody's or something's name: 1 to [`NAME_CHARS`]
/// characters on one line, none of them a control or one that reorders text.
#[must_use]
pub fn is_name(name: &str) -> bool {
    check("name", name).is_ok()
}

/// Whether `name` may stand where `what` says: 1 to [`NAME_CHARS`] characters on one line, not all
/// blank, and none that reorders the text around it (Unicode UAX #9 §2: a name must not be able to
/// dress up as another).
pub(super) fn check(what: &'static str, name: &str) -> Result<(), StanzaError> {
    if name.chars().nth(NAME_CHARS).is_some() {
        return Err(StanzaError::TooLong { what, max: NAME_CHARS });
    }
    let reorders = |c| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let allowed = |c: char| is_character(c) && !c.is_control() && !reorders(c);
    if name.trim().is_empty() || !name.chars().all(allowed) {
        return Err(StanzaError::Invalid(what));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::sample::{parse, refuses, wire};
    use super::*;
    use crate::room::stanza::Payload;

    #[test]
    fn parses() {
        let name = parse(r#"<name name="Ada &amp; Łuk &#x4f60;"/>"#);
        assert_eq!(name, Payload::Name("Ada & Łuk 你".into()));
    }

    #[test]
    fn writes_back() {
        let name = Payload::Name(r#"<"A&B" 'c'>"#.into());
        assert_eq!(parse(&wire(&name)), name);
    }

    #[test]
    fn rejects_the_malformed() {
        refuses("<name/>", StanzaError::Missing("name"));
        for bad in ["", " ", "a&#10;b", "a\u{202e}b", "\u{85}"] {
            refuses(&format!(r#"<name name="{bad}"/>"#), StanzaError::Invalid("name"));
        }
        let long = "界".repeat(NAME_CHARS + 1);
        let error = StanzaError::TooLong { what: "name", max: NAME_CHARS };
        refuses(&format!(r#"<name name="{long}"/>"#), error);
    }

    #[test]
    fn keeps_its_size() {
        assert_eq!(wire(&Payload::Name("Ada".into())).len(), 18);
        let longest = "界".repeat(NAME_CHARS);
        assert_eq!(parse(&wire(&Payload::Name(longest.clone()))), Payload::Name(longest));
    }
}
