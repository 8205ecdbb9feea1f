//! Asking the room's archive (XEP-0313): one page at a time, put together here.

use crate::arrival::{ArchiveId, RoomMessage};
use crate::io::link::Closed;
use crate::io::room::{Answer, Reader};
use crate::sentence::{Sentence, Told};
use crate::xep::archive::{End, Found};
use thiserror::Error;
use tokio::sync::oneshot;

/// Messages of one page. Prosody gives at most 50 unless configured otherwise, ejabberd 250.
pub const PAGE: usize = 250;

/// Bytes of one page, roughly: beyond it, messages are left to the next page.
const PAGE_BYTES: usize = 4 * 1024 * 1024;

/// A part of the room's archive, oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ArchivePage {
    /// What was said.
    pub messages: Vec<RoomMessage>,
    /// After which id the next page begins: of the last message here, also one that could not be read.
    pub last: Option<ArchiveId>,
    /// Whether the archive ends here.
    pub complete: bool,
}

/// Why there is no page of the archive.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{}", self.told().en)]
pub enum ArchiveError {
    /// The link is over.
    Closed,
    /// The room keeps no archive (or not for us).
    None,
    /// The id after which to go on is not in the archive (it expired): begin at the start.
    Forgotten,
    /// No answer in time, or the connection was lost. Try again.
    Silent,
    /// Refused otherwise.
    Other(String),
}

impl From<Closed> for ArchiveError {
    fn from(_: Closed) -> Self {
        Self::Closed
    }
}

impl Told for ArchiveError {
    fn told(&self) -> Sentence {
        match self {
            Self::Closed => Sentence::new("The link is closed", "连接已关闭"),
            Self::None => Sentence::new(
                "The room keeps no archive: what was said before is not to be had",
                "该聊天室不保留存档：无法取得之前的内容",
            ),
            Self::Forgotten => Sentence::new(
                "The archive no longer reaches back that far",
                "存档已不再包含那么早的内容",
            ),
            Self::Silent => Sentence::new("The archive does not answer", "存档没有响应"),
            Self::Other(words) => Sentence::new(
                format!("The archive refused ({words})"),
                format!("存档拒绝了请求（{words}）"),
            ),
        }
    }
}

/// A page that is on its way.
#[derive(Debug)]
pub(crate) struct Gathering {
    question: String,
    wanted: usize,
    bytes: usize,
    page: ArchivePage,
    full: bool,
    caller: oneshot::Sender<Result<ArchivePage, ArchiveError>>,
}

impl Gathering {
    /// Begins one.
    pub(crate) fn new(
        question: String,
        wanted: usize,
        caller: oneshot::Sender<Result<ArchivePage, ArchiveError>>,
    ) -> Self {
        let page = ArchivePage::default();
        Self { question, wanted, bytes: 0, page, full: false, caller }
    }

    /// A message of the archive came. What nobody asked for is dropped: anybody can send such an element.
    pub(crate) fn found(&mut self, found: Found, bytes: usize, reader: &Reader<'_>) {
        if found.question.as_deref() != Some(&self.question) || self.full {
            return;
        }
        self.bytes += bytes;
        self.full = self.page.messages.len() >= self.wanted || self.bytes > PAGE_BYTES;
        if self.full && !self.page.messages.is_empty() {
            return;
        }
        self.page.last = Some(found.id.clone());
        self.page.messages.extend(reader.found(found));
    }

    /// The page is whole, or will never be.
    pub(crate) fn ended(mut self, answer: Answer) {
        let result = match answer {
            Answer::Yes(fin) => {
                let end = End::read(fin.as_ref());
                if !self.full {
                    self.page.last = end.last.or(self.page.last);
                    // Without a last id there is nothing to go on from.
                    self.page.complete = end.complete || self.page.last.is_none();
                }
                Ok(self.page)
            }
            Answer::No(condition) => Err(match condition.name.as_str() {
                "item-not-found" => ArchiveError::Forgotten,
                "feature-not-implemented" | "service-unavailable" | "forbidden" | "not-allowed" => {
                    ArchiveError::None
                }
                _ => ArchiveError::Other(condition.words()),
            }),
            Answer::Silent => Err(ArchiveError::Silent),
        };
        // Whoever asked may have gone.
        let _ = self.caller.send(result);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use xmpp_parsers::jid::BareJid;
    use xmpp_parsers::minidom::Element;

    fn found(question: &str, id: &str) -> Found {
        let message =
            "<message xmlns='jabber:client' from='s@c.test/Anna'><body>x</body></message>";
        Found {
            question: Some(question.to_owned()),
            id: ArchiveId(id.to_owned()),
            said_at: None,
            message: Some(message.parse().expect("well-formed")),
        }
    }

    fn gathered(wanted: usize, sent: &[(&str, &str, usize)], fin: &str) -> ArchivePage {
        let room = BareJid::new("s@c.test").expect("an address");
        let reader = Reader { room: &room, nick: "Anna", occupant_id: None };
        let (caller, mut result) = oneshot::channel();
        let mut gathering = Gathering::new("q".to_owned(), wanted, caller);
        for (question, id, bytes) in sent {
            gathering.found(found(question, id), *bytes, &reader);
        }
        gathering.ended(Answer::Yes(Some(fin.parse::<Element>().expect("well-formed"))));
        result.try_recv().expect("told").expect("a page")
    }

    #[test]
    fn only_what_was_asked_for() {
        let fin = "<fin xmlns='urn:xmpp:mam:2' complete='true'/>";
        let page = gathered(9, &[("q", "1", 1), ("other", "2", 1), ("q", "3", 1)], fin);
        assert_eq!((page.messages.len(), page.complete), (2, true));
        assert_eq!(page.last, Some(ArchiveId("3".to_owned())));
    }

    #[test]
    fn a_server_that_sends_too_much_is_asked_again_for_the_rest() {
        let fin = "<fin xmlns='urn:xmpp:mam:2' complete='true'/>";
        let page = gathered(2, &[("q", "1", 1), ("q", "2", 1), ("q", "3", 1)], fin);
        assert_eq!((page.messages.len(), page.complete), (2, false));
        assert_eq!(page.last, Some(ArchiveId("2".to_owned())));
        let page = gathered(9, &[("q", "1", 1), ("q", "2", PAGE_BYTES), ("q", "3", 1)], fin);
        assert_eq!((page.messages.len(), page.last), (1, Some(ArchiveId("1".to_owned()))));
    }
}
