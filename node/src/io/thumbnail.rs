//! A page's picture made small, for a strip of many pages.
//!
//! Decoding a page takes 15 to 60 ms and shrinking it some more, so what comes out is kept beside
//! the picture's blob and goes when that goes ([`Blobs::remove`](crate::io::blobs::Blobs::remove)).
//! It is this machine's own work and never sent; a damaged one is the same as none.

use crate::io::pages::DecodedPage;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Pixels across a thumbnail: a strip 130 points wide on a display of two pixels a point.
pub const WIDTH: u32 = 260;

/// Pixels down at most; longer pages become narrower.
pub const HEIGHT: u32 = 520;

/// Quality of the kept file: at this size nothing is seen of it.
const QUALITY: f32 = 85.0;

/// Bytes of a kept file at most: ten times what a busy page takes.
const BYTES: u64 = 256 * 1024;

/// Makes a page small: each pixel is the mean of those it stands for, so that thin lines stay
/// visible. Smaller pages stay as they are.
#[must_use]
pub fn shrink(page: &DecodedPage) -> DecodedPage {
    let ratio =
        (f64::from(WIDTH) / f64::from(page.width)).min(f64::from(HEIGHT) / f64::from(page.height));
    if ratio >= 1.0 {
        return page.clone();
    }
    let side = |pixels: u32| (f64::from(pixels) * ratio).round().max(1.0) as u32;
    let (width, height) = (side(page.width), side(page.height));
    let (columns, rows) = (spread(page.width, width), spread(page.height, height));
    // Lines first: that is one long addition after the other, and leaves few to be narrowed.
    let line_length = page.width as usize * 3;
    let (mut sums, mut below) = (vec![0.0_f32; line_length], vec![0.0_f32; line_length]);
    let mut rgb = Vec::with_capacity(width as usize * height as usize * 3);
    let mut lines = page.rgb.chunks_exact(line_length).zip(&rows).peekable();
    while let Some((line, row)) = lines.next() {
        add(&mut sums, line, row.here);
        if row.next > 0.0 {
            add(&mut below, line, row.next);
        }
        if lines.peek().is_none_or(|(_, next)| next.target != row.target) {
            narrow(&sums, &columns, width, &mut rgb);
            std::mem::swap(&mut sums, &mut below);
            below.fill(0.0);
        }
    }
    DecodedPage { width, height, rgb }
}

fn add(sums: &mut [f32], line: &[u8], share: f32) {
    for (sum, value) in sums.iter_mut().zip(line) {
        *sum += f32::from(*value) * share;
    }
}

/// One line of a thumbnail from one line of sums.
fn narrow(sums: &[f32], columns: &[Share], width: u32, rgb: &mut Vec<u8>) {
    // A place more at the end: the last share's nothing goes there.
    let mut line = vec![0.0_f32; width as usize * 3 + 3];
    for (pixel, column) in sums.chunks_exact(3).zip(columns) {
        let into = &mut line[column.target * 3..][..6];
        for channel in 0..3 {
            into[channel] += pixel[channel] * column.here;
            into[channel + 3] += pixel[channel] * column.next;
        }
    }
    line.truncate(width as usize * 3);
    rgb.extend(line.into_iter().map(|value| value.round().clamp(0.0, 255.0) as u8));
}

/// What one source pixel gives to the target pixel it begins in, and to the next.
struct Share {
    target: usize,
    here: f32,
    next: f32,
}

fn spread(from: u32, to: u32) -> Vec<Share> {
    let scale = f64::from(to) / f64::from(from);
    let share = |pixel: u32| {
        let begin = f64::from(pixel) * scale;
        let target = (begin as u32).min(to - 1);
        let here = (f64::from(target + 1) - begin).min(scale);
        Share { target: target as usize, here: here as f32, next: (scale - here) as f32 }
    };
    (0..from).map(share).collect()
}

/// Where the thumbnail of the picture in this file is kept.
#[must_use]
pub fn path(picture: &Path) -> PathBuf {
    picture.with_extension("thumb")
}

/// The kept thumbnail of the picture in this file; blocks.
#[must_use]
pub fn read(picture: &Path) -> Option<DecodedPage> {
    let path = path(picture);
    if fs::metadata(&path).ok()?.len() > BYTES {
        return None;
    }
    let kept = DecodedPage::decode(&fs::read(path).ok()?).ok()?;
    (kept.width <= WIDTH && kept.height <= HEIGHT).then_some(kept)
}

/// Keeps a thumbnail; blocks. Losing it costs making it again, so nothing is synced.
///
/// # Errors
/// When the disk refuses.
pub fn write(picture: &Path, thumbnail: &DecodedPage) -> io::Result<()> {
    let DecodedPage { width, height, rgb } = thumbnail;
    let encoder = webp::Encoder::from_rgb(rgb, *width, *height);
    let webp = encoder.encode_simple(false, QUALITY);
    let webp = webp.map_err(|error| io::Error::other(format!("{error:?}")))?;
    let path = path(picture);
    // Renamed into place, so that a reader never meets half of it.
    let draft = path.with_extension(format!("thumb-{}", std::process::id()));
    fs::write(&draft, &*webp)?;
    fs::rename(&draft, &path).inspect_err(|_| drop(fs::remove_file(&draft)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(width: u32, height: u32, colour: impl Fn(u32, u32) -> [u8; 3]) -> DecodedPage {
        let rgb =
            (0..height).flat_map(|y| (0..width).flat_map(|x| colour(x, y)).collect::<Vec<_>>());
        DecodedPage { width, height, rgb: rgb.collect() }
    }

    #[test]
    fn sizes_keep_their_shape() {
        let size = |width, height| {
            let small = shrink(&page(width, height, |_, _| [9, 9, 9]));
            assert!(small.rgb.iter().all(|value| *value == 9), "one colour stays that colour");
            assert_eq!(small.rgb.len() as u32, small.width * small.height * 3);
            (small.width, small.height)
        };
        assert_eq!(size(1920, 1080), (260, 146));
        assert_eq!(size(1920, 2715), (260, 368));
        assert_eq!(size(500, 4000), (65, 520));
        assert_eq!(size(100, 90), (100, 90), "small ones stay");
        assert_eq!(size(8000, 1), (260, 1));
        assert_eq!(size(261, 3), (260, 3));
    }

    #[test]
    fn each_pixel_is_the_mean_of_those_it_stands_for() {
        // 2 to 1: pairs of black and white.
        let small = shrink(&page(520, 4, |x, _| [if x % 2 == 0 { 0 } else { 255 }; 3]));
        assert!(small.rgb.iter().all(|value| *value == 128), "{:?}", &small.rgb[..6]);
        // A hairline of 1920 stays: a seventh as dark, spread over no more than two pixels.
        let small = shrink(&page(1920, 8, |x, _| [if x == 1000 { 0 } else { 255 }; 3]));
        let dark: u32 = small.rgb[..780].iter().step_by(3).map(|v| 255 - u32::from(*v)).sum();
        assert!((33..=36).contains(&dark), "{dark}");
    }

    #[test]
    fn what_is_kept_is_read_again() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let picture = folder.path().join("abcdef");
        assert!(read(&picture).is_none());
        let small = shrink(&page(1920, 1080, |_, y| [200, (y / 5) as u8, 10]));
        write(&picture, &small).expect("kept");
        let again = read(&picture).expect("read again");
        assert_eq!((again.width, again.height), (260, 146));
        let off = again.rgb.iter().zip(&small.rgb).map(|(a, b)| a.abs_diff(*b)).max();
        assert!(off < Some(12), "{off:?}");
        fs::write(path(&picture), b"RIFF torn").expect("a scratch file");
        assert!(read(&picture).is_none(), "a torn one is none");
    }
}
