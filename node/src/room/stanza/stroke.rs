//! `<stroke/>`: somebody draws a line on a page.

use super::error::StanzaError;
use super::page::PageTurn;
use super::tag::Tag;
use super::xml::Attributes;
use crate::limits::{POINT_REACH, STROKE_POINTS, STROKE_WIDTH};
use std::fmt::Write;

/// What a stroke is drawn with.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, Default)]
pub enum Tool {
    /// An opaque line.
    #[default]
    Pen,
    /// A broad translucent line.
    Highlighter,
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

/// A drawn line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stroke {
    /// Where.
    pub on: PageTurn,
    /// 1 to [`STROKE_POINTS`] points.
    pub points: Vec<Point>,
    /// Red, green, blue, opacity.
    pub colour: [u8; 4],
    /// Width in 1/10 000 of the page's width, 1 to [`STROKE_WIDTH`].
    pub width: u32,
    /// Pen or highlighter.
    pub tool: Tool,
}

impl Tool {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pen => "pen",
            Self::Highlighter => "highlighter",
        }
    }

    fn from_word(word: &str) -> Result<Self, ()> {
        [Self::Pen, Self::Highlighter].into_iter().find(|t| t.as_str() == word).ok_or(())
    }
}

impl Point {
    /// Whether it lies on the page or within [`POINT_REACH`] of it.
    pub(super) fn is_near(&self) -> bool {
        self.x.unsigned_abs() <= POINT_REACH && self.y.unsigned_abs() <= POINT_REACH
    }
}

impl Stroke {
    pub(super) fn read(attributes: &Attributes<'_>, text: &str) -> Result<Self, StanzaError> {
        Ok(Self {
            on: PageTurn::read(attributes)?,
            points: points(text).ok_or(StanzaError::Invalid("points"))?,
            colour: attributes.parse("colour", colour)?,
            width: attributes.number("width")?,
            tool: attributes.parse("tool", Tool::from_word)?,
        })
    }

    pub(super) fn write(&self, tag: Tag<'_>) {
        let colour = u32::from_be_bytes(self.colour);
        self.on
            .tag(tag)
            .plain("colour", format_args!("{colour:08x}"))
            .plain("width", self.width)
            .plain("tool", self.tool.as_str())
            .holding(|out| write_points(out, &self.points));
    }

    pub(super) fn check(&self) -> Result<(), StanzaError> {
        self.on.check()?;
        let points = &self.points;
        if !(1..=STROKE_POINTS).contains(&points.len()) || !points.iter().all(Point::is_near) {
            return Err(StanzaError::Invalid("points"));
        }
        let drawable = (1..=STROKE_WIDTH).contains(&self.width);
        if drawable { Ok(()) } else { Err(StanzaError::Invalid("width")) }
    }
}

fn colour(text: &str) -> Result<[u8; 4], ()> {
    let digits = text.len() == 8 && text.bytes().all(|b| b.is_ascii_hexdigit());
    let number = u32::from_str_radix(text, 16).ok().filter(|_| digits).ok_or(())?;
    Ok(number.to_be_bytes())
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
        refuses(&good.replace("pen", "brush"), StanzaError::Invalid("tool"));
        refuses(&good.replace("page=\"2\"", "page=\"0\""), StanzaError::Invalid("page"));
    }

    #[test]
    fn keeps_its_size() {
        assert_eq!(wire(&stroke(&[(1, 2)])).len(), 145);
        // Forty seconds of a lively pen still fit one stanza.
        let line: Vec<_> = (0..STROKE_POINTS as i32).map(|i| ((i * 97) % 999, i)).collect();
        assert_eq!(parse(&wire(&stroke(&line))), stroke(&line));
    }
}
