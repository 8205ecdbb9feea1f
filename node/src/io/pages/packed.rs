//! A decoded page made small without being encoded again: runs of equal pixels, rows like the row
//! above.
//!
//! Decoding WebP takes 10 to 60 ms, unpacking takes 4 ms (most of it the kernel's, for the memory),
//! so a page that was decoded once can be shown again at once though its pixels were let go. Pages
//! of text and drawings take a ninth of their pixels or less; photographs gain nothing and are not
//! packed. Measured on a slide of text and forty slanting lines, 1920 × 1080, two cores: 6.2 MB
//! become 0.7 MB in 1.7 ms; LZ4 makes 0.4 MB of it and takes 4.8 ms to undo that.
//!
//! This never leaves the process: it is made of pixels we decoded, and needs no version.

use super::DecodedPage;

/// Pixels that are not at least this many times smaller when packed are not kept so: LZ4 or a
/// larger cache would serve photographs no better, and memory is what this is for.
const WORTH: usize = 4;

/// Bytes of a pixel.
const PIXEL: usize = 3;

/// A row that differs from the one above, as runs, or one that does not.
const RUNS: u8 = 1;
const SAME: u8 = 0;

/// A page's pixels, packed.
pub(super) struct PackedPage {
    width: u32,
    height: u32,
    /// A byte for each row; after [`RUNS`], its runs: 16 bits of length (little-endian), one pixel.
    rows: Vec<u8>,
}

impl PackedPage {
    /// Packs a page; `None` when it is not worth it.
    pub(super) fn of(page: &DecodedPage) -> Option<Self> {
        let (mut rows, limit) = (Vec::new(), page.rgb.len() / WORTH);
        let mut above: &[u8] = &[];
        for row in page.rgb.chunks_exact(page.width as usize * PIXEL) {
            if row == above {
                rows.push(SAME);
            } else {
                rows.push(RUNS);
                push_runs(&mut rows, row);
            }
            if rows.len() > limit {
                return None;
            }
            above = row;
        }
        rows.shrink_to_fit();
        Some(Self { width: page.width, height: page.height, rows })
    }

    /// The pixels again.
    pub(super) fn unpack(&self) -> DecodedPage {
        let row = self.width as usize * PIXEL;
        let mut rgb = Vec::with_capacity(row * self.height as usize);
        let mut rest = self.rows.as_slice();
        while let Some((kind, runs)) = rest.split_first() {
            rest = if *kind == SAME {
                rgb.extend_from_within(rgb.len() - row..);
                runs
            } else {
                unpack_runs(&mut rgb, runs, row)
            };
        }
        DecodedPage { width: self.width, height: self.height, rgb }
    }

    /// What it takes in memory.
    pub(super) fn bytes(&self) -> usize {
        self.rows.len()
    }
}

fn push_runs(rows: &mut Vec<u8>, row: &[u8]) {
    let mut rest = row;
    while let Some(pixel) = rest.get(..PIXEL) {
        let equal = rest.chunks_exact(PIXEL).take_while(|next| *next == pixel).count();
        // A page is at most 16 383 pixels wide (RFC 9649), so this only guards what can't be.
        let length = u16::try_from(equal).unwrap_or(u16::MAX);
        rows.extend_from_slice(&length.to_le_bytes());
        rows.extend_from_slice(pixel);
        rest = &rest[usize::from(length) * PIXEL..];
    }
}

/// Unpacks one row; what follows it.
fn unpack_runs<'a>(rgb: &mut Vec<u8>, mut runs: &'a [u8], row: usize) -> &'a [u8] {
    let end = rgb.len() + row;
    while rgb.len() < end {
        let (run, rest) = runs.split_at(2 + PIXEL);
        let bytes = usize::from(u16::from_le_bytes([run[0], run[1]])) * PIXEL;
        let first = rgb.len();
        rgb.extend_from_slice(&run[2..]);
        // Doubling what is there copies in large pieces, which even a build for debugging does fast.
        while rgb.len() < first + bytes {
            let more = (rgb.len() - first).min(first + bytes - rgb.len());
            rgb.extend_from_within(first..first + more);
        }
        runs = rest;
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn page(width: u32, height: u32, level: impl Fn(u32, u32) -> u8) -> DecodedPage {
        let place = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
        let rgb = place.flat_map(|(x, y)| [level(x, y), 7, level(y, x)]).collect();
        DecodedPage { width, height, rgb }
    }

    #[test]
    fn a_page_of_text_becomes_small_and_comes_back() {
        let text = page(400, 300, |x, y| if y % 20 > 12 && x / 7 % 3 == 0 { 0 } else { 255 });
        let packed = PackedPage::of(&text).expect("worth it");
        assert!(packed.bytes() * 9 < text.rgb.len(), "{} bytes", packed.bytes());
        assert!(packed.unpack() == text);
    }

    #[test]
    fn a_photograph_is_not_packed() {
        let photograph = page(200, 100, |x, y| (x * 31 + y * 17 + x * y) as u8);
        assert!(PackedPage::of(&photograph).is_none());
    }

    #[test]
    fn the_widest_row_there_can_be_is_one_run() {
        let line = page(16_384, 2, |_, _| 9);
        let packed = PackedPage::of(&line).expect("worth it");
        assert_eq!(packed.bytes(), 1 + 2 + PIXEL + 1);
        assert!(packed.unpack() == line);
    }

    proptest! {
        #[test]
        fn what_is_packed_comes_back(
            width in 1..40_u32,
            rows in prop::collection::vec((0..3_u8, 1..20_u32), 1..30)
        ) {
            let height = rows.len() as u32;
            let drawn = page(width, height, |x, y| {
                let (shade, step) = rows[y as usize % rows.len()];
                shade * u8::from(x / step % 2 == 0)
            });
            if let Some(packed) = PackedPage::of(&drawn) {
                prop_assert!(packed.unpack() == drawn);
            }
        }
    }
}
