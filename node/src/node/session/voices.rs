//! The streams that carry own sound, one for each listener: the one that was asked for last.
//!
//! A listener who is connected over TCP and a moment later over QUIC has two streams opened at once,
//! and under load the first may be ready last. Were it then taken, sound would stay on TCP for the
//! whole meeting, where a lost packet costs 200 ms.

use crate::room::id::MemberId;
use std::collections::BTreeMap;

/// The order in which a stream was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::node) struct Opening(u64);

/// Streams by listener.
#[derive(Debug)]
pub(in crate::node) struct Voices<S> {
    streams: BTreeMap<MemberId, (Opening, S)>,
    /// The last one asked for that could not be opened.
    failed: BTreeMap<MemberId, Opening>,
    asked: u64,
}

impl<S> Voices<S> {
    /// Nobody listens yet.
    pub(super) fn new() -> Self {
        Self { streams: BTreeMap::new(), failed: BTreeMap::new(), asked: 0 }
    }

    /// A stream is asked for now.
    pub(super) fn opening(&mut self) -> Opening {
        self.asked += 1;
        Opening(self.asked)
    }

    /// A stream is open; it is taken unless one that was asked for later is there.
    pub(super) fn opened(&mut self, member: MemberId, opening: Opening, stream: S) {
        let taken = self.streams.get(&member).is_none_or(|(there, _)| *there < opening);
        tracing::debug!(member = %member.short(), ?opening, taken, "a stream for sound is open");
        if taken {
            self.streams.insert(member, (opening, stream));
        }
    }

    /// A stream that was asked for could not be opened.
    pub(super) fn failed(&mut self, member: MemberId, opening: Opening) {
        let last = self.failed.entry(member).or_insert(opening);
        *last = opening.max(*last);
    }

    /// Gives something to each; who does not take it is dropped.
    pub(super) fn send(&mut self, mut give: impl FnMut(&S) -> bool) {
        self.streams.retain(|_, (_, stream)| give(stream));
    }

    /// Whether there is one to this listener, and none that should have taken its place.
    pub(super) fn has(&self, member: &MemberId) -> bool {
        let failed = self.failed.get(member);
        self.streams.get(member).is_some_and(|(there, _)| failed.is_none_or(|last| last < there))
    }

    /// Closes the one to this listener.
    pub(super) fn remove(&mut self, member: &MemberId) {
        self.streams.remove(member);
        self.failed.remove(member);
    }

    /// Closes all.
    pub(super) fn clear(&mut self) {
        self.streams.clear();
        self.failed.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEN: MemberId = MemberId([2; 32]);

    fn to_ben(voices: &mut Voices<&'static str>) -> Vec<&'static str> {
        let mut given = Vec::new();
        voices.send(|stream| {
            given.push(*stream);
            true
        });
        given
    }

    #[test]
    fn a_stream_that_was_asked_for_first_and_opens_last_is_not_taken() {
        let mut voices = Voices::new();
        let (tcp, quic) = (voices.opening(), voices.opening());
        voices.opened(BEN, quic, "quic");
        voices.opened(BEN, tcp, "tcp");
        assert_eq!(to_ben(&mut voices), ["quic"]);
    }

    #[test]
    fn where_a_better_one_failed_to_open_it_is_asked_for_again() {
        let mut voices = Voices::new();
        let (tcp, quic) = (voices.opening(), voices.opening());
        voices.failed(BEN, quic);
        voices.opened(BEN, tcp, "tcp");
        assert_eq!(to_ben(&mut voices), ["tcp"], "better than silence");
        assert!(!voices.has(&BEN));
        let again = voices.opening();
        voices.opened(BEN, again, "quic");
        assert_eq!((voices.has(&BEN), to_ben(&mut voices)), (true, vec!["quic"]));
    }

    #[test]
    fn the_newest_replaces_what_is_there_and_one_that_broke_can_be_opened_again() {
        let mut voices = Voices::new();
        let (tcp, quic) = (voices.opening(), voices.opening());
        voices.opened(BEN, tcp, "tcp");
        assert_eq!(to_ben(&mut voices), ["tcp"]);
        voices.opened(BEN, quic, "quic");
        assert_eq!(to_ben(&mut voices), ["quic"]);
        voices.send(|_| false);
        assert!(!voices.has(&BEN));
        let again = voices.opening();
        voices.opened(BEN, again, "again");
        assert_eq!(to_ben(&mut voices), ["again"]);
    }
}
