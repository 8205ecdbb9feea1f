//! Two nodes in one process: pages that one of them has come to the other's window.

// The generator belongs to the scenarios' crate, which depends on this one.
#[allow(dead_code, unreachable_pub, reason = "public and wholly used there")]
#[path = "../../tests/src/pdf.rs"]
mod pdf;

use moot_node::io::clock::Clock;
use moot_node::node::pages::{PageNews, PageSize, PageWanted};
use moot_node::node::{
    Command, Config, Entrance, Event, News, Node, NodeHandle, SinkChoice, SourceChoice,
};
use moot_node::room::id::BlobId;
use moot_node::room::stanza::JoinPolicy;
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
        record: false,
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

#[tokio::test(flavor = "multi_thread")]
async fn a_page_somebody_leafs_to_comes_while_the_rest_is_fetched() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let file = folder.path().join("heavy.pdf");
    std::fs::write(&file, pdf::heavy(PAGES as usize * 1_044_300)).expect("a scratch file");
    let entrance = Entrance::Host {
        title: "Deck".into(),
        join: JoinPolicy::Open,
        documents: vec![file.into()],
    };
    let (ann, mut told_ann) = start(&folder.path().join("ann"), entrance).await;
    // A link with an address in it: the first may be told before the node listens.
    let link = until(&mut told_ann, |news| match news {
        News::Meeting { link, .. } => Some(link),
        _ => None,
    })
    .await;
    let (document, bytes) = until(&mut told_ann, |news| announced(&news)).await;

    let entrance = Entrance::Join { meeting: Some(link), code: None };
    let (ben, mut told_ben) = start(&folder.path().join("ben"), entrance).await;
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
