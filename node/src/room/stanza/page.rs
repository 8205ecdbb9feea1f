//! `<page/>`: the presenter turns to a page.

use super::error::StanzaError;
use super::tag::Tag;
use super::xml::Attributes;
use crate::limits::DOCUMENT_PAGES;
use crate::room::id::BlobId;

/// A page of a document.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct PageTurn {
    /// The document: the name of its page index.
    pub document: BlobId,
    /// Page number; the first is 1.
    pub page: u32,
}

impl PageTurn {
    pub(super) fn read(attributes: &Attributes<'_>) -> Result<Self, StanzaError> {
        Ok(Self { document: attributes.id("document")?, page: attributes.number("page")? })
    }

    /// Adds the attributes that say which page.
    pub(super) fn tag<'o>(&self, tag: Tag<'o>) -> Tag<'o> {
        tag.plain("document", self.document).plain("page", self.page)
    }

    pub(super) fn write(&self, tag: Tag<'_>) {
        self.tag(tag).empty();
    }

    pub(super) fn check(&self) -> Result<(), StanzaError> {
        let there = (1..=DOCUMENT_PAGES).contains(&self.page);
        if there { Ok(()) } else { Err(StanzaError::Invalid("page")) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{parse, refuses, wire};
    use super::*;
    use crate::room::stanza::Payload;

    fn page(page: u32) -> Payload {
        Payload::Page(PageTurn { document: BlobId([0xab; 32]), page })
    }

    #[test]
    fn parses() {
        let xml = format!(r#"<page document="{}" page="7"/>"#, "ab".repeat(32));
        assert_eq!(parse(&xml), page(7));
    }

    #[test]
    fn writes_back() {
        for number in [1, DOCUMENT_PAGES] {
            assert_eq!(parse(&wire(&page(number))), page(number));
        }
    }

    #[test]
    fn rejects_the_malformed() {
        let good = wire(&page(7));
        for bad in ["0", "-1", "+1", "", "2001", "99999999999", "1.0", "seven"] {
            let xml = good.replace("page=\"7\"", &format!("page=\"{bad}\""));
            refuses(&xml, StanzaError::Invalid("page"));
        }
        refuses(&good.replace("abab", "ab"), StanzaError::Invalid("document"));
        refuses(&good.replace("document=", "doc="), StanzaError::Missing("document"));
    }

    #[test]
    fn keeps_its_size() {
        assert_eq!(wire(&page(7)).len(), 92);
    }
}
