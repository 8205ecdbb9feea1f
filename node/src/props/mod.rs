//! What a demonstration needs where nothing else is installed: a deck and a voice.
//!
//! `moot-node demo` and the window's *Try it alone* show them.

mod deck;
mod speech;
mod voice;
mod wav;

pub use deck::write as deck;
pub use speech::{Origin, SpeechError, write as write_speech};
