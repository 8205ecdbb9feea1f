//! What lies over a screen: the dimmed window and the card, and the small sheets themselves.
//!
//! One sheet at a time; Escape, a click beside it and its cross close it.

use super::documents::DocumentsPanel;
use super::invite::InvitePanel;
use super::palette::{self, Palette};
use super::settings::SettingsPanel;
use crate::command::{Copying, Deed, Enter, OnPage, Window, WithPeople};
use crate::context::Context;
use crate::model::Sheet;
use crate::model::calendar::{bytes, length};
use crate::theme::{Tokens, Weight, page_shadow, radius, size};
use crate::widgets::{IconButton, Tone, opened_field, paragraph, secret_field, text_button};
use egui::{
    Align, Color32, Frame, Id, Key, Label, Layout, Margin, Modal, RichText, ScrollArea, Stroke, Ui,
};
use egui_material_icons::icons::{ICON_CLOSE, ICON_DESCRIPTION, ICON_IMAGE, ICON_STYLUS};
use moot_node::io::document::Password;
use rust_i18n::t;
use std::path::PathBuf;

/// The sheets, with what they need for themselves.
#[derive(Default, Debug)]
pub struct Sheets {
    invite: InvitePanel,
    settings: SettingsPanel,
    documents: DocumentsPanel,
    path: String,
    password: String,
    /// The sheet of the last frame: a sheet that has just opened begins anew.
    last: Option<Sheet>,
}

impl Sheets {
    /// Draws the sheet that is open, if one is.
    pub fn ui(&mut self, ui: &mut Ui, cx: &mut Context<'_>) {
        let model = cx.model;
        let fresh = self.last != model.sheet;
        if fresh {
            self.last.clone_from(&model.sheet);
            self.path.clear();
            self.password.clear();
            self.invite = InvitePanel::default();
            self.settings = SettingsPanel::default();
            self.documents = DocumentsPanel::default();
        }
        match &model.sheet {
            None | Some(Sheet::Palette) => {}
            Some(Sheet::Invite) => {
                sheet(ui, cx, &t!("invite.title"), 640.0, |ui, cx| self.invite.ui(ui, cx));
            }
            Some(Sheet::Settings) => {
                sheet(ui, cx, &t!("settings.title"), 600.0, |ui, cx| self.settings.ui(ui, cx));
            }
            Some(Sheet::Documents) => {
                sheet(ui, cx, &t!("stored.title"), 600.0, |ui, cx| self.documents.ui(ui, cx));
            }
            Some(Sheet::Shortcuts) => {
                let title = t!("deed.shortcuts");
                sheet(ui, cx, &title, 720.0, |ui, cx| palette::shortcuts(ui, cx.tokens));
            }
            Some(Sheet::OpenPath) => {
                sheet(ui, cx, &t!("sheet.open"), 520.0, |ui, cx| self.open_path(ui, cx, fresh));
            }
            Some(Sheet::Password { name, wrong }) => {
                sheet(ui, cx, &t!("sheet.locked"), 460.0, |ui, cx| {
                    self.password(ui, cx, name, *wrong, fresh);
                });
            }
            Some(Sheet::ConfirmRemove(member)) => {
                let name = model.meeting.as_ref().map(|m| m.people.name(member));
                let name = name.unwrap_or_default();
                let question = Question {
                    title: &t!("sheet.remove", name = name),
                    words: &t!("sheet.remove_words"),
                    yes: &t!("sheet.remove_yes"),
                    no: &t!("sheet.cancel"),
                    tone: Tone::Danger,
                };
                ask(ui, cx, &question, |cx| {
                    cx.push(WithPeople::Remove(*member));
                    cx.push(Window::Sheet(None));
                });
            }
            Some(Sheet::ConfirmLeave) => {
                let question = Question {
                    title: &t!("sheet.leave"),
                    words: &t!("sheet.leave_words"),
                    yes: &t!("sheet.leave_yes"),
                    no: &t!("sheet.leave_no"),
                    tone: Tone::Danger,
                };
                // The app leaves when Leave is pressed while this sheet is open.
                ask(ui, cx, &question, |cx| cx.push(Deed::Leave));
            }
            Some(Sheet::ConfirmBrowse(address)) => {
                let question = Question {
                    title: &t!("sheet.browse"),
                    words: &t!("sheet.browse_words", address = address),
                    yes: &t!("sheet.browse_yes"),
                    no: &t!("sheet.cancel"),
                    tone: Tone::Accent,
                };
                ask(ui, cx, &question, |cx| cx.push(Window::Browse(address.clone())));
            }
            Some(Sheet::SaveCopy) => sheet(ui, cx, &t!("deed.save_copy"), 460.0, save_copy),
            Some(Sheet::ConfirmDelete(folder)) => {
                let found = model.lobby.recordings.iter().find(|known| known.folder == *folder);
                let words = found.map_or_else(String::new, |recording| {
                    let long = length(recording.duration);
                    let large = bytes(recording.bytes);
                    let title = &recording.title;
                    t!("sheet.delete_words", title = title, length = long, bytes = large)
                        .into_owned()
                });
                let question = Question {
                    title: &t!("sheet.delete"),
                    words: &words,
                    yes: &t!("sheet.delete_yes"),
                    no: &t!("sheet.cancel"),
                    tone: Tone::Danger,
                };
                ask(ui, cx, &question, |cx| {
                    cx.push(Enter::DeleteRecording(folder.clone()));
                    cx.push(Window::Sheet(None));
                });
            }
        }
    }

    /// Draws the sheet with the command palette.
    pub fn palette(&mut self, ui: &mut Ui, cx: &mut Context<'_>, palette: &mut Palette) {
        self.last = Some(Sheet::Palette);
        sheet(ui, cx, &t!("deed.palette"), 560.0, |ui, cx| palette.ui(ui, cx));
    }

    fn open_path(&mut self, ui: &mut Ui, cx: &mut Context<'_>, fresh: bool) {
        let t = cx.tokens;
        paragraph(ui, t, &t!("sheet.open_words"));
        ui.add_space(4.0);
        let (name, hint) = (t!("sheet.path"), t!("sheet.path_hint"));
        let edit = opened_field(ui, t, fresh, &mut self.path, &name, &hint);
        let entered = edit.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        ui.add_space(8.0);
        let path = path_in(&self.path);
        let pressed = ends(ui, |ui| {
            let open = ui.add_enabled_ui(path.is_some(), |ui| {
                text_button(ui, t, None, &t!("sheet.open_yes"), Tone::Accent).clicked()
            });
            if text_button(ui, t, None, &t!("sheet.cancel"), Tone::Plain).clicked() {
                cx.push(Window::Sheet(None));
            }
            open.inner
        });
        if let Some(path) = path.filter(|_| entered || pressed) {
            cx.push(OnPage::Open(path));
        }
    }
}

impl Sheets {
    /// Asks for the password of a file.
    fn password(
        &mut self,
        ui: &mut Ui,
        cx: &mut Context<'_>,
        name: &str,
        wrong: bool,
        fresh: bool,
    ) {
        let t = cx.tokens;
        let words = if wrong {
            t!("sheet.locked_wrong", name = name)
        } else {
            t!("sheet.locked_words", name = name)
        };
        paragraph(ui, t, &words);
        ui.add_space(4.0);
        let edit = secret_field(ui, t, &mut self.password, &t!("sheet.password"));
        if fresh {
            edit.request_focus();
        }
        let entered = edit.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        ui.add_space(8.0);
        let given = !self.password.is_empty();
        let pressed = ends(ui, |ui| {
            let open = ui.add_enabled_ui(given, |ui| {
                text_button(ui, t, None, &t!("sheet.open_yes"), Tone::Accent).clicked()
            });
            if text_button(ui, t, None, &t!("sheet.cancel"), Tone::Plain).clicked() {
                cx.push(Window::Sheet(None));
            }
            open.inner
        });
        if given && (entered || pressed) {
            cx.push(OnPage::Unlock(Password::new(&std::mem::take(&mut self.password))));
        }
    }
}

/// What to make of the document in view.
fn save_copy(ui: &mut Ui, cx: &mut Context<'_>) {
    let t = cx.tokens;
    let choices = [
        (Copying::Drawn, ICON_STYLUS, t!("sheet.copy_drawn"), t!("sheet.copy_drawn_words")),
        (
            Copying::Original,
            ICON_DESCRIPTION,
            t!("sheet.copy_original"),
            t!("sheet.copy_original_words"),
        ),
        (Copying::Pictures, ICON_IMAGE, t!("sheet.copy_pictures"), t!("sheet.copy_pictures_words")),
    ];
    for (copying, icon, name, words) in choices {
        if text_button(ui, t, Some(icon), &name, Tone::Plain).clicked() {
            cx.push(OnPage::SaveCopy(copying));
        }
        paragraph(ui, t, &words);
        ui.add_space(10.0);
    }
}

/// A question with two answers.
struct Question<'a> {
    title: &'a str,
    words: &'a str,
    yes: &'a str,
    no: &'a str,
    /// Red where something ends for good.
    tone: Tone,
}

fn ask(
    ui: &mut Ui,
    cx: &mut Context<'_>,
    question: &Question<'_>,
    yes: impl FnOnce(&mut Context<'_>),
) {
    sheet(ui, cx, question.title, 420.0, |ui, cx| {
        let t = cx.tokens;
        paragraph(ui, t, question.words);
        ui.add_space(12.0);
        let agreed = ends(ui, |ui| {
            let agreed = text_button(ui, t, None, question.yes, question.tone).clicked();
            if text_button(ui, t, None, question.no, Tone::Plain).clicked() {
                cx.push(Window::Sheet(None));
            }
            agreed
        });
        if agreed {
            yes(cx);
        }
    });
}

/// Buttons at the right end, the chief one last.
fn ends<R>(ui: &mut Ui, add: impl FnOnce(&mut Ui) -> R) -> R {
    let room = egui::vec2(ui.available_width(), size::BUTTON);
    ui.allocate_ui_with_layout(room, Layout::right_to_left(Align::Center), add).inner
}

/// The dimmed window with a card in the middle, `wide` points where there is room.
fn sheet(
    ui: &mut Ui,
    cx: &mut Context<'_>,
    title: &str,
    wide: f32,
    add: impl FnOnce(&mut Ui, &mut Context<'_>),
) {
    const EDGE: f32 = 24.0;
    let t: &Tokens = cx.tokens;
    let window = ui.ctx().content_rect();
    let inner = wide.min(window.width() - EDGE * 2.0) - EDGE * 2.0;
    let highest = window.height() - EDGE * 2.0 - 90.0;
    let frame = Frame::NONE
        .fill(t.surface)
        .stroke(Stroke::new(1.0, t.border))
        .corner_radius(radius::SHEET)
        .shadow(page_shadow(t))
        .inner_margin(Margin { left: 24, right: 24, top: 18, bottom: 24 });
    let dim = Color32::from_black_alpha(if t.dark { 140 } else { 80 });
    let id = Id::new("sheet");
    // An area that knows no size begins with 400 points, and would scroll in them.
    let area = Modal::default_area(id).default_size(window.size());
    let modal = Modal::new(id).area(area).backdrop_color(dim).frame(frame);
    let shown = modal.show(ui.ctx(), |ui| {
        ui.set_width(inner);
        let closed = headline(ui, t, title);
        ui.add_space(8.0);
        // As high as what is in it, at once: a sheet would else keep the height it opened with.
        let scroll = ScrollArea::vertical().max_height(highest).min_scrolled_height(highest);
        scroll.show(ui, |ui| {
            ui.set_width(inner);
            add(ui, cx);
        });
        closed
    });
    if shown.should_close() || shown.inner {
        cx.push(Window::Sheet(None));
    }
}

/// Title and cross.
fn headline(ui: &mut Ui, t: &Tokens, title: &str) -> bool {
    let room = egui::vec2(ui.available_width(), size::ROUND_SMALL);
    ui.allocate_ui_with_layout(room, Layout::right_to_left(Align::Center), |ui| {
        let close = IconButton::round(ICON_CLOSE, &t!("deed.escape"), size::ROUND_SMALL)
            .show(ui, t)
            .clicked();
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            let title = RichText::new(title).font(Weight::SemiBold.at(18.0)).color(t.text);
            ui.add(Label::new(title).selectable(false).truncate());
        });
        close
    })
    .inner
}

/// A path as people paste it: in quotes, as a `file://` address, from the home folder.
fn path_in(text: &str) -> Option<PathBuf> {
    let text = text.trim().trim_matches(['"', '\'']);
    let text = text.strip_prefix("file://").unwrap_or(text);
    if text.is_empty() {
        return None;
    }
    let home = || directories::BaseDirs::new().map(|dirs| dirs.home_dir().to_owned());
    match text.strip_prefix("~/") {
        Some(rest) => Some(home()?.join(rest)),
        None => Some(PathBuf::from(text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read_as_people_paste_them() {
        for text in ["/a/b.pdf", " '/a/b.pdf' ", "\"/a/b.pdf\"", "file:///a/b.pdf"] {
            assert_eq!(path_in(text), Some(PathBuf::from("/a/b.pdf")), "{text}");
        }
        assert_eq!(path_in(" "), None);
        assert!(path_in("~/b.pdf").is_some_and(|path| path.is_absolute()));
    }
}
