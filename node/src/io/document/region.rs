//! A part of a page, sharper than its shared picture: drawn from the PDF for one person who zooms.
//!
//! The PDF came from a member, so it is a stranger's file here as well: a worker process with the
//! limits of conversion opens it. The worker stays for as long as [`RegionWorker`] lives, since
//! opening the file and finding fonts takes longer than drawing.

use super::process::{OpenError, PageError, Worker};
use super::worker::Allowance;
use crate::io::pages::DecodedPage;
use crate::room::id::BlobId;
use crate::room::pages::PageProblem;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::time::Duration;

/// Pixels drawn at most: a 4K display (3840 × 2160), or as many in another shape. 25 MB.
pub const REGION_PIXELS: u32 = 3840 * 2160;

/// Longest side in pixels: what every graphics card takes as one texture.
const REGION_SIDE: u32 = 4096;

/// Finest zoom: a side of a hundredth of the page's, in 1/10 000.
const FINEST: u32 = 100;

/// The whole of a page's side.
const WHOLE: u32 = 10_000;

/// Address space, as for conversion (`ConvertLimits`).
const MEMORY: u64 = 1_536 * 1024 * 1024;

/// Processor time. Somebody waits for it in front of the picture, so it is half of conversion's.
const CPU: Duration = Duration::from_secs(10);

/// Longest wait for an answer.
const WALL: Duration = Duration::from_secs(20);

/// A part of a page in 1/10 000 of its picture, from the top left corner.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Region {
    /// From the left edge; 10 000 = the page's width.
    pub left: u32,
    /// From the upper edge; 10 000 = the page's height.
    pub top: u32,
    /// Rightwards.
    pub width: u32,
    /// Downwards.
    pub height: u32,
}

/// A part of a page to draw.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct RegionOrder {
    /// Which page; the first is 1.
    pub number: u32,
    /// Which part of it.
    pub region: Region,
    /// Pixels rightwards.
    pub width: u16,
    /// Pixels downwards.
    pub height: u16,
}

/// Why a part of a page could not be drawn. Its shared picture stays.
#[derive(Debug, thiserror::Error)]
pub enum RegionError {
    /// The worker program could not be started.
    #[error("the converter can't be started: {0}; reinstall Moot")]
    Start(#[source] std::io::Error),
    /// The file is not the one that was converted, or can't be opened.
    #[error("the PDF that came with the document can't be opened")]
    Unopenable,
    /// There is no such part.
    #[error("there is no such part of the page")]
    NoSuchPart,
    /// It took too much time or memory, or the worker failed otherwise: start another.
    #[error("{0}")]
    Lost(PageProblem),
}

/// A worker process with one document open.
pub struct RegionWorker {
    worker: Worker,
}

impl Region {
    /// The whole page.
    pub const PAGE: Self = Self { left: 0, top: 0, width: WHOLE, height: WHOLE };

    /// The same part within the page, and no smaller than a hundredth of it.
    #[must_use]
    pub fn within_page(self) -> Self {
        let side = |begin: u32, length: u32| {
            let begin = begin.min(WHOLE - FINEST);
            (begin, length.clamp(FINEST, WHOLE - begin))
        };
        let ((left, width), (top, height)) =
            (side(self.left, self.width), side(self.top, self.height));
        Self { left, top, width, height }
    }

    /// Left, top, width and height as fractions of the page.
    pub(super) fn fractions(self) -> [f64; 4] {
        [self.left, self.top, self.width, self.height]
            .map(|part| f64::from(part) / f64::from(WHOLE))
    }
}

impl RegionOrder {
    /// `region` of page `number`, `pixels_wide` or as many as may be drawn; `aspect` is the page's
    /// width divided by its height.
    #[must_use]
    pub fn new(number: u32, region: Region, pixels_wide: u32, aspect: f64) -> Self {
        let region = region.within_page();
        let [_, _, across, down] = region.fractions();
        let aspect = if aspect.is_finite() { aspect.clamp(0.01, 100.0) } else { 1.0 };
        let slope = (down / across / aspect).clamp(1e-4, 1e4);
        let most = f64::from(REGION_SIDE);
        let width = f64::from(pixels_wide.max(1))
            .min(most)
            .min(most / slope)
            // One less for the rounding of the height.
            .min((f64::from(REGION_PIXELS) / slope).sqrt() - 1.0)
            .max(1.0);
        let height = (width.round() * slope).round().clamp(1.0, most);
        Self { number, region, width: width.round() as u16, height: height as u16 }
    }

    /// Itself if it may be drawn.
    pub(super) fn possible(self) -> Option<Self> {
        let (width, height) = (u32::from(self.width), u32::from(self.height));
        let sane = width.min(height) > 0 && width * height <= REGION_PIXELS;
        (sane && self.region == self.region.within_page()).then_some(self)
    }
}

/// A part of a page, drawn.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(super) struct DrawnRegion {
    pub(super) number: u32,
    pub(super) width: u32,
    pub(super) height: u32,
    /// Red, green, blue of each pixel. Packing them would take longer than the pipe does.
    #[serde(with = "serde_bytes")]
    pub(super) rgb: Vec<u8>,
}

impl DrawnRegion {
    pub(super) fn is_whole(&self) -> bool {
        let pixels = u64::from(self.width) * u64::from(self.height);
        pixels <= u64::from(REGION_PIXELS) && self.rgb.len() as u64 == pixels * 3
    }

    pub(super) fn answers(&self, order: &RegionOrder) -> bool {
        let asked = (order.number, u32::from(order.width), u32::from(order.height));
        (self.number, self.width, self.height) == asked
    }
}

impl RegionWorker {
    /// Starts `program` (with [`super::worker::ARGUMENT`]) on `file`, which must hold `source`.
    ///
    /// # Errors
    /// [`RegionError::Start`], [`RegionError::Unopenable`], [`RegionError::Lost`].
    pub async fn open(program: &Path, file: &Path, source: BlobId) -> Result<Self, RegionError> {
        let allowance = Allowance { memory: MEMORY, cpu_seconds: CPU.as_secs(), file_bytes: 0 };
        // A locked file came without its password: its pages are as sharp as their shared pictures.
        let opened = Worker::open(program, file, "", allowance, WALL).await;
        let (worker, opened) = opened.map_err(|error| match error {
            OpenError::Start(error) => RegionError::Start(error),
            OpenError::Refused(_) => RegionError::Unopenable,
            OpenError::Lost(problem) => RegionError::Lost(problem),
        })?;
        if opened.source != source {
            return Err(RegionError::Unopenable);
        }
        Ok(Self { worker })
    }

    /// Draws a part of a page. If this is dropped before it is done, drop the worker, too: its
    /// answer would be taken for the next one's.
    ///
    /// # Errors
    /// [`RegionError::NoSuchPart`]; [`RegionError::Lost`], and then the worker is of no more use.
    pub async fn draw(&mut self, order: RegionOrder) -> Result<DecodedPage, RegionError> {
        let order = order.possible().ok_or(RegionError::NoSuchPart)?;
        let drawn = self.worker.region(order).await.map_err(|error| match error {
            PageError::Failed(_, problem) | PageError::Lost(problem) => RegionError::Lost(problem),
        })?;
        Ok(DecodedPage { width: drawn.width, height: drawn.height, rgb: drawn.rgb })
    }
}

impl std::fmt::Debug for RegionWorker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RegionWorker")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_shape_of_the_part_is_kept() {
        // A quarter of a slide on a whole display.
        let quarter = Region { left: 5000, top: 5000, width: 5000, height: 5000 };
        let order = RegionOrder::new(1, quarter, 1920, 16.0 / 9.0);
        assert_eq!((order.width, order.height), (1920, 1080));
        // The upper half of an A4 page.
        let upper = Region { height: 5000, ..Region::PAGE };
        let order = RegionOrder::new(1, upper, 1000, 210.0 / 297.0);
        assert_eq!((order.width, order.height), (1000, 707));
    }

    #[test]
    fn a_part_beyond_the_page_is_brought_in() {
        let beyond = Region { left: 20_000, top: 9_000, width: 0, height: 5_000 };
        let within = Region { left: 9_900, top: 9_000, width: 100, height: 1_000 };
        assert_eq!(beyond.within_page(), within);
        assert_eq!(Region::PAGE.within_page(), Region::PAGE);
    }

    proptest! {
        #[test]
        fn every_order_may_be_drawn(
            left: u32, top: u32, width: u32, height: u32, pixels: u32, aspect in any::<f64>(),
        ) {
            let order = RegionOrder::new(1, Region { left, top, width, height }, pixels, aspect);
            prop_assert_eq!(order.possible(), Some(order));
        }
    }
}
