//! Pages for a window, over the store alone: real PDFs, real worker processes.

// The generator belongs to the scenarios' crate, which depends on this one.
#[allow(dead_code, unreachable_pub, reason = "public and wholly used there")]
#[path = "../../tests/src/pdf.rs"]
mod pdf;

use moot_node::io::blobs::Blobs;
use moot_node::io::document::{Converter, MemorySink};
use moot_node::node::pages::{
    MissingReason, PageImage, PageNews, PageSize, PageWanted, Pages, Region, SharpReason,
    SharpWanted, ShelfError,
};
use moot_node::room::id::BlobId;
use moot_node::room::pages::{PageIndex, Picture};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

const PROGRAM: &str = env!("CARGO_BIN_EXE_moot-node");

/// Longest wait for one piece of news on a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_secs(60);

/// A data folder with one document.
struct Shelf {
    data: TempDir,
    blobs: Blobs,
    document: BlobId,
    index: PageIndex,
}

impl Shelf {
    async fn of(file: &[u8]) -> Self {
        let data = tempfile::tempdir().expect("a scratch folder");
        let path = data.path().join("deck.pdf");
        std::fs::write(&path, file).expect("a scratch file");
        let memos = data.path().join("converted");
        let converter = Converter::new(PROGRAM.into(), memos, MemorySink::default());
        let (progress, _) = mpsc::channel(1);
        let converted = converter.convert(&path.into(), &progress, &CancellationToken::new()).await;
        let document = converted.expect("an honest deck").document;
        let blobs = Blobs::open(&data.path().join("blobs")).expect("a store");
        let bytes = converter.sink().get(&document).expect("the index is kept");
        let index = PageIndex::decode(&bytes).expect("the index is sound");
        let all = index.fetch_order(1).into_iter().map(|blob| blob.blob).chain([document]);
        for blob in all {
            blobs.put(converter.sink().get(&blob).expect("kept")).await.expect("put");
        }
        Self { data, blobs, document, index }
    }

    fn pages(&self) -> (Pages, Receiver<PageNews>) {
        let pages = Pages::open(self.data.path(), PROGRAM.into()).expect("a store");
        let (sender, news) = channel();
        pages.listen(move |told| drop(sender.send(told)));
        (pages, news)
    }

    fn wanted(&self, page: u32, size: PageSize) -> PageWanted {
        PageWanted { document: self.document, page, size }
    }

    fn picture(&self, page: u32) -> BlobId {
        match self.index.page(page).expect("there is this page").picture {
            Picture::Image { file, .. } => file.blob,
            Picture::Missing(problem) => panic!("page {page}: {problem}"),
        }
    }
}

fn arrived(news: &Receiver<PageNews>) -> (PageWanted, Arc<PageImage>) {
    match news.recv_timeout(PATIENCE).expect("some news") {
        PageNews::Arrived { wanted, image } => (wanted, image),
        other => panic!("{other:?}"),
    }
}

fn missing(news: &Receiver<PageNews>) -> MissingReason {
    match news.recv_timeout(PATIENCE).expect("some news") {
        PageNews::Missing { reason, .. } => reason,
        other => panic!("{other:?}"),
    }
}

fn sharp(news: &Receiver<PageNews>) -> Result<(SharpWanted, Arc<PageImage>), SharpReason> {
    match news.recv_timeout(PATIENCE).expect("some news") {
        PageNews::Sharp { wanted, image } => Ok((wanted, image)),
        PageNews::SharpMissing { reason, .. } => Err(reason),
        other => panic!("{other:?}"),
    }
}

/// Mean difference of two pictures of one size, 0 to 255.
fn difference(one: &[u8], other: &[u8]) -> f64 {
    assert_eq!(one.len(), other.len());
    let sum: u64 = one.iter().zip(other).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / one.len() as f64
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_come_in_both_sizes_and_thumbnails_are_kept() {
    let shelf = Shelf::of(&pdf::deck(3)).await;
    let (pages, news) = shelf.pages();
    let full = shelf.wanted(2, PageSize::Full);
    assert!(pages.peek(full).is_none());
    pages.request(full);
    let (wanted, image) = arrived(&news);
    assert_eq!((wanted, image.width, image.height), (full, 1920, 1080));
    assert!(Arc::ptr_eq(&image, &pages.peek(full).expect("ready now")), "decoded once");
    pages.request(full);
    assert!(Arc::ptr_eq(&image, &arrived(&news).1), "told again when asked again");

    let small = shelf.wanted(2, PageSize::Thumbnail);
    pages.request(small);
    let (wanted, first) = arrived(&news);
    assert_eq!((wanted, first.width, first.height), (small, 260, 146));
    // The blue title bar.
    let bar = &first.rgb[(11 * 260 + 3) * 3..][..3];
    assert!(bar[2] > 100 && bar[0] < 60, "{bar:?}");

    // Another start: made from what is kept, even without the picture.
    drop(pages);
    std::fs::remove_file(shelf.blobs.path(&shelf.picture(2))).expect("removed");
    let (pages, news) = shelf.pages();
    pages.request(small);
    let (_, again) = arrived(&news);
    assert!(difference(&again.rgb, &first.rgb) < 3.0);
    pages.request(full);
    assert_eq!(missing(&news), MissingReason::NotHere);

    // And gone with the picture.
    shelf.blobs.remove(shelf.picture(2)).await.expect("removed");
    drop(pages);
    let (pages, news) = shelf.pages();
    pages.request(small);
    assert_eq!(missing(&news), MissingReason::NotHere);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_has_a_reason() {
    let shelf = Shelf::of(&pdf::deck(2)).await;
    let (pages, news) = shelf.pages();
    for page in [0, 3, u32::MAX] {
        pages.request(shelf.wanted(page, PageSize::Full));
        assert_eq!(missing(&news), MissingReason::NoSuchPage);
    }
    let unknown = BlobId([7; 32]);
    pages.request(PageWanted { document: unknown, page: 1, size: PageSize::Thumbnail });
    assert_eq!(missing(&news), MissingReason::NotHere);
    assert_eq!(pages.text(unknown, 1), Err(ShelfError::NotHere));
    std::fs::write(shelf.blobs.path(&shelf.picture(1)), b"RIFF what is this").expect("written");
    pages.request(shelf.wanted(1, PageSize::Full));
    assert_eq!(missing(&news), MissingReason::Damaged);
    std::fs::write(shelf.blobs.path(&shelf.document), b"no index").expect("written");
    let (pages, news) = shelf.pages();
    pages.request(shelf.wanted(2, PageSize::Full));
    assert_eq!(missing(&news), MissingReason::Damaged);
}

#[tokio::test(flavor = "multi_thread")]
async fn words_are_found_on_their_pages() {
    let shelf = Shelf::of(&pdf::deck(12)).await;
    let (pages, _news) = shelf.pages();
    let text = pages.text(shelf.document, 3).expect("it is here");
    assert!(text.0.starts_with("Page 3 of 12\n"), "{}", text.0);
    assert_eq!(pages.text(shelf.document, 13).expect("it is here").0, "");
    let found: Vec<u32> = pages
        .search(shelf.document, "PAGE 1")
        .expect("it is here")
        .into_iter()
        .map(|hit| hit.page)
        .collect();
    assert_eq!(found, [1, 10, 11, 12]);
    let all = pages.search(shelf.document, "line 3").expect("it is here");
    assert_eq!(all.len(), 12);
    assert_eq!(&all[4].excerpt[all[4].found.clone()], "line 3");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sharp_part_lies_exactly_on_the_picture() {
    let shelf = Shelf::of(&pdf::deck(2)).await;
    let (pages, news) = shelf.pages();
    pages.request(shelf.wanted(2, PageSize::Full));
    let (_, picture) = arrived(&news);
    // Lines of text.
    let region = Region { left: 0, top: 2500, width: 5000, height: 2500 };
    let wanted = SharpWanted { document: shelf.document, page: 2, region, pixels_wide: 960 };

    // In the picture's own resolution it is a part of the picture.
    pages.render(Some(wanted));
    let (told, image) = sharp(&news).expect("drawn");
    assert_eq!((told, image.width, image.height), (wanted, 960, 270));
    let line = |y: usize| &picture.rgb[y * 1920 * 3..][..960 * 3];
    let part: Vec<u8> = (270..540).flat_map(line).copied().collect();
    let spread = part.iter().max().zip(part.iter().min()).map(|(most, least)| most - least);
    assert!(spread > Some(100), "there is something to compare");
    assert!(difference(&image.rgb, &part) < 0.5, "{}", difference(&image.rgb, &part));

    // Sharper: sixteen pixels for each of the picture's, which is their mean and not each of them.
    pages.render(Some(SharpWanted { pixels_wide: 3840, ..wanted }));
    let (_, image) = sharp(&news).expect("drawn by the same worker");
    assert_eq!((image.width, image.height), (3840, 1080));
    let fine = |x: usize, y: usize, channel: usize| image.rgb[(y * 3840 + x) * 3 + channel];
    let off = |right: usize, down: usize, each: bool| {
        let mut sum = 0.0;
        for place in 0..950 * 260 {
            let (x, y) = (place % 950, place / 950);
            let block = (0..16).map(|n| f64::from(fine(x * 4 + n % 4, y * 4 + n / 4, 0)));
            let coarse = f64::from(part[((y + down) * 960 + x + right) * 3]);
            sum += match each {
                true => block.map(|value| (value - coarse).abs()).sum::<f64>() / 16.0,
                false => (block.sum::<f64>() / 16.0 - coarse).abs(),
            };
        }
        sum / (950.0 * 260.0)
    };
    let (mean, each) = (off(0, 0, false), off(0, 0, true));
    let (right, down) = (off(1, 0, false), off(0, 1, false));
    println!("off by {mean:.2} in the mean, {each:.2} each; a pixel beside {right:.2}, {down:.2}");
    assert!(mean < 1.5 && mean < right && mean < down, "it lies where the picture lies");
    assert!(each > 1.5 * mean, "and is no enlargement of it");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_sharp_part_wins() {
    let shelf = Shelf::of(&pdf::deck(1)).await;
    let (pages, news) = shelf.pages();
    let wanted = |left| SharpWanted {
        document: shelf.document,
        page: 1,
        region: Region { left, top: 0, width: 1000, height: 1000 },
        pixels_wide: 3840,
    };
    (0..40).for_each(|left| pages.render(Some(wanted(left))));
    let mut told = 0;
    while let Ok((last, _)) = sharp(&news) {
        told += 1;
        if last == wanted(39) {
            break;
        }
    }
    assert!(told < 5, "{told} of 40 were drawn");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_sound_pdf_the_picture_stays() {
    let shelf = Shelf::of(&pdf::deck(1)).await;
    let (pages, news) = shelf.pages();
    let wanted = |page| SharpWanted {
        document: shelf.document,
        page,
        region: Region::PAGE,
        pixels_wide: 100,
    };
    pages.render(Some(wanted(2)));
    assert_eq!(sharp(&news).err(), Some(SharpReason::NoSuchPage));
    let path = shelf.blobs.path(&shelf.index.source.blob);
    let aside = path.with_extension("aside");
    std::fs::rename(&path, &aside).expect("moved");
    pages.render(Some(wanted(1)));
    assert_eq!(sharp(&news).err(), Some(SharpReason::NotHereYet));
    // Another file under this name is not opened for it, sound or not.
    std::fs::write(&path, pdf::deck(3)).expect("written");
    pages.render(Some(wanted(1)));
    assert_eq!(sharp(&news).err(), Some(SharpReason::NotDrawn));
    std::fs::rename(&aside, &path).expect("moved");
    let (pages, news) = shelf.pages();
    pages.render(Some(wanted(1)));
    assert!(sharp(&news).is_ok());
}

/// Prints what a deck of 200 pages costs: time for its thumbnails, made and read again, for a
/// search, and memory once all of it was leafed through. With `--release`, on a quiet machine:
/// `cargo test --release -p moot-node --test pages -- --ignored --nocapture two_hundred`.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
#[ignore = "converts 200 pages to measure: a minute"]
async fn two_hundred_pages_within_the_memory_of_a_window() {
    const PAGES: u32 = 200;
    let shelf = Shelf::of(&pdf::deck(PAGES)).await;
    let before = resident();
    let grown = || resident().saturating_sub(before) >> 20;
    for run in ["made", "read again"] {
        let (pages, news) = shelf.pages();
        let (began, worked) = (std::time::Instant::now(), processor());
        (1..=PAGES).for_each(|page| pages.request(shelf.wanted(page, PageSize::Thumbnail)));
        (1..=PAGES).for_each(|_| drop(arrived(&news)));
        let (took, worked) = (began.elapsed(), processor() - worked);
        println!("200 thumbnails {run}: {took:?}, {worked:?} of processor, {} MB", grown());
    }
    let (pages, news) = shelf.pages();
    for page in 1..=PAGES {
        for size in [PageSize::Thumbnail, PageSize::Full] {
            pages.request(shelf.wanted(page, size));
            drop(arrived(&news));
        }
    }
    println!("all pages leafed through: {} MB", grown());
    let began = std::time::Instant::now();
    let hits = pages.search(shelf.document, "on LINE").expect("it is here");
    println!("a search with {} hits: {:?}", hits.len(), began.elapsed());
    let whole =
        SharpWanted { document: shelf.document, page: 7, region: Region::PAGE, pixels_wide: 3840 };
    for worker in ["new", "warm"] {
        let began = std::time::Instant::now();
        pages.render(Some(whole));
        drop(sharp(&news).expect("drawn"));
        println!("3840 × 2160 by a {worker} worker: {:?}", began.elapsed());
    }
    println!("memory: {} MB, of which {} MB for pages", resident() >> 20, grown());
    assert!(grown() < 230, "{} MB leave too little of 300 for the window", grown());
}

/// Processor time of this process without its children.
#[cfg(target_os = "linux")]
fn processor() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux has it");
    let fields: Vec<&str> = stat.rsplit(')').next().expect("proc(5)").split_whitespace().collect();
    // utime and stime are the fields 14 and 15; two precede. A tick is 10 ms everywhere.
    let ticks = |field: usize| fields[field].parse::<u64>().expect("a number");
    Duration::from_millis(10 * (ticks(11) + ticks(12)))
}

/// Bytes of memory this process has in use.
#[cfg(target_os = "linux")]
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux has it");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("proc(5)");
    let number = line.split_whitespace().nth(1).expect("a number of kB");
    number.parse::<u64>().expect("a number") << 10
}
