//! Kept meetings with their sound: a card each, to play or to delete.

use crate::command::{Enter, Window};
use crate::context::Context;
use crate::model::Sheet;
use crate::model::calendar::{bytes, length};
use crate::model::lobby::Recording;
use crate::theme::{Tokens, size, text};
use crate::widgets::{IconButton, Tone, card, lasting, paragraph, problem, second_line, split};
use egui::{Label, Rect, RichText, Ui, UiBuilder, Vec2, pos2};
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
            lasting(ui, &recording.folder, |ui| card(ui, t, |ui| row(ui, cx, recording)));
            ui.add_space(4.0);
        }
    }
}

fn row(ui: &mut Ui, cx: &mut Context<'_>, recording: &Recording) {
    let t = cx.tokens;
    let words = |ui: &mut Ui| {
        let above = ui.cursor().top();
        ui.scope_builder(UiBuilder::new().max_rect(beside(ui)), |ui| {
            ui.spacing_mut().item_spacing.y = 3.0;
            let title = RichText::new(&recording.title).font(text::meeting()).color(t.text);
            ui.add(Label::new(title).selectable(false).truncate());
            about(ui, t, cx, recording);
        });
        above..=ui.min_rect().bottom()
    };
    let (high, deleted) = split(ui, 52.0, words, |ui| {
        let name = t!("recordings.delete", title = recording.title);
        IconButton::round(ICON_DELETE, &name, size::ROUND_SMALL).show(ui, t).clicked()
    });
    if deleted {
        let sheet = Sheet::ConfirmDelete(recording.folder.clone());
        cx.push(Window::Sheet(Some(sheet)));
    }
    let middle = (high.start() + high.end()) / 2.0;
    let at = pos2(ui.min_rect().left() + size::ROUND_PAGES / 2.0, middle);
    let place = Rect::from_center_size(at, Vec2::splat(size::ROUND_PAGES));
    let mut place = ui.new_child(UiBuilder::new().max_rect(place));
    let name = t!("recordings.play", title = recording.title);
    let play = IconButton::round(ICON_PLAY_ARROW, &name, size::ROUND_PAGES).tone(Tone::Soft);
    let free = cx.model.lobby.opening.is_none();
    if play.enabled(free && recording.problem.is_none()).show(&mut place, t).clicked() {
        cx.push(Enter::OpenRecording(recording.folder.clone()));
    }
    if let Some(why) = &recording.problem {
        ui.add_space(6.0);
        problem(ui, t, why);
    }
}

/// The room beside the round button.
fn beside(ui: &Ui) -> Rect {
    let all = ui.available_rect_before_wrap();
    all.with_min_x(all.left() + size::ROUND_PAGES + 16.0)
}

/// "Yesterday, 14:20 · 42 min · 18 MB", and below it who was there and what was shown.
fn about(ui: &mut Ui, t: &Tokens, cx: &Context<'_>, recording: &Recording) {
    let when = recording.started.map(|at| cx.model.calendar.words(at));
    let size = [length(recording.duration), bytes(recording.bytes)];
    let opening = cx.model.lobby.opening.as_ref() == Some(&recording.folder);
    let opening = opening.then(|| t!("recordings.opening").into_owned());
    let words = when.into_iter().chain(size).chain(opening);
    second_line(ui, t, &words.collect::<Vec<_>>().join("  ·  "));
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
