//! A row of two parts: words on the left, what to do with them at the right end.

use crate::theme::size;
use egui::{Align, Id, Layout, Rect, Ui, UiBuilder, pos2, vec2};
use std::fmt::Debug;
use std::hash::Hash;

/// Draws `left` as high as it becomes, all but `room` points wide, and `right` from the right end
/// inwards, in the middle of that height.
pub fn split<L, R>(
    ui: &mut Ui,
    room: f32,
    left: impl FnOnce(&mut Ui) -> L,
    right: impl FnOnce(&mut Ui) -> R,
) -> (L, R) {
    let start = ui.available_rect_before_wrap();
    let words = start.with_max_x(start.right() - room);
    let layout = Layout::top_down(Align::Min);
    let left = ui.scope_builder(UiBuilder::new().max_rect(words).layout(layout), |ui| {
        ui.set_width(words.width());
        left(ui)
    });
    let high = left.response.rect.height();
    let end = Rect::from_min_max(
        pos2(words.right(), left.response.rect.top()),
        pos2(start.right(), left.response.rect.bottom()),
    );
    let layout = Layout::right_to_left(Align::Center);
    // What is higher than the words would stick out: the row grows with it.
    let grown = end.expand2(vec2(0.0, ((size::BUTTON - high) / 2.0).max(0.0)));
    let mut child = ui.new_child(UiBuilder::new().max_rect(grown).layout(layout));
    let right = right(&mut child);
    (left.inner, right)
}

/// A part whose widgets keep their identity when others come and go above it: else the keyboard
/// would leave a field as soon as a meeting is found.
pub fn lasting<R>(ui: &mut Ui, id: impl Hash + Debug, add: impl FnOnce(&mut Ui) -> R) -> R {
    ui.scope_builder(UiBuilder::new().id(Id::new(("lasting", id))), add).inner
}
