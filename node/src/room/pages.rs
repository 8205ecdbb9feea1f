//! The page index: what a converted document consists of. Its blob's name is the document's name.
//!
//! The index holds content only, so that the same file converted twice has one name; what people
//! call the document is in its announcement. It is small on purpose (about 80 bytes a page): it is
//! what a newcomer waits for before the first page. The text of the pages is a blob of its own.

use crate::limits::{
    BLOB_BYTES, DOCUMENT_BYTES, DOCUMENT_PAGES, DOCUMENT_TEXT_BYTES, PAGE_IMAGE_BYTES,
    PAGE_INDEX_BYTES, PAGE_PIXELS, PAGE_TEXT_BYTES,
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
        let index = Self { format: FORMAT, source, converter: converter.to_owned(), text, pages };
        index.check()?;
        Ok(index)
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
    /// the rest backwards, the text, and the file last.
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
        pages.chain(self.text).chain([self.source]).filter(|blob| seen.insert(blob.blob)).collect()
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
        if self.converter.len() > CONVERTER_BYTES || !text || !within(self.source, DOCUMENT_BYTES) {
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
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn image(content: u8) -> Page {
        let file = BlobRef { blob: BlobId([content; 32]), bytes: 1000 };
        Page {
            size: PageSize::from_points(595.28, 841.89),
            picture: Picture::Image { file, width: 1920, height: 2715 },
        }
    }

    fn index(pages: Vec<Page>) -> PageIndex {
        let text = Some(BlobRef { blob: BlobId([0xee; 32]), bytes: 10 });
        PageIndex::new(BlobRef::of(b"%PDF-"), "test-1", text, pages).expect("within bounds")
    }

    fn numbers(order: &[BlobRef]) -> Vec<u8> {
        order.iter().map(|blob| blob.blob.0[0]).collect()
    }

    #[test]
    fn round_trips_and_is_deterministic() {
        let missing = Page { picture: Picture::Missing(PageProblem::TooSlow), ..image(0) };
        let index = index(vec![image(1), missing, image(3)]);
        let bytes = index.encode();
        assert_eq!(PageIndex::decode(&bytes).as_ref(), Ok(&index));
        assert_eq!(PageIndex::decode(&bytes).expect("just written").encode(), bytes);
    }

    #[test]
    fn a_page_costs_little() {
        let one = index(vec![image(1)]).encode().len();
        let many = index((0..=99).map(image).collect()).encode().len();
        assert!((many - one) / 99 < 100, "{} bytes a page", (many - one) / 99);
        let most = index(vec![image(1); DOCUMENT_PAGES as usize]).encode().len();
        assert!(most <= PAGE_INDEX_BYTES, "the longest document's index takes {most} bytes");
    }

    #[test]
    fn page_on_show_comes_first_and_the_file_last() {
        let index = index((1..=9).map(image).collect());
        let source = index.source.blob.0[0];
        assert_eq!(
            numbers(&index.fetch_order(5)),
            [5, 6, 7, 4, 8, 9, 3, 2, 1, 0xee, source],
            "neighbours, forwards, backwards, text, file"
        );
        assert_eq!(numbers(&index.fetch_order(1))[..4], [1, 2, 3, 4]);
        assert_eq!(numbers(&index.fetch_order(9))[..4], [9, 8, 7, 6]);
        assert_eq!(index.fetch_order(0), index.fetch_order(1), "out of range is brought in");
        assert_eq!(index.fetch_order(u32::MAX), index.fetch_order(9));
    }

    #[test]
    fn equal_pages_are_fetched_and_counted_once() {
        let index = index(vec![image(1), image(1), image(2)]);
        assert_eq!(index.fetch_order(1).len(), 4, "two images, text, file");
        assert_eq!(index.bytes(), 1000 + 1000 + 10 + 5);
    }

    #[test]
    fn impossible_sizes_are_refused() {
        let refuse = |page: Page| {
            let bytes = PageIndex { pages: vec![image(1), page], ..index(vec![image(1)]) }.encode();
            assert_eq!(PageIndex::decode(&bytes), Err(PageIndexError::Size(2)));
        };
        let file = BlobRef { blob: BlobId([1; 32]), bytes: 1 };
        let picture = |width, height| Picture::Image { file, width, height };
        refuse(Page { picture: picture(0, 10), ..image(1) });
        refuse(Page { picture: picture(u32::MAX, u32::MAX), ..image(1) });
        refuse(Page { picture: picture(1920, 4097), ..image(1) });
        refuse(Page { size: PageSize { width: 0, height: 1 }, ..image(1) });
        refuse(Page { size: PageSize { width: 1, height: 1_440_001 }, ..image(1) });
        let large = BlobRef { bytes: PAGE_IMAGE_BYTES + 1, ..file };
        refuse(Page { picture: Picture::Image { file: large, width: 1, height: 1 }, ..image(1) });
    }

    #[test]
    fn too_many_pages_and_other_versions_are_refused() {
        let mut other = index(vec![image(1)]);
        other.format = 2;
        assert_eq!(PageIndex::decode(&other.encode()), Err(PageIndexError::Version(2)));
        other = PageIndex { format: FORMAT, pages: vec![], ..other };
        assert_eq!(PageIndex::decode(&other.encode()), Err(PageIndexError::Pages(0)));
        other.pages = vec![image(1); 2001];
        assert_eq!(PageIndex::decode(&other.encode()), Err(PageIndexError::Pages(2001)));
        let large = vec![0; PAGE_INDEX_BYTES + 1];
        assert_eq!(PageIndex::decode(&large), Err(PageIndexError::TooLarge(large.len())));
    }

    #[test]
    fn fields_of_later_versions_are_skipped() {
        #[derive(Serialize)]
        struct Later {
            v: u32,
            src: BlobRef,
            by: &'static str,
            text: Option<BlobRef>,
            pages: Vec<Page>,
            links: Vec<u32>,
        }
        let now = index(vec![image(1)]);
        let later = Later {
            v: FORMAT,
            src: now.source,
            by: "test-1",
            text: now.text,
            pages: now.pages.clone(),
            links: vec![1, 2],
        };
        let bytes = serde_cbor::to_vec(&later).expect("plain");
        assert_eq!(PageIndex::decode(&bytes), Ok(now));
    }

    #[test]
    fn text_is_cut_at_characters_and_bounded_in_all() {
        let long = "字".repeat(PAGE_TEXT_BYTES);
        let texts = PageTexts::new(vec![long; DOCUMENT_PAGES as usize]);
        assert_eq!(texts.page(1).len(), PAGE_TEXT_BYTES / 3 * 3);
        assert_eq!(texts.page(DOCUMENT_PAGES), "", "the document's share is used up");
        let bytes = texts.encode();
        assert_eq!(PageTexts::decode(&bytes), Ok(texts), "what is written can be read");
        assert_eq!(PageTexts::default().page(0), "");
    }

    #[test]
    fn absurd_sizes_become_possible_ones() {
        for side in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0, 0.0, 1e300] {
            let page = Page { size: PageSize::from_points(side, 100.0), ..image(1) };
            assert!(page.is_possible(), "{side}");
        }
    }

    #[test]
    fn fuzz_decode() {
        bolero::check!().with_test_time(std::time::Duration::from_secs(1)).for_each(|bytes| {
            if let Ok(index) = PageIndex::decode(bytes) {
                assert_eq!(PageIndex::decode(&index.encode()), Ok(index));
            }
            if let Ok(texts) = PageTexts::decode(bytes) {
                assert_eq!(PageTexts::decode(&texts.encode()), Ok(texts));
            }
        });
    }

    proptest! {
        #[test]
        fn damaged_indexes_never_panic(place in 0_usize..200, byte: u8, cut in 0_usize..200) {
            let mut bytes = index(vec![image(1), image(2)]).encode();
            let place = place % bytes.len();
            bytes[place] = byte;
            let _ = PageIndex::decode(&bytes);
            let _ = PageIndex::decode(&bytes[..cut.min(bytes.len())]);
        }

        #[test]
        fn every_blob_is_fetched_exactly_once(pages in 1_u8..40, shown: u32) {
            let index = index((1..=pages).map(image).collect());
            let mut order = numbers(&index.fetch_order(shown));
            prop_assert_eq!(u32::from(order[0]), shown.clamp(1, pages.into()));
            order.truncate(pages.into());
            order.sort_unstable();
            prop_assert_eq!(order, (1..=pages).collect::<Vec<_>>());
        }
    }
}
