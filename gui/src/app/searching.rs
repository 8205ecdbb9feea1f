//! Words in the document.

use super::App;
use crate::model::stage::Search;

impl App {
    /// Opens the search, or closes it.
    pub(super) fn toggle_search(&mut self) {
        let open = self.view().is_some_and(|view| view.stage.search.is_some());
        self.field_opens |= !open;
        self.meeting(|meeting| meeting.stage.search = (!open).then(Search::default));
    }

    /// Searches the document in view; `None` closes the search.
    pub(super) fn search(&mut self, query: Option<String>) {
        let Some(query) = query else {
            return self.meeting(|meeting| meeting.stage.search = None);
        };
        let view = self.view();
        let document = view.and_then(|view| view.stage.page()).map(|on| on.document);
        let pages = self.pictures.source().pages().cloned();
        if let Some((document, pages)) = document.zip(pages) {
            self.link.search(pages, document, query.clone());
        }
        self.meeting(|meeting| {
            let search = meeting.stage.search.get_or_insert_with(Search::default);
            search.query = query;
        });
    }

    /// What was found, if it is still what is looked for.
    pub(super) fn on_found(&mut self, query: &str, hits: Vec<(u32, String)>) {
        self.meeting(|meeting| {
            if let Some(search) = meeting.stage.search.as_mut().filter(|s| s.query == query) {
                search.hits = hits;
                search.at = 0;
            }
        });
    }
}
