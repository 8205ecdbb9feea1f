//! Questions (IQ) that wait for an answer. Pure: time comes in.

use crate::io::room::{Answer, Question};
use crate::xep::stanza_error::Condition;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;
use xmpp_parsers::iq::Iq;
use xmpp_parsers::jid::Jid;
use xmpp_parsers::minidom::Element;

/// How long an answer may take: a server over its limit lets us wait, a page of a large archive takes seconds.
const ANSWER_TAKES: Duration = Duration::from_secs(30);

/// Questions that may wait: one for each command of the bridge, and the room's own.
pub(crate) const QUESTIONS: usize = 64;

/// Who wants the answer.
#[derive(Debug)]
pub(crate) enum Asker {
    /// The room's state.
    Room(Question),
    /// A caller.
    Caller(oneshot::Sender<Answer>),
    /// The archive, whose messages come before the answer.
    Archive,
}

#[derive(Debug)]
struct Asked {
    of: Jid,
    asker: Asker,
    until: Instant,
}

/// What waits.
#[derive(Debug, Default)]
pub(crate) struct Questions {
    asked: BTreeMap<String, Asked>,
    number: u64,
}

impl Questions {
    /// Whether one more may be asked.
    pub(crate) fn has_room(&self) -> bool {
        self.asked.len() < QUESTIONS
    }

    /// Asks `of` something; `set` changes something there.
    pub(crate) fn ask(
        &mut self,
        of: Jid,
        set: bool,
        payload: Element,
        asker: Asker,
        now: Instant,
    ) -> Iq {
        self.number += 1;
        let id = format!("q{}", self.number);
        self.asked.insert(id.clone(), Asked { of: of.clone(), asker, until: now + ANSWER_TAKES });
        let (from, to) = (None, Some(of));
        match set {
            true => Iq::Set { from, to, id, payload },
            false => Iq::Get { from, to, id, payload },
        }
    }

    /// An answer came: who wants it. Only whom we asked may answer.
    pub(crate) fn answered(&mut self, iq: Iq) -> Option<(Asker, Answer)> {
        let (from, id, answer) = match iq {
            Iq::Result { from, id, payload, .. } => (from, id, Answer::Yes(payload)),
            Iq::Error { from, id, error, .. } => (from, id, Answer::No(Condition::from(error))),
            Iq::Get { .. } | Iq::Set { .. } => return None,
        };
        if self.asked.get(&id)?.of != from? {
            return None;
        }
        self.asked.remove(&id).map(|asked| (asked.asker, answer))
    }

    /// When the next one has waited long enough.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.asked.values().map(|asked| asked.until).min()
    }

    /// Those that have waited long enough.
    pub(crate) fn overdue(&mut self, now: Instant) -> Vec<Asker> {
        self.asked
            .extract_if(.., |_, asked| asked.until <= now)
            .map(|(_, asked)| asked.asker)
            .collect()
    }

    /// All: the connection they were asked on is gone.
    pub(crate) fn lost(&mut self) -> Vec<Asker> {
        std::mem::take(&mut self.asked).into_values().map(|asked| asked.asker).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xep::disco;

    #[test]
    fn only_whom_we_asked_may_answer() {
        let (mut questions, now) = (Questions::default(), Instant::now());
        let room: Jid = "s@c.test".parse().expect("an address");
        let asked =
            questions.ask(room.clone(), false, disco::info(), Asker::Room(Question::Info), now);
        let Iq::Get { id, .. } = asked else { panic!("a question") };
        let answer =
            |from: Option<Jid>| Iq::Result { from, to: None, id: id.clone(), payload: None };
        assert!(
            questions.answered(answer(Some("evil@c.test".parse().expect("an address")))).is_none()
        );
        assert!(questions.answered(answer(None)).is_none());
        assert!(matches!(
            questions.answered(answer(Some(room.clone()))),
            Some((Asker::Room(Question::Info), Answer::Yes(None)))
        ));
        assert!(questions.answered(answer(Some(room))).is_none(), "once");
    }

    #[test]
    fn nobody_waits_for_ever() {
        let (mut questions, now) = (Questions::default(), Instant::now());
        let room: Jid = "s@c.test".parse().expect("an address");
        questions.ask(room.clone(), true, disco::info(), Asker::Room(Question::Form), now);
        assert_eq!(questions.due(), Some(now + ANSWER_TAKES));
        assert!(questions.overdue(now).is_empty());
        assert_eq!(questions.overdue(now + ANSWER_TAKES).len(), 1);
        questions.ask(room, true, disco::info(), Asker::Room(Question::Form), now);
        assert_eq!((questions.lost().len(), questions.due()), (1, None));
    }
}
