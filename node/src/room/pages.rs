//! The page index: what a converted document consists of. Its blob's name is the document's name.
//!
//! The index holds content only, so that the same file converted twice has one name; what people
//! call the document is in its announcement. It is small on purpose (about 80 bytes a page): it is
//! what a newcomer waits for before the first page. The text of the pages is a blob of its own.

mod structure;

pub use structure::{Heading, Link, LinkTarget, Structure};

use crate::limits::{
    BLOB_BYTES, DOCUMENT_BYTES, DOCUMENT_PAGES, DOCUMENT_STRUCTURE_BYTES, DOCUMENT_TEXT_BYTES,
    PAGE_IMAGE_BYTES, PAGE_INDEX_BYTES, PAGE_PIXELS, PAGE_TEXT_BYTES,
};
use crate::room::id::BlobId;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// Version of the index's form. A reader refuses others.
const FORMAT: u32 = 1;

/// Bytes of a converter's name and version: "hayro-0.9.0+webp-0.3/2" with room to spare.
const CONVERTER_BYTES: usize = 64;

/// Hundredths of a PostScript point: fine enough for a hairline, and whole numbers have one form.
const POINT: u32 = 100;

/// Longest side of a page in points (ISO 32000-1, annex C: 14 400 units).
pub const MAX_SIDE_POINTS: u32 = 14_400;

/// A converted document: built by the converter, or received and checked by [`PageIndex::decode`].
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PageIndex {
    #[serde(rename = "v")]
    format: u32,
    /// The file that was converted.
    #[serde(rename = "src")]
    pub source: BlobRef,
    /// Which converter made the pages, with its version.
    #[serde(rename = "by")]
    pub converter: String,
    /// The text of all pages ([`PageTexts`]); `None` when there is none.
    #[serde(rename = "text")]
    pub text: Option<BlobRef>,
    /// Its outline, links and labels ([`Structure`]); `None` when there are none.
    #[serde(rename = "plan", default, skip_serializing_if = "Option::is_none")]
    pub structure: Option<BlobRef>,
    /// The pages in order; 1 to [`DOCUMENT_PAGES`].
    pub pages: Vec<Page>,
}

/// Bytes by name and number.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct BlobRef {
    /// Their name.
    #[serde(rename = "b")]
    pub blob: BlobId,
    /// How many.
    #[serde(rename = "n")]
    pub bytes: u64,
}

/// One page.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Page {
    /// Its size on paper.
    #[serde(rename = "s")]
    pub size: PageSize,
    /// What it looks like.
    #[serde(rename = "p")]
    pub picture: Picture,
}

/// A page's size in hundredths of a point (1/7200 inch).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PageSize {
    /// Rightwards.
    #[serde(rename = "w")]
    pub width: u32,
    /// Downwards.
    #[serde(rename = "h")]
    pub height: u32,
}

/// What a page looks like, or why nobody knows.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Picture {
    /// A WebP image (RFC 9649) of the simple kind: one still picture without transparency.
    #[serde(rename = "i")]
    Image {
        /// The file.
        #[serde(rename = "f")]
        file: BlobRef,
        /// Pixels rightwards.
        #[serde(rename = "w")]
        width: u32,
        /// Pixels downwards.
        #[serde(rename = "h")]
        height: u32,
    },
    /// The page could not be rendered; the other pages are not affected.
    #[serde(rename = "x")]
    Missing(PageProblem),
}

/// Why a page has no picture.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize, thiserror::Error)]
pub enum PageProblem {
    /// Drawing it took more time than one page may.
    #[serde(rename = "slow")]
    #[error("drawing the page takes too long; print the file to a new PDF and open that one")]
    TooSlow,
    /// The converter died of it: more memory than one page may take, or a defect.
    #[serde(rename = "died")]
    #[error(
        "drawing the page takes too much memory, or the page is damaged; \
         print the file to a new PDF and open that one"
    )]
    Died,
    /// It was drawn but is larger than a page's image may be.
    #[serde(rename = "large")]
    #[error("the page's picture is too large to send; reduce the pictures in the file")]
    TooLarge,
    /// Too many pages before it failed, so that it was not tried.
    #[serde(rename = "untried")]
    #[error("the page was not drawn, because too many other pages of the file failed")]
    NotTried,
    /// It is still to be drawn; a later version of the document has it.
    #[serde(rename = "pending")]
    #[error("the page is still being drawn")]
    Pending,
    /// It was never drawn: whoever opened the file cancelled it, or left.
    #[serde(rename = "ended")]
    #[error("the page was not drawn, because its presenter cancelled that or left")]
    Ended,
}

/// Why bytes are not a page index.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PageIndexError {
    /// More bytes than [`PAGE_INDEX_BYTES`].
    #[error("page index of {0} bytes is larger than allowed")]
    TooLarge(usize),
    /// Not the CBOR of an index.
    #[error("page index is damaged; ask for it again")]
    Malformed,
    /// Written in a form of another version.
    #[error("page index has form {0}; a newer Moot is needed to show this document")]
    Version(u32),
    /// No pages, or more than [`DOCUMENT_PAGES`].
    #[error("page index has {0} pages; a document has 1 to {DOCUMENT_PAGES}")]
    Pages(usize),
    /// A size that no page, image or file has.
    #[error("page index has an impossible size at page {0} (0: the file itself)")]
    Size(u32),
}

impl PageIndex {
    /// An index of `pages` in order.
    ///
    /// # Errors
    /// [`PageIndexError`] when a bound is broken, so that every index that exists can be sent.
    pub fn new(
        source: BlobRef,
        converter: &str,
        text: Option<BlobRef>,
        pages: Vec<Page>,
    ) -> Result<Self, PageIndexError> {
        let converter = converter.to_owned();
        let index = Self { format: FORMAT, source, converter, text, structure: None, pages };
        index.check()?;
        Ok(index)
    }

    /// The same with this structure.
    ///
    /// # Errors
    /// [`PageIndexError::Size`] when it has no possible size.
    pub fn with_structure(self, structure: Option<BlobRef>) -> Result<Self, PageIndexError> {
        let index = Self { structure, ..self };
        index.check()?;
        Ok(index)
    }

    /// The same when nobody draws the pages that are still to come.
    #[must_use]
    pub fn ended(mut self) -> Self {
        for page in self.pages.iter_mut().filter(|page| page.picture.is_pending()) {
            page.picture = Picture::Missing(PageProblem::Ended);
        }
        self
    }

    /// The bytes that [`PageIndex::decode`] takes; equal indexes give equal bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        serde_cbor::to_vec(self).expect("plain numbers, strings and byte strings are CBOR")
    }

    /// Parses and checks a received index. Fields of later versions are skipped.
    ///
    /// # Errors
    /// [`PageIndexError`] says what is wrong with it.
    pub fn decode(bytes: &[u8]) -> Result<Self, PageIndexError> {
        if bytes.len() > PAGE_INDEX_BYTES {
            return Err(PageIndexError::TooLarge(bytes.len()));
        }
        let index: Self = serde_cbor::from_slice(bytes).map_err(|_| PageIndexError::Malformed)?;
        index.check()?;
        Ok(index)
    }

    /// The page of this number; the first is 1.
    #[must_use]
    pub fn page(&self, number: u32) -> Option<&Page> {
        self.pages.get(usize::try_from(number.checked_sub(1)?).ok()?)
    }

    /// Every blob of the document besides the index itself, each once, in the order to fetch them
    /// while page `shown` is on show: that page, the next two, the one before, the rest forwards,
    /// the rest backwards, outline and links, the text, and the file last.
    #[must_use]
    pub fn fetch_order(&self, shown: u32) -> Vec<BlobRef> {
        let count = u32::try_from(self.pages.len()).unwrap_or(DOCUMENT_PAGES);
        let shown = shown.clamp(1, count);
        let near = [Some(shown), shown.checked_add(1), shown.checked_add(2), shown.checked_sub(1)];
        let pages = near
            .into_iter()
            .flatten()
            .chain(shown.saturating_add(3)..=count)
            .chain((1..shown.saturating_sub(1)).rev())
            .filter_map(|number| match self.page(number)?.picture {
                Picture::Image { file, .. } => Some(file),
                Picture::Missing(_) => None,
            });
        let mut seen = HashSet::new();
        pages
            .chain(self.structure)
            .chain(self.text)
            .chain([self.source])
            .filter(|blob| seen.insert(blob.blob))
            .collect()
    }

    /// Bytes of all blobs of the document besides the index, each counted once.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.fetch_order(1).iter().map(|blob| blob.bytes).sum()
    }

    fn check(&self) -> Result<(), PageIndexError> {
        if self.format != FORMAT {
            return Err(PageIndexError::Version(self.format));
        }
        if self.pages.is_empty() || self.pages.len() > DOCUMENT_PAGES as usize {
            return Err(PageIndexError::Pages(self.pages.len()));
        }
        let text = self.text.is_none_or(|text| within(text, BLOB_BYTES));
        let structure = DOCUMENT_STRUCTURE_BYTES as u64;
        let structure = self.structure.is_none_or(|blob| within(blob, structure));
        if self.converter.len() > CONVERTER_BYTES
            || !text
            || !structure
            || !within(self.source, DOCUMENT_BYTES)
        {
            return Err(PageIndexError::Size(0));
        }
        match (1..).zip(&self.pages).find(|(_, page)| !page.is_possible()) {
            Some((number, _)) => Err(PageIndexError::Size(number)),
            None => Ok(()),
        }
    }
}

impl BlobRef {
    /// The name and number of `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self { blob: BlobId::of(bytes), bytes: bytes.len() as u64 }
    }
}

impl Picture {
    /// Whether it is still to be drawn.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        matches!(self, Self::Missing(PageProblem::Pending))
    }

    /// The file of the image, if there is one.
    #[must_use]
    pub fn file(&self) -> Option<BlobRef> {
        match self {
            Self::Image { file, .. } => Some(*file),
            Self::Missing(_) => None,
        }
    }
}

impl Page {
    fn is_possible(&self) -> bool {
        let side = 1..=MAX_SIDE_POINTS * POINT;
        let picture = match self.picture {
            Picture::Image { file, width, height } => {
                width > 0
                    && height > 0
                    && u64::from(width) * u64::from(height) <= PAGE_PIXELS
                    && within(file, PAGE_IMAGE_BYTES)
            }
            Picture::Missing(_) => true,
        };
        side.contains(&self.size.width) && side.contains(&self.size.height) && picture
    }
}

impl PageSize {
    /// From points, rounded to hundredths and held to what a page can be.
    #[must_use]
    pub fn from_points(width: f64, height: f64) -> Self {
        // A float cast saturates and takes NaN to 0, so every input ends within the bounds.
        let side = |points: f64| {
            ((points * f64::from(POINT)).round() as u32).clamp(1, MAX_SIDE_POINTS * POINT)
        };
        Self { width: side(width), height: side(height) }
    }

    /// Width and height in points.
    #[must_use]
    pub fn points(self) -> (f64, f64) {
        (f64::from(self.width) / f64::from(POINT), f64::from(self.height) / f64::from(POINT))
    }
}

/// The words on each page, for search and for readers of screens; one string a page.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PageTexts(Vec<String>);

impl PageTexts {
    /// From the pages in order; each is cut to [`PAGE_TEXT_BYTES`], and all together to
    /// [`DOCUMENT_TEXT_BYTES`].
    #[must_use]
    pub fn new(pages: impl IntoIterator<Item = String>) -> Self {
        let mut left = DOCUMENT_TEXT_BYTES;
        let cut = pages.into_iter().take(DOCUMENT_PAGES as usize).map(|mut text| {
            text.truncate(text.floor_char_boundary(left.min(PAGE_TEXT_BYTES)));
            left -= text.len();
            text
        });
        Self(cut.collect())
    }

    /// The text of this page; the first is 1. Empty when it has none.
    #[must_use]
    pub fn page(&self, number: u32) -> &str {
        let place = number.checked_sub(1).and_then(|place| usize::try_from(place).ok());
        place.and_then(|place| self.0.get(place)).map_or("", String::as_str)
    }

    /// Whether no page has any text.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(String::is_empty)
    }

    /// The bytes that [`PageTexts::decode`] takes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        serde_cbor::to_vec(self).expect("a list of strings is CBOR")
    }

    /// Parses received text.
    ///
    /// # Errors
    /// [`PageIndexError::TooLarge`] or [`PageIndexError::Malformed`].
    pub fn decode(bytes: &[u8]) -> Result<Self, PageIndexError> {
        // Each string costs at most five bytes of head.
        if bytes.len() > DOCUMENT_TEXT_BYTES + 5 * DOCUMENT_PAGES as usize + 5 {
            return Err(PageIndexError::TooLarge(bytes.len()));
        }
        let texts: Self = serde_cbor::from_slice(bytes).map_err(|_| PageIndexError::Malformed)?;
        if texts.0.len() > DOCUMENT_PAGES as usize {
            return Err(PageIndexError::Pages(texts.0.len()));
        }
        Ok(texts)
    }
}

fn within(blob: BlobRef, most: u64) -> bool {
    (1..=most).contains(&blob.bytes)
}

#[cfg(test)]
mod tests;
