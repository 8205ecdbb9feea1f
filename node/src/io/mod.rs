//! What acts: sound, disk, network, conversion. Every edge has a real and a scripted twin.

pub mod audio;
pub mod clock;
pub mod recording;
