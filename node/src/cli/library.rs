//! Every call into the library that acts, in one place.

use super::run::Controls;
use moot_node::io::document;
use moot_node::node::{Command, Config, Event, SinkChoice};
use moot_node::room::id::{BlobId, MeetingId};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// The node no longer takes commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the node has stopped")]
pub(crate) struct Stopped;

/// Why something could not be done, in words for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Failure(pub(crate) String);

/// A running node.
#[derive(Debug)]
pub(crate) struct Node {}

impl Controls for Node {
    async fn send(&self, _command: Command) -> Result<(), Stopped> {
        Err(Stopped)
    }

    async fn shutdown(self) {}
}

/// Starts a node.
pub(crate) async fn start(_config: Config) -> Result<(Node, mpsc::Receiver<Event>), Failure> {
    not_connected("node::Node::start")
}

/// A meeting that is announced on this network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) id: MeetingId,
    pub(crate) title: String,
}

/// Hands over each announcement of a meeting (also again and again), until cancelled.
pub(crate) async fn browse(_found: mpsc::Sender<Found>) -> Result<(), Failure> {
    not_connected("io::discovery")
}

/// Replays a recorded meeting, telling what a listener would have been told.
pub(crate) async fn replay(
    _folder: PathBuf,
    _sink: SinkChoice,
    _events: mpsc::Sender<Event>,
) -> Result<(), Failure> {
    not_connected("io::recording::Replay")
}

/// What a whole meeting's folder holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Verified {
    pub(crate) entries: u64,
    pub(crate) authors: u64,
    pub(crate) sound_pages: u64,
}

/// Checks a meeting's folder; the inner error names the first thing that is wrong.
pub(crate) fn verify(_folder: &Path) -> Result<Result<Verified, String>, Failure> {
    not_connected("io::recording::verify, io::log::verify")
}

/// A converted document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Converted {
    pub(crate) document: BlobId,
    pub(crate) name: String,
    pub(crate) pages: u32,
    pub(crate) bytes: u64,
}

/// Converts `file` into the folder `out`; `progress` gets the pages done and the pages there are.
pub(crate) async fn convert(
    file: PathBuf,
    out: PathBuf,
    worker: PathBuf,
    mut progress: impl FnMut(u32, u32) + Send + 'static,
) -> Result<Converted, Failure> {
    let (sender, mut steps) = mpsc::channel(16);
    let cancel = CancellationToken::new();
    let converting = async move {
        // Dropping the sender at the end is what ends the other half.
        let sender = sender;
        document::convert_to_folder(worker, &file, &out, &sender, &cancel)
            .await
            .map(|converted| (converted, file))
    };
    let reporting = async {
        while let Some(document::Progress { done, pages }) = steps.recv().await {
            progress(done, pages);
        }
    };
    let (converted, ()) = tokio::join!(converting, reporting);
    let (converted, file) = converted.map_err(|error| Failure(error.to_string()))?;
    for warning in &converted.warnings {
        eprintln!("{warning}");
    }
    let document::Converted { document, pages, bytes, .. } = converted;
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(Converted { document, name, pages, bytes })
}

/// The process that a document is converted in; its exit code.
pub(crate) fn convert_worker(rest: &[OsString]) -> ExitCode {
    let code = document::worker::main(rest.iter().cloned());
    ExitCode::from(u8::try_from(code).unwrap_or(super::Exit::Failed as u8))
}

fn not_connected<T>(what: &str) -> Result<T, Failure> {
    Err(Failure(format!("{what} is not connected yet")))
}
