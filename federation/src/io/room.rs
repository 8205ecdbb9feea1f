//! The room (XEP-0045): getting in, who is there, noticing that we are out.
//!
//! All of it is pure: stanzas, answers and the time come in, what to do comes out ([`Occupancy`]). [`crate::io::link`] does it.

mod error;
mod message;
mod nick;
mod occupancy;
mod steps;

pub use error::JoinError;
pub(crate) use message::Reader;
pub(crate) use occupancy::Occupancy;
pub use steps::Answer;
pub(crate) use steps::{Do, Question};

use crate::io::account::Password;
use xmpp_parsers::jid::BareJid;
use xmpp_parsers::minidom::Element;

/// Occupants remembered. A meeting has tens; a company's channel may have thousands, and a server must not size our memory.
pub const OCCUPANTS: usize = 1000;

/// Which room, and who we are there.
#[derive(Clone, Debug)]
pub struct RoomSettings {
    /// The room's address.
    pub room: BareJid,
    /// The name to have there.
    pub nick: String,
    /// Whether another name will do, when somebody has this one.
    pub other_names: bool,
    /// The room's password, if it has one.
    pub password: Option<Password>,
    /// Creates the room when it does not exist; without, that is an error.
    pub create: Option<RoomConfig>,
    /// What we say of ourselves in our presence.
    pub presence_payload: Element,
}

/// How a room is created. It always persists: a room that goes with its last occupant takes its archive along.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoomConfig {
    /// The name that people read.
    pub title: Option<String>,
    /// Whether only members may enter.
    pub members_only: bool,
    /// Whether the server lists it.
    pub public: bool,
}
