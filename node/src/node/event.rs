//! What a node tells whoever runs it: a window, a script, a test.

pub use crate::room::playout::Heard;

use crate::room::id::{BlobId, EntryRef, MeetingId, MemberId};
use crate::room::stanza::{JoinPolicy, PageTurn};
use crate::room::time::{LocalTime, MediaTime};
use std::path::PathBuf;

/// Something happened, and when on this process's monotonic clock.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// When it happened; for [`News::Page`] and [`News::Stroke`], when it took effect.
    pub at: LocalTime,
    /// What happened.
    pub news: News,
}

/// What happened.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    /// The node listens.
    Ready { peer: MemberId, data: PathBuf },
    /// The meeting this node is in: founded, or opened again.
    Meeting { id: MeetingId, title: String, join: JoinPolicy, code: Option<String>, link: String },
    /// A meeting on this network.
    Found { id: MeetingId, title: String },
    /// This node is a member and can take part.
    Joined { id: MeetingId, title: String },
    /// The members did not let this node in.
    Refused(Refusal),
    /// Somebody's standing changed.
    Member { peer: MemberId, name: String, state: MemberState },
    /// A document was announced.
    Document { document: BlobId, name: String, pages: u32, bytes: u64 },
    /// Bytes of a document that are on this machine.
    Progress { document: BlobId, have: u64, total: u64 },
    /// Pages of a file that the converter has done (presenter only).
    Converting { name: String, done: u32, pages: u32 },
    /// A page is shown: its picture is here, decoded, and due.
    Page { on: PageTurn, entry: EntryRef, media: MediaTime, offset_ms: Option<f64> },
    /// A stroke is shown.
    Stroke { on: PageTurn, entry: EntryRef, media: MediaTime, offset_ms: Option<f64> },
    /// A stroke disappeared: rubbed out or taken back by `entry`.
    Erased { stroke: EntryRef, entry: EntryRef },
    /// A line of chat.
    Chat { entry: EntryRef, text: String },
    /// A hand went up or down.
    Hand { author: MemberId, up: bool },
    /// The floor went to somebody.
    Floor { presenter: MemberId },
    /// How one talker was heard, counted since joining.
    Audio { author: MemberId, heard: Heard },
    /// The meeting's state, as asked for.
    State { digest: [u8; 32], entries: u64, page: Option<PageTurn>, presenter: Option<MemberId> },
    /// Something people should know; the meeting goes on.
    Warning(Notice),
    /// A command failed.
    Error(Notice),
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
    /// Said good-bye.
    Left,
    /// Removed.
    Removed,
}

/// Why a node was not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// The code was wrong.
    WrongCode,
    /// A code is needed and none was given.
    CodeNeeded,
    /// A member said no.
    Declined,
    /// This member was removed.
    Removed,
    /// Too many wrong codes lately; try again later.
    TooManyTries,
}

/// Things said to people; the program words them in their language.
#[derive(Clone, Debug, PartialEq)]
pub enum Notice {
    /// Somebody tried a wrong code: their device, and how many wrong ones there were.
    WrongCode { peer: MemberId, failures: u32 },
    /// An author signed two entries with one number.
    Fork { author: MemberId, name: String, seq: u64 },
    /// The log's torn end was healed on opening.
    Healed { what: String },
    /// A document could not be converted or a page could not be rendered.
    Document { name: String, problem: String },
    /// A command names somebody or something that isn't there.
    Unknown { what: String },
    /// Only the presenter may do that.
    NotPresenting,
    /// There is no such page.
    NoSuchPage { page: u32, pages: u32 },
    /// The disk refused; nothing was reported as done.
    Storage { problem: String },
    /// The sound source or sink failed; the meeting goes on without.
    Sound { problem: String },
    /// A network address could not be used.
    Network { problem: String },
}
