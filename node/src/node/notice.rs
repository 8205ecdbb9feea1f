//! Things said to people.

use crate::room::id::MemberId;

/// Things said to people; the program words them in their language.
#[derive(Clone, Debug, PartialEq)]
pub enum Notice {
    /// Somebody tried a wrong code: their device, and how many wrong ones there were.
    WrongCode {
        /// Whose device.
        peer: MemberId,
        /// Wrong codes so far.
        failures: u32,
    },
    /// An author signed two entries with one number.
    Fork {
        /// Who.
        author: MemberId,
        /// What it, or they, are called.
        name: String,
        /// The number that two entries bear.
        seq: u64,
    },
    /// The log's torn end was healed on opening.
    Healed {
        /// What it is about.
        what: String,
    },
    /// A document can't be shown.
    Document {
        /// What it, or they, are called.
        name: String,
        /// What went wrong and what to do, in the user's language.
        problem: String,
    },
    /// A document can be shown, but not all of it.
    Partly {
        /// What it, or they, are called.
        name: String,
        /// What is missing and what to do, in the user's language.
        problem: String,
    },
    /// There is no locked file to open.
    NothingLocked,
    /// No file that was opened was saved again.
    NothingSaved,
    /// A document is not converted any more, as somebody wished.
    Cancelled {
        /// What it, or they, are called.
        name: String,
    },
    /// A command names somebody or something that isn't there.
    Unknown {
        /// What it is about.
        what: String,
    },
    /// What was to be said can't be: too long, or with characters that can't be sent.
    Invalid {
        /// What is wrong.
        problem: String,
    },
    /// A `moot://` link can't be read: cut off, or none at all.
    BadLink,
    /// Only the presenter may do that.
    NotPresenting,
    /// No document is shown yet.
    NoDocument,
    /// Only the presenter may draw now.
    DrawingForbidden,
    /// There is no such page.
    NoSuchPage {
        /// Which page.
        page: u32,
        /// Number of pages.
        pages: u32,
    },
    /// The disk refused; nothing was reported as done.
    Storage {
        /// What went wrong.
        problem: String,
    },
    /// Documents can't be fetched for want of space; they will be once there is some.
    DiskFull,
    /// The sound source or sink failed; the meeting goes on without.
    Sound {
        /// Which of the two.
        end: SoundEnd,
        /// What went wrong.
        problem: String,
    },
    /// A microphone (or what stands in for one) is in use from now on.
    SpeaksFrom {
        /// What people call it.
        device: String,
    },
    /// A loudspeaker (or what stands in for one) is in use from now on.
    PlaysTo {
        /// What people call it.
        device: String,
    },
    /// Loudspeaker and microphone began to howl: the loudspeaker is quieter for a while.
    Howls,
    /// They went on howling: the microphone is closed.
    Howled,
    /// This node leaves, and waits a few seconds for sound that it missed live and is recording.
    SoundAwaited {
        /// Seconds of sound that are still to come.
        seconds: usize,
    },
    /// A network address could not be used.
    Network {
        /// What went wrong.
        problem: String,
    },
    /// The room on an XMPP server can't be reached, or not any more.
    Carrier {
        /// What went wrong and what to do, in the user's language.
        problem: String,
    },
    /// Nobody within reach is in this meeting.
    NotFound {
        /// What was looked for; `None`: any meeting at all.
        what: Option<String>,
    },
}

/// One end of the chain from mouth to ear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SoundEnd {
    /// A microphone, or what stands in for one.
    Source,
    /// A loudspeaker, or what stands in for one.
    Sink,
}
