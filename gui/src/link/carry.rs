//! What people do in the window, as the node's commands.

use crate::command::{OnPage, WithPeople};
use crate::model::marks::{Ink, Note};
use moot_node::io::document::Original;
use moot_node::node::{Command, DocumentChoice};
use std::path::{Path, PathBuf};

/// Endings of pictures' names.
pub(crate) const PICTURES: [&str; 5] = ["png", "jpg", "jpeg", "webp", "svg"];

/// Open files, in as many documents as these are: pictures that were chosen together are one.
pub(crate) fn documents(files: Vec<PathBuf>) -> Vec<OnPage> {
    together(files)
        .into_iter()
        .map(|mut files| match files.pop() {
            Some(file) if files.is_empty() => OnPage::Open(file),
            last => OnPage::OpenPictures(files.into_iter().chain(last).collect()),
        })
        .collect()
}

/// The same for a meeting that begins with them.
pub(crate) fn originals(files: Vec<PathBuf>) -> Vec<Original> {
    together(files)
        .into_iter()
        .map(|files| match files.as_slice() {
            [file] => Original::from(file),
            _ => Original::pictures(files),
        })
        .collect()
}

/// The files of each document. All pictures are one, at the place of the first of them.
fn together(files: Vec<PathBuf>) -> Vec<Vec<PathBuf>> {
    let mut documents: Vec<Vec<PathBuf>> = Vec::new();
    let mut pictures = None;
    for file in files {
        let beside = pictures.filter(|_| is_picture(&file));
        match beside.and_then(|at: usize| documents.get_mut(at)) {
            Some(document) => document.push(file),
            None => {
                if is_picture(&file) {
                    pictures = Some(documents.len());
                }
                documents.push(vec![file]);
            }
        }
    }
    documents
}

/// Whether it is called like a picture; what it really is, the node finds out.
fn is_picture(file: &Path) -> bool {
    let ending = file.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    PICTURES.contains(&ending.as_str())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_chosen_together_are_one_document() {
        let [a, b, plan] = ["a.PNG", "b.jpeg", "plan.odp"].map(PathBuf::from);
        let together = documents(vec![a.clone(), plan.clone(), b.clone()]);
        let one = OnPage::OpenPictures(vec![a.clone(), b.clone()]);
        assert_eq!(together, [one.clone(), OnPage::Open(plan.clone())]);
        assert_eq!(documents(vec![plan.clone(), a.clone(), b.clone()])[1], one);
        assert_eq!(documents(vec![a.clone()]), [OnPage::Open(a.clone())]);
        let begun = originals(vec![plan.clone(), b.clone(), a.clone()]);
        assert_eq!(begun, [Original::from(plan), Original::pictures(vec![a, b])]);
    }
}
