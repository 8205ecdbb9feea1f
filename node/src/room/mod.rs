//! What decides: pure state machines and codecs, driven by arguments alone.

pub mod entry;
pub mod fetch;
pub mod id;
pub mod ranges;
pub mod replica;
pub mod stanza;
pub mod sync;
pub mod time;
pub mod wire;
