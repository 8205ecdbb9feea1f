//! One connected member, as somebody to ask.

use super::flight::Flight;
use super::pace::Pace;
use super::serve::ONE_BY_ONE;
use super::{Piece, Priority};
use crate::room::id::{BlobId, MemberId};
use crate::room::ranges::RangeSet;
use crate::room::time::LocalTime;
use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

/// Pieces asked of one member at once: one on its way while the next is read, and small ones.
const SLOTS: usize = 4;

/// More for what is on show: it must not wait behind the rest.
const URGENT_SLOTS: usize = 8;

/// Parts asked of one member at once, and what it has to let wait: four when all are of the usual size,
/// and ends of pieces are small.
pub const PARTS: usize = 48;

/// How long a member is not asked again for what it said others have. They tell within
/// milliseconds when they have it, so this only matters when they fail. On a busy machine 5 s were
/// over before it was their turn to be asked, and the presenter sent twice what was needed (measured).
const REFERRED: Duration = Duration::from_secs(15);

/// The same when none of those others is connected to us: a moment, for they may yet be.
const REFERRED_OUT_OF_REACH: Duration = Duration::from_millis(300);

/// How long a member is not asked for what it no longer had.
const WITHOUT: Duration = Duration::from_secs(30);

/// How long a member that did not deliver in time is asked for nothing.
const REST: Duration = Duration::from_secs(5);

/// What a member says that it holds of a blob.
#[derive(Debug)]
pub(super) struct Offer {
    pub(super) len: u64,
    pub(super) ranges: RangeSet,
}

/// Why a member does not send what it was asked for.
#[derive(Debug)]
pub(super) enum Refusal {
    Elsewhere(Vec<MemberId>),
    Without,
}

#[derive(Debug, Default)]
pub(super) struct Peer {
    /// Only blobs that are wanted and incomplete.
    pub(super) offers: HashMap<BlobId, Offer>,
    /// Blobs of which something was gained since this member was told.
    pub(super) news: BTreeSet<BlobId>,
    pub(super) pace: Pace,
    pub(super) flying: Vec<Flight>,
    /// The shortest time from asking for a part to its coming.
    quickest: Option<Duration>,
    avoid: HashMap<(BlobId, Piece), Avoid>,
    rest_until: LocalTime,
}

#[derive(Debug)]
struct Avoid {
    until: LocalTime,
    referred_to: Vec<MemberId>,
}

impl Peer {
    /// Bytes in flight from it.
    pub(super) fn bytes_flying(&self) -> u64 {
        self.flying.iter().map(Flight::bytes).sum()
    }

    /// Whether its pace lets it be asked for more.
    pub(super) fn has_room(&self) -> bool {
        let parts: usize = self.flying.iter().map(Flight::parts).sum();
        parts < PARTS && self.pace.has_room(self.bytes_flying())
    }

    pub(super) fn asked(&self) -> Vec<(BlobId, Piece)> {
        self.flying.iter().map(|flight| (flight.blob, flight.piece)).collect()
    }

    pub(super) fn pieces_offered(&self) -> u64 {
        self.offers.values().map(|offer| u64::from(offer.ranges.count())).sum()
    }

    /// Whether it may be asked for something of this priority now.
    pub(super) fn has_slot(&self, priority: Priority, now: LocalTime) -> bool {
        if priority == Priority::Show {
            return self.flying.len() < URGENT_SLOTS;
        }
        self.flying.len() < SLOTS && self.rest_until <= now
    }

    /// Whether it may be asked for this now, of a blob of length `len`.
    pub(super) fn offers(&self, blob: BlobId, len: u64, piece: Piece) -> bool {
        self.offers.get(&blob).is_some_and(|offer| {
            let has = match piece {
                Piece::Outline => offer.ranges.count() > 0,
                Piece::Range(index) => offer.ranges.contains(index),
            };
            // Who gives another length is wrong about this blob, or everybody else is.
            has && offer.len == len
        })
    }

    pub(super) fn avoids(&self, blob: BlobId, piece: Piece, now: LocalTime) -> bool {
        self.avoid.get(&(blob, piece)).is_some_and(|avoid| avoid.until > now)
    }

    /// Whether a piece that it is asked for has to be asked for firmly.
    pub(super) fn was_refused(&self, blob: BlobId, piece: Piece) -> bool {
        self.avoid.contains_key(&(blob, piece))
    }

    /// The oldest part of a piece that was asked for has come; with `all`, all of the piece. Bytes, and
    /// how long they waited in queues.
    pub(super) fn arrived(
        &mut self,
        blob: BlobId,
        piece: Piece,
        all: bool,
        now: LocalTime,
    ) -> Option<(u64, Duration)> {
        let at = self.flying.iter().position(|flight| flight.is_of(blob, piece))?;
        let part = self.flying[at].arrived(now);
        if all {
            self.flying.swap_remove(at);
            self.avoid.remove(&(blob, piece));
        }
        self.rest_until = LocalTime::START;
        let (since, bytes) = part?;
        let took = now.since(since);
        let quickest = self.quickest.map_or(took, |quickest| quickest.min(took));
        self.quickest = Some(quickest);
        Some((bytes, took - quickest))
    }

    /// Notes a refusal; whether there was such a request.
    pub(super) fn refused(
        &mut self,
        blob: BlobId,
        piece: Piece,
        why: &Refusal,
        reachable: Vec<MemberId>,
        now: LocalTime,
    ) -> bool {
        let Some(at) = self.flying.iter().position(|flight| flight.is_of(blob, piece)) else {
            return false;
        };
        let urgent = self.flying.swap_remove(at).urgent;
        let span = match why {
            Refusal::Without => WITHOUT,
            Refusal::Elsewhere(_) if urgent => ONE_BY_ONE,
            Refusal::Elsewhere(_) if reachable.is_empty() => REFERRED_OUT_OF_REACH,
            Refusal::Elsewhere(_) => REFERRED,
        };
        self.avoid.insert((blob, piece), Avoid { until: now + span, referred_to: reachable });
        true
    }

    /// Another member has some of a blob on show now: who was sending it that may have time for us, and
    /// is asked as if for the first time.
    pub(super) fn may_be_free(&mut self, blob: BlobId, arrived: &MemberId) {
        self.avoid.retain(|(of, _), avoid| *of != blob || !avoid.referred_to.contains(arrived));
    }

    /// A member to whom this one may have referred us is gone.
    pub(super) fn forget_referral(&mut self, gone: &MemberId) {
        for avoid in self.avoid.values_mut() {
            let before = avoid.referred_to.len();
            avoid.referred_to.retain(|member| member != gone);
            if before > 0 && avoid.referred_to.is_empty() {
                avoid.until = LocalTime::START;
            }
        }
    }

    /// Gives up on what did not come in time.
    pub(super) fn expire(&mut self, now: LocalTime) -> Vec<(BlobId, Piece)> {
        let (late, flying) =
            std::mem::take(&mut self.flying).into_iter().partition(|f| f.is_late(now));
        self.flying = flying;
        let late: Vec<Flight> = late;
        if !late.is_empty() {
            self.pace.lost();
            self.rest_until = now + REST;
        }
        late.into_iter().map(|flight| (flight.blob, flight.piece)).collect()
    }

    /// A blob is complete.
    pub(super) fn forget_blob(&mut self, gone: &BlobId) {
        self.offers.remove(gone);
        self.avoid.retain(|(blob, _), _| blob != gone);
    }

    /// When something about this member changes by itself.
    pub(super) fn deadline(&self, now: LocalTime) -> Option<LocalTime> {
        let avoided = self.avoid.values().map(|avoid| avoid.until);
        let rest = Some(self.rest_until);
        self.flying
            .iter()
            .filter_map(Flight::deadline)
            .chain(avoided)
            .chain(rest)
            .filter(|at| *at > now)
            .min()
    }
}
