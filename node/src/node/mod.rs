//! The loop that wires `room` to `io`: [`Command`]s in, [`Event`]s out.

mod command;
mod config;
mod event;

pub use command::{Command, DocumentChoice};
pub use config::{Config, Entrance, SinkChoice, SourceChoice};
pub use event::{Event, Heard, MemberState, News, Notice, Refusal};
