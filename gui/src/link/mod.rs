//! Between the window and the node: events become the model, commands become the node's.
//!
//! ```text
//! Link::send, start, join… ─→ tokio tasks ─→ node
//! App::logic ←─ Report ←─ bounded channel ←─ forwarders (which also ask for a frame)
//! ```
//!
//! **Nothing here waits.** What takes time is a task that ends with a [`Report`]. A report bears the
//! number of the undertaking it belongs to, so that what an abandoned one still tells is dropped.

pub(crate) mod carry;
mod copies;
mod demo;
mod devices;
mod files;
mod fold;
mod keeper;
mod lobby;
mod notes;
mod pages;
mod replay;
mod replayed;
mod report;
mod storage;

pub use devices::{sink, source, voice};
pub use fold::{Came, fold};
pub use lobby::{LobbyReport, fold_lobby};
pub use notes::Notes;
pub use pages::NodePages;
pub use replay::{Opened, ReplayReport};
pub use replayed::fold_replay;
pub use report::Report;

use crate::fonts;
use crate::model::Model;
use crate::settings::Settings;
use moot_node::io::clock::Clock;
use moot_node::node::pages::Pages;
use moot_node::node::{Command, Config, Entrance, Node, NodeHandle, Rehearsal, ReplayHandle};
use moot_node::room::id::{BlobId, MeetingId};
use moot_node::room::stanza::PageTurn;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::runtime::Handle;
use tokio::sync::mpsc;

/// Reports that wait for the window: a thousand events are some seconds of a lively meeting, and a
/// window that stands still that long holds its own node up, nobody else's.
const REPORTS: usize = 1024;

/// How this window reaches nodes, files and the system.
pub struct Link {
    runtime: Handle,
    clock: Clock,
    ctx: egui::Context,
    sender: mpsc::Sender<Report>,
    reports: mpsc::Receiver<Report>,
    /// Number of the undertaking that counts: entering and attending one meeting.
    undertaking: u64,
    node: Option<Arc<NodeHandle>>,
    /// Number of the recording that counts.
    showing: u64,
    replay: Option<ReplayHandle>,
    lobby: lobby::Watch,
    keeper: Option<keeper::Keeper>,
    notebook: Option<notes::Notebook>,
    /// The demonstration, if one runs.
    demo: Option<demo::Running>,
    /// The rehearsal of microphone and loudspeaker, if one runs.
    rehearsal: Option<Rehearsal>,
    data: PathBuf,
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Link").field("undertaking", &self.undertaking).finish_non_exhaustive()
    }
}

impl Link {
    /// A link over this runtime; frames are asked of `ctx`. `data`: folder of identity, meetings and
    /// documents; the system's when `None`.
    #[must_use]
    pub fn new(runtime: Handle, ctx: egui::Context, data: Option<PathBuf>) -> Self {
        let (sender, reports) = mpsc::channel(REPORTS);
        let data = data.unwrap_or_else(lobby::usual_data);
        Self {
            runtime,
            clock: Clock::start(),
            ctx,
            sender,
            reports,
            undertaking: 0,
            node: None,
            showing: 0,
            replay: None,
            lobby: lobby::Watch::default(),
            keeper: None,
            notebook: None,
            demo: None,
            rehearsal: None,
            data,
        }
    }

    /// From now on settings are kept at `path`, which holds `known`.
    pub fn keep_at(&mut self, path: PathBuf, known: Settings) {
        let (reports, ctx) = (self.sender.clone(), self.ctx.clone());
        self.keeper = Some(keeper::Keeper::start(&self.runtime, path, known, reports, ctx));
    }

    /// Keeps the settings, if they are kept anywhere; [`Report::SettingsUnkept`] tells a refusal.
    pub fn keep(&self, settings: &Settings) {
        if let Some(keeper) = &self.keeper {
            keeper.keep(settings);
        }
    }

    /// Looks for a Chinese face while the first frame is drawn already; [`Report::NoChinese`] tells
    /// that there is none.
    pub fn look_for_chinese(&self) {
        let (sender, ctx) = (self.sender.clone(), self.ctx.clone());
        self.runtime.spawn_blocking(move || {
            if fonts::install_chinese(&ctx) == fonts::ChineseFace::Missing {
                let _ = sender.blocking_send(Report::NoChinese);
                ctx.request_repaint();
            }
        });
    }

    /// The next thing the tasks told that still counts.
    pub fn take_report(&mut self) -> Option<Report> {
        loop {
            let mut report = self.reports.try_recv().ok()?;
            if let Report::Replay { of, report } = &mut report
                && !self.takes(*of, report)
            {
                continue;
            }
            match &report {
                Report::Started { of, node } => {
                    if *of != self.undertaking {
                        // Given up meanwhile: dropping the handle makes it leave.
                        continue;
                    }
                    self.node = node.as_ref().ok().cloned();
                }
                Report::Event { of, .. } | Report::Stopped { of } | Report::Demo { of, .. }
                    if *of != self.undertaking =>
                {
                    continue;
                }
                _ => {}
            }
            return Some(report);
        }
    }

    /// Hands the node a command; `false` when there is no node, or it can't keep up.
    pub fn send(&self, command: Command) -> bool {
        self.node.as_ref().is_some_and(|node| node.try_send(command).is_ok())
    }

    /// Begins to enter a meeting; everything else is told by reports.
    pub fn enter(&mut self, entrance: Entrance, settings: &Settings) {
        self.demo = None;
        let config = self.config(entrance, settings);
        self.start(config);
    }

    /// Joins the demonstration, which leaves nothing behind.
    pub fn enter_demo(&mut self, entrance: Entrance, settings: &Settings) {
        let config = self.config(entrance, settings).map(demo::alone);
        self.start(config);
    }

    fn start(&mut self, config: Result<Config, String>) {
        self.close_recording();
        self.undertaking += 1;
        let of = self.undertaking;
        let config = match config {
            Ok(config) => config,
            Err(problem) => {
                let _ = self.sender.try_send(Report::Started { of, node: Err(problem) });
                return;
            }
        };
        let (sender, ctx, clock) = (self.sender.clone(), self.ctx.clone(), self.clock);
        let before = self.node.take();
        self.runtime.spawn(async move {
            // One program at a time holds the data folder.
            if let Some(before) = before {
                close(before).await;
            }
            let (node, mut events) = match Node::start(config, clock).await {
                Ok(started) => started,
                Err(error) => {
                    let node = Err(moot_node::words::start_error(&error));
                    let _ = sender.send(Report::Started { of, node }).await;
                    ctx.request_repaint();
                    return;
                }
            };
            let _ = sender.send(Report::Started { of, node: Ok(Arc::new(node)) }).await;
            ctx.request_repaint();
            while let Some(event) = events.recv().await {
                if sender.send(Report::Event { of, event }).await.is_err() {
                    return;
                }
                ctx.request_repaint();
            }
            let _ = sender.send(Report::Stopped { of }).await;
            ctx.request_repaint();
        });
    }

    /// Leaves the meeting, or gives up entering one.
    pub fn leave(&mut self) {
        self.undertaking += 1;
        let (node, demo) = (self.node.take(), self.demo.take());
        let (sender, ctx) = (self.sender.clone(), self.ctx.clone());
        self.runtime.spawn(async move {
            close_all(node, demo).await;
            let _ = sender.send(Report::Closed).await;
            ctx.request_repaint();
        });
    }

    /// Leaves and waits until everything is on disk, ten seconds at most: for the window's end.
    pub fn finish(&mut self) {
        const PATIENCE: std::time::Duration = std::time::Duration::from_secs(10);
        let (node, keeper, demo) = (self.node.take(), self.keeper.take(), self.demo.take());
        let notebook = self.notebook.take();
        self.runtime.block_on(async {
            if let Some(notebook) = notebook {
                notebook.finish().await;
            }
            if let Some(keeper) = keeper {
                keeper.finish().await;
            }
            let _ = tokio::time::timeout(PATIENCE, close_all(node, demo)).await;
        });
    }

    /// Looks for words in a document; [`Report::Found`] brings what was found.
    pub fn search(&self, pages: Pages, document: BlobId, query: String) {
        let (sender, ctx) = (self.sender.clone(), self.ctx.clone());
        self.runtime.spawn_blocking(move || {
            let hits = pages.search(document, &query).unwrap_or_default();
            let hits = hits.into_iter().map(|hit| (hit.page, hit.excerpt)).collect();
            let _ = sender.blocking_send(Report::Found { query, hits });
            ctx.request_repaint();
        });
    }

    /// Reads what a page says and how its document hangs together; [`Report::Read`] brings it.
    pub fn read(&self, pages: Pages, on: PageTurn) {
        let (sender, ctx) = (self.sender.clone(), self.ctx.clone());
        self.runtime.spawn_blocking(move || {
            let words = pages.text(on.document, on.page).ok().map(|text| text.0.clone());
            let structure = pages.structure(on.document).ok();
            let _ = sender.blocking_send(Report::Read { on, words, structure });
            ctx.request_repaint();
        });
    }

    /// Where a meeting is kept.
    #[must_use]
    pub fn folder_of(&self, meeting: &MeetingId) -> PathBuf {
        moot_node::io::profile::meeting_folder(&self.data, meeting)
    }

    fn config(&self, entrance: Entrance, settings: &Settings) -> Result<Config, String> {
        let worker = std::env::current_exe().map_err(|error| error.to_string())?;
        let listen = settings.interface.iter().flat_map(|ip| listen_on(ip)).collect();
        Ok(Config {
            data: self.data.clone(),
            name: settings.name.clone(),
            entrance,
            listen,
            discovery: true,
            announce_name: !settings.hide_name,
            // A sound file is there to be heard; a microphone waits until it is wanted.
            muted: settings.source.is_none(),
            room: None,
            headphones: false,
            source: devices::source(settings),
            sink: devices::sink(settings),
            processing: Some(devices::voice(settings)),
            delay: settings.delay.into(),
            record: settings.record,
            carrier: None,
            worker,
        })
    }

    /// Brings the lobby up to date: watches the network while it is in view.
    pub fn watch(&mut self, model: &Model) {
        let wanted = model.screen == crate::model::Screen::Lobby;
        let Self { runtime, sender, ctx, data, .. } = self;
        self.lobby.set(wanted, &lobby::Desk { runtime, sender, ctx, data });
    }

    /// Earlier meetings or recordings have changed.
    pub fn refresh(&mut self) {
        self.lobby.refresh();
    }

    /// Deletes an earlier meeting.
    pub fn forget(&mut self, meeting: MeetingId) {
        let Self { runtime, sender, ctx, data, .. } = self;
        let folder = data.clone();
        lobby::Desk { runtime, sender, ctx, data }.report(move || lobby::forget(&folder, &meeting));
    }

    /// Deletes a recording.
    pub fn delete_recording(&mut self, recording: PathBuf) {
        let Self { runtime, sender, ctx, data, .. } = self;
        let folder = data.clone();
        lobby::Desk { runtime, sender, ctx, data }
            .report(move || lobby::delete(&folder, &recording));
    }

    /// Begins the demonstration; [`Report::Demo`] brings the link to join it by.
    pub fn begin_demo(&mut self) {
        self.undertaking += 1;
        let of = self.undertaking;
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let (sender, ctx) = (self.sender.clone(), self.ctx.clone());
        let task = self.runtime.spawn(async move {
            let began = match std::env::current_exe() {
                Ok(worker) => demo::Demo::begin(worker).await,
                Err(error) => Err(error.into()),
            };
            let (demo, link) = match began {
                Ok((demo, link)) => (Some(demo), Ok(link)),
                Err(error) => (None, Err(error.to_string())),
            };
            let _ = sender.send(Report::Demo { of, link }).await;
            ctx.request_repaint();
            if let Some(mut demo) = demo {
                tokio::select! {
                    _ = stopped => {}
                    () = demo.play() => {}
                }
                demo.end().await;
            }
        });
        self.demo = Some(demo::Running { stop, task });
    }
}

/// Addresses to listen on, for an interface's IP address: QUIC first, then TCP.
fn listen_on(ip: &str) -> Vec<String> {
    let family = if ip.contains(':') { "ip6" } else { "ip4" };
    vec![format!("/{family}/{ip}/udp/0/quic-v1"), format!("/{family}/{ip}/tcp/0")]
}

/// Leaves; then ends the demonstration, in whose folder this node's own files are.
async fn close_all(node: Option<Arc<NodeHandle>>, demo: Option<demo::Running>) {
    if let Some(node) = node {
        close(node).await;
    }
    if let Some(demo) = demo {
        demo.end().await;
    }
}

/// Leaves, and waits for the end if nobody else holds the handle.
async fn close(node: Arc<NodeHandle>) {
    match Arc::try_unwrap(node) {
        Ok(node) => node.shutdown().await,
        Err(shared) => {
            let _ = shared.send(Command::Leave).await;
        }
    }
}
