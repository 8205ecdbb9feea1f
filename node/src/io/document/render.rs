//! One PDF page to one WebP image. Runs in the worker process only.

use super::fonts::Fonts;
use super::region::{DrawnRegion, RegionOrder};
use super::text;
use super::wire::{DrawnPage, Reply};
use crate::limits::{PAGE_IMAGE_BYTES, PAGE_PIXELS};
use crate::room::pages::{MAX_SIDE_POINTS, PageProblem, PageSize};
use hayro::hayro_interpret::{InterpreterCache, InterpreterSettings, TransformExt};
use hayro::hayro_syntax::Pdf;
use hayro::hayro_syntax::page::Page;
use hayro::kurbo::Affine;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::vello_cpu::{Pixmap, RasterizerSettings, RenderContext, Resources, TargetInit};
use hayro::{RenderCache, RenderSettings, render_into};
use std::sync::Arc;

/// Pixels across a page: full HD, so that a projector shows every one (research: documents §5).
const WIDTH: f64 = 1920.0;

/// Longest shape of a page: a longer one gets white beside it, and is shown whole.
const RATIO: f64 = 8.0;

/// Quality of lossy images. Text pages come out smaller lossless (measured), pictures lossy.
const LOSSY_QUALITY: f32 = 80.0;

/// Effort of lossless images, libwebp's default.
const LOSSLESS_EFFORT: f32 = 75.0;

/// Pages flatter than this are smaller lossless: of 330 pages of text and drawings measured (all
/// above 0.8) every one was, by a fifth to a half.
const FLAT: f64 = 0.8;

/// Pages less flat than this are photographs or noise, and many times larger lossless.
const BUSY: f64 = 0.1;

/// Hinting moves the edges of letters onto pixels, for small letters on coarse displays. Pages are shown
/// scaled, where it does harm: without it, pages of TrueType text are nearer to what MuPDF and pdfium
/// draw (SSIM 0.961 and 0.970 instead of 0.946 and 0.956, research paper set in 10 points).
const HINTING: bool = false;

/// Draws the pages of one open file.
pub(super) struct Renderer<'a> {
    pdf: &'a Pdf,
    // hayro never empties its caches; the process's end does.
    drawing: RenderCache<'a>,
    reading: InterpreterCache<'a>,
    settings: InterpreterSettings,
    fonts: Arc<Fonts>,
}

impl<'a> Renderer<'a> {
    pub(super) fn new(pdf: &'a Pdf) -> Self {
        let fonts = Arc::new(Fonts::default());
        let settings = InterpreterSettings {
            font_resolver: fonts.resolver(),
            ..InterpreterSettings::default()
        };
        Self { pdf, drawing: RenderCache::new(), reading: InterpreterCache::new(), settings, fonts }
    }

    /// Draws page `number`; `None` when there is no such page.
    pub(super) fn page(&self, number: u32) -> Option<Reply> {
        let place = usize::try_from(number.checked_sub(1)?).ok()?;
        let page = self.pdf.pages().get(place)?;
        let frame = Frame::of(page);
        let placed = Affine::scale(frame.scale) * page.initial_transform(true).to_kurbo();
        let rgb = self.draw(page, frame.width, frame.height, placed);
        let (width, height) = (u32::from(frame.width), u32::from(frame.height));
        let webp = match encode(&rgb, width, height) {
            Ok(webp) => webp,
            Err(problem) => return Some(Reply::Failed { number, size: frame.size, problem }),
        };
        let text = text::of_page(page, &self.reading, &self.settings);
        let missing_fonts = self.fonts.take_missing();
        let size = frame.size;
        Some(Reply::Page(DrawnPage { number, size, width, height, webp, text, missing_fonts }))
    }

    /// Draws a part of a page in another resolution; `None` when there is no such page.
    pub(super) fn region(&self, order: RegionOrder) -> Option<Reply> {
        let RegionOrder { number, region, width, height } = order.possible()?;
        let place = usize::try_from(number.checked_sub(1)?).ok()?;
        let page = self.pdf.pages().get(place)?;
        let frame = Frame::of(page);
        // Parts are told in the picture's own frame, so that they lie on it to the pixel.
        let [left, top, across, down] = region.fractions();
        let (whole_width, whole_height) = (f64::from(frame.width), f64::from(frame.height));
        let magnify =
            (f64::from(width) / (across * whole_width), f64::from(height) / (down * whole_height));
        let placed = Affine::scale_non_uniform(magnify.0, magnify.1)
            * Affine::translate((-left * whole_width, -top * whole_height))
            * Affine::scale(frame.scale)
            * page.initial_transform(true).to_kurbo();
        let rgb = self.draw(page, width, height, placed);
        let (width, height) = (u32::from(width), u32::from(height));
        Some(Reply::Region(DrawnRegion { number, width, height, rgb }))
    }

    /// The pixels of a window of this size onto a page that lies behind it as `placed` says.
    fn draw(&self, page: &'a Page<'a>, width: u16, height: u16, placed: Affine) -> Vec<u8> {
        let mut context = RenderContext::new(width, height);
        let settings = RenderSettings { hinting: HINTING, ..RenderSettings::default() };
        render_into(page, &self.drawing, &self.settings, &settings, &mut context, placed);
        context.flush();
        let mut pixmap = Pixmap::new(width, height);
        let target =
            RasterizerSettings { target_init: TargetInit::Clear(WHITE), ..Default::default() };
        context.render_with(&mut pixmap, &mut Resources::default(), target);
        // White beneath makes every pixel opaque, so dropping the fourth byte loses nothing.
        pixmap.data_as_u8_slice().chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect()
    }
}

/// How large a page is, on paper and in pixels.
#[derive(Debug, PartialEq)]
pub(super) struct Frame {
    size: PageSize,
    units: (f64, f64),
    /// Pixels for one unit of the file.
    scale: f64,
    width: u16,
    height: u16,
}

impl Frame {
    pub(super) fn of(page: &Page<'_>) -> Self {
        let (width, height) = page.render_dimensions();
        Self::new(f64::from(width), f64::from(height))
    }

    /// Width and height in units of the file, with the white beside a strip.
    pub(super) fn points(&self) -> (f64, f64) {
        self.units
    }

    fn new(width: f64, height: f64) -> Self {
        let sane = |side: f64| if side.is_finite() { side.clamp(1.0, 1e7) } else { 1.0 };
        let (width, height) = (sane(width), sane(height));
        let (width, height) = (width.max(height / RATIO), height.max(width / RATIO));
        let shrink = (f64::from(MAX_SIDE_POINTS) / width.max(height)).min(1.0);
        // A page at the bound of pixels is narrower than WIDTH; one pixel less for the rounding.
        let most = (PAGE_PIXELS as f64 * width / height).sqrt() - 1.0;
        let pixels = WIDTH.min(most).max(1.0);
        let scale = pixels / width;
        Self {
            size: PageSize::from_points(width * shrink, height * shrink),
            units: (width, height),
            scale,
            width: pixels.round() as u16,
            height: (height * scale).round().max(1.0) as u16,
        }
    }
}

/// The smaller of the lossless and the lossy WebP; only one is made where the winner is plain.
fn encode(rgb: &[u8], width: u32, height: u32) -> Result<Vec<u8>, PageProblem> {
    let encoder = webp::Encoder::from_rgb(rgb, width, height);
    let make =
        |lossless, level| encoder.encode_simple(lossless, level).map_err(|_| PageProblem::Died);
    let (lossless, lossy) = (|| make(true, LOSSLESS_EFFORT), || make(false, LOSSY_QUALITY));
    let smaller = match flatness(rgb, width as usize) {
        flat if flat > FLAT => lossless()?,
        flat if flat < BUSY => lossy()?,
        _ => {
            let (lossless, lossy) = (lossless()?, lossy()?);
            if lossless.len() <= lossy.len() { lossless } else { lossy }
        }
    };
    if smaller.len() as u64 > PAGE_IMAGE_BYTES {
        return Err(PageProblem::TooLarge);
    }
    Ok(smaller.to_vec())
}

/// Share of pixels that equal both their left and their upper neighbour.
fn flatness(rgb: &[u8], width: usize) -> f64 {
    let row = width * 3;
    let same = (row + 3..rgb.len())
        .step_by(3)
        .filter(|at| {
            let pixel = &rgb[*at..at + 3];
            pixel == &rgb[at - 3..*at] && pixel == &rgb[at - row..at - row + 3]
        })
        .count();
    same as f64 / (rgb.len() / 3).max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_pages_are_1920_wide() {
        let slide = Frame::new(960.0, 540.0);
        assert_eq!((slide.width, slide.height), (1920, 1080));
        let a4 = Frame::new(595.28, 841.89);
        assert_eq!((a4.width, a4.height), (1920, 2715));
        assert_eq!(a4.size, PageSize { width: 59_528, height: 84_189 });
    }

    #[test]
    fn every_size_ends_within_the_bounds() {
        let sides = [0.0, 1.0, 0.01, 72.0, 14_400.0, 1e9, f64::NAN, f64::INFINITY, -5.0];
        for width in sides {
            for height in sides {
                let frame = Frame::new(width, height);
                let (w, h) = (u64::from(frame.width), u64::from(frame.height));
                assert!(w > 0 && h > 0 && w * h <= PAGE_PIXELS, "{width} × {height}: {frame:?}");
                assert!(h <= 16_383, "WebP's own bound: {frame:?}");
                let (w, h) = frame.size.points();
                assert!(w <= 14_400.0 && h <= 14_400.0, "{frame:?}");
            }
        }
    }

    #[test]
    fn a_strip_gets_white_beside_it() {
        let strip = Frame::new(1.0, 14_400.0);
        assert_eq!(strip.size.points(), (1800.0, 14_400.0));
        assert!(strip.height > strip.width * 7, "{strip:?}");
    }

    #[test]
    fn flat_pages_are_lossless_and_noise_is_lossy() {
        let webp = encode(&[200; 64 * 64 * 3], 64, 64).expect("small");
        assert_eq!(&webp[12..16], b"VP8L");
        // xorshift32 (Marsaglia 2003).
        let mut state = 1_u32;
        let mut noise = vec![0; 64 * 64 * 3];
        for byte in &mut noise {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            *byte = (state >> 24) as u8;
        }
        let webp = encode(&noise, 64, 64).expect("small");
        assert_eq!(&webp[12..16], b"VP8 ");
    }
}
