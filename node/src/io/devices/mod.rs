//! SOUND DEVICES: microphones and loudspeakers, as a [`Source`](super::audio::Source) and a
//! [`Sink`](super::audio::Sink).
//!
//! ```text
//! microphone → callback → ring ─┐                       ┌─ ring → callback → loudspeaker
//!                        resampler, steered     resampler, steered
//!                               └→ capture     playout →┘
//! ```
//!
//! A card keeps its own time, and the meeting's runs by this machine's clock: between the two lies a ring
//! of samples and a resampler, which [`Steer`](crate::room::playout::Steer) keeps in step. The callbacks
//! belong to the system's sound thread: they move samples and do nothing else; no lock, no allocation.
//!
//! A device that fails ends its source or sink with a sentence. Whoever wanted it opens it again.

mod bridge;
mod error;
mod host;
mod loudspeaker;
mod microphone;
mod pulse;
mod signals;
#[cfg(test)]
mod tests;

pub use error::DeviceError;
pub use host::{Device, Devices, Kind, is_there, list};
pub use loudspeaker::Loudspeaker;
pub use microphone::Microphone;
