//! Cards: what belongs together, on a surface of its own with a line around it.

use crate::theme::{Tokens, radius, text};
use egui::{Color32, Frame, InnerResponse, Label, Margin, Response, RichText, Stroke, Ui};

/// A card as wide as there is room.
pub fn card<R>(ui: &mut Ui, t: &Tokens, add: impl FnOnce(&mut Ui) -> R) -> InnerResponse<R> {
    tinted_card(ui, t.surface, t.border, add)
}

/// A card in other colours: for the one thing that must not be overlooked.
pub fn tinted_card<R>(
    ui: &mut Ui,
    fill: Color32,
    line: Color32,
    add: impl FnOnce(&mut Ui) -> R,
) -> InnerResponse<R> {
    let frame = Frame::NONE
        .fill(fill)
        .stroke(Stroke::new(1.0, line))
        .corner_radius(radius::SHEET)
        .inner_margin(Margin::same(19));
    frame.show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        add(ui)
    })
}

/// A sentence or two that explain: weak, wrapped.
pub fn paragraph(ui: &mut Ui, t: &Tokens, words: &str) -> Response {
    let words = RichText::new(words).font(text::chat()).color(t.weak).line_height(Some(19.0));
    ui.add(Label::new(words).selectable(false).wrap())
}

/// A sentence about something that went wrong, on a red ground.
pub fn problem(ui: &mut Ui, t: &Tokens, words: &str) -> Response {
    let frame = Frame::NONE
        .fill(t.bad_soft)
        .corner_radius(radius::BUTTON)
        .inner_margin(Margin::symmetric(12, 9));
    let shown = frame.show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        let words = RichText::new(words).font(text::chat()).color(t.bad).line_height(Some(19.0));
        ui.add(Label::new(words).selectable(false).wrap())
    });
    shown.inner
}
