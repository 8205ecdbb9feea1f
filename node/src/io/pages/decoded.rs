//! A page's picture as pixels. Its bytes are a peer's: its size is read from the header and bounded
//! before anything is decoded.

use crate::limits::{PAGE_IMAGE_BYTES, PAGE_PIXELS};
use image_webp::WebPDecoder;
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A page's pixels.
#[derive(Clone, PartialEq, Eq)]
pub struct DecodedPage {
    /// Pixels rightwards.
    pub width: u32,
    /// Pixels downwards.
    pub height: u32,
    /// Red, green, blue of each pixel, row by row from the top left.
    pub rgb: Vec<u8>,
}

impl std::fmt::Debug for DecodedPage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DecodedPage({} × {})", self.width, self.height)
    }
}

/// Why there are no pixels.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum DecodeError {
    /// The blob is not on this machine yet, or can't be read.
    #[error("the page's picture is not here: {0}")]
    Absent(String),
    /// Not one still WebP picture without transparency, or damaged.
    #[error("the page's picture is damaged")]
    Malformed,
    /// More pixels or bytes than a page has.
    #[error("the page's picture of {width} × {height} pixels is larger than allowed")]
    TooLarge {
        /// Pixels rightwards.
        width: u32,
        /// Pixels downwards.
        height: u32,
    },
}

impl DecodedPage {
    /// The size in pixels that the header of `webp` tells, without decoding.
    ///
    /// # Errors
    /// [`DecodeError`] when it is not a page's picture.
    pub fn size_of(webp: &[u8]) -> Result<(u32, u32), DecodeError> {
        open(webp).map(|decoder| decoder.dimensions())
    }

    /// Decodes a page's picture: 15 to 60 ms.
    ///
    /// # Errors
    /// [`DecodeError`] when it is not a page's picture.
    pub fn decode(webp: &[u8]) -> Result<Self, DecodeError> {
        let mut decoder = open(webp)?;
        let (width, height) = decoder.dimensions();
        let mut rgb = vec![0; decoder.output_buffer_size().ok_or(DecodeError::Malformed)?];
        // The decoder is pure and safe; a defect in it must cost this page only.
        let decoded = catch_unwind(AssertUnwindSafe(|| decoder.read_image(&mut rgb)));
        match decoded {
            Ok(Ok(())) => {}
            Ok(Err(_)) | Err(_) => return Err(DecodeError::Malformed),
        }
        Ok(Self { width, height, rgb })
    }
}

fn open(webp: &[u8]) -> Result<WebPDecoder<Cursor<&[u8]>>, DecodeError> {
    // The extended form (VP8X) brings animation, and a second size that the first doesn't bound.
    let simple = matches!(webp.get(12..16), Some(b"VP8 " | b"VP8L"));
    if !simple || webp.len() as u64 > PAGE_IMAGE_BYTES {
        return Err(DecodeError::Malformed);
    }
    let mut decoder = WebPDecoder::new(Cursor::new(webp)).map_err(|_| DecodeError::Malformed)?;
    decoder.set_memory_limit(PAGE_IMAGE_BYTES as usize);
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > PAGE_PIXELS {
        return Err(DecodeError::TooLarge { width, height });
    }
    if width == 0 || height == 0 || decoder.has_alpha() || decoder.is_animated() {
        return Err(DecodeError::Malformed);
    }
    Ok(decoder)
}
