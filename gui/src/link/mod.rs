//! Between the window and the node: events become the model, commands become the node's.
//!
//! ```text
//! Link::send, start, join… ─→ tokio tasks ─→ node
//! App::logic ←─ Report ←─ bounded channel ←─ forwarders (which also ask for a frame)
//! ```
//!
//! **Nothing here waits.** What takes time is a task that ends with a [`Report`]. A report bears the
//! number of the undertaking it belongs to, so that what an abandoned one still tells is dropped.

mod carry;
mod fold;
mod lobby;
mod player;
mod words;

pub use fold::fold;
pub use words::{notice, refusal};

use crate::model::Model;
use crate::settings::Settings;
use moot_node::io::clock::Clock;
use moot_node::io::profile;
use moot_node::node::{
    Command, Config, Entrance, Event, Node, NodeHandle, SinkChoice, SourceChoice,
};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::runtime::Handle;
use tokio::sync::mpsc;

/// Reports that wait for the window: a thousand events are some seconds of a lively meeting, and a
/// window that stands still that long holds its own node up, nobody else's.
const REPORTS: usize = 1024;

/// What the tasks tell the window.
#[derive(Debug)]
pub enum Report {
    /// A node has started (or could not), for undertaking number `of`.
    Started {
        /// Which undertaking.
        of: u64,
        /// The node, or why not, in words.
        node: Result<Arc<NodeHandle>, String>,
    },
    /// The node of undertaking number `of` tells something.
    Event {
        /// Which undertaking.
        of: u64,
        /// What.
        event: Event,
    },
    /// The node of undertaking number `of` has closed everything.
    Stopped {
        /// Which undertaking.
        of: u64,
    },
    /// What the lobby is told.
    Lobby(lobby::LobbyReport),
    /// Files were chosen in the system's dialog.
    Files(Vec<PathBuf>),
    /// There is no dialog to choose files in.
    NoDialog,
}

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
    lobby: lobby::Watch,
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
        let data = data.or_else(profile::default_root).unwrap_or_else(|| PathBuf::from("moot-data"));
        Self {
            runtime,
            clock: Clock::start(),
            ctx,
            sender,
            reports,
            undertaking: 0,
            node: None,
            lobby: lobby::Watch::default(),
            data,
        }
    }

    /// Folder of identity, meetings and documents.
    #[must_use]
    pub fn data(&self) -> &std::path::Path {
        &self.data
    }

    /// The node of the meeting this window is in.
    #[must_use]
    pub fn node(&self) -> Option<&Arc<NodeHandle>> {
        self.node.as_ref()
    }

    /// The next thing the tasks told that still counts.
    pub fn next(&mut self) -> Option<Report> {
        loop {
            let report = self.reports.try_recv().ok()?;
            match &report {
                Report::Started { of, node } => {
                    if *of != self.undertaking {
                        // Given up meanwhile: dropping the handle makes it leave.
                        continue;
                    }
                    self.node = node.as_ref().ok().cloned();
                }
                Report::Event { of, .. } if *of != self.undertaking => continue,
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
        self.undertaking += 1;
        let of = self.undertaking;
        let config = match self.config(entrance, settings) {
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
                    let node = Err(words::start_error(&error));
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
        if let Some(node) = self.node.take() {
            self.runtime.spawn(close(node));
        }
    }

    /// Leaves and waits until everything is on disk, ten seconds at most: for the window's end.
    pub fn finish(&mut self) {
        const PATIENCE: std::time::Duration = std::time::Duration::from_secs(10);
        let node = self.node.take();
        self.runtime.block_on(async {
            if let Some(node) = node {
                let _ = tokio::time::timeout(PATIENCE, close(node)).await;
            }
        });
    }

    /// Asks the system for files, on a thread of its own.
    pub fn choose_files(&self) {
        let (sender, ctx) = (self.sender.clone(), self.ctx.clone());
        self.runtime.spawn(async move {
            let dialog = rfd::AsyncFileDialog::new().add_filter("PDF", &["pdf"]);
            let report = match dialog.pick_files().await {
                Some(files) => Report::Files(files.iter().map(|f| f.path().to_owned()).collect()),
                None => Report::NoDialog,
            };
            let _ = sender.send(report).await;
            ctx.request_repaint();
        });
    }

    fn config(&self, entrance: Entrance, settings: &Settings) -> Result<Config, String> {
        let worker = std::env::current_exe().map_err(|error| error.to_string())?;
        let source = match &settings.source {
            Some(file) => SourceChoice::Wav(file.clone()),
            None => SourceChoice::None,
        };
        let listen = settings.interface.iter().cloned().flat_map(words::listen).collect();
        Ok(Config {
            data: self.data.clone(),
            name: settings.name.clone(),
            entrance,
            listen,
            source,
            sink: SinkChoice::None,
            record: settings.record,
            worker,
        })
    }

    /// Brings the lobby up to date: watches the network while it is in view.
    pub fn watch(&mut self, model: &Model) {
        let wanted = model.screen == crate::model::Screen::Lobby;
        self.lobby.set(wanted, &self.runtime, &self.sender, &self.ctx, &self.data);
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
