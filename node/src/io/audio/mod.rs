//! Sound in and out: where it comes from, where it goes, how it is coded, and the two threads that
//! keep time.
//!
//! ```text
//! source → capture thread → Opus → frames                 (capture.rs; a microphone's sound by way of io/voice)
//! frames → jitter buffers → Opus → mix → sink, reports    (playout.rs)
//! ```
//!
//! Nothing here waits for the program: channels are bounded and what does not fit is dropped and
//! counted. The program never waits for the sound either.

mod capture;
mod codec;
mod mix;
mod pace;
#[cfg(test)]
mod path;
mod player;
mod playout;
mod recode;
mod rehearsal;
mod sink;
mod source;
mod talker;
mod unbundle;
mod volume;
mod wav;

pub use capture::{Capture, CaptureError, CaptureEvent, Captured, MediaClock};
pub use codec::{CodecError, Decoder, Encoder, LOOKAHEAD};
pub use player::{Deck, Player, PlayerCommand, PlayerState};
pub use playout::{Frame, Played, Playout, PlayoutError, PlayoutEvent, PlayoutInput};
pub use recode::{RecodeError, Recoder};
pub use rehearsal::{Rehearsal, Rehearsing};
pub use sink::{NullSink, Sink, WavSink};
pub use source::{Fill, Howl, Signs, Source, ToneSource};
pub use unbundle::Unbundler;
pub use volume::{LOUDEST, Volumes};
pub use wav::{WavError, WavSource};

use crate::limits::FRAME_SAMPLES;

/// Samples of one block: a frame.
pub const BLOCK: usize = FRAME_SAMPLES as usize;

/// 20 ms of mono sound at 48 kHz; full scale is ±1.
pub type Block = [f32; BLOCK];

/// A block without sound.
pub const SILENT: Block = [0.0; BLOCK];
