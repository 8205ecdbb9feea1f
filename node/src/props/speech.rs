//! Speech for the demo: a file that was given, a speech synthesiser that is installed, or a sound
//! like a voice.

use super::{voice, wav};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Seconds of the generated sound before it repeats.
const GENERATED: u32 = 9;

/// What the synthesiser says.
const WORDS: &str = "Good morning. This meeting has no server. The laptops in this room have found \
    each other, and one of them shows a document while its owner speaks. You see each page at the \
    moment when the words that belong to it are heard. A line drawn under a word appears with that \
    word. If somebody comes late, the meeting catches up with them; if a laptop dies, it comes back \
    and nothing is lost. When we are done, all that was said and drawn is kept, and can be played \
    again in the same step. Now let us turn the page.";

/// Where speech came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The file that was given.
    Given,
    /// espeak-ng, which is installed here.
    Synthesiser,
    /// A sound like a voice.
    Generated,
}

/// Why there is no speech.
#[derive(Debug, thiserror::Error)]
pub enum SpeechError {
    /// The file that was given can't be played.
    #[error(transparent)]
    Given(#[from] wav::ClipError),
    /// It can't be written.
    #[error(transparent)]
    Write(#[from] std::io::Error),
}

/// Writes speech of this length to `path`. Blocks for the synthesiser's second.
///
/// # Errors
/// [`SpeechError`]: the given file can't be played, or the disk refuses.
pub fn write(path: &Path, given: Option<&Path>, length: Duration) -> Result<Origin, SpeechError> {
    let (clip, origin) = match given {
        Some(file) => (wav::read(file)?, Origin::Given),
        None => match synthesised(&path.with_extension("spoken.wav")) {
            Some(clip) => (clip, Origin::Synthesiser),
            None => (voice::generate(GENERATED), Origin::Generated),
        },
    };
    wav::write(path, &clip, length)?;
    Ok(origin)
}

fn synthesised(draft: &Path) -> Option<Vec<i16>> {
    let ran = Command::new("espeak-ng")
        .arg("-w")
        .arg(draft)
        .arg(WORDS)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    let spoken = ran.ok()?.success().then(|| wav::read(draft).ok()).flatten();
    // A draft that stays goes with the demo's folder.
    let _ = std::fs::remove_file(draft);
    spoken
}
