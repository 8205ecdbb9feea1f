//! A meeting is recorded, listed, played back by its timeline and at another speed, and deleted.
#![cfg(feature = "io")]

use moot_node::io::clock::Clock;
use moot_node::node::recordings::{self, DeleteError, RecordingSummary};
use moot_node::node::{
    Command, Config, DelayChoice, Entrance, Event, MemberState, News, Node, PlayError, Replay,
    ReplayCommand, ReplayHandle, ReplayNews, SinkChoice, SourceChoice,
};
use moot_node::props;
use moot_node::room::stanza::{JoinPolicy, Point, Tool};
use moot_node::room::time::{LocalTime, MediaTime};
use std::path::Path;
use std::time::Duration;
use tokio::sync::mpsc::Receiver;

/// Far more than all of it takes on a machine that has nothing else to do.
const PATIENCE: Duration = Duration::from_secs(60);

/// Between two things that were done at given samples the recording has that span, give or take how
/// late a busy machine noted them.
const NEAR: Duration = Duration::from_millis(100);

const SAID: &str = "and this is the dyke";

/// Ann speaks (a tone) and, from the moment `begun` all of her deck is on show, at these seconds: page 2 (1), a
/// stroke (1.5), a line of chat (2), page 3 (2.5), her hand (3.5).
async fn hold_a_meeting(data: &Path) {
    let deck = data.join("deck.pdf");
    std::fs::write(&deck, props::deck(4)).expect("temporary folder is writable");
    let title = "Plans".to_owned();
    let config = Config {
        data: data.to_owned(),
        name: "Ann".to_owned(),
        announce_name: false,
        discovery: false,
        entrance: Entrance::Host { title, join: JoinPolicy::Open, documents: vec![deck.into()] },
        listen: vec!["/ip4/127.0.0.1/udp/0/quic-v1".to_owned()],
        source: SourceChoice::Tone,
        sink: SinkChoice::None,
        processing: None,
        delay: DelayChoice::default(),
        muted: false,
        room: None,
        headphones: false,
        record: true,
        carrier: None,
        worker: env!("CARGO_BIN_EXE_moot-node").into(),
    };
    let (node, mut events) = Node::start(config, Clock::start()).await.expect("a free folder");
    let begun = opened(&mut events).await;
    let draw = Command::Stroke {
        on: None,
        points: vec![Point { x: 2000, y: 2000 }, Point { x: 6000, y: 2000 }],
        colour: [200, 0, 0, 255],
        width: 30,
        tool: Tool::Pen,
        pressure: Vec::new(),
    };
    let deeds = [
        (1.0, Command::Page(2)),
        (1.5, draw),
        (2.0, Command::Say(SAID.to_owned())),
        (2.5, Command::Page(3)),
        (3.5, Command::Hand(true)),
    ];
    for (second, deed) in deeds {
        let at = MediaTime::from_samples(begun.samples() + (second * 48_000.0) as u64);
        node.send(Command::At(at, Box::new(deed))).await.expect("it runs");
    }
    told(&mut events, |news| matches!(news, News::Hand { .. }).then_some(())).await;
    node.shutdown().await;
}

/// When all of the deck is on show, in Ann's media time: a draft of it may have been before.
async fn opened(events: &mut Receiver<Event>) -> MediaTime {
    let (mut first, mut whole) = (None, None);
    let search = async {
        loop {
            let event = events.recv().await.expect("it goes on");
            match event.news {
                News::Document { document, .. } => whole = Some(document),
                News::Page { on, media, .. } => {
                    let (turned, shown) = *first.get_or_insert((media, event.at));
                    if whole == Some(on.document) {
                        let since = event.at.since(shown).as_secs_f64();
                        let samples = turned.samples() + (since * 48_000.0) as u64;
                        return MediaTime::from_samples(samples);
                    }
                }
                _ => {}
            }
        }
    };
    tokio::time::timeout(PATIENCE, search).await.expect("told in time")
}

/// What `wanted` makes of the first news it wants.
async fn told<T>(events: &mut Receiver<Event>, mut wanted: impl FnMut(&News) -> Option<T>) -> T {
    let search = async {
        loop {
            let event = events.recv().await.expect("it goes on");
            if let Some(found) = wanted(&event.news) {
                return found;
            }
        }
    };
    tokio::time::timeout(PATIENCE, search).await.expect("told in time")
}

/// Everything that is told up to where the replay comes to rest, and where that is.
async fn until_still(events: &mut Receiver<Event>) -> (Vec<Event>, Duration) {
    let search = async {
        let mut all = Vec::new();
        loop {
            let event = events.recv().await.expect("it goes on");
            if let News::Replay(ReplayNews::Position { at, playing: false, .. }) = event.news {
                return (all, at);
            }
            all.push(event);
        }
    };
    tokio::time::timeout(PATIENCE, search).await.expect("told in time")
}

/// A letter for each thing that was shown.
fn shown(events: &[Event]) -> String {
    let letter = |event: &Event| match &event.news {
        News::Replay(ReplayNews::Reset) => Some('R'),
        News::Member { state: MemberState::Here, .. } => Some('m'),
        News::Page { on, .. } => char::from_digit(on.page, 10),
        News::Stroke { .. } => Some('s'),
        News::Chat { text, .. } => {
            assert_eq!(text, SAID);
            Some('c')
        }
        _ => None,
    };
    events.iter().filter_map(letter).collect()
}

/// Where the replay is, and when it was there, while it moves.
fn place(event: &Event) -> Option<(Duration, LocalTime)> {
    match event.news {
        News::Replay(ReplayNews::Position { at, playing: true, .. }) => Some((at, event.at)),
        _ => None,
    }
}

async fn seek(replay: &ReplayHandle, events: &mut Receiver<Event>, to: Duration) -> String {
    replay.send(ReplayCommand::Seek(to)).await.expect("it runs");
    let (told, at) = until_still(events).await;
    assert_eq!(at.as_millis(), to.as_millis(), "it stands where it was sent");
    shown(&told)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_meeting_is_recorded_played_back_and_deleted() {
    let folder = tempfile::tempdir().expect("temporary folder is writable");
    let data = folder.path();
    hold_a_meeting(data).await;
    let listed = recordings::list(data);
    let [RecordingSummary { folder: kept, title, members, documents, duration, problem, .. }] =
        &listed[..]
    else {
        panic!("one recording: {listed:?}")
    };
    assert_eq!((&**title, &members[..], problem), ("Plans", &["Ann".to_owned()][..], &None));
    assert_eq!(documents[..], ["deck.pdf".to_owned()]);

    let heard = data.join("heard.wav");
    let clock = Clock::start();
    let opened = Replay::open(kept.clone(), SinkChoice::Wav(heard.clone()), clock).await;
    let (replay, mut events) = opened.expect("it was recorded");
    let line = replay.timeline();
    let pages: Vec<u32> = line.turns.iter().map(|turn| turn.on.page).collect();
    assert_eq!(pages, [1, 2, 3]);
    let (turned, drawn, wrote) = (line.turns[1].at, line.marks[0].at, line.lines[0]);
    for (moment, after) in [(drawn, 500), (wrote, 1000), (line.turns[2].at, 1500)] {
        let off = (moment - turned).abs_diff(Duration::from_millis(after));
        assert!(off < NEAR, "{moment:?} is {off:?} off {after} ms after {turned:?}");
    }
    assert!(line.duration >= line.turns[2].at && line.duration.abs_diff(*duration) < NEAR);

    let (begin, at) = until_still(&mut events).await;
    assert_eq!(at, Duration::ZERO);
    assert!(shown(&begin).starts_with('R') && !shown(&begin).contains(['s', 'c', '2']));

    // Twice as fast, to the end.
    replay.send(ReplayCommand::Speed(2.0)).await.expect("it runs");
    replay.send(ReplayCommand::Play).await.expect("it runs");
    let (mut all, mut ended) = (Vec::new(), false);
    while !ended {
        let event = tokio::time::timeout(PATIENCE, events.recv()).await.expect("in time");
        let event = event.expect("it goes on");
        ended = event.news == News::Replay(ReplayNews::Ended);
        all.push(event);
    }
    assert!(shown(&all).ends_with("2sc3"), "{}", shown(&all));
    let places: Vec<_> = all.iter().filter_map(place).collect();
    let (&(from, begun), &(to, over)) = places.first().zip(places.last()).expect("it moved");
    let pace = (to - from).as_secs_f64() / over.since(begun).as_secs_f64();
    println!("at speed 2 it went {pace:.3} times as fast");
    assert!((1.5..2.2).contains(&pace), "{pace}");
    // How exactly, the player's own tests tell: here pages wait for an unoptimised decoder.
    let met = all.iter().filter(|event| match &event.news {
        News::Page { on, offset_ms, .. } => on.page > 1 && offset_ms.is_some(),
        News::Stroke { offset_ms, .. } => offset_ms.is_some(),
        _ => false,
    });
    assert_eq!(met.count(), 3, "their sound is there");

    // To any place: what came later is not there.
    let moment = drawn + Duration::from_millis(20);
    let stood = seek(&replay, &mut events, moment).await;
    assert_eq!(stood, "Rms2");
    assert_eq!(line.moment_of(line.marks[0].entry), Some(drawn));
    assert_eq!(seek(&replay, &mut events, line.turns[0].at).await, "Rm1");
    assert_eq!(seek(&replay, &mut events, line.duration).await, "Rmsc3");
    replay.close().await;
    let wav = std::fs::read(heard).expect("the sink was a file");
    let loud = wav[44..].iter().filter(|byte| **byte != 0).count();
    assert!(loud > wav.len() / 4, "{loud} bytes of {} are sound", wav.len());

    recordings::delete(kept).expect("nobody uses it");
    assert_eq!(recordings::list(data), []);
    let gone = Replay::open(kept.clone(), SinkChoice::None, clock).await;
    assert!(matches!(gone, Err(PlayError::Replay(_))), "{gone:?}");
    assert!(matches!(recordings::delete(data), Err(DeleteError::NoMeeting(_))));
}
