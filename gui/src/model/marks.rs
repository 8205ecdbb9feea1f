//! What is drawn on the pages, finished and in the making.

use super::Seconds;
use moot_node::room::id::{BlobId, EntryRef, MemberId};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A drawn line: a stroke of the meeting. egui has strokes of its own.
pub use moot_node::room::stanza::Stroke as Ink;
pub use moot_node::room::stanza::{Note, PageTurn, Point, Tool};

/// What a mark is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum MarkKind {
    /// A drawn line.
    Ink(Arc<Ink>),
    /// Words.
    Note(Arc<Note>),
}

/// Something drawn on a page.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mark {
    /// Who drew it, and where in their log.
    pub entry: EntryRef,
    /// Its place among the marks of the page: higher lies above, then by author and number.
    pub lamport: u64,
    /// What it is.
    pub kind: MarkKind,
}

/// A stroke that its author has not finished.
#[derive(Clone, PartialEq, Debug)]
pub struct Drawing {
    /// The line so far.
    pub ink: Ink,
    /// When something was last heard of it.
    pub heard: Seconds,
}

/// A laser pointer's dot.
#[derive(Clone, PartialEq, Debug)]
pub struct Laser {
    /// Which page.
    pub on: PageTurn,
    /// Where it was lately, the newest last, for the tail.
    pub trail: Vec<(Seconds, Point)>,
}

/// Everything drawn on the pages.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Marks {
    pages: BTreeMap<PageTurn, Vec<Mark>>,
    /// Grows with every change to a page's finished marks, so that a raster of them can tell
    /// whether it is stale.
    versions: BTreeMap<PageTurn, u64>,
    /// Strokes in the making, by author and their number of it.
    pub drawings: BTreeMap<(MemberId, u64), Drawing>,
    /// Who points where.
    pub lasers: BTreeMap<MemberId, Laser>,
}

impl Mark {
    /// The page it is on.
    #[must_use]
    pub fn on(&self) -> PageTurn {
        match &self.kind {
            MarkKind::Ink(ink) => ink.on,
            MarkKind::Note(note) => note.on,
        }
    }
}

impl Drawing {
    /// Takes in what is new: more points, or the present ends of a figure.
    pub fn grow(&mut self, new: Ink) {
        if new.tool.is_figure() {
            self.ink = new;
        } else {
            self.ink.points.extend(new.points);
            self.ink.pressure.extend(new.pressure);
        }
    }
}

impl Marks {
    /// The finished marks of a page, in the order they are painted.
    #[must_use]
    pub fn on(&self, page: PageTurn) -> &[Mark] {
        self.pages.get(&page).map_or(&[], Vec::as_slice)
    }

    /// Changes whenever [`Marks::on`] this page does.
    #[must_use]
    pub fn version(&self, page: PageTurn) -> u64 {
        self.versions.get(&page).copied().unwrap_or_default()
    }

    /// Puts a mark on its page; one that is there already stays as it is.
    pub fn add(&mut self, mark: Mark) {
        let on = mark.on();
        let page = self.pages.entry(on).or_default();
        let place = |mark: &Mark| (mark.lamport, mark.entry.author, mark.entry.seq);
        if let Err(at) = page.binary_search_by_key(&place(&mark), place) {
            page.insert(at, mark);
            self.touch(on);
        }
    }

    /// Takes a mark away, wherever it is.
    pub fn remove(&mut self, entry: EntryRef) {
        let found = self.pages.iter_mut().filter_map(|(on, marks)| {
            let at = marks.iter().position(|mark| mark.entry == entry)?;
            marks.remove(at);
            Some(*on)
        });
        // On two of them while one version takes the place of another.
        for on in found.collect::<Vec<_>>() {
            self.touch(on);
        }
    }

    /// Forgets what is on a document that is not shown any more.
    pub fn forget(&mut self, document: BlobId) {
        let mine = |on: &PageTurn| on.document == document;
        for on in self.pages.keys().filter(|on| mine(on)).copied().collect::<Vec<_>>() {
            self.touch(on);
        }
        self.pages.retain(|on, _| !mine(on));
    }

    /// Pages with something on them.
    pub fn pages(&self) -> impl Iterator<Item = &PageTurn> {
        self.pages.iter().filter(|(_, marks)| !marks.is_empty()).map(|(on, _)| on)
    }

    /// Forgets everything, before it is told again.
    pub fn clear(&mut self) {
        for on in self.pages.keys().copied().collect::<Vec<_>>() {
            self.touch(on);
        }
        self.pages.clear();
        self.drawings.clear();
        self.lasers.clear();
    }

    fn touch(&mut self, on: PageTurn) {
        *self.versions.entry(on).or_default() += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ON: PageTurn = PageTurn { document: BlobId([7; 32]), page: 2 };

    fn note(seq: u64) -> Mark {
        let at = Point { x: 1, y: 1 };
        let note = Note { on: ON, at, text: "x".into(), colour: [0; 4], size: 180 };
        let entry = EntryRef { author: MemberId([1; 32]), seq };
        Mark { entry, lamport: entry.seq, kind: MarkKind::Note(Arc::new(note)) }
    }

    #[test]
    fn every_change_of_a_page_changes_its_version() {
        let mut marks = Marks::default();
        marks.add(note(1));
        let first = marks.version(ON);
        marks.add(note(1));
        assert_eq!(marks.version(ON), first, "told twice, drawn once");
        marks.remove(note(1).entry);
        assert_ne!(marks.version(ON), first);
        assert!(marks.on(ON).is_empty());
    }
}
