//! Documents along the chain: converted, announced, fetched, shown.

use super::Session;
use crate::io::blobs::BlobError;
use crate::io::document::{ConvertError, Converted, Original, Password};
use crate::io::exchange::ExchangeEvent;
use crate::node::event::{News, Notice};
use crate::node::library::{LibraryEvent, Then};
use crate::room::id::{BlobId, EntryRef};
use crate::room::stanza::{DocumentAnnouncement, PageTurn, Payload};
use crate::words;

/// Warnings about one document that are told one by one; of more than these their number is told.
const WARNINGS: usize = 5;

impl Session {
    /// Converts the files that a host begins with; the first is shown.
    pub(in crate::node) fn open_documents(&mut self, originals: Vec<Original>) {
        for (number, original) in originals.into_iter().enumerate() {
            self.library.convert(original, if number == 0 { Then::Show } else { Then::Keep });
        }
    }

    pub(super) fn convert(&mut self, original: Original) {
        self.library.convert(original, Then::Show);
    }

    /// Opens the file that asked for its password last.
    pub(super) async fn unlock(&mut self, password: Password) {
        match self.locked.take() {
            Some((original, then)) => {
                self.library.convert(original.with_password(password), then);
            }
            None => self.teller.fail(Notice::NothingLocked).await,
        }
    }

    /// Converts a file that was saved again, to take the place of what was made of it.
    pub(super) async fn update(&mut self, name: Option<&str>) {
        let Some((document, original)) = self.library.saved(name) else {
            return self.teller.fail(Notice::NothingSaved).await;
        };
        if self.view.meeting().may_replace(&self.me, document) {
            self.library.convert(original, Then::Replace(document));
        } else {
            self.teller.fail(Notice::NotPresenting).await;
        }
    }

    /// Somebody announced a document.
    pub(super) fn on_document(&mut self, entry: EntryRef) {
        let Some((_, Payload::Document(announced))) = self.view.meeting().said(entry) else {
            return;
        };
        let (document, bytes) = (announced.document, announced.bytes);
        self.library.announced(document, bytes);
    }

    pub(super) async fn on_library(&mut self, event: LibraryEvent) {
        match event {
            LibraryEvent::Exchange(event) => self.on_exchange(event).await,
            LibraryEvent::Index(document, Some((index, have))) => {
                self.library.indexed(document, index, have);
                self.end_own(document);
                self.tell_progress(document).await;
                self.show_awaited().await;
            }
            LibraryEvent::Index(document, None) => {
                let name = self.document_name(document);
                let notice = Notice::Document { name, problem: words::damaged_index() };
                self.teller.warn(notice).await;
            }
            LibraryEvent::Decoded(blob) => {
                if self.library.is_on_show(blob) {
                    self.show_awaited().await;
                }
            }
            LibraryEvent::Converting(name, progress) => {
                let (done, pages) = (progress.done, progress.pages);
                self.teller.tell(News::Converting { name, done, pages }).await;
            }
            LibraryEvent::Growing(original, then, draft) => {
                self.announce_as(original.name(), then, &draft).await;
            }
            LibraryEvent::Converted(original, then, Ok(converted)) => {
                self.on_converted(original, then, converted).await;
            }
            LibraryEvent::Converted(original, then, Err(error)) => {
                self.on_unconverted(original, then, error).await;
            }
            LibraryEvent::Ended(draft, last) => {
                let name = self.document_name(draft);
                self.announce_as(name, Then::Replace(draft), &last).await;
            }
            LibraryEvent::Saved(document, original) => {
                let name = original.name();
                self.library.note_saved(document, original);
                self.teller.tell(News::Saved { document, name }).await;
            }
            LibraryEvent::Leafed(wishes) => self.library.leafed(wishes),
            LibraryEvent::Sound(sound, bytes) => self.on_missed_sound(sound, bytes),
        }
    }

    /// Tells of a document, or of more of it than was told before.
    async fn announce_as(&mut self, name: String, then: Then, converted: &Converted) {
        let Converted { document, pages, bytes, drawn, .. } = *converted;
        if let Then::Replace(earlier) = then {
            self.library.updated(earlier);
        }
        if drawn.is_some() {
            self.library.grows(document);
        }
        let announcement =
            DocumentAnnouncement { document, name, pages, bytes, replaces: None, drawn };
        match then {
            Then::Keep => self.announce_document(announcement, false).await,
            Then::Show => self.announce_document(announcement, true).await,
            Then::Replace(earlier) => self.announce_version(announcement, earlier).await,
        }
    }

    async fn on_converted(&mut self, original: Original, then: Then, converted: Converted) {
        let name = original.name();
        let Converted { document, pages, source, ref warnings, ref notes, .. } = converted;
        self.teller.tell(News::Converting { name: name.clone(), done: pages, pages }).await;
        if let Some(source) = source {
            self.library.watch(original, document, source);
        }
        let mut problems: Vec<_> = warnings.iter().take(WARNINGS).map(words::partly).collect();
        if warnings.len() > WARNINGS {
            problems.push(words::partly_more(warnings.len() - WARNINGS));
        }
        for problem in problems {
            self.teller.warn(Notice::Partly { name: name.clone(), problem }).await;
        }
        if !notes.is_empty() {
            self.teller.tell(News::SpeakerNotes { document, notes: notes.clone() }).await;
        }
        self.announce_as(name, then, &converted).await;
    }

    async fn on_unconverted(&mut self, original: Original, then: Then, error: ConvertError) {
        let name = original.name();
        if let Then::Replace(draft) = then
            && self.library.is_growing(draft)
        {
            self.library.end(draft);
        }
        match error {
            ConvertError::Password { wrong } => {
                self.locked = Some((original, then));
                self.teller.tell(News::PasswordNeeded { name, wrong }).await;
            }
            ConvertError::Cancelled => self.teller.warn(Notice::Cancelled { name }).await,
            error => {
                let problem = words::not_shown(&error);
                self.teller.fail(Notice::Document { name, problem }).await;
            }
        }
    }

    async fn on_exchange(&mut self, event: ExchangeEvent) {
        match event {
            ExchangeEvent::Completed { blob, len } => {
                self.library.landed(blob);
                self.note_progress(blob, len).await;
                if self.library.awaits_index(blob) {
                    self.library.read_index(blob);
                }
                if self.library.is_on_show(blob) {
                    self.library.decode(blob);
                } else if let Some((on, ..)) = self.view.meeting().shown() {
                    self.library.decode_ahead(on);
                }
                self.library.fetched_sound(blob);
            }
            ExchangeEvent::Progress { blob, have, len } => {
                self.library.progressed(blob, have, len);
                self.note_progress(blob, have).await;
            }
            ExchangeEvent::Ended(member) => {
                // One of the two is enough to open another.
                if self.me < member {
                    self.open_blobs(member);
                }
            }
            ExchangeEvent::Dropped(member) => {
                tracing::warn!(member = %member.short(), "sent wrong bytes and was disconnected");
                let _ = self.mesh.disconnect(member).await;
            }
            ExchangeEvent::Storage(error) => {
                if self.library.is_refusal_news(self.clock.now()) {
                    let notice = match error {
                        BlobError::DiskFull => Notice::DiskFull,
                        error => Notice::Storage { problem: error.to_string() },
                    };
                    self.teller.warn(notice).await;
                }
            }
        }
    }

    async fn note_progress(&mut self, blob: BlobId, have: u64) {
        for document in self.library.note_progress(blob, have) {
            self.tell_progress(document).await;
        }
    }

    async fn tell_progress(&mut self, document: BlobId) {
        // All that is drawn so far would look like all there is.
        if self.view.meeting().is_draft(document) {
            return;
        }
        if let Some((have, total)) = self.library.progress(document) {
            self.teller.tell(News::Progress { document, have, total }).await;
        }
    }

    /// Says that there is a document, and turns to its first page when the floor is ours.
    async fn announce_document(&mut self, announcement: DocumentAnnouncement, show: bool) {
        let document = announcement.document;
        // An earlier version is said again: so it becomes the newest.
        let known = self.view.meeting().documents().any(|(_, known)| {
            DocumentAnnouncement { replaces: None, ..known.clone() } == announcement
        });
        if !known && self.say_now(Payload::Document(announcement)).await.is_none() {
            return;
        }
        let presenting = self.view.meeting().presenter().is_none_or(|holder| holder == self.me);
        if show && presenting {
            let turn = PageTurn { document, page: 1 };
            if self.say_now(Payload::Page(turn)).await.is_some() {
                self.turning = Some(turn);
            }
        }
    }

    /// Says that a document takes the place of `earlier`, unless it has already.
    async fn announce_version(&mut self, announcement: DocumentAnnouncement, earlier: BlobId) {
        let newest = self.view.meeting().newest(earlier);
        if newest != announcement.document {
            let announcement = DocumentAnnouncement { replaces: Some(newest), ..announcement };
            let _said = self.say_now(Payload::Document(announcement)).await;
        }
    }

    pub(super) fn document_name(&self, document: BlobId) -> String {
        let known = self.view.meeting().documents().find(|(_, known)| known.document == document);
        known.map_or_else(|| document.short(), |(_, known)| known.name.clone())
    }
}
