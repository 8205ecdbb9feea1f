//! Documents that are kept on this laptop: how large, whose, and away with them.

use crate::command::Window;
use crate::context::Context;
use crate::model::calendar::bytes;
use crate::model::stored::Stored;
use crate::theme::{Tokens, size, text};
use crate::widgets::{IconButton, Tone, card, lasting, paragraph, second_line, split, text_button};
use egui::{Label, RichText, Ui};
use egui_material_icons::icons::ICON_DELETE;
use moot_node::room::id::BlobId;
use rust_i18n::t;

/// The list.
#[derive(Default, Debug)]
pub struct DocumentsPanel {
    /// Whether this one is to go is being asked.
    asked: Option<BlobId>,
}

impl DocumentsPanel {
    /// Draws it into its sheet.
    pub fn ui(&mut self, ui: &mut Ui, cx: &mut Context<'_>) {
        let t = cx.tokens;
        let Some(stored) = &cx.model.stored else {
            paragraph(ui, t, &t!("stored.looking"));
            return;
        };
        if stored.is_empty() {
            paragraph(ui, t, &t!("stored.none"));
            return;
        }
        let all = stored.iter().map(|document| document.bytes).sum();
        paragraph(ui, t, &t!("stored.hint", size = bytes(all)));
        ui.add_space(8.0);
        for document in stored {
            lasting(ui, document.id, |ui| card(ui, t, |ui| self.row(ui, cx, document)));
            ui.add_space(4.0);
        }
    }

    fn row(&mut self, ui: &mut Ui, cx: &mut Context<'_>, document: &Stored) {
        let t = cx.tokens;
        let name = document.name.clone().unwrap_or_else(|| t!("stored.nameless").into_owned());
        let words = |ui: &mut Ui| {
            ui.spacing_mut().item_spacing.y = 3.0;
            let title = RichText::new(&name).font(text::meeting()).color(t.text);
            ui.add(Label::new(title).selectable(false).truncate());
            about(ui, t, document);
        };
        let ((), pressed) = split(ui, 52.0, words, |ui| {
            let label = t!("stored.remove", name = name);
            let button = IconButton::round(ICON_DELETE, &label, size::ROUND_SMALL);
            button.enabled(document.open_in.is_none()).show(ui, t).clicked()
        });
        if pressed {
            self.asked = Some(document.id);
        }
        if let Some(title) = &document.open_in {
            second_line(ui, t, &t!("stored.in_use", title = title));
        } else if self.asked == Some(document.id) {
            self.question(ui, cx, document);
        }
    }

    /// "12 MB are removed from this laptop", and whether that is meant.
    fn question(&mut self, ui: &mut Ui, cx: &mut Context<'_>, document: &Stored) {
        let t = cx.tokens;
        ui.add_space(6.0);
        paragraph(ui, t, &t!("stored.question", size = bytes(document.bytes)));
        ui.horizontal(|ui| {
            if text_button(ui, t, None, &t!("stored.yes"), Tone::Danger).clicked() {
                cx.push(Window::RemoveStored(document.id));
                self.asked = None;
            }
            if text_button(ui, t, None, &t!("sheet.cancel"), Tone::Plain).clicked() {
                self.asked = None;
            }
        });
    }
}

/// "40 pages · 12 MB · Pump station review".
fn about(ui: &mut Ui, t: &Tokens, document: &Stored) {
    let pages = match document.pages {
        1 => t!("stored.page").into_owned(),
        n => t!("stored.pages", n = n).into_owned(),
    };
    let mut words = vec![pages, bytes(document.bytes)];
    if !document.meetings.is_empty() {
        words.push(document.meetings.join(&t!("lobby.comma")));
    }
    second_line(ui, t, &words.join("  ·  "));
}
