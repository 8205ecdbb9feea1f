//! `<document/>`: a converted document is there.

use super::error::StanzaError;
use super::name;
use super::tag::Tag;
use super::xml::Attributes;
use crate::limits::{DOCUMENT_BYTES, DOCUMENT_PAGES};
use crate::room::id::BlobId;

/// Bytes that all blobs of one document may have together: the file itself, and its page images,
/// which are bounded by the same number (docs/PROTOCOL.md, Documents).
const ALL_BYTES: u64 = 2 * DOCUMENT_BYTES;

/// A converted document, ready to be fetched.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DocumentAnnouncement {
    /// The name of its page index.
    pub document: BlobId,
    /// The file's name without its folder.
    pub name: String,
    /// Number of pages, 1 to [`DOCUMENT_PAGES`].
    pub pages: u32,
    /// Bytes of all its blobs together.
    pub bytes: u64,
    /// The document whose place it takes: an earlier version of the same file.
    pub replaces: Option<BlobId>,
    /// Number of pages that are drawn so far, 1 to `pages`; `None`: this is the whole, and nothing follows.
    pub drawn: Option<u32>,
}

impl DocumentAnnouncement {
    pub(super) fn read(attributes: &Attributes<'_>) -> Result<Self, StanzaError> {
        let replaces = attributes.get("replaces").map(|_| attributes.id("replaces"));
        let drawn = attributes.get("drawn").map(|_| attributes.number("drawn"));
        Ok(Self {
            document: attributes.id("document")?,
            name: attributes.text("name")?.into(),
            pages: attributes.number("pages")?,
            bytes: attributes.number("bytes")?,
            replaces: replaces.transpose()?,
            drawn: drawn.transpose()?,
        })
    }

    pub(super) fn write(&self, tag: Tag<'_>) {
        let tag = tag
            .plain("document", self.document)
            .text("name", &self.name)
            .plain("pages", self.pages)
            .plain("bytes", self.bytes);
        let tag = match self.replaces {
            Some(earlier) => tag.plain("replaces", earlier),
            None => tag,
        };
        match self.drawn {
            Some(drawn) => tag.plain("drawn", drawn).empty(),
            None => tag.empty(),
        }
    }

    pub(super) fn check(&self) -> Result<(), StanzaError> {
        name::check("name", &self.name)?;
        // Somebody will save it under this name: it must stay in the folder they choose.
        if self.name.contains(['/', '\\']) || matches!(self.name.as_str(), "." | "..") {
            return Err(StanzaError::Invalid("name"));
        }
        if self.replaces == Some(self.document) {
            return Err(StanzaError::Invalid("replaces"));
        }
        if !(1..=DOCUMENT_PAGES).contains(&self.pages) {
            return Err(StanzaError::Invalid("pages"));
        }
        if self.drawn.is_some_and(|drawn| !(1..=self.pages).contains(&drawn)) {
            return Err(StanzaError::Invalid("drawn"));
        }
        let held = (1..=ALL_BYTES).contains(&self.bytes);
        if held { Ok(()) } else { Err(StanzaError::Invalid("bytes")) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{parse, refuses, wire};
    use super::*;
    use crate::room::stanza::Payload;

    fn announcement() -> Payload {
        Payload::Document(DocumentAnnouncement {
            document: BlobId([0x5e; 32]),
            name: "Plan 2027.pdf".into(),
            pages: 24,
            bytes: 20_000_000,
            replaces: None,
            drawn: None,
        })
    }

    fn draft() -> Payload {
        let Payload::Document(first) = announcement() else { unreachable!("just made") };
        Payload::Document(DocumentAnnouncement { drawn: Some(12), ..first })
    }

    fn newer() -> Payload {
        let Payload::Document(first) = announcement() else { unreachable!("just made") };
        let (document, replaces) = (BlobId([0x6f; 32]), Some(first.document));
        Payload::Document(DocumentAnnouncement { document, replaces, ..first })
    }

    #[test]
    fn parses() {
        let xml = format!(
            r#"<document document="{}" name="Plan 2027.pdf" pages="24" bytes="20000000"/>"#,
            "5e".repeat(32)
        );
        assert_eq!(parse(&xml), announcement());
    }

    #[test]
    fn writes_back() {
        assert_eq!(parse(&wire(&announcement())), announcement());
        assert_eq!(parse(&wire(&newer())), newer());
        assert_eq!(parse(&wire(&draft())), draft());
    }

    #[test]
    fn rejects_the_malformed() {
        let good = wire(&announcement());
        for bad in ["../Plan", "a\\b", "..", ""] {
            refuses(&good.replace("Plan 2027.pdf", bad), StanzaError::Invalid("name"));
        }
        refuses(&good.replace("\"24\"", "\"0\""), StanzaError::Invalid("pages"));
        refuses(&good.replace("\"24\"", "\"2001\""), StanzaError::Invalid("pages"));
        refuses(&good.replace("20000000", "99000000000"), StanzaError::Invalid("bytes"));
        refuses(&good.replace("20000000", "0"), StanzaError::Invalid("bytes"));
        let draft = wire(&draft());
        for bad in ["0", "25", "-1", "many"] {
            refuses(&draft.replace("\"12\"", &format!("\"{bad}\"")), StanzaError::Invalid("drawn"));
        }
        let (newer, id) = (wire(&newer()), "5e".repeat(32));
        refuses(&newer.replace(&id, "5e"), StanzaError::Invalid("replaces"));
        refuses(&newer.replace(&id, &"6f".repeat(32)), StanzaError::Invalid("replaces"));
    }

    #[test]
    fn keeps_its_size() {
        assert_eq!(wire(&announcement()).len(), 136);
        assert_eq!(wire(&newer()).len(), 212);
        assert_eq!(wire(&draft()).len(), 147);
    }
}
