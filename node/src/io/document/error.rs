//! What can go wrong with a document, and what to do about it.

use super::process::OpenError;
use super::wire::Refusal;
use crate::limits::{DOCUMENT_BYTES, DOCUMENT_PAGES};
use crate::room::pages::{PageIndexError, PageProblem};
use serde::{Deserialize, Serialize};
use std::io;
use std::path::PathBuf;

/// Why a file can't be shown. The meeting goes on.
#[derive(Debug, thiserror::Error)]
pub enum ConvertError {
    /// The file can't be read.
    #[error("{} can't be read: {source}", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// More bytes than [`DOCUMENT_BYTES`].
    #[error(
        "the file has {} MB; at most {} MB can be shown: split it or reduce its pictures",
        bytes >> 20, DOCUMENT_BYTES >> 20
    )]
    TooLarge {
        /// How many it has.
        bytes: u64,
    },
    /// It has no bytes.
    #[error("the file is empty")]
    NoBytes,
    /// It is of a kind that Moot does not know.
    #[error(
        "this kind of file can't be shown; export it as PDF and open that one. Moot shows PDFs, \
         pictures (PNG, JPEG, WebP, SVG), office documents, text, Markdown and web pages"
    )]
    Unknown,
    /// An office document, and no LibreOffice to open it.
    #[error(
        "LibreOffice is needed to open this kind of file, and it is not installed here. Get it from \
         libreoffice.org or your system's software, or export the file as PDF: that opens at once"
    )]
    NeedsOffice,
    /// An office document that asks for a password.
    #[error(
        "the document is locked by a password, which Moot can unlock in PDFs only; save it without \
         one, or export it as PDF"
    )]
    LockedOffice,
    /// An office document whose parts are too many, or too large when unpacked.
    #[error("the document unpacks to more than can be handled; export it as PDF and open that one")]
    Bomb,
    /// LibreOffice could not open it.
    #[error("LibreOffice can't open the document; export it as PDF and open that one")]
    OfficeFailed,
    /// LibreOffice took more than it may.
    #[error("LibreOffice takes too long for the document; export it as PDF and open that one")]
    OfficeSlow,
    /// A folder without pictures, or something else among several pictures.
    #[error("{} is no picture, and no folder with pictures (PNG, JPEG, WebP, SVG)", path.display())]
    NoPictures {
        /// Which file or folder.
        path: PathBuf,
    },
    /// No picture of them can be shown.
    #[error("no picture can be shown; it is damaged, or takes too much memory or time to open")]
    Pictures {
        /// What happened to the first.
        problem: PageProblem,
    },
    /// It begins as a PDF and is none, or is damaged beyond repair.
    #[error("the PDF is damaged and can't be opened; export or download it again")]
    Damaged,
    /// It asks for a password.
    #[error("the PDF is locked by a password; {}", if *wrong { "this is not it" } else { "please give it" })]
    Password {
        /// Whether one was given.
        wrong: bool,
    },
    /// It is encrypted in a way that is not supported.
    #[error("the PDF's encryption is not supported; print it to a new PDF and open that one")]
    Encryption,
    /// It has no pages.
    #[error("the PDF has no pages")]
    Empty,
    /// It has more pages than [`DOCUMENT_PAGES`].
    #[error("the PDF has {pages} pages; at most {DOCUMENT_PAGES} can be shown: split it")]
    TooManyPages {
        /// How many it has.
        pages: u32,
    },
    /// The worker died or was stopped while opening the file.
    #[error("the PDF can't be opened within {limit}; print it to a new PDF and open that one",
        limit = match problem { PageProblem::TooSlow => "the time allowed", _ => "the memory allowed" })]
    Unopenable {
        /// How it ended.
        problem: PageProblem,
    },
    /// It was opened, and no page could be drawn.
    #[error("no page of the PDF ({pages}) could be drawn: {problem}")]
    Nothing {
        /// How many pages it has.
        pages: usize,
        /// What happened to the first.
        problem: PageProblem,
    },
    /// It was written to while it was read.
    #[error("the file changed while it was being read; open it again once it is saved")]
    Changed,
    /// The blobs could not be kept.
    #[error("the pages can't be stored: {0}; free some disk space and open the file again")]
    Store(#[source] io::Error),
    /// The worker program could not be started.
    #[error("the converter can't be started: {0}; reinstall Moot")]
    Worker(#[source] io::Error),
    /// The result breaks a bound of page indexes.
    #[error(transparent)]
    Index(#[from] PageIndexError),
    /// Nobody wants it any more.
    #[error("the conversion was cancelled")]
    Cancelled,
}

/// Something the presenter should know about a document that can be shown.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, thiserror::Error)]
pub enum Warning {
    /// This one of several pictures can't be shown.
    #[error("{file}: the picture is damaged, or too large")]
    Picture {
        /// Its name.
        file: String,
        /// What happened.
        problem: PageProblem,
    },
    /// This page has no picture.
    #[error("page {number}: {problem}")]
    Page {
        /// Which; the first is 1.
        number: u32,
        /// Why.
        problem: PageProblem,
    },
    /// This font is neither in the file nor installed, and its text is blank.
    #[error(
        "the PDF uses the font “{font}” without containing it, and no Chinese, Japanese or Korean \
         font is installed in its place: its text is blank. Install fonts-noto-cjk and open it again"
    )]
    Font {
        /// Its name as the file has it.
        font: String,
    },
}

impl From<OpenError> for ConvertError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Start(source) => Self::Worker(source),
            OpenError::Lost(problem) => Self::Unopenable { problem },
            OpenError::Refused(refusal) => match refusal {
                // It was readable a moment ago.
                Refusal::Unreadable => Self::Changed,
                Refusal::Damaged => Self::Damaged,
                Refusal::Password => Self::Password { wrong: false },
                Refusal::Encryption => Self::Encryption,
                Refusal::Empty => Self::Empty,
                Refusal::TooManyPages(pages) => Self::TooManyPages { pages },
                Refusal::TooLarge(bytes) => Self::TooLarge { bytes },
            },
        }
    }
}
