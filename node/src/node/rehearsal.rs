//! Trying microphone and loudspeaker before a meeting.

use super::config::{SinkChoice, SourceChoice};
use super::ends::{open_sink, open_source};
use crate::io::audio::{Rehearsal, Rehearsing};
use crate::io::clock::Clock;
use crate::io::voice::Voice;
use crate::room::playout::DelayChoice;

/// Listens to `source` for three seconds, then plays what came to `sink`; `tell` is told how it goes, on a
/// thread of its own. Dropping what this gives ends it, and waits for a device that is being opened.
///
/// # Errors
/// The system gives no thread.
pub fn rehearse(
    source: SourceChoice,
    sink: SinkChoice,
    clock: Clock,
    tell: impl FnMut(Rehearsing) + Send + 'static,
) -> std::io::Result<Rehearsal> {
    let open = move || {
        // As the devices are: people try them, and there is nobody to hear an echo.
        let (voice, delay) = (Voice::off(clock), DelayChoice::default());
        let (source, _) =
            open_source(&source, &voice, delay)?.ok_or_else(|| NOTHING_CHOSEN.to_owned())?;
        Ok((source, open_sink(&sink, &voice, delay)?.0))
    };
    Rehearsal::start(open, clock, tell)
}

/// Programs offer no rehearsal then.
const NOTHING_CHOSEN: &str = "no microphone was chosen";
