//! Asking: what is begun first, then more, as much as the pace allows.

use super::flight::Flight;
use super::{Fetch, Message, Output, Piece, Priority, Request};
use crate::limits::RANGE_BYTES;
use crate::room::id::{BlobId, MemberId};
use crate::room::ranges::range_count;
use crate::room::time::LocalTime;

/// Bytes of one value of an outline, as they are sent.
const VALUE_BYTES: u64 = 34;

impl Fetch {
    /// Asks for as much as the pace allows; for what is on show before all else.
    pub(super) fn request(&mut self, now: LocalTime, out: &mut Vec<Output>) {
        if now < self.rest_until {
            return;
        }
        for only_urgent in [true, false] {
            self.go_on(only_urgent, now, out);
            self.begin(only_urgent, now, out);
        }
    }

    /// Bytes that were asked for and have not come.
    pub(super) fn bytes_flying(&self) -> u64 {
        self.peers.values().map(super::Peer::bytes_flying).sum()
    }

    /// Asks for more of the pieces that are begun.
    fn go_on(&mut self, only_urgent: bool, now: LocalTime, out: &mut Vec<Output>) {
        let begun = self.peers.iter().flat_map(|(who, peer)| {
            let flying = peer.flying.iter().filter(|flight| flight.has_more());
            flying.map(|flight| (flight.priority, *who, flight.blob, flight.piece))
        });
        let mut begun: Vec<_> =
            begun.filter(|(priority, ..)| !only_urgent || *priority == Priority::Show).collect();
        begun.sort_unstable();
        for (_, who, blob, piece) in begun {
            self.ask(who, blob, piece, now, out);
        }
    }

    /// Begins pieces, each member's in turn.
    fn begin(&mut self, only_urgent: bool, now: LocalTime, out: &mut Vec<Output>) {
        if self.queue.is_empty() {
            return;
        }
        // Who holds least is asked first: that spares those who hold all, who are asked by all.
        let mut order: Vec<_> =
            self.peers.iter().map(|(who, peer)| (peer.pieces_offered(), *who)).collect();
        order.sort_unstable();
        let mut more = true;
        while more {
            more = false;
            for (_, who) in &order {
                if !self.pace.has_room(self.bytes_flying()) {
                    return;
                }
                let Some(peer) = self.peers.get_mut(who).filter(|peer| peer.has_room()) else {
                    continue;
                };
                let Some((id, priority, piece)) =
                    self.queue.choose(peer, &self.blobs, only_urgent, now)
                else {
                    continue;
                };
                self.queue.remove(id, priority, piece);
                let len = self.blobs.get(&id).and_then(|blob| blob.len).unwrap_or(0);
                let firm = peer.was_refused(id, piece);
                let piece_bytes = bytes_of(piece, len);
                peer.flying.push(Flight::new((id, piece, piece_bytes), priority, firm, now));
                self.ask(*who, id, piece, now, out);
                more = true;
            }
        }
    }

    /// Asks for the next parts of a piece that is begun.
    fn ask(
        &mut self,
        who: MemberId,
        blob: BlobId,
        piece: Piece,
        now: LocalTime,
        out: &mut Vec<Output>,
    ) {
        let mut flying = self.bytes_flying();
        let Some(peer) = self.peers.get_mut(&who) else { return };
        let most = self.pace.part().min(peer.pace.part());
        while self.pace.has_room(flying) && peer.has_room() {
            let flight = peer.flying.iter_mut().find(|flight| flight.is_of(blob, piece));
            let Some(flight) = flight.filter(|flight| flight.has_more()) else { return };
            let part = flight.ask(most, now);
            let (urgent, firm) = (flight.urgent, flight.firm);
            let request = Request { blob, piece, start: part.start, len: part.len, urgent, firm };
            out.push(Output::Send(who, Message::Request(request)));
            flying += u64::from(part.len);
        }
    }
}

/// Bytes of a piece of a blob of `len` bytes; of an outline about.
pub(super) fn bytes_of(piece: Piece, len: u64) -> u64 {
    match piece {
        Piece::Outline => VALUE_BYTES * u64::from(range_count(len)),
        Piece::Range(index) => len.saturating_sub(u64::from(index) * RANGE_BYTES).min(RANGE_BYTES),
    }
}
