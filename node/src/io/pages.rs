//! Decoded pages: ready to be drawn at the moment they are due.
//!
//! Decoding takes 15 to 60 ms, more than a page turn may be late, so neighbours are decoded ahead
//! ([`PageCache::prefetch`]). An image is a peer's bytes: its size is read from the header and
//! bounded before anything is decoded, and the decoder runs on a blocking thread.

use crate::limits::{PAGE_IMAGE_BYTES, PAGE_PIXELS};
use crate::room::id::BlobId;
use image_webp::WebPDecoder;
use std::collections::HashMap;
use std::io::{self, Cursor};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use tokio::sync::OnceCell;

/// Bytes of decoded pages to keep: the page on show, its neighbours and a few to leaf back to.
/// A 1920 × 1080 page takes 6.2 MB, an A4 page 15.6 MB.
pub const CACHE_BYTES: usize = 128 * 1024 * 1024;

/// Pages waiting to be decoded ahead: as many 16:9 pages as the cache holds.
const AHEAD_QUEUE: usize = 20;

/// How much more willing to wait the thread that decodes ahead is than all others.
#[cfg(target_os = "linux")]
const AHEAD_NICENESS: i32 = 10;

/// Slots, decoded or not, before the empty ones are cleared out. Small pages are 300 to a cache.
const SLOTS: usize = 512;

/// A page's pixels.
#[derive(Clone, PartialEq, Eq)]
pub struct DecodedPage {
    /// Pixels rightwards.
    pub width: u32,
    /// Pixels downwards.
    pub height: u32,
    /// Red, green, blue of each pixel, row by row from the top left.
    pub rgb: Vec<u8>,
}

impl std::fmt::Debug for DecodedPage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DecodedPage({} × {})", self.width, self.height)
    }
}

/// Why there are no pixels.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum DecodeError {
    /// The blob is not on this machine yet, or can't be read.
    #[error("the page's picture is not here: {0}")]
    Absent(String),
    /// Not one still WebP picture without transparency, or damaged.
    #[error("the page's picture is damaged")]
    Malformed,
    /// More pixels or bytes than a page has.
    #[error("the page's picture of {width} × {height} pixels is larger than allowed")]
    TooLarge {
        /// Pixels rightwards.
        width: u32,
        /// Pixels downwards.
        height: u32,
    },
}

impl DecodedPage {
    /// The size in pixels that the header of `webp` tells, without decoding.
    ///
    /// # Errors
    /// [`DecodeError`] when it is not a page's picture.
    pub fn size_of(webp: &[u8]) -> Result<(u32, u32), DecodeError> {
        open(webp).map(|decoder| decoder.dimensions())
    }

    /// Decodes a page's picture: 15 to 60 ms.
    ///
    /// # Errors
    /// [`DecodeError`] when it is not a page's picture.
    pub fn decode(webp: &[u8]) -> Result<Self, DecodeError> {
        let mut decoder = open(webp)?;
        let (width, height) = decoder.dimensions();
        let mut rgb = vec![0; decoder.output_buffer_size().ok_or(DecodeError::Malformed)?];
        // The decoder is pure and safe; a defect in it must cost this page only.
        let decoded = catch_unwind(AssertUnwindSafe(|| decoder.read_image(&mut rgb)));
        match decoded {
            Ok(Ok(())) => {}
            Ok(Err(_)) | Err(_) => return Err(DecodeError::Malformed),
        }
        Ok(Self { width, height, rgb })
    }
}

fn open(webp: &[u8]) -> Result<WebPDecoder<Cursor<&[u8]>>, DecodeError> {
    // The extended form (VP8X) brings animation, and a second size that the first doesn't bound.
    let simple = matches!(webp.get(12..16), Some(b"VP8 " | b"VP8L"));
    if !simple || webp.len() as u64 > PAGE_IMAGE_BYTES {
        return Err(DecodeError::Malformed);
    }
    let mut decoder = WebPDecoder::new(Cursor::new(webp)).map_err(|_| DecodeError::Malformed)?;
    decoder.set_memory_limit(PAGE_IMAGE_BYTES as usize);
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > PAGE_PIXELS {
        return Err(DecodeError::TooLarge { width, height });
    }
    if width == 0 || height == 0 || decoder.has_alpha() || decoder.is_animated() {
        return Err(DecodeError::Malformed);
    }
    Ok(decoder)
}

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
    /// To the thread that decodes ahead; it ends when this is dropped.
    ahead: SyncSender<BlobId>,
}

type Slot = Arc<OnceCell<Arc<DecodedPage>>>;

/// Least recently used first out. A few dozen pages at most: finding the oldest is a short walk.
struct Recent {
    slots: HashMap<BlobId, (u64, Slot)>,
    tick: u64,
    budget: usize,
}

impl PageCache {
    /// A cache of at most `budget` bytes of pixels ([`CACHE_BYTES`]); one page is always kept.
    #[must_use]
    pub fn new(source: impl PictureSource, budget: usize) -> Self {
        let pages = Mutex::new(Recent { slots: HashMap::new(), tick: 0, budget });
        let (ahead, queue) = sync_channel(AHEAD_QUEUE);
        let shared = Arc::new(Shared { source: Box::new(source), pages, ahead });
        let weak = Arc::downgrade(&shared);
        let thread = std::thread::Builder::new().name("decode ahead".into());
        if let Err(error) = thread.spawn(move || decode_ahead(&weak, &queue)) {
            tracing::warn!(%error, "pages are decoded when they are due, not ahead");
        }
        Self { shared }
    }

    /// The page of this picture, decoded now if it is not yet. Two who ask at once share the work.
    ///
    /// # Errors
    /// [`DecodeError`]; a later call tries again.
    pub async fn get(&self, blob: BlobId) -> Result<Arc<DecodedPage>, DecodeError> {
        let slot = self.lock().slot(blob);
        let decode = || {
            let shared = Arc::clone(&self.shared);
            async move {
                let work = tokio::task::spawn_blocking(move || {
                    let absent = |error: io::Error| DecodeError::Absent(error.to_string());
                    DecodedPage::decode(&shared.source.read(&blob).map_err(absent)?)
                });
                work.await.map_err(|_| DecodeError::Malformed)?.map(Arc::new)
            }
        };
        let page = slot.get_or_try_init(decode).await.cloned();
        let mut recent = self.lock();
        match &page {
            Ok(_) => recent.trim(blob),
            Err(_) => recent.forget(blob),
        }
        page
    }

    /// The page of this picture if it is decoded; never waits.
    #[must_use]
    pub fn peek(&self, blob: BlobId) -> Option<Arc<DecodedPage>> {
        let mut recent = self.lock();
        recent.slots.get(&blob)?.1.initialized().then(|| recent.slot(blob))?.get().cloned()
    }

    /// Decodes pages ahead, in this order, in the background and with low priority: a page that is
    /// due is decoded at once by [`PageCache::get`], even when this is at work on it. Missing pages
    /// are left out; beyond a handful of waiting pages more are ignored.
    pub fn prefetch(&self, blobs: impl IntoIterator<Item = BlobId>) {
        for blob in blobs {
            if self.peek(blob).is_none() && self.shared.ahead.try_send(blob).is_err() {
                return;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Recent> {
        self.shared.lock()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Recent> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The thread that decodes ahead, until the cache is dropped.
fn decode_ahead(cache: &Weak<Shared>, queue: &Receiver<BlobId>) {
    // On Linux this is the thread's own niceness. Without it sound competes with pages that nobody
    // looks at yet: eight laptops on two cores missed their blocks by half a second.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::nice(AHEAD_NICENESS);
    while let Ok(blob) = queue.recv() {
        let Some(shared) = cache.upgrade() else { return };
        let slot = shared.lock().slot(blob);
        if slot.initialized() {
            continue;
        }
        // An error will come back to whoever really needs the page.
        let Ok(bytes) = shared.source.read(&blob) else { continue };
        let Ok(page) = DecodedPage::decode(&bytes) else { continue };
        // Whoever needed it meanwhile was faster.
        let _ = slot.set(Arc::new(page));
        shared.lock().trim(blob);
    }
}

impl Recent {
    fn slot(&mut self, blob: BlobId) -> Slot {
        self.tick += 1;
        // Whoever asked and went away leaves an empty slot behind.
        if self.slots.len() >= SLOTS {
            self.slots.retain(|_, (_, slot)| slot.initialized());
        }
        let (used, slot) = self.slots.entry(blob).or_default();
        *used = self.tick;
        Arc::clone(slot)
    }

    /// Drops the pages used longest ago until the rest fits; `keep` was just decoded.
    fn trim(&mut self, keep: BlobId) {
        let bytes = |slot: &Slot| slot.get().map_or(0, |page| page.rgb.len());
        let mut total: usize = self.slots.values().map(|(_, slot)| bytes(slot)).sum();
        while total > self.budget {
            let decoded =
                self.slots.iter().filter(|(id, (_, slot))| **id != keep && bytes(slot) > 0);
            let Some(oldest) = decoded.min_by_key(|(_, (used, _))| *used).map(|(id, _)| *id) else {
                return;
            };
            total -= self.slots.remove(&oldest).map_or(0, |(_, slot)| bytes(&slot));
        }
    }

    /// Forgets a page that could not be decoded, unless somebody has decoded it since.
    fn forget(&mut self, blob: BlobId) {
        if self.slots.get(&blob).is_some_and(|(_, slot)| !slot.initialized()) {
            self.slots.remove(&blob);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// A page of one colour: 30 000 bytes decoded.
    fn picture(level: u8) -> Vec<u8> {
        let rgb = vec![level; 100 * 100 * 3];
        webp::Encoder::from_rgb(&rgb, 100, 100).encode_lossless().to_vec()
    }

    /// Blobs named by their one byte, and how often they were read.
    fn cache(budget: usize) -> (PageCache, Arc<AtomicUsize>) {
        let reads = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&reads);
        let source = move |blob: &BlobId| {
            counter.fetch_add(1, Ordering::SeqCst);
            match blob.0[0] {
                0 => Err(io::ErrorKind::NotFound.into()),
                level => Ok(picture(level)),
            }
        };
        (PageCache::new(source, budget), reads)
    }

    fn blob(level: u8) -> BlobId {
        BlobId([level; 32])
    }

    #[tokio::test]
    async fn a_page_is_decoded_once() {
        let (cache, reads) = cache(CACHE_BYTES);
        assert!(cache.peek(blob(7)).is_none());
        let (one, two) = tokio::join!(cache.get(blob(7)), cache.get(blob(7)));
        let page = one.expect("a sound picture");
        assert_eq!((page.width, page.height, page.rgb[0]), (100, 100, 7));
        assert!(Arc::ptr_eq(&page, &two.expect("the same")), "shared, not decoded twice");
        assert!(cache.peek(blob(7)).is_some());
        assert_eq!(reads.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn the_page_used_longest_ago_goes_first() {
        let (cache, _) = cache(3 * 30_000);
        for level in [1, 2, 3] {
            cache.get(blob(level)).await.expect("a sound picture");
        }
        assert!(cache.peek(blob(1)).is_some(), "and used just now");
        cache.get(blob(4)).await.expect("a sound picture");
        let held: Vec<_> = (1..=4).filter(|level| cache.peek(blob(*level)).is_some()).collect();
        assert_eq!(held, [1, 3, 4]);
    }

    #[tokio::test]
    async fn one_page_is_kept_whatever_the_budget() {
        let (cache, _) = cache(0);
        cache.get(blob(1)).await.expect("a sound picture");
        assert!(cache.peek(blob(1)).is_some());
        cache.get(blob(2)).await.expect("a sound picture");
        assert!(cache.peek(blob(1)).is_none() && cache.peek(blob(2)).is_some());
    }

    #[tokio::test]
    async fn an_absent_page_is_asked_for_again() {
        let (cache, reads) = cache(CACHE_BYTES);
        for tries in 1..=2 {
            assert!(matches!(cache.get(blob(0)).await, Err(DecodeError::Absent(_))));
            assert_eq!(reads.load(Ordering::SeqCst), tries);
        }
        assert!(cache.lock().slots.is_empty(), "failures leave nothing behind");
    }

    #[tokio::test]
    async fn neighbours_are_decoded_ahead() {
        let (cache, _) = cache(CACHE_BYTES);
        cache.prefetch([blob(2), blob(0), blob(3)]);
        let ready = async {
            while cache.peek(blob(2)).is_none() || cache.peek(blob(3)).is_none() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(10), ready).await.expect("decoded");
    }

    #[tokio::test]
    async fn a_flood_of_prefetches_is_bounded() {
        let (reads, gate) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(())));
        let (counter, behind) = (Arc::clone(&reads), Arc::clone(&gate));
        let source = move |blob: &BlobId| {
            drop(behind.lock());
            counter.fetch_add(1, Ordering::SeqCst);
            Ok(picture(blob.0[0]))
        };
        let cache = PageCache::new(source, CACHE_BYTES);
        let closed = gate.lock();
        cache.prefetch((1..=200).map(blob));
        drop(closed);
        // First in, first out: when this one is decoded, so are all that were let in before it.
        let last = async {
            while cache.peek(blob(201)).is_none() {
                cache.prefetch([blob(201)]);
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(10), last).await.expect("ends");
        let flood = reads.load(Ordering::SeqCst) - 1;
        // One more if the thread had taken the first before the queue was full.
        assert!((AHEAD_QUEUE..=AHEAD_QUEUE + 1).contains(&flood), "{flood}");
    }

    #[test]
    fn lossy_and_lossless_pictures_are_decoded() {
        let rgb: Vec<u8> = (0..64 * 48 * 3_u32).map(|i| (i / 40) as u8).collect();
        for lossless in [true, false] {
            let encoder = webp::Encoder::from_rgb(&rgb, 64, 48);
            let webp = encoder.encode_simple(lossless, 90.0).expect("small");
            assert_eq!(DecodedPage::size_of(&webp), Ok((64, 48)));
            let page = DecodedPage::decode(&webp).expect("just written");
            assert_eq!(page.rgb.len(), rgb.len());
            assert!(!lossless || page.rgb == rgb, "lossless is exact");
        }
    }

    #[test]
    fn a_header_that_claims_too_much_is_refused_before_decoding() {
        // VP8L: signature, then 14 bits of width - 1, 14 bits of height - 1 (RFC 9649 §3.4).
        let mut webp = b"RIFF\x20\0\0\0WEBPVP8L\x14\0\0\0\x2f".to_vec();
        webp.extend_from_slice(&(16_382_u32 | (16_382 << 14)).to_le_bytes());
        webp.resize(40, 0);
        let refused = DecodedPage::decode(&webp);
        assert_eq!(refused, Err(DecodeError::TooLarge { width: 16_383, height: 16_383 }));
    }

    #[test]
    fn what_is_no_plain_picture_is_refused() {
        let sound = picture(9);
        let mut extended = sound.clone();
        extended[12..16].copy_from_slice(b"VP8X");
        let clear = webp::Encoder::from_rgba(&[0; 16], 2, 2).encode_lossless().to_vec();
        for webp in [&[][..], b"RIFF", &sound[..sound.len() / 2], &extended, &clear] {
            assert_eq!(DecodedPage::decode(webp), Err(DecodeError::Malformed));
        }
    }

    #[test]
    fn fuzz_decode() {
        let sound =
            [picture(9), webp::Encoder::from_rgb(&[90; 4800], 40, 40).encode(50.0).to_vec()];
        bolero::check!().with_test_time(std::time::Duration::from_secs(1)).for_each(|bytes| {
            let _ = DecodedPage::decode(bytes);
            // Damage to a sound picture goes deeper than noise.
            for webp in &sound {
                let mut webp = webp.clone();
                for (place, byte) in bytes.iter().enumerate() {
                    let at = 20 + place * 7 % (webp.len() - 20);
                    webp[at] ^= byte;
                }
                let _ = DecodedPage::decode(&webp);
            }
        });
    }
}
