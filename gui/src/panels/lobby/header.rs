//! The lobby's bar: the mark, what fills the lobby, and what is about the window.

use super::Tab;
use crate::command::Deed;
use crate::context::Context;
use crate::panels::top_bar::mark;
use crate::theme::{size, text};
use crate::widgets::{IconButton, Tone, choice};
use egui::{Align, Label, Layout, RichText, Ui};
use rust_i18n::t;

pub(super) fn ui(ui: &mut Ui, cx: &mut Context<'_>, tab: &mut Tab) {
    let t = cx.tokens;
    let narrow = ui.available_width() < super::ONE_COLUMN;
    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
        ui.add_space(size::EDGE);
        mark(ui, cx);
        ui.add_space(4.0);
        if !narrow {
            names(ui, cx);
            ui.add_space(size::EDGE);
        }
        // Without recordings there is nothing to choose, but a way back.
        let recordings = cx.model.lobby.recordings.len();
        if recordings > 0 || *tab == Tab::Recordings {
            let (meetings, recordings) =
                (t!("lobby.meetings"), t!("lobby.recordings_n", n = recordings));
            let options = [(Tab::Meetings, &*meetings), (Tab::Recordings, &*recordings)];
            if let Some(chosen) = choice(ui, t, &t!("lobby.show"), 264.0, &options, *tab) {
                *tab = chosen;
            }
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.add_space(size::EDGE - 6.0);
            for deed in [Deed::Settings, Deed::ToggleTheme, Deed::Shortcuts] {
                if IconButton::deed(ui, t, deed, size::ROUND_SMALL, Tone::Bare) {
                    cx.push(deed);
                }
            }
        });
    });
}

fn names(ui: &mut Ui, cx: &Context<'_>) {
    ui.vertical(|ui| {
        ui.spacing_mut().item_spacing.y = 1.0;
        ui.add_space((ui.available_height() - 38.0) / 2.0);
        let name = RichText::new("Moot").font(text::meeting()).color(cx.tokens.text);
        ui.add(Label::new(name).selectable(false));
        let claim = RichText::new(t!("lobby.claim")).font(text::second()).color(cx.tokens.weak);
        ui.add(Label::new(claim).selectable(false));
    });
}
