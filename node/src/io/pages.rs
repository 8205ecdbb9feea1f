//! Decoded pages: ready to be drawn at the moment they are due.
//!
//! Decoding takes 10 to 60 ms, more than a page turn may be late, so neighbours are decoded ahead
//! ([`PageCache::prefetch`]), and what was decoded once stays in a packed form that takes 4 ms to
//! undo. An image is a peer's bytes: its size is read from the header and bounded before anything is
//! decoded, and the decoder runs on a blocking thread.

mod decoded;
mod packed;

pub use decoded::{DecodeError, DecodedPage};

use crate::room::id::BlobId;
use packed::PackedPage;
use std::collections::{HashMap, VecDeque};
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use tokio::sync::OnceCell;

/// Bytes of pixels to keep: the page on show and its neighbours.
/// A 1920 × 1080 page takes 6.2 MB, an A4 page 15.6 MB.
pub const CACHE_BYTES: usize = 48 * 1024 * 1024;

/// Bytes of packed pages to keep beside them: 35 slides or 18 pages of text. With 64 MB here
/// and for the pixels, a window with 200 pages took 350 MB (bench `window`, 300 allowed).
const PACKED_BYTES: usize = 24 * 1024 * 1024;

/// Of the pages to be decoded ahead, how many are kept ready as pixels: the page on show and the two
/// that are most likely next, which fit into [`CACHE_BYTES`] in any format. The others are packed.
const READY: usize = 3;

/// Pages in one plan for decoding ahead; more are ignored.
const AHEAD: usize = 20;

/// How much more willing to wait the thread that decodes ahead is than all others: as much as Linux
/// has. Eight laptops on two cores with 10 here missed page turns by 100 ms.
#[cfg(target_os = "linux")]
const AHEAD_NICENESS: i32 = 19;

/// Pictures of which something is known, before those of which nothing is kept are forgotten. Small
/// pages are 300 to a cache.
const PLACES: usize = 512;

/// Where the bytes of a page's picture come from. Called on a blocking thread.
pub trait PictureSource: Send + Sync + 'static {
    /// All bytes of `blob`.
    ///
    /// # Errors
    /// When it is not here, or can't be read.
    fn read(&self, blob: &BlobId) -> io::Result<Vec<u8>>;
}

impl<F: Fn(&BlobId) -> io::Result<Vec<u8>> + Send + Sync + 'static> PictureSource for F {
    fn read(&self, blob: &BlobId) -> io::Result<Vec<u8>> {
        self(blob)
    }
}

/// Pages decoded lately, and those decoded ahead. Cheap to clone; clones share it.
#[derive(Clone)]
pub struct PageCache {
    shared: Arc<Shared>,
}

struct Shared {
    source: Box<dyn PictureSource>,
    pages: Mutex<Recent>,
    plan: Arc<Plan>,
}

type Slot = Arc<OnceCell<Arc<DecodedPage>>>;

/// What is to be decoded ahead, in order, for the thread that does it.
#[derive(Default)]
struct Plan {
    /// `None` once the cache is dropped.
    pages: Mutex<Option<VecDeque<Ahead>>>,
    changed: Condvar,
}

/// One page of a plan.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Ahead {
    blob: BlobId,
    /// Its pixels are kept, besides their packed form.
    ready: bool,
}

/// Least recently used first out. Some hundred pages at most: finding the oldest is a short walk.
struct Recent {
    pages: HashMap<BlobId, Kept>,
    tick: u64,
    budget: usize,
}

/// What is kept of one picture.
#[derive(Default)]
struct Kept {
    used: u64,
    pixels: Slot,
    packing: Packing,
}

#[derive(Clone, Default)]
enum Packing {
    #[default]
    Untried,
    Packed(Arc<PackedPage>),
    /// It would save nothing, or the picture is damaged.
    Useless,
}

impl PageCache {
    /// A cache of at most `budget` bytes of pixels ([`CACHE_BYTES`]); one page is always kept.
    #[must_use]
    pub fn new(source: impl PictureSource, budget: usize) -> Self {
        let pages = Mutex::new(Recent { pages: HashMap::new(), tick: 0, budget });
        let plan = Arc::new(Plan { pages: Mutex::new(Some(VecDeque::new())), ..Plan::default() });
        let shared = Arc::new(Shared { source: Box::new(source), pages, plan: Arc::clone(&plan) });
        let weak = Arc::downgrade(&shared);
        let thread = std::thread::Builder::new().name("decode ahead".into());
        if let Err(error) = thread.spawn(move || decode_ahead(&weak, &plan)) {
            tracing::warn!(%error, "pages are decoded when they are due, not ahead");
        }
        Self { shared }
    }

    /// The page of this picture, decoded or unpacked now if it is not there. Two who ask at once
    /// share the work.
    ///
    /// # Errors
    /// [`DecodeError`]; a later call tries again.
    pub async fn get(&self, blob: BlobId) -> Result<Arc<DecodedPage>, DecodeError> {
        let (slot, packing) = self.lock().take(blob);
        let make = || {
            let shared = Arc::clone(&self.shared);
            async move {
                let work = tokio::task::spawn_blocking(move || shared.make(blob, &packing));
                work.await.map_err(|_| DecodeError::Malformed)?.map(Arc::new)
            }
        };
        let page = slot.get_or_try_init(make).await.cloned();
        let mut recent = self.lock();
        match &page {
            Ok(_) => recent.trim(blob),
            Err(_) => recent.forget(blob),
        }
        page
    }

    /// The page of this picture if its pixels are there; never waits.
    #[must_use]
    pub fn peek(&self, blob: BlobId) -> Option<Arc<DecodedPage>> {
        let mut recent = self.lock();
        recent.pages.get(&blob)?.pixels.initialized().then(|| recent.take(blob))?.0.get().cloned()
    }

    /// Decodes pages ahead, in this order, in the background and with low priority: a page that is
    /// due is decoded at once by [`PageCache::get`], even when this is at work on it. The first
    /// four are kept as pixels, the others packed. A new plan replaces what is left of the one
    /// before. Missing pages are left out; beyond a handful more are ignored.
    pub fn prefetch(&self, blobs: impl IntoIterator<Item = BlobId>) {
        let pages = blobs.into_iter().take(AHEAD).enumerate();
        let pages = pages.map(|(place, blob)| Ahead { blob, ready: place < READY }).collect();
        self.shared.plan.replace(pages);
    }

    fn lock(&self) -> MutexGuard<'_, Recent> {
        self.shared.lock()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Recent> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn make(&self, blob: BlobId, packing: &Packing) -> Result<DecodedPage, DecodeError> {
        if let Packing::Packed(packed) = packing {
            return Ok(packed.unpack());
        }
        let absent = |error: io::Error| DecodeError::Absent(error.to_string());
        DecodedPage::decode(&self.source.read(&blob).map_err(absent)?)
    }

    /// Does one page of a plan.
    fn prepare(&self, Ahead { blob, ready }: Ahead) {
        let (slot, packing) = self.lock().take(blob);
        let untried = matches!(packing, Packing::Untried);
        let decoded = slot.get().cloned();
        if (decoded.is_some() || !ready) && !untried {
            return;
        }
        let page = match decoded.map_or_else(|| self.make(blob, &packing).map(Arc::new), Ok) {
            Ok(page) => page,
            // It has not come yet, and is asked for again when it has.
            Err(DecodeError::Absent(_)) => return self.lock().forget(blob),
            // This will come back to whoever really needs the page.
            Err(_) => return self.lock().packed(blob, Packing::Useless),
        };
        if ready {
            // Whoever needed it meanwhile was faster.
            let _ = slot.set(Arc::clone(&page));
            self.lock().trim(blob);
        }
        if untried {
            let packed = PackedPage::of(&page).map(Arc::new);
            self.lock().packed(blob, packed.map_or(Packing::Useless, Packing::Packed));
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.plan.close();
    }
}

impl Plan {
    fn replace(&self, pages: VecDeque<Ahead>) {
        if let Some(plan) = &mut *self.lock() {
            *plan = pages;
            self.changed.notify_one();
        }
    }

    fn close(&self) {
        *self.lock() = None;
        self.changed.notify_one();
    }

    /// The next page, once there is one; `None` at the end.
    fn next(&self) -> Option<Ahead> {
        let nothing =
            |plan: &mut Option<VecDeque<Ahead>>| plan.as_ref().is_some_and(|p| p.is_empty());
        let plan = self.changed.wait_while(self.lock(), nothing);
        plan.unwrap_or_else(PoisonError::into_inner).as_mut()?.pop_front()
    }

    fn lock(&self) -> MutexGuard<'_, Option<VecDeque<Ahead>>> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The thread that decodes ahead, until the cache is dropped.
fn decode_ahead(cache: &Weak<Shared>, plan: &Plan) {
    // On Linux this is the thread's own niceness. Without it sound competes with pages that nobody
    // looks at yet: eight laptops on two cores missed their blocks by half a second.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::nice(AHEAD_NICENESS);
    while let Some(ahead) = plan.next() {
        let Some(shared) = cache.upgrade() else { return };
        shared.prepare(ahead);
    }
}

impl Recent {
    /// What is kept of a picture that is used now.
    fn take(&mut self, blob: BlobId) -> (Slot, Packing) {
        self.tick += 1;
        // Whoever asked and went away leaves an empty place behind.
        if self.pages.len() >= PLACES {
            self.pages.retain(|_, kept| !kept.is_empty());
        }
        let kept = self.pages.entry(blob).or_default();
        kept.used = self.tick;
        (Arc::clone(&kept.pixels), kept.packing.clone())
    }

    /// Keeps what packing a page has made of it.
    fn packed(&mut self, blob: BlobId, packing: Packing) {
        if let Some(kept) = self.pages.get_mut(&blob) {
            kept.packing = packing;
            self.trim(blob);
        }
    }

    /// Drops pixels, and packed pages, used longest ago until the rest fits; `keep` was just made.
    fn trim(&mut self, keep: BlobId) {
        let budget = self.budget;
        self.trim_by(keep, budget, Kept::pixel_bytes, |kept| kept.pixels = Slot::default());
        self.trim_by(keep, PACKED_BYTES, Kept::packed_bytes, |kept| {
            kept.packing = Packing::Untried;
        });
    }

    fn trim_by(
        &mut self,
        keep: BlobId,
        budget: usize,
        bytes: impl Fn(&Kept) -> usize,
        drop: impl Fn(&mut Kept),
    ) {
        let mut total: usize = self.pages.values().map(&bytes).sum();
        while total > budget {
            let others = self.pages.iter_mut().filter(|(id, kept)| **id != keep && bytes(kept) > 0);
            let Some((_, oldest)) = others.min_by_key(|(_, kept)| kept.used) else { return };
            total -= bytes(oldest);
            drop(oldest);
        }
    }

    /// Forgets a page that could not be decoded, unless somebody has decoded it since.
    fn forget(&mut self, blob: BlobId) {
        if self.pages.get(&blob).is_some_and(Kept::is_empty) {
            self.pages.remove(&blob);
        }
    }
}

impl Kept {
    fn is_empty(&self) -> bool {
        !self.pixels.initialized() && !matches!(self.packing, Packing::Packed(_))
    }

    fn pixel_bytes(&self) -> usize {
        self.pixels.get().map_or(0, |page| page.rgb.len())
    }

    fn packed_bytes(&self) -> usize {
        match &self.packing {
            Packing::Packed(packed) => packed.bytes(),
            Packing::Untried | Packing::Useless => 0,
        }
    }
}

#[cfg(test)]
mod tests;
