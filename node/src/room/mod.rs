//! What decides: pure state machines and codecs, driven by arguments alone.

pub mod address;
pub mod admission;
pub mod entry;
pub mod id;
pub mod link;
pub mod pages;
pub mod playout;
pub mod replica;
pub mod seal;
pub mod sound;
pub mod meeting;
pub mod stamp;
pub mod stanza;
pub mod sync;
pub mod time;
pub mod wire;
