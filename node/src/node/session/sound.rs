//! Sound along the chain: own frames to the listeners, others' to the due queue and the recording.

use super::Session;
use super::devices::Wishes;
use super::voices::Voices;
use crate::io::audio::{CaptureEvent, Captured, Frame, Howl, Played, PlayoutEvent};
use crate::io::audio_link::AudioSender;
use crate::io::mesh::Standing;
use crate::io::recording::Announced;
use crate::node::event::{News, Notice, SoundEnd};
use crate::node::inbox::{By, HeardFrame, Inbox};
use crate::node::scribe::Scribe;
use crate::node::talk::Talk;
use crate::room::id::{EntryRef, MemberId};
use crate::room::playout::OwnBlock;
use crate::room::sound::{Collected, ReadyPage};
use crate::room::stanza::{AudioFrame, Payload, SoundPage};
use crate::room::time::{Epoch, LocalTime};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// How long one who leaves waits for sound without a word to people.
const PROMPT: Duration = Duration::from_millis(500);

/// Frames that are still sent after the microphone was closed, by people or by the rules of the room: those on their way from it, and silence in
/// which the voice ends. After them nothing is sent and nothing is announced: thirty closed microphones would be
/// 1500 frames a second, and thirty entries in the log.
const LAST_FRAMES: u32 = 10;

/// How long in all: a second of sound is 4 kB, and comes within a round trip or two even where a
/// fifth of the packets is lost. What does not come is fetched on coming back.
const PATIENCE: Duration = Duration::from_secs(3);

/// The sound that goes out, comes in and is kept.
pub(in crate::node) struct Sound {
    /// Own sound, and everybody's playout.
    pub(super) talk: Talk,
    /// Keeps everybody's sound; none when it is not asked for.
    pub(super) recorder: Option<Scribe>,
    /// Frames captured since the microphone was closed.
    closed_for: u32,
    /// Frames were captured and not sent: the next one is the first after a pause.
    paused: bool,
    /// What the guard against howling does, as it was told.
    howl: Howl,
    /// Where from and where to.
    pub(super) wishes: Wishes,
    /// Streams of own frames, one for each listener.
    pub(super) voices: Voices<AudioSender>,
    /// Where readers of talkers' streams hand frames to the loop.
    pub(super) heard: mpsc::Sender<HeardFrame>,
}

impl Sound {
    /// Nothing is captured for a while: the next frame is the first after a pause.
    pub(super) fn pauses(&mut self) {
        self.paused = true;
    }

    /// Nobody listens yet.
    pub(in crate::node) fn new(
        talk: Talk,
        recorder: Option<Scribe>,
        heard: mpsc::Sender<HeardFrame>,
        wishes: Wishes,
    ) -> Self {
        Self {
            talk,
            recorder,
            closed_for: 0,
            paused: false,
            howl: Howl::Calm,
            wishes,
            voices: Voices::new(),
            heard,
        }
    }
}

impl Session {
    pub(super) async fn on_captured(&mut self, event: CaptureEvent) {
        match event {
            CaptureEvent::Frame(captured) => self.on_own_frame(captured).await,
            CaptureEvent::Ended => {
                self.flush_sound().await;
                self.no_microphone().await;
            }
            CaptureEvent::Failed(problem) => {
                self.flush_sound().await;
                self.no_microphone().await;
                self.teller.warn(Notice::Sound { end: SoundEnd::Source, problem }).await;
                self.source_failed();
            }
        }
    }

    async fn on_own_frame(&mut self, captured: Captured) {
        let Captured { level, signs, .. } = captured;
        self.room.captured(level, signs.speech);
        let muted = !self.live.microphone();
        let silent = muted || self.room.closed();
        self.sound.closed_for = if silent { self.sound.closed_for.saturating_add(1) } else { 0 };
        if self.sound.closed_for <= LAST_FRAMES {
            self.send_frame(captured).await;
        } else if self.sound.closed_for == LAST_FRAMES + 1 {
            self.flush_sound().await;
        }
        self.sound.paused |= self.sound.closed_for > LAST_FRAMES;
        if !silent {
            self.library.sound_flows(self.clock.now());
        }
        let block = OwnBlock { level, speech: signs.speech, clips: signs.clips, muted };
        self.live.levels.own(self.me, block, self.clock.now());
        self.tell_levels().await;
        self.on_howl(signs.howl).await;
    }

    /// What the guard does is told once; what it can't end by quietening ends at the microphone.
    async fn on_howl(&mut self, howl: Howl) {
        if std::mem::replace(&mut self.sound.howl, howl) >= howl {
            return;
        }
        match howl {
            Howl::Calm => {}
            Howl::Ducked => self.teller.warn(Notice::Howls).await,
            Howl::Silenced => {
                let at = self.sound.talk.media_at(self.clock.now());
                self.open_microphone(false, at).await;
                self.teller.warn(Notice::Howled).await;
            }
        }
    }

    async fn send_frame(&mut self, captured: Captured) {
        let Captured { at, opus, local, level, .. } = captured;
        let epoch = self.sound.talk.epoch();
        let pages = self.sound.talk.page(at, &opus);
        let resumes = std::mem::take(&mut self.sound.paused);
        let frame = AudioFrame { epoch, at, opus, resumes };
        let stanza: Arc<[u8]> = frame.to_xml().into_bytes().into();
        self.sound.voices.send(|voice| voice.send(Arc::clone(&stanza), local));
        self.carry_own(&frame, level);
        if let Some(recorder) = &self.sound.recorder {
            recorder.frame(self.me, frame);
            recorder.played(Played { author: self.me, epoch, first: at, at: local });
        }
        for page in pages {
            self.announce_sound(page).await;
        }
    }

    /// A second of own sound is complete: keep it for those who ask, and say what it was.
    async fn announce_sound(&mut self, page: ReadyPage) {
        let ReadyPage { announcement, bytes } = page;
        self.library.keep_sound(bytes);
        let _ = self.say(Payload::Sound(announcement), announcement.first).await;
    }

    pub(super) async fn flush_sound(&mut self) {
        if let Some(page) = self.sound.talk.last_page() {
            self.announce_sound(page).await;
        }
    }

    pub(super) fn on_heard(&mut self, heard: HeardFrame) {
        let HeardFrame { author: member, frame, by } = heard;
        let now = self.clock.now();
        match by {
            By::Talker => self.carry_heard(member, &frame),
            By::Room => self.pass_on(member, &frame),
            By::Bridge(bridge) if self.takes_relayed(&bridge, &member) => {
                let AudioFrame { epoch, at, opus, resumes } = frame.clone();
                let frame = Frame { author: member, epoch, at, opus, resumes, arrived: now };
                self.sound.talk.input().frame(frame);
            }
            By::Bridge(_) => return,
        }
        self.library.sound_flows(now);
        self.view.arriving(member, frame.epoch, now);
        self.live.watch.arriving(member, frame.epoch, now);
        if let Some(recorder) = &self.sound.recorder
            && self.is_original(&member, by)
        {
            recorder.frame(member, frame.clone());
            self.sound.talk.collect(member, frame);
        }
    }

    pub(super) async fn on_played(&mut self, event: PlayoutEvent) {
        match event {
            PlayoutEvent::Played(played) => {
                let Played { author, epoch, first, at } = played;
                self.view.playout(author, epoch, first, at);
                self.live.watch.playout(author, epoch, first, at);
                if let Some(recorder) = &self.sound.recorder {
                    recorder.played(played);
                }
                let now = self.clock.now();
                let applied = self.view.poll(now);
                self.report(applied).await;
                self.show_live().await;
            }
            PlayoutEvent::Heard(talkers) => {
                for (author, heard) in self.sound.talk.news_of(talkers) {
                    self.teller.tell(News::Audio { author, heard }).await;
                }
            }
            PlayoutEvent::Levels(levels) => {
                self.live.levels.others(self.me, &levels);
                self.tell_levels().await;
            }
            PlayoutEvent::Failed(problem) => {
                self.teller.warn(Notice::Sound { end: SoundEnd::Sink, problem }).await;
                self.sink_failed();
            }
        }
    }

    pub(super) fn on_sound_announced(&mut self, author: MemberId, epoch: Epoch, page: SoundPage) {
        if self.sound.recorder.is_none() || author == self.me {
            return;
        }
        let now = self.clock.now();
        if let Some(collected) = self.sound.talk.announced(author, epoch, page, now) {
            self.on_collected(author, epoch, collected);
        }
    }

    /// Once a second: seconds that are whole are kept, others fetched; voices that broke are opened
    /// again.
    pub(super) fn settle_sound(&mut self) {
        let now = self.clock.now();
        for (author, epoch, collected) in self.sound.talk.settle(now) {
            self.on_collected(author, epoch, collected);
        }
        self.library.fetch_sounds();
        self.look_for_devices();
        self.open_voices();
    }

    /// Opens a stream for own sound to each listener who lacks one.
    pub(super) fn open_voices(&mut self) {
        let standing = self.neighbours.standing.keys();
        let missing = standing.filter(|member| !self.sound.voices.has(member));
        let missing: Vec<_> = missing.copied().collect();
        for member in missing {
            self.open_voice(member);
        }
    }

    fn on_collected(&mut self, author: MemberId, epoch: Epoch, collected: Collected) {
        match collected {
            Collected::Whole(page) => {
                // A frame may have come after its second was written: the recorder takes what it
                // lacks of it.
                let sound = (author, epoch, page.announcement);
                let taken = self
                    .sound
                    .recorder
                    .as_ref()
                    .is_none_or(|recorder| recorder.page(sound, page.bytes.clone()));
                self.library.keep_sound(page.bytes);
                if !taken {
                    self.library.fetch_sound(sound);
                }
            }
            Collected::Fetch(page, _) => self.library.fetch_sound((author, epoch, page)),
        }
    }

    /// A second that was missed live has come.
    pub(super) fn on_missed_sound(&mut self, sound: Announced, bytes: Option<Vec<u8>>) {
        let taken = match (&self.sound.recorder, bytes) {
            (Some(recorder), Some(bytes)) => recorder.page(sound, bytes),
            (None, _) | (_, None) => true,
        };
        self.library.sound_taken(sound, !taken);
    }

    /// Ends own sound with all that was captured.
    pub(super) async fn end_own_sound(&mut self, inbox: &mut Inbox) {
        self.sound.talk.hush();
        while let Ok(event) = inbox.talk.captured.try_recv() {
            self.on_captured(event).await;
        }
        self.flush_sound().await;
    }

    /// Who leaves takes along the seconds of sound that are announced and not yet whole here, as long
    /// as somebody is there to give them. Own sound has ended; what comes meanwhile is dealt with.
    pub(super) async fn await_missed_sound(&mut self, inbox: &mut Inbox) {
        let now = self.clock.now();
        for (author, epoch, collected) in self.sound.talk.close(now) {
            self.on_collected(author, epoch, collected);
        }
        let (told, until) = (now + PROMPT, now + PATIENCE);
        let mut wake = told;
        self.ending = None;
        inbox.take_no_commands();
        while self.ending.is_none() && self.awaits_sound() {
            let happening = tokio::select! {
                biased;
                () = tokio::time::sleep_until(self.clock.instant(wake).into()) => {
                    if wake == until {
                        break;
                    }
                    wake = until;
                    let seconds = self.library.missed_sounds();
                    self.teller.warn(Notice::SoundAwaited { seconds }).await;
                    continue;
                }
                happening = inbox.next(self.next_wake(), self.seconds.next()) => happening,
            };
            self.handle(happening).await;
        }
    }

    fn awaits_sound(&self) -> bool {
        let members = self.neighbours.standing.values();
        self.sound.recorder.is_some()
            && self.library.missed_sounds() > 0
            && self.view.meeting().is_member(&self.me)
            && members.into_iter().any(|standing| *standing == Standing::Member)
    }

    /// Notes in the recording when an entry took effect.
    pub(super) fn note_applied(&mut self, entry: EntryRef, at: LocalTime) {
        if let Some(recorder) = &self.sound.recorder {
            recorder.applied(entry, at);
        }
    }
}
