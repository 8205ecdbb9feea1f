//! The room's archive and the server's place for files.

mod common;

use common::server::{Kind, Server};
use common::{Participant, act, acts, message, room};
use moot_federation::arrival::{ArchiveId, GroupMessage};
use moot_federation::io::link::{ArchiveError, DownloadError, UploadError};
use std::time::Duration;

with_both_servers!(the_archive_tells_all_in_pages, files_come_down_as_they_went_up);

async fn the_archive_tells_all_in_pages(kind: Kind) {
    let Some(server) = Server::start(kind).await else { return };
    let anna = Participant::enter(server.account("alice"), room("standup", "Anna")).await;
    const SAID: usize = 25;
    let mut receipts = Vec::new();
    for number in 0..SAID {
        let said = message(&format!("s{number}"));
        receipts.push(anna.link.say(said).await.expect("the link lives"));
        let sound = GroupMessage {
            id: format!("sound{number}"),
            body: None,
            payloads: vec![act("sound")],
            store: false,
        };
        anna.link.say(sound).await.expect("the link lives");
    }
    for receipt in receipts {
        receipt.delivered().await.expect("in the room");
    }
    let ben = Participant::enter(server.account("bob"), room("standup", "Ben")).await;
    let (mut told, mut after, mut pages) = (Vec::new(), None, 0);
    let mut tries = 0;
    while told.len() < SAID {
        let page = ben.link.archive(after.clone(), 10).await.expect("a page");
        assert!(page.messages.len() <= 10);
        for message in &page.messages {
            assert!(message.delayed && message.said_at.is_some() && message.archive_id.is_some());
            assert!(!message.mine);
            let acts = acts(&message.payloads);
            if !acts.is_empty() {
                assert_eq!(message.from_nick.as_deref(), Some("Anna"));
                told.extend(acts);
            }
        }
        pages += 1;
        after = page.last.or(after);
        if page.complete && told.len() < SAID {
            // Archives are written a moment after the room has spoken (ejabberd).
            tries += 1;
            assert!(tries < 100, "only {told:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    let said: Vec<String> = (0..SAID).map(|number| format!("s{number}")).collect();
    assert_eq!(told, said, "in order, once, and no sound");
    assert!(pages >= 3);
    let last = ben.link.archive(after, 10).await.expect("a page");
    assert!(last.messages.is_empty() && last.complete);
    let forgotten = ben.link.archive(Some(ArchiveId("never".to_owned())), 10).await;
    println!("{kind:?}: after an id that was never given: {forgotten:?}");
    assert!(matches!(forgotten, Err(ArchiveError::Forgotten | ArchiveError::Other(_)) | Ok(_)));
}

async fn files_come_down_as_they_went_up(kind: Kind) {
    let Some(server) = Server::start(kind).await else { return };
    let anna = Participant::enter(server.account("alice"), room("standup", "Anna")).await;
    let ben = Participant::enter(server.account("bob"), room("standup", "Ben")).await;
    let bytes: Vec<u8> =
        (0..3_000_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let url = anna.link.upload("预算 \u{1}7.png", "image/png", bytes.clone()).await.expect("taken");
    assert_eq!(ben.link.download(&url, 3_000_000).await.expect("loaded"), bytes);
    let limit = ben.link.download(&url, 2_999_999).await;
    assert_eq!(limit, Err(DownloadError::TooLarge { limit: 2_999_999 }));
    let missing = format!("http://127.0.0.1:{}/upload/nowhere/x.png", server.port + 2);
    let missing = ben.link.download(&missing, 100).await;
    assert!(matches!(missing, Err(DownloadError::Other(_))), "{missing:?}");
    let elsewhere = ben.link.download("http://company.test/x", 100).await;
    assert!(matches!(elsewhere, Err(DownloadError::Address(_))));
    let large = anna.link.upload("large", "application/pdf", vec![0; 11 * 1024 * 1024]).await;
    assert_eq!(large, Err(UploadError::TooLarge { limit: 10 * 1024 * 1024 }));
}
