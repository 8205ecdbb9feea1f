//! Both ends of the sound, opened: where it comes from and where it goes.

use crate::io::audio::{NullSink, Sink, Source, ToneSource, WavSink, WavSource};
use crate::io::voice::Voice;
use crate::node::config::{SinkChoice, SourceChoice};
use crate::node::event::{Notice, SoundEnd};
use crate::room::headset::is_worn;
use crate::room::playout::DelayChoice;
#[cfg(feature = "devices")]
use crate::words;
use std::path::Path;

/// Opened ends of the sound, before it runs. Opening a FIFO waits for its reader: do it on a thread
/// that may block.
pub(super) struct Ends {
    pub(super) source: Option<Box<dyn Source>>,
    /// `None`: it could not be opened.
    pub(super) sink: Option<Box<dyn Sink>>,
    /// What they have to do with each other.
    pub(super) voice: Voice,
    /// How soon others are to be heard.
    pub(super) delay: DelayChoice,
    /// Which devices were opened, and what could not be, and why.
    notices: Vec<Notice>,
}

/// An end that was opened while the sound ran, and its name.
pub(super) enum Opened {
    Source(Box<dyn Source>, String),
    Sink(Box<dyn Sink>, String),
    /// It was in use, and is there no more.
    Gone(SoundEnd, String),
    /// It could not be opened.
    Problem(SoundEnd, String),
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Source(_, name)
            | Self::Sink(_, name)
            | Self::Gone(_, name)
            | Self::Problem(_, name) => f.write_str(name),
        }
    }
}

impl std::fmt::Debug for Ends {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ends")
    }
}

impl Ends {
    /// Opens source and sink. Blocks. What can't be opened is left out: playout runs all the same, so that
    /// actions meet their sound.
    pub(super) fn open(
        source: &SourceChoice,
        sink: &SinkChoice,
        voice: Voice,
        delay: DelayChoice,
    ) -> Self {
        let mut notices = Vec::new();
        let opened_source = open_source(source, &voice, delay).unwrap_or_else(|problem| {
            notices.push(Notice::Sound { end: SoundEnd::Source, problem });
            None
        });
        let silent = |problem| notices.push(Notice::Sound { end: SoundEnd::Sink, problem });
        let opened_sink = open_sink(sink, &voice, delay).map_err(silent);
        if let (SourceChoice::Microphone(_), Some((_, name))) = (source, &opened_source) {
            notices.push(Notice::SpeaksFrom { device: name.clone() });
        }
        if let (SinkChoice::Loudspeaker(_), Ok((_, name))) = (sink, &opened_sink) {
            notices.push(Notice::PlaysTo { device: name.clone() });
        }
        Self {
            source: opened_source.map(|(source, _)| source),
            sink: opened_sink.ok().map(|(sink, _)| sink),
            voice,
            delay,
            notices,
        }
    }

    /// Which devices were opened, and what could not be, and why.
    pub(super) fn take_notices(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.notices)
    }
}

/// A source that is open, and its name.
type NamedSource = (Box<dyn Source>, String);

/// A sink that is open, and its name.
type NamedSink = (Box<dyn Sink>, String);

/// Opens a source. Blocks. Of a microphone, and of nothing else, the sound is processed.
pub(super) fn open_source(
    choice: &SourceChoice,
    voice: &Voice,
    delay: DelayChoice,
) -> Result<Option<NamedSource>, String> {
    Ok(match choice {
        SourceChoice::None => None,
        SourceChoice::Tone => Some((Box::new(ToneSource::default()), "440 Hz".to_owned())),
        SourceChoice::Wav(path) => Some((Box::new(wav_source(path)?), path.display().to_string())),
        SourceChoice::Microphone(wanted) => {
            let (source, name) = microphone(wanted.as_deref(), delay)?;
            Some((voice.microphone(source), name))
        }
    })
}

/// Opens a sink. Blocks.
pub(super) fn open_sink(
    choice: &SinkChoice,
    voice: &Voice,
    delay: DelayChoice,
) -> Result<NamedSink, String> {
    Ok(match choice {
        SinkChoice::None => (Box::new(NullSink), String::new()),
        SinkChoice::Wav(path) => {
            let sink = WavSink::create(path).map_err(|error| error.to_string())?;
            (Box::new(sink), path.display().to_string())
        }
        SinkChoice::Loudspeaker(wanted) => {
            let (sink, name) = loudspeaker(wanted.as_deref(), delay)?;
            (voice.loudspeaker(sink, !is_worn(&name)), name)
        }
    })
}

fn wav_source(path: &Path) -> Result<WavSource, String> {
    WavSource::open(path).map_err(|error| error.to_string())
}

/// Why the device of this name, which was in use, can't be any more; none when it is there. Blocks.
#[cfg(feature = "devices")]
pub(super) fn gone(end: SoundEnd, name: &str) -> Option<String> {
    use crate::io::devices::{Kind, is_there};
    let kind = match end {
        SoundEnd::Source => Kind::Microphone,
        SoundEnd::Sink => Kind::Loudspeaker,
    };
    is_there(kind, name).err().map(|error| words::device_error(&error))
}

#[cfg(not(feature = "devices"))]
pub(super) fn gone(_: SoundEnd, _: &str) -> Option<String> {
    None
}

#[cfg(feature = "devices")]
fn microphone(wanted: Option<&str>, delay: DelayChoice) -> Result<NamedSource, String> {
    let microphone = crate::io::devices::Microphone::open(wanted, delay);
    let microphone = microphone.map_err(|error| words::device_error(&error))?;
    let name = microphone.name().to_owned();
    Ok((Box::new(microphone), name))
}

#[cfg(feature = "devices")]
fn loudspeaker(wanted: Option<&str>, delay: DelayChoice) -> Result<NamedSink, String> {
    let loudspeaker = crate::io::devices::Loudspeaker::open(wanted, delay);
    let loudspeaker = loudspeaker.map_err(|error| words::device_error(&error))?;
    let name = loudspeaker.name().to_owned();
    Ok((Box::new(loudspeaker), name))
}

#[cfg(not(feature = "devices"))]
fn microphone(_: Option<&str>, _: DelayChoice) -> Result<NamedSource, String> {
    Err(NO_DEVICES.to_owned())
}

#[cfg(not(feature = "devices"))]
fn loudspeaker(_: Option<&str>, _: DelayChoice) -> Result<NamedSink, String> {
    Err(NO_DEVICES.to_owned())
}

#[cfg(not(feature = "devices"))]
const NO_DEVICES: &str = "this program was built without sound devices; give a WAV file instead";
