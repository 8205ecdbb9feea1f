//! Sound of this node: what it captures, what it hears, and the seconds it announces and collects.

use crate::io::audio::{
    Capture, CaptureEvent, MediaClock, NullSink, Playout, PlayoutEvent, PlayoutInput, Sink, Source,
    ToneSource, Volumes, WavSink, WavSource,
};
use crate::io::clock::Clock;
use crate::io::voice::Voice;
use crate::node::config::{SinkChoice, SourceChoice};
use crate::node::event::{Notice, SoundEnd};
use crate::room::headset::is_worn;
use crate::room::id::MemberId;
use crate::room::playout::{DelayChoice, Heard};
use crate::room::sound::{Collected, Collector, Pager, ReadyPage};
use crate::room::stanza::{AudioFrame, SoundPage};
use crate::room::time::{Epoch, LocalTime, MediaTime};
#[cfg(feature = "devices")]
use crate::words;
use std::collections::BTreeMap;
use std::path::Path;
use tokio::sync::mpsc;

/// Epochs of others whose seconds are put together at a time: one a talker, and some that began
/// anew. More are a hostile member's.
const COLLECTORS: usize = 64;

/// Opened ends of the sound, before it runs. Opening a FIFO waits for its reader: do it on a thread
/// that may block.
pub(super) struct Ends {
    source: Option<Box<dyn Source>>,
    /// `None`: it could not be opened.
    sink: Option<Box<dyn Sink>>,
    /// What they have to do with each other.
    voice: Voice,
    /// How soon others are to be heard.
    delay: DelayChoice,
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

/// The running sound.
#[derive(Debug)]
pub(super) struct Talk {
    epoch: Epoch,
    clock: Clock,
    media: MediaClock,
    capture: Option<Capture>,
    /// What is done to a microphone's sound.
    voice: Voice,
    /// Where sources put what they capture, one after another.
    captured: mpsc::Sender<CaptureEvent>,
    /// People closed the microphone, or the rules of the room did.
    muted: bool,
    closed: bool,
    /// The sink that was asked for could not be opened.
    silent: bool,
    playout: Playout,
    input: PlayoutInput,
    pager: Pager,
    collectors: BTreeMap<(MemberId, Epoch), Collector>,
    /// How everybody was heard, as told last.
    heard: BTreeMap<MemberId, Heard>,
}

/// Where the sound's events come from.
#[derive(Debug)]
pub(super) struct TalkInbox {
    /// Own frames.
    pub(super) captured: mpsc::Receiver<CaptureEvent>,
    /// What is heard.
    pub(super) played: mpsc::Receiver<PlayoutEvent>,
}

impl Talk {
    /// Starts both threads. Media time 0 of `epoch` is now. `muted`: nothing of the source is heard before
    /// it is unmuted.
    pub(super) fn start(
        ends: Ends,
        muted: bool,
        epoch: Epoch,
        clock: Clock,
    ) -> Result<(Self, TalkInbox), String> {
        let media = MediaClock::new(clock.now());
        let (captured, events) = Capture::channel();
        let silent = ends.sink.is_none();
        let sink = ends.sink.unwrap_or_else(|| Box::new(NullSink));
        let volumes = Volumes::default();
        volumes.delay(ends.delay);
        let (playout, played) =
            Playout::start(sink, volumes, clock).map_err(|error| error.to_string())?;
        let input = playout.input();
        let mut talk = Self {
            epoch,
            clock,
            media,
            capture: None,
            voice: ends.voice,
            captured,
            muted,
            closed: false,
            silent,
            playout,
            input,
            pager: Pager::new(),
            collectors: BTreeMap::new(),
            heard: BTreeMap::new(),
        };
        if let Some(source) = ends.source {
            talk.speak(source, MediaTime::ZERO)?;
        }
        Ok((talk, TalkInbox { captured: events, played }))
    }

    /// This node's epoch.
    pub(super) fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// Sends what comes from `source`, from the next frame on, instead of what was sent so far.
    pub(super) fn speak_from(&mut self, source: Box<dyn Source>) -> Result<(), String> {
        self.capture = None;
        self.speak(source, self.media.next_frame(self.clock.now()))
    }

    fn speak(&mut self, source: Box<dyn Source>, first: MediaTime) -> Result<(), String> {
        let (media, captured) = (self.media.clone(), self.captured.clone());
        let capture = Capture::start(source, self.clock, media, first, captured);
        self.capture = Some(capture.map_err(|error| error.to_string())?);
        self.hold_microphone();
        Ok(())
    }

    /// Plays everybody to `sink`, instead of where they were played so far.
    pub(super) fn play_to(&mut self, sink: Box<dyn Sink>) {
        self.silent = !self.playout.play_to(sink);
    }

    /// Whether the sink that was asked for could not be opened.
    pub(super) fn plays_nowhere(&self) -> bool {
        self.silent
    }

    /// Whether this node sends sound.
    pub(super) fn speaks(&self) -> bool {
        self.capture.is_some()
    }

    /// The sample that is captured at `now`: what an action done now is stamped with.
    pub(super) fn media_at(&self, now: LocalTime) -> MediaTime {
        self.media.media_at(now)
    }

    /// When sample `at` is captured.
    pub(super) fn local_at(&self, at: MediaTime) -> LocalTime {
        self.media.local_at(at)
    }

    /// Sends silence, or sound again.
    pub(super) fn mute(&mut self, muted: bool) {
        self.muted = muted;
        self.hold_microphone();
    }

    /// The rules of the room close the microphone, or leave it to people.
    pub(super) fn hold(&mut self, closed: bool) {
        self.closed = closed;
        self.hold_microphone();
    }

    fn hold_microphone(&self) {
        let silent = self.muted || self.closed;
        self.voice.mute(silent);
        self.capture.iter().for_each(|capture| capture.mute(silent));
    }

    /// Puts an own frame on its page; gives the pages that are full.
    pub(super) fn page(&mut self, at: MediaTime, opus: &[u8]) -> Vec<ReadyPage> {
        self.pager.push(at, opus)
    }

    /// The page begun, when the source has ended.
    pub(super) fn last_page(&mut self) -> Option<ReadyPage> {
        self.pager.flush()
    }

    /// The way in for frames of others.
    pub(super) fn input(&self) -> PlayoutInput {
        self.input.clone()
    }

    /// What is done to a microphone's sound.
    pub(super) fn voice(&self) -> &Voice {
        &self.voice
    }

    /// How loud this listener wants to hear whom.
    pub(super) fn volumes(&self) -> &Volumes {
        self.playout.volumes()
    }

    /// Those counts that differ from what they were when asked last: when no sound flows, none.
    pub(super) fn news_of(&mut self, talkers: Vec<(MemberId, Heard)>) -> Vec<(MemberId, Heard)> {
        let counts = |heard: &Heard| (heard.received, heard.concealed, heard.late);
        let mut news = talkers;
        news.retain(|(author, heard)| {
            self.heard.insert(*author, *heard).is_none_or(|told| counts(&told) != counts(heard))
        });
        news
    }

    /// Collects a frame of somebody else for its second.
    pub(super) fn collect(&mut self, author: MemberId, frame: AudioFrame) {
        if let Some(collector) = self.collector(author, frame.epoch) {
            collector.frame(frame.at, frame.opus);
        }
    }

    /// A second of sound is announced.
    pub(super) fn announced(
        &mut self,
        author: MemberId,
        epoch: Epoch,
        page: SoundPage,
        now: LocalTime,
    ) -> Option<Collected> {
        self.collector(author, epoch)?.announce(page, now)
    }

    /// The seconds whose fate is known. Call once a second.
    pub(super) fn settle(&mut self, now: LocalTime) -> Vec<(MemberId, Epoch, Collected)> {
        self.each_collector(|collector| collector.settle(now))
    }

    /// All announced seconds, for who leaves: what is not whole has to be fetched.
    pub(super) fn close(&mut self, now: LocalTime) -> Vec<(MemberId, Epoch, Collected)> {
        self.each_collector(|collector| collector.close(now))
    }

    /// Ends own sound. Media time runs on.
    pub(super) fn hush(&mut self) {
        self.capture = None;
    }

    fn each_collector(
        &mut self,
        mut ask: impl FnMut(&mut Collector) -> Vec<Collected>,
    ) -> Vec<(MemberId, Epoch, Collected)> {
        let mut settled = Vec::new();
        for ((author, epoch), collector) in &mut self.collectors {
            settled.extend(ask(collector).into_iter().map(|c| (*author, *epoch, c)));
        }
        settled
    }

    fn collector(&mut self, author: MemberId, epoch: Epoch) -> Option<&mut Collector> {
        if self.collectors.len() >= COLLECTORS && !self.collectors.contains_key(&(author, epoch)) {
            return None;
        }
        Some(self.collectors.entry((author, epoch)).or_default())
    }
}
