//! The parts of the window. Each is one file (or folder) with one state struct (what it needs for
//! itself between two frames) and one `ui`; each stands alone in a test.

pub mod bottom_bar;
pub mod chat;
mod contents;
pub mod documents;
pub mod invite;
pub mod lobby;
pub mod page_strip;
pub mod palette;
pub mod people;
pub mod player;
pub mod presenter_view;
pub mod recordings;
mod room;
pub mod settings;
pub mod sheets;
pub mod stage;
pub mod toasts;
mod tool_group;
pub mod top_bar;
