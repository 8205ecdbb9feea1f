//! What a view needs to know after an entry was applied.

use super::Status;
use crate::room::id::{BlobId, EntryRef, MemberId};
use crate::room::stanza::{Feeling, PageTurn, Stamp};

/// One difference between the meeting before and after.
#[derive(Clone, PartialEq, Debug)]
pub enum Change {
    /// Somebody came in, went, came back, or has another name.
    Member {
        /// Who.
        member: MemberId,
        /// Their name now.
        name: String,
        /// Where they stand now.
        status: Status,
    },
    /// A document was announced.
    Document {
        /// The announcement.
        entry: EntryRef,
        /// When.
        stamp: Stamp,
    },
    /// Another document stands for this one from now on: a newer version of it, or itself again.
    Replaced {
        /// Which document.
        document: BlobId,
        /// What stands for it.
        by: BlobId,
    },
    /// A mark that is to be seen lies on a page of another version now ([`Meeting::lies_on`](super::Meeting::lies_on)).
    MarkMoved {
        /// The mark.
        mark: EntryRef,
        /// When it was made.
        stamp: Stamp,
    },
    /// Another page is on show.
    Shown {
        /// The page and the entry that turned to it; `None` when that entry no longer counts and
        /// no other does.
        page: Option<(PageTurn, EntryRef, Stamp)>,
    },
    /// A stroke or note is there: made, or its erasing or undoing was taken back.
    MarkAdded {
        /// The mark.
        mark: EntryRef,
        /// When it was made.
        stamp: Stamp,
    },
    /// A stroke or note is gone.
    MarkRemoved {
        /// The mark.
        mark: EntryRef,
        /// The entry whose arrival did it.
        by: EntryRef,
        /// That entry's stamp, `None` for fork evidence.
        stamp: Option<Stamp>,
    },
    /// A line of chat.
    Chat {
        /// The line.
        entry: EntryRef,
        /// When.
        stamp: Stamp,
    },
    /// A line of chat no longer counts: its author was removed before it, or forked.
    ChatRemoved {
        /// The line.
        entry: EntryRef,
    },
    /// A hand went up or down.
    Hand {
        /// Whose.
        author: MemberId,
        /// Whether it is up.
        up: bool,
    },
    /// The floor went to somebody, or to nobody.
    Floor {
        /// Who presents now.
        presenter: Option<MemberId>,
    },
    /// Somebody showed how they like it: of the moment, part of no state.
    Reaction {
        /// The entry.
        entry: EntryRef,
        /// What.
        kind: Feeling,
    },
    /// Everybody may draw from now on, or only the presenter.
    DrawingAllowed {
        /// Whether everybody may.
        allowed: bool,
    },
    /// Somebody began to keep everybody's sound, or ended it.
    Recording {
        /// Who.
        member: MemberId,
        /// Whether they keep it now.
        on: bool,
    },
    /// Somebody connects the meeting with a room elsewhere, or ended it.
    Bridge {
        /// Who.
        member: MemberId,
        /// Which room; `None`: none any more.
        room: Option<String>,
    },
    /// Somebody chose another colour for their picture.
    Picture {
        /// Who.
        member: MemberId,
        /// A place in the window's list of colours; `None`: the choice no longer counts.
        colour: Option<u8>,
    },
    /// An author signed two entries with one number: from there on nothing of theirs counts.
    Fork {
        /// Who.
        author: MemberId,
        /// The lowest such number known.
        seq: u64,
    },
}

/// The differences that one arrival makes.
pub(super) struct Changes {
    /// What arrived.
    pub(super) by: EntryRef,
    /// Its stamp, unless it is fork evidence.
    pub(super) stamp: Option<Stamp>,
    /// What differs.
    pub(super) list: Vec<Change>,
}

impl Changes {
    /// None yet.
    pub(super) const fn of(by: EntryRef, stamp: Option<Stamp>) -> Self {
        Self { by, stamp, list: Vec::new() }
    }

    /// One more.
    pub(super) fn push(&mut self, change: Change) {
        self.list.push(change);
    }
}
