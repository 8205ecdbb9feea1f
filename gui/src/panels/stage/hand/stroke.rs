//! A stroke in the making: from the pointer's path to an [`Ink`].

use super::super::place::Place;
use crate::ink::simplify;
use crate::model::Seconds;
use crate::model::marks::{Ink, Tool};
use egui::{Pos2, Vec2, vec2};
use moot_node::limits::{PRESSURE_LEVELS, STROKE_POINTS};
use moot_node::room::stanza::PageTurn;

/// Points closer than this to the last are left out, points of the screen.
const APART: f32 = 1.0;

/// How far a simplified stroke may lie off what the hand drew, 1/10 000 of the page's width: a
/// quarter of a pixel on a page 960 px wide.
const TOLERANCE: f32 = 2.5;

/// Shorter lines and boxes are slips of the hand, points of the screen.
const SLIP: f32 = 4.0;

/// How often others are told how it goes on, seconds: 30 times a second, as smooth as video.
const TELL: Seconds = 1.0 / 30.0;

/// Speeds at which a pen without pressure is heaviest and lightest, page widths a second; a hand
/// that writes does 0.1 to 0.4, one that swings an arrow 1 to 2. Tried by hand.
const SPEEDS: [f32; 2] = [0.08, 1.4];

/// Pressures at those speeds, shares of the hardest. Tried by hand.
const PRESSURES: [f32; 2] = [0.80, 0.18];

/// Pressure where the pen comes down and has no speed yet, a share of the hardest.
const FIRST_PRESSURE: f32 = 0.47;

/// How much of a new speed counts beside the old one: width must not flutter.
const FRESH: f32 = 0.25;

/// A stroke in the making.
#[derive(Clone, Debug)]
pub(super) struct Stroke {
    pub(super) number: u64,
    pub(super) ink: Ink,
    /// Width by height of the page on the screen.
    aspect: f32,
    /// The last place of the hand on the screen, and where on the page it was.
    last: Pos2,
    begun: Pos2,
    moved: Seconds,
    /// Page widths a second.
    speed: f32,
    /// How many points others know, and since when.
    told: usize,
    told_at: Seconds,
}

/// The form and look of a new stroke.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    pub(super) tool: Tool,
    pub(super) colour: [u8; 4],
    pub(super) width: u32,
}

impl Stroke {
    /// The hand came down.
    pub(super) fn begin(
        number: u64,
        on: PageTurn,
        look: Look,
        place: &Place,
        at: Pos2,
        now: Seconds,
    ) -> Self {
        let ink = Ink {
            on,
            points: vec![place.on_page(at)],
            pressure: if look.tool == Tool::Pen { vec![level(FIRST_PRESSURE)] } else { vec![] },
            colour: look.colour,
            width: look.width,
            tool: look.tool,
        };
        let aspect = place.page.width() / place.page.height().max(1.0);
        Self {
            number,
            ink,
            aspect,
            last: at,
            begun: at,
            moved: now,
            speed: 0.3,
            told: 0,
            told_at: Seconds::NEG_INFINITY,
        }
    }

    /// The hand went along `path` since the last call. `force` is a pen's pressure (0–1) where the
    /// system tells it. `even`: squares, circles, lines at 45°.
    pub(super) fn go(
        &mut self,
        path: &[Pos2],
        force: Option<f32>,
        even: bool,
        place: &Place,
        now: Seconds,
    ) {
        let Some(end) = path.last() else { return };
        if self.ink.tool.is_figure() {
            let end = if even { evened(self.ink.tool, self.begun, *end) } else { *end };
            self.last = end;
            self.ink.points.truncate(1);
            self.ink.points.push(place.on_page(end));
            return;
        }
        let pressure = self.pressure(path, force, place, now);
        for at in path {
            if self.is_full() {
                return;
            }
            let point = place.on_page(*at);
            if at.distance(self.last) < APART || self.ink.points.last() == Some(&point) {
                continue;
            }
            self.last = *at;
            self.ink.points.push(point);
            if self.ink.tool == Tool::Pen {
                self.ink.pressure.push(pressure);
            }
        }
    }

    /// Can take no more points: end it and begin another where it ends.
    pub(super) fn is_full(&self) -> bool {
        self.ink.points.len() >= STROKE_POINTS
    }

    /// Where the hand is.
    pub(super) const fn end(&self) -> Pos2 {
        self.last
    }

    /// What others are to be told now: what came since the last time, not too often.
    pub(super) fn news(&mut self, now: Seconds) -> Option<Ink> {
        if now < self.told_at + TELL {
            return None;
        }
        let news = if self.ink.tool.is_figure() { self.ends() } else { self.fresh_points() }?;
        self.told = self.ink.points.len();
        self.told_at = now;
        Some(news)
    }

    /// The hand was lifted: the finished stroke; `None` when it was a slip.
    pub(super) fn finish(mut self) -> Option<Ink> {
        if self.ink.tool.is_figure() {
            let long = self.begun.distance(self.last) >= SLIP;
            return (long && self.ink.points.len() == 2).then_some(self.ink);
        }
        let Ink { points, pressure, width, .. } = &self.ink;
        let kept = simplify::keep(points, pressure, self.aspect, *width, TOLERANCE);
        let pressure = kept.iter().filter_map(|n| pressure.get(*n).copied()).collect();
        let points = kept.iter().map(|n| points[*n]).collect();
        (self.ink.points, self.ink.pressure) = (points, pressure);
        Some(self.ink)
    }

    /// A figure as it stands, once it has an end.
    fn ends(&self) -> Option<Ink> {
        (self.ink.points.len() == 2).then(|| self.ink.clone())
    }

    fn fresh_points(&self) -> Option<Ink> {
        let points = self.ink.points.get(self.told..).filter(|points| !points.is_empty())?.to_vec();
        let pressure = self.ink.pressure.get(self.told..).unwrap_or_default().to_vec();
        let Ink { on, colour, width, tool, .. } = self.ink;
        Some(Ink { on, points, pressure, colour, width, tool })
    }

    fn pressure(&mut self, path: &[Pos2], force: Option<f32>, place: &Place, now: Seconds) -> u8 {
        if let Some(force) = force.filter(|force| *force > 0.0) {
            return level(force);
        }
        let mut way = 0.0;
        let mut from = self.last;
        for at in path {
            way += from.distance(*at);
            from = *at;
        }
        // Frames are rarely shorter than 4 ms; a hand that rested does not jump.
        let took = (now - self.moved).clamp(0.004, 0.2) as f32;
        self.moved = now;
        let speed = way / place.page.width().max(1.0) / took;
        self.speed += (speed - self.speed) * FRESH;
        let share = (self.speed - SPEEDS[0]) / (SPEEDS[1] - SPEEDS[0]);
        let share = share.clamp(0.0, 1.0).sqrt();
        level(PRESSURES[0] + (PRESSURES[1] - PRESSURES[0]) * share)
    }
}

/// A share of the hardest pressure as the stanza has it.
fn level(share: f32) -> u8 {
    (share.clamp(0.0, 1.0) * f32::from(PRESSURE_LEVELS - 1)) as u8
}

/// The end that makes a square, a circle, or a line at 0, 45 or 90°.
fn evened(tool: Tool, from: Pos2, to: Pos2) -> Pos2 {
    let v = to - from;
    match tool {
        Tool::Box | Tool::Ellipse => {
            let side = v.abs().max_elem();
            from + vec2(side * sign(v.x), side * sign(v.y))
        }
        _ => {
            let eighth = std::f32::consts::FRAC_PI_4;
            let angle = (v.angle() / eighth).round() * eighth;
            from + Vec2::angled(angle) * v.length()
        }
    }
}

fn sign(v: f32) -> f32 {
    if v < 0.0 { -1.0 } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::stage::Fit;
    use egui::{Rect, pos2};
    use moot_node::room::id::BlobId;

    const ON: PageTurn = PageTurn { document: BlobId([7; 32]), page: 1 };

    fn place() -> Place {
        let canvas = Rect::from_min_size(Pos2::ZERO, vec2(1072.0, 640.0));
        Place::new(canvas, 16.0 / 9.0, Fit::Page, 1.0, vec2(0.5, 0.5))
    }

    fn begin(tool: Tool) -> Stroke {
        let look = Look { tool, colour: [1, 2, 3, 255], width: 22 };
        Stroke::begin(5, ON, look, &place(), pos2(200.0, 200.0), 0.0)
    }

    #[test]
    fn a_straight_drag_becomes_few_points_and_is_told_in_pieces() {
        let mut stroke = begin(Tool::Pen);
        let mut told = Vec::new();
        for n in 1..=60_u16 {
            let now = f64::from(n) / 60.0;
            stroke.go(&[pos2(200.0 + f32::from(n) * 5.0, 200.0)], None, false, &place(), now);
            told.extend(stroke.news(now).map(|ink| (ink.points, ink.pressure)));
        }
        assert!((28..=32).contains(&told.len()), "{}", told.len());
        told.extend(stroke.news(9.0).map(|ink| (ink.points, ink.pressure)));
        let points: Vec<_> = told.iter().flat_map(|(points, _)| points.clone()).collect();
        let pressure: Vec<_> = told.iter().flat_map(|(_, p)| p.clone()).collect();
        assert_eq!((&points, &pressure), (&stroke.ink.points, &stroke.ink.pressure));
        let finished = stroke.finish().expect("a stroke");
        assert!(finished.points.len() < 12, "{}", finished.points.len());
        assert_eq!(finished.points.len(), finished.pressure.len());
        assert_eq!(finished.points.last(), points.last());
    }

    #[test]
    fn a_fast_hand_draws_thinner_and_a_pen_s_force_counts_more() {
        let pressures = |step: f32, force| {
            let mut stroke = begin(Tool::Pen);
            for n in 1..=20_u16 {
                let at = pos2(200.0 + f32::from(n) * step, 200.0);
                stroke.go(&[at], force, false, &place(), f64::from(n) / 60.0);
            }
            *stroke.ink.pressure.last().expect("some")
        };
        assert!(pressures(2.0, None) > pressures(30.0, None) + 15);
        assert_eq!(pressures(30.0, Some(1.0)), PRESSURE_LEVELS - 1);
    }

    #[test]
    fn a_shape_is_two_points_and_its_end_is_told_anew() {
        let mut stroke = begin(Tool::Box);
        assert_eq!(stroke.news(0.0), None, "a meeting takes no figure of one point");
        stroke.go(&[pos2(250.0, 260.0)], None, false, &place(), 0.1);
        assert_eq!(stroke.news(0.1).map(|ink| ink.points.len()), Some(2));
        stroke.go(&[pos2(300.0, 290.0)], None, false, &place(), 0.2);
        let news = stroke.news(0.2).expect("moved");
        let ends = [pos2(200.0, 200.0), pos2(300.0, 290.0)].map(|at| place().on_page(at));
        assert_eq!(news.points, ends);
        assert_eq!(stroke.finish().expect("a box").points.len(), 2);
    }

    #[test]
    fn with_shift_a_box_is_a_square_and_a_line_is_straight() {
        let from = pos2(100.0, 100.0);
        assert_eq!(evened(Tool::Box, from, pos2(150.0, 80.0)), pos2(150.0, 50.0));
        let level = evened(Tool::Line, from, pos2(180.0, 110.0));
        assert!((level.y - 100.0).abs() < 0.01);
    }

    #[test]
    fn a_slip_is_nothing_but_a_dot_of_the_pen_is() {
        assert!(begin(Tool::Arrow).finish().is_none());
        assert_eq!(begin(Tool::Pen).finish().expect("a dot").points.len(), 1);
    }

    #[test]
    fn it_takes_no_more_points_than_a_stanza_may_have() {
        let mut stroke = begin(Tool::Highlighter);
        let path: Vec<_> = (0..6_000_u16)
            .map(|n| pos2(200.0 + f32::from(n % 2) * 50.0, 100.0 + f32::from(n) / 20.0))
            .collect();
        stroke.go(&path, None, false, &place(), 0.1);
        assert!(stroke.is_full());
        assert_eq!(stroke.ink.points.len(), STROKE_POINTS);
    }
}
