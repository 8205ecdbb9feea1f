//! Everything a person can do in the window.
//!
//! Panels push [`Command`]s; the app carries them out between two frames. What can be done without
//! further words is a [`Deed`]: one arm each, with text, hint and keys in one table, so that
//! buttons, palette, keyboard and the `?` overlay agree.

mod deed;
mod keys;

pub use deed::Deed;
pub use keys::pressed;

use crate::model::marks::{Ink, Note};
use crate::model::{Sheet, stage::Fit};
use crate::settings::{Joining, Settings};
use moot_node::io::document::Password;
use moot_node::room::id::{BlobId, EntryRef, MeetingId, MemberId};
use moot_node::room::stanza::{Feeling, PageTurn, Point, RoomName};
use std::path::PathBuf;
use std::time::Duration;

/// One thing to do.
#[derive(Clone, PartialEq, Debug)]
pub enum Command {
    /// Something without further words.
    Do(Deed),
    /// Before a meeting, or on the way into one.
    Enter(Enter),
    /// On the page.
    Page(OnPage),
    /// With people.
    People(WithPeople),
    /// In the room one sits in.
    Room(InRoom),
    /// Say this in writing.
    Say(String),
    /// In the player.
    Play(Play),
    /// Choices of this window.
    Window(Window),
}

/// Ways into a meeting, and what the lobby does besides.
#[derive(Clone, PartialEq, Debug)]
pub enum Enter {
    /// Start a meeting.
    Start {
        /// What people will call it.
        title: String,
        /// Who may join.
        joining: Joining,
        /// Files to show at once.
        documents: Vec<PathBuf>,
    },
    /// Join a found meeting.
    Join {
        /// Which meeting.
        meeting: MeetingId,
        /// What people call it.
        title: String,
        /// The code, as it was typed.
        code: Option<String>,
    },
    /// Join by a `moot://` link.
    Link(String),
    /// Back into an earlier meeting.
    Continue(MeetingId),
    /// No longer list an earlier meeting.
    Forget(MeetingId),
    /// A demonstration with simulated people.
    Demo,
    /// Give up entering.
    GiveUp,
    /// Play a recording.
    OpenRecording(PathBuf),
    /// Delete a recording for good.
    DeleteRecording(PathBuf),
}

/// On the page.
#[derive(Clone, PartialEq, Debug)]
pub enum OnPage {
    /// Go to this page: the presenter turns everybody's, others leaf.
    Go(u32),
    /// Bring this document to the front: the presenter for everybody, others for themselves.
    Show(BlobId),
    /// Open a file, or a folder of pictures.
    Open(PathBuf),
    /// Open several pictures as one document.
    OpenPictures(Vec<PathBuf>),
    /// Open the locked file with this password.
    Unlock(Password),
    /// Put the file that was saved again in the place of the document that was made of it.
    Update(BlobId),
    /// Leave that document as it is.
    NotNow(BlobId),
    /// Convert nothing any more.
    GiveUpConverting,
    /// A finished stroke.
    Draw(Ink),
    /// A stroke in the making: number, and what came since the last call: more points, or the
    /// present ends of a figure.
    Drawing(u64, Ink),
    /// A finished note.
    Note(Note),
    /// Rub out.
    Erase(Vec<EntryRef>),
    /// The laser's dot moved, or went.
    Laser(PageTurn, Option<Point>),
    /// Zoom by a factor around a place of the page (fractions of its width and height).
    Zoom(f32, egui::Vec2),
    /// Move the page under the canvas by fractions of its width and height.
    Pan(egui::Vec2),
    /// Fit it.
    Fit(Fit),
    /// Save a copy of the document in view.
    SaveCopy(Copying),
    /// Search the document for this; `None` closes the search.
    Search(Option<String>),
    /// What this person wants to say about a page.
    Notes(PageTurn, String),
    /// Take one of the inks.
    Ink(usize),
    /// Take one of the widths.
    Width(usize),
}

/// What to make of a document that is taken away.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Copying {
    /// A PDF with what was drawn on it.
    Drawn,
    /// The PDF that everybody got.
    Original,
    /// A folder with a picture a page.
    Pictures,
}

/// With people.
#[derive(Clone, PartialEq, Debug)]
pub enum WithPeople {
    /// Give the floor.
    Give(MemberId),
    /// Let in who waits.
    Admit(MemberId),
    /// Turn away who waits.
    Refuse(MemberId),
    /// Show the door, for good.
    Remove(MemberId),
    /// Play them this loud, per cent.
    Volume(MemberId, u8),
    /// Play nothing of theirs.
    Silence(MemberId, bool),
    /// Show the six digits to compare.
    Compare(MemberId),
    /// Show a feeling.
    React(Feeling),
    /// Let everybody draw, or only the presenter.
    AllowDrawing(bool),
}

/// In the room one sits in.
#[derive(Clone, PartialEq, Debug)]
pub enum InRoom {
    /// Sit in this one; or in none, and in none that is suggested.
    Sit(Option<RoomName>),
    /// Wear headphones, or not.
    Headphones(bool),
    /// The room's loudspeaker is to be this one.
    PlayHere,
}

/// In the player.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Play {
    /// Run or hold.
    Run(bool),
    /// Go to a moment.
    Seek(Duration),
    /// At this speed.
    Speed(f32),
    /// To the moment a mark was made.
    ToMark(EntryRef),
    /// Close the player.
    Close,
}

/// Choices of this window.
#[derive(Clone, PartialEq, Debug)]
pub enum Window {
    /// Open a sheet, or close the open one.
    Sheet(Option<Sheet>),
    /// Keep these settings.
    Settings(Box<Settings>),
    /// Put words on the clipboard, and say so.
    Copy(String),
    /// Say something and hear it: try microphone and loudspeaker.
    Rehearse,
    /// Look which documents are kept on this laptop, and show them.
    Documents,
    /// Remove one of them.
    RemoveStored(BlobId),
    /// Open a web address in the browser.
    Browse(String),
    /// Take a toast away.
    Dismiss(String),
    /// The chat came into view, or went out of it.
    ChatInView(bool),
}

impl From<Deed> for Command {
    fn from(deed: Deed) -> Self {
        Self::Do(deed)
    }
}

impl From<Enter> for Command {
    fn from(enter: Enter) -> Self {
        Self::Enter(enter)
    }
}

impl From<OnPage> for Command {
    fn from(on_page: OnPage) -> Self {
        Self::Page(on_page)
    }
}

impl From<WithPeople> for Command {
    fn from(with: WithPeople) -> Self {
        Self::People(with)
    }
}

impl From<InRoom> for Command {
    fn from(in_room: InRoom) -> Self {
        Self::Room(in_room)
    }
}

impl From<Play> for Command {
    fn from(play: Play) -> Self {
        Self::Play(play)
    }
}

impl From<Window> for Command {
    fn from(window: Window) -> Self {
        Self::Window(window)
    }
}
