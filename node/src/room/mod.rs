//! What decides: pure state machines and codecs, driven by arguments alone.

pub mod address;
pub mod admission;
pub mod entry;
pub mod id;
pub mod link;
pub mod seal;
pub mod stanza;
pub mod time;
