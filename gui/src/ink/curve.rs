//! A smooth curve through the points that a hand left.
//!
//! Centripetal Catmull-Rom (Yuksel, Schaefer, Keyser 2011): it passes through every point, and
//! makes no loop or cusp between two of them, however unevenly they lie. Steps are chosen by
//! curvature: a straight part needs no point of its own.

use super::trace::Sample;
use egui::{Pos2, Vec2};

/// How far the drawn polyline may lie from the curve, pixels: less than an eye sees.
const TOLERANCE: f32 = 0.12;

/// Steps between two points at most: a bound on work, as points come from others.
const STEPS: usize = 24;

/// The curve through `nodes`, in steps short enough to look round.
#[must_use]
pub fn smooth(nodes: &[Sample]) -> Vec<Sample> {
    let Some(first) = nodes.first() else { return Vec::new() };
    let mut out = Vec::with_capacity(nodes.len() * 2);
    out.push(*first);
    for n in 1..nodes.len() {
        let [from, to] = [nodes[n - 1], nodes[n]];
        let before = nodes[n.saturating_sub(2)].at;
        let after = nodes[(n + 1).min(nodes.len() - 1)].at;
        let bezier = segment(before, from.at, to.at, after);
        let steps = steps(&bezier);
        for step in 1..=steps {
            let t = step as f32 / steps as f32;
            out.push(Sample { at: at(&bezier, t), half: from.half + (to.half - from.half) * t });
        }
    }
    out
}

/// The cubic Bézier that equals the curve between `from` and `to`.
fn segment(before: Pos2, from: Pos2, to: Pos2, after: Pos2) -> [Pos2; 4] {
    let (d1, d2, d3) = (root(from - before), root(to - from), root(after - to));
    let control = |d: f32, far: Vec2, near: Vec2, beyond: Vec2| {
        let weighed =
            far * (d * d) - beyond * (d2 * d2) + near * (2.0 * d * d + 3.0 * d * d2 + d2 * d2);
        weighed / (3.0 * d * (d + d2))
    };
    // At the ends, and where points coincide, there is no direction to go by.
    let flat = |d: f32| d < 1e-3;
    let leaving = if flat(d1) {
        from
    } else {
        control(d1, to.to_vec2(), from.to_vec2(), before.to_vec2()).to_pos2()
    };
    let arriving = if flat(d3) {
        to
    } else {
        control(d3, from.to_vec2(), to.to_vec2(), after.to_vec2()).to_pos2()
    };
    [from, leaving, arriving, to]
}

fn root(v: Vec2) -> f32 {
    v.length().sqrt()
}

/// Steps that keep a cubic within [`TOLERANCE`]: Wang's formula, sqrt(6 / 8 · bend / tolerance),
/// where only the bend across the chord counts: along it a line is straight at any speed.
fn steps(b: &[Pos2; 4]) -> usize {
    let chord = (b[3] - b[0]).normalized().rot90();
    let bend = |a: Pos2, b: Pos2, c: Pos2| {
        let bend = a.to_vec2() - b.to_vec2() * 2.0 + c.to_vec2();
        if chord == Vec2::ZERO { bend.length() } else { bend.dot(chord).abs() }
    };
    let most = bend(b[0], b[1], b[2]).max(bend(b[1], b[2], b[3]));
    ((0.75 * most / TOLERANCE).sqrt().ceil() as usize).clamp(1, STEPS)
}

fn at(b: &[Pos2; 4], t: f32) -> Pos2 {
    let u = 1.0 - t;
    let sum = b[0].to_vec2() * (u * u * u)
        + b[1].to_vec2() * (3.0 * u * u * t)
        + b[2].to_vec2() * (3.0 * u * t * t)
        + b[3].to_vec2() * (t * t * t);
    sum.to_pos2()
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::pos2;
    use std::f32::consts::TAU;

    fn nodes(points: impl IntoIterator<Item = (f32, f32)>) -> Vec<Sample> {
        points.into_iter().map(|(x, y)| Sample { at: pos2(x, y), half: 1.0 }).collect()
    }

    #[test]
    fn a_straight_line_needs_no_more_points() {
        let line = nodes([(0.0, 0.0), (100.0, 50.0), (200.0, 100.0), (400.0, 200.0)]);
        assert!(smooth(&line).len() <= 6, "{}", smooth(&line).len());
    }

    #[test]
    fn twelve_points_of_a_circle_become_round() {
        let circle = nodes((0..=12).map(|n| {
            let turn = n as f32 / 12.0 * TAU;
            (300.0 + 200.0 * turn.cos(), 300.0 + 200.0 * turn.sin())
        }));
        let curve = smooth(&circle);
        // Not the ends, where the direction is guessed.
        for sample in curve.iter().filter(|s| s.at.x < 400.0) {
            let radius = sample.at.distance(pos2(300.0, 300.0));
            assert!((radius - 200.0).abs() < 1.5, "{radius}");
        }
        assert!(curve.len() < 120, "{}", curve.len());
    }

    #[test]
    fn it_passes_through_every_point_and_survives_equal_ones() {
        let zigzag = nodes([(0.0, 0.0), (0.0, 0.0), (50.0, 80.0), (50.0, 80.0), (100.0, 0.0)]);
        let curve = smooth(&zigzag);
        assert!(curve.iter().all(|s| s.at.x.is_finite() && s.at.y.is_finite()));
        for node in &zigzag {
            assert!(curve.iter().any(|s| s.at.distance(node.at) < 0.01), "{:?}", node.at);
        }
    }

    #[test]
    fn wild_points_cost_no_more_than_the_bound() {
        let wild = nodes((0..100).map(|n| ((n % 2) as f32 * 60_000.0, (n % 3) as f32 * 60_000.0)));
        assert!(smooth(&wild).len() <= 100 * STEPS);
    }
}
