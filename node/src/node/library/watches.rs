//! Files that were opened here and are saved again.

use super::{Library, LibraryEvent};
use crate::io::document::{Original, saved_again};
use crate::room::id::BlobId;
use std::collections::BTreeMap;
use tokio_util::sync::{CancellationToken, DropGuard};

/// Files that are looked after, and those that were saved again.
#[derive(Default)]
pub(super) struct Watches {
    /// By the document that each became; dropping one ends it.
    running: BTreeMap<BlobId, DropGuard>,
    /// What waits to be updated, the last saved last.
    saved: Vec<(BlobId, Original)>,
}

impl Library {
    /// Looks after the file that became this document; `source` is what its bytes are called. When
    /// it has others [`LibraryEvent::Saved`] follows.
    pub(in crate::node) fn watch(&mut self, original: Original, document: BlobId, source: BlobId) {
        let (stop, outlet) = (CancellationToken::new(), self.outlet.clone());
        let stopped = stop.clone();
        let watching = async move {
            let mut known = source;
            loop {
                known = saved_again(&original, known).await;
                if outlet.send(LibraryEvent::Saved(document, original.clone())).await.is_err() {
                    return;
                }
            }
        };
        tokio::spawn(async move { stopped.run_until_cancelled(watching).await });
        self.watches.running.insert(document, stop.drop_guard());
    }

    /// Another document has taken the place of this one: its file is not looked after for it any more.
    pub(in crate::node) fn updated(&mut self, document: BlobId) {
        self.watches.running.remove(&document);
        self.watches.saved.retain(|(saved, _)| *saved != document);
    }

    /// Notes that the file of this document was saved again.
    pub(in crate::node) fn note_saved(&mut self, document: BlobId, original: Original) {
        self.watches.saved.retain(|(saved, _)| *saved != document);
        self.watches.saved.push((document, original));
    }

    /// The file of this name that was saved again, and the document that was made of it; of several the last,
    /// and without a name the last of all.
    pub(in crate::node) fn saved(&self, name: Option<&str>) -> Option<(BlobId, Original)> {
        let mut saved = self.watches.saved.iter().rev();
        saved.find(|(_, original)| name.is_none_or(|name| original.name() == name)).cloned()
    }
}
