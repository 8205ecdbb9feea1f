//! *Try it alone*: a meeting with three simulated people on this laptop, with a real document and
//! voice. They are real nodes in this process, on loopback only; the window joins them by link.

use moot_node::io::clock::Clock;
use moot_node::node::{
    Command, Config, DelayChoice, Entrance, Event, News, Node, NodeHandle, SinkChoice,
    SourceChoice, StartError,
};
use moot_node::props::{self, SpeechError};
use moot_node::room::stanza::{JoinPolicy, Point, Tool};
use rust_i18n::t;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::mpsc::Receiver;

/// Pages of the deck.
const PAGES: u32 = 12;

/// How long the presenter speaks: long enough to look around.
const SPEECH: Duration = Duration::from_secs(600);

/// Time between two things that somebody does.
const BEAT: Duration = Duration::from_secs(4);

/// Who plays.
const CAST: [&str; 3] = ["Lin Wei 林伟", "Amara Okafor", "Jonas Schmidt"];

/// Only within this laptop.
const LOOPBACK: &str = "/ip4/127.0.0.1/udp/0/quic-v1";

/// Why there is no demonstration.
#[derive(Debug, thiserror::Error)]
pub(super) enum DemoError {
    /// There is no room for its files.
    #[error(transparent)]
    Files(#[from] std::io::Error),
    /// There is no voice.
    #[error(transparent)]
    Speech(#[from] SpeechError),
    /// Its people can't start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// Its presenter ended before the meeting stood.
    #[error("the presenter did not come")]
    NoMeeting,
}

/// Three people in a meeting. They leave when this is dropped, and their folder goes.
pub(super) struct Demo {
    people: Vec<NodeHandle>,
    events: Receiver<Event>,
    _folder: Folder,
}

/// A demonstration that runs: it ends when this is dropped.
pub(super) struct Running {
    /// Ends it.
    pub(super) stop: tokio::sync::oneshot::Sender<()>,
    /// What plays it.
    pub(super) task: tokio::task::JoinHandle<()>,
}

impl Running {
    /// Ends it, and waits until nothing of it is left.
    pub(super) async fn end(self) {
        drop(self.stop);
        // A task that failed has left already.
        let _ = self.task.await;
    }
}

/// A folder that goes when it is dropped.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // What can't be removed is in the system's folder for temporary files.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Demo {
    /// Begins the meeting; also gives the link to join it by.
    pub(super) async fn begin(worker: PathBuf) -> Result<(Self, String), DemoError> {
        let prepared = tokio::task::spawn_blocking(prepare).await;
        let (folder, deck, speech) = prepared.map_err(|_| DemoError::NoMeeting)??;
        let config = |name: &str, entrance: Entrance, source: SourceChoice| Config {
            data: folder.0.join(name),
            name: name.to_owned(),
            entrance,
            listen: vec![LOOPBACK.to_owned()],
            source,
            sink: SinkChoice::None,
            processing: None,
            delay: DelayChoice::default(),
            muted: false,
            room: None,
            headphones: false,
            record: false,
            carrier: None,
            worker: worker.clone(),
            discovery: false,
            announce_name: false,
        };
        let title = t!("window.demo_title").into_owned();
        let host = Entrance::Host { title, join: JoinPolicy::Open, documents: vec![deck.into()] };
        let host = config(CAST[0], host, SourceChoice::Wav(speech));
        let (presenter, mut events) = Node::start(host, Clock::start()).await?;
        let link = loop {
            match events.recv().await.map(|event| event.news) {
                Some(News::Meeting { link, .. }) => break link,
                Some(_) => {}
                None => return Err(DemoError::NoMeeting),
            }
        };
        let mut people = vec![presenter];
        for name in &CAST[1..] {
            let join = Entrance::Join { meeting: Some(link.clone()), code: None };
            let (node, mut unheard) =
                Node::start(config(name, join, SourceChoice::None), Clock::start()).await?;
            // Nobody looks at their windows.
            tokio::spawn(async move { while unheard.recv().await.is_some() {} });
            people.push(node);
        }
        Ok((Self { people, events, _folder: folder }, link))
    }

    /// Everybody leaves; then their folder goes, in which nobody writes any more.
    pub(super) async fn end(self) {
        for person in self.people {
            person.shutdown().await;
        }
    }

    /// Plays until it is dropped.
    pub(super) async fn play(&mut self) {
        // By their ids two of them might look alike.
        for (colour, person) in (0..).zip(&self.people) {
            let _ = person.send(Command::Picture(colour)).await;
        }
        let mut beat = tokio::time::interval(BEAT);
        let mut count = 0;
        loop {
            tokio::select! {
                // What the presenter's node tells is taken, so that it is not held up.
                event = self.events.recv() => if event.is_none() { return },
                _ = beat.tick() => {
                    self.act(count).await;
                    count += 1;
                }
            }
        }
    }

    /// What happens at one beat: a page is turned, a line drawn, something said.
    async fn act(&self, count: u32) {
        let (who, command) = match count % 6 {
            0 => (0, Command::Page(count / 6 % PAGES + 1)),
            1 | 3 => (0, underline(count)),
            2 => (1, Command::Say(t!(format!("window.demo_line_{}", count / 6 % 3)).into_owned())),
            4 => (2, Command::Hand((count / 6).is_multiple_of(2))),
            _ => return,
        };
        let _ = self.people[who].send(command).await;
    }
}

/// How the window's own node takes part: on loopback, with a folder that goes with the demonstration.
pub(super) fn alone(config: Config) -> Config {
    Config {
        data: folder().join("you"),
        listen: vec![LOOPBACK.to_owned()],
        discovery: false,
        announce_name: false,
        record: false,
        ..config
    }
}

fn folder() -> PathBuf {
    std::env::temp_dir().join(format!("moot-try-{}", std::process::id()))
}

fn prepare() -> Result<(Folder, PathBuf, PathBuf), DemoError> {
    let folder = Folder(folder());
    let path: &Path = &folder.0;
    std::fs::create_dir_all(path)?;
    let (deck, speech) = (path.join("Moot.pdf"), path.join("speech.wav"));
    std::fs::write(&deck, props::deck(PAGES))?;
    props::write_speech(&speech, None, SPEECH)?;
    Ok((folder, deck, speech))
}

/// A wave below a line of the page.
fn underline(count: u32) -> Command {
    const POINTS: i32 = 24;
    let line = 3_400 + i32::try_from(count % 5).unwrap_or(0) * 440;
    let points = (0..POINTS)
        .map(|step| Point { x: 700 + step * 150, y: line + if step % 2 == 0 { 0 } else { 40 } });
    Command::Stroke {
        on: None,
        points: points.collect(),
        colour: [0xE5, 0x48, 0x4D, 0xFF],
        width: 25,
        tool: Tool::Pen,
        pressure: Vec::new(),
    }
}
