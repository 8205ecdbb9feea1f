//! Asking for pieces, and what becomes of what was asked: delivered, refused, or late.

use super::peer::{Peer, Refusal};
use super::{Fetch, Message, Output, Piece, Priority, Request};
use crate::room::id::{BlobId, MemberId};
use crate::room::time::LocalTime;

impl Fetch {
    /// Asks for as much as the pace allows.
    pub(super) fn request(&mut self, now: LocalTime, out: &mut Vec<Output>) {
        if self.queue.is_empty() {
            return;
        }
        let mut flying: usize = self.peers.values().map(Peer::flying).sum();
        // Who holds least is asked first: that spares those who hold all, who are asked by all.
        let mut order: Vec<_> =
            self.peers.iter().map(|(who, peer)| (peer.pieces_offered(), *who)).collect();
        order.sort_unstable();
        let timeout = self.pace.timeout();
        let mut more = true;
        while more {
            more = false;
            for (_, who) in &order {
                let Some(peer) = self.peers.get_mut(who) else { continue };
                let only_urgent = flying >= self.pace.window();
                let Some((id, priority, piece)) =
                    self.queue.choose(peer, &self.blobs, only_urgent, now)
                else {
                    continue;
                };
                self.queue.remove(id, priority, piece);
                let urgent = priority == Priority::Show;
                let firm = peer.ask(id, piece, now, timeout);
                let request = Request { blob: id, piece, urgent, firm };
                out.push(Output::Send(*who, Message::Request(request)));
                flying += 1;
                more = true;
            }
        }
    }

    /// A peer's request is answered.
    pub(super) fn delivered(&mut self, from: MemberId, blob: BlobId, piece: Piece, now: LocalTime) {
        if let Some(peer) = self.peers.get_mut(&from)
            && let Some(since) = peer.delivered(blob, piece)
        {
            self.pace.delivered(now.since(since));
        }
    }

    pub(super) fn refused(
        &mut self,
        from: MemberId,
        blob: BlobId,
        piece: Piece,
        why: &Refusal,
        now: LocalTime,
    ) {
        let reachable: Vec<_> = match why {
            Refusal::Elsewhere(members) => {
                members.iter().filter(|m| self.peers.contains_key(*m)).copied().collect()
            }
            Refusal::Without => Vec::new(),
        };
        let Some(peer) = self.peers.get_mut(&from) else { return };
        if peer.refused(blob, piece, why, reachable, now) {
            self.put_back(blob, piece);
        }
    }

    pub(super) fn expire(&mut self, now: LocalTime) {
        let late: Vec<_> = self.peers.values_mut().flat_map(|peer| peer.expire(now)).collect();
        for (blob, piece) in late {
            self.pace.lost();
            self.put_back(blob, piece);
        }
    }

    /// A piece is to be asked for again.
    pub(super) fn put_back(&mut self, id: BlobId, piece: Piece) {
        if let Some(blob) = self.blobs.get(&id)
            && blob.missing().any(|missing| missing == piece)
        {
            self.queue.add(id, blob.priority, [piece]);
        }
    }
}
