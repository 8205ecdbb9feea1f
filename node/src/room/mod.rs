//! What decides: pure state machines and codecs, driven by arguments alone.

pub mod entry;
pub mod id;
pub mod pages;
pub mod stanza;
pub mod time;
