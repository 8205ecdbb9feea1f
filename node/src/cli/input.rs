//! One line of standard input as one [`Command`]. Pure: whether a file exists is asked of the
//! caller.
//!
//! Complaints are keys of `locales/` with their values, so that they speak the user's language.

use super::args;
use super::mark_words::{parse_erase, parse_note};
use super::stroke_words::{parse_point, parse_stroke};
use moot_node::io::audio::LOUDEST;
use moot_node::io::document::{PASSWORD_BYTES, Password};
use moot_node::limits::{CHAT_CHARS, NAME_CHARS};
use moot_node::node::{Command, DelayChoice, DocumentChoice};
use moot_node::room::stanza::{Feeling, RoomName};
use moot_node::room::time::MediaTime;
use std::path::Path;

/// Every word a line may begin with, for the tests of docs/CLI.md.
#[cfg(test)]
pub(crate) const WORDS: [&str; 40] = [
    "page",
    "next",
    "back",
    "document",
    "stroke",
    "undo",
    "say",
    "hand",
    "present",
    "give",
    "admit",
    "refuse",
    "remove",
    "rename",
    "compare",
    "mute",
    "unmute",
    "state",
    "leave",
    "at",
    "help",
    "laser",
    "volume",
    "deafen",
    "undeafen",
    "note",
    "erase",
    "redo",
    "react",
    "drawing",
    "record",
    "password",
    "cancel",
    "source",
    "sink",
    "update",
    "room",
    "headphones",
    "loudspeaker",
    "delay",
];

/// What a line asks for.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Input {
    /// To be done in the meeting.
    Command(Command),
    /// The list of commands.
    Help,
    /// Nothing: an empty line or a comment.
    Nothing,
}

/// Why a line can't be obeyed: says what to write instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BadInput {
    /// The first word is no command.
    UnknownWord,
    /// `page` wants a number from 1.
    Page,
    /// `document` wants a file or a name.
    Document,
    /// `password` wants one.
    Password,
    /// `stroke` wants points.
    StrokePoints,
    /// A stroke has too many points.
    StrokeLong,
    /// A word of `stroke` is neither point, colour, width nor tool.
    StrokeWord,
    /// A figure has exactly two points.
    StrokeFigure,
    /// `source` wants one.
    Source,
    /// `sink` wants one.
    Sink,
    /// `note` wants a place and words.
    Note,
    /// A note is too long.
    NoteLong,
    /// `erase` wants marks.
    Erase,
    /// `react` wants one of some words.
    React,
    /// `drawing` wants `allow` or `forbid`.
    Drawing,
    /// `record` wants `on` or `off`.
    Record,
    /// `say` wants words.
    Say,
    /// A chat line is too long.
    SayLong,
    /// `hand` wants `up` or `down`.
    Hand,
    /// A name is missing or too long.
    Name,
    /// `laser` wants a point or `off`.
    Laser,
    /// `volume` wants a name and a percentage.
    Volume,
    /// `room` wants a name, or `none`.
    Room,
    /// `headphones` wants `on` or `off`.
    Headphones,
    /// `loudspeaker` wants `here` or `auto`.
    Loudspeaker,
    /// `delay` wants `low`, `usual` or `smooth`.
    Delay,
    /// `at` wants a sample number and a command.
    At,
    /// This command can't wait for a sample.
    AtWhat,
    /// A character that a stanza can't carry.
    Character,
    /// More words than the command takes.
    TooMany,
}

impl BadInput {
    /// Its text in `locales/`.
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::UnknownWord => "input.unknown_word",
            Self::Page => "input.page",
            Self::Document => "input.document",
            Self::Password => "input.password",
            Self::StrokePoints => "input.stroke_points",
            Self::StrokeLong => "input.stroke_long",
            Self::StrokeWord => "input.stroke_word",
            Self::StrokeFigure => "input.stroke_figure",
            Self::Note => "input.note",
            Self::NoteLong => "input.note_long",
            Self::Erase => "input.erase",
            Self::React => "input.react",
            Self::Drawing => "input.drawing",
            Self::Record => "input.record",
            Self::Say => "input.say",
            Self::SayLong => "input.say_long",
            Self::Hand => "input.hand",
            Self::Name => "input.name",
            Self::Source => "input.source",
            Self::Sink => "input.sink",
            Self::Laser => "input.laser",
            Self::Volume => "input.volume",
            Self::Room => "input.room",
            Self::Headphones => "input.headphones",
            Self::Loudspeaker => "input.loudspeaker",
            Self::Delay => "input.delay",
            Self::At => "input.at",
            Self::AtWhat => "input.at_what",
            Self::Character => "input.character",
            Self::TooMany => "input.too_many",
        }
    }
}

/// Parses one line, without its newline. `is_file` tells whether a path is a file (or folder) here: it decides
/// between a file to convert and a document the meeting has.
pub(crate) fn parse(line: &str, is_file: &dyn Fn(&Path) -> bool) -> Result<Input, BadInput> {
    let line = line.trim();
    if !line.chars().all(can_be_said) {
        return Err(BadInput::Character);
    }
    if line.is_empty() || line.starts_with('#') {
        return Ok(Input::Nothing);
    }
    if line == "help" {
        return Ok(Input::Help);
    }
    command(line, is_file).map(Input::Command)
}

/// Whether XML 1.0 (§2.2, Char) can hold the character, in one line: a stanza is XML.
pub(crate) fn can_be_said(c: char) -> bool {
    c == '\t' || (c >= ' ' && !matches!(c, '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}'))
}

fn command(line: &str, is_file: &dyn Fn(&Path) -> bool) -> Result<Command, BadInput> {
    let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let rest = rest.trim();
    match word {
        "page" => match rest.parse() {
            Ok(page) if page >= 1 => Ok(Command::Page(page)),
            _ => Err(BadInput::Page),
        },
        "document" => document(rest, is_file),
        "password" => match rest.len() {
            1..=PASSWORD_BYTES => Ok(Command::Password(Password::new(rest))),
            _ => Err(BadInput::Password),
        },
        "update" if rest.is_empty() => Ok(Command::Update(None)),
        "update" => Ok(Command::Update(Some(name(rest)?))),
        "stroke" => parse_stroke(rest),
        "note" => parse_note(rest),
        "erase" => parse_erase(rest),
        "react" => Feeling::from_word(rest).map(Command::React).ok_or(BadInput::React),
        "drawing" => match rest {
            "allow" => Ok(Command::AllowDrawing(true)),
            "forbid" => Ok(Command::AllowDrawing(false)),
            _ => Err(BadInput::Drawing),
        },
        "record" => match rest {
            "on" => Ok(Command::Record(true)),
            "off" => Ok(Command::Record(false)),
            _ => Err(BadInput::Record),
        },
        "say" => say(rest),
        "hand" => match rest {
            "up" => Ok(Command::Hand(true)),
            "down" => Ok(Command::Hand(false)),
            _ => Err(BadInput::Hand),
        },
        "give" => Ok(Command::Give(name(rest)?)),
        "admit" => Ok(Command::Admit(name(rest)?)),
        "refuse" => Ok(Command::Refuse(name(rest)?)),
        "remove" => Ok(Command::Remove(name(rest)?)),
        "rename" => Ok(Command::Rename(name(rest)?)),
        "compare" => Ok(Command::CompareCode(name(rest)?)),
        "source" => args::source(rest).map(Command::Source).map_err(|_| BadInput::Source),
        "sink" => args::sink(rest).map(Command::Sink).map_err(|_| BadInput::Sink),
        "laser" => laser(rest),
        "room" => match rest {
            "none" => Ok(Command::Room(None)),
            name => RoomName::new(name).map(|room| Command::Room(Some(room))).ok_or(BadInput::Room),
        },
        "headphones" => match rest {
            "on" => Ok(Command::Headphones(true)),
            "off" => Ok(Command::Headphones(false)),
            _ => Err(BadInput::Headphones),
        },
        "loudspeaker" => match rest {
            "here" => Ok(Command::LoudspeakerHere(true)),
            "auto" => Ok(Command::LoudspeakerHere(false)),
            _ => Err(BadInput::Loudspeaker),
        },
        "delay" => DelayChoice::from_word(rest).map(Command::Delay).ok_or(BadInput::Delay),
        "volume" => volume(rest),
        "at" => at(rest, is_file),
        _ => single_word(word, rest),
    }
}

fn single_word(word: &str, rest: &str) -> Result<Command, BadInput> {
    let command = match word {
        "next" => Command::Next,
        "back" => Command::Back,
        "cancel" => Command::Cancel,
        "undo" => Command::Undo,
        "redo" => Command::Redo,
        "present" => Command::Present,
        "mute" => Command::Mute,
        "unmute" => Command::Unmute,
        "deafen" => Command::Deafen(true),
        "undeafen" => Command::Deafen(false),
        "state" => Command::State,
        "leave" => Command::Leave,
        _ => return Err(BadInput::UnknownWord),
    };
    if rest.is_empty() { Ok(command) } else { Err(BadInput::TooMany) }
}

fn document(rest: &str, is_file: &dyn Fn(&Path) -> bool) -> Result<Command, BadInput> {
    if rest.is_empty() {
        return Err(BadInput::Document);
    }
    let choice = if is_file(Path::new(rest)) {
        DocumentChoice::File(rest.into())
    } else {
        DocumentChoice::Named(rest.to_owned())
    };
    Ok(Command::Document(choice))
}

fn say(text: &str) -> Result<Command, BadInput> {
    match text.chars().count() {
        0 => Err(BadInput::Say),
        n if n > CHAT_CHARS => Err(BadInput::SayLong),
        _ => Ok(Command::Say(text.to_owned())),
    }
}

fn name(text: &str) -> Result<String, BadInput> {
    match text.chars().count() {
        1..=NAME_CHARS => Ok(text.to_owned()),
        _ => Err(BadInput::Name),
    }
}

fn laser(rest: &str) -> Result<Command, BadInput> {
    let at = match rest {
        "off" => None,
        point => Some(parse_point(point).ok_or(BadInput::Laser)?),
    };
    Ok(Command::Laser { on: None, at })
}

fn volume(rest: &str) -> Result<Command, BadInput> {
    let (member, percent) = rest.rsplit_once(char::is_whitespace).ok_or(BadInput::Volume)?;
    let percent = percent.parse().ok().filter(|p| *p <= LOUDEST).ok_or(BadInput::Volume)?;
    Ok(Command::Volume { member: name(member.trim())?, percent })
}

/// `at SAMPLE COMMAND`: for what a script does in step with its own speech.
fn at(rest: &str, is_file: &dyn Fn(&Path) -> bool) -> Result<Command, BadInput> {
    let (sample, line) = rest.split_once(char::is_whitespace).ok_or(BadInput::At)?;
    let sample = sample.parse().map_err(|_| BadInput::At)?;
    match command(line.trim(), is_file)? {
        // One `at` inside another has no meaning, and no depth to bound.
        Command::At(..) => Err(BadInput::AtWhat),
        command => Ok(Command::At(MediaTime::from_samples(sample), Box::new(command))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use moot_node::room::stanza::Point;
    use proptest::prelude::*;

    fn parse_here(line: &str) -> Result<Input, BadInput> {
        parse(line, &|path| path == Path::new("my talk.pdf"))
    }

    fn command_of(line: &str) -> Command {
        match parse_here(line) {
            Ok(Input::Command(command)) => command,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn each_command_is_understood() {
        let text = |t: &str| t.to_owned();
        for (line, wanted) in [
            ("page 3", Command::Page(3)),
            ("  next ", Command::Next),
            ("back", Command::Back),
            ("undo", Command::Undo),
            ("redo", Command::Redo),
            ("react thumbs-up", Command::React(Feeling::ThumbsUp)),
            ("drawing allow", Command::AllowDrawing(true)),
            ("drawing forbid", Command::AllowDrawing(false)),
            ("record on", Command::Record(true)),
            ("record off", Command::Record(false)),
            ("say  hello, you", Command::Say(text("hello, you"))),
            ("hand up", Command::Hand(true)),
            ("hand down", Command::Hand(false)),
            ("present", Command::Present),
            ("give Ann Lee", Command::Give(text("Ann Lee"))),
            ("admit 李雷", Command::Admit(text("李雷"))),
            ("refuse Bob", Command::Refuse(text("Bob"))),
            ("remove Bob", Command::Remove(text("Bob"))),
            ("rename Ann Lee", Command::Rename(text("Ann Lee"))),
            ("compare Bob", Command::CompareCode(text("Bob"))),
            ("mute", Command::Mute),
            ("unmute", Command::Unmute),
            ("laser off", Command::Laser { on: None, at: None }),
            ("laser 0.5,0.25", Command::Laser { on: None, at: Some(Point { x: 5000, y: 2500 }) }),
            ("volume Ann Lee 50", Command::Volume { member: text("Ann Lee"), percent: 50 }),
            ("deafen", Command::Deafen(true)),
            ("room Room 3", Command::Room(RoomName::new("Room 3"))),
            ("room none", Command::Room(None)),
            ("headphones on", Command::Headphones(true)),
            ("headphones off", Command::Headphones(false)),
            ("loudspeaker here", Command::LoudspeakerHere(true)),
            ("loudspeaker auto", Command::LoudspeakerHere(false)),
            ("delay low", Command::Delay(DelayChoice::Low)),
            ("delay smooth", Command::Delay(DelayChoice::Smooth)),
            ("undeafen", Command::Deafen(false)),
            ("password open sesame", Command::Password(Password::new("open sesame"))),
            ("cancel", Command::Cancel),
            ("update", Command::Update(None)),
            ("update my talk.pdf", Command::Update(Some(text("my talk.pdf")))),
            ("state", Command::State),
            ("leave", Command::Leave),
        ] {
            assert_eq!(command_of(line), wanted, "{line}");
        }
    }

    #[test]
    fn a_file_that_exists_is_a_file_and_else_a_name() {
        let file = Command::Document(DocumentChoice::File("my talk.pdf".into()));
        assert_eq!(command_of("document my talk.pdf"), file);
        let named = Command::Document(DocumentChoice::Named("talk".into()));
        assert_eq!(command_of("document talk"), named);
    }

    #[test]
    fn a_command_can_wait_for_a_sample() {
        let wanted = Command::At(MediaTime::from_samples(4800), Box::new(Command::Page(2)));
        assert_eq!(command_of("at 4800 page 2"), wanted);
        assert_eq!(parse_here("at 1 at 2 next"), Err(BadInput::AtWhat));
        assert_eq!(parse_here("at soon next"), Err(BadInput::At));
        assert_eq!(parse_here("at 1"), Err(BadInput::At));
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (line, wanted) in [
            ("dance", BadInput::UnknownWord),
            ("page", BadInput::Page),
            ("page 0", BadInput::Page),
            ("page two", BadInput::Page),
            ("next 2", BadInput::TooMany),
            ("document", BadInput::Document),
            ("password", BadInput::Password),
            ("cancel all", BadInput::TooMany),
            ("say", BadInput::Say),
            ("hand", BadInput::Hand),
            ("note 0,0", BadInput::Note),
            ("erase", BadInput::Erase),
            ("react fireworks", BadInput::React),
            ("drawing", BadInput::Drawing),
            ("record", BadInput::Record),
            ("redo 2", BadInput::TooMany),
            ("give", BadInput::Name),
            ("laser", BadInput::Laser),
            ("laser 0.5", BadInput::Laser),
            ("volume Ann", BadInput::Volume),
            ("volume Ann 201", BadInput::Volume),
            ("deafen Ann", BadInput::TooMany),
            ("room", BadInput::Room),
            ("headphones", BadInput::Headphones),
            ("loudspeaker there", BadInput::Loudspeaker),
            ("delay", BadInput::Delay),
            ("say \u{1b}[2J", BadInput::Character),
            ("give a\u{ffff}", BadInput::Character),
        ] {
            assert_eq!(parse_here(line), Err(wanted), "{line}");
        }
        let long = format!("say {}", "x".repeat(CHAT_CHARS + 1));
        assert_eq!(parse_here(&long), Err(BadInput::SayLong));
    }

    #[test]
    fn empty_lines_and_comments_do_nothing() {
        for line in ["", "   ", "# turn the page", "#"] {
            assert_eq!(parse_here(line), Ok(Input::Nothing));
        }
        assert_eq!(parse_here("help"), Ok(Input::Help));
    }

    #[test]
    fn the_list_of_words_is_the_list_of_commands() {
        for word in WORDS {
            assert_ne!(parse_here(word), Err(BadInput::UnknownWord), "{word}");
        }
    }

    proptest! {
        #[test]
        fn no_line_panics(line in ".{0,200}", word in 0..WORDS.len()) {
            let _ = parse_here(&line);
            let _ = parse_here(&format!("{} {line}", WORDS[word]));
        }
    }
}
