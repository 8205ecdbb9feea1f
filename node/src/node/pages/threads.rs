//! Two threads make pictures ready: one for pages somebody looks at, a patient one for thumbnails.

use super::shelf::ShelfError;
use super::{Bell, MissingReason, PageImage, PageNews, PageSize, PageWanted, Shared, lock};
use crate::io::pages::{DecodeError, DecodedPage};
use crate::io::thumbnail;
use crate::room::id::BlobId;
use crate::room::pages::{PageProblem, Picture};
use std::sync::{Arc, PoisonError, Weak};
use tokio::runtime::Handle;

/// How much more willing to wait thumbnails are than everything else: 200 of them take some
/// seconds, and sound must not compete with them.
#[cfg(target_os = "linux")]
const THUMBNAIL_NICENESS: i32 = 10;

/// Starts the threads; they end with `shared`.
pub(super) fn start(shared: &Arc<Shared>) {
    let runtime = Handle::current();
    for (size, name) in [(PageSize::Full, "pages"), (PageSize::Thumbnail, "thumbnails")] {
        let (bell, shared) = (Arc::clone(&shared.bell), Arc::downgrade(shared));
        let runtime = runtime.clone();
        let thread = std::thread::Builder::new().name(name.into());
        if let Err(error) = thread.spawn(move || run(&bell, &shared, size, &runtime)) {
            tracing::error!(%error, "no {name} will be shown");
        }
    }
}

/// What a thread does next.
enum Task {
    Make(PageWanted),
    Tell(PageWanted, (u64, u64)),
}

/// Why a page is not ready.
enum Obstacle {
    /// This blob is not here.
    Absent(BlobId),
    /// And it won't be.
    Never(MissingReason),
}

fn run(bell: &Bell, shared: &Weak<Shared>, size: PageSize, runtime: &Handle) {
    #[cfg(target_os = "linux")]
    if size == PageSize::Thumbnail {
        // On Linux this is the thread's own niceness.
        let _ = rustix::process::nice(THUMBNAIL_NICENESS);
    }
    while let Some(task) = bell.next(size) {
        let Some(shared) = shared.upgrade() else { return };
        match task {
            Task::Make(wanted) => shared.make(wanted, runtime),
            Task::Tell(wanted, (have, total)) => {
                shared.tell(PageNews::Progress { wanted, have, total });
            }
        }
    }
}

/// What a page waits for that is still to be drawn: a name that no blob has. It comes with another
/// version of its document.
fn pending(document: BlobId) -> BlobId {
    BlobId::of(&[b"pending".as_slice(), &document.0].concat())
}

impl Bell {
    /// Waits for something to do; `None` at the end.
    fn next(&self, size: PageSize) -> Option<Task> {
        let mut desk = self.lock();
        loop {
            let (requests, open) = &mut *desk;
            if !open.0 {
                return None;
            }
            if let Some(wanted) = requests.take(size) {
                return Some(Task::Make(wanted));
            }
            if let Some((wanted, bytes)) = requests.take_progress(size) {
                return Some(Task::Tell(wanted, bytes));
            }
            desk = self.rung.wait(desk).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Shared {
    fn make(&self, wanted: PageWanted, runtime: &Handle) {
        let reason = match self.image(wanted, runtime) {
            Ok(image) => {
                if self.bell.lock().0.done(wanted) {
                    self.tell(PageNews::Arrived { wanted, image });
                }
                return;
            }
            Err(Obstacle::Never(reason)) => reason,
            Err(Obstacle::Absent(blob)) if self.wishes.receiver_count() > 0 => {
                self.bell.lock().0.park(wanted, blob);
                self.tell_wishes();
                // It may have landed just before we began to wait for it.
                if self.is_here(blob) {
                    self.landed(blob);
                }
                return;
            }
            Err(Obstacle::Absent(_)) => MissingReason::NotHere,
        };
        if self.bell.lock().0.done(wanted) {
            self.tell(PageNews::Missing { wanted, reason });
        }
    }

    fn image(&self, wanted: PageWanted, runtime: &Handle) -> Result<Arc<PageImage>, Obstacle> {
        let index = self.shelf.index(wanted.document).map_err(|error| match error {
            ShelfError::NotHere => Obstacle::Absent(wanted.document),
            ShelfError::Damaged => Obstacle::Never(MissingReason::Damaged),
        })?;
        let page = index.page(wanted.page).ok_or(Obstacle::Never(MissingReason::NoSuchPage))?;
        let picture = match page.picture {
            Picture::Image { file, .. } => file.blob,
            Picture::Missing(PageProblem::Pending) => {
                return Err(Obstacle::Absent(pending(wanted.document)));
            }
            Picture::Missing(problem) => {
                return Err(Obstacle::Never(MissingReason::NotDrawn(problem)));
            }
        };
        match wanted.size {
            PageSize::Full => self.full(picture, runtime),
            PageSize::Thumbnail => self.thumbnail(picture),
        }
    }

    /// The page at full size, by the cache that the node decodes into as well.
    fn full(&self, picture: BlobId, runtime: &Handle) -> Result<Arc<PageImage>, Obstacle> {
        if let Some(page) = self.cache.peek(picture) {
            return Ok(page);
        }
        self.must_be_here(picture)?;
        runtime.block_on(self.cache.get(picture)).map_err(|_: DecodeError| damaged())
    }

    /// The page in small. Full pages are not kept for it: the ones on show need the room.
    fn thumbnail(&self, picture: BlobId) -> Result<Arc<PageImage>, Obstacle> {
        if let Some(small) = lock(&self.small).get(picture) {
            return Ok(small);
        }
        let path = self.shelf.blobs().path(&picture);
        let small = if let Some(kept) = thumbnail::read(&path) {
            kept
        } else {
            let small = match self.cache.peek(picture) {
                Some(page) => thumbnail::shrink(&page),
                None => {
                    self.must_be_here(picture)?;
                    let bytes = std::fs::read(&path).map_err(|_| damaged())?;
                    thumbnail::shrink(&DecodedPage::decode(&bytes).map_err(|_| damaged())?)
                }
            };
            if let Err(error) = thumbnail::write(&path, &small) {
                tracing::debug!(%error, "a thumbnail is not kept");
            }
            small
        };
        let small = Arc::new(small);
        lock(&self.small).put(picture, Arc::clone(&small));
        Ok(small)
    }

    fn must_be_here(&self, blob: BlobId) -> Result<(), Obstacle> {
        if self.is_here(blob) { Ok(()) } else { Err(Obstacle::Absent(blob)) }
    }

    fn is_here(&self, blob: BlobId) -> bool {
        self.shelf.blobs().path(&blob).exists()
    }
}

fn damaged() -> Obstacle {
    Obstacle::Never(MissingReason::Damaged)
}
