//! A small rounded label: "Recording", "Ask to join".

use crate::theme::{Tokens, text};
use egui::{Color32, Response, Sense, Ui, WidgetInfo, WidgetType, pos2, vec2};

/// How a chip looks.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Chip {
    /// Behind the words.
    pub fill: Color32,
    /// The words.
    pub words: Color32,
    /// A dot before them, if any.
    pub dot: Option<Color32>,
}

impl Chip {
    /// Recording, and other things in red.
    #[must_use]
    pub fn bad(t: &Tokens) -> Self {
        Self { fill: t.bad_soft, words: t.bad, dot: Some(t.bad) }
    }

    /// A plain label.
    #[must_use]
    pub fn plain(t: &Tokens) -> Self {
        Self { fill: t.raised, words: t.weak, dot: None }
    }

    /// In the accent's colour.
    #[must_use]
    pub fn accent(t: &Tokens) -> Self {
        Self { fill: t.accent_soft, words: t.accent, dot: None }
    }
}

/// Draws a small chip that only tells something, 22 points high.
pub fn tag(ui: &mut Ui, look: Chip, words: &str) -> Response {
    const HIGH: f32 = 22.0;
    const PADDING: f32 = 9.0;
    let laid = ui.painter().layout_no_wrap(words.to_owned(), text::tag(), look.words);
    let wide = PADDING + laid.size().x + PADDING;
    let (rect, response) = ui.allocate_exact_size(vec2(wide, HIGH), Sense::hover());
    ui.painter().rect_filled(rect, HIGH / 2.0, look.fill);
    let at = pos2(rect.left() + PADDING, rect.center().y - laid.size().y / 2.0);
    ui.painter().galley(at, laid, look.words);
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, words));
    response
}

/// Draws a chip, 30 points high; can be clicked where that means something.
pub fn chip(ui: &mut Ui, look: Chip, words: &str) -> Response {
    const HIGH: f32 = 30.0;
    const PADDING: f32 = 12.0;
    const DOT: f32 = 4.0;
    let laid = ui.painter().layout_no_wrap(words.to_owned(), text::chip(), look.words);
    let dot_room = if look.dot.is_some() { DOT * 2.0 + 7.0 } else { 0.0 };
    let wide = PADDING + dot_room + laid.size().x + PADDING;
    let (rect, response) = ui.allocate_exact_size(vec2(wide, HIGH), Sense::click());
    ui.painter().rect_filled(rect, HIGH / 2.0, look.fill);
    if let Some(colour) = look.dot {
        let at = pos2(rect.left() + PADDING + DOT, rect.center().y);
        ui.painter().circle_filled(at, DOT, colour);
    }
    let at = pos2(rect.left() + PADDING + dot_room, rect.center().y - laid.size().y / 2.0);
    ui.painter().galley(at, laid, look.words);
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, words));
    response
}
