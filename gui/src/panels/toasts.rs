//! Short notices, over everything, at the bottom; and what waits for an answer: a file was saved again.

use crate::command::{OnPage, Window};
use crate::context::Context;
use crate::model::toasts::Tone;
use crate::theme::{Tokens, pill_shadow, radius, size, text};
use crate::widgets::{IconButton, Tone as Look, text_button};
use egui::{Align2, Area, Frame, Id, Label, Margin, Order, RichText, Stroke, Ui, vec2};
use egui_material_icons::icons::{ICON_CLOSE, ICON_ERROR, ICON_INFO, ICON_SYNC, ICON_WARNING};
use moot_node::room::id::BlobId;
use rust_i18n::t;

/// Widest notice, points: about 60 letters a line.
const WIDE: f32 = 420.0;

/// Draws what is in view.
pub fn ui(ui: &mut Ui, cx: &mut Context<'_>) {
    // One question at a time, the newest.
    let saved = cx.model.meeting.as_ref().and_then(|meeting| meeting.stage.saved.last());
    if cx.model.toasts.shown().is_empty() && saved.is_none() {
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
            card(t).show(ui, |ui| {
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
        if let Some((document, name)) = saved {
            saved_again(ui, cx, *document, name);
        }
    });
}

/// Asks whether everybody shall see the new version. It stays until it is answered.
fn saved_again(ui: &mut Ui, cx: &mut Context<'_>, document: BlobId, name: &str) {
    let t = cx.tokens;
    card(t).show(ui, |ui| {
        ui.horizontal(|ui| {
            ui.label(ICON_SYNC.rich_text().size(20.0).color(t.accent));
            let words = t!("toast.saved", name = name);
            let words = RichText::new(words).font(text::body()).color(t.text);
            ui.scope(|ui| {
                ui.set_max_width(WIDE);
                ui.add(Label::new(words).truncate());
            });
            if text_button(ui, t, None, &t!("toast.update"), Look::Accent).clicked() {
                cx.push(OnPage::Update(document));
            }
            if text_button(ui, t, None, &t!("toast.not_now"), Look::Plain).clicked() {
                cx.push(OnPage::NotNow(document));
            }
        });
    });
}

fn card(t: &Tokens) -> Frame {
    Frame::NONE
        .fill(t.surface)
        .stroke(Stroke::new(1.0, t.border))
        .corner_radius(radius::FIELD)
        .shadow(pill_shadow(t))
        .inner_margin(Margin::symmetric(14, 10))
}
