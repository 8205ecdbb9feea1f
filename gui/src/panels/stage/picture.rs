//! The page's picture on the canvas: white paper with its shadow, the image, a sharp detail over it
//! when somebody has come near, and what is said while it is on its way.

use super::place::Place;
use crate::context::Context;
use crate::model::Seconds;
use crate::model::stage::Stage;
use crate::pictures::{Picture, WHOLE};
use crate::theme::{page_shadow, radius, text};
use egui::{
    Align2, Color32, CornerRadius, Rect, Sense, Ui, WidgetInfo, WidgetType, epaint::RectShape,
    pos2, vec2,
};
use egui_material_icons::icons::ICON_BROKEN_IMAGE;
use moot_node::room::stanza::PageTurn;
use rust_i18n::t;
use std::time::Duration;

/// A page that comes sooner than this is not announced, seconds: words that flash are noise.
const PATIENCE: Seconds = 0.25;

/// The page is shown larger than its picture by this factor before a sharp detail is asked for.
const COARSE: f32 = 1.15;

/// How long page and zoom must rest before a sharp detail is asked for, seconds: each takes the
/// converter 50 to 500 ms.
const REST: Seconds = 0.2;

/// Details begin and end on this grid, so that a little move needs no new one.
const GRID: f32 = 32.0;

/// What is on the way, and what was asked for.
#[derive(Debug, Default)]
pub(super) struct PagePicture {
    waiting: Option<(PageTurn, Seconds)>,
    /// Where the page was last, and since when.
    rests: Option<(Rect, Seconds)>,
    detail: Option<(PageTurn, Rect, u32)>,
}

impl PagePicture {
    /// Paints the page.
    pub(super) fn paint(
        &mut self,
        ui: &mut Ui,
        cx: &mut Context<'_>,
        stage: &Stage,
        on: PageTurn,
        place: &Place,
        picture: Option<Picture>,
    ) {
        let painter = ui.painter().with_clip_rect(place.canvas);
        let corner = CornerRadius::same(radius::PAGE);
        painter.add(page_shadow(cx.tokens).as_shape(place.page, corner));
        painter.rect_filled(place.page, corner, Color32::WHITE);
        // While the page is on its way its small picture, if that is here, stands in.
        let Some(shown) = picture.or_else(|| cx.pictures.thumbnail(on)) else {
            return self.announce(ui, cx, stage, on, place);
        };
        let image = RectShape::filled(place.page, corner, Color32::WHITE);
        painter.add(image.with_texture(shown.texture, WHOLE));
        match picture {
            Some(picture) => {
                self.waiting = None;
                self.sharpen(ui, cx, on, place, picture);
            }
            None => self.announce(ui, cx, stage, on, place),
        }
    }

    /// "Getting page 7 · 64 %".
    fn announce(
        &mut self,
        ui: &mut Ui,
        cx: &Context<'_>,
        stage: &Stage,
        on: PageTurn,
        place: &Place,
    ) {
        let now = cx.model.now;
        let since = match self.waiting {
            Some((page, since)) if page == on => since,
            _ => now,
        };
        self.waiting = Some((on, since));
        let problem = cx.pictures.problem(on);
        let arriving = stage.arriving.filter(|(page, ..)| *page == on);
        if problem.is_none() && arriving.is_none() && now < since + PATIENCE {
            let wait = Duration::from_secs_f64(since + PATIENCE - now);
            return ui.ctx().request_repaint_after(wait);
        }
        let middle = place.page.intersect(place.canvas).center();
        let share =
            arriving.filter(|(.., all)| *all > 0).map(|(_, have, all)| have as f32 / all as f32);
        let words = match (&problem, share) {
            (Some(why), _) => t!("stage.no_picture", page = on.page, why = why),
            (None, Some(share)) => {
                t!("stage.getting_share", page = on.page, percent = (share * 100.0).floor() as u32)
            }
            (None, None) => t!("stage.getting", page = on.page),
        };
        // Pages are white in both themes, so these colours are the paper's, not the theme's.
        let (ink, pale) = (Color32::from_gray(110), Color32::from_gray(226));
        if problem.is_some() {
            let font = egui::FontId::new(36.0, ICON_BROKEN_IMAGE.font_family());
            let at = middle - vec2(0.0, 34.0);
            ui.painter().text(at, Align2::CENTER_CENTER, ICON_BROKEN_IMAGE.codepoint, font, pale);
        }
        let wide = (place.page.width() * 0.8).max(120.0);
        let laid = ui.painter().layout(words.to_string(), text::strong(), ink, wide);
        let room = Rect::from_center_size(middle, laid.size());
        ui.painter().galley(room.min, laid, ink);
        let response = ui.interact(room, ui.id().with("getting"), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, &*words));
        if let Some(share) = share {
            let bar = Rect::from_center_size(middle + vec2(0.0, 24.0), vec2(180.0, 4.0));
            ui.painter().rect_filled(bar, 2.0, pale);
            let done = Rect::from_min_size(bar.min, vec2(bar.width() * share.min(1.0), 4.0));
            ui.painter().rect_filled(done, 2.0, crate::theme::LIGHT.accent);
        }
    }

    /// Puts a sharp detail over a page that is shown larger than its picture.
    fn sharpen(
        &mut self,
        ui: &Ui,
        cx: &mut Context<'_>,
        on: PageTurn,
        place: &Place,
        picture: Picture,
    ) {
        let (now, page) = (cx.model.now, place.page);
        let since = match self.rests {
            Some((before, since)) if before == page => since,
            _ => now,
        };
        self.rests = Some((page, since));
        let wide = page.width() * ui.pixels_per_point();
        if wide <= picture.pixels.x * COARSE {
            self.detail = None;
            return;
        }
        if now >= since + REST {
            let part = snapped(place.seen());
            self.detail =
                part.is_positive().then(|| (on, part, (wide * part.width()).ceil() as u32));
        } else {
            let wait = Duration::from_secs_f64((since + REST - now).max(0.001));
            ui.ctx().request_repaint_after(wait);
        }
        let Some((page, part, pixels)) = self.detail.filter(|(page, ..)| *page == on) else {
            return;
        };
        if let Some(detail) = cx.pictures.detail(page, part, pixels) {
            overlay(ui, place, detail);
        }
    }
}

/// Paints a picture of a part of the page where it belongs.
pub(super) fn overlay(ui: &Ui, place: &Place, picture: Picture) {
    let at = |share: egui::Pos2| place.page.min + share.to_vec2() * place.page.size();
    let rect = Rect::from_min_max(at(picture.part.min), at(picture.part.max));
    let painter = ui.painter().with_clip_rect(place.canvas);
    painter.image(picture.texture, rect, WHOLE, Color32::WHITE);
}

/// What is seen, outwards to the grid.
fn snapped(seen: Rect) -> Rect {
    let down = |v: f32| (v * GRID).floor() / GRID;
    let up = |v: f32| (v * GRID).ceil() / GRID;
    let (min, max) = (seen.min, seen.max);
    Rect::from_min_max(pos2(down(min.x), down(min.y)), pos2(up(max.x), up(max.y))).intersect(WHOLE)
}
