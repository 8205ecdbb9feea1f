//! The `<message/>` around a payload: RFC 6121 §5.2.2 `groupchat`, one `<act/>` in it.

use super::error::StanzaError;
use super::guest::GuestLine;
use super::ns;
use super::payload::Payload;
use super::tag::Tag;
use super::xml::{Attributes, Element, Ns, Place, Reader, escape_into};
use crate::room::time::{Epoch, MediaTime};
use std::borrow::Cow;

/// What every action carries besides its payload.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stamp {
    /// Number in the author's log; the first entry is 1.
    pub seq: u64,
    /// Lamport clock: greater than that of every entry the author had seen (Lamport 1978).
    pub lamport: u64,
    /// The author's microphone session.
    pub epoch: Epoch,
    /// Where that session's sound was when the author acted.
    pub at: MediaTime,
}

/// A stanza that changes the meeting.
#[derive(Clone, PartialEq, Debug)]
pub struct Action {
    /// Place and time.
    pub stamp: Stamp,
    /// What changes.
    pub payload: Payload,
}

impl Action {
    /// Reads one stanza of a log. Attributes and elements of later versions are passed over; a
    /// payload of a later version is [`Payload::Unknown`].
    ///
    /// # Errors
    /// [`StanzaError`]: not well-formed, beyond a limit, or a value out of its range.
    pub fn parse(stanza: &str) -> Result<Self, StanzaError> {
        let mut reader = Reader::new(stanza)?;
        message(&mut reader)?;
        let (mut action, mut body) = (None, None);
        while let Some(element) = reader.child()? {
            if element.is(Ns::Moot, "act") {
                once(&mut action, Self::read(&element, &mut reader)?, "act")?;
            } else if element.is(Ns::Client, "body") {
                element.attributes()?;
                once(&mut body, reader.text()?, "body")?;
            } else {
                reader.skip(&element)?;
            }
        }
        reader.end()?;
        let action = action.ok_or(StanzaError::Element("act"))?;
        action.with_body(body)
    }

    /// Writes the stanza that [`Action::parse`] reads back to this action, provided that
    /// [`Payload::check`] finds nothing wrong with its payload.
    #[must_use]
    pub fn to_xml(&self) -> String {
        let mut out = String::with_capacity(512);
        message_tag(&mut out).holding(|out| {
            if let Payload::Chat(line) | Payload::Guest(GuestLine { line, .. }) = &self.payload {
                Tag::new(out, "body").holding(|out| escape_into(out, line, Place::Text));
            }
            Tag::new(out, "act")
                .plain("xmlns", ns::MOOT)
                .plain("seq", self.stamp.seq)
                .plain("lamport", self.stamp.lamport)
                .plain("epoch", self.stamp.epoch)
                .plain("at", self.stamp.at.samples())
                .holding(|out| self.payload.write(out));
        });
        out
    }

    fn read(element: &Element<'_>, reader: &mut Reader<'_>) -> Result<Self, StanzaError> {
        let stamp = Stamp::read(&element.attributes()?)?;
        let first = reader.child()?.ok_or(StanzaError::Element("act's payload"))?;
        let payload = Payload::read(&first, reader)?;
        // What later versions put behind the payload is passed over, but two payloads that this
        // version knows would leave open which one is meant.
        while let Some(more) = reader.child()? {
            if Payload::is_known(&more) {
                return Err(StanzaError::Element("act's payload"));
            }
            reader.skip(&more)?;
        }
        Ok(Self { stamp, payload })
    }

    /// Takes chat from the message's body; other actions may carry one for people to read.
    fn with_body(mut self, body: Option<Cow<'_, str>>) -> Result<Self, StanzaError> {
        if let Payload::Chat(line) | Payload::Guest(GuestLine { line, .. }) = &mut self.payload {
            *line = body.ok_or(StanzaError::Element("body"))?.into_owned();
        }
        match &self.payload {
            Payload::Unknown => Ok(self),
            known => known.check().map(|()| self),
        }
    }
}

impl Stamp {
    fn read(attributes: &Attributes<'_>) -> Result<Self, StanzaError> {
        let stamp = Self {
            seq: attributes.number("seq")?,
            lamport: attributes.number("lamport")?,
            epoch: epoch(attributes)?,
            at: MediaTime::from_samples(attributes.number("at")?),
        };
        for (name, value) in [("seq", stamp.seq), ("lamport", stamp.lamport)] {
            if value == 0 {
                return Err(StanzaError::Invalid(name));
            }
        }
        Ok(stamp)
    }
}

/// Attribute `epoch`: eight hexadecimal digits.
pub(super) fn epoch(attributes: &Attributes<'_>) -> Result<Epoch, StanzaError> {
    attributes.parse("epoch", |text| {
        let digits = text.len() == 8 && text.bytes().all(|b| b.is_ascii_hexdigit());
        u32::from_str_radix(text, 16).ok().filter(|_| digits).map(Epoch).ok_or(())
    })
}

/// Enters the stanza's `<message type="groupchat"/>`.
pub(super) fn message(reader: &mut Reader<'_>) -> Result<(), StanzaError> {
    let message = reader.root(Ns::Client, "message")?;
    let attributes = message.attributes()?;
    let groupchat = attributes.text("type")? == "groupchat";
    if groupchat { Ok(()) } else { Err(StanzaError::Invalid("type")) }
}

/// Begins the stanza's `<message type="groupchat"/>`.
pub(super) fn message_tag(out: &mut String) -> Tag<'_> {
    Tag::new(out, "message").plain("xmlns", ns::CLIENT).plain("type", "groupchat")
}

/// Keeps `value`, the only one of its kind that the stanza may have.
pub(super) fn once<T>(
    slot: &mut Option<T>,
    value: T,
    name: &'static str,
) -> Result<(), StanzaError> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(StanzaError::Element(name)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{action, parse, refuses, stanza, wire};
    use super::*;
    use crate::limits;

    fn error(xml: &str) -> StanzaError {
        Action::parse(xml).expect_err(xml)
    }

    #[test]
    fn parses() {
        let xml = "<message xmlns='jabber:client' type='groupchat'><act xmlns='urn:moot:1' seq='3' \
                   lamport='9' epoch='0000ABcd' at='4812340'><leave/></act></message>";
        let stamp = Stamp {
            seq: 3,
            lamport: 9,
            epoch: Epoch(0xabcd),
            at: MediaTime::from_samples(4_812_340),
        };
        assert_eq!(Action::parse(xml), Ok(Action { stamp, payload: Payload::Leave }));
    }

    #[test]
    fn writes_back() {
        let action = action(Payload::Leave);
        assert_eq!(Action::parse(&action.to_xml()), Ok(action));
    }

    #[test]
    fn rejects_the_malformed() {
        let good = stanza("<leave/>");
        let bent = |from: &str, to: &str| {
            assert!(good.contains(from), "{from}");
            error(&good.replacen(from, to, 1))
        };
        assert_eq!(bent("seq=\"1\"", ""), StanzaError::Missing("seq"));
        assert_eq!(bent("seq=\"1\"", "seq=\"0\""), StanzaError::Invalid("seq"));
        assert_eq!(bent("lamport=\"1\"", "lamport=\"0\""), StanzaError::Invalid("lamport"));
        assert_eq!(bent("seq=\"1\"", "seq=\"1\" seq=\"1\""), StanzaError::Malformed);
        assert_eq!(bent("epoch=\"00000000\"", "epoch=\"0\""), StanzaError::Invalid("epoch"));
        assert_eq!(bent("groupchat", "chat"), StanzaError::Invalid("type"));
        assert_eq!(bent("jabber:client", "jabber:server"), StanzaError::Element("message"));
        assert_eq!(bent("urn:moot:1", "urn:moot:2"), StanzaError::Element("act"));
        assert_eq!(bent("<leave/>", ""), StanzaError::Element("act's payload"));
        assert_eq!(bent("<leave/>", "<leave/><leave/>"), StanzaError::Element("act's payload"));
        assert_eq!(bent("<leave/>", "<leave>"), StanzaError::Malformed);
        assert_eq!(bent("</message>", ""), StanzaError::Malformed);
        assert_eq!(bent("</message>", "</message><message/>"), StanzaError::Malformed);
        assert_eq!(bent("<leave/>", "<x:leave/>"), StanzaError::Malformed);
        assert_eq!(bent("<leave/>", "<leave a='<'/>"), StanzaError::Malformed);
        assert_eq!(bent("<leave/>", "<leave 1='a'/>"), StanzaError::Malformed);
        assert_eq!(bent("<leave/>", "]]><leave/>"), StanzaError::Malformed);
        let doubled = good.replace("</message>", "") + &good[good.find("<act").unwrap()..];
        assert_eq!(error(&doubled), StanzaError::Element("act"));
        for text in ["", " ", "x", "<", "<message", "<message/>", "<a xmlns='x'/>"] {
            assert!(Action::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn keeps_its_size() {
        assert_eq!(action(Payload::Leave).to_xml().len(), 140);
    }

    #[test]
    fn what_xmpp_forbids_is_refused_and_named() {
        let good = stanza("<leave/>");
        let pi = "a processing instruction";
        for (xml, what) in [
            (format!("<!DOCTYPE m [<!ENTITY a 'b'>]>{good}"), "a DTD"),
            (format!("<?xml version='1.0'?>{good}"), pi),
            (good.replace("<leave/>", "<?php?><leave/>"), pi),
            (good.replace("<leave/>", "<!-- hi --><leave/>"), "a comment"),
            (good.replace("<leave/>", "&lol;<leave/>"), "an entity"),
            (good.replace("<leave/>", "<leave a='&lol;'/>"), "an entity"),
            (good.replace("<leave/>", "<leave/><x><y a='&lol;'/></x>"), "an entity"),
        ] {
            assert_eq!(error(&xml), StanzaError::Forbidden(what), "{xml}");
        }
        for bad in ["\0", "\u{1f}", "\u{fffe}", "\u{ffff}", "&#0;", "&#x1F;", "&#xFFFE;"] {
            let inside = good.replace("<leave/>", &format!("<leave/>{bad}"));
            assert_eq!(error(&inside), StanzaError::Character, "{bad:?}");
        }
        let quoted = good.replace("<leave/>", "<leave a='&#x1F;'/>");
        assert_eq!(error(&quoted), StanzaError::Character);
        assert_eq!(error(&format!("\u{feff}{good}")), StanzaError::Character);
    }

    #[test]
    fn each_limit_holds_and_just_below_it_is_fine() {
        let with =
            |more: String| stanza("<leave/>").replace("<leave/>", &format!("<leave/>{more}"));
        let nested = |n: usize| with("<x>".repeat(n) + &"</x>".repeat(n));
        let deep = limits::STANZA_DEPTH - 2;
        let many = limits::STANZA_ELEMENTS - 3;
        let attributes = |n: usize| {
            with(format!("<x {}/>", (0..n).map(|i| format!("a{i}='' ")).collect::<String>()))
        };
        let long = |n: usize| with(format!("<x a='{}'/>", "a".repeat(n)));
        let room = limits::STANZA_BYTES - with(String::new()).len();
        for fits in [
            nested(deep),
            with("<x/>".repeat(many)),
            attributes(limits::ATTRIBUTES),
            long(limits::ATTRIBUTE_BYTES),
            with(" ".repeat(room)),
        ] {
            assert_eq!(Action::parse(&fits), Ok(action(Payload::Leave)));
        }
        assert_eq!(error(&nested(deep + 1)), StanzaError::TooDeep);
        assert_eq!(error(&with("<x/>".repeat(many + 1))), StanzaError::TooManyElements);
        assert_eq!(error(&attributes(limits::ATTRIBUTES + 1)), StanzaError::TooManyAttributes);
        assert_eq!(error(&long(limits::ATTRIBUTE_BYTES + 1)), StanzaError::AttributeTooLong);
        let bytes = limits::STANZA_BYTES + 1;
        assert_eq!(error(&with(" ".repeat(room + 1))), StanzaError::TooLarge(bytes));
    }

    #[test]
    fn later_versions_are_tolerated() {
        assert_eq!(
            parse("<poll xmlns='urn:moot:2'><choice a='b'>c</choice></poll>"),
            Payload::Unknown
        );
        assert_eq!(parse("<dance/>"), Payload::Unknown);
        assert_eq!(parse("<leave xmlns='urn:moot:2'/>"), Payload::Unknown);
        assert_eq!(parse("<leave mood='&lt;' xml:lang='en'><why/></leave>"), Payload::Leave);
        assert_eq!(
            parse("<m:leave xmlns:m='urn:moot:1'/><m:why xmlns:m='urn:moot:9'/>"),
            Payload::Leave
        );
        let around = stanza("<leave/>")
            .replace("type=", "from='a@b/c' xml:lang='en' type=")
            .replace("<act ", "<body>Ada left</body><x xmlns='urn:x'><act/></x><act mood='good' ");
        assert_eq!(Action::parse(&around), Ok(action(Payload::Leave)));
    }

    #[test]
    fn an_unknown_payload_cannot_be_said() {
        assert_eq!(Payload::Unknown.check(), Err(StanzaError::Unknown));
        assert_eq!(wire(&Payload::Unknown), "");
        refuses("", StanzaError::Element("act's payload"));
    }
}
