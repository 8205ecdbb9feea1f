//! What decides: pure state machines and codecs, driven by arguments alone.

pub mod entry;
pub mod id;
pub mod playout;
pub mod sound;
pub mod stanza;
pub mod time;
