//! What people can do in a meeting.

use crate::io::document::Password;
use crate::io::voice::VoiceChoice;
use crate::node::config::{SinkChoice, SourceChoice};
use crate::room::id::EntryRef;
use crate::room::playout::DelayChoice;
use crate::room::stanza::{Drawing, Feeling, PageTurn, Point, RoomName, Tool};
use crate::room::time::MediaTime;
use std::path::PathBuf;

/// One thing to do. Everything that acts on the meeting enters the chain here (CAPTURE).
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Turn to this page of the document on show; the first is 1.
    Page(u32),
    /// Turn one page on.
    Next,
    /// Turn one page back.
    Back,
    /// Show a document: a file to convert, or one of the meeting's documents by name.
    Document(DocumentChoice),
    /// Open the file that asked for its password last (`News::PasswordNeeded`) with this one.
    Password(Password),
    /// Convert the file of this name that was saved again (`News::Saved`), and put it in the place of
    /// the document that was made of it; `None`: the one that was saved last.
    Update(Option<String>),
    /// Give up all files that are being converted.
    Cancel,
    /// Draw.
    Stroke {
        /// Document and page; `None`: the one on show.
        on: Option<PageTurn>,
        /// Where; a start and an end for figures.
        points: Vec<Point>,
        /// Red, green, blue, opacity.
        colour: [u8; 4],
        /// In 1/10 000 of the page's width.
        width: u32,
        /// With what.
        tool: Tool,
        /// How hard the pen pressed at each point, 0 to 63; empty when it can't tell.
        pressure: Vec<u8>,
    },
    /// Write on a page.
    Note {
        /// Document and page; `None`: the one on show.
        on: Option<PageTurn>,
        /// Where the top left corner of the first line is.
        at: Point,
        /// What.
        text: String,
        /// Red, green, blue, opacity.
        colour: [u8; 4],
        /// Height of a line in 1/10 000 of the page's width.
        size: u32,
    },
    /// Rub out these marks, anybody's, in one go: one *undo* brings them all back.
    Erase(Vec<EntryRef>),
    /// Take back one's last mark or erase.
    Undo,
    /// Take back one's last undo, unless one drew or erased since.
    Redo,
    /// Let everybody draw, or only the presenter.
    AllowDrawing(bool),
    /// Chat.
    Say(String),
    /// Show how one likes it.
    React(Feeling),
    /// Raise or lower one's hand.
    Hand(bool),
    /// Take the floor.
    Present,
    /// Give the floor to the member of this name. Here and below a whole id (64 hex digits) always
    /// means its owner; else it is a name, or the first 8 or more digits of an id.
    Give(String),
    /// Let in who waits under this name.
    Admit(String),
    /// Turn away who waits under this name.
    Refuse(String),
    /// Show the member of this name the door.
    Remove(String),
    /// Be called this from now on.
    Rename(String),
    /// Be shown in this colour from now on: a place in the window's list.
    Picture(u8),
    /// Tell the digits to compare with the member of this name.
    CompareCode(String),
    /// Point with the laser, at most 30 times a second for others; not kept.
    Laser {
        /// Document and page; `None`: the one on show.
        on: Option<PageTurn>,
        /// Where; `None` takes the laser away.
        at: Option<Point>,
    },
    /// Show others a stroke in the making: send each new point once, and at last the whole as
    /// [`Command::Stroke`], which ends it. Not kept.
    Drawing(Drawing),
    /// Give up the stroke in the making of this number: it will be no stroke.
    DrawingEnds(u64),
    /// Hear the member of this name at this percentage (0 to 200) of how they were sent.
    Volume {
        /// Whom.
        member: String,
        /// 100 is as sent.
        percent: u8,
    },
    /// Hear nothing of the member of this name, or hear them again; nobody else is told.
    SilenceMember {
        /// Whom.
        member: String,
        /// Silent.
        on: bool,
    },
    /// Hear nobody, or everybody again. Actions still meet their sound.
    Deafen(bool),
    /// Begin or end to keep everybody's sound. All are told.
    Record(bool),
    /// Close the microphone: after a moment of silence nothing is sent.
    Mute,
    /// Open it again.
    Unmute,
    /// Speak from another source.
    Source(SourceChoice),
    /// Hear the others from another sink.
    Sink(SinkChoice),
    /// What is done to a microphone's sound from now on; nothing changes where it is not processed at all.
    Voice(VoiceChoice),
    /// Hear the others sooner, or with fewer gaps. Devices in use are opened anew.
    Delay(DelayChoice),
    /// Sit in this room from now on, or in none; which also says no to a room that was suggested. Who sits in
    /// one room shares one loudspeaker and one microphone.
    Room(Option<RoomName>),
    /// Wear headphones, or not: they free one from the rules of the room.
    Headphones(bool),
    /// The room's loudspeaker is to be this one; or whichever, as far as one is concerned.
    LoudspeakerHere(bool),
    /// Tell the state.
    State,
    /// Do `command` when one's own source reaches this sample, stamped with exactly it.
    At(MediaTime, Box<Command>),
    /// Leave the meeting and stop.
    Leave,
}

/// Which document to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DocumentChoice {
    /// A file on this machine, or a folder with pictures.
    File(PathBuf),
    /// Several pictures on this machine that become one document, in the order of their names.
    Pictures(Vec<PathBuf>),
    /// A document that the meeting has.
    Named(String),
}
