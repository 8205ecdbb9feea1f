//! `<reaction/>`: applause, a laugh, a raised thumb: of the moment, and gone with it.

use super::error::StanzaError;
use super::tag::Tag;
use super::xml::Attributes;

/// How somebody likes what they see and hear.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Feeling {
    /// Agrees.
    ThumbsUp,
    /// Claps.
    Applause,
    /// Loves it.
    Heart,
    /// Laughs.
    Laugh,
    /// Is surprised.
    Surprise,
    /// Thinks about it.
    Thinking,
}

impl Feeling {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::ThumbsUp, Self::Applause, Self::Heart, Self::Laugh, Self::Surprise, Self::Thinking];

    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ThumbsUp => "thumbs-up",
            Self::Applause => "applause",
            Self::Heart => "heart",
            Self::Laugh => "laugh",
            Self::Surprise => "surprise",
            Self::Thinking => "thinking",
        }
    }

    /// The feeling of this word; `None` for those of later versions.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|feeling| feeling.as_str() == word)
    }

    /// `None`: one of a later version, which this one can't show.
    pub(super) fn read(attributes: &Attributes<'_>) -> Result<Option<Self>, StanzaError> {
        Ok(Self::from_word(&attributes.text("kind")?))
    }

    pub(super) fn write(self, tag: Tag<'_>) {
        tag.plain("kind", self.as_str()).empty();
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{parse, refuses, wire};
    use super::*;
    use crate::room::stanza::Payload;

    #[test]
    fn parses() {
        let payload = parse(r#"<reaction kind="thumbs-up"/>"#);
        assert_eq!(payload, Payload::Reaction(Feeling::ThumbsUp));
    }

    #[test]
    fn writes_back() {
        for reaction in Feeling::ALL.map(Payload::Reaction) {
            assert_eq!(parse(&wire(&reaction)), reaction);
        }
    }

    #[test]
    fn rejects_the_malformed() {
        refuses("<reaction/>", StanzaError::Missing("kind"));
    }

    #[test]
    fn one_of_a_later_version_is_passed_over() {
        assert_eq!(parse(r#"<reaction kind="fireworks"/>"#), Payload::Unknown);
    }

    #[test]
    fn keeps_its_size() {
        assert_eq!(wire(&Payload::Reaction(Feeling::ThumbsUp)).len(), 28);
    }
}
