//! What acts: sound, disk, network, conversion. Every edge has a real and a scripted twin.

pub mod blobs;
pub mod exchange;
mod frame;
pub mod log;
pub mod sync;
