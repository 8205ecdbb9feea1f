//! Traces as egui meshes: triangle strips with a soft edge and round ends.

use super::{SOFT_EDGE, Sample, Trace};
use egui::{Color32, Mesh, Rect, Vec2};
use std::f32::consts::PI;

/// Vertices of all strokes of one frame, at most: with more, uploading and drawing them takes
/// longer than a frame may (measured: 100 strokes = 51 000 vertices = 19 ms).
pub const VERTICES: usize = 20_000;

/// Below this cosine between two directions a line turns a corner, and gets a round joint: 60°.
const CORNER: f32 = 0.5;

/// Vertices of one frame's strokes, within [`VERTICES`].
pub struct Strips {
    mesh: Mesh,
    /// Half the soft edge, points.
    soft: f32,
    clip: Rect,
}

impl Strips {
    /// For a screen of this many pixels per point; what lies outside of `clip` is left out.
    #[must_use]
    pub fn new(pixels_per_point: f32, clip: Rect) -> Self {
        let soft = SOFT_EDGE / 2.0 / pixels_per_point.max(0.1);
        Self { mesh: Mesh::default(), soft, clip }
    }

    /// Adds a trace; `false` when there is no room left for it.
    pub fn add(&mut self, trace: &Trace, colour: Color32) -> bool {
        if !self.in_view(trace) {
            return true;
        }
        // Four a sample, and two round ends.
        let need = trace.samples.len() * 4 + 2 * (2 * ROUND_MOST + 3);
        if self.mesh.vertices.len() + need > VERTICES {
            return false;
        }
        match trace.samples.as_slice() {
            [] => {}
            [dot] => self.dot(*dot, colour),
            samples if trace.closed => {
                let mut around = samples.to_vec();
                around.push(samples[0]);
                self.line(&around, colour, false);
            }
            samples => self.line(samples, colour, trace.flat),
        }
        true
    }

    /// What was added.
    #[must_use]
    pub fn mesh(self) -> Mesh {
        self.mesh
    }

    fn in_view(&self, trace: &Trace) -> bool {
        let mut bounds = Rect::NOTHING;
        let mut widest = 0.0_f32;
        for sample in &trace.samples {
            bounds.extend_with(sample.at);
            widest = widest.max(sample.half);
        }
        bounds.is_finite() && bounds.expand(widest + 1.0).intersects(self.clip)
    }

    /// A line with its joints: split where it turns a corner.
    fn line(&mut self, samples: &[Sample], colour: Color32, flat: bool) {
        let mut begin = 0;
        for n in 1..samples.len() {
            let turns = n + 1 < samples.len() && {
                let (coming, going) = (direction(samples, n - 1), direction(samples, n));
                coming.dot(going) < CORNER
            };
            if turns || n + 1 == samples.len() {
                self.ribbon(&samples[begin..=n], colour, flat);
                begin = n;
            }
        }
    }

    /// A line without corners.
    fn ribbon(&mut self, samples: &[Sample], colour: Color32, flat: bool) {
        let first = self.mesh.vertices.len() as u32;
        let clear = Color32::TRANSPARENT;
        for (n, sample) in samples.iter().enumerate() {
            let side = normal(samples, n);
            let (inner, outer, colour) = self.edge(sample.half, colour);
            for (reach, colour) in
                [(outer, clear), (inner, colour), (-inner, colour), (-outer, clear)]
            {
                self.mesh.colored_vertex(sample.at + side * reach, colour);
            }
        }
        for n in 0..samples.len() as u32 - 1 {
            let (here, there) = (first + n * 4, first + n * 4 + 4);
            for lane in 0..3 {
                let [a, b, c, d] = [here + lane, here + lane + 1, there + lane, there + lane + 1];
                self.mesh.add_triangle(a, b, c);
                self.mesh.add_triangle(b, c, d);
            }
        }
        if !flat {
            let [head, tail] = [samples[0], samples[samples.len() - 1]];
            self.round(head, -direction(samples, 0), colour);
            self.round(tail, direction(samples, samples.len() - 2), colour);
        }
    }

    /// Half a disc at an end, looking `outwards`.
    fn round(&mut self, end: Sample, outwards: Vec2, colour: Color32) {
        self.fan(end, outwards.angle() - PI / 2.0, PI, colour);
    }

    fn dot(&mut self, dot: Sample, colour: Color32) {
        self.fan(dot, 0.0, 2.0 * PI, colour);
    }

    fn fan(&mut self, middle: Sample, from: f32, sweep: f32, colour: Color32) {
        let (inner, outer, colour) = self.edge(middle.half, colour);
        let steps = ((outer * sweep / 2.5) as usize).clamp(4, ROUND_MOST);
        let centre = self.mesh.vertices.len() as u32;
        self.mesh.colored_vertex(middle.at, colour);
        for n in 0..=steps {
            let spoke = Vec2::angled(from + sweep * n as f32 / steps as f32);
            self.mesh.colored_vertex(middle.at + spoke * inner, colour);
            self.mesh.colored_vertex(middle.at + spoke * outer, Color32::TRANSPARENT);
        }
        for n in 0..steps as u32 {
            let at = centre + 1 + n * 2;
            self.mesh.add_triangle(centre, at, at + 2);
            self.mesh.add_triangle(at, at + 1, at + 2);
            self.mesh.add_triangle(at + 1, at + 2, at + 3);
        }
    }

    /// Where the full colour ends, where the soft edge ends, and the colour: a line thinner than
    /// its soft edge becomes paler.
    fn edge(&self, half: f32, colour: Color32) -> (f32, f32, Color32) {
        let pale = (half / self.soft).min(1.0);
        ((half - self.soft).max(0.0), half + self.soft, colour.gamma_multiply(pale))
    }
}

/// Steps of a round end at most.
const ROUND_MOST: usize = 16;

fn direction(samples: &[Sample], from: usize) -> Vec2 {
    let there = samples[(from + 1).min(samples.len() - 1)].at;
    (there - samples[from].at).normalized()
}

/// Across the line, lengthened at a bend so that the width stays the same.
fn normal(samples: &[Sample], n: usize) -> Vec2 {
    let coming = direction(samples, n.saturating_sub(1).min(samples.len() - 2));
    let going = direction(samples, n.min(samples.len() - 2));
    let along = (coming + going).normalized();
    let along = if along == Vec2::ZERO { going } else { along };
    along.rot90() / along.dot(going).max(CORNER)
}

/// The colour of `[red, green, blue, opacity]`.
#[must_use]
pub fn colour(c: [u8; 4]) -> Color32 {
    Color32::from_rgba_unmultiplied(c[0], c[1], c[2], c[3])
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::{Pos2, pos2};

    const SCREEN: Rect = Rect { min: Pos2::ZERO, max: pos2(1000.0, 1000.0) };

    fn line(points: &[(f32, f32)]) -> Trace {
        let samples = points.iter().map(|&(x, y)| Sample { at: pos2(x, y), half: 3.0 }).collect();
        Trace { samples, closed: false, flat: true }
    }

    #[test]
    fn a_line_is_as_wide_as_it_should_be_and_its_edge_is_clear() {
        let mut strips = Strips::new(1.0, SCREEN);
        assert!(strips.add(&line(&[(10.0, 50.0), (90.0, 50.0)]), Color32::RED));
        let mesh = strips.mesh();
        assert!(mesh.is_valid());
        let bounds = mesh.calc_bounds();
        assert_eq!((bounds.top(), bounds.bottom()), (50.0 - 3.4, 50.0 + 3.4));
        let edge = mesh.vertices.iter().filter(|v| (v.pos.y - 50.0).abs() > 3.0);
        assert!(edge.clone().count() == 4 && edge.into_iter().all(|v| v.color.a() == 0));
    }

    #[test]
    fn no_vertex_flies_off_at_a_sharp_turn() {
        let mut strips = Strips::new(1.0, SCREEN);
        strips.add(
            &line(&[(100.0, 100.0), (300.0, 100.0), (101.0, 103.0), (300.0, 110.0)]),
            Color32::RED,
        );
        let bounds = strips.mesh().calc_bounds();
        assert!(SCREEN.shrink(80.0).contains_rect(bounds), "{bounds:?}");
    }

    #[test]
    fn what_is_out_of_view_costs_nothing() {
        let mut strips = Strips::new(1.0, SCREEN);
        assert!(strips.add(&line(&[(2000.0, 10.0), (3000.0, 10.0)]), Color32::RED));
        assert!(strips.mesh().is_empty());
    }

    #[test]
    fn a_frame_has_a_bound() {
        let mut strips = Strips::new(1.0, SCREEN);
        let long: Vec<_> = (0..2_000).map(|n| (n as f32 / 2.0, 10.0)).collect();
        let fitted = (0..100).filter(|_| strips.add(&line(&long), Color32::RED)).count();
        assert_eq!(fitted, 2, "8 000 vertices each");
        assert!(strips.mesh().vertices.len() <= VERTICES);
    }

    #[test]
    fn closed_dotted_and_coinciding_lines_are_finite() {
        let mut strips = Strips::new(2.0, SCREEN);
        for trace in [
            Trace { closed: true, ..line(&[(10.0, 10.0), (60.0, 10.0), (60.0, 40.0)]) },
            line(&[(10.0, 10.0)]),
            Trace { flat: false, ..line(&[(10.0, 10.0), (10.0, 10.0)]) },
        ] {
            assert!(strips.add(&trace, Color32::RED));
        }
        let mesh = strips.mesh();
        assert!(mesh.is_valid() && mesh.vertices.iter().all(|v| v.pos.x.is_finite()));
    }
}
