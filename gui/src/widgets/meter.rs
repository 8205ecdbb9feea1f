//! How loud somebody is: four bars.

use crate::theme::Tokens;
use egui::{Painter, Pos2, Rect, pos2, vec2};

/// Bars' heights at full level, points (design.md, Shapes).
const HEIGHTS: [f32; 4] = [5.0, 9.0, 13.0, 8.0];

/// A bar's width, points.
const WIDE: f32 = 3.0;

/// From one bar to the next, points.
const APART: f32 = 5.0;

/// Paints a meter of this level (0–100) with its right end at `right`.
pub fn meter(painter: &Painter, t: &Tokens, right: Pos2, level: u8) {
    let share = f32::from(level.min(100)) / 100.0;
    for (n, full) in HEIGHTS.into_iter().rev().enumerate() {
        let high = (full * share).max(WIDE);
        let colour = if level == 0 { t.border } else { t.good };
        let x = right.x - APART * n as f32 - WIDE / 2.0;
        let bar = Rect::from_center_size(pos2(x, right.y), vec2(WIDE, high));
        painter.rect_filled(bar, WIDE / 2.0, colour);
    }
}
