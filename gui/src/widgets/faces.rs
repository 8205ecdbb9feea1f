//! Pictures of people of whom only the name is known.

use crate::model::look::initials;
use crate::theme::{Tokens, Weight};
use egui::{Align2, Color32, Rect, Sense, Stroke, Ui, pos2, vec2};

/// One picture: white initials on a colour, `radius` large.
pub fn face(ui: &Ui, at: egui::Pos2, radius: f32, colour: Color32, name: &str) {
    ui.painter().circle_filled(at, radius, colour);
    let font = Weight::SemiBold.at(radius * 0.76);
    ui.painter().text(at, Align2::CENTER_CENTER, initials(name), font, Color32::WHITE);
}

/// Up to `most` small pictures that overlap, in one quiet colour: the right colours come with
/// people's ids, once inside.
pub fn faces(ui: &mut Ui, t: &Tokens, names: &[String], most: usize, behind: Color32) -> Rect {
    const RADIUS: f32 = 11.0;
    const STEP: f32 = 20.0;
    let count = names.len().min(most);
    let wide = if count == 0 { 0.0 } else { STEP * (count - 1) as f32 + RADIUS * 2.0 };
    let (rect, _) = ui.allocate_exact_size(vec2(wide, RADIUS * 2.0), Sense::hover());
    for (n, name) in names.iter().take(most).enumerate().collect::<Vec<_>>().into_iter().rev() {
        let at = pos2(rect.left() + RADIUS + STEP * n as f32, rect.center().y);
        ui.painter().circle(at, RADIUS, t.accent_soft, Stroke::new(2.0, behind));
        let font = Weight::SemiBold.at(8.0);
        ui.painter().text(at, Align2::CENTER_CENTER, initials(name), font, t.accent);
    }
    rect
}
