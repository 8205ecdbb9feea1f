//! The page strip: the file's name, and its pages in small.

use super::{contents, stage};
use crate::command::OnPage;
use crate::context::Context;
use crate::model::stage::{Document, Stage};
use crate::pictures::WHOLE;
use crate::theme::{radius, size, text};
use crate::widgets::IconButton;
use egui::{
    Align, Align2, Color32, CornerRadius, FontId, Rect, ScrollArea, Sense, Stroke, StrokeKind, Ui,
    UiBuilder, WidgetInfo, WidgetType, epaint::RectShape, pos2, vec2,
};
use egui_material_icons::icons::{ICON_CO_PRESENT, ICON_GRID_VIEW, ICON_TOC};
use moot_node::room::stanza::PageTurn;
use rust_i18n::t;

/// Height of the file's name and its second line.
const HEADER: f32 = 66.0;

/// Side of the button between pages and table of contents: as high as its line, not more.
const SWITCH: f32 = 28.0;

/// From the left edge of the strip to a thumbnail.
const INDENT: f32 = 40.0;

/// Unchosen thumbnails in the dark theme: dimmed by 20 % (design.md, Behaviour).
const DIMMED: Color32 = Color32::from_gray(204);

/// The strip.
#[derive(Debug, Default)]
pub struct PageStrip {
    /// The page in view as it was last: when it turns, its row comes into view.
    seen: Option<PageTurn>,
    /// The table of contents is shown instead of the pages.
    contents: bool,
}

impl PageStrip {
    /// Draws it into the whole of `ui`.
    pub fn ui(&mut self, ui: &mut Ui, cx: &mut Context<'_>) {
        let Some(view) = stage::view(cx.model) else { return };
        let (Some(page), Some(document)) = (view.stage.page(), view.stage.current()) else {
            return;
        };
        let whole = ui.max_rect();
        ui.expand_to_include_rect(whole);
        let (header, list) = whole.split_top_bottom_at_y(whole.top() + HEADER);
        let outlined = view.stage.structures.get(&page.document);
        let outlined = outlined.is_some_and(|known| !known.outline().is_empty());
        self.header(ui, cx, document, header, outlined);
        if outlined && self.contents {
            return contents::ui(ui, cx, &view.stage, list);
        }
        let mut child = ui.new_child(UiBuilder::new().max_rect(list).id_salt("pages"));
        child.spacing_mut().item_spacing.y = 0.0;
        let turned = self.seen != Some(page);
        let other = self.seen.is_none_or(|seen| seen.document != page.document);
        self.seen = Some(page);
        let rows = document.pages as usize;
        let area = ScrollArea::vertical().id_salt(document.id.0).auto_shrink(false);
        // Two hundred pages take no longer than eight: only the rows in view are drawn.
        area.show_viewport(&mut child, |ui, port| {
            ui.set_height(rows as f32 * size::THUMBNAIL_ROW);
            let top = ui.max_rect().top();
            let row = |n: usize| {
                let y = top + n as f32 * size::THUMBNAIL_ROW;
                Rect::from_min_size(pos2(whole.left(), y), vec2(whole.width(), size::THUMBNAIL_ROW))
            };
            let first = (port.top() / size::THUMBNAIL_ROW).floor().max(0.0) as usize;
            let end = ((port.bottom() / size::THUMBNAIL_ROW).ceil() as usize).min(rows);
            let thumbnails =
                || (first..end).map(|n| (PageTurn { page: n as u32 + 1, ..page }, row(n)));
            // All pictures before all lines and words: each change of texture is a drawing of its own
            // (measured without a graphics card: a quarter of the frame).
            for (page, row) in thumbnails() {
                picture(ui, cx, &view.stage, page, row);
            }
            for (page, row) in thumbnails() {
                thumbnail(ui, cx, &view.stage, page, row);
            }
            if turned {
                let row = row(page.page.saturating_sub(1) as usize);
                let place = if other { Some(Align::Center) } else { None };
                ui.scroll_to_rect(row, place);
            }
        });
    }

    /// The file's name, and how much of it is here.
    fn header(
        &mut self,
        ui: &mut Ui,
        cx: &Context<'_>,
        document: &Document,
        room: Rect,
        outlined: bool,
    ) {
        let t = cx.tokens;
        // Beside the name alone: the second line is cut nowhere.
        let switch_room = if outlined { SWITCH + 8.0 } else { 0.0 };
        if outlined {
            let corner = pos2(room.right() - switch_room, room.top() + 24.0 - SWITCH / 2.0);
            let switch = Rect::from_min_size(corner, egui::Vec2::splat(SWITCH));
            let (icon, name) = if self.contents {
                (ICON_GRID_VIEW, t!("strip.show_pages"))
            } else {
                (ICON_TOC, t!("strip.show_contents"))
            };
            let mut child = ui.new_child(
                UiBuilder::new()
                    .max_rect(switch)
                    .layout(egui::Layout::left_to_right(Align::Center)),
            );
            if IconButton::round(icon, &name, SWITCH).show(&mut child, t).clicked() {
                self.contents = !self.contents;
            }
        }
        let line = |ui: &Ui, y: f32, words: &str, end: f32, font: FontId, colour: Color32| {
            let mut job = egui::text::LayoutJob::simple_singleline(words.to_owned(), font, colour);
            job.wrap = egui::text::TextWrapping::truncate_at_width(room.width() - size::EDGE - end);
            let laid = ui.painter().layout_job(job);
            let at = pos2(room.left() + size::EDGE, room.top() + y - laid.size().y / 2.0);
            ui.painter().galley(at, laid, colour);
        };
        let second = how_much(document);
        line(ui, 24.0, &document.name, switch_room.max(14.0), text::file(), t.text);
        line(ui, 44.0, &second, 6.0, text::second(), t.weak);
        let named = Rect::from_min_max(room.min, room.max - vec2(switch_room, 0.0));
        let response = ui.interact(named, ui.id().with("file"), Sense::hover());
        let words = format!("{} · {second}", document.name);
        response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, &words));
        response.on_hover_text(&document.name);
    }
}

/// "24 pages · all on this laptop".
fn how_much(document: &Document) -> String {
    let pages = if document.pages == 1 {
        t!("strip.one_page")
    } else {
        t!("strip.pages", n = document.pages)
    };
    let here = if document.is_complete() {
        t!("strip.all_here")
    } else {
        // Not 100 % before all is here.
        let percent = document.have.saturating_mul(100) / document.total.max(1);
        t!("strip.share_here", percent = percent.min(99))
    };
    format!("{pages} · {here}")
}

/// A page's picture, or the paper that it will be on.
fn picture(ui: &Ui, cx: &mut Context<'_>, stage: &Stage, page: PageTurn, row: Rect) {
    let t = cx.tokens;
    let corner = CornerRadius::same(radius::THUMBNAIL);
    let inner = place(cx, page, row);
    let Some(picture) = cx.pictures.thumbnail(page) else {
        let paper = if t.dark { t.raised } else { Color32::WHITE };
        ui.painter().rect_filled(inner, corner, paper);
        return;
    };
    let dim = if t.dark && stage.page() != Some(page) { DIMMED } else { Color32::WHITE };
    ui.painter().add(RectShape::filled(inner, corner, dim).with_texture(picture.texture, WHOLE));
}

/// Where a page's picture is: one of another shape than the frame stands in its middle.
fn place(cx: &mut Context<'_>, page: PageTurn, row: Rect) -> Rect {
    let corner = pos2(row.left() + INDENT, row.center().y - size::THUMBNAIL.y / 2.0);
    let frame = Rect::from_min_size(corner, size::THUMBNAIL);
    cx.pictures.thumbnail(page).map_or(frame, |picture| fitted(frame, picture.pixels))
}

/// What is around the picture, and what a click does.
fn thumbnail(ui: &mut Ui, cx: &mut Context<'_>, stage: &Stage, page: PageTurn, row: Rect) {
    let t = cx.tokens;
    let chosen = stage.page() == Some(page);
    let presented = stage.strayed() && stage.shown == Some(page);
    let response = ui.interact(row, ui.id().with(page.page), Sense::click());
    let inner = place(cx, page, row);
    let painter = ui.painter();
    if !t.dark {
        let line = Stroke::new(1.0, t.border);
        painter.rect_stroke(inner, radius::THUMBNAIL, line, StrokeKind::Inside);
    }
    if chosen || response.hovered() || response.has_focus() {
        let colour = if chosen || response.has_focus() { t.accent } else { t.border };
        let ring = Stroke::new(2.0, colour);
        painter.rect_stroke(inner.expand(3.0), 9.0, ring, StrokeKind::Middle);
    }
    let (colour, font) = if chosen {
        (t.accent, crate::theme::Weight::SemiBold.at(12.0))
    } else {
        (t.weak, text::second())
    };
    let number = pos2(row.left() + 30.0, row.center().y);
    painter.text(number, Align2::RIGHT_CENTER, stage.label(page), font, colour);
    if presented {
        let font = FontId::new(15.0, ICON_CO_PRESENT.font_family());
        let at = pos2(row.left() + 22.0, row.center().y + 18.0);
        painter.text(at, Align2::CENTER_CENTER, ICON_CO_PRESENT.codepoint, font, t.accent);
    }
    let name = if presented {
        t!("strip.page_presented", n = stage.label(page))
    } else {
        t!("strip.page", n = stage.label(page))
    };
    response.widget_info(|| WidgetInfo::selected(WidgetType::Button, true, chosen, &*name));
    if response.clicked() && !chosen {
        cx.push(OnPage::Go(page.page));
    }
}

/// The largest room of this shape in the middle of the frame: a page is never distorted.
pub(super) fn fitted(frame: Rect, shape: egui::Vec2) -> Rect {
    let aspect = shape.x.max(1.0) / shape.y.max(1.0);
    let wide = frame.width().min(frame.height() * aspect);
    Rect::from_center_size(frame.center(), vec2(wide, wide / aspect))
}
