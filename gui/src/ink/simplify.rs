//! Fewer points for the same line: what a hand left at 125 Hz and more is mostly redundant.
//!
//! Ramer–Douglas–Peucker in three dimensions, the third being the line's half width: where only
//! the pressure changes a point must stay as well.

use moot_node::room::ink::hardness;
use moot_node::room::stanza::Point;

/// The places of those points that must stay for the line to keep within `tolerance` of itself;
/// all in 1/10 000 of the page's width. `aspect` is the page's width by its height, `width` the
/// line's.
#[must_use]
pub fn keep(
    points: &[Point],
    pressure: &[u8],
    aspect: f32,
    width: u32,
    tolerance: f32,
) -> Vec<usize> {
    let place = |n: usize| {
        let point = points[n];
        // 0.31: what half the width gains from no pressure to the hardest (see `trace`).
        let swell = pressure.get(n).map_or(0.0, |p| hardness(*p) * width as f32 * 0.31);
        [point.x as f32, point.y as f32 / aspect.max(0.01), swell]
    };
    let Some(last) = points.len().checked_sub(1) else { return Vec::new() };
    let mut stays = vec![false; points.len()];
    stays[0] = true;
    stays[last] = true;
    let mut spans = vec![(0, last)];
    while let Some((from, to)) = spans.pop() {
        let (a, b) = (place(from), place(to));
        let farthest = (from + 1..to)
            .map(|n| (distance(place(n), a, b), n))
            .max_by(|one, other| one.0.total_cmp(&other.0));
        if let Some((far, n)) = farthest
            && far > tolerance
        {
            stays[n] = true;
            spans.extend([(from, n), (n, to)]);
        }
    }
    (0..points.len()).filter(|n| stays[*n]).collect()
}

/// From `p` to the piece of line from `a` to `b`.
fn distance(p: [f32; 3], a: [f32; 3], b: [f32; 3]) -> f32 {
    let minus = |p: [f32; 3], q: [f32; 3]| [p[0] - q[0], p[1] - q[1], p[2] - q[2]];
    let dot = |p: [f32; 3], q: [f32; 3]| p[0] * q[0] + p[1] * q[1] + p[2] * q[2];
    let (along, to) = (minus(b, a), minus(p, a));
    let long = dot(along, along);
    let share = if long > 0.0 { (dot(to, along) / long).clamp(0.0, 1.0) } else { 0.0 };
    let off = minus(to, [along[0] * share, along[1] * share, along[2] * share]);
    dot(off, off).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(x: i32, y: i32) -> Point {
        Point { x, y }
    }

    #[test]
    fn a_straight_line_is_its_ends() {
        let line: Vec<_> = (0..100).map(|n| point(n * 30, n * 10)).collect();
        assert_eq!(keep(&line, &[], 1.6, 22, 3.0), [0, 99]);
    }

    #[test]
    fn a_corner_stays_and_so_does_a_swelling() {
        let corner: Vec<_> = (0..=20)
            .map(|n| if n < 10 { point(n * 100, 0) } else { point(1000, (n - 10) * 100) })
            .collect();
        assert_eq!(keep(&corner, &[], 1.0, 22, 3.0), [0, 10, 20]);
        let line: Vec<_> = (0..=20).map(|n| point(n * 10, 0)).collect();
        let mut pressure = vec![0; 21];
        pressure[7] = 63;
        assert!(keep(&line, &pressure, 1.0, 45, 3.0).contains(&7));
    }

    #[test]
    fn nothing_lies_farther_off_than_the_tolerance() {
        let wave: Vec<_> = (0..400_i16)
            .map(|n| {
                point(i32::from(n) * 20, (f32::from(n) / 30.0).sin().mul_add(900.0, 2000.0) as i32)
            })
            .collect();
        let kept = keep(&wave, &[], 1.0, 22, 3.0);
        assert!(kept.len() < 90, "{}", kept.len());
        for pair in kept.windows(2) {
            let at = |n: usize| [wave[n].x as f32, wave[n].y as f32, 0.0];
            for n in pair[0]..=pair[1] {
                assert!(distance(at(n), at(pair[0]), at(pair[1])) <= 3.0);
            }
        }
    }

    #[test]
    fn few_points_are_left_alone() {
        assert!(keep(&[], &[], 1.0, 22, 3.0).is_empty());
        assert_eq!(keep(&[point(1, 1)], &[], 1.0, 22, 3.0), [0]);
    }
}
