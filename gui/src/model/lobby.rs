//! Before a meeting: what can be joined, continued, played.

use moot_node::room::id::{MeetingId, MemberId};
use moot_node::room::stanza::JoinPolicy;
use std::path::PathBuf;
use std::time::Duration;

/// What the lobby shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lobby {
    /// Whose device this is; `None` until it has been in a meeting.
    pub me: Option<MemberId>,
    /// Meetings on this network, in the order they were found.
    pub found: Vec<FoundMeeting>,
    /// Why none may be found; told after five seconds without any.
    pub nothing_found: Option<NothingFound>,
    /// Meetings this device was in, the latest first.
    pub earlier: Vec<EarlierMeeting>,
    /// Kept meetings with their sound, the latest first.
    pub recordings: Vec<Recording>,
    /// The recording that is being opened.
    pub opening: Option<PathBuf>,
    /// The meeting being entered, until it is entered or given up.
    pub entering: Option<Entering>,
}

/// A meeting on this network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundMeeting {
    /// Which meeting.
    pub id: MeetingId,
    /// What people call it.
    pub title: String,
    /// How newcomers get in.
    pub join: JoinPolicy,
    /// Names of the members that announce it; empty when they hide them.
    pub people: Vec<String>,
    /// How many members announce it.
    pub count: usize,
    /// This device is a member already: no code is needed.
    pub member: bool,
}

/// Why nothing may have been found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NothingFound {
    /// No network interface is up.
    NoNetwork,
    /// Announcements do not get through: multicast is blocked, by a firewall or the access point.
    MulticastBlocked,
    /// Announcing works: others may be on another network, or nobody has started a meeting.
    Nobody,
}

/// A meeting this device was in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EarlierMeeting {
    /// Which meeting.
    pub id: MeetingId,
    /// What people call it.
    pub title: String,
    /// When it was last used: seconds since 1970 by this laptop's calendar.
    pub last_used: Option<i64>,
    /// Names of its members.
    pub members: Vec<String>,
    /// It ended without a good-bye (a crash, a pulled plug): offer it first.
    pub interrupted: bool,
}

/// A kept meeting with its sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recording {
    /// Where it is.
    pub folder: PathBuf,
    /// Of which meeting.
    pub meeting: MeetingId,
    /// What people call it.
    pub title: String,
    /// When it began: seconds since 1970 by this laptop's calendar.
    pub started: Option<i64>,
    /// How long it is.
    pub duration: Duration,
    /// Names of its members.
    pub members: Vec<String>,
    /// Names of its documents.
    pub documents: Vec<String>,
    /// Bytes on disk.
    pub bytes: u64,
    /// Why it can't be played, in words.
    pub problem: Option<String>,
}

/// A network interface of this laptop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// What the system calls it: "wlan0".
    pub name: String,
    /// Its IP address, as [`crate::settings::Settings::interface`] keeps it.
    pub address: String,
}

/// A meeting being entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entering {
    /// What people call it, as far as known.
    pub title: String,
    /// How it stands.
    pub state: EnteringState,
}

/// How entering stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EnteringState {
    /// Under way.
    Knocking,
    /// Policy *ask*: a member must say yes.
    WaitingForYes,
    /// It failed: in words, with what to do. `code` tells whether another code may help.
    Failed {
        /// What happened and what to do.
        problem: String,
        /// A (new) code may help: show the field again.
        code: bool,
    },
}
