//! What we said and the room has not yet reflected: who waits for it, and how long it takes. Pure: time comes in.
//!
//! A room reflects every message to its author, in the order in which it took them. That is a better receipt than the
//! server's acknowledgement (XEP-0198), which only says that the server will see to it.

use std::collections::VecDeque;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;
use xmpp_parsers::message::Message;

/// Messages that may be on their way. A server over its limit stops reading and drops nothing (measured): then whoever
/// says more waits here, and sees it by [`crate::io::link::Link::echo`].
pub const UNCONFIRMED: usize = 128;

/// Bytes that may be on their way: what Prosody's default limit of 10 kB/s takes in 50 s.
pub const UNCONFIRMED_BYTES: usize = 512 * 1024;

/// What became of a message: `true` when it is in the room.
pub(crate) type Outcome = oneshot::Sender<bool>;

#[derive(Debug)]
struct Sent {
    id: String,
    at: Instant,
    bytes: usize,
    outcome: Outcome,
    /// What can be said again: what the archive keeps, because there one sees whether it was said.
    kept: Option<Message>,
}

/// What is on its way.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    sent: VecDeque<Sent>,
    bytes: usize,
    echo: Option<Duration>,
}

impl Outbox {
    /// Whether one more may go.
    pub(crate) fn has_room(&self) -> bool {
        self.sent.len() < UNCONFIRMED && self.bytes < UNCONFIRMED_BYTES
    }

    /// Whether nothing is on its way.
    pub(crate) fn is_empty(&self) -> bool {
        self.sent.is_empty()
    }

    /// A message goes out; `kept` is what to say again if nobody knows what became of it.
    pub(crate) fn sent(
        &mut self,
        id: String,
        bytes: usize,
        outcome: Outcome,
        kept: Option<Message>,
        now: Instant,
    ) {
        self.bytes += bytes;
        self.sent.push_back(Sent { id, at: now, bytes, outcome, kept });
    }

    /// The room reflected a message of ours: those before it, which it did not, will never come. `true` when some of them are
    /// kept, so that they can be looked for.
    pub(crate) fn reflected(&mut self, id: &str, now: Instant) -> bool {
        let Some(at) = self.sent.iter().position(|sent| sent.id == id) else {
            return false;
        };
        let after = self.sent.split_off(at + 1);
        if let Some(sent) = self.sent.pop_back() {
            self.echo = Some(now.saturating_duration_since(sent.at));
            // Whoever dropped the receipt does not want to know.
            let _ = sent.outcome.send(true);
        }
        self.cut();
        let gap = !self.sent.is_empty();
        self.sent.extend(after);
        self.bytes = self.sent.iter().map(|sent| sent.bytes).sum();
        gap
    }

    /// A message of ours was refused.
    pub(crate) fn refused(&mut self, id: &str) -> bool {
        let Some(at) = self.sent.iter().position(|sent| sent.id == id) else {
            return false;
        };
        if let Some(sent) = self.sent.remove(at) {
            self.bytes -= sent.bytes;
            let _ = sent.outcome.send(false);
        }
        true
    }

    /// The server kept nothing: nobody knows what became of what is on its way. What the archive would keep stays here,
    /// until one has looked there.
    pub(crate) fn cut(&mut self) {
        let (kept, lost): (VecDeque<Sent>, VecDeque<Sent>) =
            std::mem::take(&mut self.sent).into_iter().partition(|sent| sent.kept.is_some());
        self.bytes = kept.iter().map(|sent| sent.bytes).sum();
        self.sent = kept;
        for sent in lost {
            let _ = sent.outcome.send(false);
        }
    }

    /// The archive has a message of ours.
    pub(crate) fn found(&mut self, id: &str) {
        if let Some(at) = self.sent.iter().position(|sent| sent.id == id)
            && let Some(sent) = self.sent.remove(at)
        {
            self.bytes -= sent.bytes;
            let _ = sent.outcome.send(true);
        }
    }

    /// What the archive did not have, in order: to be said again.
    pub(crate) fn again(&mut self, now: Instant) -> Vec<Message> {
        self.sent.iter_mut().for_each(|sent| sent.at = now);
        self.sent.iter().filter_map(|sent| sent.kept.clone()).collect()
    }

    /// What is known of how long it takes.
    pub(crate) fn times(&self) -> Times {
        Times { last: self.echo, oldest: self.sent.front().map(|sent| sent.at) }
    }
}

/// How long messages take to come back.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Times {
    /// How long the last one took that did.
    last: Option<Duration>,
    /// When the oldest went out that did not.
    oldest: Option<Instant>,
}

impl Times {
    /// The last one's time, or that of the oldest still out, when it is longer.
    pub(crate) fn now(self, now: Instant) -> Option<Duration> {
        self.last.max(self.overdue(now))
    }

    /// For how long the oldest has been out.
    pub(crate) fn overdue(self, now: Instant) -> Option<Duration> {
        self.oldest.map(|at| now.saturating_duration_since(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(start: Instant, millis: u64) -> Instant {
        start + Duration::from_millis(millis)
    }

    #[test]
    fn a_reflection_confirms_one_and_gives_up_those_before() {
        let (mut outbox, start) = (Outbox::default(), Instant::now());
        let mut outcomes = Vec::new();
        for id in ["a", "b", "c"] {
            let (tell, told) = oneshot::channel();
            outbox.sent(id.to_owned(), 100, tell, None, start);
            outcomes.push(told);
        }
        outbox.reflected("nobody's", at(start, 1));
        assert!(!outbox.reflected("b", at(start, 40)));
        assert_eq!(
            outcomes.iter_mut().map(|told| told.try_recv().ok()).collect::<Vec<_>>(),
            [Some(false), Some(true), None]
        );
        assert_eq!(outbox.bytes, 100);
        assert!(outbox.refused("c") && !outbox.refused("c"));
        assert_eq!((outcomes[2].try_recv().ok(), outbox.bytes), (Some(false), 0));
    }

    #[test]
    fn the_echo_grows_while_nothing_comes_back() {
        let (mut outbox, start) = (Outbox::default(), Instant::now());
        assert_eq!(outbox.times().now(start), None);
        outbox.sent("a".to_owned(), 1, oneshot::channel().0, None, start);
        outbox.reflected("a", at(start, 30));
        assert_eq!(outbox.times().now(at(start, 9000)), Some(Duration::from_millis(30)));
        outbox.sent("b".to_owned(), 1, oneshot::channel().0, None, at(start, 10_000));
        assert_eq!(outbox.times().now(at(start, 12_000)), Some(Duration::from_secs(2)));
        outbox.cut();
        assert_eq!(outbox.times().now(at(start, 99_000)), Some(Duration::from_millis(30)));
    }

    #[test]
    fn after_a_cut_only_what_the_archive_lacks_is_said_again() {
        let (mut outbox, start) = (Outbox::default(), Instant::now());
        let mut outcomes = Vec::new();
        for id in ["kept 1", "sound", "kept 2", "kept 3"] {
            let (tell, told) = oneshot::channel();
            let kept = id.starts_with("kept").then(|| Message::new(None));
            outbox.sent(id.to_owned(), 100, tell, kept, start);
            outcomes.push(told);
        }
        outbox.cut();
        assert_eq!(outcomes[1].try_recv().ok(), Some(false), "sound is not said later");
        outbox.found("kept 2");
        assert_eq!(outcomes[2].try_recv().ok(), Some(true));
        assert_eq!((outbox.again(at(start, 5)).len(), outbox.bytes), (2, 200));
        outbox.reflected("kept 1", at(start, 10));
        assert_eq!(outcomes[0].try_recv().ok(), Some(true));
        assert_eq!(outbox.times().last, Some(Duration::from_millis(5)));
        assert!(!outbox.is_empty());
    }

    #[test]
    fn a_gap_before_a_reflection_is_looked_for() {
        let (mut outbox, now) = (Outbox::default(), Instant::now());
        for (id, kept) in [("1", true), ("sound", false), ("2", true), ("3", true)] {
            let kept = kept.then(|| Message::new(None));
            outbox.sent(id.to_owned(), 10, oneshot::channel().0, kept, now);
        }
        assert!(outbox.reflected("2", now));
        assert_eq!((outbox.again(now).len(), outbox.bytes), (2, 20));
    }

    #[test]
    fn it_is_bounded() {
        let (mut outbox, now) = (Outbox::default(), Instant::now());
        for id in 0..UNCONFIRMED {
            assert!(outbox.has_room());
            outbox.sent(id.to_string(), 1, oneshot::channel().0, None, now);
        }
        assert!(!outbox.has_room());
        outbox.reflected("0", now);
        assert!(outbox.has_room());
        outbox.sent("large".to_owned(), UNCONFIRMED_BYTES, oneshot::channel().0, None, now);
        assert!(!outbox.has_room());
    }
}
