//! Who is connected, and what they say that they hold.

use super::peer::{Offer, Peer};
use super::{ASK_BLOBS, Fetch, Holding, Message, Output, Priority};
use crate::room::id::{BlobId, MemberId};

impl Fetch {
    pub(super) fn connect(&mut self, member: MemberId, out: &mut Vec<Output>) {
        if member == self.me {
            return;
        }
        self.disconnect(member);
        self.peers.insert(member, Peer::default());
        let mut ask: Vec<_> = self.blobs.iter().filter(|(_, blob)| !blob.is_complete()).collect();
        ask.sort_by_key(|(id, blob)| (blob.priority, **id));
        push_asks(member, &ask.into_iter().map(|(id, _)| *id).collect::<Vec<_>>(), out);
    }

    pub(super) fn disconnect(&mut self, member: MemberId) {
        let Some(gone) = self.peers.remove(&member) else { return };
        for (blob, piece) in gone.asked() {
            self.put_back(blob, piece);
        }
        self.serving.forget(&member);
        self.peers.values_mut().for_each(|peer| peer.forget_referral(&member));
        for (id, offer) in &gone.offers {
            self.queue.rarer(*id, &offer.ranges);
        }
        let claims = self.blobs.iter().filter(|(_, blob)| blob.claimed_by == Some(member));
        let claims: Vec<_> = claims.map(|(id, _)| *id).collect();
        claims.into_iter().for_each(|id| self.doubt(member, id));
    }

    /// A member whose word for a length was taken is gone or does not deliver: another's counts.
    pub(super) fn doubt(&mut self, member: MemberId, id: BlobId) {
        let Some(blob) = self.blobs.get_mut(&id) else { return };
        if blob.claimed_by != Some(member) {
            return;
        }
        self.queue.remove_all(id, blob.priority, blob.missing());
        blob.forget_claim();
        if let Some(offer) = self.peers.get_mut(&member).and_then(|peer| peer.offers.remove(&id)) {
            self.queue.rarer(id, &offer.ranges);
        }
        let next =
            self.peers.iter().find_map(|(who, peer)| Some((*who, peer.offers.get(&id)?.len)));
        if let Some((who, len)) = next {
            self.learn_length(who, id, len);
        }
    }

    pub(super) fn learn(&mut self, from: MemberId, holding: Holding) {
        let Holding { blob: id, len, ranges } = holding;
        let Some(blob) = self.blobs.get(&id) else { return };
        self.serving.has(&from, id, &ranges);
        if blob.is_complete() {
            return;
        }
        if blob.priority == Priority::Show {
            self.peers.values_mut().for_each(|peer| peer.may_be_free(id, &from));
        }
        if let Some(peer) = self.peers.get_mut(&from) {
            let before = peer.offers.insert(id, Offer { len, ranges: ranges.clone() });
            self.queue.commoner(id, &ranges, before.map(|offer| offer.ranges).as_ref());
        }
        self.learn_length(from, id, len);
    }

    /// Takes a peer's word for a length that nobody else told.
    fn learn_length(&mut self, from: MemberId, id: BlobId, len: u64) {
        if let Some(blob) = self.blobs.get_mut(&id)
            && blob.len.is_none()
        {
            blob.claim(len, from);
            self.queue.add(id, blob.priority, blob.missing());
        }
    }
}

/// Asks a member what it holds of these.
pub(super) fn push_asks(member: MemberId, blobs: &[BlobId], out: &mut Vec<Output>) {
    for blobs in blobs.chunks(ASK_BLOBS) {
        out.push(Output::Send(member, Message::Ask(blobs.to_vec())));
    }
}
