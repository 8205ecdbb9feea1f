//! STANZA: what is said in a meeting, as types that cannot be wrong, and as XMPP `<message>`s.

use crate::room::id::{BlobId, EntryRef, MemberId};
use crate::room::time::{Epoch, MediaTime};

/// What every action carries besides its payload.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stamp {
    /// Number in the author's log; the first entry is 1.
    pub seq: u64,
    /// Lamport clock: greater than that of every entry the author had seen (Lamport 1978).
    pub lamport: u64,
    /// The author's microphone session.
    pub epoch: Epoch,
    /// Where that session's sound was when the author acted.
    pub at: MediaTime,
}

/// A stanza that changes the meeting.
#[derive(Clone, PartialEq, Debug)]
pub struct Action {
    /// Place and time.
    pub stamp: Stamp,
    /// What changes.
    pub payload: Payload,
}

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
    /// Somebody rubs out a stroke, their own or another's.
    Erase(EntryRef),
    /// The author takes back an own stroke, erase or undo, named by its number.
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
    /// Something from a later version: kept and forwarded as it came.
    Unknown,
}

/// How newcomers get into a meeting.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum JoinPolicy {
    /// Anyone on this network.
    Open,
    /// Whoever knows the short code shown on members' screens.
    Code,
    /// Whoever a member lets in by hand.
    Ask,
}

/// The founding of a meeting.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Founding {
    /// What people call the meeting.
    pub title: String,
    /// How newcomers get in.
    pub join: JoinPolicy,
    /// The founder's name.
    pub name: String,
    /// Sixteen random bytes: two meetings of one founder and title differ.
    pub nonce: [u8; 16],
}

/// A page of a document.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct PageTurn {
    /// The document: the name of its page index.
    pub document: BlobId,
    /// Page number; the first is 1.
    pub page: u32,
}

/// What a stroke is drawn with.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, Default)]
pub enum Tool {
    /// An opaque line.
    #[default]
    Pen,
    /// A broad translucent line.
    Highlighter,
}

/// A place on a page in 1/10 000 of its crop box, from the top left corner; may lie outside.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub struct Point {
    /// Rightwards, 10 000 = the page's width.
    pub x: i32,
    /// Downwards, 10 000 = the page's height.
    pub y: i32,
}

/// A drawn line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stroke {
    /// Where.
    pub on: PageTurn,
    /// 1 to [`crate::limits::STROKE_POINTS`] points.
    pub points: Vec<Point>,
    /// Red, green, blue, opacity.
    pub colour: [u8; 4],
    /// Width in 1/10 000 of the page's width.
    pub width: u32,
    /// Pen or highlighter.
    pub tool: Tool,
}

/// A converted document, ready to be fetched.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DocumentAnnouncement {
    /// The name of its page index.
    pub document: BlobId,
    /// The file's name without its folder.
    pub name: String,
    /// Number of pages, 1 to [`crate::limits::DOCUMENT_PAGES`].
    pub pages: u32,
    /// Bytes of all its blobs together.
    pub bytes: u64,
}

/// A newcomer's admission.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Admission {
    /// Who.
    pub member: MemberId,
    /// What they call themselves.
    pub name: String,
}

/// A member's removal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Removal {
    /// Who.
    pub member: MemberId,
    /// Their last entry that still counts.
    pub upto: u64,
}

/// Up to a second (50 frames) of its author's sound, named by content.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SoundPage {
    /// First sample, in the stamp's epoch; a multiple of 960.
    pub first: MediaTime,
    /// Number of 20 ms frames, 1 to 50.
    pub frames: u32,
    /// The name of the packets, written as `room::sound` defines.
    pub blob: BlobId,
}

/// One Opus frame of 20 ms on its way to the listeners; not an action, not in the log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AudioFrame {
    /// The talker's microphone session.
    pub epoch: Epoch,
    /// First sample; a multiple of 960.
    pub at: MediaTime,
    /// The Opus packet (RFC 6716), 1 to 1275 bytes.
    pub opus: Vec<u8>,
}
