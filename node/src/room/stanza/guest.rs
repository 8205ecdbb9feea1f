//! `<guest/>`: a line of chat that somebody without Moot said in the room that the author bridges
//! to; the message's `<body/>`, as of [`chat`](super::chat). The author answers for it, and programs show
//! that it came by them.

use super::error::StanzaError;
use super::tag::Tag;
use super::xml::Attributes;
use super::{chat, name};

/// What a guest said.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GuestLine {
    /// What they are called in that room.
    pub guest: String,
    /// What they said.
    pub line: String,
}

impl GuestLine {
    /// Reads `<guest/>`; the line comes with the body.
    pub(super) fn read(attributes: &Attributes<'_>) -> Result<Self, StanzaError> {
        Ok(Self { guest: attributes.text("name")?.into(), line: String::new() })
    }

    /// Writes `<guest/>`.
    pub(super) fn write(&self, tag: Tag<'_>) {
        tag.text("name", &self.guest).empty();
    }

    pub(super) fn check(&self) -> Result<(), StanzaError> {
        name::check("name", &self.guest)?;
        chat::check(&self.line)
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{action, stanza};
    use super::*;
    use crate::room::stanza::{Action, Payload};

    fn said(guest: &str) -> Payload {
        Payload::Guest(GuestLine { guest: guest.into(), line: "1 < 2".into() })
    }

    fn parse(payload: &str, body: &str) -> Result<Payload, StanzaError> {
        let xml = stanza(payload).replace("<act", &format!("{body}<act"));
        Action::parse(&xml).map(|action| action.payload)
    }

    #[test]
    fn parses() {
        let xml = r#"<guest name="Carol &amp; Co"/>"#;
        assert_eq!(parse(xml, "<body>1 &lt; 2</body>"), Ok(said("Carol & Co")));
    }

    #[test]
    fn writes_back() {
        let action = action(said("卡罗尔 <c>"));
        assert_eq!(Action::parse(&action.to_xml()), Ok(action));
    }

    #[test]
    fn rejects_the_malformed() {
        let carol = r#"<guest name="Carol"/>"#;
        assert_eq!(parse(carol, ""), Err(StanzaError::Element("body")));
        assert_eq!(parse(carol, "<body> </body>"), Err(StanzaError::Invalid("body")));
        let blank = parse(r#"<guest name=" "/>"#, "<body>x</body>");
        assert_eq!(blank, Err(StanzaError::Invalid("name")));
        assert_eq!(parse("<guest/>", "<body>x</body>"), Err(StanzaError::Missing("name")));
    }

    #[test]
    fn keeps_its_size() {
        assert_eq!(action(said("Carol")).to_xml().len(), 174);
    }
}
