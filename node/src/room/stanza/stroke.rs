//! `<stroke/>`: somebody draws on a page, by hand or a figure between two points.

use super::error::StanzaError;
use super::page::PageTurn;
use super::tag::Tag;
use super::xml::Attributes;
use crate::limits::{POINT_REACH, PRESSURE_LEVELS, STROKE_POINTS, STROKE_WIDTH};
use std::fmt::Write;

/// What a stroke is drawn with.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, Default)]
pub enum Tool {
    /// An opaque line.
    #[default]
    Pen,
    /// A broad translucent line.
    Highlighter,
    /// A straight line from the first to the second of two points.
    Line,
    /// The same with a head at the second.
    Arrow,
    /// A rectangle between two opposite corners.
    Box,
    /// An ellipse that fits between two opposite corners.
    Ellipse,
}

/// A place on a page in 1/10 000 of its crop box, from the top left corner; may lie outside, up to
/// [`POINT_REACH`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub struct Point {
    /// Rightwards, 10 000 = the page's width.
    pub x: i32,
    /// Downwards, 10 000 = the page's height.
    pub y: i32,
}

/// What is drawn in one go.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stroke {
    /// Where.
    pub on: PageTurn,
    /// 1 to [`STROKE_POINTS`] points; exactly two for a figure ([`Tool::is_figure`]).
    pub points: Vec<Point>,
    /// How hard the pen pressed at each point, 0 to [`PRESSURE_LEVELS`] − 1; empty when it can't
    /// tell.
    pub pressure: Vec<u8>,
    /// Red, green, blue, opacity.
    pub colour: [u8; 4],
    /// Width in 1/10 000 of the page's width, 1 to [`STROKE_WIDTH`].
    pub width: u32,
    /// With what.
    pub tool: Tool,
}

impl Tool {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Pen, Self::Highlighter, Self::Line, Self::Arrow, Self::Box, Self::Ellipse];

    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pen => "pen",
            Self::Highlighter => "highlighter",
            Self::Line => "line",
            Self::Arrow => "arrow",
            Self::Box => "box",
            Self::Ellipse => "ellipse",
        }
    }

    /// Whether its points are a start and an end instead of a line drawn by hand.
    #[must_use]
    pub const fn is_figure(self) -> bool {
        !matches!(self, Self::Pen | Self::Highlighter)
    }

    /// The tool of this word; `None` for those of later versions.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tool| tool.as_str() == word)
    }
}

impl Point {
    /// Whether it lies on the page or within [`POINT_REACH`] of it.
    pub(super) fn is_near(&self) -> bool {
        self.x.unsigned_abs() <= POINT_REACH && self.y.unsigned_abs() <= POINT_REACH
    }
}

impl Stroke {
    /// `None`: drawn with a tool of a later version, which this one can't show.
    pub(super) fn read(
        attributes: &Attributes<'_>,
        text: &str,
    ) -> Result<Option<Self>, StanzaError> {
        let Some(tool) = Tool::from_word(&attributes.text("tool")?) else { return Ok(None) };
        Ok(Some(Self {
            on: PageTurn::read(attributes)?,
            points: points(text).ok_or(StanzaError::Invalid("points"))?,
            pressure: match attributes.get("pressure") {
                Some(text) => pressure(&text).ok_or(StanzaError::Invalid("pressure"))?,
                None => Vec::new(),
            },
            colour: attributes.parse("colour", colour)?,
            width: attributes.number("width")?,
            tool,
        }))
    }

    pub(super) fn write(&self, tag: Tag<'_>) {
        let tag = colour_tag(self.on.tag(tag), self.colour)
            .plain("width", self.width)
            .plain("tool", self.tool.as_str());
        let tag = match self.pressure.as_slice() {
            [] => tag,
            levels => tag.plain("pressure", pressure_text(levels)),
        };
        tag.holding(|out| write_points(out, &self.points));
    }

    pub(super) fn check(&self) -> Result<(), StanzaError> {
        self.on.check()?;
        let allowed = if self.tool.is_figure() { 2..=2 } else { 1..=STROKE_POINTS };
        let near = self.points.iter().all(Point::is_near);
        if !allowed.contains(&self.points.len()) || !near {
            return Err(StanzaError::Invalid("points"));
        }
        let told = self.pressure.is_empty() || self.pressure.len() == self.points.len();
        if !told || self.pressure.iter().any(|level| *level >= PRESSURE_LEVELS) {
            return Err(StanzaError::Invalid("pressure"));
        }
        let drawable = (1..=STROKE_WIDTH).contains(&self.width);
        if drawable { Ok(()) } else { Err(StanzaError::Invalid("width")) }
    }
}

/// Attribute `colour`: eight hexadecimal digits.
pub(super) fn colour_tag(tag: Tag<'_>, colour: [u8; 4]) -> Tag<'_> {
    tag.plain("colour", format_args!("{:08x}", u32::from_be_bytes(colour)))
}

pub(super) fn colour(text: &str) -> Result<[u8; 4], ()> {
    let digits = text.len() == 8 && text.bytes().all(|b| b.is_ascii_hexdigit());
    let number = u32::from_str_radix(text, 16).ok().filter(|_| digits).ok_or(())?;
    Ok(number.to_be_bytes())
}

/// The digits of [`PRESSURE_LEVELS`], one character a point: the alphabet of RFC 4648 §4, Table 1.
/// So the longest stroke's pressure still fits one attribute.
const LEVELS: &[u8; PRESSURE_LEVELS as usize] =
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn pressure_text(levels: &[u8]) -> String {
    // A level that does not exist was refused by `check`; it is written as the hardest.
    let digit = |level: &u8| *LEVELS.get(usize::from(*level)).unwrap_or(&b'/') as char;
    levels.iter().map(digit).collect()
}

/// `None` for what is no level; at most as many as an attribute has bytes.
fn pressure(text: &str) -> Option<Vec<u8>> {
    let level = |byte| u8::try_from(LEVELS.iter().position(|digit| *digit == byte)?).ok();
    text.bytes().map(level).collect()
}

/// The first point stands in full, each later one as its difference from the one before: a pen at
/// 100 Hz moves little, and six bytes a point is what remains.
fn write_points(out: &mut String, points: &[Point]) {
    let mut last = Point { x: 0, y: 0 };
    for (place, point) in points.iter().enumerate() {
        let blank = if place == 0 { "" } else { " " };
        let (x, y) = (point.x.wrapping_sub(last.x), point.y.wrapping_sub(last.y));
        write!(out, "{blank}{x},{y}").expect("a String takes everything");
        last = *point;
    }
}

/// `None` for what is not points, too many, or beyond [`i32`].
fn points(text: &str) -> Option<Vec<Point>> {
    let mut points = Vec::new();
    let mut last = Point { x: 0, y: 0 };
    for pair in text.split_ascii_whitespace() {
        let (x, y) = pair.split_once(',')?;
        let (x, y) = (x.parse::<i32>().ok()?, y.parse::<i32>().ok()?);
        last = Point { x: last.x.checked_add(x)?, y: last.y.checked_add(y)? };
        if points.len() == STROKE_POINTS {
            return None;
        }
        points.push(last);
    }
    Some(points)
}

#[cfg(test)]
mod tests {
    use super::super::sample::{parse, refuses, wire};
    use super::*;
    use crate::room::id::BlobId;
    use crate::room::stanza::Payload;

    fn stroke(points: &[(i32, i32)]) -> Payload {
        Payload::Stroke(Stroke {
            on: PageTurn { document: BlobId([1; 32]), page: 2 },
            points: points.iter().map(|&(x, y)| Point { x, y }).collect(),
            pressure: Vec::new(),
            colour: [0xe5, 0x48, 0x4d, 0xff],
            width: 30,
            tool: Tool::Pen,
        })
    }

    #[test]
    fn parses() {
        let document = "01".repeat(32);
        let xml = format!(
            "<stroke document=\"{document}\" page=\"2\" colour=\"e5484dff\" width=\"30\" \
             tool=\"pen\">1204,880 12,-3\n 0,0</stroke>"
        );
        assert_eq!(parse(&xml), stroke(&[(1204, 880), (1216, 877), (1216, 877)]));
    }

    fn pressed(points: &[(i32, i32)], levels: &[u8]) -> Payload {
        let Payload::Stroke(stroke) = stroke(points) else { unreachable!("a stroke") };
        Payload::Stroke(Stroke { pressure: levels.to_vec(), ..stroke })
    }

    #[test]
    fn figures_have_two_points() {
        let line = wire(&stroke(&[(1, 2), (30, 40)]));
        for tool in Tool::ALL.into_iter().filter(|tool| tool.is_figure()) {
            let figure = line.replace("pen", tool.as_str());
            assert_eq!(wire(&parse(&figure)), figure);
            let dot = wire(&stroke(&[(1, 2)])).replace("pen", tool.as_str());
            refuses(&dot, StanzaError::Invalid("points"));
            refuses(&figure.replace("</", " 1,1</"), StanzaError::Invalid("points"));
        }
    }

    #[test]
    fn a_tool_of_a_later_version_is_passed_over() {
        let good = wire(&stroke(&[(1, 2)]));
        assert_eq!(parse(&good.replace("pen", "brush")), Payload::Unknown);
        assert_eq!(
            parse(&good.replace("pen", "brush").replace("1,2", "a spline")),
            Payload::Unknown
        );
    }

    #[test]
    fn pressure_is_one_character_a_point() {
        let levels: Vec<u8> = (0..PRESSURE_LEVELS).collect();
        let points: Vec<_> = levels.iter().map(|level| (i32::from(*level), 0)).collect();
        let line = pressed(&points, &levels);
        let xml = wire(&line);
        assert!(xml.contains(" pressure=\"ABC") && xml.contains("89+/\""), "{xml}");
        assert_eq!(parse(&xml), line);
        let pair = wire(&pressed(&[(0, 0), (1, 1)], &[0, 63]));
        for bad in ["A", "A//", "A ", "A=", "Aé"] {
            refuses(&pair.replace("A/", bad), StanzaError::Invalid("pressure"));
        }
        let beyond = pressed(&[(0, 0)], &[PRESSURE_LEVELS]);
        assert_eq!(beyond.check(), Err(StanzaError::Invalid("pressure")));
    }

    #[test]
    fn writes_back() {
        let reach = i32::try_from(POINT_REACH).unwrap();
        let far = stroke(&[(-reach, reach), (reach, -reach), (0, 0)]);
        assert_eq!(parse(&wire(&far)), far);
    }

    #[test]
    fn rejects_the_malformed() {
        let good = wire(&stroke(&[(1, 2)]));
        for bad in ["", "1", "1,", "1,2,3", "1;2", "a,b", "2147483647,0 1,0", "30001,0"] {
            refuses(&good.replace("1,2", bad), StanzaError::Invalid("points"));
        }
        refuses(
            &good.replace("1,2", &"0,0 ".repeat(STROKE_POINTS + 1)),
            StanzaError::Invalid("points"),
        );
        refuses(&good.replace("\"30\"", "\"0\""), StanzaError::Invalid("width"));
        refuses(&good.replace("\"30\"", "\"10001\""), StanzaError::Invalid("width"));
        refuses(&good.replace("e5484dff", "e5484d"), StanzaError::Invalid("colour"));
        refuses(&good.replace("page=\"2\"", "page=\"0\""), StanzaError::Invalid("page"));
    }

    #[test]
    fn keeps_its_size() {
        assert_eq!(wire(&stroke(&[(1, 2)])).len(), 145);
        // Forty seconds of a lively pen still fit one stanza.
        let line: Vec<_> = (0..STROKE_POINTS as i32).map(|i| ((i * 97) % 999, i)).collect();
        assert_eq!(parse(&wire(&stroke(&line))), stroke(&line));
        let hard = pressed(&line, &vec![PRESSURE_LEVELS - 1; STROKE_POINTS]);
        assert_eq!(parse(&wire(&hard)), hard);
    }
}
