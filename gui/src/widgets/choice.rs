//! One of a few, side by side; and a switch.

use super::button::focus_ring;
use crate::theme::{Tokens, Weight, pill_shadow, radius, size, text};
use egui::{Align2, Color32, Rect, Response, Sense, Ui, Vec2, WidgetInfo, WidgetType, pos2, vec2};

/// One of a few, in a row as wide as `wide`; the new choice, when there is one. `name` is what the
/// choice is about; screen readers say it before each of the words.
pub fn choice<T: Copy + PartialEq>(
    ui: &mut Ui,
    t: &Tokens,
    name: &str,
    wide: f32,
    options: &[(T, &str)],
    chosen: T,
) -> Option<T> {
    const AROUND: f32 = 4.0;
    let (track, _) = ui.allocate_exact_size(vec2(wide, 40.0), Sense::hover());
    ui.painter().rect_filled(track, f32::from(radius::FIELD), t.raised);
    let inner = track.shrink(AROUND);
    let share = inner.width() / options.len().max(1) as f32;
    let mut taken = None;
    for (n, (option, words)) in options.iter().enumerate() {
        let from = pos2(inner.left() + share * n as f32, inner.top());
        let cell = Rect::from_min_size(from, vec2(share, inner.height()));
        let id = ui.id().with((name, n));
        let response = ui.interact(cell, id, enabled_sense(ui));
        let is_chosen = *option == chosen;
        paint_cell(ui, t, &response, cell, words, is_chosen);
        let label = format!("{name}: {words}");
        let enabled = ui.is_enabled();
        response.widget_info(|| {
            WidgetInfo::selected(WidgetType::RadioButton, enabled, is_chosen, &label)
        });
        if response.clicked() && !is_chosen {
            taken = Some(*option);
        }
    }
    taken
}

fn paint_cell(ui: &Ui, t: &Tokens, response: &Response, cell: Rect, words: &str, chosen: bool) {
    let corner = f32::from(radius::FIELD) - 3.0;
    if chosen {
        let fill = if t.dark { t.border } else { t.surface };
        ui.painter().add(pill_shadow(t).as_shape(cell, corner));
        ui.painter().rect_filled(cell, corner, fill);
    }
    focus_ring(ui, response, cell.shrink(2.0), corner, t);
    let colour = match (chosen, response.hovered()) {
        (true, _) => t.accent,
        (false, true) => t.text,
        (false, false) => t.weak,
    };
    let font = if chosen { Weight::Medium } else { Weight::Regular }.at(13.5);
    ui.painter().text(cell.center(), Align2::CENTER_CENTER, words, font, colour);
}

/// A switch with its words on the left and `hint` below them; all of the row can be clicked. True
/// when it was turned over.
pub fn switch(ui: &mut Ui, t: &Tokens, words: &str, hint: &str, on: bool) -> bool {
    const TRACK: Vec2 = vec2(38.0, 22.0);
    const BETWEEN: f32 = 3.0;
    let wide = ui.available_width();
    let room = wide - TRACK.x - size::GAP * 2.0;
    let lay = |words: &str, font, colour| ui.painter().layout(words.to_owned(), font, colour, room);
    let name = lay(words, text::strong(), t.text);
    let hint = (!hint.is_empty()).then(|| lay(hint, text::second(), t.weak));
    let below = hint.as_ref().map_or(0.0, |hint| BETWEEN + hint.size().y);
    let high = (name.size().y + below).max(TRACK.y);
    let (row, response) = ui.allocate_exact_size(vec2(wide, high), enabled_sense(ui));
    let top = pos2(row.left(), row.center().y - (name.size().y + below) / 2.0);
    if let Some(hint) = hint {
        ui.painter().galley(top + vec2(0.0, name.size().y + BETWEEN), hint, t.weak);
    }
    ui.painter().galley(top, name, t.text);
    let middle = pos2(row.right() - TRACK.x / 2.0, row.center().y);
    let track = Rect::from_center_size(middle, TRACK);
    let fill = if on { t.accent } else { t.border.lerp_to_gamma(t.weak, 0.35) };
    ui.painter().rect_filled(track, TRACK.y / 2.0, fill);
    focus_ring(ui, &response, track, TRACK.y / 2.0, t);
    let aside = TRACK.x / 2.0 - TRACK.y / 2.0;
    let knob = middle + vec2(if on { aside } else { -aside }, 0.0);
    ui.painter().circle_filled(knob, 8.0, if on { t.on_accent } else { Color32::WHITE });
    let enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::selected(WidgetType::Checkbox, enabled, on, words));
    response.clicked()
}

fn enabled_sense(ui: &Ui) -> Sense {
    if ui.is_enabled() { Sense::click() } else { Sense::hover() }
}
