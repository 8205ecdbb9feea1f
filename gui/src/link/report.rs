//! What the window is told by the tasks that work for it.

use super::{LobbyReport, Notes, ReplayReport};
use crate::model::sound::Devices;
use crate::model::stored::Stored;
use crate::settings::SettingsError;
use moot_node::node::{Event, NodeHandle, Rehearsing};
use moot_node::room::id::MeetingId;
use moot_node::room::pages::Structure;
use moot_node::room::stanza::PageTurn;
use std::path::PathBuf;
use std::sync::Arc;

/// What the tasks tell the window.
#[derive(Debug)]
pub enum Report {
    /// A node has started (or could not), for undertaking number `of`.
    Started {
        /// Which undertaking.
        of: u64,
        /// The node, or why not, in words.
        node: Result<Arc<NodeHandle>, String>,
    },
    /// The node of undertaking number `of` tells something.
    Event {
        /// Which undertaking.
        of: u64,
        /// What.
        event: Event,
    },
    /// The node of undertaking number `of` has closed everything.
    Stopped {
        /// Which undertaking.
        of: u64,
    },
    /// The demonstration stands: the link to join it by, or why not, in words.
    Demo {
        /// Which undertaking.
        of: u64,
        /// The link, or why not.
        link: Result<String, String>,
    },
    /// The meeting that was left is closed: all of it is on disk.
    Closed,
    /// What recording number `of` tells.
    Replay {
        /// Which showing.
        of: u64,
        /// What.
        report: ReplayReport,
    },
    /// What the lobby is told.
    Lobby(LobbyReport),
    /// What a search found.
    Found {
        /// What was looked for.
        query: String,
        /// Pages, and the words around it.
        hits: Vec<(u32, String)>,
    },
    /// What a page says, and how its document hangs together; `None`: not here yet.
    Read {
        /// Which page.
        on: PageTurn,
        /// Its words.
        words: Option<String>,
        /// Outline, links and labels.
        structure: Option<Structure>,
    },
    /// A copy of a document was saved there, or why not, in words.
    Saved(Result<PathBuf, String>),
    /// Which microphones and loudspeakers there are.
    Devices(Devices),
    /// How the rehearsal of them goes.
    Rehearsal(Rehearsing),
    /// Which documents are kept on this laptop.
    Stored {
        /// Those.
        documents: Vec<Stored>,
        /// What went wrong, in words.
        problem: Option<String>,
    },
    /// Files were chosen in the system's dialog.
    Files(Vec<PathBuf>),
    /// There is no dialog to choose files in.
    NoDialog,
    /// The settings could not be kept.
    SettingsUnkept(SettingsError),
    /// What was noted in a meeting, or why it can't be read or kept.
    Notes {
        /// Which meeting.
        meeting: MeetingId,
        /// The notes, or what went wrong.
        notes: Result<Notes, String>,
    },
    /// No font of this system has Chinese.
    NoChinese,
}
