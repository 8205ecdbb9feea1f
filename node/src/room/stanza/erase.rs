//! `<erase/>` rubs out a stroke; `<undo/>` takes back something of one's own.

use super::error::StanzaError;
use super::tag::Tag;
use super::xml::Attributes;
use crate::room::id::EntryRef;

/// Reads `<erase/>`.
pub(super) fn read(attributes: &Attributes<'_>) -> Result<EntryRef, StanzaError> {
    Ok(EntryRef { author: attributes.id("author")?, seq: attributes.number("seq")? })
}

/// Writes `<erase/>`.
pub(super) fn write(stroke: &EntryRef, tag: Tag<'_>) {
    tag.plain("author", stroke.author).plain("seq", stroke.seq).empty();
}

/// Reads `<undo/>`.
pub(super) fn read_undo(attributes: &Attributes<'_>) -> Result<u64, StanzaError> {
    attributes.number("seq")
}

/// Writes `<undo/>`.
pub(super) fn write_undo(seq: u64, tag: Tag<'_>) {
    tag.plain("seq", seq).empty();
}

/// Whether an entry can have this number.
pub(super) fn check(seq: u64) -> Result<(), StanzaError> {
    if seq == 0 { Err(StanzaError::Invalid("seq")) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{parse, refuses, wire};
    use super::*;
    use crate::room::id::MemberId;
    use crate::room::stanza::Payload;

    fn erase() -> Payload {
        Payload::Erase(EntryRef { author: MemberId([0xcd; 32]), seq: 12 })
    }

    #[test]
    fn parses() {
        let xml = format!(r#"<erase author="{}" seq="12"/>"#, "cd".repeat(32));
        assert_eq!(parse(&xml), erase());
        assert_eq!(parse(r#"<undo seq="9"/>"#), Payload::Undo(9));
    }

    #[test]
    fn writes_back() {
        for payload in [erase(), Payload::Undo(u64::MAX)] {
            assert_eq!(parse(&wire(&payload)), payload);
        }
    }

    #[test]
    fn rejects_the_malformed() {
        let good = wire(&erase());
        refuses(&good.replace("12", "0"), StanzaError::Invalid("seq"));
        refuses(&good.replace("cdcd", "cd"), StanzaError::Invalid("author"));
        refuses(r#"<undo seq="0"/>"#, StanzaError::Invalid("seq"));
        refuses(r#"<undo seq="18446744073709551616"/>"#, StanzaError::Invalid("seq"));
        refuses("<undo/>", StanzaError::Missing("seq"));
    }

    #[test]
    fn keeps_its_size() {
        assert_eq!(wire(&erase()).len(), 91);
        assert_eq!(wire(&Payload::Undo(9)).len(), 15);
    }
}
