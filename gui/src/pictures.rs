//! Pictures of pages as the panels see them: asked for each frame, drawn when they are here.

use crate::ink::layer::InkPicture;
use crate::model::marks::Marks;
use egui::{Rect, TextureId, Vec2};
use moot_node::room::stanza::PageTurn;

/// A picture that can be painted.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Picture {
    /// The texture.
    pub texture: TextureId,
    /// Its pixels.
    pub pixels: Vec2,
    /// Which part of the page it shows, in fractions of its width and height; all of it, but for a
    /// sharp detail.
    pub part: Rect,
}

/// All of a page.
pub const WHOLE: Rect = Rect { min: egui::pos2(0.0, 0.0), max: egui::pos2(1.0, 1.0) };

/// Where panels get pictures from. What is asked for in a frame is wanted; what is no longer asked
/// for is forgotten sooner or later.
pub trait Pictures {
    /// The page itself, as the presenter's laptop rendered it.
    fn page(&mut self, page: PageTurn) -> Option<Picture>;

    /// A small picture of it for the strip.
    fn thumbnail(&mut self, page: PageTurn) -> Option<Picture>;

    /// A sharp picture of a part of it, `pixels` wide, rendered from the document itself. The last
    /// one that fits is given while the next is rendered.
    fn detail(&mut self, page: PageTurn, part: Rect, pixels: u32) -> Option<Picture>;

    /// The finished lines on a part of a page as one transparent picture, `pixels` large; the last
    /// one is given while the next is drawn.
    fn ink(
        &mut self,
        page: PageTurn,
        marks: &Marks,
        part: Rect,
        pixels: [u32; 2],
    ) -> Option<InkPicture>;

    /// Why there will be no picture of this page, in words; `None` while it may still come.
    fn problem(&self, page: PageTurn) -> Option<String>;
}

/// No pictures at all: for tests of panels.
#[derive(Default, Debug)]
pub struct NoPictures;

impl Pictures for NoPictures {
    fn page(&mut self, _: PageTurn) -> Option<Picture> {
        None
    }

    fn thumbnail(&mut self, _: PageTurn) -> Option<Picture> {
        None
    }

    fn detail(&mut self, _: PageTurn, _: Rect, _: u32) -> Option<Picture> {
        None
    }

    fn ink(&mut self, _: PageTurn, _: &Marks, _: Rect, _: [u32; 2]) -> Option<InkPicture> {
        None
    }

    fn problem(&self, _: PageTurn) -> Option<String> {
        None
    }
}
