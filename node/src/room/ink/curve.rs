//! A smooth curve through the points that a hand left: centripetal Catmull-Rom (Yuksel, Schaefer,
//! Keyser 2011), which passes through every point and makes no loop between two of them.

/// A place, or a way from one to another.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(super) struct Spot {
    pub(super) x: f64,
    pub(super) y: f64,
}

/// A cubic Bézier curve: from, two controls, to.
pub(super) type Cubic = [Spot; 4];

/// Points closer than this are one, in points of the page: far below what any printer shows.
const SAME: f64 = 1e-3;

/// The curves from each of `nodes` to the next.
pub(super) fn through(nodes: &[Spot]) -> Vec<Cubic> {
    let last = nodes.len().saturating_sub(1);
    (1..nodes.len())
        .map(|n| {
            let before = nodes[n.saturating_sub(2)];
            segment(before, nodes[n - 1], nodes[n], nodes[(n + 1).min(last)])
        })
        .collect()
}

/// Where a curve is at `t` of its way, 0 to 1.
pub(super) fn at(cubic: &Cubic, t: f64) -> Spot {
    let u = 1.0 - t;
    cubic[0] * (u * u * u)
        + cubic[1] * (3.0 * u * u * t)
        + cubic[2] * (3.0 * u * t * t)
        + cubic[3] * (t * t * t)
}

fn segment(before: Spot, from: Spot, to: Spot, after: Spot) -> Cubic {
    let root = |a: Spot, b: Spot| (b - a).length().sqrt();
    let (d1, d2, d3) = (root(before, from), root(from, to), root(to, after));
    let control = |d: f64, far: Spot, near: Spot, beyond: Spot| {
        let weighed =
            far * (d * d) + beyond * (-d2 * d2) + near * (2.0 * d * d + 3.0 * d * d2 + d2 * d2);
        weighed * (1.0 / (3.0 * d * (d + d2)))
    };
    // At the ends there is no direction to go by.
    let flat = |d: f64| d < SAME.sqrt();
    let leaving = if flat(d1) { from } else { control(d1, to, from, before) };
    let arriving = if flat(d3) { to } else { control(d3, from, to, after) };
    [from, leaving, arriving, to]
}

impl Spot {
    pub(super) fn length(self) -> f64 {
        self.x.hypot(self.y)
    }

    /// The same way, one point long; none stays none.
    pub(super) fn unit(self) -> Self {
        let length = self.length();
        if length < f64::MIN_POSITIVE { Self::default() } else { self * (1.0 / length) }
    }

    pub(super) fn turned(self, angle: f64) -> Self {
        let (sin, cos) = angle.sin_cos();
        Self { x: self.x * cos - self.y * sin, y: self.x * sin + self.y * cos }
    }

    pub(super) fn dot(self, other: Self) -> f64 {
        self.x * other.x + self.y * other.y
    }

    pub(super) fn is_at(self, other: Self) -> bool {
        (self - other).length() < SAME
    }
}

impl std::ops::Add for Spot {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self { x: self.x + other.x, y: self.y + other.y }
    }
}

impl std::ops::Sub for Spot {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self { x: self.x - other.x, y: self.y - other.y }
    }
}

impl std::ops::Mul<f64> for Spot {
    type Output = Self;
    fn mul(self, by: f64) -> Self {
        Self { x: self.x * by, y: self.y * by }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spots(points: &[(f64, f64)]) -> Vec<Spot> {
        points.iter().map(|&(x, y)| Spot { x, y }).collect()
    }

    #[test]
    fn a_circle_of_twelve_points_is_round() {
        let circle: Vec<_> = (0..=12)
            .map(|n| {
                Spot { x: 300.0, y: 300.0 }
                    + Spot { x: 200.0, y: 0.0 }.turned(f64::from(n) * std::f64::consts::TAU / 12.0)
            })
            .collect();
        // Not the ends, where the direction is guessed.
        for cubic in &through(&circle)[1..11] {
            let radius = (at(cubic, 0.5) - Spot { x: 300.0, y: 300.0 }).length();
            assert!((radius - 200.0).abs() < 1.5, "{radius}");
        }
    }

    #[test]
    fn points_that_coincide_give_numbers() {
        let curves = through(&spots(&[(0.0, 0.0), (0.0, 0.0), (50.0, 80.0), (50.0, 80.0)]));
        assert_eq!(curves.len(), 3);
        assert!(curves.iter().flatten().all(|spot| spot.x.is_finite() && spot.y.is_finite()));
        assert_eq!((through(&[]).len(), through(&spots(&[(1.0, 1.0)])).len()), (0, 0));
    }
}
