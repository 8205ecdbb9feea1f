//! How much of each document everybody has, for people to see. Nothing is decided by it.

use super::Library;
use super::shelf::Shelf;
use crate::node::event::News;
use crate::room::id::{BlobId, MemberId};
use crate::room::pages::Picture;
use crate::room::sync::Holds;

impl Library {
    /// What this node holds, to tell the others.
    pub(in crate::node) fn holds(&self) -> Vec<Holds> {
        let held = self.shelves.iter().map(|(document, shelf)| Holds {
            document: *document,
            have: shelf.have.values().sum(),
            getting: self.getting(*document, shelf),
        });
        held.collect()
    }

    /// What another member holds: the news in it.
    pub(in crate::node) fn note_holds(&mut self, peer: MemberId, told: &[Holds]) -> Vec<News> {
        let mut news = Vec::new();
        for holds in told {
            let Holds { document, have, getting } = *holds;
            let Some(shelf) = self.shelves.get(&document) else { continue };
            if self.holders.insert((peer, document), *holds) != Some(*holds) {
                let (total, have) = (shelf.total, have.min(shelf.total));
                let getting = getting.map(|(page, percent)| (page, percent.min(100)));
                news.push(News::Holds { peer, document, have, total, getting });
            }
        }
        news
    }

    /// The page on show, if it belongs to this document and is not here, and percent of it.
    fn getting(&self, document: BlobId, shelf: &Shelf) -> Option<(u32, u8)> {
        let on = self.shown.filter(|on| on.document == document)?;
        let picture = shelf.index.as_ref().and_then(|index| index.page(on.page)).map(|p| p.picture);
        let percent = match picture {
            Some(Picture::Image { file, .. }) => {
                let have = shelf.have.get(&file.blob).copied().unwrap_or(0);
                if have >= file.bytes {
                    return None;
                }
                u8::try_from(have * 100 / file.bytes).unwrap_or(99)
            }
            Some(Picture::Missing(_)) => return None,
            None if shelf.index.is_some() => return None,
            // Not even the index is here.
            None => 0,
        };
        Some((on.page, percent))
    }
}
