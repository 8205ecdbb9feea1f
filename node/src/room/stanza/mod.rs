//! STANZA: what is said in a meeting, as types that cannot be wrong, and as XMPP `<message>`s.
//!
//! One small file per payload, named by what it is; docs/PROTOCOL.md is the catalogue with an
//! example of each. [`Action::parse`], [`AudioFrame::parse`] and [`Live::parse`] are the only ways in
//! for received text: past them nobody looks at XML again.

pub mod ns;

mod action;
mod audio;
mod bridge;
mod chat;
mod document;
mod drawing;
mod erase;
mod error;
mod feeling;
mod floor;
mod founding;
mod guest;
mod hand;
mod live;
mod member;
mod name;
mod note;
mod page;
mod payload;
mod picture;
mod recording;
#[cfg(test)]
mod sample;
mod seat;
mod sound;
mod stroke;
mod tag;
mod xml;

pub use action::{Action, Stamp};
pub use audio::AudioFrame;
pub use document::DocumentAnnouncement;
pub use error::StanzaError;
pub use feeling::Feeling;
pub use founding::{Founding, JoinPolicy};
pub use guest::GuestLine;
pub use live::{Drawing, Laser, Live, Sign};
pub use member::{Admission, Removal};
pub use name::is_name;
pub use note::Note;
pub use page::PageTurn;
pub use payload::Payload;
pub use seat::{RoomName, Seat};
pub use sound::SoundPage;
pub use stroke::{Point, Stroke, Tool};
