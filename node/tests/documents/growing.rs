//! A document that is told of while the rest of it is still being drawn.

use super::bench::{Bench, PROGRAM};
use super::pdf;
use moot_node::io::document::{ConvertLimits, Original};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

#[tokio::test]
async fn drafts_show_what_is_drawn_and_the_whole_is_as_without_them() {
    // A draft as soon as there is a page, however fast the machine is.
    let limits = ConvertLimits { patience: Duration::ZERO, ..ConvertLimits::default() };
    let bench = Bench::of(PROGRAM.into(), limits);
    let file = bench.file(&pdf::deck(40));
    let original = Original::from(file.as_path());
    let (progress, _) = mpsc::channel(1);
    let (growth, mut drafts) = mpsc::channel(64);
    let stop = CancellationToken::new();
    let whole = bench.converter.convert_growing(&original, &progress, &growth, &stop).await;
    let whole = whole.expect("an honest deck");
    let last = bench.index(&whole);
    let mut before = 0;
    while let Ok(draft) = drafts.try_recv() {
        let index = bench.index(&draft);
        let pages = || index.pages.iter().zip(&last.pages);
        assert!(!index.pages[0].picture.is_pending(), "the first page is there");
        assert!(pages().all(|(now, later)| now == later || now.picture.is_pending()));
        let here = pages().filter(|(now, later)| now == later).count();
        assert!(here > before && draft.pages == 40, "{draft:?}");
        assert_eq!(draft.drawn, Some(here as u32));
        before = here;
        assert_eq!(draft.bytes, index.bytes() + index.encode().len() as u64);
    }
    assert!(before > 0, "there was a draft");
    assert_eq!(whole.drawn, None);
    let again = bench.converter.convert_growing(&original, &progress, &growth, &stop).await;
    assert_eq!(again.expect("remembered"), whole);
    assert!(drafts.try_recv().is_err(), "what is known needs no draft");
}
