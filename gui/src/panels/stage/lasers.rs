//! Laser pointers: a dot with halos, a short tail, and whose it is.

use super::hand::TAIL;
use super::place::Place;
use crate::ink::{Sample, Strips, Trace, smooth};
use crate::model::Seconds;
use crate::model::tools::LASER;
use crate::theme::text;
use egui::{Align2, Color32, Painter, Pos2, Rect, Ui, vec2};
use moot_node::room::stanza::Point;

/// Radius and opacity (of 255) of the halos (design.md, Shapes: 28, 16, 10 %).
const HALOS: [(f32, u8); 3] = [(18.0, 26), (13.0, 41), (9.0, 71)];

/// Radius of the dot, and of its pale core.
const DOT: (f32, f32) = (5.5, 2.2);

/// From the dot to the corner of the name tag.
const TAG: egui::Vec2 = vec2(12.0, 11.0);

/// Opacity of the tail, of 255; it grows thinner, not paler.
const TAIL_OPACITY: u8 = 92;

/// Half the tail's width at its end and at the dot, points.
const TAIL_HALF: [f32; 2] = [0.5, 3.4];

/// Paints a laser whose `trail` ends where it is now. `name` is shown beside it, but for one's own.
pub(super) fn paint(
    ui: &Ui,
    place: &Place,
    trail: &[(Seconds, Point)],
    name: Option<&str>,
    now: Seconds,
) {
    let Some((_, newest)) = trail.last() else { return };
    let painter = ui.painter().with_clip_rect(place.canvas);
    let at = place.on_screen(*newest);
    if tail(ui, &painter, place, trail, now) {
        ui.ctx().request_repaint();
    }
    for (radius, opacity) in HALOS {
        painter.circle_filled(at, radius, faded(opacity));
    }
    painter.circle_filled(at, DOT.0, LASER);
    painter.circle_filled(at, DOT.1, Color32::from_rgb(0xFF, 0xD9, 0xD6));
    if let Some(name) = name {
        tag(&painter, at, name, place.canvas);
    }
}

/// Paints the tail; `true` while it fades.
fn tail(
    ui: &Ui,
    painter: &Painter,
    place: &Place,
    trail: &[(Seconds, Point)],
    now: Seconds,
) -> bool {
    let recent = trail.iter().position(|(since, _)| now < since + TAIL);
    let Some(recent) = recent.map(|n| &trail[n..]).filter(|recent| recent.len() > 1) else {
        return false;
    };
    let sample = |(since, point): &(Seconds, Point)| {
        let fresh = (1.0 - (now - since) / TAIL).clamp(0.0, 1.0) as f32;
        let half = TAIL_HALF[0] + (TAIL_HALF[1] - TAIL_HALF[0]) * fresh;
        Sample { at: place.on_screen(*point), half }
    };
    let samples = smooth(&recent.iter().map(sample).collect::<Vec<_>>());
    let mut strips = Strips::new(ui.pixels_per_point(), place.canvas);
    strips.add(&Trace { samples, closed: false, flat: true }, faded(TAIL_OPACITY));
    painter.add(strips.mesh());
    true
}

fn tag(painter: &Painter, at: Pos2, name: &str, canvas: Rect) {
    let laid = painter.layout_no_wrap(name.to_owned(), text::tag(), Color32::WHITE);
    let size = vec2(laid.size().x + 22.0, 22.0);
    let mut room = Rect::from_min_size(at + TAG, size);
    // At the right and lower edges it goes to the other side of the dot.
    if room.right() > canvas.right() {
        room = room.translate(vec2(-size.x - 2.0 * TAG.x, 0.0));
    }
    if room.bottom() > canvas.bottom() {
        room = room.translate(vec2(0.0, -size.y - 2.0 * TAG.y));
    }
    painter.rect_filled(room, 11.0, LASER);
    let corner = Align2::CENTER_CENTER.align_size_within_rect(laid.size(), room).min;
    painter.galley(corner, laid, Color32::WHITE);
}

fn faded(opacity: u8) -> Color32 {
    Color32::from_rgba_unmultiplied(LASER.r(), LASER.g(), LASER.b(), opacity)
}
