//! Files become documents, in the background.

use super::{Library, LibraryEvent, Then};
use crate::io::blobs::{BlobError, Blobs};
use crate::io::document::{BlobSink, Converted, Original, Progress};
use crate::room::id::BlobId;
use crate::room::pages::BlobRef;
use std::io;
use std::sync::Arc;
use tokio::sync::mpsc;

impl Library {
    /// Converts a file, or pictures, in the background.
    pub(in crate::node) fn convert(&self, original: Original, then: Then) {
        let (converter, outlet) = (Arc::clone(&self.converter), self.outlet.clone());
        let stop = self.stop.clone();
        let name = original.name();
        tokio::spawn(async move {
            let (progress, mut steps) = mpsc::channel::<Progress>(8);
            let (growth, mut drafts) = mpsc::channel::<Converted>(1);
            let (told, file) = (outlet.clone(), name.clone());
            let telling = async move {
                while let Some(step) = steps.recv().await {
                    // That the last page is drawn is told with the whole, after all drafts.
                    if step.done == step.pages {
                        continue;
                    }
                    let _ = told.send(LibraryEvent::Converting(file.clone(), step)).await;
                }
            };
            // Each draft takes the place of the one before, and so does the whole.
            let growing = async {
                let mut then = then;
                while let Some(draft) = drafts.recv().await {
                    let document = draft.document;
                    let event = LibraryEvent::Growing(original.clone(), then, draft);
                    let _ = outlet.send(event).await;
                    then = Then::Replace(document);
                }
                then
            };
            let converting = async {
                let converted =
                    converter.convert_growing(&original, &progress, &growth, &stop).await;
                drop((progress, growth));
                converted
            };
            let (converted, (), then) = tokio::join!(converting, telling, growing);
            let _ = outlet.send(LibraryEvent::Converted(original, then, converted)).await;
        });
    }

    /// Ends all conversions that are under way.
    pub(in crate::node) fn cancel(&mut self) {
        std::mem::take(&mut self.stop).cancel();
    }
}

/// Where the converter puts what it makes.
#[derive(Debug)]
pub(super) struct StoreSink(pub(super) Blobs);

impl BlobSink for StoreSink {
    async fn put(&self, bytes: Vec<u8>) -> io::Result<BlobId> {
        self.0.put(bytes).await.map_err(|error| match error {
            BlobError::DiskFull => io::ErrorKind::StorageFull.into(),
            error => io::Error::other(error),
        })
    }

    async fn has(&self, blob: BlobRef) -> bool {
        self.0.path(&blob.blob).metadata().is_ok_and(|metadata| metadata.len() == blob.bytes)
    }
}
