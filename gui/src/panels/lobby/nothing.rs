//! No meeting found: looking, or why that may be and what to do.

use super::standing::dots;
use crate::context::Context;
use crate::model::lobby::NothingFound;
use crate::theme::{Tokens, text};
use crate::widgets::{card, paragraph};
use egui::{Align, Label, Layout, RichText, Sense, Ui, Vec2, vec2};
use egui_material_icons::MaterialIcon;
use egui_material_icons::icons::{ICON_ROUTER, ICON_WIFI_FIND, ICON_WIFI_OFF};
use rust_i18n::t;

pub(super) fn ui(ui: &mut Ui, cx: &Context<'_>) {
    let t = cx.tokens;
    card(ui, t, |ui| match cx.model.lobby.nothing_found {
        None => {
            ui.horizontal(|ui| {
                dots(ui, t, cx.model.now);
                let words = RichText::new(t!("lobby.looking")).font(text::strong()).color(t.text);
                ui.add(Label::new(words).selectable(false));
            });
        }
        Some(why) => explain(ui, t, why),
    });
}

fn explain(ui: &mut Ui, t: &Tokens, why: NothingFound) {
    let (icon, title, reason, steps) = match why {
        NothingFound::NoNetwork => (
            ICON_WIFI_OFF,
            t!("lobby.no_network"),
            t!("lobby.no_network_why"),
            vec![t!("lobby.do_connect"), t!("lobby.do_hotspot")],
        ),
        NothingFound::MulticastBlocked => (
            ICON_ROUTER,
            t!("lobby.blocked"),
            t!("lobby.blocked_why"),
            vec![t!("lobby.do_link"), t!("lobby.do_hotspot"), t!("lobby.do_firewall")],
        ),
        NothingFound::Nobody => (
            ICON_WIFI_FIND,
            t!("lobby.nobody"),
            t!("lobby.nobody_why"),
            vec![t!("lobby.do_start"), t!("lobby.do_same"), t!("lobby.do_link")],
        ),
    };
    ui.horizontal_top(|ui| {
        picture(ui, t, icon);
        ui.add_space(8.0);
        let room = vec2(ui.available_width(), 0.0);
        ui.allocate_ui_with_layout(room, Layout::top_down(Align::Min), |ui| {
            let title = RichText::new(title).font(text::meeting()).color(t.text);
            ui.add(Label::new(title).selectable(false).wrap());
            paragraph(ui, t, &reason);
            ui.add_space(6.0);
            for (n, step) in (1..).zip(&steps) {
                self::step(ui, t, n, step);
            }
        });
    });
}

fn picture(ui: &mut Ui, t: &Tokens, icon: MaterialIcon) {
    let (rect, _) = ui.allocate_exact_size(Vec2::splat(48.0), Sense::hover());
    ui.painter().circle_filled(rect.center(), 24.0, t.accent_soft);
    let font = egui::FontId::new(24.0, icon.font_family());
    let at = egui::Align2::CENTER_CENTER;
    ui.painter().text(rect.center(), at, icon.codepoint, font, t.accent);
}

fn step(ui: &mut Ui, t: &Tokens, n: u32, words: &str) {
    ui.horizontal_top(|ui| {
        let (rect, _) = ui.allocate_exact_size(Vec2::splat(20.0), Sense::hover());
        ui.painter().circle_filled(rect.center(), 10.0, t.raised);
        let middle = egui::Align2::CENTER_CENTER;
        ui.painter().text(rect.center(), middle, n.to_string(), text::tag(), t.weak);
        let words = RichText::new(words).font(text::chat()).color(t.text).line_height(Some(20.0));
        ui.add(Label::new(words).selectable(false).wrap());
    });
}
