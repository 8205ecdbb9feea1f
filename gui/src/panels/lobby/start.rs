//! Start a meeting; try it alone.

use super::{Place, Wish, entering_at, is_free, standing};
use crate::command::Enter;
use crate::context::Context;
use crate::settings::{Joining, Settings};
use crate::theme::text;
use crate::widgets::{
    Tone, card, choice, field, paragraph, split, switch, text_button, wide_button,
};
use egui::{Key, Label, RichText, Ui};
use egui_material_icons::icons::{ICON_ADD, ICON_SCIENCE};
use moot_node::limits::NAME_CHARS;
use rust_i18n::t;

/// The form's state.
#[derive(Default, Debug)]
pub(super) struct Start {
    title: String,
}

impl Start {
    pub(super) fn ui(
        &mut self,
        ui: &mut Ui,
        cx: &mut Context<'_>,
        settings: &mut Settings,
        asked: Option<Place>,
    ) -> Option<Wish> {
        let t = cx.tokens;
        card(ui, t, |ui| {
            ui.spacing_mut().item_spacing.y = 10.0;
            let heading = RichText::new(t!("lobby.start")).font(text::meeting()).color(t.text);
            ui.add(Label::new(heading).selectable(false));
            let usual = settings.usual_title();
            let edit = field(ui, t, &mut self.title, &t!("lobby.title"), &usual);
            if edit.changed() {
                self.title = self.title.chars().take(NAME_CHARS).collect();
            }
            let entered = edit.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
            who_may_join(ui, cx, settings);
            let hint = t!("lobby.record_hint");
            if switch(ui, t, &t!("lobby.record"), &hint, settings.record) {
                settings.record = !settings.record;
            }
            ui.add_space(2.0);
            if let Some(entering) = entering_at(cx, asked, Place::Start) {
                standing::ui(ui, cx, entering);
            }
            let pressed = ui.add_enabled_ui(is_free(cx), |ui| {
                let wide = ui.available_width();
                // Where there is something to join, joining is the one thing to do.
                let first = cx.model.lobby.found.is_empty();
                let tone = if first { Tone::Accent } else { Tone::Soft };
                wide_button(ui, t, Some(ICON_ADD), &t!("lobby.start_now"), tone, wide).clicked()
            });
            if !(pressed.inner || entered && is_free(cx)) {
                return None;
            }
            let title = self.title.trim();
            let title = if title.is_empty() { usual } else { title.to_owned() };
            let enter = Enter::Start { title, joining: settings.joining, documents: Vec::new() };
            Some(Wish { place: Place::Start, enter })
        })
        .inner
    }
}

fn who_may_join(ui: &mut Ui, cx: &Context<'_>, settings: &mut Settings) {
    let name = t!("lobby.who_may_join");
    let words = RichText::new(&*name).font(text::second()).color(cx.tokens.weak);
    ui.add(Label::new(words).selectable(false));
    ui.add_space(-4.0);
    let (code, open, ask) = (t!("lobby.by_code"), t!("lobby.by_open"), t!("lobby.by_ask"));
    let options = [(Joining::Code, &*code), (Joining::Open, &*open), (Joining::Ask, &*ask)];
    let wide = ui.available_width();
    if let Some(joining) = choice(ui, cx.tokens, &name, wide, &options, settings.joining) {
        settings.joining = joining;
    }
    let hint = match settings.joining {
        Joining::Code => t!("lobby.by_code_hint"),
        Joining::Open => t!("lobby.by_open_hint"),
        Joining::Ask => t!("lobby.by_ask_hint"),
    };
    let hint = RichText::new(hint).font(text::second()).color(cx.tokens.weak);
    ui.add(Label::new(hint).selectable(false).wrap());
}

/// A meeting with simulated people.
pub(super) fn alone(ui: &mut Ui, cx: &mut Context<'_>, asked: Option<Place>) -> Option<Wish> {
    let t = cx.tokens;
    card(ui, t, |ui| {
        if let Some(entering) = entering_at(cx, asked, Place::Demo) {
            standing::ui(ui, cx, entering);
            return None;
        }
        let words = |ui: &mut Ui| {
            let heading = RichText::new(t!("lobby.alone")).font(text::meeting()).color(t.text);
            ui.add(Label::new(heading).selectable(false));
            paragraph(ui, t, &t!("lobby.alone_hint"));
        };
        let (_, pressed) = split(ui, 100.0, words, |ui| {
            ui.add_enabled_ui(is_free(cx), |ui| {
                let words = t!("lobby.alone_now");
                text_button(ui, t, Some(ICON_SCIENCE), &words, Tone::Plain).clicked()
            })
            .inner
        });
        pressed.then_some(Wish { place: Place::Demo, enter: Enter::Demo })
    })
    .inner
}
