//! Fields to write in, headings and second lines.

use crate::theme::{Tokens, radius, size, text};
use egui::{
    Frame, Label, Margin, Response, RichText, Stroke, StrokeKind, TextEdit, Ui, WidgetInfo,
    WidgetType,
};

/// A single-line field, `size::FIELD` high and as wide as there is room; `name` is what screen
/// readers say, `hint` stands in it while it is empty.
pub fn field(ui: &mut Ui, t: &Tokens, value: &mut String, name: &str, hint: &str) -> Response {
    line(ui, t, value, name, hint, false)
}

/// A field for what nobody should read over a shoulder, nor hear from a screen reader.
pub fn secret_field(ui: &mut Ui, t: &Tokens, value: &mut String, name: &str) -> Response {
    line(ui, t, value, name, "", true)
}

fn line(
    ui: &mut Ui,
    t: &Tokens,
    value: &mut String,
    name: &str,
    hint: &str,
    secret: bool,
) -> Response {
    let line = ui.ctx().fonts_mut(|fonts| fonts.row_height(&text::body()));
    let above = ((size::FIELD - line) / 2.0).round() as i8;
    let frame = Frame::NONE
        .fill(t.raised)
        .corner_radius(radius::FIELD)
        .inner_margin(Margin::symmetric(14, above));
    let edit = TextEdit::singleline(value)
        .hint_text(RichText::new(hint).color(t.weak))
        .font(text::body())
        .desired_width(f32::INFINITY)
        .password(secret)
        .frame(frame);
    let response = ui.add(edit);
    if response.has_focus() {
        let ring = Stroke::new(1.5, t.accent);
        let corner = f32::from(radius::FIELD);
        ui.painter().rect_stroke(response.rect, corner, ring, StrokeKind::Inside);
    }
    let value = if secret { "•".repeat(value.chars().count()) } else { value.clone() };
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(WidgetType::TextEdit, true, name);
        info.current_text_value = Some(value.clone());
        info
    });
    response
}

/// A panel's heading.
pub fn heading(ui: &mut Ui, t: &Tokens, words: &str) -> Response {
    ui.add(Label::new(RichText::new(words).font(text::heading()).color(t.text)).selectable(false))
}

/// A line of weak text.
pub fn second_line(ui: &mut Ui, t: &Tokens, words: &str) -> Response {
    ui.add(Label::new(RichText::new(words).font(text::second()).color(t.weak)).selectable(false))
}
