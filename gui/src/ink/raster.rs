//! Finished ink as pixels, by tiny-skia.

use super::{Sample, Trace, trace};
use crate::model::marks::Ink;
use egui::{Pos2, Rect, Vec2, pos2};
use tiny_skia::{FillRule, LineCap, LineJoin, Paint, Path, PathBuilder, Pixmap, Stroke, Transform};

/// From this turn on, a joint of a line of changing width gets a disc: 18°, as cosine.
const BEND: f32 = 0.95;

/// Half widths that differ by less are the same, pixels.
const EVEN: f32 = 0.05;

/// Paints `ink` onto a picture over which the page lies at `page` (pixels); returns what it may
/// have touched.
pub fn paint(pixmap: &mut Pixmap, ink: &Ink, page: Rect) -> Rect {
    let mut touched = Rect::NOTHING;
    let mut paint = Paint { anti_alias: true, ..Paint::default() };
    let [red, green, blue, opacity] = ink.colour;
    paint.set_color_rgba8(red, green, blue, opacity);
    let canvas =
        Rect::from_min_size(Pos2::ZERO, Vec2::new(pixmap.width() as f32, pixmap.height() as f32));
    for trace in trace(ink, page) {
        let Some(bounds) = bounds(&trace).filter(|bounds| bounds.intersects(canvas)) else {
            continue;
        };
        touched = touched.union(bounds);
        let half = trace.samples[0].half;
        if trace.samples.iter().all(|s| (s.half - half).abs() < EVEN) && trace.samples.len() > 1 {
            even(pixmap, &trace, half, &paint);
        } else if let Some(path) = swelling(&trace.samples) {
            pixmap.fill_path(&path, &paint, FillRule::Winding, Transform::identity(), None);
        }
    }
    touched.intersect(canvas)
}

fn bounds(trace: &Trace) -> Option<Rect> {
    let mut bounds = Rect::NOTHING;
    for sample in &trace.samples {
        bounds =
            bounds.union(Rect::from_center_size(sample.at, Vec2::splat(sample.half * 2.0 + 2.0)));
    }
    bounds.is_finite().then_some(bounds)
}

/// A line of one width.
fn even(pixmap: &mut Pixmap, trace: &Trace, half: f32, paint: &Paint<'_>) {
    let mut path = PathBuilder::new();
    for (n, Sample { at, .. }) in trace.samples.iter().enumerate() {
        if n == 0 { path.move_to(at.x, at.y) } else { path.line_to(at.x, at.y) }
    }
    if trace.closed {
        path.close();
    }
    let line_cap = if trace.flat { LineCap::Butt } else { LineCap::Round };
    let stroke =
        Stroke { width: half * 2.0, line_cap, line_join: LineJoin::Round, ..Stroke::default() };
    if let Some(path) = path.finish() {
        pixmap.stroke_path(&path, paint, &stroke, Transform::identity(), None);
    }
}

/// A line of changing width: the union of a quadrilateral from each sample to the next and of discs
/// at the bends. All turn the same way round, so that nothing is cut out where they overlap.
fn swelling(samples: &[Sample]) -> Option<Path> {
    let mut path = PathBuilder::new();
    let mut last = None;
    for (n, sample) in samples.iter().enumerate() {
        let next = samples.get(n + 1);
        let along = next.map(|next| (next.at - sample.at).normalized());
        let bends = match (last, along) {
            (Some(last), Some(along)) => Vec2::dot(last, along) < BEND,
            _ => true,
        };
        if bends {
            path.push_circle(sample.at.x, sample.at.y, sample.half);
        }
        if let (Some(next), Some(along)) = (next, along) {
            // Both ends are cut across the mean of the directions they lie between, so that
            // neighbours share a side.
            let after = samples.get(n + 2).map(|s| (s.at - next.at).normalized());
            let mean = |a: Option<Vec2>| {
                let mean = a.map_or(along, |a| (a + along).normalized());
                if mean == Vec2::ZERO { along } else { mean }.rot90()
            };
            let (here, there) = (mean(last) * sample.half, mean(after) * next.half);
            quad(&mut path, [sample.at - here, sample.at + here, next.at + there, next.at - there]);
        }
        last = along.or(last);
    }
    path.finish()
}

/// A closed quadrilateral, turning as tiny-skia's circles do.
fn quad(path: &mut PathBuilder, mut corners: [Pos2; 4]) {
    let twice_area: f32 = (0..4)
        .map(|n| {
            let (a, b) = (corners[n], corners[(n + 1) % 4]);
            a.x * b.y - b.x * a.y
        })
        .sum();
    if twice_area < 0.0 {
        corners.reverse();
    }
    for (n, Pos2 { x, y }) in corners.into_iter().enumerate() {
        if n == 0 { path.move_to(x, y) } else { path.line_to(x, y) }
    }
    path.close();
}

/// Where the page lies on a picture of this part of it (fractions), this many pixels large.
#[must_use]
pub(super) fn page_on(part: Rect, pixels: [u32; 2]) -> Rect {
    let size = Vec2::new(pixels[0] as f32, pixels[1] as f32) / part.size();
    let min = pos2(-part.min.x * size.x, -part.min.y * size.y);
    Rect::from_min_size(min, size)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::marks::Tool;
    use crate::model::sample;

    const PAGE: Rect = Rect { min: Pos2::ZERO, max: pos2(200.0, 200.0) };

    fn ink(tool: Tool, points: &[(i32, i32)], pressure: &[u8], opacity: u8) -> Ink {
        let colour = [255, 0, 0, opacity];
        Ink { pressure: pressure.to_vec(), colour, width: 500, ..sample::ink(tool, points) }
    }

    fn drawn(tool: Tool, points: &[(i32, i32)], pressure: &[u8], opacity: u8) -> (Pixmap, Rect) {
        let ink = ink(tool, points, pressure, opacity);
        let mut pixmap = Pixmap::new(200, 200).expect("200 by 200");
        let touched = paint(&mut pixmap, &ink, PAGE);
        (pixmap, touched)
    }

    fn alpha(pixmap: &Pixmap, x: u32, y: u32) -> u8 {
        pixmap.pixel(x, y).expect("within").alpha()
    }

    #[test]
    fn a_line_is_where_it_was_drawn() {
        let (pixmap, touched) = drawn(Tool::Line, &[(1_000, 5_000), (9_000, 5_000)], &[], 255);
        assert_eq!([alpha(&pixmap, 100, 100), alpha(&pixmap, 100, 110)], [255, 0]);
        assert!(touched.contains(pos2(20.0, 100.0)) && !touched.contains(pos2(20.0, 120.0)));
    }

    #[test]
    fn a_line_of_changing_width_crosses_itself_without_a_hole() {
        let eight = [(2_000, 2_000), (8_000, 8_000), (8_000, 2_000), (2_000, 8_000)];
        let pressure = [63, 25, 25, 63];
        let (pixmap, _) = drawn(Tool::Pen, &eight, &pressure, 255);
        assert_eq!(alpha(&pixmap, 40, 40), 255, "a round end");
        let curve = trace(&ink(Tool::Pen, &eight, &pressure, 255), PAGE);
        for sample in &curve[0].samples {
            let at = sample.at;
            assert_eq!(alpha(&pixmap, at.x as u32, at.y as u32), 255, "a hole at {at:?}");
        }
    }

    #[test]
    fn a_highlighter_does_not_darken_itself() {
        let there_and_back = [(1_000, 5_000), (9_000, 5_000), (1_000, 5_100)];
        let (pixmap, _) = drawn(Tool::Highlighter, &there_and_back, &[], 105);
        assert_eq!(alpha(&pixmap, 100, 100), 105);
    }

    #[test]
    fn what_lies_beside_the_picture_touches_nothing() {
        let (pixmap, touched) = drawn(Tool::Line, &[(20_000, 0), (30_000, 9_000)], &[], 255);
        assert!(!touched.is_positive());
        assert!(pixmap.data().iter().all(|byte| *byte == 0));
    }

    #[test]
    fn a_part_of_the_page_is_magnified() {
        let quarter = Rect::from_min_max(pos2(0.5, 0.5), pos2(1.0, 1.0));
        let page = page_on(quarter, [400, 200]);
        assert_eq!(page, Rect::from_min_max(pos2(-400.0, -200.0), pos2(400.0, 200.0)));
    }
}
