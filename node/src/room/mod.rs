//! What decides: pure state machines and codecs, driven by arguments alone.

pub mod address;
pub mod admission;
pub mod bundle;
pub mod carrier;
pub mod entry;
pub mod fetch;
pub mod foremost;
pub mod group;
pub mod headset;
pub mod id;
pub mod ink;
pub mod link;
pub mod live;
pub mod meeting;
pub mod pages;
pub mod parcel;
pub mod playback;
pub mod playout;
pub mod ranges;
pub mod replica;
#[cfg(test)]
pub(crate) mod samples;
pub mod seal;
pub mod secrets;
pub mod sound;
pub mod stamp;
pub mod stanza;
pub mod sync;
pub mod time;
pub mod wire;
