//! Every call into the library that acts, in one place.

use super::args::Play;
use super::run::Controls;
use moot_node::io::clock::Clock;
use moot_node::io::document::{self, ConvertError, Original, Password, Warning};
use moot_node::node::documents::{self, RemoveError, StoredDocument};
use moot_node::node::export::{self, ExportError};
use moot_node::node::{
    self, Command, Config, Event, Node, NodeHandle, Replay, ReplayCommand, ReplayHandle,
};
use moot_node::room::id::BlobId;
use moot_node::words;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Why something could not be done, in words for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Failure(pub(crate) String);

pub(crate) use moot_node::node::Stopped;

impl Controls for NodeHandle {
    async fn send(&self, command: Command) -> Result<(), Stopped> {
        NodeHandle::send(self, command).await
    }

    async fn shutdown(self) {
        NodeHandle::shutdown(self).await;
    }
}

/// Starts a node.
pub(crate) async fn start(
    config: Config,
    clock: Clock,
) -> Result<(NodeHandle, mpsc::Receiver<Event>), Failure> {
    Node::start(config, clock).await.map_err(|error| Failure(words::start_error(&error)))
}

/// Opens a recording and plays it, telling what a listener would have been told.
pub(crate) async fn replay(
    play: &Play,
    clock: Clock,
) -> Result<(ReplayHandle, mpsc::Receiver<Event>), Failure> {
    let opened = Replay::open(play.folder.clone(), play.sink.clone(), clock).await;
    let (replay, events) = opened.map_err(|error| Failure(error.to_string()))?;
    let seek = play.from.map(ReplayCommand::Seek);
    let begin = [ReplayCommand::Speed(play.speed), ReplayCommand::Play];
    for command in seek.into_iter().chain(begin) {
        replay.send(command).await.map_err(|error| Failure(error.to_string()))?;
    }
    Ok((replay, events))
}

/// What a whole meeting's folder holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Verified {
    pub(crate) entries: u64,
    pub(crate) authors: u64,
    pub(crate) sound_pages: u64,
}

/// Checks a meeting's folder; the inner error names the first thing that is wrong.
pub(crate) fn verify(folder: &Path) -> Result<Result<Verified, String>, Failure> {
    match node::verify(folder) {
        Ok(Ok(whole)) => {
            let node::Verified { entries, authors, sound_pages } = whole;
            Ok(Ok(Verified { entries, authors, sound_pages }))
        }
        Ok(Err(damage)) => Ok(Err(damage)),
        Err(error) => Err(Failure(error.to_string())),
    }
}

/// A converted document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Converted {
    pub(crate) document: BlobId,
    pub(crate) name: String,
    pub(crate) pages: u32,
    pub(crate) bytes: u64,
}

/// Why a document was not converted.
pub(crate) enum Unconverted {
    /// It is locked; whether a password was given.
    Locked { wrong: bool },
    /// In words for people.
    Failed(Failure),
}

/// Converts `original` into the folder `out`; `progress` gets the pages done and the pages there are.
pub(crate) async fn convert(
    original: &Original,
    out: &Path,
    worker: PathBuf,
    mut progress: impl FnMut(u32, u32),
) -> Result<Converted, Unconverted> {
    let (sender, mut steps) = mpsc::channel(16);
    let cancel = CancellationToken::new();
    let converting = async move {
        // Dropping the sender at the end is what ends the other half.
        let sender = sender;
        document::convert_to_folder(worker, original, out, &sender, &cancel).await
    };
    let reporting = async {
        while let Some(document::Progress { done, pages }) = steps.recv().await {
            progress(done, pages);
        }
    };
    let (converted, ()) = tokio::join!(converting, reporting);
    let converted = converted.map_err(|error| match error {
        ConvertError::Password { wrong } => Unconverted::Locked { wrong },
        error => Unconverted::Failed(Failure(words::not_shown(&error))),
    })?;
    for warning in &converted.warnings {
        eprintln!("{}", words::partly(warning));
    }
    let document::Converted { document, pages, bytes, .. } = converted;
    Ok(Converted { document, name: original.name(), pages, bytes })
}

/// What is kept of documents in a data folder.
pub(crate) async fn stored_documents(data: &Path) -> Result<Vec<StoredDocument>, Failure> {
    documents::list(data).await.map_err(|problem| Failure(problem.to_string()))
}

/// Removes one of them; the bytes that are free now.
pub(crate) async fn remove_document(data: &Path, document: &BlobId) -> Result<u64, RemoveError> {
    documents::remove(data, document).await
}

/// A document of the meeting kept in `folder`.
pub(crate) async fn kept_document(
    folder: &Path,
    name: Option<&str>,
) -> Result<export::Document, Failure> {
    let (folder, name) = (folder.to_owned(), name.map(str::to_owned));
    let opening =
        tokio::task::spawn_blocking(move || export::Document::open(&folder, name.as_deref()));
    let opened = opening.await.map_err(|panic| Failure(panic.to_string()))?;
    opened.map_err(|error| Failure(words::not_exported(&error)))
}

/// Makes a copy of it.
pub(crate) async fn save(
    document: &export::Document,
    copy: &export::Copy,
    worker: &Path,
    password: Option<&Password>,
) -> Result<(), Unconverted> {
    let saved = document.save(copy, worker, password).await;
    let lost = saved.map_err(|error| match error {
        ExportError::Document(ConvertError::Password { wrong }) => Unconverted::Locked { wrong },
        error => Unconverted::Failed(Failure(words::not_exported(&error))),
    })?;
    for (number, problem) in lost {
        eprintln!("{}", words::partly(&Warning::Page { number, problem }));
    }
    Ok(())
}

/// The process that a document is converted in; its exit code.
pub(crate) fn convert_worker(rest: &[OsString]) -> ExitCode {
    ExitCode::from(document::worker::main(rest.iter().cloned()))
}
