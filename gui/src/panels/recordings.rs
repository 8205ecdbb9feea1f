//! Kept meetings with their sound: a card each, to play or to delete.

use crate::command::{Enter, Window};
use crate::context::Context;
use crate::model::Sheet;
use crate::model::calendar::{bytes, length};
use crate::model::lobby::Recording;
use crate::theme::{Tokens, size, text};
use crate::widgets::{IconButton, Tone, card, paragraph, problem, second_line};
use egui::{Align, Label, Layout, RichText, Ui, vec2};
use egui_material_icons::icons::{ICON_DELETE, ICON_PLAY_ARROW};
use rust_i18n::t;

/// Names in a second line; the others are counted.
const NAMES: usize = 3;

/// The list.
#[derive(Default, Debug)]
pub struct RecordingsPanel;

impl RecordingsPanel {
    /// Draws it from the top of `ui`, as wide as that is.
    pub fn ui(&mut self, ui: &mut Ui, cx: &mut Context<'_>) {
        let t = cx.tokens;
        let title = RichText::new(t!("recordings.title")).font(text::title()).color(t.text);
        ui.add(Label::new(title).selectable(false));
        paragraph(ui, t, &t!("recordings.hint"));
        ui.add_space(8.0);
        let model = cx.model;
        if model.lobby.recordings.is_empty() {
            card(ui, t, |ui| paragraph(ui, t, &t!("recordings.none")));
        }
        for recording in &model.lobby.recordings {
            card(ui, t, |ui| row(ui, cx, recording));
            ui.add_space(4.0);
        }
    }
}

fn row(ui: &mut Ui, cx: &mut Context<'_>, recording: &Recording) {
    let t = cx.tokens;
    ui.horizontal(|ui| {
        let name = t!("recordings.play", title = recording.title);
        let play = IconButton::round(ICON_PLAY_ARROW, &name, size::ROUND_PAGES);
        let playable = recording.problem.is_none();
        let tone = if playable { Tone::Accent } else { Tone::Plain };
        if play.tone(tone).enabled(playable).show(ui, t).clicked() {
            cx.push(Enter::OpenRecording(recording.folder.clone()));
        }
        ui.add_space(8.0);
        let room = vec2(ui.available_width() - 52.0, 0.0);
        ui.allocate_ui_with_layout(room, Layout::top_down(Align::Min), |ui| {
            ui.set_width(room.x);
            ui.spacing_mut().item_spacing.y = 3.0;
            let title = RichText::new(&recording.title).font(text::meeting()).color(t.text);
            ui.add(Label::new(title).selectable(false).truncate());
            about(ui, t, cx, recording);
        });
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let name = t!("recordings.delete", title = recording.title);
            let delete = IconButton::round(ICON_DELETE, &name, size::ROUND_SMALL);
            if delete.show(ui, t).clicked() {
                let sheet = Sheet::ConfirmDelete(recording.folder.clone());
                cx.push(Window::Sheet(Some(sheet)));
            }
        });
    });
    if let Some(why) = &recording.problem {
        ui.add_space(6.0);
        problem(ui, t, why);
    }
}

/// "Yesterday, 14:20 · 42 min · 18 MB", and below it who was there and what was shown.
fn about(ui: &mut Ui, t: &Tokens, cx: &Context<'_>, recording: &Recording) {
    let when = recording.started.map(|at| cx.model.calendar.words(at));
    let size = [length(recording.duration), bytes(recording.bytes)];
    second_line(ui, t, &when.into_iter().chain(size).collect::<Vec<_>>().join("  ·  "));
    let documents = recording.documents.join(&t!("lobby.comma"));
    let names = some_names(&recording.members);
    let who = names.into_iter().chain((!documents.is_empty()).then_some(documents));
    let who = who.collect::<Vec<_>>().join("  ·  ");
    if !who.is_empty() {
        let who = RichText::new(who).font(text::second()).color(t.weak);
        ui.add(Label::new(who).selectable(false).truncate());
    }
}

/// "Lin Wei, Amara Okafor, Jonas Schmidt and 2 others".
pub(super) fn some_names(members: &[String]) -> Option<String> {
    let first = members[..members.len().min(NAMES)].join(&t!("lobby.comma"));
    match members.len() {
        0 => None,
        n if n <= NAMES => Some(first),
        n if n == NAMES + 1 => Some(t!("lobby.and_one", names = first).into_owned()),
        n => Some(t!("lobby.and_others", names = first, n = n - NAMES).into_owned()),
    }
}
