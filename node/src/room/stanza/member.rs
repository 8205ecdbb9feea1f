//! Who takes part: `<admit/>` lets a newcomer in, `<remove/>` shows a member the door, `<leave/>`
//! is the author's good-bye.

use super::error::StanzaError;
use super::name;
use super::tag::Tag;
use super::xml::Attributes;
use crate::room::id::MemberId;

/// A newcomer's admission.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Admission {
    /// Who.
    pub member: MemberId,
    /// What they call themselves.
    pub name: String,
}

/// A member's removal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Removal {
    /// Who.
    pub member: MemberId,
    /// Their last entry that still counts.
    pub upto: u64,
}

impl Admission {
    pub(super) fn read(attributes: &Attributes<'_>) -> Result<Self, StanzaError> {
        Ok(Self { member: attributes.id("member")?, name: attributes.text("name")?.into() })
    }

    pub(super) fn write(&self, tag: Tag<'_>) {
        tag.plain("member", self.member).text("name", &self.name).empty();
    }

    pub(super) fn check(&self) -> Result<(), StanzaError> {
        name::check("name", &self.name)
    }
}

impl Removal {
    pub(super) fn read(attributes: &Attributes<'_>) -> Result<Self, StanzaError> {
        Ok(Self { member: attributes.id("member")?, upto: attributes.number("upto")? })
    }

    pub(super) fn write(&self, tag: Tag<'_>) {
        tag.plain("member", self.member).plain("upto", self.upto).empty();
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{parse, refuses, wire};
    use super::*;
    use crate::room::stanza::Payload;

    const BOB: MemberId = MemberId([0xb0; 32]);

    fn admit() -> Payload {
        Payload::Admit(Admission { member: BOB, name: "Bob".into() })
    }

    fn remove() -> Payload {
        Payload::Remove(Removal { member: BOB, upto: 0 })
    }

    #[test]
    fn parses() {
        let bob = "b0".repeat(32);
        assert_eq!(parse(&format!(r#"<admit member="{bob}" name="Bob"/>"#)), admit());
        assert_eq!(parse(&format!(r#"<remove member="{bob}" upto="0"/>"#)), remove());
        assert_eq!(parse("<leave/>"), Payload::Leave);
    }

    #[test]
    fn writes_back() {
        for payload in [admit(), remove(), Payload::Leave] {
            assert_eq!(parse(&wire(&payload)), payload);
        }
    }

    #[test]
    fn rejects_the_malformed() {
        refuses(&wire(&admit()).replace("Bob", ""), StanzaError::Invalid("name"));
        refuses(&wire(&admit()).replace("b0b0", "b0"), StanzaError::Invalid("member"));
        refuses(&wire(&remove()).replace("upto=\"0\"", ""), StanzaError::Missing("upto"));
        refuses(&wire(&remove()).replace("\"0\"", "\"-1\""), StanzaError::Invalid("upto"));
    }

    #[test]
    fn keeps_its_size() {
        assert_eq!(wire(&admit()).len(), 93);
        assert_eq!(wire(&remove()).len(), 92);
        assert_eq!(wire(&Payload::Leave).len(), 8);
    }
}
