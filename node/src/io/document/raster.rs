//! A picture of pixels as a PDF takes it. Runs in the worker process only.

use super::kind::Picture;
use crate::room::pages::PageProblem;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::metadata::Orientation;
use image::{
    DynamicImage, ExtendedColorType, ImageDecoder, ImageEncoder, ImageFormat, ImageReader, Limits,
};
use std::io::Cursor;

/// Pixels of a picture: a 100-megapixel camera's. Three bytes each, twice, are a third of what a
/// worker may have.
const PIXELS: u64 = 100_000_000;

/// Longest side in pixels: what JPEG can say.
const SIDE: u32 = 65_535;

/// Bytes that a decoder may take for the pixels and beside them.
const DECODER_BYTES: u64 = 512 * 1024 * 1024;

/// A picture, packed.
pub(super) struct Raster {
    pub(super) width: u32,
    pub(super) height: u32,
    /// 1 for grey, 3 for red, green, blue.
    pub(super) colours: i32,
    /// `data` is a JPEG file; else rows of pixels as in PNG, deflated.
    pub(super) jpeg: bool,
    pub(super) data: Vec<u8>,
    /// How the camera was held.
    orientation: Orientation,
}

/// Reads a picture. All of it is decoded, so that a damaged one is found here.
pub(super) fn read(bytes: Vec<u8>, kind: Picture) -> Result<Raster, PageProblem> {
    let format = match kind {
        Picture::Png => ImageFormat::Png,
        Picture::Jpeg => ImageFormat::Jpeg,
        Picture::WebP => ImageFormat::WebP,
        Picture::Svg => return Err(PageProblem::Died),
    };
    let mut reader = ImageReader::with_format(Cursor::new(&bytes), format);
    let mut limits = Limits::default();
    limits.max_alloc = Some(DECODER_BYTES);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|_| PageProblem::Died)?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if pixels > PIXELS || width.max(height) > SIDE {
        return Err(PageProblem::TooLarge);
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let colours = decoder.original_color_type();
    let image = DynamicImage::from_decoder(decoder).map_err(|_| PageProblem::Died)?;
    // Other JPEGs (inks, 12 bits) are read differently by different programs.
    let plain = [(ExtendedColorType::L8, 1), (ExtendedColorType::Rgb8, 3)];
    let plain =
        plain.into_iter().find(|(colour, _)| format == ImageFormat::Jpeg && *colour == colours);
    if let Some((_, colours)) = plain {
        return Ok(Raster { width, height, colours, jpeg: true, data: bytes, orientation });
    }
    drop(bytes);
    let grey = !image.color().has_color() && !image.color().has_alpha();
    let (colours, colour, pixels) = if grey {
        (1, ExtendedColorType::L8, image.into_luma8().into_raw())
    } else if image.color().has_alpha() {
        (3, ExtendedColorType::Rgb8, on_white(image))
    } else {
        (3, ExtendedColorType::Rgb8, image.into_rgb8().into_raw())
    };
    let mut png = Vec::new();
    PngEncoder::new_with_quality(&mut png, CompressionType::Fast, FilterType::Adaptive)
        .write_image(&pixels, width, height, colour)
        .map_err(|_| PageProblem::Died)?;
    Ok(Raster { width, height, colours, jpeg: false, data: pixel_data(&png), orientation })
}

impl Raster {
    /// Width and height as it is to be seen.
    pub(super) fn upright(&self) -> (u32, u32) {
        match self.orientation {
            Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH => (self.height, self.width),
            _ => (self.width, self.height),
        }
    }

    /// How the picture, whose sides are 1, lies on a page of this size (ISO 32000-1, §8.3.3).
    pub(super) fn placed(&self, width: f32, height: f32) -> [f32; 6] {
        let (w, h) = (width, height);
        match self.orientation {
            Orientation::NoTransforms => [w, 0.0, 0.0, h, 0.0, 0.0],
            Orientation::FlipHorizontal => [-w, 0.0, 0.0, h, w, 0.0],
            Orientation::Rotate180 => [-w, 0.0, 0.0, -h, w, h],
            Orientation::FlipVertical => [w, 0.0, 0.0, -h, 0.0, h],
            Orientation::Rotate90 => [0.0, -h, w, 0.0, 0.0, h],
            Orientation::Rotate270 => [0.0, h, -w, 0.0, w, 0.0],
            Orientation::Rotate90FlipH => [0.0, -h, -w, 0.0, w, h],
            Orientation::Rotate270FlipH => [0.0, h, w, 0.0, 0.0, 0.0],
        }
    }
}

/// Red, green and blue of a picture that lies on white paper.
fn on_white(image: DynamicImage) -> Vec<u8> {
    let rgba = image.into_rgba8();
    let mut rgb = Vec::with_capacity(rgba.as_raw().len() / 4 * 3);
    for pixel in rgba.as_raw().chunks_exact(4) {
        let alpha = u32::from(pixel[3]);
        rgb.extend(
            pixel[..3].iter().map(|colour| {
                ((u32::from(*colour) * alpha + 255 * (255 - alpha) + 127) / 255) as u8
            }),
        );
    }
    rgb
}

/// The deflated rows of a PNG: the contents of its IDAT chunks.
fn pixel_data(png: &[u8]) -> Vec<u8> {
    let (mut data, mut rest) = (Vec::new(), png.get(8..).unwrap_or_default());
    while let Some((length, chunk)) = rest.split_first_chunk() {
        let length = u32::from_be_bytes(*length) as usize;
        let Some((kind, content)) = chunk.split_first_chunk::<4>() else { break };
        if kind == b"IDAT" {
            data.extend_from_slice(content.get(..length).unwrap_or_default());
        }
        // Behind the content are four bytes of checksum.
        rest = content.get(length + 4..).unwrap_or_default();
    }
    data
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{GrayImage, Luma};

    /// Shades of the corners: top left, top right, bottom left, bottom right.
    fn corners(image: &DynamicImage) -> [u8; 4] {
        let image = image.to_luma8();
        let (right, bottom) = (image.width() - 1, image.height() - 1);
        [(0, 0), (right, 0), (0, bottom), (right, bottom)].map(|(x, y)| image.get_pixel(x, y).0[0])
    }

    #[test]
    fn a_turned_camera_gives_an_upright_page() {
        let image = GrayImage::from_fn(3, 2, |x, y| Luma([(x * 10 + y) as u8]));
        for code in 1..=8 {
            let orientation = Orientation::from_exif(code).expect("1 to 8");
            let mut wanted = DynamicImage::ImageLuma8(image.clone());
            wanted.apply_orientation(orientation);
            let data = Vec::new();
            let raster = Raster { width: 3, height: 2, colours: 1, jpeg: false, data, orientation };
            let (width, height) = raster.upright();
            assert_eq!((width, height), (wanted.width(), wanted.height()), "{code}");
            let [a, b, c, d, e, f] = raster.placed(1.0, 1.0);
            let mut found = [0; 4];
            for (u, v) in [(0.0, 1.0), (1.0, 1.0), (0.0, 0.0), (1.0, 0.0)] {
                let (x, y) = (a * u + c * v + e, b * u + d * v + f);
                let place = usize::from(x > 0.5) + 2 * usize::from(y < 0.5);
                let (column, row) = (if u > 0.5 { 2 } else { 0 }, if v > 0.5 { 0 } else { 1 });
                found[place] = image.get_pixel(column, row).0[0];
            }
            assert_eq!(found, corners(&wanted), "{code}");
        }
    }

    #[test]
    fn what_is_clear_becomes_white() {
        let clear = image::RgbaImage::from_pixel(1, 1, image::Rgba([9, 9, 9, 0]));
        assert_eq!(on_white(clear.into()), [255; 3]);
        let half = image::RgbaImage::from_pixel(1, 1, image::Rgba([0, 0, 255, 128]));
        assert_eq!(on_white(half.into()), [127, 127, 255]);
    }

    #[test]
    fn damaged_pictures_are_found() {
        for kind in [Picture::Png, Picture::Jpeg, Picture::WebP] {
            let damaged = read(b"nothing of the kind".to_vec(), kind);
            assert_eq!(damaged.err(), Some(PageProblem::Died), "{kind:?}");
        }
    }
}
