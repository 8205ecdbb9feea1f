//! A pull reader over one stanza that enforces the limits of [`crate::limits`] and the subset of
//! XML that XMPP allows (RFC 6120 §11.1), and the writer's escaping.
//!
//! After [`Step::Open`] the caller takes the element's attributes or skips the element: either
//! validates them, so nothing passes unseen.

use super::error::StanzaError;
use super::ns;
use crate::limits::{ATTRIBUTE_BYTES, ATTRIBUTES, STANZA_BYTES, STANZA_DEPTH, STANZA_ELEMENTS};
use quick_xml::XmlVersion;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::attributes::Attribute;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{Namespace, ResolveResult};
use quick_xml::reader::NsReader;
use std::borrow::Cow;

/// The namespaces we tell apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Ns {
    /// [`ns::CLIENT`].
    Client,
    /// [`ns::MOOT`].
    Moot,
    /// Somebody else's, or none.
    Other,
}

/// What comes next.
pub(super) enum Step<'a> {
    /// An element begins.
    Open(Element<'a>),
    /// Text, its references resolved and its line ends normalised.
    Text(Cow<'a, str>),
    /// The innermost open element ends.
    Close,
    /// The stanza ends.
    End,
}

/// The start of an element.
pub(super) struct Element<'a> {
    ns: Ns,
    tag: BytesStart<'a>,
}

impl Element<'_> {
    /// Whether this is `name` in `ns`.
    pub(super) fn is(&self, ns: Ns, name: &str) -> bool {
        self.ns == ns && self.name() == name
    }

    /// The namespace.
    pub(super) fn ns(&self) -> Ns {
        self.ns
    }

    /// The name without its prefix.
    pub(super) fn name(&self) -> &str {
        self.tag.local_name().into_inner()
    }

    /// The attributes, each within its limits, none twice.
    pub(super) fn attributes(&self) -> Result<Attributes<'_>, StanzaError> {
        let mut found = Attributes { list: [const { None }; ATTRIBUTES] };
        for (place, attribute) in self.tag.attributes().with_checks(false).enumerate() {
            let attribute = attribute.map_err(|_| StanzaError::Malformed)?;
            if place == ATTRIBUTES {
                return Err(StanzaError::TooManyAttributes);
            }
            if attribute.value.len() > ATTRIBUTE_BYTES {
                return Err(StanzaError::AttributeTooLong);
            }
            let twice = found.list[..place].iter().flatten().any(|a| a.key == attribute.key);
            if twice || !is_name(attribute.key.into_inner()) || attribute.value.contains('<') {
                return Err(StanzaError::Malformed);
            }
            if attribute.value.contains('&') {
                value_of(&attribute)?;
            }
            found.list[place] = Some(attribute);
        }
        Ok(found)
    }
}

/// The attributes of one element.
pub(super) struct Attributes<'e> {
    list: [Option<Attribute<'e>>; ATTRIBUTES],
}

impl Attributes<'_> {
    /// The text of attribute `name`, if it is there.
    pub(super) fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        let found = self.list.iter().map_while(Option::as_ref).find(|a| a.key.into_inner() == name);
        // Its references were resolved once, when the element was taken in.
        found.and_then(|attribute| value_of(attribute).ok())
    }

    /// The text of attribute `name`.
    pub(super) fn text(&self, name: &'static str) -> Result<Cow<'_, str>, StanzaError> {
        self.get(name).ok_or(StanzaError::Missing(name))
    }

    /// Attribute `name` as `read` takes it.
    pub(super) fn parse<T, E>(
        &self,
        name: &'static str,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, StanzaError> {
        read(&self.text(name)?).map_err(|_| StanzaError::Invalid(name))
    }

    /// Attribute `name` as a decimal number without sign.
    pub(super) fn number<T: TryFrom<u64>>(&self, name: &'static str) -> Result<T, StanzaError> {
        let text = self.text(name)?;
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        let number = text.parse::<u64>().ok().filter(|_| digits);
        number.and_then(|n| T::try_from(n).ok()).ok_or(StanzaError::Invalid(name))
    }

    /// Attribute `name` as a 32-byte name.
    pub(super) fn id<T: std::str::FromStr>(&self, name: &'static str) -> Result<T, StanzaError> {
        self.parse(name, str::parse)
    }
}

/// Walks over one stanza.
pub(super) struct Reader<'a> {
    xml: NsReader<&'a [u8]>,
    depth: usize,
    elements: usize,
}

impl<'a> Reader<'a> {
    /// Starts at the first byte of `stanza`.
    pub(super) fn new(stanza: &'a str) -> Result<Self, StanzaError> {
        if stanza.len() > STANZA_BYTES {
            return Err(StanzaError::TooLarge(stanza.len()));
        }
        check_characters(stanza)?;
        let mut xml = NsReader::from_str(stanza);
        // `<a/>` reads as `<a></a>`: one shape for every caller.
        xml.config_mut().expand_empty_elements = true;
        Ok(Self { xml, depth: 0, elements: 0 })
    }

    /// The next step.
    pub(super) fn step(&mut self) -> Result<Step<'a>, StanzaError> {
        let (space, event) = self.xml.read_resolved_event().map_err(|_| StanzaError::Malformed)?;
        match event {
            Event::Start(tag) | Event::Empty(tag) => {
                let ns = known(&space)?;
                self.enter(&tag)?;
                Ok(Step::Open(Element { ns, tag }))
            }
            Event::End(_) => {
                self.depth = self.depth.checked_sub(1).ok_or(StanzaError::Malformed)?;
                Ok(Step::Close)
            }
            Event::Text(text) if text.contains("]]>") => Err(StanzaError::Malformed),
            Event::Text(text) => Ok(Step::Text(text.xml10_content())),
            Event::CData(text) => Ok(Step::Text(text.xml10_content())),
            Event::GeneralRef(reference) => {
                let text = match reference.resolve_char_ref() {
                    Ok(Some(c)) if is_character(c) => Cow::Owned(c.to_string()),
                    Ok(Some(_)) | Err(_) => return Err(StanzaError::Character),
                    Ok(None) => resolve_predefined_entity(&reference)
                        .map(Cow::Borrowed)
                        .ok_or(StanzaError::Forbidden("an entity"))?,
                };
                Ok(Step::Text(text))
            }
            Event::Eof if self.depth == 0 => Ok(Step::End),
            Event::Eof => Err(StanzaError::Malformed),
            Event::DocType(_) => Err(StanzaError::Forbidden("a DTD")),
            Event::PI(_) | Event::Decl(_) => {
                Err(StanzaError::Forbidden("a processing instruction"))
            }
            Event::Comment(_) => Err(StanzaError::Forbidden("a comment")),
        }
    }

    /// The stanza's outermost element, which must be `name`; nothing may stand before it.
    pub(super) fn root(&mut self, ns: Ns, name: &'static str) -> Result<Element<'a>, StanzaError> {
        match self.step()? {
            Step::Open(element) if element.is(ns, name) => Ok(element),
            Step::Open(_) => Err(StanzaError::Element(name)),
            Step::Text(_) | Step::Close | Step::End => Err(StanzaError::Malformed),
        }
    }

    /// The next child of the element whose attributes were taken last, `None` at its end.
    /// Text between children means nothing.
    pub(super) fn child(&mut self) -> Result<Option<Element<'a>>, StanzaError> {
        loop {
            match self.step()? {
                Step::Open(element) => return Ok(Some(element)),
                Step::Close => return Ok(None),
                Step::Text(_) => {}
                Step::End => return Err(StanzaError::Malformed),
            }
        }
    }

    /// Passes over `element` and all in it, still within all limits.
    pub(super) fn skip(&mut self, element: &Element<'_>) -> Result<(), StanzaError> {
        element.attributes()?;
        self.rest()
    }

    /// Passes over what is left of the element whose attributes were taken last.
    pub(super) fn rest(&mut self) -> Result<(), StanzaError> {
        let outside = self.depth - 1;
        while self.depth > outside {
            match self.step()? {
                Step::Open(element) => drop(element.attributes()?),
                Step::End => return Err(StanzaError::Malformed),
                Step::Text(_) | Step::Close => {}
            }
        }
        Ok(())
    }

    /// The text of the element whose attributes were taken last, up to its end. Elements inside
    /// are a later version's and passed over.
    pub(super) fn text(&mut self) -> Result<Cow<'a, str>, StanzaError> {
        let mut whole = Cow::Borrowed("");
        loop {
            match self.step()? {
                Step::Text(text) if whole.is_empty() => whole = text,
                Step::Text(text) => whole.to_mut().push_str(&text),
                Step::Open(element) => self.skip(&element)?,
                Step::Close => return Ok(whole),
                Step::End => return Err(StanzaError::Malformed),
            }
        }
    }

    /// Nothing but blanks may follow the outermost element.
    pub(super) fn end(&mut self) -> Result<(), StanzaError> {
        loop {
            match self.step()? {
                Step::End => return Ok(()),
                Step::Text(text) if text.trim_ascii().is_empty() => {}
                Step::Text(_) | Step::Open(_) | Step::Close => return Err(StanzaError::Malformed),
            }
        }
    }

    fn enter(&mut self, tag: &BytesStart<'_>) -> Result<(), StanzaError> {
        self.depth += 1;
        self.elements += 1;
        if self.depth > STANZA_DEPTH {
            return Err(StanzaError::TooDeep);
        }
        if self.elements > STANZA_ELEMENTS {
            return Err(StanzaError::TooManyElements);
        }
        if is_name(tag.name().into_inner()) { Ok(()) } else { Err(StanzaError::Malformed) }
    }
}

/// Where text is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Between tags.
    Text,
    /// In a double-quoted attribute.
    Attribute,
}

/// Appends `text` so that it reads back the same at its place. No character takes more than five
/// bytes in [`Place::Text`]: the longest line of chat fits a stanza.
pub(super) fn escape_into(out: &mut String, text: &str, place: Place) {
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' if place == Place::Attribute => out.push_str("&quot;"),
            // A bare carriage return would come back as a line feed (XML 1.0 §2.11).
            '\r' => out.push_str("&#13;"),
            _ => out.push(c),
        }
    }
}

/// Whether XML 1.0 §2.2 allows `c`.
pub(super) fn is_character(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{fffd}' | '\u{10000}'..)
}

/// Refuses what XML 1.0 §2.2 forbids: controls, U+FFFE and U+FFFF; and a byte order mark in front,
/// which quick-xml would pass over in silence.
fn check_characters(stanza: &str) -> Result<(), StanzaError> {
    // Most text is plain: look at bytes first, at characters only when a byte is suspicious.
    let suspicious = |byte: u8| byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r');
    let bytes = stanza.as_bytes();
    let last_two = |w: &[u8]| w[0] == 0xef && w[1] == 0xbf && w[2] >= 0xbe;
    if bytes.iter().any(|&byte| suspicious(byte)) || stanza.starts_with('\u{feff}') {
        return Err(StanzaError::Character);
    }
    if !stanza.is_ascii() && bytes.windows(3).any(last_two) {
        return Err(StanzaError::Character);
    }
    Ok(())
}

/// Whether `name` can name an element or attribute: XML 1.0 §2.3, with every character outside
/// ASCII let through, since none of ours has one.
fn is_name(name: &str) -> bool {
    let start = |b: u8| b.is_ascii_alphabetic() || b == b'_' || b >= 0x80;
    let inside = |b: u8| start(b) || b.is_ascii_digit() || matches!(b, b'-' | b'.' | b':');
    let bytes = name.as_bytes();
    bytes.first().is_some_and(|&b| start(b)) && bytes.iter().all(|&b| inside(b))
}

fn value_of<'v>(attribute: &'v Attribute<'_>) -> Result<Cow<'v, str>, StanzaError> {
    if !attribute.value.bytes().any(|b| matches!(b, b'&' | b'\t' | b'\n' | b'\r')) {
        return Ok(Cow::Borrowed(attribute.value.as_ref()));
    }
    let value = attribute
        .normalized_value(XmlVersion::Implicit1_0)
        .map_err(|_| StanzaError::Forbidden("an entity"))?;
    if !value.chars().all(is_character) {
        return Err(StanzaError::Character);
    }
    Ok(Cow::Owned(value.into_owned()))
}

fn known(space: &ResolveResult<'_>) -> Result<Ns, StanzaError> {
    match space {
        ResolveResult::Bound(Namespace(ns::CLIENT)) => Ok(Ns::Client),
        ResolveResult::Bound(Namespace(ns::MOOT)) => Ok(Ns::Moot),
        ResolveResult::Bound(_) | ResolveResult::Unbound => Ok(Ns::Other),
        ResolveResult::Unknown(_) => Err(StanzaError::Malformed),
    }
}
