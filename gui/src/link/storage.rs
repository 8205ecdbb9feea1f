//! Documents that are kept on this laptop: listed, and removed.

use super::{Link, Report};
use crate::model::stored::Stored;
use moot_node::node::documents::{self, RemoveError, StoredDocument};
use moot_node::room::id::BlobId;
use moot_node::words;
use rust_i18n::t;
use std::path::Path;

impl Link {
    /// Looks which documents are kept; [`Report::Stored`] brings them.
    pub fn list_stored(&self) {
        self.store(None);
    }

    /// Removes one, and tells what is left by [`Report::Stored`].
    pub fn remove_stored(&self, document: BlobId) {
        self.store(Some(document));
    }

    fn store(&self, doomed: Option<BlobId>) {
        let (sender, ctx, data) = (self.sender.clone(), self.ctx.clone(), self.data.clone());
        self.runtime.spawn(async move {
            let mut problem = None;
            if let Some(document) = doomed {
                problem = documents::remove(&data, &document).await.err().map(|why| said(&why));
            }
            let documents = match list(&data).await {
                Ok(documents) => documents,
                Err(why) => {
                    problem.get_or_insert(why);
                    Vec::new()
                }
            };
            let _ = sender.send(Report::Stored { documents, problem }).await;
            ctx.request_repaint();
        });
    }
}

async fn list(data: &Path) -> Result<Vec<Stored>, String> {
    let kept = documents::list(data).await.map_err(|error| error.to_string())?;
    Ok(kept.into_iter().map(Stored::from).collect())
}

fn said(why: &RemoveError) -> String {
    match why {
        RemoveError::InUse(title) => t!("stored.in_use", title = words::clean(title)).into_owned(),
        RemoveError::Disk(problem) => t!("stored.not_removed", problem = problem).into_owned(),
    }
}

impl From<StoredDocument> for Stored {
    fn from(kept: StoredDocument) -> Self {
        let title = |title: &str| words::clean(title);
        Self {
            id: kept.id,
            name: kept.name.as_deref().map(words::clean),
            pages: kept.pages,
            bytes: kept.bytes,
            meetings: kept.meetings.iter().map(|known| title(&known.title)).collect(),
            open_in: kept.meetings.iter().find(|known| known.open).map(|k| title(&k.title)),
        }
    }
}
