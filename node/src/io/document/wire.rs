//! What the converter and its worker process say to each other, over the worker's pipes.
//!
//! The parent asks for a page by its number (four bytes, big-endian); the worker answers with
//! frames: four bytes of length, then one [`Reply`] in CBOR. The worker has read a stranger's file,
//! so the parent trusts a reply no more than it would trust a peer.

use crate::limits::{PAGE_IMAGE_BYTES, PAGE_TEXT_BYTES};
use crate::room::id::BlobId;
use crate::room::pages::{PageProblem, PageSize};
use serde::{Deserialize, Serialize};
use std::io::{self, Read, Write};

/// Bytes of one frame: the largest image, its text, and room for the rest.
pub(super) const FRAME_BYTES: usize = PAGE_IMAGE_BYTES as usize + PAGE_TEXT_BYTES + 64 * 1024;

/// Missing fonts that one page reports: more help nobody.
pub(super) const FONTS: usize = 16;

/// What the worker answers.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(super) enum Reply {
    /// The file is open. Sent once, first.
    Opened { pages: u32, source: BlobId },
    /// The file can't be shown. Sent instead, and the worker ends.
    Refused(Refusal),
    /// A page, drawn.
    Page(DrawnPage),
    /// A page that could not be drawn without the worker dying of it.
    Failed { number: u32, size: PageSize, problem: PageProblem },
}

/// A page, drawn.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(super) struct DrawnPage {
    pub(super) number: u32,
    pub(super) size: PageSize,
    pub(super) width: u32,
    pub(super) height: u32,
    #[serde(with = "serde_bytes")]
    pub(super) webp: Vec<u8>,
    pub(super) text: String,
    /// Fonts of this page that are neither embedded nor installed, so that text is blank.
    pub(super) missing_fonts: Vec<String>,
}

/// Why a file can't be shown at all.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(super) enum Refusal {
    /// The file could not be read.
    Unreadable,
    /// Not a PDF, or damaged beyond repair.
    Damaged,
    /// It asks for a password.
    Password,
    /// It is encrypted in a way nobody here knows.
    Encryption,
    /// It has no pages.
    Empty,
    /// It has this many pages.
    TooManyPages(u32),
}

/// Writes one reply.
///
/// # Errors
/// When the parent is gone.
pub(super) fn write(to: &mut impl Write, reply: &Reply) -> io::Result<()> {
    let bytes = serde_cbor::to_vec(reply).expect("a reply is plain data");
    let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
    to.write_all(&length.to_be_bytes())?;
    to.write_all(&bytes)?;
    to.flush()
}

/// Reads the number of the next page to draw; `None` when the parent wants no more.
pub(super) fn read_request(from: &mut impl Read) -> Option<u32> {
    let mut number = [0; 4];
    from.read_exact(&mut number).ok()?;
    Some(u32::from_be_bytes(number))
}

/// Parses what came in a frame; `None` when it is not a reply within bounds.
pub(super) fn parse(frame: &[u8]) -> Option<Reply> {
    let reply: Reply = serde_cbor::from_slice(frame).ok()?;
    let bounded = match &reply {
        Reply::Page(page) => {
            page.webp.len() as u64 <= PAGE_IMAGE_BYTES
                && page.text.len() <= PAGE_TEXT_BYTES
                && page.missing_fonts.len() <= FONTS
        }
        Reply::Opened { .. } | Reply::Refused(_) | Reply::Failed { .. } => true,
    };
    bounded.then_some(reply)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page() -> Reply {
        Reply::Page(DrawnPage {
            number: 3,
            size: PageSize::from_points(595.0, 842.0),
            width: 1920,
            height: 2716,
            webp: b"RIFF".to_vec(),
            text: "words".into(),
            missing_fonts: vec!["STSong".into()],
        })
    }

    #[test]
    fn replies_round_trip() {
        for reply in [page(), Reply::Refused(Refusal::TooManyPages(2001))] {
            let mut bytes = Vec::new();
            write(&mut bytes, &reply).expect("a vector takes everything");
            assert_eq!(bytes[..4], (bytes.len() as u32 - 4).to_be_bytes());
            assert_eq!(parse(&bytes[4..]), Some(reply));
        }
    }

    #[test]
    fn a_reply_out_of_bounds_is_none() {
        let Reply::Page(mut drawn) = page() else { unreachable!() };
        drawn.missing_fonts = vec![String::new(); FONTS + 1];
        let frame = serde_cbor::to_vec(&Reply::Page(drawn)).expect("plain");
        assert_eq!(parse(&frame), None);
    }

    #[test]
    fn a_closed_pipe_is_the_end() {
        assert_eq!(read_request(&mut &[0, 0, 0, 7][..]), Some(7));
        assert_eq!(read_request(&mut &[0, 0][..]), None);
    }

    #[test]
    fn fuzz_parse() {
        bolero::check!().with_test_time(std::time::Duration::from_secs(1)).for_each(|bytes| {
            let _ = parse(bytes);
        });
    }
}
