//! What acts: sound, disk, network, conversion. Every edge has a real and a scripted twin.

pub mod admission;
pub mod audio;
pub mod audio_link;
pub mod blobs;
pub mod carrier;
pub mod clock;
#[cfg(feature = "devices")]
pub mod devices;
pub mod discovery;
pub mod document;
pub mod exchange;
mod frame;
pub mod live_link;
pub mod log;
pub mod mesh;
pub mod pages;
pub mod profile;
pub(crate) mod random;
pub mod recording;
pub mod subnet;
pub mod summary;
pub mod sync;
pub mod thumbnail;
pub mod trace;
pub mod voice;
