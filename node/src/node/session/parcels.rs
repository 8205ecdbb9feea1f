//! Documents by way of the carrier: whole at one end, posted parcel by parcel, whole at the other.
//!
//! Who posts: of the room's documents the bridge that speaks; a remote member their own. The carrier says which parcels lie
//! there already. Whoever gets one keeps what is in it as if it had come piece by piece.

use super::Session;
use crate::io::carrier::CarrierRole;
use crate::io::random::random;
use crate::node::inbox::Done;
use crate::room::carrier::ToCarrier;
use crate::room::id::{BlobId, MemberId};
use crate::room::pages::PageIndex;
use crate::room::parcel::{self, ParcelId};
use crate::room::time::LocalTime;
use serde_bytes::ByteBuf;
use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

/// How long nothing is posted after a server has not taken a file.
const REST: Duration = Duration::from_secs(30);

/// How much more than was announced may come in parcels: indexes, and what is posted twice.
const SLACK: u64 = 32 * 1024 * 1024;

/// What is being posted, and what came.
#[derive(Default)]
pub(super) struct Parcels {
    /// The server takes files.
    pub(super) taken: bool,
    posted: BTreeSet<BlobId>,
    begun: Option<(BlobId, VecDeque<Vec<BlobId>>)>,
    /// With the carrier, or being packed for it.
    out: Option<ParcelId>,
    rests: Option<LocalTime>,
    /// Bytes that came in parcels.
    came: u64,
}

impl Session {
    /// Once a second, and when a parcel is there: the next one.
    pub(super) fn post_next(&mut self) {
        let now = self.clock.now();
        let next = self.to_post();
        let shown = self.view.meeting().shown().map(|(on, ..)| on);
        let Some(carrying) = &mut self.carrying else { return };
        let parcels = &mut carrying.parcels;
        if !parcels.taken || parcels.out.is_some() || parcels.rests.is_some_and(|at| now < at) {
            return;
        }
        if parcels.begun.is_none()
            && let Some((document, bytes, index)) = next
        {
            let page = shown.filter(|on| on.document == document).map_or(1, |on| on.page);
            let plan = parcel::plan(document, bytes, &index, page);
            parcels.begun = Some((document, plan.into()));
        }
        let Some((document, plan)) = &mut parcels.begun else { return };
        let Some(blobs) = plan.front().cloned() else {
            parcels.posted.insert(*document);
            parcels.begun = None;
            return;
        };
        let (ring, store) = (self.secrets.ring().clone(), self.library.blobs());
        let id = ParcelId::of(&blobs, ring.newest());
        parcels.out = Some(id);
        let (orders, tasks) = (carrying.orders.clone(), self.tasks.clone());
        tokio::spawn(async move {
            let mut bytes = Vec::with_capacity(blobs.len());
            for blob in blobs {
                bytes.extend(store.get(blob).await.ok().flatten());
            }
            let sealed = random().map(|nonce| ring.seal(nonce, &parcel::pack(&bytes)));
            let parcel = |sealed| ToCarrier::Parcel { id, sealed: ByteBuf::from(sealed) };
            let sent = match sealed {
                Ok(sealed) => orders.send(parcel(sealed)).await.is_ok(),
                Err(_) => false,
            };
            if !sent {
                let _ = tasks.send(Done::Unposted(id)).await;
            }
        });
    }

    /// Whether the server takes files. Where it takes none, documents come piece by piece through pipes.
    pub(super) fn on_files(&mut self, files: Option<bool>) {
        let Some(carrying) = &mut self.carrying else { return };
        carrying.parcels.taken = files == Some(true);
        if files == Some(false) {
            let members: Vec<_> = carrying.carried.iter().copied().collect();
            members.into_iter().for_each(|member| self.open_blobs(member));
        }
    }

    /// A parcel lies on the server, or does not.
    pub(super) fn on_posted(&mut self, id: ParcelId, posted: bool) {
        let now = self.clock.now();
        let Some(carrying) = &mut self.carrying else { return };
        let parcels = &mut carrying.parcels;
        if parcels.out != Some(id) {
            return;
        }
        parcels.out = None;
        if posted {
            parcels.begun.iter_mut().for_each(|(_, plan)| drop(plan.pop_front()));
            self.post_next();
        } else {
            parcels.rests = Some(now + REST);
        }
    }

    /// All are to be told of a parcel.
    pub(super) fn announce_parcel(&self, id: ParcelId, told: &[u8]) {
        let Some(carrying) = &self.carrying else { return };
        let Ok(nonce) = random() else { return };
        let sealed = ByteBuf::from(self.secrets.ring().seal(nonce, told));
        let orders = carrying.orders.clone();
        tokio::spawn(async move { orders.send(ToCarrier::Announce { id, sealed }).await });
    }

    /// Somebody announced a parcel; that it could be opened says that they are a member.
    pub(super) fn on_parcel_announced(&self, id: ParcelId, sealed: &[u8]) {
        let Some(carrying) = &self.carrying else { return };
        let Ok(told) = self.secrets.ring().open(sealed) else { return };
        let (orders, told) = (carrying.orders.clone(), ByteBuf::from(told));
        tokio::spawn(async move { orders.send(ToCarrier::Fetch { id, told }).await });
    }

    /// A parcel came.
    pub(super) fn on_parcel(&mut self, sealed: &[u8]) {
        let announced: u64 = self.view.meeting().documents().map(|(_, said)| said.bytes).sum();
        let Some(carrying) = &mut self.carrying else { return };
        let parcels = &mut carrying.parcels;
        let Ok(opened) = self.secrets.ring().open(sealed) else { return };
        let Ok(blobs) = parcel::unpack(&opened) else { return };
        parcels.came = parcels.came.saturating_add(opened.len() as u64);
        if parcels.came > announced.saturating_add(SLACK) {
            tracing::warn!("more came in parcels than was announced; it is not kept");
            return;
        }
        for blob in blobs {
            self.library.deliver(blob);
        }
    }

    /// The next document to post: the one on show first.
    fn to_post(&self) -> Option<(BlobId, u64, PageIndex)> {
        let carrying = self.carrying.as_ref()?;
        let meeting = self.view.meeting();
        let shown = meeting.shown().map(|(on, ..)| on.document);
        let others = carrying.afar.speaks_for_others();
        let mine = |author: MemberId| match carrying.role {
            CarrierRole::Remote => author == self.me,
            CarrierRole::Bridge => others && !carrying.afar.is_there(&author),
        };
        let documents = meeting
            .documents()
            .filter(|(entry, said)| {
                mine(entry.author) && !carrying.parcels.posted.contains(&said.document)
            })
            .filter(|(_, said)| said.drawn.is_none());
        let mut documents: Vec<_> = documents.map(|(_, said)| said.document).collect();
        documents.sort_by_key(|document| Some(*document) != shown);
        documents.into_iter().find_map(|document| self.library.whole(document))
    }
}
