//! A node in its meeting: what each [`Happening`] leads to.
//!
//! The parts decide or act on their own ([`Record`], [`View`], [`Talk`], [`Library`], the door, the
//! mesh); a session only carries what one of them gives to the next, along the chain:
//!
//! ```text
//! commands, captured ─ say ─→ Record ─ kept ─→ gossip
//!                               ↑                 ⇅ mesh
//!                      learn ───┴── sync, gossip ─┘
//!                               └ kept ─→ View ─ applied ─→ events
//! ```

mod abreast;
mod afar;
mod beginning;
mod carrier;
mod commands;
mod devices;
mod documents;
mod drafts;
mod hearing;
mod keepsake;
mod leaving;
mod live;
mod members;
mod neighbours;
mod newcomers;
mod parcels;
mod recording;
mod reporting;
mod room_group;
mod sound;
mod voices;

use super::event::Notice;
use super::inbox::{Done, Happening, Inbox};
use super::library::{Library, Then};
use super::live::Live;
use super::pen::{Pen, is_mark};
use super::record::{Keeping, Kept, Learned, Record, SayError};
use super::seconds::Seconds;
use super::tell::Teller;
use super::view::View;
use crate::io::admission::Door;
use crate::io::clock::Clock;
use crate::io::discovery::mdns::Mdns;
use crate::io::document::Original;
use crate::io::mesh::{Judgement, MeshEvent, MeshHandle};
use crate::io::random::random;
use crate::io::sync::SyncNode;
use crate::room::address::Address;
use crate::room::entry::Entry;
use crate::room::id::{EntryRef, MeetingId, MemberId};
use crate::room::seal::OpenError;
use crate::room::secrets::Secrets;
use crate::room::stanza::{JoinPolicy, PageTurn, Payload};
use crate::room::time::{LocalTime, MediaTime};
use std::collections::BTreeMap;
use tokio::sync::{mpsc, oneshot};

pub(super) use carrier::Carrying;
pub(super) use devices::Wishes;
pub(super) use keepsake::Keepsake;
pub(super) use neighbours::Neighbours;
pub(super) use recording::{Recording, open as open_recorder};
pub(super) use room_group::{Choice, RoomGroup};
pub(super) use sound::Sound;
pub(super) use voices::Opening;

/// How a session ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Ending {
    /// It left, by command or because the program stops.
    Left,
    /// It was shown the door.
    Removed,
}

/// Everything a node in a meeting has.
pub(super) struct Session {
    pub(super) me: MemberId,
    pub(super) name: String,
    /// Whether the network is told the name.
    pub(super) announce_name: bool,
    pub(super) meeting: MeetingId,
    pub(super) title: String,
    pub(super) join: JoinPolicy,
    pub(super) clock: Clock,
    pub(super) teller: Teller,
    pub(super) mesh: MeshHandle,
    pub(super) mdns: Option<Mdns>,
    pub(super) listening: Vec<Address>,
    pub(super) secrets: Secrets,
    pub(super) record: Record,
    pub(super) view: View,
    pub(super) sound: Sound,
    pub(super) live: Live,
    pub(super) room: RoomGroup,
    pub(super) library: Library,
    pub(super) door: Door,
    pub(super) neighbours: Neighbours,
    pub(super) keepsake: Keepsake,
    pub(super) sync_node: SyncNode,
    /// Another way to members than this network.
    pub(super) carrying: Option<Carrying>,
    pub(super) tasks: mpsc::Sender<Done>,
    /// Commands for a moment of the own source.
    pub(super) timed: BTreeMap<(MediaTime, u64), super::command::Command>,
    pub(super) timed_count: u64,
    /// Own page turn that is said but not on disk.
    pub(super) turning: Option<PageTurn>,
    /// What asked for its password last, and what becomes of it once it is open.
    pub(super) locked: Option<(Original, Then)>,
    pub(super) pen: Pen,
    pub(super) recording: Recording,
    /// The raised hands, as told last.
    pub(super) hands: Vec<MemberId>,
    pub(super) seconds: Seconds,
    pub(super) ending: Option<Ending>,
}

impl Session {
    /// Runs until it is left.
    pub(super) async fn run(mut self, inbox: &mut Inbox) -> (Ending, Self) {
        loop {
            let happening = inbox.next(self.next_wake(), self.seconds.next()).await;
            self.handle(happening).await;
            self.settle_room().await;
            if let Some(ending) = self.ending {
                return (ending, self);
            }
        }
    }

    async fn handle(&mut self, happening: Happening) {
        if !matches!(happening, Happening::Second) {
            self.seconds.stir(self.clock.now());
        }
        match happening {
            Happening::Stop | Happening::MeshEnded => self.ending = Some(Ending::Left),
            Happening::Command(Some(command)) => self.on_command(command).await,
            // Nobody can steer any more: the handle was dropped.
            Happening::Command(None) => self.ending = Some(Ending::Left),
            Happening::Keeping(keeping) => self.on_keeping(keeping).await,
            Happening::Mesh(event) => self.on_mesh(event).await,
            Happening::Carrier(told) => self.on_carrier(told).await,
            Happening::Discovery(event) => self.on_discovery(event).await,
            Happening::Sync(request) => self.on_sync(request).await,
            Happening::Door(request) => self.on_door(request).await,
            Happening::Task(done) => self.on_done(done).await,
            Happening::Library(event) => self.on_library(event).await,
            Happening::Captured(event) => self.on_captured(event).await,
            Happening::Played(event) => self.on_played(event).await,
            Happening::Heard(frame) => self.on_heard(frame),
            Happening::Live(member, live) => self.on_live(member, live).await,
            Happening::Due => self.on_due().await,
            Happening::Second => self.on_second().await,
        }
    }

    fn next_wake(&self) -> Option<LocalTime> {
        let timed = self.timed.keys().next().map(|(at, _)| self.sound.talk.local_at(*at));
        let now = self.clock.now();
        let due = self.view.next_wake(now).into_iter().chain(self.live.watch.next_wake(now));
        let room = self.room.next_wake(now);
        timed.into_iter().chain(due).chain(room).chain(self.live.levels.next_wake()).min()
    }

    async fn on_due(&mut self) {
        let now = self.clock.now();
        while let Some(entry) = self.timed.first_entry()
            && self.sound.talk.local_at(entry.key().0) <= now
        {
            let ((at, _), command) = entry.remove_entry();
            self.obey(command, at).await;
        }
        let applied = self.view.poll(now);
        self.report(applied).await;
        self.show_live().await;
        self.tell_levels().await;
    }

    async fn on_second(&mut self) {
        self.sync_with_some();
        self.settle_sound();
        self.post_next();
        self.library.waits_no_longer();
        self.keep_summary();
        self.settle_door().await;
        self.settle_live();
        self.suggest_room().await;
        self.keep_contacts();
        let pending = self.someone_at_door();
        self.seconds.passed(self.clock.now(), pending);
    }

    /// Says something at media time `at`. Nothing is said when this fails, and people are told.
    async fn say(&mut self, payload: Payload, at: MediaTime) -> Option<Entry> {
        let mark = is_mark(&payload);
        match self.record.say(payload, self.sound.talk.epoch(), at) {
            Ok(entry) => {
                if mark {
                    self.pen.said();
                }
                Some(entry)
            }
            Err(SayError::Stanza(error)) => {
                self.teller.fail(Notice::Invalid { problem: error.to_string() }).await;
                None
            }
            Err(error @ (SayError::Busy | SayError::Incomplete)) => {
                self.teller.fail(Notice::Storage { problem: error.to_string() }).await;
                None
            }
        }
    }

    /// Says something now.
    async fn say_now(&mut self, payload: Payload) -> Option<Entry> {
        let at = self.sound.talk.media_at(self.clock.now());
        self.say(payload, at).await
    }

    async fn on_keeping(&mut self, keeping: Keeping) {
        match keeping {
            Keeping::Kept(mut kept) => {
                // What a sync brings, author by author, is told as it was said.
                kept.sort_by_key(Kept::key);
                for kept in kept {
                    self.on_kept(kept).await;
                }
            }
            Keeping::Trouble(error) => {
                self.teller.warn(Notice::Storage { problem: error.to_string() }).await;
            }
        }
    }

    /// An entry is on disk: pass it on if it is one's own, and let it take effect.
    async fn on_kept(&mut self, kept: Kept) {
        let Kept { entry, action, live } = kept;
        let own = entry.author() == self.me;
        if own {
            self.publish(&entry).await;
            if matches!(action.payload, Payload::Page(turn) if Some(turn) == self.turning) {
                self.turning = None;
            }
        }
        if let Payload::Sound(page) = &action.payload {
            self.on_sound_announced(entry.author(), action.stamp.epoch, *page);
        }
        let admitted = match &action.payload {
            Payload::Admit(admission) if own => Some(admission.member),
            _ => None,
        };
        if own && is_mark(&action.payload) {
            self.pen.kept();
        }
        let now = self.clock.now();
        self.note_applied(EntryRef { author: entry.author(), seq: entry.seq() }, now);
        let mut applied = self.view.take(entry, action, now);
        if !live {
            reporting::forget_reactions(&mut applied);
        }
        self.report(applied).await;
        if let Some(member) = admitted {
            self.welcome_admitted(member).await;
        }
        self.feed_carrier();
        while let Some((command, at)) = self.pen.next() {
            self.obey(command, at).await;
        }
    }

    async fn publish(&mut self, entry: &Entry) {
        // Sync carries it, if there are no random bytes.
        let Ok(nonce) = random() else { return };
        let sealed = self.secrets.ring().seal(nonce, &entry.encode());
        let _ = self.mesh.publish(sealed).await;
    }

    async fn on_mesh(&mut self, event: MeshEvent) {
        match event {
            MeshEvent::Listening { addresses } => self.on_listening(addresses).await,
            MeshEvent::Connected { member, standing, via } => {
                self.note_way(member, via.is_none());
                self.on_connected(member, standing).await;
            }
            MeshEvent::Disconnected { member } => self.on_disconnected(member).await,
            MeshEvent::Gossip { from, bytes, token } => {
                let judgement = self.on_gossip(from, &bytes).await;
                let _ = self.mesh.judge(token, judgement).await;
            }
            MeshEvent::Incoming { member, protocol, stream } => {
                self.on_incoming(member, protocol, stream);
            }
        }
    }

    /// A sealed entry from `from`, who passed it on.
    async fn on_gossip(&mut self, from: Result<MemberId, EntryRef>, sealed: &[u8]) -> Judgement {
        let carried = from.is_err();
        // Whose carrier brought it nobody knows; its author, if within reach, knows it best.
        let from = from.unwrap_or_else(|claimed| claimed.author);
        let bytes = match self.secrets.ring().open(sealed) {
            Ok(bytes) => bytes,
            Err(OpenError::UnknownKey(_)) => {
                self.sync_with(from);
                return Judgement::Ignore;
            }
            Err(OpenError::Malformed | OpenError::Forged) => return Judgement::Reject,
        };
        let Ok(entry) = Entry::decode(&self.meeting, &bytes) else { return Judgement::Reject };
        let known = EntryRef { author: entry.author(), seq: entry.seq() };
        let learned = self.learn(entry, true).await;
        if carried && !matches!(learned, Learned::Bad(_)) {
            self.came_by_carrier(known);
        }
        match learned {
            Learned::Bad(_) => Judgement::Reject,
            Learned::Sync => {
                self.sync_with(from);
                Judgement::Accept
            }
            Learned::New | Learned::Known | Learned::Fork(_) => Judgement::Accept,
        }
    }

    async fn learn(&mut self, entry: Entry, live: bool) -> Learned {
        let learned = self.record.learn(entry, live).await;
        if let Learned::Fork(at) = &learned {
            self.on_fork(at.author, at.seq).await;
        }
        learned
    }

    async fn on_fork(&mut self, author: MemberId, seq: u64) {
        let now = self.clock.now();
        let applied = self.view.fork(author, seq, now);
        self.report(applied).await;
    }

    async fn on_done(&mut self, done: Done) {
        match done {
            Done::Synced(member, well) => self.on_synced(member, well),
            Done::Voice(member, opening, sender) => self.on_voice(member, opening, sender),
            Done::Live(member, stream, trip) => self.on_live_open(member, stream, trip),
            Done::Near(member, near) => self.room.is_at(&member, near),
            Done::RecordingFailed(problem) => self.on_recording_failed(problem).await,
            Done::RecorderOpened(opened) => self.on_recorder_opened(opened).await,
            Done::RecorderFinished(problem) => self.on_recorder_finished(problem).await,
            Done::Device(opened) => self.on_device(opened).await,
            Done::Recoded(author, frame) => self.carry(author, frame),
            Done::Unposted(id) => self.on_posted(id, false),
            Done::Knocked(member, refused) => self.on_knocked(member, refused).await,
        }
    }

    /// Answers a background task; it may have gone.
    fn reply<T>(to: oneshot::Sender<T>, answer: T) {
        let _ = to.send(answer);
    }
}
