//! What is shown live along the chain: signs out to the members, others' signs and everybody's
//! loudness to whoever runs the node.

use super::Session;
use crate::io::mesh::{Protocol, Standing};
use crate::node::event::News;
use crate::node::inbox::Done;
use crate::room::id::MemberId;
use crate::room::live::Shown;
use crate::room::playout::Picture;
use crate::room::stanza::{Live, Sign};
use crate::room::time::MediaTime;
use std::time::Duration;

impl Session {
    /// Opens the stream on which `member` is shown what is shown here.
    pub(super) fn open_live(&self, member: MemberId) {
        if self.neighbours.standing.get(&member) != Some(&Standing::Member) {
            return;
        }
        let (mesh, tasks, clock) = (self.mesh.clone(), self.tasks.clone(), self.clock);
        tokio::spawn(async move {
            let asked = clock.now();
            let opened = mesh.open(member, Protocol::Live).await.ok();
            let _ = tasks.send(Done::Live(member, opened, clock.now().since(asked))).await;
        });
    }

    pub(super) fn on_live_open(
        &mut self,
        member: MemberId,
        stream: Option<crate::io::mesh::Stream>,
        round_trip: Duration,
    ) {
        let connected = self.neighbours.standing.get(&member) == Some(&Standing::Member);
        // Without one, the next second tries again.
        if let Some(stream) = stream.filter(|_| connected) {
            self.look_how_near(member, round_trip);
            let at = self.sound.talk.media_at(self.clock.now());
            self.live.opened(member, stream, self.sound.talk.epoch(), at, self.clock);
        }
    }

    /// Once a second: streams that broke are opened again.
    pub(super) fn settle_live(&mut self) {
        for member in self.neighbours.standing.keys().filter(|member| !self.live.reaches(member)) {
            self.open_live(*member);
        }
    }

    /// Shows everybody a sign of one's own.
    pub(super) async fn show(&mut self, sign: Sign, at: MediaTime) {
        let microphone = self.live.microphone();
        self.live.show(at, &sign);
        if microphone != self.live.microphone() {
            self.tell_microphone().await;
        }
    }

    /// Sends sound or silence, and says so.
    pub(super) async fn open_microphone(&mut self, open: bool, at: MediaTime) {
        self.sound.wishes.unmute(open);
        self.sound.talk.mute(!open);
        if self.sound.talk.speaks() {
            self.show(Sign::Microphone(open), at).await;
        }
    }

    /// One's own source has ended.
    pub(super) async fn no_microphone(&mut self) {
        self.live.levels.no_own(self.me);
        self.sound.pauses();
        let at = self.sound.talk.media_at(self.clock.now());
        self.show(Sign::Microphone(false), at).await;
        self.tell_levels().await;
    }

    pub(super) async fn tell_microphone(&self) {
        let open = self.live.microphone();
        self.teller.tell(News::Microphone { member: self.me, open }).await;
    }

    /// A member shows something.
    pub(super) async fn on_live(&mut self, member: MemberId, mut live: Live) {
        if self.trusts(&member) {
            self.take_seats(member, &mut live);
            self.live.watch.take(member, live, self.clock.now());
            self.show_live().await;
        }
    }

    /// Tells what is due of what others show.
    pub(super) async fn show_live(&mut self) {
        let shown = self.live.watch.poll(self.clock.now());
        self.tell_shown(shown).await;
    }

    /// `member` is out of reach, or was removed.
    pub(super) async fn forget_live(&mut self, member: MemberId) {
        self.live.close(&member);
        self.room.gone(&member);
        let shown = self.live.watch.gone(member);
        self.tell_shown(shown).await;
    }

    /// Who may not draw at the moment it is shown, shows no stroke in the making.
    pub(super) async fn tell_shown(&self, shown: Vec<Shown>) {
        let meeting = self.view.meeting();
        let may_draw = |author| meeting.drawing_allowed() || meeting.presenter() == Some(author);
        for shown in shown {
            match shown {
                Shown::Drawing { author, .. } if !may_draw(author) => {}
                shown => self.teller.tell(news(shown)).await,
            }
        }
    }

    /// Tells how loud everybody is, when that can be seen.
    pub(super) async fn tell_levels(&mut self) {
        if let Some(picture) = self.live.levels.tell(self.clock.now()) {
            let Picture { levels, own_muted_speech, own_clips } = picture;
            let levels = levels.into_iter().collect();
            self.teller.tell(News::Levels { levels, own_muted_speech, own_clips }).await;
        }
    }
}

fn news(shown: Shown) -> News {
    match shown {
        Shown::Laser { author, on, at, media, offset_ms } => {
            News::Laser { author, on, at, media, offset_ms }
        }
        Shown::Drawing { author, drawing } => {
            let (id, stroke) = (drawing.id, drawing.stroke);
            News::Drawing { author, id, stroke }
        }
        Shown::DrawingGone { author, id } => News::DrawingGone { author, id },
        Shown::Microphone { author, open } => News::Microphone { member: author, open },
    }
}
