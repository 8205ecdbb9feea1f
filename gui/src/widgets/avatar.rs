//! A person's picture: white initials on their colour; a ring while they speak.

use crate::model::look::initials;
use crate::model::people::Person;
use crate::theme::{Tokens, Weight, size};
use egui::{Align2, Color32, Painter, Pos2, Stroke};

/// Level (0–100) from which somebody counts as speaking: −45 dBFS on the node's scale.
pub(super) const SPEAKING: u8 = 25;

/// Paints the picture of `person` around `at`, `scale` times the usual size.
pub fn avatar(painter: &Painter, t: &Tokens, at: Pos2, scale: f32, person: &Person) {
    let radius = size::AVATAR * scale;
    let fade = if person.is_here() { 1.0 } else { 0.45 };
    if person.level >= SPEAKING {
        painter.circle_stroke(at, radius + 2.5, Stroke::new(2.0, t.good));
    }
    painter.circle_filled(at, radius, person.colour().gamma_multiply(fade));
    let font = Weight::SemiBold.at(13.0 * scale);
    painter.text(at, Align2::CENTER_CENTER, initials(&person.name), font, Color32::WHITE);
}
