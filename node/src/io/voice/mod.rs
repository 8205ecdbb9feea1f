//! VOICE: what is done to a microphone's sound before it is coded, and to the loudspeaker's for its sake.
//!
//! ```text
//! microphone → echo canceller, high-pass, noise suppression → gain → gate → capture   (chain.rs)
//!                       ↑ reference                                  ↑ detector
//! mix → guard against howling → loudspeaker                                           (ends.rs)
//! ```
//!
//! All of it runs on the threads of capture and playout, in pieces of 10 ms; a device's callback moves samples and
//! nothing else. The canceller needs to know what the loudspeaker plays: [`tap`] gives the two ends of a queue
//! without locks. Whoever plays feeds one end; [`Voice`] brings the other to the microphone that is open, and goes
//! on doing so while devices change. It may as well be the mix that another laptop of the room plays.
//!
//! What comes out is later than what went in by [`Chain::delay`], which a processed source adds to its own
//! ([`Source::delay`](super::audio::Source::delay)): stamps are of what is said, not of what is sent.

mod canceller;
mod chain;
mod clip;
mod detector;
mod ends;
mod gain;
mod gate;
mod guard;
mod level;
mod reference;
mod spectrum;

pub use canceller::{EchoCanceller, Sonora};
pub use chain::{Chain, Noticed, Switches};
pub use ends::{Voice, VoiceChoice};
pub use gain::Gain;
pub use gate::{Ahead, Gate};
pub use guard::Guard;
pub use reference::{Feed, Reference, tap};

/// Samples of a piece: 10 ms at 48 kHz, the step of every echo canceller that comes from WebRTC.
pub const PIECE: usize = 480;

/// 10 ms of sound.
pub type Piece = [f32; PIECE];

/// A piece without sound.
pub const QUIET: Piece = [0.0; PIECE];
