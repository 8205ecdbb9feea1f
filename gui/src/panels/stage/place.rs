//! Where the page lies: canvas, page and screen. Pure geometry.

use crate::model::stage::Fit;
use crate::theme::size::PAGE_MARGIN;
use egui::{Pos2, Rect, Vec2, pos2, vec2};
use moot_node::limits::POINT_REACH;
use moot_node::room::stanza::Point;

/// Above a fitted page: the pill, half of which reaches above 36 points, and air.
const ABOVE: f32 = 60.0;

/// Below a fitted page.
const BELOW: f32 = 40.0;

/// From the top of the page to the middle of the pill (design.md, Frame).
const PILL_ABOVE: f32 = 36.0;

/// From the top of the canvas to the middle of the pill, when the page reaches above it.
const PILL_LEAST: f32 = 28.0;

/// Where the page lies on the screen.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Place {
    /// All of the page; reaches beyond the canvas when zoomed.
    pub page: Rect,
    /// What may be seen of it.
    pub canvas: Rect,
    /// The canvas's middle on the page, in fractions of it, as it really is: a page is not moved
    /// farther than its edge.
    pub middle: Vec2,
}

impl Place {
    /// Lays a page of this shape (width by height) into the canvas.
    #[must_use]
    pub fn new(canvas: Rect, aspect: f32, fit: Fit, zoom: f32, middle: Vec2) -> Self {
        let free = free(canvas);
        let aspect = if aspect.is_finite() { aspect.clamp(0.05, 20.0) } else { 1.0 };
        let width = match fit {
            Fit::Page => free.width().min(free.height() * aspect),
            Fit::Width => free.width(),
        };
        let size = vec2(width, width / aspect) * zoom;
        let wish = canvas.center().to_vec2() - middle * size;
        let min =
            pos2(along(wish.x, size.x, free.x_range()), along(wish.y, size.y, free.y_range()));
        let page = Rect::from_min_size(min, size);
        let middle = (canvas.center() - page.min) / page.size().max(vec2(1.0, 1.0));
        Self { page, canvas, middle }
    }

    /// Where a point of the page is on the screen.
    #[must_use]
    pub fn on_screen(&self, point: Point) -> Pos2 {
        let share = vec2(point.x as f32, point.y as f32) / 10_000.0;
        self.page.min + share * self.page.size()
    }

    /// The point of the page at a place of the screen; may lie beside the page, within what a
    /// stanza may say.
    #[must_use]
    pub fn on_page(&self, at: Pos2) -> Point {
        let share = self.fraction(at) * 10_000.0;
        let reach = POINT_REACH as f32;
        let whole = |v: f32| v.clamp(-reach, reach).round() as i32;
        Point { x: whole(share.x), y: whole(share.y) }
    }

    /// The same in fractions of the page's width and height.
    #[must_use]
    pub fn fraction(&self, at: Pos2) -> Vec2 {
        (at - self.page.min) / self.page.size().max(vec2(1.0, 1.0))
    }

    /// What is seen of the page, in fractions of it.
    #[must_use]
    pub fn seen(&self) -> Rect {
        let seen = self.page.intersect(self.canvas);
        let corner = |at| self.fraction(at).to_pos2();
        Rect::from_min_max(corner(seen.min), corner(seen.max))
    }

    /// Points of the screen that a length in 1/10 000 of the page's width takes.
    #[must_use]
    pub fn length(&self, tenthousandths: u32) -> f32 {
        tenthousandths as f32 / 10_000.0 * self.page.width()
    }

    /// By how much (fractions of the page) the canvas's middle moves when the page is dragged by
    /// `drag` points; nothing beyond the page's edges. `model_middle` is what it moves from.
    #[must_use]
    pub fn pan(&self, drag: Vec2, model_middle: Vec2) -> Vec2 {
        let moved = self.page.translate(drag);
        let free = free(self.canvas);
        let min = pos2(
            along(moved.min.x, moved.width(), free.x_range()),
            along(moved.min.y, moved.height(), free.y_range()),
        );
        (self.canvas.center() - min) / self.page.size().max(vec2(1.0, 1.0)) - model_middle
    }

    /// There is something to move: the page is larger than its room.
    #[must_use]
    pub fn is_larger(&self) -> bool {
        let free = free(self.canvas);
        self.page.width() > free.width() + 0.5 || self.page.height() > free.height() + 0.5
    }

    /// The middle of the pill above the page.
    #[must_use]
    pub fn pill(&self) -> Pos2 {
        let y = (self.page.top() - PILL_ABOVE).max(self.canvas.top() + PILL_LEAST);
        pos2(self.canvas.center().x, y)
    }
}

/// The room for a fitted page.
fn free(canvas: Rect) -> Rect {
    let margin = PAGE_MARGIN.min(canvas.width() / 8.0);
    let (above, below) = (ABOVE.min(canvas.height() / 4.0), BELOW.min(canvas.height() / 6.0));
    Rect::from_min_max(
        pos2(canvas.left() + margin, canvas.top() + above),
        pos2(canvas.right() - margin, canvas.bottom() - below),
    )
}

/// Where a side of this length begins: in the middle when there is room for it, else as wished but
/// so that no gap opens beside it.
fn along(wish: f32, length: f32, room: egui::Rangef) -> f32 {
    if length <= room.span() + 0.5 {
        return room.center() - length / 2.0;
    }
    wish.clamp(room.max - length, room.min)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The canvas of the design's picture, 1440 × 900.
    const CANVAS: Rect = Rect { min: pos2(192.0, 60.0), max: pos2(1132.0, 824.0) };
    const HALF: Vec2 = vec2(0.5, 0.5);

    fn fitted(zoom: f32) -> Place {
        Place::new(CANVAS, 16.0 / 9.0, Fit::Page, zoom, HALF)
    }

    #[test]
    fn the_design_s_page() {
        let place = fitted(1.0);
        assert_eq!((place.page.left(), place.page.right()), (228.0, 1096.0));
        assert!((place.page.center().y - 452.0).abs() < 0.1, "{:?}", place.page);
        assert!((place.page.top() - place.pill().y - 36.0).abs() < 0.01);
        assert!(!place.is_larger());
    }

    #[test]
    fn a_tall_page_leaves_room_for_the_pill() {
        let place = Place::new(CANVAS, 210.0 / 297.0, Fit::Page, 1.0, HALF);
        assert!((place.page.top() - 120.0).abs() < 0.1);
        assert!(place.page.bottom() <= CANVAS.bottom() - 39.9);
        assert!(place.pill().y - 18.5 > CANVAS.top());
    }

    #[test]
    fn points_of_the_page_go_to_the_screen_and_back() {
        for zoom in [0.5, 1.0, 3.7] {
            let place = fitted(zoom);
            for point in
                [Point { x: 0, y: 0 }, Point { x: 10_000, y: 10_000 }, Point { x: 1_234, y: 8_765 }]
            {
                let back = place.on_page(place.on_screen(point));
                assert!((back.x - point.x).abs() <= 1 && (back.y - point.y).abs() <= 1);
            }
        }
        assert_eq!(fitted(1.0).on_screen(Point { x: 0, y: 0 }), fitted(1.0).page.min);
    }

    #[test]
    fn a_point_far_outside_stays_within_what_may_be_said() {
        let reach = POINT_REACH as i32;
        let far = fitted(0.25).on_page(pos2(1e6, -1e6));
        assert_eq!((far.x, far.y), (reach, -reach));
    }

    #[test]
    fn a_large_page_is_not_moved_beyond_its_edge() {
        let place = Place::new(CANVAS, 16.0 / 9.0, Fit::Page, 2.0, vec2(-3.0, 9.0));
        assert_eq!(place.page.left(), 228.0);
        assert!((place.page.bottom() - 784.0).abs() < 0.1);
        let still = place.middle + place.pan(vec2(500.0, 0.0), place.middle);
        assert!((still - place.middle).length() < 1e-4, "already at its edge");
        let moved = place.pan(vec2(-100.0, 0.0), place.middle);
        assert!((moved.x - 100.0 / place.page.width()).abs() < 1e-4);
    }

    #[test]
    fn a_drag_moves_the_page_with_the_pointer_even_when_the_model_is_off() {
        let wrong = vec2(9.0, 9.0);
        let place = Place::new(CANVAS, 1.0, Fit::Width, 2.0, wrong);
        let middle = wrong + place.pan(vec2(40.0, 25.0), wrong);
        let after = Place::new(CANVAS, 1.0, Fit::Width, 2.0, middle);
        assert!(((after.page.min - place.page.min) - vec2(40.0, 25.0)).length() < 0.1);
    }

    #[test]
    fn fit_width_begins_at_the_top() {
        let place = Place::new(CANVAS, 0.7, Fit::Width, 1.0, vec2(0.5, 0.0));
        assert_eq!(place.page.top(), 120.0);
        assert_eq!(place.page.width(), 868.0);
        assert!(place.is_larger());
    }

    #[test]
    fn odd_shapes_and_small_canvases_stay_finite() {
        for aspect in [0.0, f32::NAN, f32::INFINITY, 1e9] {
            for canvas in [Rect::from_min_size(Pos2::ZERO, Vec2::ZERO), CANVAS] {
                let place = Place::new(canvas, aspect, Fit::Page, 1.0, HALF);
                assert!(place.page.is_finite() && place.middle.is_finite(), "{place:?}");
            }
        }
    }

    #[test]
    fn what_is_seen_is_a_part_of_the_page() {
        assert_eq!(fitted(1.0).seen(), crate::pictures::WHOLE);
        let seen = fitted(4.0).seen();
        assert!(seen.width() < 0.3 && seen.center().distance(pos2(0.5, 0.5)) < 0.02, "{seen:?}");
    }
}
