//! `<audio/>`: one frame of sound on its way to the listeners; not an action, not in the log.

use super::action::{epoch, message, message_tag, once};
use super::error::StanzaError;
use super::ns;
use super::tag::Tag;
use super::xml::{Element, Ns, Reader};
use crate::limits::OPUS_PACKET_BYTES;
use crate::room::id::MemberId;
use crate::room::time::{Epoch, MediaTime};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// One Opus frame of 20 ms on its way to the listeners; not an action, not in the log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AudioFrame {
    /// The talker's microphone session.
    pub epoch: Epoch,
    /// First sample; a multiple of 960.
    pub at: MediaTime,
    /// The Opus packet (RFC 6716), 1 to 1275 bytes.
    pub opus: Vec<u8>,
    /// The first one after a pause: what lies before it was never sent, and is not lost.
    pub resumes: bool,
}

impl AudioFrame {
    /// Reads one frame.
    ///
    /// # Errors
    /// [`StanzaError`]: not well-formed, beyond a limit, or a value out of its range.
    pub fn parse(stanza: &str) -> Result<Self, StanzaError> {
        Self::parse_relayed(stanza).map(|(frame, _)| frame)
    }

    /// Reads one frame and whose it is, if a bridge passes it on for somebody else.
    ///
    /// # Errors
    /// As [`AudioFrame::parse`].
    pub fn parse_relayed(stanza: &str) -> Result<(Self, Option<MemberId>), StanzaError> {
        let mut reader = Reader::new(stanza)?;
        message(&mut reader)?;
        let mut frame = None;
        while let Some(element) = reader.child()? {
            if element.is(Ns::Moot, "audio") {
                once(&mut frame, Self::read(&element, &mut reader)?, "audio")?;
            } else {
                reader.skip(&element)?;
            }
        }
        reader.end()?;
        frame.ok_or(StanzaError::Element("audio"))
    }

    /// Writes the stanza that [`AudioFrame::parse`] reads back to this frame.
    #[must_use]
    pub fn to_xml(&self) -> String {
        self.write(None)
    }

    /// Writes the stanza by which a bridge passes on a frame of `author`.
    #[must_use]
    pub fn to_relayed_xml(&self, author: MemberId) -> String {
        self.write(Some(author))
    }

    fn write(&self, author: Option<MemberId>) -> String {
        // The rest of the stanza is 140 bytes or so.
        let mut out = String::with_capacity(160 + self.opus.len().div_ceil(3) * 4);
        message_tag(&mut out).holding(|out| {
            let tag = Tag::new(out, "audio")
                .plain("xmlns", ns::MOOT)
                .plain("epoch", self.epoch)
                .plain("at", self.at.samples());
            let tag = if self.resumes { tag.plain("resumes", true) } else { tag };
            let tag = if let Some(author) = author { tag.plain("of", author) } else { tag };
            tag.holding(|out| STANDARD.encode_string(&self.opus, out));
        });
        out
    }

    fn read(
        element: &Element<'_>,
        reader: &mut Reader<'_>,
    ) -> Result<(Self, Option<MemberId>), StanzaError> {
        let attributes = element.attributes()?;
        let epoch = epoch(&attributes)?;
        let at = MediaTime::from_samples(attributes.number("at")?);
        if at.frame_start() != at {
            return Err(StanzaError::Invalid("at"));
        }
        let resumes = match attributes.get("resumes") {
            Some(_) => attributes.parse("resumes", str::parse)?,
            None => false,
        };
        let of = match attributes.get("of") {
            Some(_) => Some(attributes.parse("of", str::parse)?),
            None => None,
        };
        let text = reader.text()?;
        if text.len() > OPUS_PACKET_BYTES.div_ceil(3) * 4 {
            return Err(StanzaError::TooLong { what: "audio", max: OPUS_PACKET_BYTES });
        }
        let opus = STANDARD.decode(text.as_bytes()).map_err(|_| StanzaError::Invalid("audio"))?;
        if !(1..=OPUS_PACKET_BYTES).contains(&opus.len()) {
            return Err(StanzaError::Invalid("audio"));
        }
        Ok((Self { epoch, at, opus, resumes }, of))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(bytes: usize) -> AudioFrame {
        let at = MediaTime::from_samples(4_812_480);
        AudioFrame { epoch: Epoch(0x0102_0304), at, opus: vec![0xfc; bytes], resumes: false }
    }

    fn error(xml: &str) -> StanzaError {
        AudioFrame::parse(xml).expect_err(xml)
    }

    #[test]
    fn parses() {
        let xml = "<message xmlns='jabber:client' type='groupchat'><audio xmlns='urn:moot:1' \
                   epoch='01020304' at='4812480'>/Pz8</audio></message>";
        assert_eq!(AudioFrame::parse(xml), Ok(frame(3)));
    }

    #[test]
    fn writes_back() {
        for bytes in [1, 2, 3, 80, OPUS_PACKET_BYTES] {
            for resumes in [false, true] {
                let frame = AudioFrame { resumes, ..frame(bytes) };
                assert_eq!(AudioFrame::parse(&frame.to_xml()), Ok(frame));
            }
        }
    }

    #[test]
    fn a_bridge_says_whose_it_is() {
        let (frame, ann) = (frame(3), MemberId([0xa1; 32]));
        let xml = frame.to_relayed_xml(ann);
        assert_eq!(AudioFrame::parse_relayed(&xml), Ok((frame.clone(), Some(ann))));
        assert_eq!(AudioFrame::parse_relayed(&frame.to_xml()), Ok((frame, None)));
        let cut = xml.replacen("a1", "", 1);
        assert_eq!(AudioFrame::parse_relayed(&cut), Err(StanzaError::Invalid("of")));
    }

    #[test]
    fn rejects_the_malformed() {
        let good = frame(3).to_xml();
        let bent = |from: &str, to: &str| error(&good.replacen(from, to, 1));
        assert_eq!(bent("4812480", "4812481"), StanzaError::Invalid("at"));
        let maybe = "at=\"4812480\" resumes=\"maybe\"";
        assert_eq!(bent("at=\"4812480\"", maybe), StanzaError::Invalid("resumes"));
        assert_eq!(bent("/Pz8", ""), StanzaError::Invalid("audio"));
        assert_eq!(bent("/Pz8", "/Pz"), StanzaError::Invalid("audio"));
        assert_eq!(bent("/Pz8", "/P*8"), StanzaError::Invalid("audio"));
        assert_eq!(bent("01020304", "1020304"), StanzaError::Invalid("epoch"));
        assert_eq!(bent("urn:moot:1", "urn:moot:2"), StanzaError::Element("audio"));
        let twice = "</audio><audio xmlns='urn:moot:1' epoch='01020304' at='0'>/Pz8</audio>";
        assert_eq!(bent("</audio>", twice), StanzaError::Element("audio"));
        let long = StanzaError::TooLong { what: "audio", max: OPUS_PACKET_BYTES };
        assert_eq!(error(&frame(OPUS_PACKET_BYTES + 3).to_xml()), long);
        for end in 0..good.len() {
            assert!(AudioFrame::parse(&good[..end]).is_err(), "cut at {end}");
        }
    }

    #[test]
    fn keeps_its_size() {
        // 80 bytes of Opus are 20 ms at 32 kbit/s: the envelope costs 122 bytes, base64 a third.
        assert_eq!(frame(80).to_xml().len(), 122 + 108);
    }
}
