//! `<note/>`: somebody writes on a page.

use super::error::StanzaError;
use super::page::PageTurn;
use super::stroke::{Point, colour, colour_tag};
use super::tag::Tag;
use super::xml::{Attributes, Place, escape_into, is_character};
use crate::limits::{NOTE_CHARS, NOTE_SIZE};

/// Words on a page.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Note {
    /// On which page.
    pub on: PageTurn,
    /// Where the top left corner of the first line is.
    pub at: Point,
    /// Red, green, blue, opacity.
    pub colour: [u8; 4],
    /// Height of a line in 1/10 000 of the page's width, 1 to [`NOTE_SIZE`].
    pub size: u32,
    /// 1 to [`NOTE_CHARS`] characters, not all blank; may have several lines.
    pub text: String,
}

impl Note {
    pub(super) fn read(attributes: &Attributes<'_>, text: &str) -> Result<Self, StanzaError> {
        Ok(Self {
            on: PageTurn::read(attributes)?,
            at: Point {
                x: attributes.parse("x", str::parse)?,
                y: attributes.parse("y", str::parse)?,
            },
            colour: attributes.parse("colour", colour)?,
            size: attributes.number("size")?,
            text: text.to_owned(),
        })
    }

    pub(super) fn write(&self, tag: Tag<'_>) {
        let tag = self.on.tag(tag).plain("x", self.at.x).plain("y", self.at.y);
        colour_tag(tag, self.colour)
            .plain("size", self.size)
            .holding(|out| escape_into(out, &self.text, Place::Text));
    }

    pub(super) fn check(&self) -> Result<(), StanzaError> {
        self.on.check()?;
        if !self.at.is_near() {
            return Err(StanzaError::Invalid("x, y"));
        }
        if !(1..=NOTE_SIZE).contains(&self.size) {
            return Err(StanzaError::Invalid("size"));
        }
        if self.text.chars().nth(NOTE_CHARS).is_some() {
            return Err(StanzaError::TooLong { what: "note", max: NOTE_CHARS });
        }
        if !self.text.chars().all(is_character) {
            return Err(StanzaError::Character);
        }
        if self.text.trim().is_empty() { Err(StanzaError::Invalid("note")) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{parse, refuses, wire};
    use super::*;
    use crate::limits::POINT_REACH;
    use crate::room::id::BlobId;
    use crate::room::stanza::Payload;

    fn note(text: &str) -> Payload {
        Payload::Note(Note {
            on: PageTurn { document: BlobId([1; 32]), page: 2 },
            at: Point { x: -20, y: 880 },
            colour: [0xe5, 0x48, 0x4d, 0xff],
            size: 200,
            text: text.into(),
        })
    }

    #[test]
    fn parses() {
        let document = "01".repeat(32);
        let xml = format!(
            "<note document=\"{document}\" page=\"2\" x=\"-20\" y=\"880\" colour=\"e5484dff\" \
             size=\"200\">Is 3 &lt; 4?\r\n<![CDATA[你好]]></note>"
        );
        assert_eq!(parse(&xml), note("Is 3 < 4?\n你好"));
    }

    #[test]
    fn writes_back() {
        for text in ["hello", " a\tb\r\nc\rd ", "]]> <!-- &amp; </note>", "\u{1F600}\u{fffd}"] {
            assert_eq!(parse(&wire(&note(text))), note(text), "{text:?}");
        }
    }

    #[test]
    fn rejects_the_malformed() {
        let good = wire(&note("hello"));
        let bent = |from: &str, to: &str| {
            assert!(good.contains(from), "{from}");
            good.replace(from, to)
        };
        refuses(&bent("x=\"-20\"", ""), StanzaError::Missing("x"));
        refuses(&bent("-20", "left"), StanzaError::Invalid("x"));
        refuses(&bent("880", "99999999999"), StanzaError::Invalid("y"));
        let far = (POINT_REACH + 1).to_string();
        refuses(&bent("880", &far), StanzaError::Invalid("x, y"));
        refuses(&bent("\"200\"", "\"0\""), StanzaError::Invalid("size"));
        let large = format!("\"{}\"", NOTE_SIZE + 1);
        refuses(&bent("\"200\"", &large), StanzaError::Invalid("size"));
        refuses(&bent("e5484dff", "red"), StanzaError::Invalid("colour"));
        refuses(&bent("page=\"2\"", "page=\"0\""), StanzaError::Invalid("page"));
        refuses(&bent("hello", " \n"), StanzaError::Invalid("note"));
        refuses(&bent("hello", "&#7;"), StanzaError::Character);
        let long = "a".repeat(NOTE_CHARS + 1);
        refuses(&bent("hello", &long), StanzaError::TooLong { what: "note", max: NOTE_CHARS });
    }

    #[test]
    fn keeps_its_size() {
        assert_eq!(wire(&note("hello")).len(), 148);
        for c in ["&", "\u{1F600}"] {
            let longest = note(&c.repeat(NOTE_CHARS));
            assert_eq!(parse(&wire(&longest)), longest);
        }
    }
}
