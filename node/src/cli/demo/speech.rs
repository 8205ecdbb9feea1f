//! Speech for the demo: a file that was given, a speech synthesiser that is installed, or a sound
//! like a voice.

use super::{voice, wav};
use rust_i18n::t;
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
pub(super) enum Origin {
    Given,
    Synthesiser,
    Generated,
}

impl Origin {
    /// Its word in `locales/`.
    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::Given => "demo.speech_given",
            Self::Synthesiser => "demo.speech_espeak",
            Self::Generated => "demo.speech_generated",
        }
    }
}

/// Writes speech of this length to `path`. Blocks for the synthesiser's second.
pub(super) fn write(path: &Path, given: Option<&Path>, length: Duration) -> Result<Origin, String> {
    let (clip, origin) = match given {
        Some(file) => {
            let failed = |problem: wav::SpeechError| {
                t!("demo.bad_speech", file = file.display(), problem = problem).into_owned()
            };
            (wav::read(file).map_err(failed)?, Origin::Given)
        }
        None => match synthesised(&path.with_extension("spoken.wav")) {
            Some(clip) => (clip, Origin::Synthesiser),
            None => (voice::generate(GENERATED), Origin::Generated),
        },
    };
    let failed = |problem| t!("demo.no_stage", problem = problem).into_owned();
    wav::write(path, &clip, length).map_err(failed)?;
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
