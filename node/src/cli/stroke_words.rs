//! `stroke x,y x,y … [colour] [width] [tool] [DOCUMENT:PAGE]`: a line or figure to draw, in words.
//!
//! Coordinates are fractions of the page from its top left corner; the width is in thousandths of
//! the page's width.

use super::input::BadInput;
use moot_node::limits::STROKE_POINTS;
use moot_node::node::Command;
use moot_node::room::stanza::{PageTurn, Point, Tool};

/// Colours by name. Red, green, blue; the tool adds the opacity.
const COLOURS: [(&str, [u8; 3]); 9] = [
    ("black", [0x1a, 0x1a, 0x1a]),
    ("white", [0xff, 0xff, 0xff]),
    ("grey", [0x80, 0x80, 0x80]),
    ("red", [0xd9, 0x2d, 0x20]),
    ("orange", [0xf7, 0x90, 0x09]),
    ("yellow", [0xfa, 0xd1, 0x0a]),
    ("green", [0x12, 0x8a, 0x3e]),
    ("blue", [0x15, 0x5e, 0xef]),
    ("purple", [0x7a, 0x2d, 0xd0]),
];

/// Places in a page's width or height ([`Point`]).
const UNITS: f64 = 10_000.0;

/// How many page widths a point may lie outside; a slip of the pen is less.
const OUTSIDE: f64 = 1.0;

/// Width in thousandths when none is given: a line a pen draws on paper, and a marker's.
const PEN_WIDTH: f64 = 3.0;
const HIGHLIGHTER_WIDTH: f64 = 20.0;

/// Thousandths of the page's width that a line may be wide: a quarter of the page.
const MAX_WIDTH: f64 = 250.0;

/// Opacity of a highlighter's line: the words below stay readable.
const HIGHLIGHTER_OPACITY: u8 = 0x60;

/// Parses what follows the word `stroke`.
pub(super) fn parse_stroke(words: &str) -> Result<Command, BadInput> {
    let mut points = Vec::new();
    let mut colour = None;
    let mut width = None;
    let mut tool = Tool::Pen;
    let mut on = None;
    for word in words.split_whitespace() {
        if let Some(point) = parse_point(word) {
            points.push(point);
        } else if let Some(found) = parse_colour(word) {
            colour = Some(found);
        } else if let Some(found) = parse_width(word) {
            width = Some(found);
        } else if let Some(found) = parse_page(word) {
            on = Some(found);
        } else {
            tool = Tool::from_word(word).ok_or(BadInput::StrokeWord)?;
        }
        if points.len() > STROKE_POINTS {
            return Err(BadInput::StrokeLong);
        }
    }
    if points.is_empty() {
        return Err(BadInput::StrokePoints);
    }
    if tool.is_figure() && points.len() != 2 {
        return Err(BadInput::StrokeFigure);
    }
    let (default_colour, default_width, opacity) = match tool {
        Tool::Highlighter => ("yellow", HIGHLIGHTER_WIDTH, HIGHLIGHTER_OPACITY),
        _ => ("red", PEN_WIDTH, 0xff),
    };
    let (rgb, own_opacity) = colour.or_else(|| parse_colour(default_colour)).unwrap_or_default();
    let [r, g, b] = rgb;
    let colour = [r, g, b, own_opacity.unwrap_or(opacity)];
    let width = units(width.unwrap_or(default_width));
    Ok(Command::Stroke { on, points, colour, width, tool, pressure: Vec::new() })
}

/// Thousandths of the page's width in 1/10 000 of it.
pub(super) fn units(thousandths: f64) -> u32 {
    (thousandths * UNITS / 1000.0).round() as u32
}

/// `DOCUMENT:PAGE`: 64 hexadecimal digits and a number.
pub(super) fn parse_page(word: &str) -> Option<PageTurn> {
    let (document, page) = word.split_once(':')?;
    let page = page.parse().ok().filter(|page| *page >= 1)?;
    Some(PageTurn { document: document.parse().ok()?, page })
}

/// A point in fractions of the page.
pub(super) fn parse_point(word: &str) -> Option<Point> {
    let (x, y) = word.split_once(',')?;
    let place = |text: &str| {
        let fraction = text.parse::<f64>().ok()?;
        let inside = (-OUTSIDE..=1.0 + OUTSIDE).contains(&fraction);
        inside.then(|| (fraction * UNITS).round() as i32)
    };
    Some(Point { x: place(x)?, y: place(y)? })
}

/// A colour and, where it was given, its opacity.
pub(super) fn parse_colour(word: &str) -> Option<([u8; 3], Option<u8>)> {
    if let Some((_, rgb)) = COLOURS.iter().find(|(name, _)| *name == word) {
        return Some((*rgb, None));
    }
    let digits = word.strip_prefix('#')?;
    if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let byte = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
    let opacity = match digits.len() {
        6 => None,
        8 => Some(byte(6)?),
        _ => return None,
    };
    Some(([byte(0)?, byte(2)?, byte(4)?], opacity))
}

pub(super) fn parse_width(word: &str) -> Option<f64> {
    word.parse().ok().filter(|w: &f64| *w >= 0.1 && *w <= MAX_WIDTH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_become_places_on_the_page() {
        let Ok(Command::Stroke { points, colour, width, tool, .. }) = parse_stroke("0,0 0.25,1")
        else {
            panic!("not a stroke");
        };
        assert_eq!(points, [Point { x: 0, y: 0 }, Point { x: 2500, y: 10_000 }]);
        assert_eq!((colour, width, tool), ([0xd9, 0x2d, 0x20, 0xff], 30, Tool::Pen));
    }

    #[test]
    fn colour_width_and_tool_come_in_any_order() {
        for words in ["0,0 1,1 #01020304 5 highlighter", "highlighter 5 #01020304 0,0 1,1"] {
            let Ok(Command::Stroke { colour, width, tool, .. }) = parse_stroke(words) else {
                panic!("not a stroke");
            };
            assert_eq!((colour, width, tool), ([1, 2, 3, 4], 50, Tool::Highlighter));
        }
    }

    #[test]
    fn a_highlighter_lets_the_words_shine_through() {
        let Ok(Command::Stroke { colour, .. }) = parse_stroke("0,0 green highlighter") else {
            panic!("not a stroke");
        };
        assert_eq!(colour[3], HIGHLIGHTER_OPACITY);
    }

    #[test]
    fn figures_have_a_start_and_an_end() {
        for tool in Tool::ALL.into_iter().filter(|tool| tool.is_figure()) {
            let word = tool.as_str();
            let parsed = parse_stroke(&format!("0,0 1,1 {word}"));
            assert!(matches!(parsed, Ok(Command::Stroke { tool: t, .. }) if t == tool), "{word}");
            for points in ["0,0", "0,0 1,1 0,1"] {
                let parsed = parse_stroke(&format!("{word} {points}"));
                assert_eq!(parsed, Err(BadInput::StrokeFigure), "{word}");
            }
        }
    }

    #[test]
    fn a_page_other_than_the_one_on_show_is_named() {
        let document = moot_node::room::id::BlobId([0xd0; 32]);
        let Ok(Command::Stroke { on, .. }) = parse_stroke(&format!("0,0 1,1 {document}:3")) else {
            panic!("not a stroke");
        };
        assert_eq!(on, Some(PageTurn { document, page: 3 }));
        let wrong = format!("0,0 1,1 {document}:0");
        assert_eq!(parse_stroke(&wrong), Err(BadInput::StrokeWord));
    }

    #[test]
    fn what_is_no_stroke_is_refused() {
        assert_eq!(parse_stroke(""), Err(BadInput::StrokePoints));
        assert_eq!(parse_stroke("red 3"), Err(BadInput::StrokePoints));
        let wrong = ["0,0 mauve", "1,2,3", "0,5", "0,nan", "0,0 -1", "0,0 #12345", "0,0 #ä1234"];
        for words in wrong {
            assert_eq!(parse_stroke(words), Err(BadInput::StrokeWord), "{words}");
        }
        let long = "0,0 ".repeat(STROKE_POINTS + 1);
        assert_eq!(parse_stroke(&long), Err(BadInput::StrokeLong));
    }
}
