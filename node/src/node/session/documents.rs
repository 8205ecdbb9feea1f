//! Documents along the chain: converted, announced, fetched, shown.

use super::Session;
use crate::io::exchange::ExchangeEvent;
use crate::node::event::{News, Notice};
use crate::node::library::LibraryEvent;
use crate::room::id::{BlobId, EntryRef};
use crate::room::stanza::{DocumentAnnouncement, PageTurn, Payload};
use std::path::PathBuf;

impl Session {
    /// Converts the files that a host begins with; the first is shown.
    pub(in crate::node) fn open_documents(&mut self, paths: Vec<PathBuf>) {
        for (number, path) in paths.into_iter().enumerate() {
            self.library.convert(path, number == 0);
        }
    }

    pub(super) fn convert(&mut self, path: PathBuf) {
        self.library.convert(path, true);
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
                self.tell_progress(document).await;
                self.show_awaited().await;
            }
            LibraryEvent::Index(document, None) => {
                let notice = Notice::Document {
                    name: self.document_name(document),
                    problem: "its page index is damaged".to_owned(),
                };
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
            LibraryEvent::Converted(name, show, Ok(converted)) => {
                for warning in &converted.warnings {
                    let problem = warning.to_string();
                    self.teller.warn(Notice::Document { name: name.clone(), problem }).await;
                }
                let (document, pages, bytes) =
                    (converted.document, converted.pages, converted.bytes);
                let announcement = DocumentAnnouncement { document, name, pages, bytes };
                self.announce_document(announcement, show).await;
            }
            LibraryEvent::Converted(name, _, Err(error)) => {
                self.teller.fail(Notice::Document { name, problem: error.to_string() }).await;
            }
            LibraryEvent::Leafed(wishes) => self.library.leafed(wishes),
            LibraryEvent::Sound(sound, bytes) => self.on_missed_sound(sound, bytes),
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
                self.teller.warn(Notice::Storage { problem: error.to_string() }).await;
            }
        }
    }

    async fn note_progress(&mut self, blob: BlobId, have: u64) {
        for document in self.library.note_progress(blob, have) {
            self.tell_progress(document).await;
        }
    }

    async fn tell_progress(&mut self, document: BlobId) {
        if let Some((have, total)) = self.library.progress(document) {
            self.teller.tell(News::Progress { document, have, total }).await;
        }
    }

    /// Says that there is a document, and turns to its first page when the floor is ours.
    async fn announce_document(&mut self, announcement: DocumentAnnouncement, show: bool) {
        let document = announcement.document;
        let known = self.view.meeting().documents().any(|(_, known)| *known == announcement);
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

    fn document_name(&self, document: BlobId) -> String {
        let known = self.view.meeting().documents().find(|(_, known)| known.document == document);
        known.map_or_else(|| document.short(), |(_, known)| known.name.clone())
    }
}
