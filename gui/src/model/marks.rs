//! What is drawn on the pages, finished and in the making.

use super::Seconds;
use moot_node::room::id::{EntryRef, MemberId};
use moot_node::room::stanza::{PageTurn, Point};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The form of a drawn line.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Form {
    /// As the hand went.
    Pen,
    /// As the hand went, broad and translucent.
    Highlighter,
    /// From the first point to the last.
    Line,
    /// The same, with a head at the last.
    Arrow,
    /// The rectangle between the first point and the last.
    Box,
    /// The ellipse within that rectangle.
    Ellipse,
}

/// A drawn line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ink {
    /// Its form.
    pub form: Form,
    /// Where, 1/10 000 of the page's width and height.
    pub points: Vec<Point>,
    /// Pen pressure of each point, 1–255; empty where the pen gives none.
    pub pressure: Vec<u8>,
    /// Red, green, blue, opacity.
    pub colour: [u8; 4],
    /// 1/10 000 of the page's width.
    pub width: u32,
}

/// Words on a page.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NoteText {
    /// The top left corner, 1/10 000 of the page's width and height.
    pub at: Point,
    /// What it says.
    pub text: String,
    /// Red, green, blue, opacity.
    pub colour: [u8; 4],
    /// Height of its letters, 1/10 000 of the page's width.
    pub size: u32,
}

/// What a mark is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum MarkKind {
    /// A drawn line.
    Ink(Arc<Ink>),
    /// Words.
    Note(Arc<NoteText>),
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
    /// Which page.
    pub on: PageTurn,
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

impl Ink {
    /// Takes in what is new of a line in the making: more points, or the other end of a figure.
    pub fn grow(&mut self, new: Self) {
        let Self { form, points, pressure, .. } = new;
        match form {
            Form::Pen | Form::Highlighter => {
                self.points.extend(points);
                self.pressure.extend(pressure);
            }
            Form::Line | Form::Arrow | Form::Box | Form::Ellipse => {
                self.points.truncate(1);
                self.points.extend(points.last());
            }
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

    /// Puts a mark on a page; one that is there already stays as it is.
    pub fn add(&mut self, on: PageTurn, mark: Mark) {
        let page = self.pages.entry(on).or_default();
        if page.iter().rev().any(|known| known.entry == mark.entry) {
            return;
        }
        let place = |mark: &Mark| (mark.lamport, mark.entry.author, mark.entry.seq);
        let at = page.partition_point(|known| place(known) < place(&mark));
        page.insert(at, mark);
        self.touch(on);
    }

    /// Takes a mark away, wherever it is.
    pub fn remove(&mut self, entry: EntryRef) {
        let found = self.pages.iter_mut().find_map(|(on, marks)| {
            let at = marks.iter().position(|mark| mark.entry == entry)?;
            marks.remove(at);
            Some(*on)
        });
        if let Some(on) = found {
            self.touch(on);
        }
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
    use moot_node::room::id::BlobId;

    fn note(seq: u64) -> Mark {
        let text =
            NoteText { at: Point { x: 1, y: 1 }, text: "x".into(), colour: [0; 4], size: 180 };
        let entry = EntryRef { author: MemberId([1; 32]), seq };
        Mark { entry, lamport: entry.seq, kind: MarkKind::Note(Arc::new(text)) }
    }

    #[test]
    fn every_change_of_a_page_changes_its_version() {
        let on = PageTurn { document: BlobId([7; 32]), page: 2 };
        let mut marks = Marks::default();
        marks.add(on, note(1));
        let first = marks.version(on);
        marks.add(on, note(1));
        assert_eq!(marks.version(on), first, "told twice, drawn once");
        marks.remove(note(1).entry);
        assert_ne!(marks.version(on), first);
        assert!(marks.on(on).is_empty());
    }
}
