//! VIEW: differences in the meeting become events.

use super::{Ending, Session};
use crate::io::mesh::Standing;
use crate::node::event::{MemberState, News, Notice};
use crate::node::told;
use crate::node::view::Applied;
use crate::room::id::EntryRef;
use crate::room::id::MemberId;
use crate::room::link::{LINK_ADDRESSES, Link};
use crate::room::meeting::{Change, Status};
use crate::room::stanza::{JoinPolicy, Payload, Stamp};

impl Session {
    /// Tells what took effect, and does what follows from it.
    pub(super) async fn report(&mut self, applied: Vec<Applied>) {
        let (mut turned, mut hands) = (false, false);
        for Applied { change, offset_ms, at } in applied {
            hands |= matches!(change, Change::Hand { .. } | Change::Member { .. });
            if let Some(news) = told::news(&change, self.view.meeting(), offset_ms) {
                self.teller.tell_at(at, news).await;
            }
            match change {
                Change::Member { member, status, .. } => self.on_roster(member, status).await,
                Change::Document { entry, .. } => self.on_document(entry),
                // Whoever presents now may have to end a draft.
                Change::Shown { .. } | Change::Floor { .. } => turned = true,
                Change::MarkAdded { mark, stamp } => self.on_mark(mark, stamp).await,
                Change::Fork { author, seq } => {
                    let name = self.name_of(&author);
                    self.teller.warn(Notice::Fork { author, name, seq }).await;
                }
                // Told, and nothing follows.
                _ => {}
            }
        }
        if hands {
            self.tell_hands().await;
        }
        if turned {
            self.show_awaited().await;
        }
    }

    /// Tells the queue of raised hands, when that differs from what was told last.
    async fn tell_hands(&mut self) {
        let hands: Vec<_> = self.view.meeting().hands().into_iter().map(|(who, _)| who).collect();
        if self.hands != hands {
            self.hands.clone_from(&hands);
            self.teller.tell(News::Hands(hands)).await;
        }
    }

    /// A finished stroke takes the place of the one that was shown in the making.
    async fn on_mark(&mut self, mark: EntryRef, stamp: Stamp) {
        let Some((_, Payload::Stroke(drawn))) = self.view.meeting().said(mark) else { return };
        let Stamp { epoch, at, .. } = stamp;
        let replaced = self.live.watch.stroke(mark.author, drawn.on, epoch, at);
        self.tell_shown(replaced).await;
    }

    /// Shows the page that is due, if its picture is here; else it is fetched and decoded first.
    pub(super) async fn show_awaited(&mut self) {
        let Some(turn) = self.view.awaited() else { return };
        if !self.library.show(turn.on) {
            self.end_left(turn.on);
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
        self.tell_ended(turn.on).await;
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

/// Reactions are of the moment: those that were said before this node was there are not told.
pub(super) fn forget_reactions(applied: &mut Vec<Applied>) {
    applied.retain(|applied| !matches!(applied.change, Change::Reaction { .. }));
}
