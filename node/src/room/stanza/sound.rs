//! `<sound/>`: names a second of the author's sound, so that it can be fetched and proved later.

use super::error::StanzaError;
use super::tag::Tag;
use super::xml::Attributes;
use crate::limits::{FRAME_SAMPLES, SAMPLE_RATE};
use crate::room::id::BlobId;
use crate::room::time::MediaTime;

/// Frames of one second: a page of an Ogg Opus recording holds as many (RFC 7845 §5).
const FRAMES: u32 = SAMPLE_RATE / FRAME_SAMPLES as u32;

/// Up to a second (50 frames) of its author's sound, named by content.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SoundPage {
    /// First sample, in the stamp's epoch; a multiple of 960.
    pub first: MediaTime,
    /// Number of 20 ms frames, 1 to 50.
    pub frames: u32,
    /// The name of the packets, written as `room::sound` defines.
    pub blob: BlobId,
}

impl SoundPage {
    pub(super) fn read(attributes: &Attributes<'_>) -> Result<Self, StanzaError> {
        Ok(Self {
            first: MediaTime::from_samples(attributes.number("first")?),
            frames: attributes.number("frames")?,
            blob: attributes.id("blob")?,
        })
    }

    pub(super) fn write(&self, tag: Tag<'_>) {
        tag.plain("first", self.first.samples())
            .plain("frames", self.frames)
            .plain("blob", self.blob)
            .empty();
    }

    pub(super) fn check(&self) -> Result<(), StanzaError> {
        if self.first.frame_start() != self.first {
            return Err(StanzaError::Invalid("first"));
        }
        let full = (1..=FRAMES).contains(&self.frames);
        if full { Ok(()) } else { Err(StanzaError::Invalid("frames")) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{parse, refuses, wire};
    use super::*;
    use crate::room::stanza::Payload;

    fn sound() -> Payload {
        let first = MediaTime::from_samples(96_000);
        Payload::Sound(SoundPage { first, frames: 50, blob: BlobId([0x50; 32]) })
    }

    #[test]
    fn parses() {
        let blob = "50".repeat(32);
        let xml = format!(r#"<sound first="96000" frames="50" blob="{blob}"/>"#);
        assert_eq!(parse(&xml), sound());
    }

    #[test]
    fn writes_back() {
        assert_eq!(parse(&wire(&sound())), sound());
    }

    #[test]
    fn rejects_the_malformed() {
        let good = wire(&sound());
        refuses(&good.replace("96000", "96001"), StanzaError::Invalid("first"));
        for bad in ["0", "51", "x"] {
            let xml = good.replace("frames=\"50\"", &format!("frames=\"{bad}\""));
            refuses(&xml, StanzaError::Invalid("frames"));
        }
    }

    #[test]
    fn keeps_its_size() {
        assert_eq!(wire(&sound()).len(), 106);
    }
}
