//! Streams of sound: those of talkers are read, one's own is opened to each listener.

use super::Session;
use super::voices::Opening;
use crate::io::audio_link::{AudioReceiver, AudioSender};
use crate::io::mesh::{Protocol, Standing, Stream};
use crate::node::inbox::{By, Done, HeardFrame};
use crate::room::id::MemberId;
use crate::room::stanza::AudioFrame;

impl Session {
    /// Hears a talker: frames go to playout at once, and then to the loop; those of others, whom a bridge
    /// passes on, to the loop alone.
    pub(super) fn listen_to(&self, member: MemberId, stream: Stream) {
        let (clock, input, heard) = (self.clock, self.sound.talk.input(), self.sound.heard.clone());
        tokio::spawn(async move {
            let mut receiver = AudioReceiver::new(stream);
            while let Ok(stanza) = receiver.next().await {
                let Ok((frame, of)) = AudioFrame::parse_relayed(&stanza) else { break };
                if let Some(author) = of {
                    let _ = heard.try_send(HeardFrame { author, frame, by: By::Bridge(member) });
                    continue;
                }
                input.frame(crate::io::audio::Frame {
                    author: member,
                    epoch: frame.epoch,
                    at: frame.at,
                    opus: frame.opus.clone(),
                    resumes: frame.resumes,
                    arrived: clock.now(),
                });
                // Full: the loop is a second behind; the recording fetches what it misses.
                let _ = heard.try_send(HeardFrame { author: member, frame, by: By::Talker });
            }
        });
    }

    /// Opens the stream for own sound to a listener.
    pub(super) fn open_voice(&mut self, member: MemberId) {
        if !self.sound.talk.speaks()
            || self.neighbours.standing.get(&member) != Some(&Standing::Member)
        {
            return;
        }
        let (mesh, tasks, clock) = (self.mesh.clone(), self.tasks.clone(), self.clock);
        let opening = self.sound.voices.opening();
        tokio::spawn(async move {
            let opened = mesh.open(member, Protocol::Audio).await;
            let sender = opened.ok().map(|s| AudioSender::start(s, move || clock.now()));
            let _ = tasks.send(Done::Voice(member, opening, sender)).await;
        });
    }

    pub(super) fn on_voice(
        &mut self,
        member: MemberId,
        opening: Opening,
        sender: Option<AudioSender>,
    ) {
        let connected = self.neighbours.standing.get(&member) == Some(&Standing::Member);
        match sender {
            Some(sender) if connected => self.sound.voices.opened(member, opening, sender),
            Some(_) => {}
            None => self.sound.voices.failed(member, opening),
        }
        // Without one, or with one that should have been replaced, the next second tries again.
    }
}
