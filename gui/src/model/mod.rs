//! What the window shows: plain data, folded from what the node tells.
//!
//! Nothing here touches the world. Panels read it and push [`crate::command::Command`]s;
//! [`crate::link`] is the only writer of what comes from the meeting, [`crate::app`] of what the
//! person chose. So every panel can be put before a test with a made-up model.

pub mod calendar;
pub mod chat;
pub mod fade;
pub mod lobby;
pub mod look;
pub mod marks;
pub mod meeting;
pub mod people;
pub mod player;
pub mod sample;
pub mod sample_lobby;
pub mod sound;
pub mod stage;
pub mod stored;
pub mod toasts;
pub mod tools;

pub use lobby::Lobby;
pub use meeting::MeetingView;
pub use player::Player;

use crate::settings::Settings;
use calendar::Calendar;
use moot_node::node::Rehearsing;
use toasts::Toasts;

/// Seconds since the window opened, on the local monotonic clock. Panels ask no clock of their own.
pub type Seconds = f64;

/// Everything that the window shows.
#[derive(Debug, Default)]
pub struct Model {
    /// Now; set once a frame, before any panel.
    pub now: Seconds,
    /// The time of day by this laptop's calendar, "10:31"; for people only.
    pub clock: String,
    /// The date and the time of day, for showing dates of earlier meetings.
    pub calendar: Calendar,
    /// Network interfaces of this laptop, to choose from.
    pub interfaces: Vec<lobby::Interface>,
    /// Microphones and loudspeakers of this laptop, to choose from.
    pub devices: sound::Devices,
    /// The rehearsal of the chosen ones, as long as the settings are open.
    pub rehearsal: Option<Rehearsing>,
    /// What the person chose and keeps.
    pub settings: Settings,
    /// Which of the three screens.
    pub screen: Screen,
    /// What lies over it, if anything.
    pub sheet: Option<Sheet>,
    /// Meetings to be found, earlier ones, recordings.
    pub lobby: Lobby,
    /// The meeting this window is in.
    pub meeting: Option<MeetingView>,
    /// Documents that are kept on this laptop; `None`: not looked for yet.
    pub stored: Option<Vec<stored::Stored>>,
    /// The recording that is played.
    pub player: Option<Player>,
    /// Short notices that go by themselves.
    pub toasts: Toasts,
}

impl Model {
    /// Something in Chinese came from the meeting: a name, a title, a line of chat.
    #[must_use]
    pub fn has_chinese(&self) -> bool {
        // CJK Unified Ideographs (Unicode 17, block 4E00): whoever writes Chinese uses them.
        let chinese = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
        self.meeting.as_ref().is_some_and(|meeting| {
            chinese(&meeting.title)
                || meeting.people.everybody().any(|person| chinese(&person.name))
                || meeting.chat.lines.iter().any(|line| chinese(&line.text))
        })
    }
}

/// Which screen fills the window.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Hash)]
pub enum Screen {
    /// Before and between meetings.
    #[default]
    Lobby,
    /// In a meeting.
    Meeting,
    /// Playing a recording.
    Player,
}

/// What lies over a screen; one at a time, Escape closes it.
#[derive(Clone, PartialEq, Eq, Debug, Hash)]
pub enum Sheet {
    /// Code, QR, link, and who waits at the door.
    Invite,
    /// Language, theme, name, folders, devices, network.
    Settings,
    /// Documents that are kept on this laptop.
    Documents,
    /// All keys.
    Shortcuts,
    /// All commands, by typing.
    Palette,
    /// "Remove this member?"
    ConfirmRemove(moot_node::room::id::MemberId),
    /// "Leave the meeting?" (only asked of the presenter while others are here)
    ConfirmLeave,
    /// "Delete this recording?"
    ConfirmDelete(std::path::PathBuf),
    /// "Open this address?"
    ConfirmBrowse(String),
    /// A document to take away: with or without what was drawn.
    SaveCopy,
    /// A path to a document, where no file dialog can be had.
    OpenPath,
    /// The password of a file.
    Password {
        /// What the file is called.
        name: String,
        /// One was given and is not the right one.
        wrong: bool,
    },
}
