//! The marks of a page as an SVG (W3C SVG 1.1, Second Edition) the size of the page: what is laid over
//! it when it leaves the meeting.

use super::curve::{Cubic, Spot, at, through};
use super::{BARB, BARB_ANGLE, swell};
use crate::room::pages::PageSize;
use crate::room::stanza::{Note, Point, Stroke, Tool};
use std::fmt::Write;

/// Ascent of the letters of a note and distance of its lines, in ems: Inter's, which the window writes in.
const ASCENT: f64 = 0.969;
const LINE: f64 = 1.21;

/// What a note is written in: the first of these that is installed.
const FAMILIES: &str = "Inter, 'Noto Sans', 'DejaVu Sans', 'Liberation Sans', Arial, sans-serif";

/// Length of the straight pieces that a line of changing width is made of, in points of the page.
const STEP: f64 = 1.5;

/// Pieces between two points of such a line at most.
const STEPS: f64 = 12.0;

/// From this turn on, a joint of a line of changing width gets a disc: 18°, as cosine.
const BEND: f64 = 0.95;

/// Something drawn on a page.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Mark<'m> {
    /// A line or figure.
    Stroke(&'m Stroke),
    /// Words.
    Note(&'m Note),
}

/// Drawings of `marks`, in order, each of which lies above those before: pages of this size. A drawing
/// ends with the mark by which it has `bytes` or more, so that no bound is passed by more than one mark.
#[must_use]
pub fn drawings<'m>(
    marks: impl IntoIterator<Item = Mark<'m>>,
    page: PageSize,
    bytes: usize,
) -> Vec<String> {
    let (width, height) = page.points();
    let sheet = Sheet { width, height };
    let mut drawings = Vec::new();
    let mut open = String::new();
    let mut marks = marks.into_iter().peekable();
    while let Some(mark) = marks.next() {
        match mark {
            Mark::Stroke(stroke) => sheet.stroke(&mut open, stroke),
            Mark::Note(note) => sheet.note(&mut open, note),
        }
        if open.len() >= bytes || marks.peek().is_none() {
            drawings.push(format!(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
                 viewBox=\"0 0 {width} {height}\" fill=\"none\">{open}</svg>"
            ));
            open.clear();
        }
    }
    drawings
}

/// A page in points.
struct Sheet {
    width: f64,
    height: f64,
}

impl Sheet {
    fn place(&self, point: Point) -> Spot {
        let share = |n: i32, side: f64| f64::from(n) / 10_000.0 * side;
        Spot { x: share(point.x, self.width), y: share(point.y, self.height) }
    }

    fn length(&self, share: u32) -> f64 {
        f64::from(share) / 10_000.0 * self.width
    }

    fn stroke(&self, out: &mut String, stroke: &Stroke) {
        let width = self.length(stroke.width);
        let (Some(first), Some(last)) = (stroke.points.first(), stroke.points.last()) else {
            return;
        };
        let (from, to) = (self.place(*first), self.place(*last));
        let mut path = Path::default();
        match stroke.tool {
            Tool::Pen | Tool::Highlighter => return self.by_hand(out, stroke, width),
            Tool::Line => path.through([from, to]),
            Tool::Arrow => {
                path.through([from, to]);
                let along = from - to;
                let long = (self.width * f64::from(BARB.share))
                    .max(width * f64::from(BARB.widths))
                    .min(along.length() * f64::from(BARB.most));
                let angle = f64::from(BARB_ANGLE);
                let barb = |angle: f64| to + along.unit().turned(angle) * long;
                path.through([barb(angle), to, barb(-angle)]);
            }
            Tool::Box => {
                path.through([from, Spot { x: to.x, ..from }, to, Spot { x: from.x, ..to }]);
                path.close();
            }
            Tool::Ellipse => path.ellipse(from, to),
        }
        stroked(out, &path, stroke.colour, width, "round");
    }

    fn by_hand(&self, out: &mut String, stroke: &Stroke, width: f64) {
        let mut nodes: Vec<(Spot, f64)> = Vec::with_capacity(stroke.points.len());
        for (n, point) in stroke.points.iter().enumerate() {
            let share = stroke.pressure.get(n).map_or(1.0, |level| f64::from(swell(*level)));
            let spot = self.place(*point);
            if nodes.last().is_none_or(|(last, _)| !last.is_at(spot)) {
                nodes.push((spot, width / 2.0 * share));
            }
        }
        let spots: Vec<Spot> = nodes.iter().map(|node| node.0).collect();
        let even = nodes.iter().all(|node| (node.1 - nodes[0].1).abs() < width * 0.01);
        let mut path = Path::default();
        match nodes.as_slice() {
            [] => {}
            [(dot, half)] => path.disc(*dot, *half),
            _ if even => {
                path.curves(&through(&spots));
                let cap = if stroke.tool == Tool::Highlighter { "butt" } else { "round" };
                return stroked(out, &path, stroke.colour, nodes[0].1 * 2.0, cap);
            }
            _ => path.swelling(&samples(&through(&spots), &nodes)),
        }
        let (colour, opacity) = ink(stroke.colour);
        let _ =
            write!(out, "<path fill=\"{colour}\" fill-opacity=\"{opacity}\" d=\"{}\"/>", path.0);
    }

    fn note(&self, out: &mut String, note: &Note) {
        let (at, size) = (self.place(note.at), self.length(note.size));
        let (colour, opacity) = ink(note.colour);
        for (n, line) in note.text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let base = at.y + (ASCENT + LINE * n as f64) * size;
            let _ = write!(
                out,
                "<text xml:space=\"preserve\" x=\"{:.2}\" y=\"{base:.2}\" font-size=\"{size:.2}\" \
                 font-weight=\"500\" font-family=\"{FAMILIES}\" fill=\"{colour}\" \
                 fill-opacity=\"{opacity}\">",
                at.x
            );
            escape(out, line);
            out.push_str("</text>");
        }
    }
}

/// Places of a line of changing width, and half the width at each.
fn samples(curves: &[Cubic], nodes: &[(Spot, f64)]) -> Vec<(Spot, f64)> {
    let mut samples: Vec<_> = nodes.first().into_iter().copied().collect();
    for (cubic, pair) in curves.iter().zip(nodes.windows(2)) {
        let long = (cubic[3] - cubic[0]).length();
        let steps = (long / STEP).ceil().clamp(1.0, STEPS);
        for step in 1..=steps as u32 {
            let t = f64::from(step) / steps;
            samples.push((at(cubic, t), pair[0].1 + (pair[1].1 - pair[0].1) * t));
        }
    }
    samples
}

fn stroked(out: &mut String, path: &Path, colour: [u8; 4], width: f64, cap: &str) {
    let (colour, opacity) = ink(colour);
    let _ = write!(
        out,
        "<path stroke=\"{colour}\" stroke-opacity=\"{opacity}\" stroke-width=\"{width:.3}\" \
         stroke-linecap=\"{cap}\" stroke-linejoin=\"round\" d=\"{}\"/>",
        path.0
    );
}

fn ink([red, green, blue, opacity]: [u8; 4]) -> (String, String) {
    (format!("#{red:02x}{green:02x}{blue:02x}"), format!("{:.3}", f64::from(opacity) / 255.0))
}

/// Text as XML takes it; what XML forbids, stanzas don't have.
fn escape(out: &mut String, text: &str) {
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\t' => out.push_str("    "),
            letter => out.push(letter),
        }
    }
}

/// Path data.
#[derive(Default)]
struct Path(String);

impl Path {
    fn through<const N: usize>(&mut self, spots: [Spot; N]) {
        for (n, Spot { x, y }) in spots.into_iter().enumerate() {
            let _ = write!(self.0, "{}{x:.3} {y:.3}", if n == 0 { 'M' } else { 'L' });
        }
    }

    fn close(&mut self) {
        self.0.push('Z');
    }

    fn curves(&mut self, curves: &[Cubic]) {
        let begin = curves.first().map(|cubic| [cubic[0]]);
        begin.into_iter().for_each(|begin| self.through(begin));
        for [_, a, b, c] in curves {
            let [(ax, ay), (bx, by), (cx, cy)] = [(a.x, a.y), (b.x, b.y), (c.x, c.y)];
            let _ = write!(self.0, "C{ax:.3} {ay:.3} {bx:.3} {by:.3} {cx:.3} {cy:.3}");
        }
    }

    fn ellipse(&mut self, from: Spot, to: Spot) {
        let middle = (from + to) * 0.5;
        let (rx, ry) = ((to.x - from.x).abs() / 2.0, (to.y - from.y).abs() / 2.0);
        // An arc without a radius is a line (SVG 1.1, F.6.2): what a flat ellipse is.
        let [left, right] = [middle.x - rx, middle.x + rx];
        let _ = write!(
            self.0,
            "M{left:.3} {y:.3}A{rx:.3} {ry:.3} 0 0 1 {right:.3} {y:.3}A{rx:.3} {ry:.3} 0 0 1 {left:.3} {y:.3}Z",
            y = middle.y
        );
        if rx == 0.0 {
            self.through([from, to]);
        }
    }

    fn disc(&mut self, middle: Spot, half: f64) {
        let reach = Spot { x: half, y: half };
        self.ellipse(middle - reach, middle + reach);
    }

    /// The union of a quadrilateral from each sample to the next and of discs at ends and bends. All turn
    /// the same way round, so that nothing is cut out where they overlap.
    fn swelling(&mut self, samples: &[(Spot, f64)]) {
        let way = |n: usize| Some((samples.get(n + 1)?.0 - samples.get(n)?.0).unit());
        for (n, (here, half)) in samples.iter().enumerate() {
            let (coming, going) = (n.checked_sub(1).and_then(way), way(n));
            let bends = match (coming, going) {
                (Some(coming), Some(going)) => coming.dot(going) < BEND,
                _ => true,
            };
            if bends {
                self.disc(*here, *half);
            }
            let (Some(going), Some((there, wide))) = (going, samples.get(n + 1)) else { continue };
            // Both ends are cut across the mean of the directions they lie between, so that
            // neighbours share a side.
            let across = |other: Option<Spot>| {
                let mean = other.map_or(going, |other| (other + going).unit());
                let mean = if mean == Spot::default() { going } else { mean };
                Spot { x: -mean.y, y: mean.x }
            };
            let (a, b) = (across(coming) * *half, across(way(n + 1)) * *wide);
            self.quad([*here - a, *there - b, *there + b, *here + a]);
        }
    }

    /// A closed quadrilateral, turning as the discs do.
    fn quad(&mut self, mut corners: [Spot; 4]) {
        let twice_area: f64 = (0..4)
            .map(|n| {
                let (a, b) = (corners[n], corners[(n + 1) % 4]);
                a.x * b.y - b.x * a.y
            })
            .sum();
        if twice_area < 0.0 {
            corners.reverse();
        }
        self.through(corners);
        self.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::room::id::BlobId;
    use crate::room::stanza::PageTurn;

    const ON: PageTurn = PageTurn { document: BlobId([1; 32]), page: 1 };

    fn stroke(tool: Tool, points: &[(i32, i32)], pressure: &[u8]) -> Stroke {
        Stroke {
            on: ON,
            points: points.iter().map(|&(x, y)| Point { x, y }).collect(),
            pressure: pressure.to_vec(),
            colour: [0xe5, 0x48, 0x4d, 0x80],
            width: 100,
            tool,
        }
    }

    fn drawn(marks: &[Mark<'_>]) -> String {
        let size = PageSize::from_points(1000.0, 500.0);
        drawings(marks.iter().copied(), size, usize::MAX).pop().unwrap_or_default()
    }

    #[test]
    fn places_and_widths_are_shares_of_the_page() {
        let line = stroke(Tool::Line, &[(1000, 1000), (5000, 10_000)], &[]);
        let svg = drawn(&[Mark::Stroke(&line)]);
        assert!(svg.contains("d=\"M100.000 50.000L500.000 500.000\""), "{svg}");
        assert!(svg.contains("stroke-width=\"10.000\"") && svg.contains("\"0.502\""), "{svg}");
    }

    #[test]
    fn words_are_text_and_never_markup() {
        let note = Note {
            on: ON,
            at: Point { x: 1000, y: 0 },
            colour: [0, 0, 0, 255],
            size: 200,
            text: "<g/> & 你好\n\nend".into(),
        };
        let svg = drawn(&[Mark::Note(&note)]);
        assert!(svg.contains(">&lt;g/&gt; &amp; 你好</text>"), "{svg}");
        assert!(svg.contains(&format!("y=\"{:.2}\"", (ASCENT + 2.0 * LINE) * 20.0)), "{svg}");
        assert_eq!(svg.matches("<text").count(), 2, "an empty line has no letters");
    }

    #[test]
    fn every_tool_with_every_pressure_gives_numbers() {
        let points: Vec<_> = (0..50).map(|n| ((n * 7919) % 9000, (n * 104_729) % 9000)).collect();
        let pressure: Vec<u8> = (0..50).map(|n| n % 64).collect();
        for tool in Tool::ALL {
            let many = if tool.is_figure() { &points[..2] } else { &points };
            let heavy = if tool.is_figure() { &[] } else { &pressure[..] };
            for stroke in [
                stroke(tool, many, heavy),
                stroke(tool, &[(5, 5), (5, 5)], &[]),
                stroke(tool, &[(5, 5), (5, 9)], &[]),
            ] {
                let svg = drawn(&[Mark::Stroke(&stroke)]);
                assert!(
                    svg.contains("<path") && !svg.contains("NaN") && !svg.contains("inf"),
                    "{svg}"
                );
            }
        }
    }

    #[test]
    fn long_drawings_are_parted_between_marks() {
        let line = stroke(Tool::Line, &[(0, 0), (1, 1)], &[]);
        let size = PageSize::from_points(100.0, 100.0);
        let parts = drawings((0..100).map(|_| Mark::Stroke(&line)), size, 1000);
        assert!(parts.len() > 5 && parts.iter().all(|part| part.len() < 2000));
        let paths: usize = parts.iter().map(|part| part.matches("<path").count()).sum();
        assert_eq!(paths, 100);
        assert!(drawings([], size, 1000).is_empty());
    }
}
