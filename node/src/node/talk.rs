//! Sound of this node: what it captures, what it hears, and the seconds it announces and collects.

use super::ends::Ends;
use crate::io::audio::{
    Capture, CaptureEvent, MediaClock, NullSink, Playout, PlayoutEvent, PlayoutInput, Sink, Source,
    Volumes,
};
use crate::io::clock::Clock;
use crate::io::voice::Voice;
use crate::room::id::MemberId;
use crate::room::playout::Heard;
use crate::room::sound::{Collected, Collector, Pager, ReadyPage};
use crate::room::stanza::{AudioFrame, SoundPage};
use crate::room::time::{Epoch, LocalTime, MediaTime};
use std::collections::BTreeMap;
use tokio::sync::mpsc;

/// Epochs of others whose seconds are put together at a time: one a talker, and some that began
/// anew. More are a hostile member's.
const COLLECTORS: usize = 64;

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
    /// Bits a second of own sound, where they are few.
    bitrate: Option<u32>,
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
            bitrate: None,
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
        let capture = capture.map_err(|error| error.to_string())?;
        capture.narrow(self.bitrate);
        self.capture = Some(capture);
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

    /// Codes own sound at so many bits a second; none: as usual.
    pub(super) fn narrow(&mut self, bitrate: Option<u32>) {
        self.bitrate = bitrate;
        self.capture.iter().for_each(|capture| capture.narrow(bitrate));
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
