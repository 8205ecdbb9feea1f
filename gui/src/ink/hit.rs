//! Which mark lies under the pointer: for the eraser, and for "who drew this?".

use super::trace;
use crate::model::marks::{Ink, Mark, MarkKind, Tool};
use egui::{Pos2, Rect};

/// The topmost mark within `reach` of `at` on a page that lies at `page`; all in points.
/// `note` tells the room that a note takes.
pub fn under(
    marks: &[Mark],
    at: Pos2,
    reach: f32,
    page: Rect,
    note: impl Fn(&Mark) -> Option<Rect>,
) -> Option<&Mark> {
    marks.iter().rev().find(|mark| match &mark.kind {
        MarkKind::Ink(ink) => touches(ink, at, reach, page),
        MarkKind::Note(_) => note(mark).is_some_and(|room| room.expand(reach).contains(at)),
    })
}

fn touches(ink: &Ink, at: Pos2, reach: f32, page: Rect) -> bool {
    let wide = ink.width as f32 / 20_000.0 * page.width();
    if !bounds(ink, page).expand(wide + reach).contains(at) {
        return false;
    }
    trace(ink, page).iter().any(|trace| {
        let samples = &trace.samples;
        let near = |n: usize, m: usize| {
            let half = samples[n].half.max(samples[m].half);
            distance(at, samples[n].at, samples[m].at) <= half + reach
        };
        let closing = trace.closed.then(|| (samples.len() - 1, 0));
        match samples.len() {
            0 => false,
            1 => near(0, 0),
            count => (1..count).map(|n| (n - 1, n)).chain(closing).any(|(n, m)| near(n, m)),
        }
    })
}

/// Around all points, and as far as a curve through them can swing out: a Catmull-Rom segment leaves
/// its ends by at most 4/27 of each tangent, and two tangents are no longer than the diagonal.
fn bounds(ink: &Ink, page: Rect) -> Rect {
    let mut bounds = Rect::NOTHING;
    for point in &ink.points {
        let share = egui::vec2(point.x as f32, point.y as f32) / 10_000.0;
        bounds.extend_with(page.min + share * page.size());
    }
    // An arrow's barbs may stand out beside a short shaft.
    let more = if ink.tool == Tool::Arrow { page.width() * 0.02 } else { 0.0 };
    const SWING: f32 = 4.0 / 27.0;
    bounds.expand(more + SWING * bounds.size().length())
}

fn distance(p: Pos2, a: Pos2, b: Pos2) -> f32 {
    let along = b - a;
    let long = along.length_sq();
    let share = if long > 0.0 { ((p - a).dot(along) / long).clamp(0.0, 1.0) } else { 0.0 };
    p.distance(a + along * share)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sample;
    use egui::pos2;
    use moot_node::room::id::EntryRef;
    use std::sync::Arc;

    const PAGE: Rect = Rect { min: Pos2::ZERO, max: pos2(1000.0, 500.0) };

    fn mark(seq: u64, tool: Tool, points: &[(i32, i32)]) -> Mark {
        let entry = EntryRef { author: sample::member(1), seq };
        Mark { entry, lamport: seq, kind: MarkKind::Ink(Arc::new(sample::ink(tool, points))) }
    }

    fn at(marks: &[Mark], x: f32, y: f32) -> Option<u64> {
        under(marks, pos2(x, y), 4.0, PAGE, |_| None).map(|mark| mark.entry.seq)
    }

    #[test]
    fn the_topmost_is_found() {
        let marks = [
            mark(1, Tool::Line, &[(0, 5_000), (10_000, 5_000)]),
            mark(2, Tool::Line, &[(5_000, 0), (5_000, 10_000)]),
        ];
        assert_eq!(at(&marks, 500.0, 250.0), Some(2));
        assert_eq!(at(&marks, 100.0, 254.0), Some(1));
        assert_eq!(at(&marks, 100.0, 260.0), None);
    }

    #[test]
    fn a_box_is_hit_on_its_lines_only_the_closing_one_too() {
        let marks = [mark(1, Tool::Box, &[(1_000, 1_000), (9_000, 9_000)])];
        assert_eq!(at(&marks, 500.0, 250.0), None, "its inside is not it");
        assert_eq!(at(&marks, 100.0, 250.0), Some(1), "its left side closes it");
    }

    #[test]
    fn a_curve_through_few_points_is_hit_where_it_swings_out() {
        let corners =
            [(2_000, 3_000), (8_000, 3_000), (8_000, 6_000), (2_000, 6_000), (2_000, 3_000)];
        let marks = [mark(1, Tool::Pen, &corners)];
        let MarkKind::Ink(ink) = &marks[0].kind else { unreachable!("it was drawn") };
        let traces = trace(ink, PAGE);
        let samples = traces.iter().flat_map(|trace| trace.samples.iter().map(|s| s.at));
        let top = samples.min_by(|a, b| a.y.total_cmp(&b.y)).expect("a curve");
        assert!(top.y < 0.3 * PAGE.height() - 12.0, "it swings out: {top}");
        assert_eq!(at(&marks, top.x, top.y), Some(1));
    }
}
