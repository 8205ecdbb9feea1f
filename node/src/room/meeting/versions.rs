//! Which document takes the place of which: files that are saved again, or grow while they are
//! converted.
//!
//! An announcement may say that its document *replaces* another. Documents so joined, whatever the
//! direction, are versions of one; the newest is what was announced last in canonical order. So it is a
//! function of the announcements and of who held the floor when, whatever their order; and a file may
//! become what it was before. Nobody but who brought a document, or presents, may replace it: else anybody could
//! turn the page.

use super::change::Changes;
use super::floor::Floor;
use super::{Change, Key, Meeting};
use crate::limits::{ANNOUNCEMENTS, DOCUMENTS};
use crate::room::id::{BlobId, MemberId};
use crate::room::stanza::{DocumentAnnouncement, PageTurn, Payload};
use std::collections::{BTreeMap, BTreeSet};

/// Documents that have several versions.
#[derive(Default, Debug)]
pub(super) struct Versions {
    /// The newest of each.
    newest: BTreeMap<BlobId, BlobId>,
}

impl Versions {
    /// Joins what was `announced`, in canonical order.
    fn replay(announced: &[(Key, &DocumentAnnouncement)], floor: &Floor) -> Self {
        if announced.iter().all(|(_, said)| said.replaces.is_none()) {
            return Self::default();
        }
        let mut first: BTreeMap<BlobId, Key> = BTreeMap::new();
        for (key, said) in announced {
            first.entry(said.document).or_insert(*key);
        }
        let may_replace = |key: &Key, document: &BlobId| {
            first.get(document).is_some_and(|first| first.author == key.author)
                || floor.held_by(&key.author, key)
        };
        let replaced = |key: &Key, said: &DocumentAnnouncement| {
            said.replaces.filter(|earlier| may_replace(key, earlier))
        };
        // Which of the lines of versions each document belongs to.
        let mut lines: BTreeMap<BlobId, usize> = BTreeMap::new();
        for (key, said) in announced {
            let Some(earlier) = replaced(key, said) else { continue };
            let fresh = lines.len();
            let line = *lines.entry(earlier).or_insert(fresh);
            if let Some(other) = lines.insert(said.document, line) {
                lines.values_mut().filter(|known| **known == other).for_each(|known| *known = line);
            }
        }
        let mut last: BTreeMap<usize, BlobId> = BTreeMap::new();
        for (key, said) in announced {
            let is_first = first.get(&said.document) == Some(key);
            let counts =
                is_first || may_replace(key, &said.document) || replaced(key, said).is_some();
            if let Some(line) = lines.get(&said.document).filter(|_| counts) {
                last.insert(*line, said.document);
            }
        }
        let newest =
            lines.iter().filter_map(|(document, line)| Some((*document, *last.get(line)?)));
        Self { newest: newest.collect() }
    }

    /// What stands for this document: itself, unless it was replaced.
    fn newest(&self, document: BlobId) -> BlobId {
        self.newest.get(&document).copied().unwrap_or(document)
    }

    /// All versions of this document, itself among them.
    fn all(&self, document: BlobId) -> Vec<BlobId> {
        let Some(newest) = self.newest.get(&document) else { return vec![document] };
        self.newest.iter().filter(|(_, to)| *to == newest).map(|(version, _)| *version).collect()
    }

    /// The documents for which another one stands than before.
    fn differing(&self, before: &Self) -> Vec<BlobId> {
        let known: BTreeSet<_> = self.newest.keys().chain(before.newest.keys()).collect();
        let differs = |document: &&BlobId| self.newest(**document) != before.newest(**document);
        known.into_iter().filter(differs).copied().collect()
    }
}

impl Meeting {
    /// What stands for this document: its newest version.
    #[must_use]
    pub fn newest(&self, document: BlobId) -> BlobId {
        self.versions.newest(document)
    }

    /// Where a mark that was made on this page lies now: on the page of that number of the newest
    /// version, which may have fewer.
    #[must_use]
    pub fn lies_on(&self, page: PageTurn) -> PageTurn {
        PageTurn { document: self.newest(page.document), ..page }
    }

    /// Whether this document was told of while it was still being drawn, and is not the whole.
    #[must_use]
    pub fn is_draft(&self, document: BlobId) -> bool {
        self.announcement(document).is_some_and(|(_, said)| said.drawn.is_some())
    }

    /// Whether `member` may put another version in the place of this document now: whoever announced
    /// it first, and whoever presents.
    #[must_use]
    pub fn may_replace(&self, member: &MemberId, document: BlobId) -> bool {
        let first = self.announced().into_iter().find(|(_, said)| said.document == document);
        self.presenter() == Some(*member) || first.is_some_and(|(key, _)| key.author == *member)
    }

    /// What a turn to this page shows: the newest version, at its last page if it has fewer.
    pub(super) fn shows(&self, page: PageTurn) -> PageTurn {
        let on = self.lies_on(page);
        let last = self.announcement(on.document).map_or(u32::MAX, |(_, said)| said.pages);
        if on == page { page } else { PageTurn { page: on.page.min(last), ..on } }
    }

    /// The marks to be seen on a page, whichever version they were made on, in canonical order.
    pub(super) fn marks_on(&self, page: PageTurn) -> impl Iterator<Item = Key> {
        let versions = self.versions.all(page.document).into_iter();
        let pages = versions.map(|document| PageTurn { document, ..page });
        let mut keys: Vec<Key> = pages.flat_map(|page| self.marks.on(page)).copied().collect();
        keys.sort_unstable();
        keys.into_iter()
    }

    /// The announcements that count, of at most [`DOCUMENTS`] documents, in canonical order.
    pub(super) fn announced(&self) -> Vec<(Key, &DocumentAnnouncement)> {
        let mut documents = BTreeSet::new();
        let all = self.documents.iter().take(ANNOUNCEMENTS);
        let all = all.filter_map(|key| match self.said(key.entry())? {
            (_, Payload::Document(said)) => Some((*key, said)),
            _ => None,
        });
        let within = all.filter(|(_, said)| {
            documents.contains(&said.document)
                || documents.len() < DOCUMENTS && documents.insert(said.document)
        });
        within.collect()
    }

    /// The first announcement of this document.
    pub(super) fn announcement(&self, document: BlobId) -> Option<(Key, &DocumentAnnouncement)> {
        self.announced().into_iter().find(|(_, said)| said.document == document)
    }

    /// Brings up to date which document stands for which, and tells which marks lie elsewhere now.
    pub(super) fn review_versions(&mut self, changes: &mut Changes) {
        let now = Versions::replay(&self.announced(), &self.floor);
        let before = std::mem::replace(&mut self.versions, now);
        for document in self.versions.differing(&before) {
            changes.push(Change::Replaced { document, by: self.newest(document) });
            let pages = self.marks.everywhere().filter(|(page, _)| page.document == document);
            for mark in pages.flat_map(|(_, marks)| marks).map(Key::entry) {
                if let Some((stamp, _)) = self.said(mark) {
                    changes.push(Change::MarkMoved { mark, stamp: *stamp });
                }
            }
        }
    }
}
