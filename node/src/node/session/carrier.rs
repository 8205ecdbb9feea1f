//! The session and its carrier: what is on disk goes to the room elsewhere, what somebody says
//! there by hand comes in.
//!
//! **The carrier is fed by a task of its own**, which reads the log as a sync does: a server that
//! slows the carrier down holds nothing up here, and nothing has to be remembered for it.

use super::Session;
use super::afar::Afar;
use super::parcels::Parcels;
use crate::io::carrier::CarrierRole;
use crate::io::log::Log;
use crate::io::random::random;
use crate::node::event::Notice;
use crate::node::inbox::Inbox;
use crate::room::carrier::{Carried, FromCarrier, Saying, ToCarrier, Wish};
use crate::room::entry::Entry;
use crate::room::id::{EntryRef, MeetingId, MemberId};
use crate::room::seal::Keyring;
use crate::room::stanza::{GuestLine, Payload};
use crate::room::sync::BATCH_BYTES;
use serde_bytes::ByteBuf;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

/// How long the carrier's good-bye may take: a server that answers does so within a round trip, and what
/// it does not take any more lies on disk.
const FAREWELL: Duration = Duration::from_secs(3);

/// How high each author's log is.
type Heights = BTreeMap<MemberId, u64>;

/// What the feeding task needs to know.
#[derive(Clone)]
struct Feed {
    heights: Heights,
    ring: Keyring,
    beside: BTreeSet<MemberId>,
}

/// A session's carrier.
pub(in crate::node) struct Carrying {
    pub(super) role: CarrierRole,
    pub(super) orders: mpsc::Sender<ToCarrier>,
    feed: Option<(watch::Sender<Feed>, JoinHandle<()>)>,
    /// Genuine entries that it brought, and was not told so yet.
    came: Arc<Mutex<Vec<EntryRef>>>,
    /// Members who are reached by it.
    pub(super) carried: BTreeSet<MemberId>,
    /// The room, while it is open.
    room: Option<String>,
    /// Sound by it.
    pub(super) afar: Afar,
    /// Documents by it.
    pub(super) parcels: Parcels,
}

impl Carrying {
    pub(in crate::node) fn new(role: CarrierRole, orders: mpsc::Sender<ToCarrier>) -> Self {
        let came = Arc::default();
        Self {
            role,
            orders,
            feed: None,
            came,
            carried: BTreeSet::new(),
            room: None,
            afar: Afar::default(),
            parcels: Parcels::default(),
        }
    }
}

impl Session {
    /// Tells the carrier which meeting this is, and all of its log.
    pub(super) fn begin_carrying(&mut self) {
        let feed = self.feed();
        let Some(carrying) = &mut self.carrying else { return };
        let (sender, receiver) = watch::channel(feed);
        let carried = Carried {
            member: self.me,
            name: self.name.clone(),
            meeting: self.meeting,
            title: self.title.clone(),
            join: self.join,
        };
        let task = Feeding {
            meeting: self.meeting,
            log: self.record.log().clone(),
            orders: carrying.orders.clone(),
            feed: receiver,
            came: Arc::clone(&carrying.came),
            fed: Heights::new(),
        };
        carrying.feed = Some((sender, tokio::spawn(task.run(carried))));
    }

    /// Something that the carrier has to know may have changed.
    pub(super) fn feed_carrier(&self) {
        let feed = self.carrying.as_ref().and_then(|carrying| carrying.feed.as_ref());
        if let Some((feed, _)) = feed {
            let _ = feed.send(self.feed());
        }
    }

    /// Waits until the carrier has the last words and has ended.
    pub(super) async fn end_carrying(&mut self, inbox: &mut Inbox) {
        let Some(Carrying { orders, feed, .. }) = self.carrying.take() else { return };
        let ended = async {
            if let Some((feed, task)) = feed {
                drop(feed);
                let _ = task.await;
            }
            drop(orders);
            while let Some(carrier) = &mut inbox.carrier
                && carrier.recv().await.is_some()
            {}
        };
        let _ = tokio::time::timeout(FAREWELL, ended).await;
    }

    fn feed(&self) -> Feed {
        let have = self.record.replica().have();
        let carried = self.carrying.as_ref().map(|carrying| &carrying.carried);
        let beside = self.neighbours.standing.keys().copied();
        Feed {
            heights: have.into_iter().map(|(author, have)| (author, have.height)).collect(),
            ring: self.secrets.ring().clone(),
            beside: beside.filter(|m| carried.is_none_or(|carried| !carried.contains(m))).collect(),
        }
    }

    /// Notes whether a member is reached by the carrier alone.
    pub(super) fn note_way(&mut self, member: MemberId, carried: bool) {
        if let Some(carrying) = &mut self.carrying {
            if carried {
                carrying.carried.insert(member);
            } else {
                carrying.carried.remove(&member);
            }
        }
    }

    /// Whether a member is reached by the carrier alone, which is slow and brings entries at once.
    pub(super) fn is_carried(&self, member: &MemberId) -> bool {
        self.carrying.as_ref().is_some_and(|carrying| carrying.carried.contains(member))
    }

    /// An entry that the carrier brought is genuine.
    pub(super) fn came_by_carrier(&self, entry: EntryRef) {
        let Some(Carrying { came, feed: Some((feed, _)), .. }) = &self.carrying else { return };
        came.lock().unwrap_or_else(PoisonError::into_inner).push(entry);
        feed.send_modify(|_| ());
    }

    pub(super) async fn on_carrier(&mut self, told: Option<FromCarrier>) {
        let Some(told) = told else { return self.end_bridge().await };
        match told {
            FromCarrier::Open { room } => self.on_room_open(room).await,
            FromCarrier::Waiting { problem } => {
                self.teller.warn(Notice::Carrier { problem }).await;
            }
            FromCarrier::Ended { problem } => {
                self.end_bridge().await;
                self.teller.warn(Notice::Carrier { problem }).await;
            }
            FromCarrier::Guest { name, wish } => self.on_guest(name, wish).await,
            FromCarrier::Hears { way, there, files } => {
                self.on_way(way, there);
                self.on_files(files);
            }
            FromCarrier::Posted { id, told, there } => {
                if let Some(told) = told {
                    self.announce_parcel(id, &told);
                }
                self.on_posted(id, there);
            }
            FromCarrier::Announced { id, sealed } => self.on_parcel_announced(id, &sealed),
            FromCarrier::Parcel(sealed) => self.on_parcel(&sealed),
            FromCarrier::Sound(sealed) => self.on_bundle(&sealed),
            // The mesh dials who is met; entries and pipes never come here.
            FromCarrier::Met(_) | FromCarrier::Parted(_) => {}
            FromCarrier::Said { .. } | FromCarrier::Pipe(..) => {}
        }
    }

    async fn on_room_open(&mut self, room: String) {
        let Some(carrying) = &mut self.carrying else { return };
        carrying.room = Some(room.clone());
        if carrying.role == CarrierRole::Bridge {
            let known = self.view.meeting().member(&self.me).and_then(|own| own.bridges);
            if known != Some(room.as_str()) {
                self.say_now(Payload::Bridge(Some(room))).await;
            }
        }
    }

    /// Says that there is no bridge any more, if there was one.
    pub(super) async fn end_bridge(&mut self) {
        let Some(carrying) = &mut self.carrying else { return };
        if carrying.room.take().is_some() && carrying.role == CarrierRole::Bridge {
            self.say_now(Payload::Bridge(None)).await;
        }
    }

    /// What somebody without Moot wants: by the one who bridges, in their own name.
    async fn on_guest(&mut self, guest: String, wish: Wish) {
        let line = match wish {
            Wish::Say(line) => line,
            Wish::Hand(true) => "✋".to_owned(),
            Wish::Hand(false) => return,
        };
        let said = Payload::Guest(GuestLine { guest, line });
        // What can't be said (too long, a name that pretends) is dropped: nobody here typed it.
        if said.check().is_ok() {
            self.say_now(said).await;
        }
    }
}

/// Feeds a carrier from the log.
struct Feeding {
    meeting: MeetingId,
    log: Log,
    orders: mpsc::Sender<ToCarrier>,
    feed: watch::Receiver<Feed>,
    came: Arc<Mutex<Vec<EntryRef>>>,
    fed: Heights,
}

impl Feeding {
    async fn run(mut self, carried: Carried) {
        if self.orders.send(ToCarrier::Carry(carried)).await.is_err() {
            return;
        }
        let mut beside = BTreeSet::new();
        let mut live = false;
        loop {
            let feed = self.feed.borrow_and_update().clone();
            let came =
                std::mem::take(&mut *self.came.lock().unwrap_or_else(PoisonError::into_inner));
            for entry in came {
                if self.orders.send(ToCarrier::InRoom(entry)).await.is_err() {
                    return;
                }
            }
            if beside != feed.beside {
                beside.clone_from(&feed.beside);
                let members = beside.iter().copied().collect();
                if self.orders.send(ToCarrier::Beside(members)).await.is_err() {
                    return;
                }
            }
            if !self.catch_up(&feed, live).await {
                return;
            }
            // What is there when carrying begins was said before; all else is news to the room.
            live = true;
            if self.feed.changed().await.is_err() {
                let _ = self.orders.send(ToCarrier::Leave).await;
                return;
            }
        }
    }

    /// Hands over what is new; false when the carrier has gone, or the log can't be read.
    async fn catch_up(&mut self, feed: &Feed, live: bool) -> bool {
        for (author, height) in &feed.heights {
            loop {
                let next = self.fed.get(author).copied().unwrap_or(0) + 1;
                if next > *height {
                    break;
                }
                let read = self.log.entries(*author, next, *height, BATCH_BYTES).await;
                let Ok(entries) = read else { return false };
                if entries.is_empty() {
                    break;
                }
                for bytes in entries {
                    let Ok(nonce) = random() else { return false };
                    let Ok(entry) = Entry::decode(&self.meeting, &bytes) else { return false };
                    let (author, seq) = (entry.author(), entry.seq());
                    let saying = Saying {
                        entry: EntryRef { author, seq },
                        sealed: ByteBuf::from(feed.ring.seal(nonce, &bytes)),
                        open: ByteBuf::from(bytes),
                        live,
                    };
                    if self.orders.send(ToCarrier::Kept(saying)).await.is_err() {
                        return false;
                    }
                    self.fed.insert(author, seq);
                }
            }
        }
        true
    }
}
