//! The window's words for things as the node's, and back.

use crate::model::marks::{Form, Ink, NoteText};
use crate::model::meeting::Feeling as Shown;
use moot_node::limits::PRESSURE_LEVELS;
use moot_node::node::{Command, DocumentChoice};
use moot_node::room::stanza::{Drawing, Feeling, Note, PageTurn, Stroke, Tool};
use std::path::PathBuf;

/// The window's 256 levels of pressure in one of the stanza's 64.
const LEVEL: u8 = (256 / PRESSURE_LEVELS as u16) as u8;

/// Open a file.
pub(crate) const fn open(file: PathBuf) -> Command {
    Command::Document(DocumentChoice::File(file))
}

/// Show a document of the meeting.
pub(crate) fn show(name: &str) -> Command {
    Command::Document(DocumentChoice::Named(name.to_owned()))
}

/// A finished stroke.
pub(crate) fn draw(on: PageTurn, ink: Ink) -> Command {
    let Stroke { points, colour, width, tool, pressure, .. } = stroke(on, ink);
    Command::Stroke { on: Some(on), points, colour, width, tool, pressure }
}

/// A stroke in the making.
pub(crate) fn drawing(id: u64, on: PageTurn, ink: Ink) -> Command {
    Command::Drawing(Drawing { id, stroke: stroke(on, ink) })
}

/// A finished note.
pub(crate) fn note(on: PageTurn, note: NoteText) -> Command {
    let NoteText { at, text, colour, size } = note;
    Command::Note { on: Some(on), at, text, colour, size }
}

fn stroke(on: PageTurn, ink: Ink) -> Stroke {
    let Ink { form, points, pressure, colour, width } = ink;
    let tool = match form {
        Form::Pen => Tool::Pen,
        Form::Highlighter => Tool::Highlighter,
        Form::Line => Tool::Line,
        Form::Arrow => Tool::Arrow,
        Form::Box => Tool::Box,
        Form::Ellipse => Tool::Ellipse,
    };
    let pressure = pressure.into_iter().map(|level| level / LEVEL).collect();
    Stroke { on, points, colour, width, tool, pressure }
}

/// The form that a tool draws.
pub(crate) const fn form(tool: Tool) -> Form {
    match tool {
        Tool::Pen => Form::Pen,
        Tool::Highlighter => Form::Highlighter,
        Tool::Line => Form::Line,
        Tool::Arrow => Form::Arrow,
        Tool::Box => Form::Box,
        Tool::Ellipse => Form::Ellipse,
    }
}

impl From<&Stroke> for Ink {
    fn from(stroke: &Stroke) -> Self {
        Self {
            form: form(stroke.tool),
            points: stroke.points.clone(),
            pressure: stroke.pressure.iter().map(|level| level.saturating_mul(LEVEL)).collect(),
            colour: stroke.colour,
            width: stroke.width,
        }
    }
}

impl From<&Note> for NoteText {
    fn from(note: &Note) -> Self {
        Self { at: note.at, text: note.text.clone(), colour: note.colour, size: note.size }
    }
}

/// A feeling, as the meeting calls it.
pub(crate) const fn felt(feeling: Shown) -> Feeling {
    match feeling {
        Shown::ThumbsUp => Feeling::ThumbsUp,
        Shown::Applause => Feeling::Applause,
        Shown::Heart => Feeling::Heart,
        Shown::Laugh => Feeling::Laugh,
        Shown::Surprise => Feeling::Surprise,
        Shown::Thinking => Feeling::Thinking,
    }
}

/// A feeling, as the window shows it.
pub(crate) const fn shown(feeling: Feeling) -> Shown {
    match feeling {
        Feeling::ThumbsUp => Shown::ThumbsUp,
        Feeling::Applause => Shown::Applause,
        Feeling::Heart => Shown::Heart,
        Feeling::Laugh => Shown::Laugh,
        Feeling::Surprise => Shown::Surprise,
        Feeling::Thinking => Shown::Thinking,
    }
}
