//! Where decoded pictures come from: asked on the UI thread, answered from any other.

use crate::pictures::WHOLE;
use egui::{ColorImage, Context, Rect, TextureFilter, TextureHandle, TextureOptions, pos2};
use moot_node::room::stanza::PageTurn;
use std::sync::mpsc::SyncSender;

/// Something that has the pages of documents. [`PageSource::request`] is called on the UI thread
/// and must return at once; the picture comes by [`Reply::deliver`], from a worker.
pub trait PageSource {
    /// Wants a picture.
    fn request(&mut self, order: Order, reply: Reply);
}

/// A picture that is wanted.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub enum Order {
    /// The page as the presenter's laptop rendered it.
    Page(PageTurn),
    /// A small picture of it for the strip.
    Thumbnail(PageTurn),
    /// A part of it rendered from the document itself, so many pixels wide.
    Detail(PageTurn, Part, u32),
}

impl Order {
    /// Of which page.
    #[must_use]
    pub const fn page(self) -> PageTurn {
        match self {
            Self::Page(page) | Self::Thumbnail(page) | Self::Detail(page, ..) => page,
        }
    }

    /// Which part of it.
    pub(super) fn part(self) -> Rect {
        match self {
            Self::Page(_) | Self::Thumbnail(_) => WHOLE,
            Self::Detail(_, part, _) => part.rect(),
        }
    }
}

/// A part of a page in 1/10 000 of its width and height, from its top left corner.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct Part {
    /// From the left edge.
    pub left: u32,
    /// From the upper edge.
    pub top: u32,
    /// Rightwards.
    pub width: u32,
    /// Downwards.
    pub height: u32,
}

impl Part {
    /// The nearest one to these fractions of the page.
    #[must_use]
    pub fn of(part: Rect) -> Self {
        let tenthousandths = |share: f32| (share.clamp(0.0, 1.0) * 10_000.0).round() as u32;
        let (left, top) = (tenthousandths(part.min.x), tenthousandths(part.min.y));
        let width = tenthousandths(part.max.x).saturating_sub(left).max(1);
        let height = tenthousandths(part.max.y).saturating_sub(top).max(1);
        Self { left, top, width, height }
    }

    /// As fractions of the page.
    #[must_use]
    pub fn rect(self) -> Rect {
        let share = |n: u32| n as f32 / 10_000.0;
        let min = pos2(share(self.left), share(self.top));
        Rect::from_min_max(min, pos2(share(self.left + self.width), share(self.top + self.height)))
    }
}

/// Why there is no picture.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Missing {
    /// Its bytes are on their way: ask again.
    #[error("the page is on its way")]
    NotYet,
    /// There will be none; why, in words.
    #[error("{0}")]
    Never(String),
}

/// What comes back to the window.
pub(super) struct Delivery {
    pub(super) order: Order,
    pub(super) outcome: Result<TextureHandle, Missing>,
}

/// Takes the answer to one request. Dropped without one, it says "not yet".
pub struct Reply {
    pub(super) ctx: Context,
    pub(super) order: Order,
    pub(super) to: SyncSender<Delivery>,
    pub(super) done: bool,
}

impl Reply {
    /// Here it is: red, green, blue of each pixel, row by row. Uploading begins on this thread,
    /// which takes some milliseconds for a large page, so call it from a worker.
    pub fn deliver(mut self, width: u32, height: u32, rgb: &[u8]) {
        let size = [width as usize, height as usize];
        let whole = size[0] > 0 && size[1] > 0 && size[0] * size[1] * 3 == rgb.len();
        if !whole {
            return self.send(Err(Missing::NotYet));
        }
        let most = self.ctx.input(|input| input.max_texture_side);
        let image = shrunk(ColorImage::from_rgb(size, rgb), most);
        let texture = self.ctx.load_texture(self.name(), image, OPTIONS);
        self.send(Ok(texture));
    }

    /// There is none.
    pub fn missing(mut self, why: Missing) {
        self.send(Err(why));
    }

    fn name(&self) -> &'static str {
        match self.order {
            Order::Page(_) => "page",
            Order::Thumbnail(_) => "thumbnail",
            Order::Detail(..) => "detail",
        }
    }

    fn send(&mut self, outcome: Result<TextureHandle, Missing>) {
        self.done = true;
        // There is room for every order that is under way; without a window nobody waits.
        let _ = self.to.try_send(Delivery { order: self.order, outcome });
        self.ctx.request_repaint();
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        if !self.done {
            self.send(Err(Missing::NotYet));
        }
    }
}

impl std::fmt::Debug for Reply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Reply({:?})", self.order)
    }
}

/// Pages are mostly shown smaller than they are.
const OPTIONS: TextureOptions =
    TextureOptions { mipmap_mode: Some(TextureFilter::Linear), ..TextureOptions::LINEAR };

/// Halved until the graphics card takes it: 16 384 on most, 2 048 on the poorest.
fn shrunk(mut image: ColorImage, most: usize) -> ColorImage {
    while image.width().max(image.height()) > most.max(1) {
        let [width, height] = [image.width().div_ceil(2), image.height().div_ceil(2)];
        let pixel = |x: usize, y: usize| {
            image.pixels[y.min(image.height() - 1) * image.width() + x.min(image.width() - 1)]
        };
        let mean = |x: usize, y: usize| {
            let four = [(0, 0), (1, 0), (0, 1), (1, 1)].map(|(i, j)| pixel(x * 2 + i, y * 2 + j));
            let channel =
                |n: usize| (four.iter().map(|p| u16::from(p.to_array()[n])).sum::<u16>() / 4) as u8;
            egui::Color32::from_rgb(channel(0), channel(1), channel(2))
        };
        let pixels =
            (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).map(|(x, y)| mean(x, y));
        image = ColorImage::new([width, height], pixels.collect());
    }
    image
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::Color32;

    #[test]
    fn a_part_survives_the_way_to_the_source() {
        let part = Rect::from_min_max(pos2(0.25, 0.5), pos2(0.75, 1.2));
        let kept = Part::of(part);
        assert_eq!(kept, Part { left: 2_500, top: 5_000, width: 5_000, height: 5_000 });
        assert_eq!(kept.rect().max, pos2(0.75, 1.0));
        assert!(Part::of(Rect::NOTHING).width >= 1);
    }

    #[test]
    fn a_picture_too_large_for_the_card_is_halved() {
        let mut image = ColorImage::filled([9, 4], Color32::BLACK);
        image.pixels[0] = Color32::from_rgb(200, 0, 0);
        let small = shrunk(image, 5);
        assert_eq!(small.size, [5, 2]);
        assert_eq!(small.pixels[0], Color32::from_rgb(50, 0, 0));
    }
}
