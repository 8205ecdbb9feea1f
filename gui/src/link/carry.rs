//! What people do in the window, as the node's commands.

use crate::command::WithPeople;
use crate::model::marks::{Ink, Note};
use moot_node::node::{Command, DocumentChoice};
use std::path::PathBuf;

/// Open a file.
pub(crate) const fn open(file: PathBuf) -> Command {
    Command::Document(DocumentChoice::File(file))
}

/// Show a document of the meeting.
pub(crate) fn show(name: &str) -> Command {
    Command::Document(DocumentChoice::Named(name.to_owned()))
}

/// A finished stroke.
pub(crate) fn draw(ink: Ink) -> Command {
    let Ink { on, points, colour, width, tool, pressure } = ink;
    Command::Stroke { on: Some(on), points, colour, width, tool, pressure }
}

/// A finished note.
pub(crate) fn note(note: Note) -> Command {
    let Note { on, at, text, colour, size } = note;
    Command::Note { on: Some(on), at, text, colour, size }
}

/// What is done with people. They are named by their whole ids, which no two share.
pub(crate) fn people(with: &WithPeople) -> Command {
    match *with {
        WithPeople::Give(member) => Command::Give(member.to_string()),
        WithPeople::Admit(member) => Command::Admit(member.to_string()),
        WithPeople::Refuse(member) => Command::Refuse(member.to_string()),
        WithPeople::Remove(member) => Command::Remove(member.to_string()),
        WithPeople::Volume(member, percent) => {
            Command::Volume { member: member.to_string(), percent }
        }
        WithPeople::Silence(member, on) => {
            Command::SilenceMember { member: member.to_string(), on }
        }
        WithPeople::Compare(member) => Command::CompareCode(member.to_string()),
        WithPeople::React(feeling) => Command::React(feeling),
        WithPeople::AllowDrawing(allowed) => Command::AllowDrawing(allowed),
    }
}
