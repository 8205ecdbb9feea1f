//! Tabs, when the meeting has several documents.

use crate::command::OnPage;
use crate::context::Context;
use crate::model::MeetingView;
use crate::model::stage::Document;
use crate::theme::{radius, size, text};
use egui::{
    FontId, Rect, Response, ScrollArea, Sense, Stroke, StrokeKind, Ui, UiBuilder, WidgetInfo,
    WidgetType, pos2, vec2,
};
use egui_material_icons::icons::ICON_DESCRIPTION;
use rust_i18n::t;

/// Height of a tab, and of the air above it.
const HIGH: f32 = 34.0;

/// Air above the tabs.
const ABOVE: f32 = 10.0;

/// A name is cut to this width, points.
const NAME: f32 = 190.0;

/// Draws the tabs along the upper edge of the canvas, when there is more than one; returns the rest
/// of the canvas.
pub(super) fn ui(ui: &mut Ui, cx: &mut Context<'_>, view: &MeetingView, canvas: Rect) -> Rect {
    if view.stage.tabs().count() < 2 {
        return canvas;
    }
    let (row, rest) = canvas.split_top_bottom_at_y(canvas.top() + ABOVE + HIGH);
    let row = Rect::from_min_max(pos2(row.left() + size::EDGE, row.top() + ABOVE), row.max);
    let mut child = ui.new_child(UiBuilder::new().max_rect(row).id_salt("tabs"));
    ScrollArea::horizontal().auto_shrink(false).show(&mut child, |ui| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            let current = view.stage.page().map(|page| page.document);
            let presented = view.stage.shown.map(|page| page.document);
            for document in view.stage.tabs() {
                let chosen = current == Some(document.id);
                let response = tab(ui, cx, document, chosen, presented == Some(document.id));
                if response.clicked() && !chosen {
                    cx.push(OnPage::Show(document.id));
                }
                if chosen {
                    // A tab that comes to the front comes into view.
                    let key = ui.id().with("front tab");
                    let before = ui.data(|data| data.get_temp(key));
                    if before != Some(document.id.0) {
                        ui.data_mut(|data| data.insert_temp(key, document.id.0));
                        response.scroll_to_me(None);
                    }
                }
            }
        });
    });
    rest
}

fn tab(
    ui: &mut Ui,
    cx: &Context<'_>,
    document: &Document,
    chosen: bool,
    presented: bool,
) -> Response {
    let t = cx.tokens;
    let words = if chosen { t.text } else { t.weak };
    let mut job =
        egui::text::LayoutJob::simple_singleline(document.name.clone(), text::chip(), words);
    job.wrap = egui::text::TextWrapping::truncate_at_width(NAME);
    let laid = ui.painter().layout_job(job);
    let dot_room = if presented { 14.0 } else { 0.0 };
    let wide = 12.0 + 18.0 + 6.0 + laid.size().x + dot_room + 12.0;
    let (rect, response) = ui.allocate_exact_size(vec2(wide, HIGH), Sense::click());
    let painter = ui.painter();
    let corner = f32::from(radius::BUTTON);
    if chosen {
        painter.rect_filled(rect, corner, t.surface);
        painter.rect_stroke(rect, corner, Stroke::new(1.0, t.border), StrokeKind::Inside);
    } else if response.hovered() {
        painter.rect_filled(rect, corner, t.border);
    }
    if response.has_focus() {
        painter.rect_stroke(rect, corner, Stroke::new(2.0, t.accent), StrokeKind::Inside);
    }
    let y = rect.center().y;
    let icon = FontId::new(18.0, ICON_DESCRIPTION.font_family());
    let tint = if chosen { t.accent } else { t.weak };
    let at = pos2(rect.left() + 12.0, y);
    painter.text(at, egui::Align2::LEFT_CENTER, ICON_DESCRIPTION.codepoint, icon, tint);
    let (x, wide) = (rect.left() + 36.0, laid.size().x);
    painter.galley(pos2(x, y - laid.size().y / 2.0), laid, words);
    if presented {
        painter.circle_filled(pos2(x + wide + 9.0, y), 3.0, t.good);
    }
    response.widget_info(|| WidgetInfo::selected(WidgetType::Button, true, chosen, &document.name));
    let pages = t!("stage.tab_pages", n = document.pages);
    let shown = if presented { t!("stage.tab_presented") } else { "".into() };
    response.on_hover_text(format!("{}\n{pages}{shown}", document.name))
}
