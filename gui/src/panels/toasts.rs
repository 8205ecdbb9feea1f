//! Short notices, over everything, at the bottom.

use crate::command::Window;
use crate::context::Context;
use crate::model::toasts::Tone;
use crate::theme::{pill_shadow, radius, size, text};
use crate::widgets::IconButton;
use egui::{Align2, Area, Frame, Id, Label, Margin, Order, RichText, Stroke, Ui, vec2};
use egui_material_icons::icons::{ICON_CLOSE, ICON_ERROR, ICON_INFO, ICON_WARNING};
use rust_i18n::t;

/// Widest notice, points: about 60 letters a line.
const WIDE: f32 = 420.0;

/// Draws what is in view.
pub fn ui(ui: &mut Ui, cx: &mut Context<'_>) {
    if cx.model.toasts.shown().is_empty() {
        return;
    }
    let above_bar = vec2(0.0, -(size::BOTTOM_BAR + 16.0));
    let area = Area::new(Id::new("toasts"))
        .order(Order::Foreground)
        .anchor(Align2::CENTER_BOTTOM, above_bar);
    area.show(ui.ctx(), |ui| {
        for toast in cx.model.toasts.shown().to_vec() {
            let t = cx.tokens;
            let (icon, colour) = match toast.tone {
                Tone::News => (ICON_INFO, t.accent),
                Tone::Warning => (ICON_WARNING, t.hand),
                Tone::Error => (ICON_ERROR, t.bad),
            };
            let frame = Frame::NONE
                .fill(t.surface)
                .stroke(Stroke::new(1.0, t.border))
                .corner_radius(radius::FIELD)
                .shadow(pill_shadow(t))
                .inner_margin(Margin::symmetric(14, 10));
            frame.show(ui, |ui| {
                ui.horizontal(|ui| {
                    ui.label(icon.rich_text().size(20.0).color(colour));
                    ui.scope(|ui| {
                        ui.set_max_width(WIDE);
                        let words = RichText::new(&toast.text).font(text::body()).color(t.text);
                        ui.add(Label::new(words).wrap());
                    });
                    let close = t!("bar.dismiss");
                    if IconButton::round(ICON_CLOSE, &close, 28.0).show(ui, t).clicked() {
                        cx.push(Window::Dismiss(toast.text.clone()));
                    }
                });
            });
        }
    });
}
