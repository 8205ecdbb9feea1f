//! Two nodes in one process: pages that one of them has come to the other's window, and those of a file that
//! is saved again take the place of what it was.

// The generator belongs to the scenarios' crate, which depends on this one.
#[allow(dead_code, unreachable_pub, reason = "public and wholly used there")]
#[path = "../../tests/src/pdf.rs"]
mod pdf;

use moot_node::io::clock::Clock;
use moot_node::node::pages::{PageNews, PageSize, PageWanted};
use moot_node::node::{
    Command, Config, DelayChoice, Entrance, Event, News, Node, NodeHandle, Notice, SinkChoice,
    SourceChoice,
};
use moot_node::room::id::BlobId;
use moot_node::room::stanza::{JoinPolicy, PageTurn, Point, Tool};
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::{Receiver, channel};
use tokio::time::timeout;

/// Longest wait for anything, on a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_secs(120);

/// Pages of the deck, 1 MB each.
const PAGES: u32 = 12;

async fn start(data: &Path, entrance: Entrance) -> (NodeHandle, Receiver<Event>) {
    let config = Config {
        data: data.to_owned(),
        name: data.file_name().expect("a name").to_string_lossy().into_owned(),
        discovery: false,
        announce_name: false,
        entrance,
        listen: vec!["/ip4/127.0.0.1/udp/0/quic-v1".into()],
        source: SourceChoice::None,
        sink: SinkChoice::None,
        processing: None,
        delay: DelayChoice::default(),
        muted: false,
        room: None,
        headphones: false,
        record: false,
        carrier: None,
        worker: env!("CARGO_BIN_EXE_moot-node").into(),
    };
    Node::start(config, Clock::start()).await.expect("starts")
}

/// The first news that `pick` takes.
async fn until<T>(events: &mut Receiver<Event>, pick: impl Fn(News) -> Option<T>) -> T {
    let wait = async {
        loop {
            if let Some(found) = pick(events.recv().await.expect("the node goes on").news) {
                return found;
            }
        }
    };
    timeout(PATIENCE, wait).await.expect("it happens in time")
}

fn announced(news: &News) -> Option<(BlobId, u64)> {
    match news {
        News::Document { document, bytes, .. } => Some((*document, *bytes)),
        _ => None,
    }
}

fn shown_of(document: BlobId) -> impl Fn(News) -> Option<PageTurn> {
    move |news| match news {
        News::Page { on, .. } => (on.document == document).then_some(on),
        _ => None,
    }
}

/// Ann with this file open, and Ben with her.
async fn two(folder: &Path, file: &Path) -> [(NodeHandle, Receiver<Event>); 2] {
    let entrance = Entrance::Host {
        title: "Deck".into(),
        join: JoinPolicy::Open,
        documents: vec![file.into()],
    };
    let (ann, mut told_ann) = start(&folder.join("ann"), entrance).await;
    // A link with an address in it: the first may be told before the node listens.
    let link = until(&mut told_ann, |news| match news {
        News::Meeting { link, .. } => Some(link),
        _ => None,
    })
    .await;
    let entrance = Entrance::Join { meeting: Some(link), code: None };
    [(ann, told_ann), start(&folder.join("ben"), entrance).await]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_saved_again_keeps_page_and_strokes() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let file = folder.path().join("plans.pdf");
    std::fs::write(&file, pdf::deck(3)).expect("a scratch file");
    let [(ann, mut told_ann), (ben, mut told_ben)] = two(folder.path(), &file).await;
    let shown = |news| match news {
        News::Page { on, .. } => Some(on),
        _ => None,
    };
    // Drafts of it may be shown before.
    let whole = until(&mut told_ben, |news| announced(&news)).await.0;
    let first = until(&mut told_ben, shown_of(whole)).await;
    ben.send(Command::Update(None)).await.expect("Ben is here");
    let nothing = |news| matches!(news, News::Error(Notice::NothingSaved)).then_some(());
    until(&mut told_ben, nothing).await;
    ann.send(Command::Page(2)).await.expect("Ann is here");
    let points = vec![Point { x: 1000, y: 1000 }, Point { x: 5000, y: 5000 }];
    let (colour, tool, pressure) = ([0, 0, 0, 255], Tool::Pen, Vec::new());
    let stroke = Command::Stroke { on: None, points, colour, width: 30, tool, pressure };
    let drawn = |news: News| match news {
        News::Stroke { on, entry, .. } => Some((on, entry)),
        _ => None,
    };
    assert_eq!(until(&mut told_ben, shown).await, PageTurn { page: 2, ..first });
    ben.send(stroke).await.expect("Ben is here");
    let (on, mark) = until(&mut told_ann, drawn).await;
    assert_eq!(on, PageTurn { page: 2, ..first });

    std::fs::write(&file, pdf::deck(2)).expect("a scratch file");
    let saved = until(&mut told_ann, |news| match news {
        News::Saved { document, name } => Some((document, name)),
        _ => None,
    });
    assert_eq!(saved.await, (first.document, "plans.pdf".to_owned()));
    ann.send(Command::Update(None)).await.expect("Ann is here");
    let replaced = |news| match news {
        News::Replaced { document, by } => (document == whole).then_some(by),
        _ => None,
    };
    let new = until(&mut told_ben, replaced).await;
    assert_ne!(new, whole);
    let there = PageTurn { document: new, page: 2 };
    assert_eq!(until(&mut told_ben, drawn).await, (there, mark), "the same stroke");
    assert_eq!(until(&mut told_ben, shown).await, there, "and its page has come");
    ben.shutdown().await;
    ann.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_somebody_leafs_to_comes_while_the_rest_is_fetched() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let file = folder.path().join("heavy.pdf");
    std::fs::write(&file, pdf::heavy(PAGES as usize * 1_044_300)).expect("a scratch file");
    let [(ann, mut told_ann), (ben, mut told_ben)] = two(folder.path(), &file).await;
    let (document, bytes) = until(&mut told_ann, |news| announced(&news)).await;

    let pages = ben.pages();
    let (sender, mut arrivals) = channel(64);
    pages.listen(move |news| drop(sender.try_send((news, Instant::now()))));
    let began = Instant::now();
    let last = PageWanted { document, page: PAGES, size: PageSize::Full };
    let strip = (1..=PAGES).map(|page| PageWanted { page, size: PageSize::Thumbnail, ..last });
    assert_eq!(until(&mut told_ben, |news| announced(&news)).await.0, document);
    strip.clone().for_each(|wanted| pages.request(wanted));
    pages.request(last);

    let mut missing: Vec<PageWanted> = strip.chain([last]).collect();
    while !missing.is_empty() {
        let news = timeout(PATIENCE, arrivals.recv()).await.expect("in time");
        match news.expect("the listener stays") {
            (PageNews::Arrived { wanted, image }, at) => {
                let width = if wanted == last { 1920 } else { 260 };
                assert_eq!(image.width, width);
                println!("{wanted:?} after {:?}", at - began);
                missing.retain(|page| *page != wanted);
            }
            (PageNews::Progress { wanted, have, total }, _) => {
                println!("page {} {} %", wanted.page, have * 100 / total);
                assert!(have <= total, "{wanted:?}: {have} of {total}");
            }
            (other, _) => panic!("{other:?}"),
        }
    }
    until(&mut told_ben, |news| match news {
        News::Progress { have, total, .. } => (have == total).then_some(()),
        _ => None,
    })
    .await;
    println!("all {bytes} bytes after {:?}", began.elapsed());
    assert_eq!(pages.search(document, "page 7 of").expect("it is here")[0].page, 7);

    // Ann sees that Ben has it all.
    ann.send(Command::Say("Everybody got it?".into())).await.expect("Ann is here");
    let holds = until(&mut told_ann, |news| match news {
        News::Holds { document: of, have, total, getting, .. } if of == document => {
            (have == total).then_some((total, getting))
        }
        _ => None,
    });
    assert_eq!(holds.await, (bytes, None));
    ben.shutdown().await;
    ann.shutdown().await;
}
