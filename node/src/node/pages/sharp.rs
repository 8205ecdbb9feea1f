//! Sharp parts of pages, one at a time, the newest wish only.

use super::{PageImage, PageNews, Shared, SharpReason, SharpWanted};
use crate::io::document::{RegionError, RegionOrder, RegionWorker};
use crate::room::id::BlobId;
use crate::room::pages::Picture;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::timeout;

/// How long a worker stays when nothing is asked of it: it holds the file and its fonts in memory.
const IDLE: Duration = Duration::from_secs(30);

/// How long what nobody wants any more may still take before its worker is stopped. Most parts are
/// drawn by then (8 to 30 ms), and starting another worker costs about as much.
const GRACE: Duration = Duration::from_millis(200);

/// Pages that could not be drawn, remembered so that zooming there does not try again and again.
const FAILED: usize = 64;

/// A PDF in the store.
struct Sheet {
    source: BlobId,
    file: PathBuf,
}

/// A worker with a document open.
struct Bench {
    source: BlobId,
    worker: RegionWorker,
}

/// Draws what is wanted until all handles are gone.
pub(super) async fn run(
    shared: Weak<Shared>,
    mut wishes: watch::Receiver<Option<SharpWanted>>,
    program: PathBuf,
) {
    let mut bench: Option<Bench> = None;
    let mut failed = BTreeSet::new();
    loop {
        match timeout(IDLE, wishes.changed()).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return,
            Err(_) => {
                bench = None;
                if wishes.changed().await.is_err() {
                    return;
                }
            }
        }
        let wish = *wishes.borrow_and_update();
        let Some(mut wanted) = wish else { continue };
        wanted.region = wanted.region.within_page();
        let Some(strong) = shared.upgrade() else { return };
        let found = find(&strong, wanted).await;
        // Whoever is left may go while a part is drawn.
        drop(strong);
        let outcome = match found {
            Ok((sheet, order)) if !failed.contains(&(wanted.document, wanted.page)) => {
                let drawing = draw(&program, bench.take(), &sheet, order);
                tokio::pin!(drawing);
                tokio::select! {
                    drawn = &mut drawing => Some(drawn),
                    changed = wishes.changed() => {
                        // What comes now is for nobody, but its worker goes on if it comes soon.
                        if let Ok(Ok((_, worker))) = timeout(GRACE, drawing).await {
                            bench = Some(worker);
                        }
                        if changed.is_err() {
                            return;
                        }
                        wishes.mark_changed();
                        None
                    }
                }
            }
            Ok(_) => Some(Err(SharpReason::NotDrawn)),
            Err(reason) => Some(Err(reason)),
        };
        let Some(shared) = shared.upgrade() else { return };
        match outcome {
            Some(Ok((image, worker))) => {
                bench = Some(worker);
                shared.tell(PageNews::Sharp { wanted, image: Arc::new(image) });
            }
            Some(Err(reason)) => {
                if reason == SharpReason::NotDrawn && failed.len() < FAILED {
                    failed.insert((wanted.document, wanted.page));
                }
                shared.tell(PageNews::SharpMissing { wanted, reason });
            }
            None => {}
        }
    }
}

/// The PDF that a wish is about, and what to draw of it.
async fn find(
    shared: &Arc<Shared>,
    wanted: SharpWanted,
) -> Result<(Sheet, RegionOrder), SharpReason> {
    let reader = Arc::clone(shared);
    let read = tokio::task::spawn_blocking(move || {
        let index = reader.shelf.index(wanted.document).ok()?;
        let source = index.source.blob;
        let file = reader.shelf.blobs().path(&source);
        let here = file.exists();
        Some((index, Sheet { source, file }, here))
    });
    let (index, sheet, here) = read.await.ok().flatten().ok_or(SharpReason::NoSuchPage)?;
    let page = index.page(wanted.page).ok_or(SharpReason::NoSuchPage)?;
    let aspect = match page.picture {
        Picture::Image { width, height, .. } => f64::from(width) / f64::from(height),
        // What could not be drawn once is not tried again here.
        Picture::Missing(_) => return Err(SharpReason::NotDrawn),
    };
    if !here {
        return Err(SharpReason::NotHereYet);
    }
    let order = RegionOrder::new(wanted.page, wanted.region, wanted.pixels_wide, aspect);
    Ok((sheet, order))
}

/// Draws by the worker that has the document open, or by a new one.
async fn draw(
    program: &Path,
    bench: Option<Bench>,
    sheet: &Sheet,
    order: RegionOrder,
) -> Result<(PageImage, Bench), SharpReason> {
    let not_drawn = |error: RegionError| {
        tracing::warn!(%error, page = order.number, "no sharp part");
        SharpReason::NotDrawn
    };
    let mut worker = match bench.filter(|bench| bench.source == sheet.source) {
        Some(bench) => bench.worker,
        None => {
            let opened = RegionWorker::open(program, &sheet.file, sheet.source).await;
            opened.map_err(not_drawn)?
        }
    };
    let image = worker.draw(order).await.map_err(not_drawn)?;
    Ok((image, Bench { source: sheet.source, worker }))
}
