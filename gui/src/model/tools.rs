//! What is in the person's hand.

use super::marks::Tool;
use egui::Color32;

/// What a drag on the page does.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Hash)]
pub enum Instrument {
    /// Moves the page, picks marks.
    #[default]
    Pointer,
    /// Shows a red dot with one's name.
    Laser,
    /// Draws, by hand or a figure.
    Draw(Tool),
    /// Words on the page.
    Note,
    /// Rubs out whole marks.
    Eraser,
}

/// The ink colours (design.md, Colours): the same in both themes, since pages stay white.
pub const INKS: [Color32; 4] = [
    Color32::from_rgb(0xE5, 0x48, 0x4D),
    Color32::from_rgb(0xF0, 0xA0, 0x20),
    Color32::from_rgb(0x2F, 0xA3, 0x6B),
    Color32::from_rgb(0x3D, 0x5B, 0xD9),
];

/// The highlighter's colour, at [`HIGHLIGHTER_OPACITY`].
pub const HIGHLIGHTER: Color32 = Color32::from_rgb(0xFF, 0xD6, 0x3C);

/// 41 % of 255 (design.md, Colours).
pub const HIGHLIGHTER_OPACITY: u8 = 105;

/// The laser's colour.
pub const LASER: Color32 = Color32::from_rgb(0xFF, 0x3B, 0x30);

/// Widths to choose from, 1/10 000 of the page's width: fine, medium, broad. Medium is 2.1 px on a
/// page 960 px wide (design.md, Shapes).
pub const WIDTHS: [u32; 3] = [14, 22, 45];

/// The highlighter's width, 1/10 000 of the page's width: a line of text.
pub const HIGHLIGHTER_WIDTH: u32 = 180;

/// Height of a note's letters, 1/10 000 of the page's width.
pub const NOTE_SIZE: u32 = 180;

/// What is in the person's hand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tools {
    /// What a drag does.
    pub instrument: Instrument,
    /// Which of [`INKS`].
    pub ink: usize,
    /// Which of [`WIDTHS`].
    pub width: usize,
}

impl Default for Tools {
    fn default() -> Self {
        Self { instrument: Instrument::Pointer, ink: 0, width: 1 }
    }
}

impl Tools {
    /// Red, green, blue, opacity of what is drawn now.
    #[must_use]
    pub fn colour(&self) -> [u8; 4] {
        let (colour, opacity) = match self.instrument {
            Instrument::Draw(Tool::Highlighter) => (HIGHLIGHTER, HIGHLIGHTER_OPACITY),
            _ => (INKS[self.ink.min(INKS.len() - 1)], u8::MAX),
        };
        [colour.r(), colour.g(), colour.b(), opacity]
    }

    /// Width of what is drawn now, 1/10 000 of the page's width.
    #[must_use]
    pub fn line_width(&self) -> u32 {
        match self.instrument {
            Instrument::Draw(Tool::Highlighter) => HIGHLIGHTER_WIDTH,
            _ => WIDTHS[self.width.min(WIDTHS.len() - 1)],
        }
    }
}
