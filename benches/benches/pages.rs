//! A page from the PDF to the screen: drawing and encoding on the presenter's machine, decoding on
//! everybody's.
//!
//! Must stay under: 500 ms to make a page of text (it happens once, before the meeting or beside
//! it), 60 ms to decode one (pages near the one on show are decoded ahead). `floor_copy` is the least
//! that handling these pixels can cost on this machine in this run. Run alone:
//! `cargo bench -p moot-benches --bench pages`.

use divan::{Bencher, black_box};
use moot_node::io::document::worker::draw_unlimited;
use moot_node::io::pages::DecodedPage;
use moot_tests::pdf;

fn main() {
    divan::main();
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
