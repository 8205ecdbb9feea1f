//! STAMP: the only place that gives an entry its author, number, predecessor, Lamport time and
//! media time.

use crate::limits::STANZA_BYTES;
use crate::room::entry::Entry;
use crate::room::id::{EntryHash, MeetingId, MemberId};
use crate::room::stanza::{Action, Payload, Stamp, StanzaError};
use crate::room::time::{Epoch, MediaTime};
use ed25519_dalek::SigningKey;

/// How far one received entry may push our Lamport clock. No meeting has that many entries, so
/// only a member who lies about the time meets this bound; without it a single entry at the end of
/// the range would leave everybody else no time to speak in.
const JUMP: u64 = 1 << 32;

/// One author's pen: signs each payload as the next entry of the author's log.
///
/// **Whatever it stamps must reach the log before anything else is stamped from a resumed copy**:
/// two entries with one number are a fork, and the author's word counts no more.
#[derive(Clone)]
pub struct Stamper {
    key: SigningKey,
    author: MemberId,
    meeting: MeetingId,
    seq: u64,
    head: EntryHash,
    lamport: u64,
}

impl Stamper {
    /// For a log that is still empty.
    #[must_use]
    pub fn new(key: SigningKey, meeting: MeetingId) -> Self {
        Self::resume(key, meeting, 0, EntryHash::NONE, 0)
    }

    /// For a log whose last entry is number `seq` with hash `head` (0 and [`EntryHash::NONE`] when
    /// it is empty), by an author who had seen Lamport time `lamport`.
    #[must_use]
    pub fn resume(
        key: SigningKey,
        meeting: MeetingId,
        seq: u64,
        head: EntryHash,
        lamport: u64,
    ) -> Self {
        let author = MemberId(key.verifying_key().to_bytes());
        Self { key, author, meeting, seq, head, lamport }
    }

    /// Signs `payload` as the author's next entry, said when `epoch`'s sound was at `at`.
    ///
    /// # Errors
    /// [`StanzaError`] when no member would accept it: a value out of its range, or a stanza that
    /// is too large. Nothing was stamped then.
    pub fn stamp(
        &mut self,
        payload: Payload,
        epoch: Epoch,
        at: MediaTime,
    ) -> Result<(Entry, Action), StanzaError> {
        payload.check()?;
        let stamp = Stamp { seq: self.seq + 1, lamport: self.lamport + 1, epoch, at };
        let action = Action { stamp, payload };
        let stanza = action.to_xml();
        if stanza.len() > STANZA_BYTES {
            return Err(StanzaError::TooLarge(stanza.len()));
        }
        let entry = Entry::sign(&self.key, &self.meeting, stamp.seq, self.head, stanza);
        (self.seq, self.head, self.lamport) = (stamp.seq, entry.hash(), stamp.lamport);
        Ok((entry, action))
    }

    /// Takes note of an entry's Lamport time: what is stamped from now on comes after it.
    pub fn observe(&mut self, lamport: u64) {
        self.lamport = self.lamport.max(lamport.min(self.lamport.saturating_add(JUMP)));
    }

    /// Whose log this is.
    #[must_use]
    pub fn author(&self) -> MemberId {
        self.author
    }

    /// The meeting the entries belong to.
    #[must_use]
    pub fn meeting(&self) -> MeetingId {
        self.meeting
    }

    /// Number and hash of the last entry; 0 and [`EntryHash::NONE`] when there is none.
    #[must_use]
    pub fn head(&self) -> (u64, EntryHash) {
        (self.seq, self.head)
    }

    /// The highest Lamport time stamped or observed.
    #[must_use]
    pub fn lamport(&self) -> u64 {
        self.lamport
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::{POINT_REACH, STROKE_POINTS};
    use crate::room::id::BlobId;
    use crate::room::stanza::{PageTurn, Point, Stroke, Tool};

    const MEETING: MeetingId = MeetingId([9; 32]);

    fn stamper() -> Stamper {
        Stamper::new(SigningKey::from_bytes(&[1; 32]), MEETING)
    }

    fn say(stamper: &mut Stamper, payload: Payload) -> (Entry, Action) {
        let at = MediaTime::from_samples(48_000);
        stamper.stamp(payload, Epoch(5), at).expect("sayable")
    }

    #[test]
    fn entries_are_numbered_linked_and_read_back_as_said() {
        let mut pen = stamper();
        let (first, _) = say(&mut pen, Payload::Hand(true));
        let (second, action) = say(&mut pen, Payload::Chat("hello".into()));
        assert_eq!((first.seq(), first.prev()), (1, EntryHash::NONE));
        assert_eq!((second.seq(), second.prev()), (2, first.hash()));
        assert_eq!(pen.head(), (2, second.hash()));
        let read = Entry::decode(&MEETING, &second.encode()).expect("just signed");
        assert_eq!(Action::parse(read.stanza()), Ok(action.clone()));
        let at = MediaTime::from_samples(48_000);
        assert_eq!(action.stamp, Stamp { seq: 2, lamport: 2, epoch: Epoch(5), at });
    }

    #[test]
    fn what_was_seen_comes_before_what_is_said() {
        let mut pen = stamper();
        pen.observe(41);
        pen.observe(7);
        assert_eq!(say(&mut pen, Payload::Leave).1.stamp.lamport, 42);
    }

    #[test]
    fn a_lying_clock_cannot_exhaust_ours() {
        let mut pen = stamper();
        for _ in 0..1000 {
            pen.observe(u64::MAX);
        }
        assert!(pen.lamport() < u64::MAX / 2);
        say(&mut pen, Payload::Leave);
    }

    #[test]
    fn a_resumed_log_goes_on_where_it_stopped() {
        let mut pen = stamper();
        let (first, _) = say(&mut pen, Payload::Leave);
        let key = SigningKey::from_bytes(&[1; 32]);
        let mut resumed = Stamper::resume(key, MEETING, 1, first.hash(), pen.lamport());
        assert_eq!(say(&mut resumed, Payload::Leave), say(&mut pen, Payload::Leave));
    }

    #[test]
    fn what_nobody_would_accept_is_not_signed() {
        let mut pen = stamper();
        let at = MediaTime::ZERO;
        let blank = pen.stamp(Payload::Chat(" ".into()), Epoch(0), at);
        assert_eq!(blank, Err(StanzaError::Invalid("body")));
        assert_eq!(pen.stamp(Payload::Unknown, Epoch(0), at), Err(StanzaError::Unknown));
        let reach = POINT_REACH.cast_signed();
        let jump = |i: usize| if i.is_multiple_of(2) { reach } else { -reach };
        let wild = Payload::Stroke(Stroke {
            on: PageTurn { document: BlobId([0; 32]), page: 1 },
            points: (0..STROKE_POINTS).map(|i| Point { x: jump(i), y: jump(i) }).collect(),
            pressure: Vec::new(),
            colour: [0; 4],
            width: 1,
            tool: Tool::Pen,
        });
        assert!(matches!(pen.stamp(wild, Epoch(0), at), Err(StanzaError::TooLarge(_))));
        assert_eq!(pen.head(), (0, EntryHash::NONE));
    }
}
