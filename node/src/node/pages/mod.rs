//! Pages for a window: pictures in two sizes, sharp parts, text, search.
//!
//! ```text
//! request ─→ desk ─→ threads: index → picture → decode, shrink ─→ PageNews
//!              ↑ landed                  │ not here: parked
//!            node: fetched sooner ←──────┘ wishes
//! ```
//!
//! [`Pages`] stands on the store of blobs, not on a meeting: [`NodeHandle::pages`] gives one whose
//! missing pages are fetched from the members, [`Pages::open`] one over a data folder, for
//! recordings. Nothing here runs on the node's loop or on the caller's thread, except where a
//! method says that it blocks.
//!
//! # Memory
//!
//! Besides what the window itself keeps (a texture of a 16:9 page is 8.3 MB):
//! decoded pages 64 MiB at most and packed ones as many ([`CACHE_BYTES`], shared with what the node
//! decodes ahead),
//! thumbnails 16 MiB ([`THUMBNAIL_BYTES`]), texts of two documents (2 MiB each at most), page
//! indexes of sixteen (1 MiB at most), one sharp part under way (25 MB). The worker process that
//! draws sharp parts has limits of its own and ends after a while.
//!
//! [`NodeHandle::pages`]: crate::node::NodeHandle::pages

mod desk;
mod news;
mod recent;
mod search;
mod sharp;
mod shelf;
mod threads;

pub use crate::io::document::Region;
pub use crate::io::pages::DecodedPage as PageImage;
pub use news::{MissingReason, PageNews, PageSize, PageWanted, SharpReason, SharpWanted};
pub use search::{HITS, Hit};
pub use shelf::ShelfError;

use crate::io::blobs::{BlobError, Blobs};
use crate::io::pages::{CACHE_BYTES, PageCache};
use crate::io::profile;
use crate::room::id::BlobId;
use crate::room::pages::{PageIndex, Picture, Structure};
use desk::Desk;
use recent::Recent;
use shelf::Shelf;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock};
use tokio::sync::watch;

/// Bytes of decoded thumbnails to keep: some 140 of 16:9 pages, 55 of A4, which is several screens
/// of them. Others are read again from the disk in a millisecond or two.
pub const THUMBNAIL_BYTES: usize = 16 * 1024 * 1024;

/// The words of one page, in the order in which the file draws them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PageText(pub String);

/// The handle. Clones share it; it ends with the last of them.
#[derive(Clone)]
pub struct Pages {
    shared: Arc<Shared>,
}

type Listener = Arc<dyn Fn(PageNews) + Send + Sync>;

struct Shared {
    shelf: Shelf,
    cache: PageCache,
    small: Mutex<Recent<PageImage>>,
    bell: Arc<Bell>,
    listener: RwLock<Option<Listener>>,
    /// Pages that are not here, most urgent first; whoever can fetch listens.
    wishes: watch::Sender<Vec<PageWanted>>,
    sharp: watch::Sender<Option<SharpWanted>>,
}

/// The desk, and how its threads wake.
#[derive(Default)]
struct Bell {
    desk: Mutex<(Desk, Open)>,
    rung: Condvar,
}

/// Whether anybody can still ask for anything.
struct Open(bool);

impl Default for Open {
    fn default() -> Self {
        Self(true)
    }
}

impl Pages {
    /// Over the documents in the data folder `data`, without a meeting: what is not there is
    /// missing. `worker` is the program that draws sharp parts
    /// ([`Config::worker`](crate::node::Config)). Blocks for a moment.
    ///
    /// # Errors
    /// [`BlobError`] when the folder can't be used.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn open(data: &Path, worker: PathBuf) -> Result<Self, BlobError> {
        Ok(Self::over(Blobs::open(&profile::blobs_in(data))?, worker))
    }

    /// Over a store.
    pub(in crate::node) fn over(blobs: Blobs, worker: PathBuf) -> Self {
        let source = blobs.clone();
        let cache =
            PageCache::new(move |blob: &BlobId| std::fs::read(source.path(blob)), CACHE_BYTES);
        let bytes = |image: &PageImage| image.rgb.len();
        let shared = Arc::new(Shared {
            shelf: Shelf::new(blobs),
            cache,
            small: Mutex::new(Recent::new(THUMBNAIL_BYTES, bytes)),
            bell: Arc::default(),
            listener: RwLock::default(),
            wishes: watch::Sender::default(),
            sharp: watch::Sender::default(),
        });
        threads::start(&shared);
        tokio::spawn(sharp::run(Arc::downgrade(&shared), shared.sharp.subscribe(), worker));
        Self { shared }
    }

    /// Calls `listener` with all news from now on, on threads of this handle's own: it should turn
    /// a picture into a texture and be done, since the next picture waits for it. It replaces the
    /// one before.
    pub fn listen(&self, listener: impl Fn(PageNews) + Send + Sync + 'static) {
        let mut place = self.shared.listener.write().unwrap_or_else(PoisonError::into_inner);
        *place = Some(Arc::new(listener));
    }

    /// Asks for a page; [`PageNews::Arrived`] or [`PageNews::Missing`] follows, even when it was
    /// told before. Full pages come before thumbnails, and what was asked for last comes first.
    /// Asking again for what is under way moves it to the front and costs nothing, so a window may
    /// do so whenever it draws a gap. Of more than 512 waiting requests the oldest are forgotten.
    pub fn request(&self, wanted: PageWanted) {
        self.change(|desk| desk.request(wanted));
    }

    /// Nobody looks at this page any more: it is not decoded, fetched sooner, or told.
    pub fn cancel(&self, wanted: PageWanted) {
        self.change(|desk| desk.cancel(wanted));
    }

    /// Cancels all requests but those that are `still` looked at: for a strip that scrolls.
    pub fn keep(&self, still: impl Fn(&PageWanted) -> bool) {
        self.change(|desk| desk.retain(still));
    }

    /// The page if it is ready this instant; never waits.
    #[must_use]
    pub fn peek(&self, wanted: PageWanted) -> Option<Arc<PageImage>> {
        let index = self.shared.shelf.index_at_hand(wanted.document)?;
        let Picture::Image { file, .. } = index.page(wanted.page)?.picture else { return None };
        match wanted.size {
            PageSize::Full => self.shared.cache.peek(file.blob),
            PageSize::Thumbnail => lock(&self.shared.small).get(file.blob),
        }
    }

    /// Asks for a sharp part of a page; [`PageNews::Sharp`] or [`PageNews::SharpMissing`] follows.
    /// The newest wins: what was asked for before is given up. `None` gives up only.
    pub fn render(&self, wanted: Option<SharpWanted>) {
        self.shared.sharp.send_replace(wanted);
    }

    /// What a document consists of, with its pages' sizes. Reads a small file the first time, so
    /// it blocks.
    ///
    /// # Errors
    /// [`ShelfError`].
    pub fn index(&self, document: BlobId) -> Result<Arc<PageIndex>, ShelfError> {
        self.shared.shelf.index(document)
    }

    /// The words of a page; none if it has none. Reads a file the first time, so it blocks.
    ///
    /// # Errors
    /// [`ShelfError`]; the text comes after the pictures.
    pub fn text(&self, document: BlobId, page: u32) -> Result<Arc<PageText>, ShelfError> {
        let texts = self.shared.shelf.texts(document)?;
        Ok(Arc::new(PageText(texts.page(page).to_owned())))
    }

    /// Outline, links and labels of a document; nothing if it has none. Reads a file, so it blocks.
    ///
    /// # Errors
    /// [`ShelfError`]; they come after the pictures.
    pub fn structure(&self, document: BlobId) -> Result<Structure, ShelfError> {
        self.shared.shelf.structure(document)
    }

    /// The pages that say `query`, in order. Case, accents, widths, line breaks and hyphens at
    /// their ends make no difference. Goes through the whole text, so it blocks: 10 ms for 200 pages.
    ///
    /// # Errors
    /// [`ShelfError`]; the text comes after the pictures.
    pub fn search(&self, document: BlobId, query: &str) -> Result<Vec<Hit>, ShelfError> {
        let pages = self.shared.shelf.index(document)?.pages.len();
        let texts = self.shared.shelf.texts(document)?;
        let numbers = 1..=u32::try_from(pages).unwrap_or(u32::MAX);
        Ok(search::search(numbers.map(|number| (number, texts.page(number))), query))
    }

    /// The store.
    pub(in crate::node) fn blobs(&self) -> &Blobs {
        self.shared.shelf.blobs()
    }

    /// Decoded pages, for whoever decodes ahead of what is shown.
    pub(in crate::node) fn cache(&self) -> &PageCache {
        &self.shared.cache
    }

    /// Pages that are not here. As long as somebody listens, they are waited for.
    pub(in crate::node) fn wishes(&self) -> watch::Receiver<Vec<PageWanted>> {
        self.shared.wishes.subscribe()
    }

    /// All of this blob is here now.
    pub(in crate::node) fn landed(&self, blob: BlobId) {
        self.shared.landed(blob);
        let Some(wanted) = *self.shared.sharp.borrow() else { return };
        let index = self.shared.shelf.index_at_hand(wanted.document);
        if index.is_some_and(|index| index.source.blob == blob) {
            self.shared.sharp.send_replace(Some(wanted));
        }
    }

    /// So much of this blob is here.
    pub(in crate::node) fn progressed(&self, blob: BlobId, have: u64, total: u64) {
        if self.shared.bell.lock().0.progressed(blob, have, total) {
            self.shared.bell.rung.notify_all();
        }
    }

    fn change(&self, change: impl FnOnce(&mut Desk)) {
        change(&mut self.shared.bell.lock().0);
        self.shared.bell.rung.notify_all();
        self.shared.tell_wishes();
    }
}

impl Shared {
    fn tell(&self, news: PageNews) {
        let listener = self.listener.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(listener) = listener {
            listener(news);
        }
    }

    fn landed(&self, blob: BlobId) {
        if self.bell.lock().0.landed(blob) {
            self.bell.rung.notify_all();
            self.tell_wishes();
        }
    }

    fn tell_wishes(&self) {
        self.wishes.send_if_modified(|told| {
            // Asked within, so that of two who tell at once the later one tells the later state.
            let now = self.bell.lock().0.wishes();
            let changed = *told != now;
            *told = now;
            changed
        });
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.bell.lock().1 = Open(false);
        self.bell.rung.notify_all();
    }
}

impl Bell {
    fn lock(&self) -> MutexGuard<'_, (Desk, Open)> {
        lock(&self.desk)
    }
}

impl std::fmt::Debug for Pages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pages")
    }
}

/// What is behind our locks is whole between any two statements that could panic.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
