//! Going on with a meeting that is kept here, alone, as a window's *Continue* does.
#![cfg(feature = "io")]

use moot_node::io::clock::Clock;
use moot_node::node::history::{self, ForgetError, LeftHow};
use moot_node::node::{
    Command, Config, DelayChoice, Entrance, Event, MemberState, News, Node, NodeHandle, Notice,
    SinkChoice, SourceChoice,
};
use moot_node::room::id::MeetingId;
use moot_node::room::stanza::JoinPolicy;
use std::path::Path;
use std::time::Duration;
use tokio::sync::mpsc::Receiver;

/// Everything here takes milliseconds, on a machine that has nothing else to do.
const PATIENCE: Duration = Duration::from_secs(30);

async fn start(data: &Path, name: &str, entrance: Entrance) -> (NodeHandle, Receiver<Event>) {
    let config = Config {
        data: data.to_owned(),
        name: name.to_owned(),
        announce_name: false,
        discovery: false,
        entrance,
        listen: vec!["/ip4/127.0.0.1/udp/0/quic-v1".to_owned()],
        source: SourceChoice::None,
        sink: SinkChoice::None,
        processing: None,
        delay: DelayChoice::default(),
        muted: false,
        room: None,
        headphones: false,
        record: false,
        carrier: None,
        worker: "no documents here".into(),
    };
    Node::start(config, Clock::start()).await.expect("a free folder and a loopback interface")
}

/// What `wanted` makes of the first event it wants.
async fn told<T>(events: &mut Receiver<Event>, mut wanted: impl FnMut(News) -> Option<T>) -> T {
    let search = async {
        loop {
            let event = events.recv().await.expect("the node goes on");
            if let Some(found) = wanted(event.news) {
                return found;
            }
        }
    };
    tokio::time::timeout(PATIENCE, search).await.expect("told in time")
}

fn go_on(meeting: MeetingId) -> Entrance {
    Entrance::Continue { meeting }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_meeting_goes_on_alone_and_others_get_in() {
    let folder = tempfile::tempdir().expect("temporary folder is writable");
    let (ann, ben) = (folder.path().join("ann"), folder.path().join("ben"));
    let found =
        Entrance::Host { title: "Plans".to_owned(), join: JoinPolicy::Code, documents: Vec::new() };
    let (node, mut events) = start(&ann, "Ann", found).await;
    let id = told(&mut events, |news| match news {
        News::Meeting { id, .. } => Some(id),
        _ => None,
    })
    .await;
    node.send(Command::Say("written down".to_owned())).await.expect("it runs");
    told(&mut events, |news| matches!(news, News::Chat { .. }).then_some(())).await;
    assert!(matches!(history::forget(&ann, &id), Err(ForgetError::Profile(_))), "in use");
    node.shutdown().await;
    let listed = history::list(&ann);
    assert_eq!((listed[0].id, listed[0].left_how), (id, Some(LeftHow::Left)));

    let (node, mut events) = start(&ann, "Anna", go_on(id)).await;
    let link = told(&mut events, |news| match news {
        News::Meeting { link, .. } => Some(link),
        _ => None,
    })
    .await;
    told(&mut events, |news| matches!(news, News::Joined { .. }).then_some(())).await;
    // Oneself is told of before what one said, and under the new name in the end.
    told(&mut events, |news| match news {
        News::Member { state: MemberState::Here, .. } => Some(()),
        News::Chat { .. } => panic!("said by nobody"),
        _ => None,
    })
    .await;
    told(&mut events, |news| match news {
        News::Member { name, .. } => (name == "Anna").then_some(()),
        _ => None,
    })
    .await;
    let join = Entrance::Join { meeting: Some(link), code: None };
    let (other, mut others) = start(&ben, "Ben", join).await;
    told(&mut others, |news| match news {
        News::Chat { text, .. } => {
            assert_eq!(text, "written down");
            Some(())
        }
        _ => None,
    })
    .await;
    other.shutdown().await;
    node.shutdown().await;
    let listed = history::list(&ann);
    assert_eq!((listed[0].members.as_slice(), listed[0].others), (&["Ben".to_owned()][..], 1));
    history::forget(&ann, &id).expect("nobody uses it");
    assert_eq!(history::list(&ann), []);
}

#[tokio::test]
async fn what_is_not_kept_does_not_go_on() {
    let folder = tempfile::tempdir().expect("temporary folder is writable");
    let (_node, mut events) = start(folder.path(), "Ann", go_on(MeetingId([7; 32]))).await;
    told(&mut events, |news| match news {
        News::Error(Notice::NotFound { .. }) => Some(()),
        News::Joined { .. } => panic!("in no meeting"),
        _ => None,
    })
    .await;
}
