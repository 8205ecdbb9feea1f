//! How entering a meeting stands: knocking, waiting for a yes, refused.

use crate::command::Enter;
use crate::context::Context;
use crate::model::Seconds;
use crate::model::lobby::{Entering, EnteringState};
use crate::theme::{Tokens, text};
use crate::widgets::{Tone, paragraph, problem, text_button};
use egui::{Align, Label, Layout, RichText, Sense, Ui, vec2};
use rust_i18n::t;
use std::time::Duration;

/// Draws it with *Give up*, or the reason and *Close*.
pub(super) fn ui(ui: &mut Ui, cx: &mut Context<'_>, entering: &Entering) {
    let (words, more) = match &entering.state {
        EnteringState::Failed { problem: why, .. } => {
            problem(ui, cx.tokens, why);
            if text_button(ui, cx.tokens, None, &t!("lobby.dismiss"), Tone::Plain).clicked() {
                cx.push(Enter::GiveUp);
            }
            return;
        }
        EnteringState::Knocking => (t!("lobby.knocking", title = entering.title), None),
        EnteringState::WaitingForYes => {
            (t!("lobby.waiting"), Some(t!("lobby.waiting_more", name = cx.model.settings.name)))
        }
    };
    ui.horizontal(|ui| {
        dots(ui, cx.tokens, cx.model.now);
        let words = RichText::new(words).font(text::strong()).color(cx.tokens.text);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if text_button(ui, cx.tokens, None, &t!("lobby.give_up"), Tone::Plain).clicked() {
                cx.push(Enter::GiveUp);
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.add(Label::new(words).selectable(false).truncate());
            });
        });
    });
    if let Some(more) = more {
        paragraph(ui, cx.tokens, &more);
    }
}

/// Three dots, one of them lit in turn: a frame every 400 ms is enough to see that it goes on.
pub(super) fn dots(ui: &mut Ui, t: &Tokens, now: Seconds) {
    const STEP: Duration = Duration::from_millis(400);
    let lit = (now / STEP.as_secs_f64()) as u64 % 3;
    let (rect, _) = ui.allocate_exact_size(vec2(30.0, 20.0), Sense::hover());
    for n in 0..3u8 {
        let colour = if u64::from(n) == lit { t.accent } else { t.border };
        let at = rect.left_center() + vec2(5.0 + 9.0 * f32::from(n), 0.0);
        ui.painter().circle_filled(at, 3.0, colour);
    }
    ui.ctx().request_repaint_after(STEP);
}
