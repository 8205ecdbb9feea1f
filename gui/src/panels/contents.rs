//! The table of contents, in the place of the page strip.

use crate::command::OnPage;
use crate::context::Context;
use crate::model::stage::Stage;
use crate::theme::{Weight, radius, size, text};
use egui::{Align2, Rect, ScrollArea, Sense, Ui, UiBuilder, WidgetInfo, WidgetType, pos2, vec2};
use moot_node::room::pages::Heading;
use moot_node::room::stanza::PageTurn;
use rust_i18n::t;

/// Height of a line.
const ROW: f32 = 32.0;

/// How far a heading stands in from the one it lies below.
const STEP: f32 = 12.0;

/// Headings deeper than this stand no farther in: the strip is narrow.
const DEEPEST: u8 = 4;

/// Draws the headings of the document in view into `room`.
pub(super) fn ui(ui: &mut Ui, cx: &mut Context<'_>, stage: &Stage, room: Rect) {
    let Some(on) = stage.page() else { return };
    let Some(structure) = stage.structures.get(&on.document) else { return };
    let headings = structure.outline();
    let here = current(headings, on.page);
    let mut child = ui.new_child(UiBuilder::new().max_rect(room).id_salt("contents"));
    child.spacing_mut().item_spacing.y = 0.0;
    let area = ScrollArea::vertical().id_salt(("contents", on.document.0)).auto_shrink(false);
    // Two thousand headings take no longer than twenty.
    area.show_rows(&mut child, ROW, headings.len(), |ui, rows| {
        for n in rows {
            let (_, row) = ui.allocate_space(vec2(ui.available_width(), ROW));
            heading(ui, cx, stage, &headings[n], here == Some(n), row, on, n);
        }
    });
}

/// The heading that the page lies under: the last one that does not come after it.
fn current(headings: &[Heading], page: u32) -> Option<usize> {
    let before = headings.iter().enumerate().filter(|(_, heading)| heading.page <= page);
    // Of several that begin on one page the first: what one sees first of it.
    before.max_by_key(|(n, heading)| (heading.page, std::cmp::Reverse(*n))).map(|(n, _)| n)
}

#[expect(clippy::too_many_arguments, reason = "all of them are what one line shows")]
fn heading(
    ui: &Ui,
    cx: &mut Context<'_>,
    stage: &Stage,
    heading: &Heading,
    chosen: bool,
    row: Rect,
    on: PageTurn,
    n: usize,
) {
    let t = cx.tokens;
    let response = ui.interact(row, ui.id().with(n), Sense::click());
    let inner = row.shrink2(vec2(10.0, 2.0));
    if chosen || response.hovered() || response.has_focus() {
        let fill = if chosen { t.accent_soft } else { t.raised };
        ui.painter().rect_filled(inner, f32::from(radius::FIELD) - 4.0, fill);
    }
    let label = stage.label(PageTurn { page: heading.page, ..on });
    let colour = if chosen { t.accent } else { t.text };
    let right = pos2(inner.right() - 8.0, row.center().y);
    let number = ui.painter().text(right, Align2::RIGHT_CENTER, &label, text::second(), t.weak);
    let left = row.left() + size::EDGE + f32::from(heading.depth.min(DEEPEST)) * STEP;
    let weight = if heading.depth == 0 { Weight::Medium } else { Weight::Regular };
    let mut job =
        egui::text::LayoutJob::simple_singleline(heading.title.clone(), weight.at(13.0), colour);
    job.wrap = egui::text::TextWrapping::truncate_at_width((number.left() - 8.0 - left).max(1.0));
    let laid = ui.painter().layout_job(job);
    ui.painter().galley(pos2(left, row.center().y - laid.size().y / 2.0), laid, colour);
    let words = t!("strip.heading", title = heading.title, page = label);
    response.widget_info(|| WidgetInfo::selected(WidgetType::Button, true, chosen, &*words));
    if response.on_hover_text(&heading.title).clicked() {
        cx.push(OnPage::Go(heading.page));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_lies_under_the_last_heading_before_it() {
        let pages = [1, 3, 3, 9];
        let headings = pages.map(|page| Heading { title: "x".into(), page, depth: 0 });
        let at = [1, 2, 3, 8, 9, 20].map(|page| current(&headings, page));
        assert_eq!(at, [Some(0), Some(0), Some(1), Some(1), Some(3), Some(3)]);
        assert_eq!(current(&headings[1..], 2), None);
    }
}
