//! `<bridge/>`: the author connects the meeting with a room elsewhere, or ends it, for all to see.

use super::error::StanzaError;
use super::name;
use super::tag::Tag;
use super::xml::Attributes;

/// Reads `<bridge/>`: which room from here on; none ends it.
pub(super) fn read(attributes: &Attributes<'_>) -> Result<Option<String>, StanzaError> {
    Ok(attributes.get("room").map(Into::into))
}

/// Writes `<bridge/>`.
pub(super) fn write(room: Option<&str>, tag: Tag<'_>) {
    match room {
        Some(room) => tag.text("room", room).empty(),
        None => tag.empty(),
    }
}

pub(super) fn check(room: Option<&str>) -> Result<(), StanzaError> {
    room.map_or(Ok(()), |room| name::check("room", room))
}

#[cfg(test)]
mod tests {
    use super::super::sample::{parse, refuses, wire};
    use super::*;
    use crate::room::stanza::Payload;

    fn to(room: &str) -> Payload {
        Payload::Bridge(Some(room.into()))
    }

    #[test]
    fn parses() {
        let xml = r#"<bridge room="standup@conference.company.com"/>"#;
        assert_eq!(parse(xml), to("standup@conference.company.com"));
        assert_eq!(parse("<bridge/>"), Payload::Bridge(None));
    }

    #[test]
    fn writes_back() {
        for payload in [to("a@b"), Payload::Bridge(None)] {
            assert_eq!(parse(&wire(&payload)), payload);
        }
    }

    #[test]
    fn rejects_the_malformed() {
        refuses(r#"<bridge room=""/>"#, StanzaError::Invalid("room"));
    }

    #[test]
    fn keeps_its_size() {
        assert_eq!(wire(&to("a@b")).len(), 20);
    }
}
