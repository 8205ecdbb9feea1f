//! VIEW: differences in the meeting become events.

use super::{Ending, Session};
use crate::io::mesh::Standing;
use crate::node::event::{MemberState, News, Notice};
use crate::node::view::Applied;
use crate::room::id::MemberId;
use crate::room::link::{LINK_ADDRESSES, Link};
use crate::room::meeting::{Change, Status};
use crate::room::stanza::{JoinPolicy, Payload, Stamp};

impl Session {
    /// Tells what took effect, and does what follows from it.
    pub(super) async fn report(&mut self, applied: Vec<Applied>) {
        let mut turned = false;
        for Applied { change, offset_ms, at } in applied {
            match change {
                Change::Member { member, status, .. } => self.on_roster(member, status).await,
                Change::Document { entry, .. } => self.on_document(entry).await,
                Change::Shown { .. } => turned = true,
                Change::StrokeAdded { stroke, stamp } => {
                    let Some((_, Payload::Stroke(drawn))) = self.view.meeting().said(stroke) else {
                        continue;
                    };
                    let on = drawn.on;
                    let news = News::Stroke { on, entry: stroke, media: stamp.at, offset_ms };
                    self.teller.tell_at(at, news).await;
                    let Stamp { epoch, at, .. } = stamp;
                    let replaced = self.live.watch.stroke(stroke.author, on, epoch, at);
                    self.tell_shown(replaced).await;
                }
                Change::StrokeRemoved { stroke, by, .. } => {
                    self.teller.tell_at(at, News::Erased { stroke, entry: by }).await;
                }
                Change::Chat { entry, .. } => {
                    let Some((_, Payload::Chat(text))) = self.view.meeting().said(entry) else {
                        continue;
                    };
                    let text = text.clone();
                    self.teller.tell_at(at, News::Chat { entry, text }).await;
                }
                // A line of somebody who was removed before it: nothing to tell.
                Change::ChatRemoved { .. } => {}
                Change::Hand { author, up } => {
                    self.teller.tell_at(at, News::Hand { author, up }).await;
                }
                Change::Floor { presenter } => {
                    if let Some(presenter) = presenter {
                        self.teller.tell_at(at, News::Floor { presenter }).await;
                    }
                }
                Change::Fork { author, seq } => {
                    let name = self.name_of(&author);
                    self.teller.warn(Notice::Fork { author, name, seq }).await;
                }
            }
        }
        if turned {
            self.show_awaited().await;
        }
    }

    /// Shows the page that is due, if its picture is here; else it is fetched and decoded first.
    pub(super) async fn show_awaited(&mut self) {
        let Some(turn) = self.view.awaited() else { return };
        if !self.library.show(turn.on) {
            return;
        }
        self.view.shown();
        let now = self.clock.now();
        let news = News::Page {
            on: turn.on,
            entry: turn.entry,
            media: turn.stamp.at,
            offset_ms: turn.offset_at(now),
        };
        self.teller.tell_at(now, news).await;
    }

    /// Somebody's standing in the roster changed.
    async fn on_roster(&mut self, member: MemberId, status: Status) {
        if member == self.me {
            if status == Status::Removed {
                self.ending = Some(Ending::Removed);
            }
        } else if status == Status::Removed {
            self.neighbours.vouched.remove(&member);
            self.forget_live(member).await;
            let _ = self.mesh.distrust(member).await;
        } else {
            let _ = self.mesh.trust(member).await;
        }
        if let (Some(recorder), Some(known)) =
            (&self.sound.recorder, self.view.meeting().member(&member))
        {
            recorder.name(member, known.name.to_owned());
        }
        self.tell_member(member).await;
    }

    /// Tells where somebody stands, when that differs from what was told last.
    pub(super) async fn tell_member(&mut self, member: MemberId) {
        let Some(known) = self.view.meeting().member(&member) else { return };
        let here =
            member == self.me || self.neighbours.standing.get(&member) == Some(&Standing::Member);
        let state = match known.status {
            Status::Removed => MemberState::Removed,
            Status::Left if member != self.me => MemberState::Left,
            _ if here => MemberState::Here,
            _ => MemberState::Away,
        };
        let now = (known.name.to_owned(), state);
        if self.neighbours.told.get(&member) == Some(&now) {
            return;
        }
        self.neighbours.told.insert(member, now.clone());
        self.teller.tell(News::Member { peer: member, name: now.0, state }).await;
    }

    /// The meeting with its code and a link to it, as they are now.
    pub(super) async fn tell_meeting(&self) {
        let code = (self.join == JoinPolicy::Code).then(|| self.secrets.code().to_string());
        // Loopback only helps on this machine, and zones are ours alone: both come last.
        let mut addresses = self.listening.clone();
        addresses.sort_by_key(|address| (address.ip.is_loopback(), address.is_link_local()));
        addresses.truncate(LINK_ADDRESSES);
        let link = Link {
            meeting: self.meeting,
            secret: Some(self.secrets.link()),
            members: vec![(self.me, addresses)],
            title: Some(self.title.clone()),
        };
        let news = News::Meeting {
            id: self.meeting,
            title: self.title.clone(),
            join: self.join,
            code,
            link: link.to_string(),
        };
        self.teller.tell(news).await;
    }

    pub(super) fn name_of(&self, member: &MemberId) -> String {
        let known = self.view.meeting().member(member);
        known.map_or_else(|| member.short(), |member| member.name.to_owned())
    }
}
