//! APPLY: when what was said takes effect here.
//!
//! Page turns and marks wait in the due queue until this listener's own playout of their author
//! reaches the stamp; everything else takes effect at once. A page is *shown* only when its picture
//! is here and decoded: until then it is [`View::awaited`], and the session fetches it.

use crate::room::entry::Entry;
use crate::room::id::{EntryRef, MeetingId, MemberId};
use crate::room::meeting::{Change, Meeting};
use crate::room::playout::DueQueue;
use crate::room::stanza::{Action, PageTurn, Payload, Stamp};
use crate::room::time::{Epoch, LocalTime, MediaTime};

/// An entry on its way to taking effect.
#[derive(Debug)]
struct Said {
    entry: Entry,
    action: Action,
}

/// A difference that took effect.
#[derive(Debug)]
pub(super) struct Applied {
    /// What differs.
    pub(super) change: Change,
    /// Applied minus its sound at the sink, in ms; `None` without sound.
    pub(super) offset_ms: Option<f64>,
    /// When.
    pub(super) at: LocalTime,
}

/// A page that is due but whose picture may not be here.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Turn {
    /// Document and page.
    pub(super) on: PageTurn,
    /// The entry that turned to it.
    pub(super) entry: EntryRef,
    /// Its stamp.
    pub(super) stamp: Stamp,
    offset_ms: Option<f64>,
    due: LocalTime,
}

impl Turn {
    /// Its offset when the picture appears at `now`: waiting for it counts.
    pub(super) fn offset_at(&self, now: LocalTime) -> Option<f64> {
        self.offset_ms.map(|offset| offset + now.millis_after(self.due))
    }
}

/// The meeting as it is shown here.
#[derive(Debug)]
pub(super) struct View {
    meeting: Meeting,
    due: DueQueue<Said>,
    awaited: Option<Turn>,
}

impl View {
    /// Nothing said yet. Actions of `me` take effect at once.
    pub(super) fn new(meeting: MeetingId, me: MemberId) -> Self {
        Self { meeting: Meeting::new(meeting), due: DueQueue::new(Some(me)), awaited: None }
    }

    /// The state.
    pub(super) fn meeting(&self) -> &Meeting {
        &self.meeting
    }

    /// Takes an entry that is on disk; gives what differs at once.
    pub(super) fn take(&mut self, entry: Entry, action: Action, now: LocalTime) -> Vec<Applied> {
        if waits_for_sound(&action.payload) {
            let Stamp { epoch, at, .. } = action.stamp;
            self.due.push(entry.author(), epoch, at, now, Said { entry, action });
            self.poll(now)
        } else {
            self.apply(&Said { entry, action }, None, now)
        }
    }

    /// Takes the proof that `author` signed two entries numbered `seq`.
    pub(super) fn fork(&mut self, author: MemberId, seq: u64, now: LocalTime) -> Vec<Applied> {
        let changes = self.meeting.fork(author, seq);
        self.note(changes, None, now)
    }

    /// Frames of this epoch arrive.
    pub(super) fn arriving(&mut self, author: MemberId, epoch: Epoch, now: LocalTime) {
        self.due.arriving(author, epoch, now);
    }

    /// A block of `author`'s sound is at the sink at `at`.
    pub(super) fn playout(
        &mut self,
        author: MemberId,
        epoch: Epoch,
        first: MediaTime,
        at: LocalTime,
    ) {
        self.due.playout(author, epoch, first, at);
    }

    /// What takes effect at `now`.
    pub(super) fn poll(&mut self, now: LocalTime) -> Vec<Applied> {
        let due = self.due.poll(now);
        due.into_iter().flat_map(|due| self.apply(&due.item, due.offset_ms, now)).collect()
    }

    /// When to poll next.
    pub(super) fn next_wake(&self, now: LocalTime) -> Option<LocalTime> {
        self.due.next_wake(now)
    }

    /// The page that is due and not yet shown.
    pub(super) fn awaited(&self) -> Option<Turn> {
        self.awaited
    }

    /// The awaited page is shown now.
    pub(super) fn shown(&mut self) {
        self.awaited = None;
    }

    fn apply(&mut self, said: &Said, offset_ms: Option<f64>, now: LocalTime) -> Vec<Applied> {
        let changes = self.meeting.apply(&said.entry, &said.action);
        self.note(changes, offset_ms, now)
    }

    fn note(
        &mut self,
        changes: Vec<Change>,
        offset_ms: Option<f64>,
        now: LocalTime,
    ) -> Vec<Applied> {
        for change in &changes {
            if let Change::Shown { page } = change {
                self.awaited =
                    page.map(|(on, entry, stamp)| Turn { on, entry, stamp, offset_ms, due: now });
            }
        }
        changes.into_iter().map(|change| Applied { change, offset_ms, at: now }).collect()
    }
}

/// Whether an action belongs to the words it was made with.
fn waits_for_sound(payload: &Payload) -> bool {
    matches!(
        payload,
        Payload::Page(_)
            | Payload::Stroke(_)
            | Payload::Note(_)
            | Payload::Erase(_)
            | Payload::Undo(_)
    )
}
