//! Real nodes on loopback: what one shows live, the others are told, until it is gone; an idle
//! meeting tells nothing; what a listener wishes to hear.

// The generator belongs to the scenarios' crate, which depends on this one.
#[allow(dead_code, unreachable_pub, reason = "public and wholly used there")]
#[path = "../../tests/src/pdf.rs"]
mod pdf;

use moot_node::io::clock::Clock;
use moot_node::node::{
    Command, Config, DelayChoice, Entrance, Event, MemberState, News, Node, NodeHandle, SinkChoice,
    SourceChoice,
};
use moot_node::room::id::{BlobId, MemberId};
use moot_node::room::stanza::{Drawing, JoinPolicy, PageTurn, Point, Stroke, Tool};
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout, timeout_at};

/// Long enough for a machine with much else to do; no test waits this long when all is well.
const DEADLINE: Duration = Duration::from_secs(30);

/// A page of no document: a laser points wherever its author says.
const NOWHERE: PageTurn = PageTurn { document: BlobId([7; 32]), page: 3 };

const PLACE: Point = Point { x: 2500, y: 5000 };

struct Person {
    id: MemberId,
    node: NodeHandle,
    events: mpsc::Receiver<Event>,
    /// What was passed over while waiting for something else.
    passed: Vec<News>,
    _data: TempDir,
}

impl Person {
    async fn start(name: &str, entrance: Entrance, source: SourceChoice) -> Self {
        let data = tempfile::tempdir().expect("a scratch folder");
        let config = Config {
            data: data.path().to_owned(),
            name: name.into(),
            discovery: false,
            announce_name: false,
            entrance,
            listen: vec!["/ip4/127.0.0.1/udp/0/quic-v1".into()],
            source,
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
        let started = Node::start(config, Clock::start()).await;
        let (node, events) = started.expect("loopback and a folder are there");
        let mut person =
            Self { id: MemberId([0; 32]), node, events, passed: Vec::new(), _data: data };
        person.id = person
            .until(|news| match news {
                News::Ready { peer, .. } => Some(*peer),
                _ => None,
            })
            .await;
        person
    }

    /// Waits for the first news that `wanted` takes.
    async fn until<T>(&mut self, wanted: impl Fn(&News) -> Option<T>) -> T {
        let waiting = async {
            loop {
                let event = self.events.recv().await.expect("the node runs");
                if let Some(found) = wanted(&event.news) {
                    return found;
                }
                self.passed.push(event.news);
            }
        };
        timeout(DEADLINE, waiting).await.expect("it comes in time")
    }

    /// Like [`Person::until`], or it was told before.
    async fn once<T>(&mut self, wanted: impl Fn(&News) -> Option<T>) -> T {
        match self.passed.iter().find_map(&wanted) {
            Some(found) => found,
            None => self.until(wanted).await,
        }
    }

    /// All that is told until nothing was told for `quiet`.
    async fn told_until_quiet(&mut self, quiet: Duration) -> Vec<News> {
        let mut told = Vec::new();
        while let Ok(Some(event)) = timeout(quiet, self.events.recv()).await {
            told.push(event.news);
            assert!(told.len() < 10_000, "never quiet");
        }
        told
    }

    async fn count_for_3_s(&mut self, wanted: impl Fn(&News) -> bool) -> usize {
        let mut count = 0;
        let end = Instant::now() + Duration::from_secs(3);
        while let Ok(Some(event)) = timeout_at(end, self.events.recv()).await {
            count += usize::from(wanted(&event.news));
        }
        count
    }

    async fn send(&self, command: Command) {
        self.node.send(command).await.expect("the node runs");
    }

    async fn sees(&mut self, who: MemberId, wanted: MemberState) {
        self.until(|news| match news {
            News::Member { peer, state, .. } if (*peer, *state) == (who, wanted) => Some(()),
            _ => None,
        })
        .await;
    }

    /// The next laser of `who`.
    async fn laser(&mut self, who: MemberId) -> (PageTurn, Option<Point>) {
        self.until(|news| match news {
            News::Laser { author, on, at, .. } if *author == who => Some((*on, *at)),
            _ => None,
        })
        .await
    }
}

async fn host(source: SourceChoice, documents: &[&Path]) -> (Person, String) {
    let documents = documents.iter().map(|path| (*path).into()).collect();
    let entrance = Entrance::Host { title: "Live".into(), join: JoinPolicy::Open, documents };
    let mut ada = Person::start("Ada", entrance, source).await;
    let link = ada
        .until(|news| match news {
            News::Meeting { link, .. } => Some(link.clone()),
            _ => None,
        })
        .await;
    (ada, link)
}

async fn join(name: &str, link: &str, host: &mut Person) -> Person {
    let entrance = Entrance::Join { meeting: Some(link.to_owned()), code: None };
    let mut person = Person::start(name, entrance, SourceChoice::None).await;
    host.sees(person.id, MemberState::Here).await;
    person.sees(host.id, MemberState::Here).await;
    person
}

fn point(at: Option<Point>) -> Command {
    Command::Laser { on: Some(NOWHERE), at }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_meeting_tells_nothing() {
    let (mut ada, link) = host(SourceChoice::None, &[]).await;
    let mut ben = join("Ben", &link, &mut ada).await;
    for person in [&mut ada, &mut ben] {
        person.told_until_quiet(Duration::from_secs(2)).await;
    }
    // A window that is told nothing draws nothing.
    let end = Instant::now() + Duration::from_secs(10);
    for person in [&mut ada, &mut ben] {
        if let Ok(event) = timeout_at(end, person.events.recv()).await {
            panic!("an idle node told {event:?}");
        }
        // What came while the other was watched.
        assert!(person.events.try_recv().is_err());
    }
    assert!(ada.events.try_recv().is_err() && ben.events.try_recv().is_err());
    ben.node.shutdown().await;
    ada.node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_laser_is_seen_until_its_author_is_gone() {
    let (mut ada, link) = host(SourceChoice::None, &[]).await;
    let mut ben = join("Ben", &link, &mut ada).await;
    ada.send(point(Some(PLACE))).await;
    assert_eq!(ben.laser(ada.id).await, (NOWHERE, Some(PLACE)));
    ada.send(point(None)).await;
    assert_eq!(ben.laser(ada.id).await, (NOWHERE, None));
    // Who comes later sees what is shown now.
    ben.send(point(Some(PLACE))).await;
    assert_eq!(ada.laser(ben.id).await, (NOWHERE, Some(PLACE)));
    let mut cai = join("Cai", &link, &mut ada).await;
    let shown = |news: &News| match news {
        News::Laser { on, at, .. } => Some((*on, *at)),
        _ => None,
    };
    assert_eq!(cai.once(shown).await, (NOWHERE, Some(PLACE)));
    let gone = ben.id;
    ben.node.shutdown().await;
    assert_eq!(ada.laser(gone).await, (NOWHERE, None));
    assert_eq!(cai.laser(gone).await, (NOWHERE, None));
    cai.node.shutdown().await;
    ada.node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_removed_is_shown_nothing_and_shows_nothing() {
    let (mut ada, link) = host(SourceChoice::None, &[]).await;
    let mut ben = join("Ben", &link, &mut ada).await;
    let mut cai = join("Cai", &link, &mut ada).await;
    ada.send(point(Some(PLACE))).await;
    assert_eq!(cai.laser(ada.id).await.1, Some(PLACE));
    cai.send(point(Some(PLACE))).await;
    assert_eq!(ada.laser(cai.id).await.1, Some(PLACE));
    ada.send(Command::Remove("Cai".into())).await;
    assert_eq!(ada.laser(cai.id).await.1, None, "what they showed goes with them");
    ben.sees(cai.id, MemberState::Removed).await;
    for x in 0..50 {
        let place = Point { x, y: 9999 };
        ada.send(point(Some(place))).await;
        let shown = async { while ben.laser(ada.id).await.1 != Some(place) {} };
        timeout(DEADLINE, shown).await.expect("who stays is shown all");
        let _gone = cai.node.send(point(Some(place))).await;
    }
    let told = cai.told_until_quiet(Duration::from_secs(1)).await;
    let later = |news: &News| matches!(news, News::Laser { at: Some(Point { y: 9999, .. }), .. });
    assert!(!told.iter().any(later), "{told:?}");
    let told = ada.told_until_quiet(Duration::from_millis(500)).await;
    assert!(!told.iter().any(later), "{told:?}");
    ben.node.shutdown().await;
    ada.node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stroke_is_seen_in_the_making_and_replaced_by_itself() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let deck = folder.path().join("deck.pdf");
    std::fs::write(&deck, pdf::deck(1)).expect("a scratch file");
    let (mut ada, link) = host(SourceChoice::None, &[&deck]).await;
    let mut ben = join("Ben", &link, &mut ada).await;
    let page = |news: &News| match news {
        News::Page { on, .. } => Some(*on),
        _ => None,
    };
    // A draft of it may be shown before.
    let whole = ben.until(|news| match news {
        News::Document { document, .. } => Some(*document),
        _ => None,
    });
    let whole = whole.await;
    let on = ben.until(|news| page(news).filter(|on| on.document == whole)).await;
    let points: Vec<_> = (0..90).map(|x| Point { x: 100 * x, y: 5000 }).collect();
    let stroke = |points: &[Point]| Stroke {
        on,
        points: points.to_owned(),
        pressure: Vec::new(),
        colour: [217, 45, 32, 255],
        width: 30,
        tool: Tool::Pen,
    };
    for part in points.chunks(3) {
        ada.send(Command::Drawing(Drawing { id: 1, stroke: stroke(part) })).await;
        tokio::task::yield_now().await;
    }
    let mut seen = Vec::new();
    while seen.len() < points.len() {
        let drawn = ben.until(|news| match news {
            News::Drawing { author, id: 1, stroke } if *author == ada.id => Some(stroke.clone()),
            _ => None,
        });
        let drawn = drawn.await;
        assert_eq!((drawn.on, drawn.width, drawn.tool), (on, 30, Tool::Pen));
        seen.extend(drawn.points);
    }
    assert_eq!(seen, points);
    let Stroke { points, pressure, colour, width, tool, .. } = stroke(&points);
    ada.send(Command::Stroke { on: Some(on), points, pressure, colour, width, tool }).await;
    let order = [ben.until(finished).await, ben.until(finished).await];
    assert_eq!(order, ["stroke", "gone"]);
    ada.send(Command::Drawing(Drawing { id: 2, stroke: stroke(&[PLACE]) })).await;
    ada.send(Command::DrawingEnds(2)).await;
    // Given up before it was told, or after: either way nothing of it is left.
    let told = ben.told_until_quiet(Duration::from_secs(1)).await;
    let drawn = told.iter().filter(|news| matches!(news, News::Drawing { id: 2, .. })).count();
    let gone = told.iter().filter(|news| matches!(news, News::DrawingGone { id: 2, .. })).count();
    assert_eq!(drawn, gone, "{told:?}");
    ben.node.shutdown().await;
    ada.node.shutdown().await;
}

fn finished(news: &News) -> Option<&'static str> {
    match news {
        News::Stroke { .. } => Some("stroke"),
        News::DrawingGone { id: 1, .. } => Some("gone"),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn loudness_and_microphones_are_told() {
    let (mut ada, link) = host(SourceChoice::Tone, &[]).await;
    let (me, level_of_me) = (ada.id, |levels: &[(MemberId, u8)], who: MemberId| {
        levels.iter().find(|(member, _)| *member == who).map_or(0, |(_, level)| *level)
    });
    let own = ada.until(|news| match news {
        News::Levels { levels, .. } => Some(level_of_me(levels, me)),
        _ => None,
    });
    assert!(own.await > 90, "a tone at half of full scale");
    let mut ben = join("Ben", &link, &mut ada).await;
    let microphone = |wanted: bool| {
        move |news: &News| match news {
            News::Microphone { member, open } if (*member, *open) == (me, wanted) => Some(()),
            _ => None,
        }
    };
    ben.once(microphone(true)).await;
    ben.until(|news| match news {
        News::Levels { levels, own_muted_speech: false, .. } if level_of_me(levels, me) > 90 => {
            Some(())
        }
        _ => None,
    })
    .await;
    ada.send(Command::Mute).await;
    ada.until(microphone(false)).await;
    ben.until(microphone(false)).await;
    ben.until(|news| match news {
        News::Levels { levels, .. } if levels.is_empty() => Some(()),
        _ => None,
    })
    .await;
    ada.until(|news| match news {
        News::Levels { levels, own_muted_speech: true, .. } if level_of_me(levels, me) > 90 => {
            Some(())
        }
        _ => None,
    })
    .await;
    // A closed microphone costs nobody anything: what was heard of it is told, and then no more.
    let counts = ben.count_for_3_s(|news| matches!(news, News::Audio { .. })).await;
    assert!(counts <= 2, "{counts} in 3 s");
    // Who hears nobody is still told who speaks: playout goes on.
    ben.send(Command::Deafen(true)).await;
    ben.send(Command::SilenceMember { member: me.to_string(), on: true }).await;
    ada.send(Command::Unmute).await;
    ben.until(|news| match news {
        News::Levels { levels, .. } if level_of_me(levels, me) > 90 => Some(()),
        _ => None,
    })
    .await;
    // An even tone is no news: its level is not told again and again.
    let levels = ben.count_for_3_s(|news| matches!(news, News::Levels { .. })).await;
    assert!(levels <= 3, "{levels} in 3 s");
    ben.node.shutdown().await;
    ada.node.shutdown().await;
}
