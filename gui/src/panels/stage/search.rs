//! Words searched for in the document: the field, and the pages that have them.

use crate::command::OnPage;
use crate::context::Context;
use crate::model::MeetingView;
use crate::model::stage::Search;
use crate::theme::{pill_shadow, radius, size, text};
use crate::widgets::{IconButton, Tone, opened_field};
use egui::{
    Id, Key, Modifiers, Rect, ScrollArea, Sense, Stroke, StrokeKind, Ui, UiBuilder, WidgetInfo,
    WidgetType, pos2, vec2,
};
use egui_material_icons::icons::{ICON_CLOSE, ICON_KEYBOARD_ARROW_DOWN, ICON_KEYBOARD_ARROW_UP};
use rust_i18n::t;

/// Width of the card, points.
const WIDE: f32 = 372.0;

/// Height of a hit's row.
const ROW: f32 = 36.0;

/// Rows in view; more are scrolled to.
const ROWS: usize = 7;

/// The search of the stage.
#[derive(Debug, Default)]
pub(super) struct SearchBar {
    query: String,
    open: bool,
}

impl SearchBar {
    /// Draws it into the upper right corner of the canvas, while the search is open.
    pub(super) fn ui(
        &mut self,
        ui: &mut Ui,
        cx: &mut Context<'_>,
        view: &MeetingView,
        canvas: Rect,
    ) {
        let Some(search) = &view.stage.search else {
            self.open = false;
            return;
        };
        let opened = !std::mem::replace(&mut self.open, true);
        if opened {
            self.query.clone_from(&search.query);
        }
        let rows = search.hits.len().min(ROWS);
        let says = !search.query.trim().is_empty();
        let below = if rows > 0 {
            6.0 + rows as f32 * ROW
        } else if says {
            30.0
        } else {
            0.0
        };
        let wide = WIDE.min(canvas.width() - 24.0);
        let corner = pos2(canvas.right() - wide - 12.0, canvas.top() + 12.0);
        let card = Rect::from_min_size(corner, vec2(wide, size::FIELD + 16.0 + below));
        let t = cx.tokens;
        let round = f32::from(radius::SHEET);
        ui.painter().add(pill_shadow(t).as_shape(card, round));
        ui.painter().rect_filled(card, round, t.surface);
        ui.painter().rect_stroke(card, round, Stroke::new(1.0, t.border), StrokeKind::Inside);
        // The page below neither moves nor is drawn on.
        ui.interact(card, ui.id().with("search card"), Sense::click_and_drag());
        let inner = card.shrink(8.0);
        let mut child = ui.new_child(UiBuilder::new().max_rect(inner).id_salt("search"));
        child.horizontal(|ui| self.line(ui, cx, view, search, opened));
        if says && search.hits.is_empty() {
            child.add_space(2.0);
            crate::widgets::second_line(&mut child, t, &t!("stage.search_nothing"));
        }
        hits(&mut child, cx, view, search);
    }

    /// The field, how many, and the buttons.
    fn line(
        &mut self,
        ui: &mut Ui,
        cx: &mut Context<'_>,
        view: &MeetingView,
        search: &Search,
        opened: bool,
    ) {
        let t = cx.tokens;
        ui.spacing_mut().item_spacing.x = 2.0;
        let name = t!("stage.search_name");
        let room = vec2(ui.available_width() - 3.0 * 32.0 - 8.0, size::FIELD);
        let query = &mut self.query;
        let edit = |ui: &mut Ui| opened_field(ui, t, opened, query, &name, &name);
        let edit = ui.allocate_ui(room, edit).inner;
        let escaped = ui.input(|input| input.key_pressed(Key::Escape));
        if edit.lost_focus() && escaped {
            return cx.push(OnPage::Search(None));
        }
        if edit.changed() {
            cx.push(OnPage::Search(Some(self.query.clone())));
        }
        if edit.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter)) {
            let back = ui.input(|input| input.modifiers.matches_logically(Modifiers::SHIFT));
            go(cx, view, search, back);
            edit.request_focus();
        }
        for (icon, name, back) in [
            (ICON_KEYBOARD_ARROW_UP, t!("stage.search_previous"), true),
            (ICON_KEYBOARD_ARROW_DOWN, t!("stage.search_next"), false),
        ] {
            let button = IconButton::round(icon, &name, 32.0).enabled(!search.hits.is_empty());
            if button.show(ui, t).clicked() {
                go(cx, view, search, back);
            }
        }
        let close = t!("stage.search_close");
        if IconButton::round(ICON_CLOSE, &close, 32.0).tone(Tone::Bare).show(ui, t).clicked() {
            cx.push(OnPage::Search(None));
        }
    }
}

/// To the nearest hit after the page in view, or before it; round at the ends.
fn go(cx: &mut Context<'_>, view: &MeetingView, search: &Search, back: bool) {
    let now = view.stage.page().map_or(0, |page| page.page);
    if let Some(page) = nearest(search, now, back) {
        cx.push(OnPage::Go(page));
    }
}

fn nearest(search: &Search, now: u32, back: bool) -> Option<u32> {
    let pages = || search.hits.iter().map(|(page, _)| *page);
    if back {
        pages().filter(|page| *page < now).max().or(pages().max())
    } else {
        pages().filter(|page| *page > now).min().or(pages().min())
    }
}

fn hits(ui: &mut Ui, cx: &mut Context<'_>, view: &MeetingView, search: &Search) {
    if search.hits.is_empty() {
        return;
    }
    let now = view.stage.page().map(|page| page.page);
    ui.add_space(2.0);
    ui.spacing_mut().item_spacing.y = 0.0;
    let area = ScrollArea::vertical().id_salt(Id::new("hits")).auto_shrink(false);
    area.show_rows(ui, ROW, search.hits.len(), |ui, rows| {
        for (page, around) in &search.hits[rows] {
            let size = vec2(ui.available_width(), ROW);
            let (rect, response) = ui.allocate_exact_size(size, Sense::click());
            let t = cx.tokens;
            let round = f32::from(radius::BUTTON);
            if now == Some(*page) {
                ui.painter().rect_filled(rect, round, t.accent_soft);
            } else if response.hovered() || response.has_focus() {
                ui.painter().rect_filled(rect, round, t.raised);
            }
            let y = rect.center().y;
            let number = pos2(rect.left() + 28.0, y);
            let right = egui::Align2::RIGHT_CENTER;
            ui.painter().text(number, right, page, text::chip(), t.accent);
            let mut job =
                egui::text::LayoutJob::simple_singleline(around.clone(), text::chat(), t.text);
            job.wrap = egui::text::TextWrapping::truncate_at_width(rect.width() - 52.0);
            let laid = ui.painter().layout_job(job);
            let at = pos2(rect.left() + 40.0, y - laid.size().y / 2.0);
            ui.painter().galley(at, laid, t.text);
            let name = t!("stage.search_hit", page = page, words = around);
            response.widget_info(|| WidgetInfo::labeled(WidgetType::Button, true, &*name));
            if response.clicked() {
                cx.push(OnPage::Go(*page));
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_hit_is_the_nearest_page_and_goes_round() {
        let hits = [2, 5, 9].map(|page| (page, String::new())).to_vec();
        let search = Search { query: "x".into(), hits, at: 0 };
        assert_eq!(nearest(&search, 5, false), Some(9));
        assert_eq!(nearest(&search, 5, true), Some(2));
        assert_eq!(nearest(&search, 9, false), Some(2));
        assert_eq!(nearest(&search, 1, true), Some(9));
        assert_eq!(nearest(&Search::default(), 1, true), None);
    }
}
