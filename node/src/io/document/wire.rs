//! What the converter and its worker process say to each other, over the worker's pipes.
//!
//! The parent sends one [`Opening`] and then [`Request`]s, the worker answers each with one [`Reply`]: frames of
//! four bytes of length (big-endian) and that many of CBOR. Who binds pictures is sent the opening alone, and
//! tells of each picture and then the PDF. The worker has read a stranger's file, so the parent
//! trusts a reply no more than it would trust a peer.

use super::original::PASSWORD_BYTES;
use super::region::{DrawnRegion, REGION_PIXELS, RegionOrder};
use crate::limits::{
    DOCUMENT_PAGES, DOCUMENT_STRUCTURE_BYTES, NOTES_BYTES, PAGE_IMAGE_BYTES, PAGE_TEXT_BYTES,
};
use crate::room::id::BlobId;
use crate::room::pages::{PageProblem, PageSize};
use serde::{Deserialize, Serialize};
use std::io::{self, Read, Write};

/// Bytes of one frame with a reply: the largest part of a page, whose pixels are sent as they are.
/// A whole page with its text takes less.
pub(super) const FRAME_BYTES: usize = REGION_PIXELS as usize * 3 + 64 * 1024;
const _: () = assert!(PAGE_IMAGE_BYTES as usize + PAGE_TEXT_BYTES + 64 * 1024 <= FRAME_BYTES);

/// Bytes of one frame to the worker: some numbers and their names, or a password.
const REQUEST_BYTES: usize = 1024;
const _: () = assert!(PASSWORD_BYTES + 512 <= REQUEST_BYTES);

/// Bytes of one frame with a drawing to the worker: what `burnt` makes of marks.
pub(super) const LAYER_BYTES: usize = 16 * 1024 * 1024;

/// Bytes of a PDF that are sent at once.
pub(super) const PART_BYTES: usize = 1024 * 1024;

/// Missing fonts that one page reports: more help nobody.
pub(super) const FONTS: usize = 16;

/// What a worker has to know before it begins. It comes through the pipe because everybody on the
/// machine may read a process's arguments.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Opening {
    /// Opens a locked file; empty: none.
    pub(super) password: String,
    /// Pictures that earlier workers died of; the first is 1.
    pub(super) skip: Vec<u32>,
}

/// What the worker is asked for.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub(super) enum Request {
    /// The page of this number, as it is shared with everybody.
    Page(u32),
    /// A part of a page, larger.
    Region(RegionOrder),
    /// Outline, links and labels.
    Structure,
}

/// What is to be laid over a document's pages. It is our own, and no stranger's.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(super) enum Layer {
    /// This drawing, over the page of this number and what was laid over it before.
    Over { page: u32, svg: String },
    /// That was all.
    End,
}

/// What the worker answers.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(super) enum Reply {
    /// The file is open. Sent once, first.
    Opened { pages: u32, source: BlobId },
    /// The file can't be shown. Sent instead, and the worker ends.
    Refused(Refusal),
    /// A page, drawn.
    Page(DrawnPage),
    /// A part of a page, drawn.
    Region(DrawnRegion),
    /// Outline, links and labels, as they are sent.
    Structure(#[serde(with = "serde_bytes")] Vec<u8>),
    /// The notes below each slide.
    Notes(Vec<String>),
    /// This picture is a page now, or an empty page because of this problem.
    Bound { number: u32, problem: Option<PageProblem> },
    /// The next bytes of the PDF; none: it is whole.
    Part(#[serde(with = "serde_bytes")] Vec<u8>),
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
    /// It would become a PDF of this many bytes.
    TooLarge(u64),
}

/// Writes one reply.
///
/// # Errors
/// When the parent is gone.
pub(super) fn write(to: &mut impl Write, reply: &Reply) -> io::Result<()> {
    to.write_all(&frame(reply)?)?;
    to.flush()
}

/// A request or reply as it goes through a pipe.
///
/// # Errors
/// When it is larger than four bytes can say.
pub(super) fn frame(content: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; 4];
    serde_cbor::to_writer(&mut bytes, content).map_err(io::Error::other)?;
    let length = u32::try_from(bytes.len() - 4).map_err(io::Error::other)?;
    bytes[..4].copy_from_slice(&length.to_be_bytes());
    Ok(bytes)
}

/// Reads what to do next; `None` when the parent wants no more.
pub(super) fn read<T: serde::de::DeserializeOwned>(from: &mut impl Read) -> Option<T> {
    read_up_to(from, REQUEST_BYTES)
}

/// The same for a frame of at most this many bytes.
pub(super) fn read_up_to<T: serde::de::DeserializeOwned>(
    from: &mut impl Read,
    most: usize,
) -> Option<T> {
    let mut length = [0; 4];
    from.read_exact(&mut length).ok()?;
    let length = u32::from_be_bytes(length) as usize;
    let mut bytes = vec![0; (length <= most).then_some(length)?];
    from.read_exact(&mut bytes).ok()?;
    serde_cbor::from_slice(&bytes).ok()
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
        Reply::Region(region) => region.is_whole(),
        Reply::Part(bytes) => bytes.len() <= PART_BYTES,
        Reply::Notes(notes) => {
            notes.len() <= DOCUMENT_PAGES as usize
                && notes.iter().all(|note| note.len() <= NOTES_BYTES)
        }
        Reply::Structure(bytes) => bytes.len() <= DOCUMENT_STRUCTURE_BYTES,
        Reply::Opened { .. } | Reply::Refused(_) | Reply::Failed { .. } | Reply::Bound { .. } => {
            true
        }
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
        let region = DrawnRegion { number: 3, width: 2, height: 2, rgb: vec![7; 12] };
        let refused = Reply::Refused(Refusal::TooManyPages(2001));
        for reply in [page(), Reply::Region(region), refused] {
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
        let short = DrawnRegion { number: 1, width: 2, height: 2, rgb: vec![0; 11] };
        let frame = serde_cbor::to_vec(&Reply::Region(short)).expect("plain");
        assert_eq!(parse(&frame), None);
    }

    #[test]
    fn a_closed_pipe_is_the_end() {
        let request = frame(&Request::Page(7)).expect("small");
        assert_eq!(read(&mut &request[..]), Some(Request::Page(7)));
        assert_eq!(read::<Request>(&mut &request[..6]), None);
        assert_eq!(read::<Request>(&mut &[0, 0][..]), None);
        assert_eq!(read::<Request>(&mut &[0xff; 8][..]), None, "nothing is asked for that large");
    }

    #[test]
    fn fuzz_parse() {
        bolero::check!().with_test_time(std::time::Duration::from_secs(1)).for_each(|bytes| {
            let _ = parse(bytes);
        });
    }
}
