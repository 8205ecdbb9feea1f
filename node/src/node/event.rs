//! What a node tells whoever runs it: a window, a script, a test.

pub use super::notice::{Notice, SoundEnd};
pub use super::refusal::Refusal;
pub use crate::room::group::RoomState;
pub use crate::room::playout::Heard;

use super::replay::ReplayNews;
use crate::room::admission::CompareCode;
use crate::room::id::{BlobId, EntryRef, MeetingId, MemberId};
use crate::room::stanza::{Feeling, JoinPolicy, Note, PageTurn, Point, RoomName, Stroke};
use crate::room::time::{LocalTime, MediaTime};
use std::path::PathBuf;
use std::sync::Arc;

/// Something happened, and when on this process's monotonic clock.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// When it happened; for [`News::Page`] and marks, when it took effect.
    pub at: LocalTime,
    /// What happened.
    pub news: News,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    /// The node listens.
    Ready {
        /// Whose device.
        peer: MemberId,
        /// Its data folder.
        data: PathBuf,
    },
    /// The meeting this node is in: founded, or opened again.
    Meeting {
        /// Which meeting.
        id: MeetingId,
        /// What people call it.
        title: String,
        /// How newcomers get in.
        join: JoinPolicy,
        /// The short code to tell them (policy *code*).
        code: Option<String>,
        /// A `moot://` link with addresses and secret.
        link: String,
    },
    /// A meeting on this network.
    Found {
        /// Which meeting.
        id: MeetingId,
        /// What people call it.
        title: String,
        /// How newcomers get in.
        join: JoinPolicy,
        /// Who is there, as far as they tell the network their names.
        people: Vec<String>,
        /// How many are there.
        members: usize,
    },
    /// This node is a member and can take part.
    Joined {
        /// Which meeting.
        id: MeetingId,
        /// What people call it.
        title: String,
    },
    /// The members did not let this node in.
    Refused(Refusal),
    /// Somebody's standing changed.
    Member {
        /// Whose device.
        peer: MemberId,
        /// What it, or they, are called.
        name: String,
        /// Where the member stands now.
        state: MemberState,
    },
    /// Some pages of a document are drawn, and it can be shown; it is told once more with more of
    /// them, [`News::Replaced`] by the next, and in the end as a [`News::Document`].
    Growing {
        /// What there is so far: the name of its page index.
        document: BlobId,
        /// What it, or they, are called.
        name: String,
        /// Number of pages that are drawn.
        drawn: u32,
        /// Number of pages in all.
        pages: u32,
    },
    /// A document was announced: the whole.
    Document {
        /// The document: the name of its page index.
        document: BlobId,
        /// What it, or they, are called.
        name: String,
        /// Number of pages.
        pages: u32,
        /// Bytes of all its blobs.
        bytes: u64,
    },
    /// Another document stands for this one from now on: a newer version, or itself again. Its marks
    /// are told again, on the pages of the same number, and the page on show as soon as it is here.
    Replaced {
        /// Which document.
        document: BlobId,
        /// What stands for it.
        by: BlobId,
    },
    /// A file that was opened here was saved again with other content: `Command::Update` shows it.
    Saved {
        /// The document that was made of it.
        document: BlobId,
        /// What the file is called.
        name: String,
    },
    /// Bytes of a document that are on this machine; not told of a [`News::Growing`] one.
    Progress {
        /// The document: the name of its page index.
        document: BlobId,
        /// Bytes that are here.
        have: u64,
        /// Bytes there are.
        total: u64,
    },
    /// How much of a document another member has. Told when it changes, every two seconds at most.
    Holds {
        /// Whose device.
        peer: MemberId,
        /// The document: the name of its page index.
        document: BlobId,
        /// Bytes that are there.
        have: u64,
        /// Bytes there are.
        total: u64,
        /// The page on show, if it is still being fetched there, and percent of it that have come.
        getting: Option<(u32, u8)>,
    },
    /// The notes that the author of an opened file wrote below its pages, the first first. Told to who
    /// opened it and to nobody else.
    SpeakerNotes {
        /// Which document.
        document: BlobId,
        /// One a page; empty where there are none.
        notes: Vec<String>,
    },
    /// Pages of a file that the converter has done (presenter only).
    Converting {
        /// What it, or they, are called.
        name: String,
        /// Pages done.
        done: u32,
        /// Number of pages; 0 until it is known.
        pages: u32,
    },
    /// A file is locked: `Command::Password` opens it.
    PasswordNeeded {
        /// What it is called.
        name: String,
        /// A password was given and is not the right one.
        wrong: bool,
    },
    /// A page is shown: its picture is here, decoded, and due.
    Page {
        /// Document and page.
        on: PageTurn,
        /// The entry that did it.
        entry: EntryRef,
        /// When its author acted, in their media time.
        media: MediaTime,
        /// Action applied minus its sound at the sink, in ms; `None` without sound.
        offset_ms: Option<f64>,
    },
    /// A stroke is shown: drawn, or there again after an erase or undo was taken back.
    Stroke {
        /// Document and page.
        on: PageTurn,
        /// The entry that did it.
        entry: EntryRef,
        /// When its author acted, in their media time.
        media: MediaTime,
        /// Its place among the marks of the page: higher lies above, then by author and number.
        lamport: u64,
        /// Action applied minus its sound at the sink, in ms; `None` without sound.
        offset_ms: Option<f64>,
        /// How it is drawn.
        stroke: Arc<Stroke>,
    },
    /// A note is shown, like a stroke.
    Note {
        /// Document and page.
        on: PageTurn,
        /// The entry that did it.
        entry: EntryRef,
        /// When its author acted, in their media time.
        media: MediaTime,
        /// Its place among the marks of the page: higher lies above, then by author and number.
        lamport: u64,
        /// Action applied minus its sound at the sink, in ms; `None` without sound.
        offset_ms: Option<f64>,
        /// What it says, and how.
        note: Arc<Note>,
    },
    /// A stroke or note disappeared: rubbed out, taken back or no longer permitted by `entry`.
    Erased {
        /// The mark that went.
        stroke: EntryRef,
        /// The entry that did it.
        entry: EntryRef,
    },
    /// A line of chat.
    Chat {
        /// The entry that did it.
        entry: EntryRef,
        /// Somebody without Moot who said it in the room that its author bridges to.
        guest: Option<String>,
        /// What was said.
        text: String,
    },
    /// A line of chat never was: its author was removed before it, or forked.
    ChatGone {
        /// The line.
        entry: EntryRef,
    },
    /// A hand went up or down.
    Hand {
        /// Who.
        author: MemberId,
        /// Up or down.
        up: bool,
    },
    /// The raised hands changed: all of them, the longest waiting first.
    Hands(Vec<MemberId>),
    /// Somebody shows how they like it. Told at the moment only, not to who comes later.
    Reaction {
        /// Who.
        author: MemberId,
        /// What.
        kind: Feeling,
    },
    /// Everybody may draw from now on (as in the beginning), or only the presenter.
    DrawingAllowed(bool),
    /// Somebody began to keep everybody's sound, or ended it.
    Recording {
        /// Who.
        member: MemberId,
        /// Whether they keep it now.
        on: bool,
    },
    /// Somebody connects the meeting with a room on an XMPP server, or ended it.
    Bridge {
        /// Who.
        member: MemberId,
        /// Which room, as people write it; `None`: none any more.
        room: Option<String>,
    },
    /// Somebody chose another colour for their picture.
    Picture {
        /// Who.
        member: MemberId,
        /// A place in the window's list of colours; `None`: the choice no longer counts.
        colour: Option<u8>,
    },
    /// The floor went to somebody.
    Floor {
        /// Who presents now.
        presenter: MemberId,
    },
    /// Somebody else points at the page with a laser: told when their sound of that moment is
    /// heard, like an action, but in no log. One's own is not told.
    Laser {
        /// Who.
        author: MemberId,
        /// Document and page.
        on: PageTurn,
        /// Where; `None` when the laser is gone.
        at: Option<Point>,
        /// When its author moved it, in their media time.
        media: MediaTime,
        /// Shown minus its sound at the sink, in ms; `None` without sound.
        offset_ms: Option<f64>,
    },
    /// Somebody else is drawing: the stroke is not in the log yet.
    Drawing {
        /// Who.
        author: MemberId,
        /// Counts the author's drawings.
        id: u64,
        /// How it is drawn, and the points that are new.
        stroke: Stroke,
    },
    /// A drawing is gone: its stroke has been told, or it was given up.
    DrawingGone {
        /// Who.
        author: MemberId,
        /// Which.
        id: u64,
    },
    /// Somebody's microphone, or one's own, is open or muted; who has none is muted. May be told
    /// before the member is.
    Microphone {
        /// Whose.
        member: MemberId,
        /// Open.
        open: bool,
    },
    /// How things are in the room one sits in: told when it changes.
    Room(RoomState),
    /// One may sit in this room with these people, who are near by what the network tells. With nobody: not
    /// any more. `Command::Room` says yes or no.
    RoomSuggested {
        /// What it is called, or may be.
        room: Option<RoomName>,
        /// Who is there, or seems to be.
        people: Vec<MemberId>,
    },
    /// How loud people are: whole, at most 15 times a second, and only when it changed visibly.
    Levels {
        /// Who is heard and how loud, 1 to 100 (-50 to -10 dBFS); who is missing is silent. One's
        /// own microphone counts, muted or not.
        levels: Vec<(MemberId, u8)>,
        /// One speaks into one's own muted microphone.
        own_muted_speech: bool,
        /// One's own microphone is set too loud: what it gave just now was cut off.
        own_clips: bool,
    },
    /// How one talker was heard, counted since joining. Told once a second while that changes.
    Audio {
        /// Who.
        author: MemberId,
        /// The counts.
        heard: Heard,
    },
    /// The meeting's state, as asked for.
    State {
        /// Equal at two nodes that hold the same entries.
        digest: [u8; 32],
        /// Number of entries.
        entries: u64,
        /// Which page.
        page: Option<PageTurn>,
        /// Who presents now.
        presenter: Option<MemberId>,
    },
    /// The digits that are the same on this member's screen, unless somebody sits in between.
    CompareCode {
        /// Whose device.
        member: MemberId,
        /// What to read to each other.
        digits: CompareCode,
    },
    /// Something people should know; the meeting goes on.
    Warning(Notice),
    /// A command failed.
    Error(Notice),
    /// Of a replay alone: where it is, and when to begin the meeting anew.
    Replay(ReplayNews),
    /// This node left; nothing follows.
    Left,
}

/// Where a member stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberState {
    /// Waits at the door (policy *ask*).
    Asking,
    /// Member and reachable.
    Here,
    /// Member and out of reach.
    Away,
    /// Said good-bye; or waited at the door and does not any more, without having come in.
    Left,
    /// Removed.
    Removed,
}
