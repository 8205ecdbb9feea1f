//! What decides: pure state machines and codecs, driven by arguments alone.

pub mod entry;
pub mod id;
pub mod meeting;
pub mod stamp;
pub mod stanza;
pub mod time;
