//! What acts: sound, disk, network, conversion. Every edge has a real and a scripted twin.

pub mod log;
