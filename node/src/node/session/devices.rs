//! Microphone and loudspeaker: changed while one talks, sought again when they are gone.

use super::Session;
use crate::io::audio::{CaptureEvent, NullSink, PlayoutEvent};
use crate::node::config::{SinkChoice, SourceChoice};
use crate::node::ends::{Opened, gone, open_sink, open_source};
use crate::node::event::{Notice, SoundEnd};
use crate::node::inbox::Done;
use crate::room::playout::DelayChoice;
use crate::room::stanza::Sign;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

/// Between two attempts to open a device that is gone: people plug it in again and look up.
const RETRY: Duration = Duration::from_millis(500);

/// After so many attempts it is sought less often: half a minute.
const OFTEN: u32 = 60;

/// Between two attempts then: a laptop without a microphone need not wake for one.
const RARELY: Duration = Duration::from_secs(10);

/// Between two looks whether a device is there still: it costs a millisecond or two of the sound system.
const LOOK: Duration = Duration::from_secs(1);

/// What this node wants to speak from and play to, and what is on its way.
#[derive(Debug)]
pub(in crate::node) struct Wishes {
    source: SourceChoice,
    sink: SinkChoice,
    delay: DelayChoice,
    /// Whether people want to be heard, when there is something to be heard.
    unmuted: bool,
    /// The search for a source; another one ends it.
    source_search: Option<AbortOnDropHandle<()>>,
    sink_search: Option<AbortOnDropHandle<()>>,
    /// The look whether devices that were chosen by name are there still.
    look: Option<AbortOnDropHandle<()>>,
}

impl Wishes {
    /// As the program was told.
    pub(in crate::node) fn new(
        source: SourceChoice,
        sink: SinkChoice,
        delay: DelayChoice,
        muted: bool,
    ) -> Self {
        let (source_search, sink_search, look) = (None, None, None);
        Self { source, sink, delay, unmuted: !muted, source_search, sink_search, look }
    }

    /// Where people want to hear the others.
    pub(super) fn sink(&self) -> &SinkChoice {
        &self.sink
    }

    /// People want to be heard, or not.
    pub(super) fn unmute(&mut self, unmuted: bool) {
        self.unmuted = unmuted;
    }
}

impl Session {
    /// Speaks from another source, from when it is open. What was spoken from so far ends now.
    pub(super) async fn change_source(&mut self, choice: SourceChoice) {
        self.sound.wishes.source = choice.clone();
        self.sound.wishes.source_search = None;
        self.sound.talk.hush();
        self.flush_sound().await;
        self.no_microphone().await;
        self.seek_source(choice, Duration::ZERO);
    }

    /// Plays to another sink, from when it is open.
    pub(super) fn change_sink(&mut self, choice: SinkChoice) {
        self.sound.wishes.sink = choice.clone();
        self.seek_sink(choice, Duration::ZERO);
    }

    /// Hears the others sooner, or with fewer gaps; devices are opened anew for it.
    pub(super) async fn change_delay(&mut self, choice: DelayChoice) {
        if std::mem::replace(&mut self.sound.wishes.delay, choice) == choice {
            return;
        }
        self.sound.talk.volumes().delay(choice);
        let (source, sink) = (self.sound.wishes.source.clone(), self.sound.wishes.sink.clone());
        if matches!(source, SourceChoice::Microphone(_)) && self.sound.talk.speaks() {
            self.change_source(source).await;
        }
        if matches!(sink, SinkChoice::Loudspeaker(_)) && !self.sound.talk.plays_nowhere() {
            self.change_sink(sink);
        }
    }

    /// The source failed. A device may come back.
    pub(super) fn source_failed(&mut self) {
        self.sound.talk.hush();
        if let choice @ SourceChoice::Microphone(_) = self.sound.wishes.source.clone() {
            self.seek_source(choice, RETRY);
        }
    }

    /// The sink failed. A device may come back.
    pub(super) fn sink_failed(&mut self) {
        if let choice @ SinkChoice::Loudspeaker(_) = self.sound.wishes.sink.clone() {
            self.seek_sink(choice, RETRY);
        }
    }

    /// Tells what was opened at the beginning. A device that was chosen by name and could not be opened is
    /// sought. Where the system has none it is not: a silent laptop that never had one does nothing, and people
    /// ask again by choosing.
    pub(in crate::node) async fn seek_devices(&mut self, beginning: Vec<Notice>) {
        for notice in beginning {
            if let Notice::PlaysTo { device } = &notice {
                self.hears_from(device).await;
            }
            self.teller.warn(notice).await;
        }
        let named = self.sound.wishes.source != SourceChoice::Microphone(None);
        if named && !self.sound.talk.speaks() {
            self.source_failed();
        }
        let named = self.sound.wishes.sink != SinkChoice::Loudspeaker(None);
        if named && self.sound.talk.plays_nowhere() {
            self.sink_failed();
        }
    }

    pub(super) async fn on_device(&mut self, opened: Opened) {
        match opened {
            Opened::Source(source, name) => {
                if let Err(problem) = self.sound.talk.speak_from(source) {
                    self.teller.warn(Notice::Sound { end: SoundEnd::Source, problem }).await;
                    return;
                }
                let (unmuted, now) = (self.sound.wishes.unmuted, self.clock.now());
                self.sound.talk.mute(!unmuted);
                let at = self.sound.talk.media_at(now);
                self.show(Sign::Microphone(unmuted), at).await;
                self.open_voices();
                self.teller.warn(Notice::SpeaksFrom { device: name }).await;
            }
            Opened::Sink(sink, name) => {
                self.sound.talk.play_to(sink);
                self.hears_from(&name).await;
                self.teller.warn(Notice::PlaysTo { device: name }).await;
            }
            Opened::Gone(SoundEnd::Source, problem) => {
                self.sound.talk.hush();
                self.on_captured(CaptureEvent::Failed(problem)).await;
            }
            Opened::Gone(SoundEnd::Sink, problem) => {
                self.sound.talk.play_to(Box::new(NullSink));
                self.on_played(PlayoutEvent::Failed(problem)).await;
            }
            Opened::Problem(end, problem) => {
                self.teller.warn(Notice::Sound { end, problem }).await;
            }
        }
    }

    /// Looks, every second or two, whether devices that people chose by name are there still. Whatever the
    /// system names needs no such look: it goes on with what there is.
    pub(super) fn look_for_devices(&mut self) {
        let wishes = &mut self.sound.wishes;
        if wishes.look.as_ref().is_some_and(|look| !look.is_finished()) {
            return;
        }
        let mut chosen = Vec::new();
        if let SourceChoice::Microphone(Some(name)) = &wishes.source
            && self.sound.talk.speaks()
        {
            chosen.push((SoundEnd::Source, name.clone()));
        }
        if let SinkChoice::Loudspeaker(Some(name)) = &wishes.sink
            && wishes.sink_search.as_ref().is_none_or(|search| search.is_finished())
        {
            chosen.push((SoundEnd::Sink, name.clone()));
        }
        if chosen.is_empty() {
            return;
        }
        let tasks = self.tasks.clone();
        wishes.look = Some(AbortOnDropHandle::new(tokio::spawn(async move {
            tokio::time::sleep(LOOK).await;
            for (end, name) in chosen {
                let look = tokio::task::spawn_blocking(move || gone(end, &name));
                if let Ok(Some(problem)) = look.await {
                    let _ = tasks.send(Done::Device(Opened::Gone(end, problem))).await;
                }
            }
        })));
    }

    fn seek_source(&mut self, choice: SourceChoice, pause: Duration) {
        let (voice, delay) = (self.sound.talk.voice().clone(), self.sound.wishes.delay);
        let found = move || {
            let opened = open_source(&choice, &voice, delay)?;
            Ok(opened.map(|(source, name)| Opened::Source(source, name)))
        };
        self.sound.wishes.source_search =
            Some(search(self.tasks.clone(), SoundEnd::Source, pause, found));
    }

    fn seek_sink(&mut self, choice: SinkChoice, pause: Duration) {
        let (voice, delay) = (self.sound.talk.voice().clone(), self.sound.wishes.delay);
        let found = move || {
            let (sink, name) = open_sink(&choice, &voice, delay)?;
            Ok(Some(Opened::Sink(sink, name)))
        };
        self.sound.wishes.sink_search =
            Some(search(self.tasks.clone(), SoundEnd::Sink, pause, found));
    }
}

/// Opens something in the background, again and again until that succeeds. That a first attempt made at
/// once failed is told; of others it is known.
fn search(
    tasks: mpsc::Sender<Done>,
    end: SoundEnd,
    pause: Duration,
    open: impl Fn() -> Result<Option<Opened>, String> + Clone + Send + 'static,
) -> AbortOnDropHandle<()> {
    AbortOnDropHandle::new(tokio::spawn(async move {
        let mut pause = pause;
        for attempt in 1_u32.. {
            tokio::time::sleep(pause).await;
            let opening = tokio::task::spawn_blocking(open.clone());
            let told = match opening.await.unwrap_or_else(|error| Err(error.to_string())) {
                Ok(Some(opened)) => opened,
                Ok(None) => return,
                Err(problem) if pause.is_zero() => Opened::Problem(end, problem),
                Err(_) => {
                    pause = if attempt < OFTEN { RETRY } else { RARELY };
                    continue;
                }
            };
            let done = !matches!(told, Opened::Problem(..));
            pause = RETRY;
            if tasks.send(Done::Device(told)).await.is_err() || done {
                return;
            }
        }
    }))
}
