//! The loop that wires `room` to `io`: [`Command`]s in, [`Event`]s out.
//!
//! [`Node::start`] opens the data folder and the network and returns; everything else is told by
//! events. The node goes in (`entrance`), and then a `session` runs until it is left. What
//! flows in is on one screen in `inbox`; what people ask for becomes payloads in `obey`.

mod carried;
mod command;
mod config;
mod contacts;
pub mod documents;
mod ends;
mod entrance;
mod event;
pub mod export;
mod handle;
pub mod history;
mod inbox;
mod library;
mod live;
pub mod lobby;
mod missed;
mod notice;
mod obey;
pub mod pages;
mod pen;
mod record;
pub mod recordings;
mod refusal;
mod rehearsal;
pub mod replay;
mod scribe;
mod seconds;
mod session;
mod start;
mod talk;
mod tell;
mod told;
mod verify;
mod view;

pub use crate::io::audio::{Rehearsal, Rehearsing};
pub use crate::io::voice::VoiceChoice;
pub use crate::room::playout::DelayChoice;
pub use command::{Command, DocumentChoice};
pub use config::{Config, Entrance, SinkChoice, SourceChoice};
pub use event::{Event, Heard, MemberState, News, Notice, Refusal, RoomState, SoundEnd};
pub use handle::{NodeHandle, StartError, Stopped};
pub use rehearsal::rehearse;
pub use replay::{PlayError, Replay, ReplayCommand, ReplayHandle, ReplayNews};
pub use start::Node;

pub use verify::{Verified, verify};
