//! What may be asked of [`Pages`](super::Pages), and what comes of it.

use super::{PageImage, Region};
use crate::room::id::BlobId;
use crate::room::pages::PageProblem;
use std::sync::Arc;

/// In which size a page is wanted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum PageSize {
    /// At most [`WIDTH`](crate::io::thumbnail::WIDTH) × [`HEIGHT`](crate::io::thumbnail::HEIGHT)
    /// pixels.
    Thumbnail,
    /// As it is shared: 1920 pixels wide in most cases.
    Full,
}

/// A page that somebody looks at.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct PageWanted {
    /// The document: the name of its page index.
    pub document: BlobId,
    /// Which page; the first is 1.
    pub page: u32,
    /// In which size.
    pub size: PageSize,
}

/// A part of a page that somebody has zoomed into.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct SharpWanted {
    /// The document: the name of its page index.
    pub document: BlobId,
    /// Which page; the first is 1.
    pub page: u32,
    /// The visible part of it. A part outside the page is brought in; compare with the answer's.
    pub region: Region,
    /// Pixels that part is wide on the display; bounded by
    /// [`REGION_PIXELS`](crate::io::document::REGION_PIXELS).
    pub pixels_wide: u32,
}

/// What came of a request.
#[derive(Clone, Debug)]
pub enum PageNews {
    /// A page is ready to be drawn.
    Arrived {
        /// What was asked for.
        wanted: PageWanted,
        /// Its pixels.
        image: Arc<PageImage>,
    },
    /// There will be no picture of this page unless it is asked for again.
    Missing {
        /// What was asked for.
        wanted: PageWanted,
        /// Why.
        reason: MissingReason,
    },
    /// A page that was asked for is being fetched. Told in ranges of 256 KiB, so that a page smaller
    /// than that has no news before it arrives.
    Progress {
        /// What was asked for.
        wanted: PageWanted,
        /// Bytes of its picture that are here.
        have: u64,
        /// Bytes of its picture.
        total: u64,
    },
    /// A part of a page, sharp.
    Sharp {
        /// What was asked for; its `region` as it was drawn.
        wanted: SharpWanted,
        /// Its pixels.
        image: Arc<PageImage>,
    },
    /// That part can't be drawn (now): the page's picture stays.
    SharpMissing {
        /// What was asked for.
        wanted: SharpWanted,
        /// Why.
        reason: SharpReason,
    },
}

/// Why there is no picture.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum MissingReason {
    /// The document has no page of this number.
    #[error("the document has no such page")]
    NoSuchPage,
    /// The presenter's converter could not draw it.
    #[error("{0}")]
    NotDrawn(PageProblem),
    /// Page index or picture are damaged on this machine.
    #[error("the page is damaged on this machine; delete the document and open it again")]
    Damaged,
    /// It is not on this machine, and nobody is asked for it: a recording.
    #[error("the page is not on this machine")]
    NotHere,
}

/// Why there is no sharp part.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SharpReason {
    /// The document has no page of this number, or is damaged.
    #[error("the document has no such page")]
    NoSuchPage,
    /// The PDF is not on this machine yet. In a meeting the part follows when it comes, as long as
    /// nothing else is asked for.
    #[error("the document's PDF is not here yet")]
    NotHereYet,
    /// The PDF can't be opened, or this page takes too much time or memory.
    #[error("this page can't be drawn sharper on this machine")]
    NotDrawn,
}
