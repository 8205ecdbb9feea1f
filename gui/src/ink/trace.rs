//! The traces of an [`Ink`]: where its lines run on the screen, and how wide.

use super::curve::smooth;
use crate::model::marks::{Ink, Tool};
use egui::{Pos2, Rect, Vec2, pos2, vec2};
use moot_node::room::ink::{BARB, BARB_ANGLE, Barb, swell};
use moot_node::room::stanza::Point;
use std::f32::consts::TAU;

/// A place of a line and half its width there, pixels.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Sample {
    /// Where.
    pub at: Pos2,
    /// Half the width.
    pub half: f32,
}

/// A line to be drawn.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Trace {
    /// From one end to the other; one alone is a dot.
    pub samples: Vec<Sample>,
    /// The last is joined to the first.
    pub closed: bool,
    /// Ends are cut off, not round.
    pub flat: bool,
}

/// Half the least width, pixels: thinner lines only become paler.
const LEAST_HALF: f32 = 0.35;

/// Pixels from one sample of an ellipse to the next, and samples at most.
const ELLIPSE: (f32, usize) = (4.0, 256);

/// The traces of `ink` on a page that lies at `page`.
#[must_use]
pub fn trace(ink: &Ink, page: Rect) -> Vec<Trace> {
    let half = (ink.width as f32 / 20_000.0 * page.width()).max(LEAST_HALF);
    let ends = || {
        let first = place(*ink.points.first()?, page);
        let last = place(*ink.points.last()?, page);
        Some((first, last))
    };
    match ink.tool {
        Tool::Pen | Tool::Highlighter => vec![by_hand(ink, page, half)],
        tool => {
            let Some((from, to)) = ends() else { return Vec::new() };
            match tool {
                Tool::Arrow => arrow(from, to, half, page.width()),
                Tool::Box => vec![outline(rectangle(from, to), half)],
                Tool::Ellipse => vec![outline(ellipse(from, to), half)],
                _ => vec![open([from, to], half)],
            }
        }
    }
}

/// Where a point of the page lies.
fn place(point: Point, page: Rect) -> Pos2 {
    let share = vec2(point.x as f32, point.y as f32) / 10_000.0;
    page.min + share * page.size()
}

fn by_hand(ink: &Ink, page: Rect, half: f32) -> Trace {
    let mut nodes: Vec<Sample> = Vec::with_capacity(ink.points.len());
    for (n, point) in ink.points.iter().enumerate() {
        let share = ink.pressure.get(n).map_or(1.0, |p| swell(*p));
        let node = Sample { at: place(*point, page), half: (half * share).max(LEAST_HALF) };
        if nodes.last().is_none_or(|last| last.at != node.at) {
            nodes.push(node);
        }
    }
    Trace { samples: smooth(&nodes), closed: false, flat: ink.tool == Tool::Highlighter }
}

fn arrow(from: Pos2, to: Pos2, half: f32, page_width: f32) -> Vec<Trace> {
    let along = from - to;
    let Barb { share, widths, most } = BARB;
    let long = (page_width * share).max(half * 2.0 * widths).min(along.length() * most);
    let barb = |angle: f32| to + turned(along.normalized(), angle) * long;
    vec![open([from, to], half), open([barb(BARB_ANGLE), to, barb(-BARB_ANGLE)], half)]
}

fn turned(v: Vec2, angle: f32) -> Vec2 {
    let (sin, cos) = angle.sin_cos();
    vec2(v.x * cos - v.y * sin, v.x * sin + v.y * cos)
}

fn rectangle(from: Pos2, to: Pos2) -> Vec<Pos2> {
    vec![from, pos2(to.x, from.y), to, pos2(from.x, to.y)]
}

fn ellipse(from: Pos2, to: Pos2) -> Vec<Pos2> {
    let (middle, radii) = (from.lerp(to, 0.5), (to - from) / 2.0);
    let (apart, most) = ELLIPSE;
    let around = (radii.length() * TAU / apart) as usize;
    let count = around.clamp(24, most);
    let at = |n: usize| {
        let (sin, cos) = (n as f32 / count as f32 * TAU).sin_cos();
        middle + vec2(radii.x * cos, radii.y * sin)
    };
    (0..count).map(at).collect()
}

fn open(points: impl IntoIterator<Item = Pos2>, half: f32) -> Trace {
    let samples = points.into_iter().map(|at| Sample { at, half }).collect();
    Trace { samples, closed: false, flat: false }
}

fn outline(points: Vec<Pos2>, half: f32) -> Trace {
    Trace { closed: true, ..open(points, half) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sample::ink;
    use moot_node::limits::PRESSURE_LEVELS;

    const PAGE: Rect = Rect { min: pos2(100.0, 50.0), max: pos2(1060.0, 590.0) };

    #[test]
    fn points_land_where_the_page_lies() {
        let traces = trace(&ink(Tool::Line, &[(0, 0), (10_000, 10_000)]), PAGE);
        let ends: Vec<_> = traces[0].samples.iter().map(|s| s.at).collect();
        assert_eq!(ends, [PAGE.min, PAGE.max]);
        assert!((traces[0].samples[0].half * 2.0 - 2.1).abs() < 0.02, "medium on 960 px");
    }

    #[test]
    fn width_follows_pressure() {
        let mut stroke = ink(Tool::Pen, &[(0, 0), (5_000, 5_000)]);
        stroke.pressure = vec![0, PRESSURE_LEVELS - 1];
        let samples = &trace(&stroke, PAGE)[0].samples;
        let (thin, thick) = (samples[0].half * 2.0, samples[samples.len() - 1].half * 2.0);
        assert!((thin - 1.3).abs() < 0.05 && (thick - 2.6).abs() < 0.05, "{thin} {thick}");
    }

    #[test]
    fn a_single_point_is_a_dot_and_none_is_nothing() {
        assert_eq!(trace(&ink(Tool::Pen, &[(5, 5)]), PAGE)[0].samples.len(), 1);
        assert!(trace(&ink(Tool::Pen, &[]), PAGE)[0].samples.is_empty());
        assert!(trace(&ink(Tool::Arrow, &[]), PAGE).is_empty());
    }

    #[test]
    fn an_arrow_has_a_head_at_its_end_even_when_it_has_no_length() {
        let traces = trace(&ink(Tool::Arrow, &[(1_000, 1_000), (6_000, 1_000)]), PAGE);
        let tip = traces[0].samples[1].at;
        assert_eq!(traces[1].samples[1].at, tip);
        assert!(traces[1].samples[0].at.x < tip.x && traces[1].samples[2].at.x < tip.x);
        let none = trace(&ink(Tool::Arrow, &[(5, 5), (5, 5)]), PAGE);
        assert!(none.iter().flat_map(|t| &t.samples).all(|s| s.at.x.is_finite()));
    }

    #[test]
    fn an_ellipse_touches_the_box_around_it() {
        let samples = &trace(&ink(Tool::Ellipse, &[(1_000, 1_000), (5_000, 5_000)]), PAGE)[0];
        let left = samples.samples.iter().map(|s| s.at.x).fold(f32::MAX, f32::min);
        assert!(samples.closed && (left - (PAGE.min.x + 96.0)).abs() < 0.5, "{left}");
    }
}
