//! A page from the PDF to the screen: drawing and encoding on the presenter's machine, decoding on
//! everybody's.
//!
//! Must stay under: 500 ms to make a page of text (it happens once, before the meeting or beside
//! it), 60 ms to decode one (pages near the one on show are decoded ahead). `floor_copy` is the least
//! that handling these pixels can cost on this machine in this run. Run alone:
//! `cargo bench -p moot-benches --bench pages`.
//!
//! First of all a table: milliseconds a page, beside mutool and pdftoppm drawing the same pages without packing
//! them, in the same run on one core each; of the corpus (`make corpus`) where it is there.

use divan::{Bencher, black_box};
use moot_node::io::document::worker::{costs_unlimited, draw_unlimited};
use moot_node::io::pages::DecodedPage;
use moot_tests::pdf;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

fn main() {
    if std::env::args().any(|argument| argument == "--bench") {
        beside_others();
    }
    divan::main();
}

/// Pages drawn of each document.
const PAGES: u32 = 12;

/// Documents of the corpus: shadings, text, dense text, Chinese, drawings, shadows, a scan.
const CORPUS: [&str; 7] = [
    "beamer-conference.pdf",
    "xcolor.pdf",
    "pypdf-issue-604.pdf",
    "refcard-zh_CN.pdf",
    "pypdf-GeoBase_NHNC1_Data_Model_UML_EN.pdf",
    "pgf-blur.pdf",
    "pypdf-Seige_of_Vicksburg_Sample_OCR.pdf",
];

/// Prints the table.
fn beside_others() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/corpus/files");
    let mut files: Vec<PathBuf> = CORPUS.iter().map(|name| corpus.join(name)).collect();
    files.retain(|file| file.is_file());
    let scratch = tempfile::tempdir().expect("a scratch folder");
    if files.is_empty() {
        let deck = scratch.path().join("deck.pdf");
        std::fs::write(&deck, pdf::deck(PAGES)).expect("a scratch file");
        files.push(deck);
    }
    println!("ms a page at 1920 pixels | drawn | mutool | pdftoppm | drawn, read and packed | kB");
    for file in &files {
        let bytes = std::fs::read(file).expect("readable");
        let costs = costs_unlimited(bytes, PAGES).expect("an honest document");
        let pages = costs.len().max(1) as f64;
        let mean = |sum: f64| sum / pages;
        let drawn = mean(costs.iter().map(|cost| cost.drawn.as_secs_f64() * 1e3).sum());
        let made = mean(costs.iter().map(|cost| cost.made.as_secs_f64() * 1e3).sum());
        let kb = mean(costs.iter().map(|cost| cost.bytes as f64 / 1e3).sum());
        let last = costs.len().to_string();
        let range = format!("1-{last}");
        let mutool = ["draw", "-q", "-w", "1920", "-F", "ppm", "-o", "/dev/null"];
        let poppler = ["-l", &last, "-scale-to-x", "1920", "-scale-to-y", "-1"];
        let mutool = took("mutool", &mutool, file, &[&range]).map(mean);
        let poppler = took("pdftoppm", &poppler, file, &[]).map(mean);
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let other = |ms: Option<f64>| ms.map_or("-".to_owned(), |ms| format!("{ms:.0}"));
        println!(
            "{name} ({last}) | {drawn:.0} | {} | {} | {made:.0} | {kb:.0}",
            other(mutool),
            other(poppler)
        );
    }
}

/// Milliseconds that a program takes for a file; `None` when it is not installed.
fn took(program: &str, options: &[&str], file: &Path, rest: &[&str]) -> Option<f64> {
    let mut command = Command::new(program);
    command.args(options).arg(file).args(rest).stdout(Stdio::null()).stderr(Stdio::null());
    let began = Instant::now();
    let done = command.status().ok()?;
    done.success().then(|| began.elapsed().as_secs_f64() * 1e3)
}

/// A slide of text and drawings, and one with a picture that fills a third of it.
#[derive(Clone, Copy, Debug)]
enum Slide {
    Text,
    Picture,
}

const SLIDES: [Slide; 2] = [Slide::Text, Slide::Picture];

impl Slide {
    fn file(self) -> Vec<u8> {
        match self {
            Self::Text => pdf::deck(1),
            Self::Picture => pdf::heavy(0),
        }
    }

    fn webp(self) -> Vec<u8> {
        draw_unlimited(self.file(), 1).expect("our own deck has a first page")
    }
}

/// Open, draw at 1920 pixels, read the text, encode.
#[divan::bench(args = SLIDES, sample_count = 20)]
fn make(bencher: Bencher<'_, '_>, slide: Slide) {
    let file = slide.file();
    bencher.bench_local(|| draw_unlimited(file.clone(), 1));
}

#[divan::bench(args = SLIDES, sample_count = 50)]
fn decode(bencher: Bencher<'_, '_>, slide: Slide) {
    let webp = slide.webp();
    bencher.bench_local(|| DecodedPage::decode(&webp));
}

#[divan::bench(sample_count = 50)]
fn floor_copy(bencher: Bencher<'_, '_>) {
    let pixels = vec![1_u8; 1920 * 1080 * 3];
    bencher.bench_local(|| black_box(&pixels).clone());
}
