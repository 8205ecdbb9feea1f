//! Moving and zooming the page: wheel, pinch, drag, double click.

use super::place::Place;
use crate::command::OnPage;
use crate::context::Context;
use crate::model::stage::{Fit, Stage};
use crate::model::tools::Instrument;
use egui::{CursorIcon, PointerButton, Response, Ui, Vec2};

/// How much nearer a double click goes.
const DOUBLE_CLICK: f32 = 2.0;

/// What the pointer, the wheel and fingers on the page ask for. Drawing is not done here.
pub(super) fn navigate(
    ui: &Ui,
    cx: &mut Context<'_>,
    stage: &Stage,
    place: &Place,
    response: &Response,
    instrument: Instrument,
) {
    let (wheel, zoom, fingers) = ui.input(|input| {
        let fingers = input.multi_touch().map_or(Vec2::ZERO, |touch| touch.translation_delta);
        (input.smooth_scroll_delta(), input.zoom_delta(), fingers)
    });
    let pointer = response.hover_pos().filter(|_| response.contains_pointer());
    let mut drag = fingers;
    let moves = instrument == Instrument::Pointer && response.dragged_by(PointerButton::Primary);
    if moves || response.dragged_by(PointerButton::Middle) {
        drag += response.drag_delta();
        ui.ctx().set_cursor_icon(CursorIcon::Grabbing);
    } else if instrument == Instrument::Pointer && pointer.is_some() && place.is_larger() {
        ui.ctx().set_cursor_icon(CursorIcon::Grab);
    }
    if pointer.is_some() {
        drag += wheel;
    }
    if let Some(at) = pointer
        && zoom != 1.0
    {
        return zoom_around(cx, stage, place, zoom, place.fraction(at));
    }
    if instrument == Instrument::Pointer && response.double_clicked() {
        let Some(at) = response.interact_pointer_pos() else { return };
        let near = stage.zoom > 1.01 || stage.fit != Fit::Page;
        return if near {
            cx.push(OnPage::Fit(Fit::Page));
        } else {
            zoom_around(cx, stage, place, DOUBLE_CLICK, place.fraction(at));
        };
    }
    if drag != Vec2::ZERO && place.is_larger() {
        let by = place.pan(drag, stage.middle);
        if by.length() > 1e-5 {
            cx.push(OnPage::Pan(by));
        }
    }
}

/// Zooms from where the page really is: the model's middle may lie beyond what can be shown.
fn zoom_around(cx: &mut Context<'_>, stage: &Stage, place: &Place, factor: f32, around: Vec2) {
    let off = place.middle - stage.middle;
    if off.length() > 1e-4 {
        cx.push(OnPage::Pan(off));
    }
    cx.push(OnPage::Zoom(factor, around));
}
