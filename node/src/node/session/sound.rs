//! Sound along the chain: own frames to the listeners, others' to the due queue and the recording.

use super::Session;
use crate::io::audio::{CaptureEvent, Captured, Played, PlayoutEvent};
use crate::io::audio_link::AudioSender;
use crate::node::event::{News, Notice};
use crate::node::scribe::Scribe;
use crate::node::talk::Talk;
use crate::room::id::{EntryRef, MemberId};
use crate::room::sound::{Collected, ReadyPage};
use crate::room::stanza::{AudioFrame, Payload, SoundPage};
use crate::room::time::{Epoch, LocalTime};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::mpsc;

/// The sound that goes out, comes in and is kept.
pub(in crate::node) struct Sound {
    /// Own sound, and everybody's playout.
    pub(super) talk: Talk,
    /// Keeps everybody's sound; none when it is not asked for.
    pub(super) recorder: Option<Scribe>,
    /// Streams of own frames, one for each listener.
    pub(super) voices: BTreeMap<MemberId, AudioSender>,
    /// Where readers of talkers' streams hand frames to the loop.
    pub(super) heard: mpsc::Sender<(MemberId, AudioFrame)>,
}

impl Sound {
    /// Nobody listens yet.
    pub(in crate::node) fn new(
        talk: Talk,
        recorder: Option<Scribe>,
        heard: mpsc::Sender<(MemberId, AudioFrame)>,
    ) -> Self {
        Self { talk, recorder, voices: BTreeMap::new(), heard }
    }
}

impl Session {
    pub(super) async fn on_captured(&mut self, event: CaptureEvent) {
        match event {
            CaptureEvent::Frame(captured) => self.on_own_frame(captured).await,
            CaptureEvent::Ended => self.flush_sound().await,
            CaptureEvent::Failed(problem) => {
                self.flush_sound().await;
                self.teller.warn(Notice::Sound { problem }).await;
            }
        }
    }

    async fn on_own_frame(&mut self, captured: Captured) {
        let Captured { at, opus, local } = captured;
        let epoch = self.sound.talk.epoch();
        let pages = self.sound.talk.page(at, &opus);
        let frame = AudioFrame { epoch, at, opus };
        let stanza: Arc<[u8]> = frame.to_xml().into_bytes().into();
        self.sound.voices.retain(|_, voice| voice.send(Arc::clone(&stanza), local));
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

    pub(super) fn on_heard(&mut self, member: MemberId, frame: AudioFrame) {
        let now = self.clock.now();
        self.view.arriving(member, frame.epoch, now);
        if let Some(recorder) = &self.sound.recorder {
            recorder.frame(member, frame.clone());
            self.sound.talk.collect(member, frame);
        }
    }

    pub(super) async fn on_played(&mut self, event: PlayoutEvent) {
        match event {
            PlayoutEvent::Played(played) => {
                let Played { author, epoch, first, at } = played;
                self.view.playout(author, epoch, first, at);
                if let Some(recorder) = &self.sound.recorder {
                    recorder.played(played);
                }
                let now = self.clock.now();
                let applied = self.view.poll(now);
                self.report(applied).await;
            }
            PlayoutEvent::Heard(talkers) => {
                for (author, heard) in talkers {
                    self.teller.tell(News::Audio { author, heard }).await;
                }
            }
            PlayoutEvent::Failed(problem) => {
                self.teller.warn(Notice::Sound { problem }).await;
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
        let missing = self
            .neighbours
            .standing
            .keys()
            .filter(|member| !self.sound.voices.contains_key(member));
        for member in missing {
            self.open_voice(*member);
        }
    }

    fn on_collected(&mut self, author: MemberId, epoch: Epoch, collected: Collected) {
        match collected {
            Collected::Whole(page) => {
                // A frame may have come after its second was written: the recorder takes what it
                // lacks of it.
                if let Some(recorder) = &self.sound.recorder {
                    recorder.page(author, epoch, page.announcement, page.bytes.clone());
                }
                self.library.keep_sound(page.bytes);
            }
            Collected::Fetch(page, _) => self.library.fetch_sound(author, epoch, page),
        }
    }

    /// Notes in the recording when an entry took effect.
    pub(super) fn note_applied(&mut self, entry: EntryRef, at: LocalTime) {
        if let Some(recorder) = &self.sound.recorder {
            recorder.applied(entry, at);
        }
    }
}
