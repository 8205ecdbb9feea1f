//! What decides: pure state machines and codecs, driven by arguments alone.

pub mod address;
pub mod admission;
pub mod entry;
pub mod id;
pub mod replica;
pub mod playout;
pub mod sound;
pub mod link;
pub mod seal;
pub mod pages;
pub mod stanza;
pub mod sync;
pub mod time;
pub mod wire;
