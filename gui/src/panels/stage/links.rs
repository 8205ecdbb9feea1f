//! The links of the page: they look as the page draws them, and lead where the pointer says.

use super::place::Place;
use crate::command::{OnPage, Window};
use crate::context::Context;
use crate::model::Sheet;
use crate::model::stage::Stage;
use egui::{CursorIcon, Rect, Sense, Stroke, StrokeKind, Ui, WidgetInfo, WidgetType};
use moot_node::room::pages::LinkTarget;
use moot_node::room::stanza::{PageTurn, Point};
use rust_i18n::t;

/// Links of one page that are offered: a page with more is an index, and leafing in it costs frames.
const LINKS: usize = 300;

/// Offers the links of page `on`, over the page.
pub(super) fn ui(ui: &Ui, cx: &mut Context<'_>, stage: &Stage, on: PageTurn, place: &Place) {
    let Some(structure) = stage.structures.get(&on.document) else { return };
    for (n, link) in structure.links(on.page).take(LINKS).enumerate() {
        let [left, top, width, height] = link.area.map(|n| i32::try_from(n).unwrap_or(i32::MAX));
        let corner = |x: i32, y: i32| place.on_screen(Point { x, y });
        let area = Rect::from_two_pos(corner(left, top), corner(left + width, top + height));
        let area = area.intersect(place.canvas);
        if !area.is_positive() {
            continue;
        }
        // Clicks only: a drag that begins here moves the page, as elsewhere.
        let response = ui.interact(area, ui.id().with(("link", n)), Sense::click());
        let words = match &link.to {
            LinkTarget::Page(page) => {
                t!("stage.link_page", page = stage.label(PageTurn { page: *page, ..on }))
                    .into_owned()
            }
            LinkTarget::Address(address) => address.clone(),
        };
        response.widget_info(|| WidgetInfo::labeled(WidgetType::Link, true, &words));
        if response.has_focus() {
            let line = Stroke::new(2.0, cx.tokens.accent);
            ui.painter().rect_stroke(area, 2.0, line, StrokeKind::Outside);
        }
        let response = response.on_hover_cursor(CursorIcon::PointingHand);
        let response = response.on_hover_text_at_pointer(&words);
        if response.clicked() {
            match &link.to {
                LinkTarget::Page(page) => cx.push(OnPage::Go(*page)),
                LinkTarget::Address(address) => {
                    cx.push(Window::Sheet(Some(Sheet::ConfirmBrowse(address.clone()))));
                }
            }
        }
    }
}
