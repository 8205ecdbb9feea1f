//! Conversion with real worker processes: real documents, damaged ones, hostile ones.

// The generator belongs to the scenarios' crate, which depends on this one.
#[allow(dead_code, unreachable_pub, reason = "public and wholly used there")]
#[path = "../../../tests/src/pdf.rs"]
mod pdf;

#[allow(dead_code, unreachable_pub, reason = "public and wholly used there")]
#[path = "../../../tests/src/office.rs"]
mod office;

mod bench;
mod export;
#[cfg(target_os = "linux")]
mod fence;
mod formats;
mod growing;
mod locked;
mod mutations;
mod structure;
mod traps;

use bench::{Bench, PROGRAM};
use moot_node::io::document::{
    ConvertError, ConvertLimits, Converter, MemorySink, Progress, Warning, convert_to_folder,
};
use moot_node::room::id::BlobId;
use moot_node::room::pages::PageProblem;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

#[tokio::test]
async fn a_deck_becomes_pages_text_and_its_own_file() {
    let bench = Bench::new();
    let file = pdf::deck(5);
    let converted = bench.convert(&file).await.expect("an honest deck");
    assert_eq!((converted.pages, converted.warnings.len()), (5, 0), "{converted:?}");
    let index = bench.index(&converted);
    assert_eq!(index.source.blob, BlobId::of(&file));
    assert_eq!(bench.converter.sink().get(&index.source.blob), Some(file), "the file is kept");
    let texts = bench.text(&index);
    for number in 1..=5 {
        let picture = bench.picture(&index, number);
        assert_eq!((picture.width, picture.height), (1920, 1080));
        // The blue title bar, left of the title.
        let bar = &picture.rgb[(80 * 1920 + 20) * 3..][..3];
        assert!(bar[2] > 100 && bar[0] < 60, "page {number} has its title bar: {bar:?}");
        let text = texts.page(number);
        assert!(text.starts_with(&format!("Page {number} of 5\n")), "{text}");
        assert!(text.contains(" on line 3.\n"), "{text}");
    }
    assert_eq!(converted.bytes, index.bytes() + index.encode().len() as u64);
}

#[tokio::test]
async fn the_same_file_costs_nothing_the_second_time() {
    let bench = Bench::new();
    let file = pdf::deck(3);
    let first = bench.convert(&file).await.expect("an honest deck");
    let (progress, mut heard) = mpsc::channel(4);
    let cancel = CancellationToken::new();
    let memos = bench.folder.path().join("converted");
    let path = bench.file(&file).into();

    // Without the blobs a memory is worth nothing, and this worker can't start.
    let elsewhere = Converter::new("/nonexistent".into(), memos, MemorySink::default());
    let none = elsewhere.convert(&path, &progress, &cancel).await;
    assert!(matches!(none, Err(ConvertError::Worker(_))), "{none:?}");
    assert_eq!(heard.try_recv(), Ok(Progress { done: 0, pages: 0 }), "it was begun");

    let again = bench.converter.convert(&path, &progress, &cancel).await.expect("remembered");
    assert_eq!(again, first);
    assert_eq!(heard.try_recv(), Ok(Progress { done: 3, pages: 3 }), "all at once");
    assert!(heard.try_recv().is_err(), "and nothing more: no page was drawn again");

    bench.converter.sink().forget(&first.document);
    let third = bench.converter.convert(&path, &progress, &cancel).await.expect("converted again");
    assert_eq!(third, first, "the same file has the same name");
}

#[tokio::test]
async fn what_is_no_document_is_refused_with_a_reason() {
    let bench = Bench::new();
    let refused = async |bytes: Vec<u8>| bench.convert(&bytes).await.expect_err("no document");
    assert!(matches!(refused(b"PK\x03\x04 a zip".to_vec()).await, ConvertError::Unknown));
    assert!(matches!(refused(Vec::new()).await, ConvertError::NoBytes));
    assert!(matches!(refused(b"%PDF-1.7 nothing".to_vec()).await, ConvertError::Damaged));
    let encrypted = refused(pdf::encrypted()).await;
    assert!(matches!(encrypted, ConvertError::Password { wrong: false }), "{encrypted}");
    assert!(encrypted.to_string().contains("password"), "{encrypted}");
    let empty = refused(pdf::empty()).await;
    assert!(matches!(empty, ConvertError::Empty), "{empty}");
    let long = refused(pdf::deck(2001)).await;
    assert!(matches!(long, ConvertError::TooManyPages { pages: 2001 }), "{long}");
    let absent = bench.convert_file(Path::new("/nonexistent.pdf")).await;
    assert!(matches!(absent, Err(ConvertError::Unreadable { .. })), "{absent:?}");
    let folder = bench.convert_file(bench.folder.path()).await;
    assert!(matches!(folder, Err(ConvertError::NoPictures { .. })), "{folder:?}");
}

#[tokio::test]
async fn a_file_too_large_is_refused_unread() {
    let bench = Bench::new();
    let path = bench.folder.path().join("large.pdf");
    let file = std::fs::File::create(&path).expect("a scratch file");
    file.set_len(256 * 1024 * 1024 + 1).expect("a sparse file");
    let refused = bench.convert_file(&path).await.expect_err("too large");
    assert!(matches!(refused, ConvertError::TooLarge { .. }), "{refused}");
}

#[tokio::test]
async fn a_bomb_of_drawing_instructions_is_stopped() {
    let bench = Bench::new();
    let bomb = pdf::bomb();
    assert!(bomb.len() < 3 << 20, "{} bytes", bomb.len());
    let began = Instant::now();
    let error = bench.convert(&bomb).await.expect_err("nothing to show");
    println!("a bomb of {} bytes: {error}, after {:?}", bomb.len(), began.elapsed());
    assert!(matches!(error, ConvertError::Nothing { pages: 1, .. }), "{error}");
    assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
}

#[tokio::test]
async fn one_bad_page_does_not_cost_the_others() {
    let bench = Bench::new();
    let began = Instant::now();
    let converted = bench.convert(&pdf::image_bomb(60_000)).await.expect("two good pages");
    println!("{:?}, after {:?}", converted.warnings, began.elapsed());
    assert_eq!(converted.pages, 3);
    let [Warning::Page { number: 2, problem }] = converted.warnings[..] else {
        panic!("{:?}", converted.warnings);
    };
    assert!(matches!(problem, PageProblem::Died | PageProblem::TooSlow), "{problem}");
    let index = bench.index(&converted);
    assert_eq!(bench.text(&index).page(3).lines().next(), Some("Page 3 of 3"));
    bench.picture(&index, 1);
    bench.picture(&index, 3);
}

#[tokio::test]
async fn damaged_files_never_harm_the_meeting() {
    let bench = Bench::new();
    let original = pdf::deck(2);
    let (mut shown, mut refused, mut slowest) = (0, 0, Duration::ZERO);
    for seed in 0..100 {
        let began = Instant::now();
        match bench.convert(&pdf::mutated(&original, seed)).await {
            Ok(converted) => {
                let index = bench.index(&converted);
                assert_eq!(index.pages.len(), converted.pages as usize, "seed {seed}");
                shown += 1;
            }
            Err(ConvertError::Worker(error)) => panic!("seed {seed}: {error}"),
            Err(_) => refused += 1,
        }
        slowest = slowest.max(began.elapsed());
    }
    println!("of 100 damaged files {shown} were shown, {refused} refused; slowest {slowest:?}");
    assert!(slowest < Duration::from_secs(60), "{slowest:?}");
    assert!(shown > 10, "the damage is not total");
}

#[tokio::test]
async fn odd_page_sizes_are_brought_within_bounds() {
    let bench = Bench::new();
    for (width, height) in [(1, 14_400), (14_400, 1), (100_000, 100_000), (1, 1)] {
        let converted = bench.convert(&pdf::sized(width, height)).await.expect("a page");
        let index = bench.index(&converted);
        let picture = bench.picture(&index, 1);
        // A strip of one point is half a pixel wide, hence pink.
        let red = picture.rgb.chunks_exact(3).filter(|p| p[0] > 200 && p[1] < 230).count();
        assert!(red > 100, "{width} × {height} shows its content: {red} of {picture:?}");
    }
}

#[tokio::test]
async fn text_in_a_font_that_is_nowhere_is_reported() {
    let bench = Bench::new();
    let converted = bench.convert(&pdf::chinese()).await.expect("a page");
    let index = bench.index(&converted);
    let picture = bench.picture(&index, 1);
    // The line of text: 100 to 580 points rightwards, 120 to 260 downwards; two pixels a point.
    let dark = (240..520_usize)
        .flat_map(|y| (200..1160_usize).map(move |x| (y * 1920 + x) * 3))
        .filter(|at| picture.rgb[*at] < 128)
        .count();
    if let [Warning::Font { font }] = &converted.warnings[..] {
        println!("no Chinese font is installed: the warning was tested, not the drawing");
        assert!(font.starts_with("STSong-Light"), "{font}");
        assert_eq!(dark, 0, "a warning without need");
    } else {
        assert_eq!(converted.warnings, []);
        assert!(dark > 5000, "the characters are there: {dark} dark pixels");
    }
}

#[tokio::test]
async fn workers_that_hang_die_or_babble_give_an_error_in_time() {
    let limits = ConvertLimits { page_wall: Duration::from_secs(2), ..Default::default() };
    let cases = [
        ("exec sleep 1000", PageProblem::TooSlow),
        ("exit 1", PageProblem::Died),
        ("printf '\\377\\377\\377\\377'; exit 0", PageProblem::Died),
        ("printf '\\0\\0\\0\\4junk'; exec sleep 1000", PageProblem::Died),
        ("kill -XCPU $$", PageProblem::TooSlow),
    ];
    for (script, expected) in cases {
        let scratch = tempfile::tempdir().expect("a scratch folder");
        let bench = Bench::of(script_in(scratch.path(), script), limits);
        let error = bench.convert(&pdf::deck(1)).await.expect_err("no worker");
        let ConvertError::Unopenable { problem } = error else { panic!("{script}: {error}") };
        assert_eq!(problem, expected, "{script}");
    }
}

#[tokio::test]
async fn cancelling_ends_the_worker() {
    let scratch = tempfile::tempdir().expect("a scratch folder");
    let pid_file = scratch.path().join("pid");
    let script = format!("echo $$ > {}; exec sleep 1000", pid_file.display());
    let bench = Bench::of(script_in(scratch.path(), &script), ConvertLimits::default());
    let path = bench.file(&pdf::deck(1)).into();
    let (progress, _) = mpsc::channel(1);
    let cancel = CancellationToken::new();
    let stop = async {
        while !std::fs::read_to_string(&pid_file).is_ok_and(|pid| pid.ends_with('\n')) {
            tokio::task::yield_now().await;
        }
        cancel.cancel();
    };
    let (converted, ()) = tokio::join!(bench.converter.convert(&path, &progress, &cancel), stop);
    assert!(matches!(converted, Err(ConvertError::Cancelled)), "{converted:?}");
    let pid = std::fs::read_to_string(&pid_file).expect("the worker ran");
    let status = Path::new("/proc").join(pid.trim()).join("stat");
    let ended = async {
        // Gone, or a zombie that nobody has waited for yet.
        while std::fs::read_to_string(&status).is_ok_and(|stat| !stat.contains(") Z ")) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), ended).await.expect("the worker is dead");
}

#[tokio::test]
async fn a_folder_of_pages_for_any_program() {
    let bench = Bench::new();
    let path = bench.file(&pdf::deck(2)).into();
    let out = bench.folder.path().join("out");
    let (progress, _) = mpsc::channel(1);
    let cancel = CancellationToken::new();
    let converted = convert_to_folder(PROGRAM.into(), &path, &out, &progress, &cancel).await;
    let converted = converted.expect("an honest deck");
    let mut names: Vec<_> = std::fs::read_dir(&out)
        .expect("the folder")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("plain names"))
        .collect();
    names.sort();
    assert_eq!(names, ["document.pdf", "index.cbor", "page-001.webp", "page-002.webp", "text.txt"]);
    let index = std::fs::read(out.join("index.cbor")).expect("the index");
    assert_eq!(BlobId::of(&index), converted.document);
    let text = std::fs::read_to_string(out.join("text.txt")).expect("the text");
    assert!(text.contains('\u{c}') && text.contains("Page 2 of 2"), "{text}");
}

/// Documents of Debian packages, used where they are installed.
const REAL: [&str; 2] = [
    "/usr/share/doc/libtasn1-doc/libtasn1.pdf",
    "/usr/share/doc/shared-mime-info/shared-mime-info-spec.pdf",
];

#[tokio::test]
async fn real_documents_are_shown_whole() {
    let installed: Vec<_> = REAL.iter().map(Path::new).filter(|path| path.exists()).collect();
    if installed.is_empty() {
        println!("skipped: none of {REAL:?} is installed");
    }
    for path in installed {
        let bench = Bench::new();
        let began = Instant::now();
        let converted = bench.convert_file(path).await.expect("a real document");
        let (pages, spent) = (converted.pages, began.elapsed());
        println!("{}: {pages} pages, {} bytes, {spent:?}", path.display(), converted.bytes);
        assert_eq!(converted.warnings, [], "{}", path.display());
        let index = bench.index(&converted);
        let texts = bench.text(&index);
        for number in 1..=pages {
            let picture = bench.picture(&index, number);
            let ink = picture.rgb.iter().filter(|level| **level < 128).count();
            assert!(ink > 0 || texts.page(number).is_empty(), "page {number} has words, no ink");
        }
    }
}

fn script_in(folder: &Path, script: &str) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let path = folder.join("worker");
    std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("a scratch file");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).expect("own file");
    path
}
