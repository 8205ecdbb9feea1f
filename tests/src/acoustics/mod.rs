//! Rooms and ears that are computed: how sound gets from a loudspeaker to a microphone, and how well what came out
//! is understood.

mod copies;
mod fft;
mod loudspeaker;
mod room;
mod stoi;

pub use copies::{Copies, copies, lag};
pub use loudspeaker::{drifting, loudspeaker};
pub use room::{Path, Room};
pub use stoi::stoi;

/// Mean power of samples, in decibels below full scale; silence is -120.
#[must_use]
pub fn level(samples: &[f32]) -> f64 {
    let power: f64 = samples.iter().map(|sample| f64::from(*sample).powi(2)).sum();
    10.0 * (power / samples.len().max(1) as f64).max(1e-12).log10()
}
