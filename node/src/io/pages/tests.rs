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
    assert!(cache.lock().pages.is_empty(), "failures leave nothing behind");
}

/// Waits until the thread that decodes ahead has come so far.
async fn until(done: impl Fn() -> bool) {
    let ready = async {
        while !done() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(10), ready).await.expect("in time");
}

fn is_packed(cache: &PageCache, level: u8) -> bool {
    let recent = cache.lock();
    recent.pages.get(&blob(level)).is_some_and(|kept| kept.packed_bytes() > 0)
}

#[tokio::test]
async fn neighbours_are_decoded_ahead_and_what_is_farther_is_packed() {
    let (cache, reads) = cache(CACHE_BYTES);
    cache.prefetch([1, 2, 0, 3, 4, 5].map(blob));
    until(|| is_packed(&cache, 5)).await;
    let ready: Vec<_> = (1..=5).filter(|level| cache.peek(blob(*level)).is_some()).collect();
    assert_eq!(ready, [1, 2], "the first three, of which one is not here");
    assert!((1..=5).all(|level| is_packed(&cache, level)));
    let read = reads.load(Ordering::SeqCst);
    let page = cache.get(blob(5)).await.expect("unpacked");
    assert_eq!((page.width, page.height, page.rgb[29_999]), (100, 100, 5));
    assert_eq!(reads.load(Ordering::SeqCst), read, "and not decoded again");
}

#[tokio::test]
async fn a_page_whose_pixels_had_to_go_comes_back_without_decoding() {
    let (cache, reads) = cache(2 * 30_000);
    cache.get(blob(1)).await.expect("a sound picture");
    cache.prefetch([blob(1)]);
    until(|| is_packed(&cache, 1)).await;
    for level in [2, 3] {
        cache.get(blob(level)).await.expect("a sound picture");
    }
    assert!(cache.peek(blob(1)).is_none() && is_packed(&cache, 1));
    assert_eq!(cache.get(blob(1)).await.expect("unpacked").rgb[0], 1);
    assert_eq!(reads.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn a_new_plan_replaces_the_old_one_and_is_bounded() {
    let (reads, gate) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(())));
    let (noted, behind) = (Arc::clone(&reads), Arc::clone(&gate));
    let source = move |blob: &BlobId| {
        drop(behind.lock());
        noted.lock().unwrap().push(blob.0[0]);
        Ok(picture(blob.0[0]))
    };
    let cache = PageCache::new(source, CACHE_BYTES);
    let closed = gate.lock();
    cache.prefetch((1..=100).map(blob));
    cache.prefetch((101..=200).map(blob));
    drop(closed);
    until(|| is_packed(&cache, 100 + AHEAD as u8)).await;
    let mut read = reads.lock().unwrap().clone();
    // The thread may have taken one of the first plan before the second came.
    read.retain(|level| *level != 1);
    assert_eq!(read, (101..=100 + AHEAD as u8).collect::<Vec<_>>());
}

#[test]
fn the_thread_that_decodes_ahead_ends_with_the_cache() {
    let (cache, _) = cache(CACHE_BYTES);
    let plan = Arc::clone(&cache.shared.plan);
    drop(cache);
    assert!(plan.next().is_none());
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
    let sound = [picture(9), webp::Encoder::from_rgb(&[90; 4800], 40, 40).encode(50.0).to_vec()];
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
