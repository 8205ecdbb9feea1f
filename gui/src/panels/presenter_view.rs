//! The presenter view: the stage with the page that is shown, the next page, notes, clock and timer.

use super::page_strip::fitted;
use super::stage::StagePanel;
use crate::command::{Deed, OnPage};
use crate::context::Context;
use crate::model::stage::Document;
use crate::model::{MeetingView, Seconds};
use crate::pictures::WHOLE;
use crate::theme::{Weight, page_shadow, radius, size, text};
use crate::widgets::{IconButton, Tone, heading, second_line, text_button};
use egui::{
    Align, Color32, CornerRadius, Frame, Label, Layout, Margin, Rect, RichText, ScrollArea, Sense,
    TextEdit, Ui, UiBuilder, Vec2, WidgetInfo, WidgetType, epaint::RectShape, vec2,
};
use egui_material_icons::icons::{ICON_PAUSE, ICON_PLAY_ARROW, ICON_RESTART_ALT};
use moot_node::room::stanza::PageTurn;
use rust_i18n::t;
use std::time::Duration;

/// Width of the right column: next page and notes.
const COLUMN: f32 = 380.0;

/// Height of the lower bar.
const BAR: f32 = 76.0;

/// Characters of the notes of one page: two pages of text.
const NOTES: usize = 4000;

/// The presenter view.
#[derive(Debug, Default)]
pub struct PresenterView {
    /// A stage of its own: the presenter draws and points here as well.
    stage: StagePanel,
    timer: Timer,
    /// Width of clock and timer, as drawn last: they are centred.
    clock_wide: f32,
    /// The notes being written, and of which page.
    notes: Option<(PageTurn, String)>,
}

impl PresenterView {
    /// Draws it into the whole of `ui`.
    pub fn ui(&mut self, ui: &mut Ui, cx: &mut Context<'_>) {
        let Some(view) = cx.model.meeting.as_ref() else { return };
        let whole = ui.max_rect();
        ui.expand_to_include_rect(whole);
        ui.painter().rect_filled(whole, 0.0, cx.tokens.canvas);
        let (body, bar) = whole.split_top_bottom_at_y(whole.bottom() - BAR);
        let column = COLUMN.min(whole.width() * 0.4);
        let (left, right) = body.split_left_right_at_x(body.right() - column);
        let page = view.stage.page();
        let document = view.stage.current();
        self.present(ui, cx, view, left);
        let right = right.shrink2(vec2(0.0, size::EDGE)).with_max_x(right.right() - size::EDGE);
        let mut child = ui.new_child(UiBuilder::new().max_rect(right).id_salt("right"));
        next(&mut child, cx, page, document);
        self.notes(&mut child, cx, view, page);
        ui.painter().rect_filled(bar, 0.0, cx.tokens.surface);
        let line = egui::Stroke::new(1.0, cx.tokens.border);
        ui.painter().hline(bar.x_range(), bar.top(), line);
        self.bar(ui, cx, page, document, bar);
    }

    /// The stage, under a veil while the others' screen is black.
    fn present(&mut self, ui: &mut Ui, cx: &mut Context<'_>, view: &MeetingView, room: Rect) {
        let mut child = ui.new_child(UiBuilder::new().max_rect(room).id_salt("present"));
        child.shrink_clip_rect(room);
        self.stage.lit(&mut child, cx);
        if !view.stage.black {
            return;
        }
        let (words, white) = (t!("presenter.is_black"), Color32::WHITE);
        let laid = ui.painter().layout_no_wrap(words.to_string(), text::chip(), white);
        let at = room.center_bottom() - vec2(0.0, 40.0);
        let chip = Rect::from_center_size(at, laid.size() + vec2(32.0, 18.0));
        ui.painter().rect_filled(room, 0.0, Color32::from_black_alpha(120));
        ui.painter().rect_filled(chip, chip.height() / 2.0, Color32::BLACK);
        ui.painter().galley(chip.center() - laid.size() / 2.0, laid, white);
    }

    /// Pages, timer, clock, and the way back.
    fn bar(
        &mut self,
        ui: &mut Ui,
        cx: &mut Context<'_>,
        page: Option<PageTurn>,
        document: Option<&Document>,
        room: Rect,
    ) {
        let t = cx.tokens;
        let room = room.shrink2(vec2(size::EDGE, 0.0));
        let side = |ui: &mut Ui, layout, name: &str| {
            ui.new_child(UiBuilder::new().max_rect(room).layout(layout).id_salt(name))
        };
        let mut left = side(ui, Layout::left_to_right(Align::Center), "pages");
        for deed in [Deed::PreviousPage, Deed::NextPage] {
            if IconButton::deed(&mut left, t, deed, size::ROUND_PAGES, Tone::Plain) {
                cx.push(deed);
            }
        }
        if let (Some(page), Some(document)) = (page, document) {
            left.add_space(6.0);
            let stage = cx.model.meeting.as_ref().map(|meeting| &meeting.stage);
            let label = stage.map(|stage| stage.label(page)).unwrap_or_default();
            let words = t!("presenter.page_of", page = label, pages = document.pages);
            big(&mut left, &words, t.text, 18.0);
        }
        let mut right = side(ui, Layout::right_to_left(Align::Center), "deeds");
        let back = text_button(&mut right, t, None, &t!("presenter.close"), Tone::Plain);
        if back.on_hover_text(Deed::TogglePresenterView.tip()).clicked() {
            cx.push(Deed::TogglePresenterView);
        }
        let black = Deed::ToggleBlack;
        let dark = cx.model.meeting.as_ref().is_some_and(|m| m.stage.black);
        let tone = if dark { Tone::Accent } else { Tone::Plain };
        let button = text_button(&mut right, t, Some(black.icon()), &black.text(), tone);
        if button.on_hover_text(black.tip()).clicked() {
            cx.push(black);
        }
        let middle = Rect::from_center_size(room.center(), vec2(self.clock_wide, room.height()));
        let layout = Layout::left_to_right(Align::Center);
        let mut child =
            ui.new_child(UiBuilder::new().max_rect(middle).layout(layout).id_salt("time"));
        self.time(&mut child, cx);
        self.clock_wide = child.min_rect().width();
    }

    /// Clock and timer.
    fn time(&mut self, ui: &mut Ui, cx: &Context<'_>) {
        let (t, now) = (cx.tokens, cx.model.now);
        if !cx.model.clock.is_empty() {
            let clock = big(ui, &cx.model.clock, t.weak, 22.0);
            clock.on_hover_text(t!("presenter.clock"));
            ui.add_space(16.0);
        }
        let taken = hours(self.timer.taken(now));
        let colour = if self.timer.runs() { t.text } else { t.weak };
        big(ui, &taken, colour, 22.0).on_hover_text(t!("presenter.timer"));
        ui.add_space(4.0);
        let (icon, name) = match (self.timer.runs(), self.timer.taken(now) > 0.0) {
            (true, _) => (ICON_PAUSE, t!("presenter.pause")),
            (false, true) => (ICON_PLAY_ARROW, t!("presenter.resume")),
            (false, false) => (ICON_PLAY_ARROW, t!("presenter.start")),
        };
        if IconButton::round(icon, &name, size::ROUND_SMALL).tone(Tone::Plain).show(ui, t).clicked()
        {
            self.timer.toggle(now);
        }
        let name = t!("presenter.reset");
        if IconButton::round(ICON_RESTART_ALT, &name, size::ROUND_SMALL).show(ui, t).clicked() {
            self.timer.reset(now);
        }
        if self.timer.runs() {
            // The next full second, and no frame before it.
            let wait = 1.0 - self.timer.taken(now).fract();
            ui.ctx().request_repaint_after(Duration::from_secs_f64(wait.max(0.01)));
        }
    }

    /// What the presenter wants to say, page by page: on this laptop only.
    fn notes(
        &mut self,
        ui: &mut Ui,
        cx: &mut Context<'_>,
        view: &MeetingView,
        page: Option<PageTurn>,
    ) {
        let t = cx.tokens;
        ui.add_space(18.0);
        heading(ui, t, &t!("presenter.notes"));
        second_line(ui, t, &t!("presenter.notes_hint"));
        let Some(page) = page else { return };
        if self.notes.as_ref().is_none_or(|(of, _)| *of != page) {
            let kept = view.stage.notes.get(&page).cloned().unwrap_or_default();
            self.notes = Some((page, kept));
        }
        let Some((_, words)) = &mut self.notes else { return };
        let frame =
            Frame::NONE.fill(t.surface).corner_radius(radius::FIELD).inner_margin(Margin::same(14));
        frame.show(ui, |ui| {
            ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
                let edit = TextEdit::multiline(words)
                    .hint_text(RichText::new(t!("presenter.notes_empty")).color(t.weak))
                    .font(Weight::Regular.at(17.0))
                    .char_limit(NOTES)
                    .desired_width(f32::INFINITY)
                    .desired_rows(8)
                    .margin(Margin::ZERO)
                    .frame(Frame::NONE);
                let response = ui.add(edit);
                let value = words.clone();
                response.widget_info(|| {
                    let name = t!("presenter.notes_of", page = page.page);
                    let mut info = WidgetInfo::labeled(WidgetType::TextEdit, true, name);
                    info.current_text_value = Some(value.clone());
                    info
                });
                if response.changed() {
                    cx.push(OnPage::Notes(page, words.clone()));
                }
            });
        });
    }
}

/// A stop watch on the window's clock.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Timer {
    /// Taken before it was started last.
    before: Seconds,
    since: Option<Seconds>,
}

impl Timer {
    const fn runs(&self) -> bool {
        self.since.is_some()
    }

    fn taken(&self, now: Seconds) -> Seconds {
        self.before + self.since.map_or(0.0, |since| (now - since).max(0.0))
    }

    fn toggle(&mut self, now: Seconds) {
        let before = self.taken(now);
        *self = Self { before, since: (!self.runs()).then_some(now) };
    }

    fn reset(&mut self, now: Seconds) {
        *self = Self { before: 0.0, since: self.since.map(|_| now) };
    }
}

/// "1:04:09", "4:09".
fn hours(taken: Seconds) -> String {
    let all = taken.max(0.0) as u64;
    let (hours, minutes, seconds) = (all / 3600, all / 60 % 60, all % 60);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{minutes}:{seconds:02}")
    }
}

fn next(ui: &mut Ui, cx: &mut Context<'_>, page: Option<PageTurn>, document: Option<&Document>) {
    let t = cx.tokens;
    heading(ui, t, &t!("presenter.next"));
    ui.add_space(4.0);
    let last = document.map_or(0, |document| document.pages);
    let next = page.map(|on| PageTurn { page: on.page + 1, ..on }).filter(|on| on.page <= last);
    let top = ui.cursor().min;
    let wide = ui.available_width();
    let room =
        Rect::from_min_size(top, vec2(wide, (wide * 9.0 / 16.0).min(ui.available_height() * 0.4)));
    if next.is_some() {
        sheet(ui, cx, next, room);
    } else {
        ui.painter().rect_filled(room, f32::from(radius::PAGE), t.raised);
        let mut child = ui.new_child(UiBuilder::new().max_rect(room).id_salt("end"));
        child.centered_and_justified(|ui| second_line(ui, t, &t!("presenter.end")));
    }
    ui.advance_cursor_after_rect(room);
}

/// The next page, as large as the room allows.
fn sheet(ui: &Ui, cx: &mut Context<'_>, page: Option<PageTurn>, room: Rect) {
    let picture =
        page.and_then(|page| cx.pictures.page(page).or_else(|| cx.pictures.thumbnail(page)));
    let shape = picture.map_or(vec2(16.0, 9.0), |picture| picture.pixels);
    let rect = fit(room, shape);
    let corner = CornerRadius::same(radius::PAGE);
    ui.painter().add(page_shadow(cx.tokens).as_shape(rect, corner));
    let paper = RectShape::filled(rect, corner, Color32::WHITE);
    ui.painter().add(match picture {
        Some(picture) => paper.with_texture(picture.texture, WHOLE),
        None => paper,
    });
    if let Some(page) = page {
        let words = t!("presenter.next_page", page = page.page);
        let response = ui.interact(rect, ui.id().with("next page"), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(WidgetType::Image, true, &*words));
    }
}

/// As large as the room allows, at its top.
fn fit(room: Rect, shape: Vec2) -> Rect {
    let room = Rect::from_min_max(room.min, room.max.max(room.min + vec2(1.0, 1.0)));
    let inner = fitted(room, shape);
    inner.translate(vec2(0.0, room.top() - inner.top()))
}

fn big(ui: &mut Ui, words: &str, colour: Color32, points: f32) -> egui::Response {
    let words = RichText::new(words).font(Weight::Medium.at(points)).color(colour);
    ui.add(Label::new(words).selectable(false))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_timer_runs_pauses_and_begins_anew() {
        let mut timer = Timer::default();
        timer.toggle(10.0);
        assert_eq!(timer.taken(75.0), 65.0);
        timer.toggle(75.0);
        assert_eq!(timer.taken(500.0), 65.0, "paused");
        timer.toggle(500.0);
        assert_eq!(timer.taken(501.0), 66.0);
        timer.reset(501.0);
        assert!(timer.runs());
        assert_eq!(timer.taken(503.0), 2.0);
    }

    #[test]
    fn time_as_people_read_it() {
        assert_eq!(hours(0.0), "0:00");
        assert_eq!(hours(249.9), "4:09");
        assert_eq!(hours(3849.0), "1:04:09");
    }
}
