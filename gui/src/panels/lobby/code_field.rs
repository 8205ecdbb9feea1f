//! Six cells for six digits.
//!
//! Behind the cells is an ordinary text field whose own text is not to be seen, so that keyboards,
//! input methods, the clipboard and screen readers meet what they know.

use super::reading::{DIGITS, code_in, dashed};
use crate::theme::{Tokens, Weight, radius};
use egui::text::{CCursor, CCursorRange};
use egui::{
    Align2, Color32, Event, Frame, Key, Margin, Rect, Response, Stroke, StrokeKind, TextEdit, Ui,
    Vec2, WidgetInfo, WidgetType, pos2, vec2,
};

/// A cell, points.
const CELL: Vec2 = vec2(42.0, 50.0);

/// Between two cells, points.
const GAP: f32 = 6.0;

/// Room for the dash in the middle, points.
const DASH: f32 = 22.0;

/// The whole field, points.
const WIDE: f32 = CELL.x * 6.0 + GAP * 4.0 + DASH;

/// A code being typed.
#[derive(Default, Debug)]
pub(super) struct CodeField {
    digits: String,
    wants_keyboard: bool,
}

impl CodeField {
    /// An empty one that takes the keyboard at once.
    pub(super) fn ready() -> Self {
        Self { digits: String::new(), wants_keyboard: true }
    }

    /// The code as members see it, once all of it is there.
    pub(super) fn code(&self) -> Option<String> {
        (self.digits.len() == DIGITS).then(|| dashed(&self.digits))
    }

    /// Draws it; true when Enter was pressed in it. `wrong`: the last code was refused.
    pub(super) fn ui(&mut self, ui: &mut Ui, t: &Tokens, name: &str, wrong: bool) -> bool {
        let response = self.hidden_field(ui, name);
        if std::mem::take(&mut self.wants_keyboard) {
            response.request_focus();
        }
        let pasted = response.has_focus().then(|| pasted(ui)).flatten();
        if let Some(text) = pasted.filter(|text| code_in(text).len() == DIGITS) {
            self.digits = code_in(&text);
        } else if response.changed() {
            self.digits = code_in(&self.digits);
        }
        keep_cursor_at_end(ui, &response, self.digits.chars().count());
        self.paint(ui, t, &response, wrong);
        let value = dashed(&self.digits);
        response.widget_info(|| {
            let mut info = WidgetInfo::labeled(WidgetType::TextEdit, true, name);
            info.current_text_value = Some(value.clone());
            info
        });
        response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter))
    }

    fn hidden_field(&mut self, ui: &mut Ui, name: &str) -> Response {
        ui.scope(|ui| {
            let visuals = ui.visuals_mut();
            visuals.selection.bg_fill = Color32::TRANSPARENT;
            visuals.text_cursor.stroke = Stroke::NONE;
            visuals.text_cursor.blink = false;
            let edit = TextEdit::singleline(&mut self.digits)
                .id_salt(name)
                .font(Weight::SemiBold.at(22.0))
                .text_color(Color32::TRANSPARENT)
                .frame(Frame::NONE)
                .margin(Margin::ZERO)
                .desired_width(WIDE)
                .min_size(vec2(WIDE, CELL.y));
            ui.add(edit)
        })
        .inner
    }

    fn paint(&self, ui: &Ui, t: &Tokens, response: &Response, wrong: bool) {
        let (painter, rect) = (ui.painter(), response.rect);
        let next = self.digits.len().min(DIGITS - 1);
        for n in 0..DIGITS {
            let cell = cell(rect, n);
            painter.rect_filled(cell, f32::from(radius::FIELD), t.raised);
            let line = if response.has_focus() && n == next {
                Stroke::new(2.0, t.accent)
            } else if wrong {
                Stroke::new(1.0, t.bad)
            } else {
                Stroke::new(1.0, t.border)
            };
            painter.rect_stroke(cell, f32::from(radius::FIELD), line, StrokeKind::Inside);
            if let Some(digit) = self.digits.get(n..=n) {
                let font = Weight::SemiBold.at(22.0);
                painter.text(cell.center(), Align2::CENTER_CENTER, digit, font, t.text);
            }
        }
        let x = (cell(rect, 2).right() + cell(rect, 3).left()) / 2.0;
        let span = x - 4.0..=x + 4.0;
        painter.hline(span, rect.center().y, Stroke::new(2.0, t.weak));
    }
}

/// The cell of the digit with this number.
fn cell(rect: Rect, n: usize) -> Rect {
    let dash = if n < DIGITS / 2 { 0.0 } else { DASH - GAP };
    let left = rect.left() + n as f32 * (CELL.x + GAP) + dash;
    Rect::from_min_size(pos2(left, rect.center().y - CELL.y / 2.0), CELL)
}

/// What was pasted in this frame.
fn pasted(ui: &Ui) -> Option<String> {
    ui.input(|input| {
        input.events.iter().find_map(|event| match event {
            Event::Paste(text) => Some(text.clone()),
            _ => None,
        })
    })
}

/// Digits are only added and taken away at the end: six need no cursor between them.
fn keep_cursor_at_end(ui: &Ui, response: &Response, end: usize) {
    if let Some(mut state) = TextEdit::load_state(ui.ctx(), response.id) {
        state.cursor.set_char_range(Some(CCursorRange::one(CCursor::new(end))));
        state.store(ui.ctx(), response.id);
    }
}
