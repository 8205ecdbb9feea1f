//! A document that is shown while the rest of it is still being drawn.

use super::lane::Job;
use super::{BlobSink, CONVERTER, ConvertError, Converted};
use crate::room::pages::{BlobRef, PageIndex};
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::mpsc;

/// Least time between two drafts: each costs an entry, an index, and a look at the disk for all of it.
const STEP: Duration = Duration::from_secs(2);

/// A draft has at least twice the pages of the one before: of 2000 pages there are 11 drafts, and a
/// meeting has [`DOCUMENTS`](crate::limits::DOCUMENTS) versions of documents at most.
const MORE: u32 = 2;

impl<S: BlobSink> Job<'_, S> {
    /// Tells of what is drawn so far, again and again, as long as it is not dropped.
    pub(super) async fn grow(
        &self,
        file: BlobRef,
        growth: Option<&mpsc::Sender<Converted>>,
    ) -> Result<Infallible, ConvertError> {
        let Some(growth) = growth else { return std::future::pending().await };
        let mut done = self.watch();
        let mut told = 0;
        loop {
            if done.wait_for(|done| *done > told * MORE).await.is_err() {
                return std::future::pending().await;
            }
            tokio::time::sleep(if told == 0 { self.patience() } else { STEP }).await;
            let (pages, drawn) = self.draft();
            // The first page is what people wait for.
            if pages.first().is_none_or(|first| first.picture.is_pending()) {
                continue;
            }
            let count = self.count();
            let index = PageIndex::new(file, CONVERTER, None, pages)?;
            let encoded = index.encode();
            let bytes = index.bytes() + encoded.len() as u64;
            let document = self.sink().put(encoded).await.map_err(ConvertError::Store)?;
            let (notes, warnings, source) = (Vec::new(), Vec::new(), None);
            told = drawn;
            let drawn = Some(drawn);
            let draft = Converted { document, pages: count, bytes, notes, warnings, drawn, source };
            if growth.send(draft).await.is_err() {
                return std::future::pending().await;
            }
        }
    }
}
