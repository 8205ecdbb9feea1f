//! Sound of this node: what it captures, what it hears, and the seconds it announces and collects.

use crate::io::audio::{
    Capture, CaptureEvent, MediaClock, NullSink, Playout, PlayoutEvent, PlayoutInput, Sink, Source,
    ToneSource, Volumes, WavSink, WavSource,
};
use crate::io::clock::Clock;
use crate::node::config::{SinkChoice, SourceChoice};
use crate::room::id::MemberId;
use crate::room::playout::{Heard, Tuning};
use crate::room::sound::{Collected, Collector, Pager, ReadyPage};
use crate::room::stanza::{AudioFrame, SoundPage};
use crate::room::time::{Epoch, LocalTime, MediaTime};
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
    sink: Box<dyn Sink>,
}

impl std::fmt::Debug for Ends {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ends")
    }
}

impl Ends {
    /// Neither sends nor plays; playout still runs, so that actions meet their sound.
    pub(super) fn none() -> Self {
        Self { source: None, sink: Box::new(NullSink) }
    }

    /// The sink alone.
    pub(super) fn into_sink(self) -> Box<dyn Sink> {
        self.sink
    }

    /// Opens source and sink. Blocks.
    pub(super) fn open(source: &SourceChoice, sink: &SinkChoice) -> Result<Self, String> {
        let source: Option<Box<dyn Source>> = match source {
            SourceChoice::None => None,
            SourceChoice::Tone => Some(Box::new(ToneSource::default())),
            SourceChoice::Wav(path) => Some(Box::new(wav_source(path)?)),
        };
        let sink: Box<dyn Sink> = match sink {
            SinkChoice::None => Box::new(NullSink),
            SinkChoice::Wav(path) => {
                Box::new(WavSink::create(path).map_err(|error| error.to_string())?)
            }
        };
        Ok(Self { source, sink })
    }
}

fn wav_source(path: &Path) -> Result<WavSource, String> {
    WavSource::open(path).map_err(|error| error.to_string())
}

/// The running sound.
#[derive(Debug)]
pub(super) struct Talk {
    epoch: Epoch,
    media: MediaClock,
    capture: Option<Capture>,
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
    /// Own frames; `None` without a source.
    pub(super) captured: Option<mpsc::Receiver<CaptureEvent>>,
    /// What is heard.
    pub(super) played: mpsc::Receiver<PlayoutEvent>,
}

impl Talk {
    /// Starts both threads. Media time 0 of `epoch` is now.
    pub(super) fn start(
        ends: Ends,
        epoch: Epoch,
        clock: Clock,
    ) -> Result<(Self, TalkInbox), String> {
        let origin = clock.now();
        let (capture, captured) = match ends.source {
            None => (None, None),
            Some(source) => {
                let (capture, events) =
                    Capture::start(source, clock, origin).map_err(|error| error.to_string())?;
                (Some(capture), Some(events))
            }
        };
        let media = capture.as_ref().map_or_else(|| MediaClock::new(origin), |c| c.media().clone());
        let (playout, played) = Playout::start(ends.sink, Tuning::default(), clock)
            .map_err(|error| error.to_string())?;
        let input = playout.input();
        let talk = Self {
            epoch,
            media,
            capture,
            playout,
            input,
            pager: Pager::new(),
            collectors: BTreeMap::new(),
            heard: BTreeMap::new(),
        };
        Ok((talk, TalkInbox { captured, played }))
    }

    /// This node's epoch.
    pub(super) fn epoch(&self) -> Epoch {
        self.epoch
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
    pub(super) fn mute(&self, muted: bool) {
        if let Some(capture) = &self.capture {
            capture.mute(muted);
        }
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
