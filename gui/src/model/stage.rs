//! Which page this window shows, and how near.

use moot_node::room::id::BlobId;
use moot_node::room::pages::Structure;
use moot_node::room::stanza::PageTurn;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A document of the meeting.
#[derive(Clone, PartialEq, Debug)]
pub struct Document {
    /// Which document.
    pub id: BlobId,
    /// Its file's name.
    pub name: String,
    /// Number of pages.
    pub pages: u32,
    /// Bytes that are here, and all of its bytes.
    pub have: u64,
    /// All of its bytes.
    pub total: u64,
    /// Width by height of a page, for the place of one whose picture is not here.
    pub aspect: f32,
}

impl Document {
    /// Everything is here.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.have >= self.total
    }
}

/// Zoom steps of the buttons and keys: a third of an octave (three steps double).
pub const ZOOM_STEP: f32 = 1.26;

/// Least and greatest zoom, as a factor of the fitted page.
pub const ZOOM_RANGE: std::ops::RangeInclusive<f32> = 0.25..=8.0;

/// How the page is fitted into the canvas at zoom 1.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Hash)]
pub enum Fit {
    /// All of it.
    #[default]
    Page,
    /// Its whole width.
    Width,
}

/// What this window shows of the documents.
#[derive(Clone, PartialEq, Debug)]
pub struct Stage {
    /// Documents in the order they were shown first.
    pub documents: Vec<Document>,
    /// The presenter's page, as far as it is heard.
    pub shown: Option<PageTurn>,
    /// Where this person has leafed to; `None`: follows the presenter.
    pub leafed: Option<PageTurn>,
    /// The page that is on its way: bytes here, and all.
    pub arriving: Option<(PageTurn, u64, u64)>,
    /// The file that is being converted here: pages done, and all.
    pub converting: Option<(String, u32, u32)>,
    /// How the page is fitted.
    pub fit: Fit,
    /// Nearer than fitted by this factor.
    pub zoom: f32,
    /// The canvas's middle on the page, as a fraction of the page's width and height.
    pub middle: egui::Vec2,
    /// Words searched for in the document; `None`: the search field is closed.
    pub search: Option<Search>,
    /// The presenter darkened this window's screen (presenter view).
    pub black: bool,
    /// Outline, links and labels of documents, as far as they were looked at.
    pub structures: BTreeMap<BlobId, Arc<Structure>>,
    /// What the page that was read last says.
    pub words: Option<(PageTurn, String)>,
    /// What this person wants to say about pages; nobody else sees it.
    pub notes: BTreeMap<PageTurn, String>,
    /// The newer version that stands for a document.
    pub replaced: BTreeMap<BlobId, BlobId>,
    /// Files that were opened here and saved again: the document that was made of each, and its
    /// name. The last saved last.
    pub saved: Vec<(BlobId, String)>,
}

/// A search in the document.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Search {
    /// What is searched for.
    pub query: String,
    /// Pages that have it, with the words around it.
    pub hits: Vec<(u32, String)>,
    /// Which of the hits was gone to last.
    pub at: usize,
}

impl Default for Stage {
    fn default() -> Self {
        Self {
            documents: Vec::new(),
            shown: None,
            leafed: None,
            arriving: None,
            converting: None,
            fit: Fit::Page,
            zoom: 1.0,
            middle: egui::vec2(0.5, 0.5),
            search: None,
            black: false,
            structures: BTreeMap::new(),
            words: None,
            notes: BTreeMap::new(),
            replaced: BTreeMap::new(),
            saved: Vec::new(),
        }
    }
}

impl Stage {
    /// The page in view.
    #[must_use]
    pub fn page(&self) -> Option<PageTurn> {
        self.leafed.or(self.shown)
    }

    /// A document of the meeting.
    #[must_use]
    pub fn document(&self, id: BlobId) -> Option<&Document> {
        self.documents.iter().find(|document| document.id == id)
    }

    /// The document in view.
    #[must_use]
    pub fn current(&self) -> Option<&Document> {
        self.document(self.page()?.document)
    }

    /// What a page is called: as its document says ("iv"), else its number.
    #[must_use]
    pub fn label(&self, on: PageTurn) -> Cow<'_, str> {
        let own = self.structures.get(&on.document).and_then(|known| known.label(on.page));
        own.map_or_else(|| Cow::Owned(on.page.to_string()), Cow::Borrowed)
    }

    /// The words on the page in view, as far as they were read.
    #[must_use]
    pub fn words_here(&self) -> Option<&str> {
        let (of, words) = self.words.as_ref()?;
        (Some(*of) == self.page()).then_some(words)
    }

    /// This person looks at another page than the presenter shows.
    #[must_use]
    pub fn strayed(&self) -> bool {
        self.leafed.is_some_and(|leafed| Some(leafed) != self.shown)
    }

    /// Leafs to a page of the document in view, within its bounds.
    pub fn leaf(&mut self, to: PageTurn) {
        let pages = self.document(to.document).map_or(u32::MAX, |d| d.pages);
        let to = PageTurn { page: to.page.clamp(1, pages.max(1)), ..to };
        self.leafed = (Some(to) != self.shown).then_some(to);
    }

    /// The documents to choose from: one version of each, the one in view if any of them is.
    pub fn tabs(&self) -> impl Iterator<Item = &Document> {
        let viewed = self.page().map(|page| page.document);
        self.documents.iter().filter(move |document| {
            let in_view = viewed == Some(document.id);
            let for_another =
                viewed.is_some_and(|viewed| self.replaced.get(&viewed) == Some(&document.id));
            in_view || !for_another && !self.replaced.contains_key(&document.id)
        })
    }

    /// Where what was on this page is now: on the page of that number of the newest version.
    #[must_use]
    pub fn lies_on(&self, page: PageTurn) -> PageTurn {
        let document = self.replaced.get(&page.document).copied().unwrap_or(page.document);
        PageTurn { document, ..page }
    }

    /// A newer version stands for a document from now on, in its place among the others, or it
    /// stands for itself again. The page on show follows when it is told.
    pub fn replace(&mut self, document: BlobId, by: BlobId) {
        self.saved.retain(|(saved, _)| *saved != document);
        if by == document {
            self.replaced.remove(&document);
            return;
        }
        self.replaced.insert(document, by);
        let place = |id| self.documents.iter().position(|known| known.id == id);
        if let (Some(old), Some(new)) = (place(document), place(by))
            && old < new
        {
            self.documents[old + 1..=new].rotate_right(1);
        }
        if let Some(leafed) = self.leafed.filter(|leafed| leafed.document == document) {
            self.leaf(self.lies_on(leafed));
        }
        let notes: Vec<_> =
            self.notes.keys().filter(|on| on.document == document).copied().collect();
        for on in notes {
            if let Some(words) = self.notes.remove(&on) {
                self.notes.entry(PageTurn { document: by, ..on }).or_insert(words);
            }
        }
    }

    /// The presenter's page changed.
    pub fn turn(&mut self, on: PageTurn) {
        self.shown = Some(on);
        if self.leafed == Some(on) {
            self.leafed = None;
        }
    }

    /// Zooms by a factor, within [`ZOOM_RANGE`].
    pub fn zoom_by(&mut self, factor: f32) {
        self.zoom = (self.zoom * factor).clamp(*ZOOM_RANGE.start(), *ZOOM_RANGE.end());
        if self.zoom <= 1.0 && self.fit == Fit::Page {
            self.middle = egui::vec2(0.5, 0.5);
        }
    }

    /// Zooms by a factor so that this place of the page (fractions) stays where it is on screen.
    pub fn zoom_around(&mut self, factor: f32, around: egui::Vec2) {
        let before = self.zoom;
        self.zoom_by(factor);
        let real = self.zoom / before;
        self.middle = around + (self.middle - around) / real;
    }

    /// Fits the page anew.
    pub fn fit(&mut self, fit: Fit) {
        self.fit = fit;
        self.zoom = 1.0;
        self.middle = egui::vec2(0.5, if fit == Fit::Page { 0.5 } else { 0.0 });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DECK: BlobId = BlobId([7; 32]);

    fn at(page: u32) -> PageTurn {
        PageTurn { document: DECK, page }
    }

    fn stage() -> Stage {
        let deck =
            Document { id: DECK, name: "d".into(), pages: 9, have: 0, total: 1, aspect: 1.6 };
        Stage { documents: vec![deck], shown: Some(at(3)), ..Stage::default() }
    }

    #[test]
    fn leafing_back_to_the_presenter_follows_again() {
        let mut stage = stage();
        stage.leaf(at(5));
        assert!(stage.strayed());
        stage.turn(at(4));
        assert_eq!(stage.page(), Some(at(5)), "a turn of the presenter's leaves the reader alone");
        stage.leaf(at(4));
        assert!(!stage.strayed());
        stage.turn(at(6));
        assert_eq!(stage.page(), Some(at(6)));
    }

    #[test]
    fn zooming_keeps_the_place_under_the_pointer() {
        let mut stage = stage();
        let place = egui::vec2(0.25, 0.75);
        // How far the place is from the canvas's middle, in fitted pages.
        let seen = |stage: &Stage| (place - stage.middle) * stage.zoom;
        let before = seen(&stage);
        stage.zoom_around(2.0, place);
        assert!((seen(&stage) - before).length() < 1e-5);
        stage.zoom_around(100.0, place);
        assert_eq!(stage.zoom, *ZOOM_RANGE.end());
        assert!((seen(&stage) - before).length() < 1e-4, "at the end of the range, too");
    }

    #[test]
    fn a_newer_version_takes_the_place_of_the_old_one() {
        const NEW: BlobId = BlobId([8; 32]);
        let mut stage = stage();
        let of = |id, pages| Document { id, pages, ..stage.documents[0].clone() };
        stage.documents = vec![of(DECK, 9), of(BlobId([1; 32]), 2), of(NEW, 4)];
        stage.notes.insert(at(2), "slowly".into());
        stage.saved.push((DECK, "d".into()));
        stage.leaf(at(7));
        let tabs = |stage: &Stage| stage.tabs().map(|tab| tab.id.0[0]).collect::<Vec<_>>();
        stage.replace(DECK, NEW);
        let on = |page| PageTurn { document: NEW, page };
        assert_eq!(stage.page(), Some(on(4)), "its last page: it has no seventh");
        assert_eq!(tabs(&stage), [8, 1]);
        assert_eq!(stage.notes.get(&on(2)).map(String::as_str), Some("slowly"));
        assert!(stage.saved.is_empty());
        stage.leafed = None;
        assert_eq!(tabs(&stage), [7, 1], "until the page of the new one is here");
        stage.turn(on(3));
        assert_eq!(tabs(&stage), [8, 1]);
        stage.replace(DECK, DECK);
        assert_eq!(tabs(&stage), [7, 8, 1]);
    }

    #[test]
    fn leafing_stays_within_the_document() {
        let mut stage = stage();
        stage.leaf(at(40));
        assert_eq!(stage.page(), Some(at(9)));
        stage.leaf(at(0));
        assert_eq!(stage.page(), Some(at(1)));
    }
}
