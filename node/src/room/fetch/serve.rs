//! Whom to send a piece, and whom to send elsewhere.

use super::flight::TIMEOUT;
use super::{ELSEWHERE_MEMBERS, Piece, Request};
use crate::room::id::{BlobId, MemberId};
use crate::room::ranges::RangeSet;
use crate::room::time::LocalTime;
use std::collections::HashMap;
use std::time::Duration;

/// How long a copy of what is on show may be under way to one member before the next gets one, too: 250
/// KB at 20 Mbit/s. Longer, and who is slow holds up the others.
pub(super) const ONE_BY_ONE: Duration = Duration::from_millis(100);

/// Members remembered for one piece.
const REMEMBERED: usize = ELSEWHERE_MEMBERS;

pub(super) enum Answer {
    Send,
    Elsewhere(Vec<MemberId>),
}

/// Who got what from this node.
#[derive(Debug, Default)]
pub(super) struct Serving {
    sent: HashMap<(BlobId, Piece), Vec<Sent>>,
}

#[derive(Debug)]
struct Sent {
    to: MemberId,
    at: LocalTime,
    arrived: bool,
}

impl Serving {
    /// Decides about a request for something that this node holds. `sparing`: it lacks nothing
    /// itself, so it is one of those whom all ask.
    pub(super) fn answer(
        &mut self,
        from: MemberId,
        request: Request,
        sparing: bool,
        connected: impl Fn(&MemberId) -> bool,
        now: LocalTime,
    ) -> Answer {
        let sent = self.sent.entry((request.blob, request.piece)).or_default();
        // Outlines are small, and without one nobody can help. What was begun goes on.
        let begun = request.start > 0 && sent.iter().any(|sent| sent.to == from);
        let may_refuse = !begun && request.piece != Piece::Outline;
        sent.retain(|sent| sent.arrived || now.since(sent.at) < TIMEOUT);
        let mut others = sent.iter().filter(|sent| sent.to != from && connected(&sent.to));
        let send = match (request.urgent, request.firm) {
            _ if !may_refuse => true,
            (true, true) => true,
            // One after the other: who has it helps with the next, where all at once would have it at
            // the same late moment.
            (true, false) => {
                let under_way = |sent: &Sent| !sent.arrived && now.since(sent.at) < ONE_BY_ONE;
                !others.clone().any(under_way)
            }
            (false, firm) => !sparing || (firm && others.clone().any(|sent| sent.arrived)),
        };
        let answer = if send {
            Answer::Send
        } else {
            match others.by_ref().take(ELSEWHERE_MEMBERS).map(|sent| sent.to).collect::<Vec<_>>() {
                nobody if nobody.is_empty() => Answer::Send,
                members => Answer::Elsewhere(members),
            }
        };
        if matches!(answer, Answer::Send) {
            sent.retain(|sent| sent.to != from);
            if sent.len() >= REMEMBERED {
                sent.remove(0);
            }
            sent.push(Sent { to: from, at: now, arrived: false });
        }
        answer
    }

    /// A member says that it holds these ranges.
    pub(super) fn has(&mut self, member: &MemberId, blob: BlobId, ranges: &RangeSet) {
        if self.sent.is_empty() {
            return;
        }
        for index in 0..ranges.bits().len() as u32 * 8 {
            if !ranges.contains(index) {
                continue;
            }
            if let Some(sent) = self.sent.get_mut(&(blob, Piece::Range(index))) {
                sent.iter_mut().filter(|s| s.to == *member).for_each(|s| s.arrived = true);
            }
        }
    }

    pub(super) fn forget(&mut self, member: &MemberId) {
        self.sent.retain(|_, sent| {
            sent.retain(|sent| sent.to != *member);
            !sent.is_empty()
        });
    }
}
