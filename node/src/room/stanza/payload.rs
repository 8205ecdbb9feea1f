//! What an action changes, and which file reads and writes it.

use super::error::StanzaError;
use super::tag::Tag;
use super::xml::{Element, Ns, Reader};
use super::{Admission, DocumentAnnouncement, Feeling, Founding, GuestLine, Note, PageTurn};
use super::{Removal, SoundPage, Stroke};
use super::{bridge, chat, drawing, erase, floor, hand, name, picture, recording};
use crate::room::id::{EntryRef, MemberId};

/// What an action changes.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub enum Payload {
    /// The founder's first entry: what this meeting is.
    Meeting(Founding),
    /// The presenter turns to a page.
    Page(PageTurn),
    /// Somebody draws.
    Stroke(Stroke),
    /// Somebody writes on a page.
    Note(Note),
    /// Somebody rubs out marks (strokes and notes), their own or others', in one go.
    Erase(Vec<EntryRef>),
    /// The author takes back an own mark, erase or undo, named by its number.
    Undo(u64),
    /// A converted document is there.
    Document(DocumentAnnouncement),
    /// A line of chat.
    Chat(String),
    /// The author's hand goes up or down.
    Hand(bool),
    /// The floor goes to this member: taken when it is the author, else given.
    Floor(MemberId),
    /// A newcomer is let in.
    Admit(Admission),
    /// The author's name changes.
    Name(String),
    /// The author says good-bye (and may come back).
    Leave,
    /// A member is shown the door.
    Remove(Removal),
    /// A second of the author's sound: what it was, so that it can be fetched and proved later.
    Sound(SoundPage),
    /// The author shows how they like it.
    Reaction(Feeling),
    /// The presenter says whether everybody may draw.
    DrawingAllowed(bool),
    /// The author begins or ends to keep everybody's sound.
    Recording(bool),
    /// The author chose this colour for their picture.
    Picture(u8),
    /// Somebody without Moot said a line in a room that the author bridges to.
    Guest(GuestLine),
    /// The author connects the meeting with this room elsewhere, or ends it.
    Bridge(Option<String>),
    /// Something from a later version: kept and forwarded as it came.
    Unknown,
}

impl Payload {
    /// The names of all payload elements, in the order of [`Payload`].
    pub const ELEMENTS: [&str; 21] = [
        "meeting",
        "page",
        "stroke",
        "note",
        "erase",
        "undo",
        "document",
        "chat",
        "hand",
        "floor",
        "admit",
        "name",
        "leave",
        "remove",
        "sound",
        "reaction",
        "drawing",
        "recording",
        "picture",
        "guest",
        "bridge",
    ];

    /// The name of its element, `None` when unknown.
    #[must_use]
    pub const fn element(&self) -> Option<&'static str> {
        Some(match self {
            Self::Meeting(_) => "meeting",
            Self::Page(_) => "page",
            Self::Stroke(_) => "stroke",
            Self::Note(_) => "note",
            Self::Erase(_) => "erase",
            Self::Undo(_) => "undo",
            Self::Document(_) => "document",
            Self::Chat(_) => "chat",
            Self::Hand(_) => "hand",
            Self::Floor(_) => "floor",
            Self::Admit(_) => "admit",
            Self::Name(_) => "name",
            Self::Leave => "leave",
            Self::Remove(_) => "remove",
            Self::Sound(_) => "sound",
            Self::Reaction(_) => "reaction",
            Self::DrawingAllowed(_) => "drawing",
            Self::Recording(_) => "recording",
            Self::Picture(_) => "picture",
            Self::Guest(_) => "guest",
            Self::Bridge(_) => "bridge",
            Self::Unknown => return None,
        })
    }

    /// Whether this may be said: every received payload was checked so, and every own one is
    /// before it is signed.
    ///
    /// # Errors
    /// [`StanzaError`] names the value that is out of its range.
    pub fn check(&self) -> Result<(), StanzaError> {
        match self {
            Self::Meeting(founding) => founding.check(),
            Self::Page(page) => page.check(),
            Self::Stroke(stroke) => stroke.check(),
            Self::Note(note) => note.check(),
            Self::Erase(marks) => erase::check(marks),
            Self::Undo(seq) => erase::check_undo(*seq),
            Self::Document(document) => document.check(),
            Self::Chat(line) => chat::check(line),
            Self::Admit(admission) => admission.check(),
            Self::Name(name) => name::check("name", name),
            Self::Guest(line) => line.check(),
            Self::Bridge(room) => bridge::check(room.as_deref()),
            Self::Sound(sound) => sound.check(),
            Self::Hand(_) | Self::Floor(_) | Self::Leave | Self::Remove(_) => Ok(()),
            Self::Reaction(_) | Self::DrawingAllowed(_) => Ok(()),
            Self::Recording(_) | Self::Picture(_) => Ok(()),
            Self::Unknown => Err(StanzaError::Unknown),
        }
    }

    /// Whether `element` is a payload of this version.
    pub(super) fn is_known(element: &Element<'_>) -> bool {
        element.ns() == Ns::Moot && Self::ELEMENTS.contains(&element.name())
    }

    /// Reads the payload from `element` up to its end; a line of chat is still empty and its
    /// values are unchecked.
    pub(super) fn read(
        element: &Element<'_>,
        reader: &mut Reader<'_>,
    ) -> Result<Self, StanzaError> {
        if !Self::is_known(element) {
            return reader.skip(element).map(|()| Self::Unknown);
        }
        let attributes = element.attributes()?;
        let text = reader.text()?;
        Ok(match element.name() {
            "meeting" => Self::Meeting(Founding::read(&attributes)?),
            "page" => Self::Page(PageTurn::read(&attributes)?),
            "stroke" => Stroke::read(&attributes, &text)?.map_or(Self::Unknown, Self::Stroke),
            "note" => Self::Note(Note::read(&attributes, &text)?),
            "erase" => Self::Erase(erase::read(&attributes, &text)?),
            "undo" => Self::Undo(erase::read_undo(&attributes)?),
            "document" => Self::Document(DocumentAnnouncement::read(&attributes)?),
            "chat" => Self::Chat(String::new()),
            "hand" => Self::Hand(hand::read(&attributes)?),
            "floor" => Self::Floor(floor::read(&attributes)?),
            "admit" => Self::Admit(Admission::read(&attributes)?),
            "name" => Self::Name(name::read(&attributes)?),
            "leave" => Self::Leave,
            "remove" => Self::Remove(Removal::read(&attributes)?),
            "sound" => Self::Sound(SoundPage::read(&attributes)?),
            "reaction" => Feeling::read(&attributes)?.map_or(Self::Unknown, Self::Reaction),
            "drawing" => Self::DrawingAllowed(drawing::read(&attributes)?),
            "recording" => Self::Recording(recording::read(&attributes)?),
            "picture" => Self::Picture(picture::read(&attributes)?),
            "guest" => Self::Guest(GuestLine::read(&attributes)?),
            "bridge" => Self::Bridge(bridge::read(&attributes)?),
            _ => Self::Unknown,
        })
    }

    /// Writes the payload's element; nothing when unknown.
    pub(super) fn write(&self, out: &mut String) {
        let Some(element) = self.element() else { return };
        let tag = Tag::new(out, element);
        match self {
            Self::Meeting(founding) => founding.write(tag),
            Self::Page(page) => page.write(tag),
            Self::Stroke(stroke) => stroke.write(tag),
            Self::Note(note) => note.write(tag),
            Self::Erase(marks) => erase::write(marks, tag),
            Self::Undo(seq) => erase::write_undo(*seq, tag),
            Self::Document(document) => document.write(tag),
            Self::Hand(up) => hand::write(*up, tag),
            Self::Floor(to) => floor::write(to, tag),
            Self::Admit(admission) => admission.write(tag),
            Self::Name(name) => name::write(name, tag),
            Self::Remove(removal) => removal.write(tag),
            Self::Sound(sound) => sound.write(tag),
            Self::Reaction(feeling) => feeling.write(tag),
            Self::DrawingAllowed(allowed) => drawing::write(*allowed, tag),
            Self::Recording(on) => recording::write(*on, tag),
            Self::Picture(colour) => picture::write(*colour, tag),
            Self::Guest(line) => line.write(tag),
            Self::Bridge(room) => bridge::write(room.as_deref(), tag),
            Self::Chat(_) | Self::Leave | Self::Unknown => tag.empty(),
        }
    }
}
