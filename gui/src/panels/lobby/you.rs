//! Who this person is: name and picture.

use crate::context::Context;
use crate::model::look::{PEOPLE, colour_of};
use crate::settings::Settings;
use crate::widgets::{card, face, field, problem};
use egui::{Align2, Color32, FontId, Popup, Sense, Stroke, Ui, Vec2, WidgetInfo, WidgetType};
use egui_material_icons::icons::ICON_PERSON;
use moot_node::limits::NAME_CHARS;
use rust_i18n::t;

/// The card's state.
#[derive(Default, Debug)]
pub(super) struct You {
    name: String,
    editing: bool,
    /// Something needs the name: say so until there is one.
    asked: bool,
    wants_keyboard: bool,
}

impl You {
    pub(super) fn ui(&mut self, ui: &mut Ui, cx: &Context<'_>, settings: &mut Settings) {
        if !self.editing {
            self.name.clone_from(&settings.name);
        }
        card(ui, cx.tokens, |ui| {
            ui.spacing_mut().interact_size.y = 48.0;
            ui.horizontal(|ui| {
                self.picture(ui, cx, settings);
                ui.add_space(4.0);
                self.field(ui, cx, settings);
            });
            if self.asked && self.name.trim().is_empty() {
                ui.add_space(4.0);
                problem(ui, cx.tokens, &t!("lobby.name_needed"));
            }
        });
    }

    /// Takes over what stands in the field, even if the keyboard is still in it.
    pub(super) fn finish(&mut self, settings: &mut Settings) {
        if self.editing {
            self.name.trim().clone_into(&mut settings.name);
        }
    }

    /// Puts the keyboard into the field and says why.
    pub(super) fn ask_for_name(&mut self) {
        self.asked = true;
        self.wants_keyboard = true;
    }

    fn field(&mut self, ui: &mut Ui, cx: &Context<'_>, settings: &mut Settings) {
        let hint = t!("lobby.your_name_hint");
        let edit = field(ui, cx.tokens, &mut self.name, &t!("lobby.your_name"), &hint);
        if std::mem::take(&mut self.wants_keyboard) {
            edit.request_focus();
        }
        if edit.changed() {
            self.name = self.name.chars().take(NAME_CHARS).collect();
        }
        self.editing = edit.has_focus();
        if edit.lost_focus() {
            self.name.trim().clone_into(&mut settings.name);
        }
    }

    fn picture(&self, ui: &mut Ui, cx: &Context<'_>, settings: &mut Settings) {
        const RADIUS: f32 = 24.0;
        let t = cx.tokens;
        let (rect, response) = ui.allocate_exact_size(Vec2::splat(RADIUS * 2.0), Sense::click());
        let chosen = settings.colour.map(|colour| usize::from(colour) % PEOPLE.len());
        face(ui, rect.center(), RADIUS, own_colour(cx, chosen), &self.name);
        if self.name.trim().is_empty() {
            let font = FontId::new(RADIUS, ICON_PERSON.font_family());
            let middle = Align2::CENTER_CENTER;
            ui.painter().text(rect.center(), middle, ICON_PERSON.codepoint, font, Color32::WHITE);
        }
        if response.has_focus() || response.hovered() {
            let ring = Stroke::new(2.0, if response.has_focus() { t.accent } else { t.border });
            ui.painter().circle_stroke(rect.center(), RADIUS + 2.5, ring);
        }
        let name = t!("lobby.picture");
        response.widget_info(|| WidgetInfo::labeled(WidgetType::Button, true, &*name));
        let response = response.on_hover_text(&*t!("lobby.picture_hint"));
        Popup::menu(&response).show(|ui| {
            ui.horizontal(|ui| {
                for (n, colour) in PEOPLE.into_iter().enumerate() {
                    let (rect, cell) = ui.allocate_exact_size(Vec2::splat(36.0), Sense::click());
                    face(ui, rect.center(), 14.0, colour, &self.name);
                    if Some(n) == chosen || cell.has_focus() {
                        let ring = Stroke::new(2.0, t.accent);
                        ui.painter().circle_stroke(rect.center(), 17.0, ring);
                    }
                    let name = t!("lobby.colour_n", n = n + 1);
                    cell.widget_info(|| {
                        WidgetInfo::selected(
                            WidgetType::RadioButton,
                            true,
                            Some(n) == chosen,
                            &*name,
                        )
                    });
                    if cell.clicked() {
                        settings.colour = u8::try_from(n).ok();
                        ui.close();
                    }
                }
            });
        });
    }
}

/// The colour that others see too: the chosen one, or else what the id gives. Before this device was
/// in any meeting it has no id, and the picture no colour.
fn own_colour(cx: &Context<'_>, chosen: Option<usize>) -> Color32 {
    let given = || cx.model.lobby.me.map(|me| colour_of(&me));
    chosen.map(|n| PEOPLE[n]).or_else(given).unwrap_or(cx.tokens.weak)
}
