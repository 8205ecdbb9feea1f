//! Fields to write in, headings and second lines.

use crate::theme::{Tokens, radius, size, text};
use egui::{
    Frame, Id, Label, Margin, Response, RichText, Stroke, StrokeKind, TextEdit, Ui, WidgetInfo,
    WidgetType,
};

/// A single-line field, `size::FIELD` high and as wide as there is room; `name` is what screen
/// readers say, `hint` stands in it while it is empty.
pub fn field(ui: &mut Ui, t: &Tokens, value: &mut String, name: &str, hint: &str) -> Response {
    line(ui, t, Manner::default(), value, name, hint)
}

/// The same, for one that a command opens: when it has just been `opened`, it takes the keyboard
/// before it is drawn, so that what is typed at once goes into it.
pub fn opened_field(
    ui: &mut Ui,
    t: &Tokens,
    opened: bool,
    value: &mut String,
    name: &str,
    hint: &str,
) -> Response {
    let id = ui.id().with("opened field");
    if opened {
        ui.memory_mut(|memory| memory.request_focus(id));
    }
    let manner = Manner { id: Some(id), ..Manner::default() };
    let response = line(ui, t, manner, value, name, hint);
    if opened {
        // A sheet is laid out unseen at first, and what is in it lets the keyboard go.
        response.request_focus();
    }
    response
}

/// A field for what nobody should read over a shoulder, nor hear from a screen reader.
pub fn secret_field(ui: &mut Ui, t: &Tokens, value: &mut String, name: &str) -> Response {
    line(ui, t, Manner { secret: true, ..Manner::default() }, value, name, "")
}

/// In what a field differs from others.
#[derive(Clone, Copy, Default)]
struct Manner {
    id: Option<Id>,
    secret: bool,
}

fn line(
    ui: &mut Ui,
    t: &Tokens,
    manner: Manner,
    value: &mut String,
    name: &str,
    hint: &str,
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
        .password(manner.secret)
        .frame(frame);
    let edit = match manner.id {
        Some(id) => edit.id(id),
        None => edit,
    };
    let response = ui.add(edit);
    if response.has_focus() {
        let ring = Stroke::new(1.5, t.accent);
        let corner = f32::from(radius::FIELD);
        ui.painter().rect_stroke(response.rect, corner, ring, StrokeKind::Inside);
    }
    let value = if manner.secret { "•".repeat(value.chars().count()) } else { value.clone() };
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
