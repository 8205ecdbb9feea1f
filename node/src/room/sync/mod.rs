//! Sync: two members make their replicas equal over one stream, whoever opened it.
//!
//! It goes in rounds. In each, both say what they hold ([`Message::Have`]), send what the other
//! lacks, and say [`Message::Done`]. After a round in which anything was sent either way there is
//! another; after one in which nothing was, both know that they hold the same. Most syncs are one
//! round of a few hundred bytes. Entries stream in batches, so a log of any length goes through.
//!
//! [`SyncSession`] decides and holds no socket and no log. **The driving contract: call
//! [`SyncSession::next_step`] until it says [`Next::Receive`] or [`Next::Finished`], doing what it asks;
//! hand every message that arrives to [`SyncSession::receive`] at any time, and insert what that
//! returns before calling it again.** `io::sync` is the driver.

mod message;

pub use message::{
    BATCH_BYTES, FRAME_BYTES, HELLO_ADDRESS_BYTES, HELLO_ADDRESSES, HELLO_KEY_BYTES, HELLO_KEYS,
    Hello, Holds, Message, decode_proof,
};

use crate::limits::MEMBERS;
use crate::room::replica::{HaveVector, Plan, Probe, ProbeAnswer, Range};
use std::collections::VecDeque;

/// Rounds of one session. Two suffice to catch up, six to find a fork in 100 000 entries; entries
/// said meanwhile may take another each. Whatever is left comes with the next session.
const ROUNDS: u32 = 32;

/// One side of a sync.
#[derive(Debug)]
pub struct SyncSession {
    round: u32,
    step: Step,
    out: VecDeque<Out>,
    peer: Peer,
    /// The peer's have-vector of this round, until it is used.
    theirs: Option<HaveVector>,
    /// Whether anything but have-vectors went either way in this round. Both sides see the same
    /// messages, so they agree whether there is another round.
    busy: bool,
    /// Questions that came too late for this round's plan are answered in the next: the end of a
    /// round must not wait for answers.
    asked: Vec<Probe>,
}

/// Where the peer stands in its round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Peer {
    BeforeHello,
    BeforeHave,
    Sending,
    Done,
}

/// Where this side stands in its round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Hello,
    TakeHave,
    AwaitTheirs,
    Send,
    AwaitDone,
    Finished,
}

#[derive(Debug)]
enum Out {
    Message(Message),
    Range(Range),
    Answer(Probe),
}

/// What the driver does next.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Next {
    /// Call [`SyncSession::hello`].
    Hello,
    /// Call [`SyncSession::have`] with the replica's have-vector of now.
    Have,
    /// Call [`SyncSession::plan`] with what `compare` says for this vector.
    Plan(HaveVector),
    /// Call [`SyncSession::answer`] with the replica's answer to this.
    Answer(Probe),
    /// Read from the log, from the range's first entry on, up to [`BATCH_BYTES`] (but at least one
    /// entry), and give it to [`SyncSession::read`].
    Read(Range),
    /// Send this.
    Send(Message),
    /// Wait for the peer.
    Receive,
    /// Both hold the same, or have talked long enough. Close the stream.
    Finished,
}

/// What came with a message, for the node.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Received {
    /// Only the session needed it.
    Nothing,
    /// Keys, addresses, documents.
    Hello(Hello),
    /// Entries to verify, insert, log and apply, in this order.
    Entries(Vec<Vec<u8>>),
    /// Two entries to verify ([`decode_proof`]) and keep.
    Proof([Vec<u8>; 2]),
}

/// The peer does not keep to the protocol. Close the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the peer sent a sync message out of turn")]
pub struct OutOfTurn;

impl Default for SyncSession {
    fn default() -> Self {
        Self::new()
    }
}

impl SyncSession {
    /// One side at its start. Both sides are alike.
    #[must_use]
    pub fn new() -> Self {
        Self {
            round: 0,
            step: Step::Hello,
            out: VecDeque::new(),
            peer: Peer::BeforeHello,
            theirs: None,
            busy: false,
            asked: Vec::new(),
        }
    }

    /// What to do now. Asking again without having done it gives the same answer, but for
    /// [`Next::Send`] and [`Next::Plan`], which are handed out once.
    pub fn next_step(&mut self) -> Next {
        self.settle();
        if self.step == Step::AwaitTheirs
            && let Some(theirs) = self.theirs.take()
        {
            return Next::Plan(theirs);
        }
        if self.step == Step::Send {
            match self.out.pop_front() {
                Some(Out::Message(message)) => {
                    self.busy = true;
                    return Next::Send(message);
                }
                Some(Out::Range(range)) => {
                    self.out.push_front(Out::Range(range));
                    return Next::Read(range);
                }
                Some(Out::Answer(probe)) => {
                    self.out.push_front(Out::Answer(probe.clone()));
                    return Next::Answer(probe);
                }
                None => {
                    self.step = Step::AwaitDone;
                    return Next::Send(Message::Done);
                }
            }
        }
        match self.step {
            Step::Hello => Next::Hello,
            Step::TakeHave => Next::Have,
            Step::Finished => Next::Finished,
            Step::AwaitTheirs | Step::Send | Step::AwaitDone => Next::Receive,
        }
    }

    /// Starts with what members tell each other besides the logs.
    pub fn hello(&mut self, hello: Hello) -> Message {
        self.step = Step::TakeHave;
        Message::Hello(hello.within_limits())
    }

    /// Starts a round with what the replica holds.
    pub fn have(&mut self, have: HaveVector) -> Message {
        self.step = Step::AwaitTheirs;
        Message::Have(have)
    }

    /// Takes what there is to send in this round.
    pub fn plan(&mut self, plan: Plan) {
        let Plan { proofs, ranges, probes } = plan;
        let proofs = proofs.iter().map(Message::proof).map(Out::Message);
        let answers = std::mem::take(&mut self.asked).into_iter().map(Out::Answer);
        let probes = probes.into_iter().map(Message::Probe).map(Out::Message);
        self.out
            .extend(proofs.chain(answers).chain(ranges.into_iter().map(Out::Range)).chain(probes));
        self.step = Step::Send;
    }

    /// Takes the replica's answer to [`Next::Answer`].
    pub fn answer(&mut self, answer: ProbeAnswer) {
        if !matches!(self.out.front(), Some(Out::Answer(_))) {
            return;
        }
        self.out.pop_front();
        let out = match answer {
            ProbeAnswer::Nothing => return,
            ProbeAnswer::Send(range) => Out::Range(range),
            ProbeAnswer::Narrower(probe) => Out::Message(Message::Probe(probe)),
        };
        self.out.push_front(out);
    }

    /// Takes what the log gave for [`Next::Read`]. Nothing, when the log doesn't hold it any more.
    pub fn read(&mut self, entries: Vec<Vec<u8>>) {
        let Some(Out::Range(mut range)) = self.out.pop_front_if(|o| matches!(o, Out::Range(_)))
        else {
            return;
        };
        if entries.is_empty() {
            return;
        }
        range.first += entries.len() as u64;
        if range.first <= range.last {
            self.out.push_front(Out::Range(range));
        }
        self.out.push_front(Out::Message(Message::Entries(entries)));
    }

    /// Takes a message of the peer.
    ///
    /// # Errors
    /// [`OutOfTurn`] when the protocol does not allow it now.
    pub fn receive(&mut self, message: Message) -> Result<Received, OutOfTurn> {
        self.settle();
        match (self.peer, message) {
            (Peer::BeforeHello, Message::Hello(hello)) => {
                self.peer = Peer::BeforeHave;
                return Ok(Received::Hello(hello));
            }
            (Peer::BeforeHave, Message::Have(have)) if self.step != Step::Finished => {
                self.peer = Peer::Sending;
                self.theirs = Some(have);
            }
            (Peer::Sending, Message::Done) => self.peer = Peer::Done,
            (Peer::Sending, item) => return self.receive_item(item),
            _ => return Err(OutOfTurn),
        }
        Ok(Received::Nothing)
    }

    fn receive_item(&mut self, item: Message) -> Result<Received, OutOfTurn> {
        let received = match item {
            Message::Entries(entries) => Received::Entries(entries),
            Message::Proof(entries) => Received::Proof(entries),
            // An honest peer asks once per author and round.
            Message::Probe(probe) if self.asked.len() < MEMBERS => {
                self.asked.push(probe);
                Received::Nothing
            }
            _ => return Err(OutOfTurn),
        };
        self.busy = true;
        Ok(received)
    }

    /// Ends the round when both sides are done with it.
    fn settle(&mut self) {
        if self.step != Step::AwaitDone || self.peer != Peer::Done {
            return;
        }
        self.round += 1;
        let again = std::mem::take(&mut self.busy) && self.round < ROUNDS;
        self.step = if again { Step::TakeHave } else { Step::Finished };
        self.peer = Peer::BeforeHave;
    }
}

#[cfg(test)]
mod tests;
