//! `note x,y [colour] [size] [DOCUMENT:PAGE] | TEXT` and `erase AUTHOR:SEQ …` in words.

use super::input::BadInput;
use super::stroke_words::{parse_colour, parse_page, parse_point, parse_width, units};
use moot_node::limits::{ERASE_MARKS, NOTE_CHARS};
use moot_node::node::Command;
use moot_node::room::id::EntryRef;

/// Height of a line in thousandths of the page's width when none is given: what reads well from the
/// back of a room.
const SIZE: f64 = 20.0;

/// Parses what follows the word `note`.
pub(super) fn parse_note(words: &str) -> Result<Command, BadInput> {
    let (how, text) = words.split_once('|').ok_or(BadInput::Note)?;
    let text = text.trim();
    if text.is_empty() {
        return Err(BadInput::Note);
    }
    if text.chars().count() > NOTE_CHARS {
        return Err(BadInput::NoteLong);
    }
    let (mut at, mut colour, mut size, mut on) = (None, None, SIZE, None);
    for word in how.split_whitespace() {
        if let Some(point) = parse_point(word).filter(|_| at.is_none()) {
            at = Some(point);
        } else if let Some(found) = parse_colour(word) {
            colour = Some(found);
        } else if let Some(found) = parse_width(word) {
            size = found;
        } else {
            on = Some(parse_page(word).ok_or(BadInput::Note)?);
        }
    }
    let (rgb, opacity) = colour.or_else(|| parse_colour("red")).unwrap_or_default();
    let [r, g, b] = rgb;
    Ok(Command::Note {
        on,
        at: at.ok_or(BadInput::Note)?,
        text: text.to_owned(),
        colour: [r, g, b, opacity.unwrap_or(0xff)],
        size: units(size),
    })
}

/// Parses what follows the word `erase`.
pub(super) fn parse_erase(words: &str) -> Result<Command, BadInput> {
    let marks: Option<Vec<_>> = words.split_whitespace().map(parse_mark).collect();
    match marks {
        Some(marks) if (1..=ERASE_MARKS).contains(&marks.len()) => Ok(Command::Erase(marks)),
        _ => Err(BadInput::Erase),
    }
}

fn parse_mark(word: &str) -> Option<EntryRef> {
    let (author, seq) = word.split_once(':')?;
    let seq = seq.parse().ok().filter(|seq| *seq > 0)?;
    Some(EntryRef { author: author.parse().ok()?, seq })
}

#[cfg(test)]
mod tests {
    use super::super::samples::ANN;
    use super::*;
    use moot_node::room::id::BlobId;
    use moot_node::room::stanza::{PageTurn, Point};

    #[test]
    fn a_note_is_a_place_and_words() {
        let wanted = Command::Note {
            on: None,
            at: Point { x: 2500, y: 5000 },
            text: "red 3 | here".into(),
            colour: [0xd9, 0x2d, 0x20, 0xff],
            size: 200,
        };
        assert_eq!(parse_note("0.25,0.5 | red 3 | here"), Ok(wanted));
        let document = BlobId([0xd0; 32]);
        let wanted = Command::Note {
            on: Some(PageTurn { document, page: 4 }),
            at: Point { x: 0, y: 10_000 },
            text: "李雷".into(),
            colour: [1, 2, 3, 4],
            size: 350,
        };
        assert_eq!(parse_note(&format!("#01020304 0,1 35 {document}:4|李雷")), Ok(wanted));
    }

    #[test]
    fn what_is_no_note_is_refused() {
        for words in ["", "0,0 hello", "0,0 |", "| hello", "0,0 mauve | a", "0,0 1,1 | a"] {
            assert_eq!(parse_note(words), Err(BadInput::Note), "{words}");
        }
        let long = format!("0,0 | {}", "a".repeat(NOTE_CHARS + 1));
        assert_eq!(parse_note(&long), Err(BadInput::NoteLong));
    }

    #[test]
    fn marks_are_named_by_author_and_number() {
        let mark = |seq| EntryRef { author: ANN, seq };
        let words = format!("{ANN}:7 {ANN}:18");
        assert_eq!(parse_erase(&words), Ok(Command::Erase(vec![mark(7), mark(18)])));
        let many = format!("{ANN}:1 ").repeat(ERASE_MARKS + 1);
        for words in ["", "7", "ann:7", &format!("{ANN}:0"), &format!("{ANN}"), &many] {
            assert_eq!(parse_erase(words), Err(BadInput::Erase), "{words}");
        }
    }
}
