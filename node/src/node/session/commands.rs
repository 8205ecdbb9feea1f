//! CAPTURE: commands enter the chain.

use super::{Ending, Session};
use crate::io::random::random;
use crate::node::command::Command;
use crate::node::event::{News, Notice};
use crate::node::obey::{Hearing, Intent, Pending, intent};
use crate::room::stanza::Payload;
use crate::room::time::MediaTime;

/// Commands that wait for their moment. A script has some hundreds.
const TIMED: usize = 4096;

impl Session {
    pub(super) async fn on_command(&mut self, command: Command) {
        match command {
            Command::At(at, command) if self.timed.len() < TIMED => {
                self.timed_count += 1;
                self.timed.insert((at, self.timed_count), *command);
            }
            command => {
                let now = self.sound.talk.media_at(self.clock.now());
                self.obey(command, now).await;
            }
        }
    }

    /// Does `command` as at media time `at`.
    pub(super) async fn obey(&mut self, command: Command, at: MediaTime) {
        let Some(command) = self.pen.hold(command, at) else { return };
        let pending = Pending { page: self.turning };
        match intent(command, self.me, self.view.meeting(), pending) {
            Ok(intent) => self.act(intent, at).await,
            Err(notice) => self.teller.fail(notice).await,
        }
    }

    async fn act(&mut self, intent: Intent, at: MediaTime) {
        match intent {
            Intent::Say(payload) => {
                let turn = match &payload {
                    Payload::Page(turn) => Some(*turn),
                    _ => None,
                };
                let name = match &payload {
                    Payload::Name(name) => Some(name.clone()),
                    _ => None,
                };
                if let Payload::Stroke(stroke) = &payload {
                    self.live.finished(stroke.on);
                }
                if self.say(payload, at).await.is_some() {
                    self.turning = turn.or(self.turning);
                    if let Some(name) = name {
                        self.be_called(name).await;
                    }
                }
            }
            Intent::Remove(removal) => self.remove(removal, at).await,
            Intent::Convert(original) => self.convert(original),
            Intent::Unlock(password) => self.unlock(password).await,
            Intent::Update(name) => self.update(name.as_deref()).await,
            Intent::Cancel => self.library.cancel(),
            Intent::Answer { name, admit } => self.answer_door(&name, admit).await,
            Intent::Compare(member) => self.compare_with(member),
            Intent::Source(choice) => self.change_source(choice).await,
            Intent::Sink(choice) => self.change_sink(choice),
            Intent::Delay(choice) => self.change_delay(choice).await,
            Intent::Voice(choice) => self.sound.talk.voice().choose(choice),
            Intent::Mute(muted) => self.open_microphone(!muted, at).await,
            Intent::Show(sign) => self.show(sign, at).await,
            Intent::Hear(hearing) => self.hear(hearing),
            Intent::Record(on) => self.record(on).await,
            Intent::Seat(choice) => self.choose_seat(choice).await,
            Intent::State => self.tell_state().await,
            Intent::Leave => self.ending = Some(Ending::Left),
        }
    }

    fn hear(&mut self, hearing: Hearing) {
        let volumes = self.sound.talk.volumes();
        match hearing {
            Hearing::Volume(member, percent) => volumes.set(member, percent),
            Hearing::Silence(member, on) => volumes.silence(member, on),
            Hearing::Deaf(on) => {
                volumes.deafen(on);
                self.sound.talk.voice().deafen(on);
                self.room.deafen(on);
            }
        }
    }

    async fn remove(&mut self, removal: crate::room::stanza::Removal, at: MediaTime) {
        let secret = match random() {
            Ok(secret) => secret,
            Err(error) => {
                // Without a new key the removed member could go on reading.
                self.teller.fail(Notice::Storage { problem: error.to_string() }).await;
                return;
            }
        };
        // First the key, so that the removal itself is sealed with it.
        self.secrets.rotate(secret);
        self.keep_secrets().await;
        if self.say(Payload::Remove(removal), at).await.is_some() {
            self.sync_with_everybody();
            self.tell_meeting().await;
        }
    }

    async fn tell_state(&mut self) {
        let meeting = self.view.meeting();
        let news = News::State {
            digest: meeting.digest(),
            entries: self.record.replica().entries(),
            page: meeting.shown().map(|(on, ..)| on),
            presenter: meeting.presenter(),
        };
        self.teller.tell(news).await;
    }
}
