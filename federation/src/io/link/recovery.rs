//! After the server forgot us: what of ours is in the room? The archive is asked, and only what it lacks is said again.
//!
//! XEP-0198 alone is not enough. It ends with the server's own life, and Debian's Prosody spoils a session that is resumed
//! while it was over its rate limit (what it still had of the old connection lands in the new one: measured).

use crate::arrival::ArchiveId;
use crate::io::archive::{ArchiveError, ArchivePage, PAGE};
use crate::io::outbox::Outbox;
use crate::xep::archive::Part;
use tokio::sync::oneshot;

/// Pages looked through for our own messages, of 50 in Prosody: as many messages as a loud meeting has in minutes.
const PAGES: u32 = 20;

/// A page of the archive, or why there is none.
pub(crate) type Page = Result<ArchivePage, ArchiveError>;

/// Where the archive was when we last heard something, and what is on its way from it.
#[derive(Debug, Default)]
pub(super) struct Recovery {
    /// All that we said up to here is known to be in the room; without, all of the archive is in question.
    heard: Option<ArchiveId>,
    placed: bool,
    placing: bool,
    pages: u32,
    waiting: Option<oneshot::Receiver<Page>>,
}

impl Recovery {
    /// A live message had this place in the archive, and nothing of ours is missing before it.
    pub(super) fn heard(&mut self, id: &ArchiveId) {
        if self.waiting.is_none() {
            (self.heard, self.placed) = (Some(id.clone()), true);
        }
    }

    /// We came in: where the archive ends now has to be known, or what of `outbox` it has.
    pub(super) fn joined(&mut self, outbox: &Outbox) -> Option<(Part, usize)> {
        self.placing = outbox.is_empty();
        match (self.placing, self.placed) {
            (true, true) => None,
            (true, false) => Some((Part::Last, 1)),
            (false, _) => Some((self.begin(), PAGE)),
        }
    }

    /// Where to look first for what is missing.
    pub(super) fn begin(&mut self) -> Part {
        (self.pages, self.placing) = (0, false);
        self.heard.clone().map_or(Part::First, Part::After)
    }

    /// The page that was asked for will come from here.
    pub(super) fn waits_for(&mut self, page: oneshot::Receiver<Page>) {
        self.waiting = Some(page);
    }

    /// Whether something is looked for: then nothing new is said, so that the order stays.
    pub(super) fn is_going_on(&self) -> bool {
        self.waiting.is_some()
    }

    /// The connection is gone: one begins again on the next.
    pub(super) fn stop(&mut self) {
        self.waiting = None;
    }

    /// The page, when it comes.
    pub(super) async fn page(&mut self) -> Page {
        let page = match &mut self.waiting {
            Some(waiting) => waiting.await.unwrap_or(Err(ArchiveError::Silent)),
            None => std::future::pending().await,
        };
        self.waiting = None;
        page
    }

    /// Takes from `outbox` what is in the room; where to look next, or nowhere.
    pub(super) fn got(&mut self, page: Page, outbox: &mut Outbox) -> Option<Part> {
        // Without an archive all is said again: twice is better than never, and the bridge knows what it said.
        let page = page.unwrap_or_default();
        if std::mem::take(&mut self.placing) {
            (self.heard, self.placed) = (page.last, true);
            return None;
        }
        for message in &page.messages {
            let ids = [message.origin_id.as_deref(), message.id.as_deref()];
            ids.into_iter().flatten().for_each(|id| outbox.found(id));
        }
        self.pages += 1;
        let next = page.last.filter(|_| !page.complete && self.pages < PAGES)?;
        (!outbox.is_empty()).then_some(Part::After(next))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arrival::RoomMessage;
    use std::time::Instant;
    use xmpp_parsers::message::Message;

    fn page(ids: &[&str], complete: bool) -> Page {
        let message = |id: &&str| RoomMessage {
            from_nick: None,
            mine: false,
            id: None,
            origin_id: Some((*id).to_owned()),
            archive_id: None,
            occupant_id: None,
            said_at: None,
            delayed: true,
            body: None,
            subject: None,
            payloads: Vec::new(),
        };
        let last = ids.last().map(|id| ArchiveId(format!("a{id}")));
        Ok(ArchivePage { messages: ids.iter().map(message).collect(), last, complete })
    }

    fn outbox(ids: &[&str]) -> Outbox {
        let mut outbox = Outbox::default();
        for id in ids {
            let kept = Some(Message::new(None));
            outbox.sent((*id).to_owned(), 1, oneshot::channel().0, kept, Instant::now());
        }
        outbox
    }

    #[test]
    fn page_after_page_until_all_is_found() {
        let (mut recovery, mut outbox) = (Recovery::default(), outbox(&["1", "2", "3"]));
        recovery.heard(&ArchiveId("a0".to_owned()));
        assert_eq!(recovery.begin(), Part::After(ArchiveId("a0".to_owned())));
        let next = recovery.got(page(&["1", "x", "2"], false), &mut outbox);
        assert_eq!(next, Some(Part::After(ArchiveId("a2".to_owned()))));
        assert_eq!(recovery.got(page(&["y"], true), &mut outbox), None);
        assert_eq!(outbox.again(Instant::now()).len(), 1, "only the third is said again");
    }

    #[test]
    fn who_comes_in_asks_where_the_archive_ends() {
        let (mut recovery, mut empty) = (Recovery::default(), Outbox::default());
        assert_eq!(recovery.joined(&empty), Some((Part::Last, 1)));
        assert_eq!(recovery.got(page(&["x"], false), &mut empty), None);
        assert_eq!(recovery.joined(&empty), None, "it is known");
        let begin = Part::After(ArchiveId("ax".to_owned()));
        assert_eq!(recovery.joined(&outbox(&["1"])), Some((begin, PAGE)));
    }

    #[test]
    fn who_came_into_an_empty_archive_looks_from_its_start() {
        let (mut recovery, mut outbox_) = (Recovery::default(), Outbox::default());
        recovery.joined(&outbox_);
        recovery.got(page(&[], true), &mut outbox_);
        assert_eq!(recovery.joined(&outbox(&["1"])), Some((Part::First, PAGE)));
    }

    #[test]
    fn without_an_archive_all_is_said_again() {
        let (mut recovery, mut outbox) = (Recovery::default(), outbox(&["1", "2"]));
        assert_eq!(recovery.got(Err(ArchiveError::None), &mut outbox), None);
        assert_eq!(outbox.again(Instant::now()).len(), 2);
    }
}
