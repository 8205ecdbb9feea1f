//! What the page in view says, and how its document hangs together: fetched once, off this thread.

use super::App;
use moot_node::room::pages::Structure;
use moot_node::room::stanza::PageTurn;
use rust_i18n::t;
use std::sync::Arc;

impl App {
    /// Asks for what is not known of the page in view; again only when more of the document has come.
    pub(super) fn read(&mut self) {
        let Some(pages) = self.pictures.source().pages().cloned() else { return };
        let Some(stage) = self.view().map(|view| &view.stage) else { return };
        let Some((on, document)) = stage.page().zip(stage.current()) else { return };
        let known = stage.structures.contains_key(&on.document)
            && stage.words.as_ref().is_some_and(|(of, _)| *of == on);
        let asked = (on, document.have);
        if known || self.reading == Some(asked) {
            return;
        }
        self.reading = Some(asked);
        self.link.read(pages, on);
    }

    /// What was read.
    pub(super) fn on_read(
        &mut self,
        on: PageTurn,
        words: Option<String>,
        structure: Option<Structure>,
    ) {
        self.meeting(|meeting| {
            if let Some(structure) = structure {
                meeting.stage.structures.insert(on.document, Arc::new(structure));
            }
            if let Some(words) = words {
                meeting.stage.words = Some((on, words));
            }
        });
    }

    /// Puts the words of the page in view on the clipboard.
    pub(super) fn copy_page(&mut self) {
        let words = self.view().and_then(|view| view.stage.words_here()).unwrap_or_default();
        if words.is_empty() {
            let nothing = t!("window.no_words");
            return self.model.toasts.add(
                crate::model::toasts::Tone::News,
                nothing,
                self.model.now,
            );
        }
        let words = words.to_owned();
        self.obey(crate::command::Window::Copy(words).into());
    }
}
