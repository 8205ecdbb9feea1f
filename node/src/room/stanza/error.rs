//! Why text is not a stanza, or a payload may not be said.

use crate::limits;

/// What is wrong with a stanza. A received one is dropped; an own one must be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StanzaError {
    /// More bytes than [`limits::STANZA_BYTES`].
    #[error("stanza of {0} bytes exceeds {max}: say it in several", max = limits::STANZA_BYTES)]
    TooLarge(usize),
    /// Elements nested deeper than [`limits::STANZA_DEPTH`].
    #[error("stanza is nested deeper than {max} elements", max = limits::STANZA_DEPTH)]
    TooDeep,
    /// More elements than [`limits::STANZA_ELEMENTS`].
    #[error("stanza has more than {max} elements", max = limits::STANZA_ELEMENTS)]
    TooManyElements,
    /// An element has more attributes than [`limits::ATTRIBUTES`].
    #[error("an element has more than {max} attributes", max = limits::ATTRIBUTES)]
    TooManyAttributes,
    /// An attribute's value is longer than [`limits::ATTRIBUTE_BYTES`].
    #[error("an attribute is longer than {max} bytes", max = limits::ATTRIBUTE_BYTES)]
    AttributeTooLong,
    /// Not well-formed XML.
    #[error("stanza is not well-formed XML")]
    Malformed,
    /// XML that XMPP forbids (RFC 6120 §11.1): a DTD, processing instruction, comment or entity.
    #[error("stanza contains {0}, which XMPP forbids")]
    Forbidden(&'static str),
    /// A character that XML 1.0 §2.2 forbids.
    #[error("text contains a character that XML does not allow")]
    Character,
    /// Not the element that belongs here, or one too many of it.
    #[error("stanza has no <{0}/>, or more than one")]
    Element(&'static str),
    /// A needed attribute is not there.
    #[error("attribute `{0}` is missing")]
    Missing(&'static str),
    /// A value is out of its range or not of its form.
    #[error("`{0}` has a value that is not allowed")]
    Invalid(&'static str),
    /// A text is longer than allowed.
    #[error("`{what}` is longer than {max} characters: shorten it")]
    TooLong {
        /// Which text.
        what: &'static str,
        /// Characters allowed.
        max: usize,
    },
    /// Only received stanzas can have an unknown payload.
    #[error("an unknown payload cannot be said")]
    Unknown,
}
