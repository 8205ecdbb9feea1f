//! Words on the page: how they look, and writing them in place.

use super::place::Place;
use crate::command::OnPage;
use crate::context::Context;
use crate::ink::colour;
use crate::model::marks::Note;
use crate::model::tools::{NOTE_SIZE, Tools};
use crate::theme::Weight;
use egui::{
    Color32, FontId, Frame, Galley, Id, Key, Modifiers, Pos2, Rect, Stroke, StrokeKind, TextEdit,
    Ui, UiBuilder, WidgetInfo, WidgetType, pos2, vec2,
};
use moot_node::room::stanza::{PageTurn, Point};
use rust_i18n::t;
use std::sync::Arc;

/// Characters of a note: a paragraph; longer things are documents.
const CHARACTERS: usize = 500;

/// Letters are never smaller than this, points.
const LEAST: f32 = 5.0;

fn font(size: u32, place: &Place) -> FontId {
    // In half points: each size has its own glyphs in the atlas.
    let points = (place.length(size) * 2.0).round() / 2.0;
    Weight::Medium.at(points.clamp(LEAST, 200.0))
}

fn laid(ui: &Ui, note: &Note, place: &Place) -> Arc<Galley> {
    let font = font(note.size, place);
    ui.painter().layout_no_wrap(note.text.clone(), font, colour(note.colour))
}

/// Paints a note.
pub(super) fn paint(ui: &Ui, note: &Note, place: &Place) {
    let at = place.on_screen(note.at);
    if !place.canvas.expand(400.0).contains(at) {
        return;
    }
    let laid = laid(ui, note, place);
    ui.painter().with_clip_rect(place.canvas).galley(at, laid, colour(note.colour));
}

/// The room a note takes on the screen.
pub(super) fn room(ui: &Ui, note: &Note, place: &Place) -> Rect {
    Rect::from_min_size(place.on_screen(note.at), laid(ui, note, place).size())
}

/// A note that is being written.
#[derive(Debug)]
pub(super) struct NoteDraft {
    on: PageTurn,
    at: Point,
    text: String,
    colour: [u8; 4],
    /// It has just been begun: the keyboard comes to it.
    fresh: bool,
}

impl NoteDraft {
    /// Begins one with its first line around this place of the screen.
    pub(super) fn begin(on: PageTurn, place: &Place, at: Pos2, tools: &Tools) -> Self {
        let above = font(NOTE_SIZE, place).size * 0.6;
        let at = place.on_page(pos2(at.x, at.y - above));
        Self { on, at, text: String::new(), colour: tools.colour(), fresh: true }
    }

    /// Shows the field; `false` when it is done with, one way or the other.
    ///
    /// Enter and a click elsewhere put the note on the page, Shift+Enter begins a line, Escape
    /// forgets it.
    pub(super) fn ui(
        &mut self,
        ui: &mut Ui,
        cx: &mut Context<'_>,
        on: PageTurn,
        place: &Place,
    ) -> bool {
        if self.on != on {
            self.put(cx);
            return false;
        }
        let id = Id::new("note being written");
        let (ended, escaped) = ui.input_mut(|input| {
            let ended = input.consume_key(Modifiers::NONE, Key::Enter);
            (ended, input.key_pressed(Key::Escape))
        });
        if escaped {
            return false;
        }
        if ended {
            self.put(cx);
            return false;
        }
        let font = font(NOTE_SIZE, place);
        let ink = colour(self.colour);
        let at = place.on_screen(self.at);
        let words = ui.painter().layout_no_wrap(self.text.clone(), font.clone(), ink).size();
        let size = vec2(words.x.max(140.0) + font.size, words.y.max(font.size * 1.25));
        let room = Rect::from_min_size(at, size);
        let frame = room.expand(6.0);
        ui.painter().rect_filled(frame, 6.0, Color32::from_white_alpha(225));
        let line = Stroke::new(1.5, ink.gamma_multiply(0.6));
        ui.painter().rect_stroke(frame, 6.0, line, StrokeKind::Inside);
        let mut child = ui.new_child(UiBuilder::new().max_rect(room).id_salt("note"));
        child.visuals_mut().extreme_bg_color = Color32::TRANSPARENT;
        let hint = egui::RichText::new(t!("stage.note_hint")).color(Color32::from_gray(150));
        let edit = TextEdit::multiline(&mut self.text)
            .id(id)
            .font(font)
            .text_color(ink)
            .hint_text(hint)
            .char_limit(CHARACTERS)
            .desired_rows(1)
            .desired_width(size.x)
            .margin(egui::Margin::ZERO)
            .frame(Frame::NONE)
            .return_key(egui::KeyboardShortcut::new(Modifiers::SHIFT, Key::Enter));
        let response = child.add(edit);
        let text = self.text.clone();
        response.widget_info(|| {
            let mut info = WidgetInfo::labeled(WidgetType::TextEdit, true, t!("stage.note_name"));
            info.current_text_value = Some(text.clone());
            info
        });
        if std::mem::take(&mut self.fresh) {
            response.request_focus();
            return true;
        }
        if response.lost_focus() || response.clicked_elsewhere() {
            self.put(cx);
            return false;
        }
        true
    }

    /// Puts it on its page, if it says anything.
    fn put(&self, cx: &mut Context<'_>) {
        let text = self.text.trim();
        if !text.is_empty() {
            let Self { on, at, colour, .. } = *self;
            cx.push(OnPage::Note(Note { on, at, colour, size: NOTE_SIZE, text: text.to_owned() }));
        }
    }
}
