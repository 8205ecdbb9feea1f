//! The converter's side of one worker process: start, ask, lose patience, kill.

use super::region::{DrawnRegion, RegionOrder};
use super::wire::{self, DrawnPage, FRAME_BYTES, Opening, Refusal, Reply, Request};
use super::worker::{Allowance, Task};
use crate::room::id::BlobId;
use crate::room::pages::{PageProblem, PageSize, Structure};
use serde::Serialize;
use std::io;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

/// A worker process. Dropping it kills it and whatever it started.
pub(super) struct Process {
    child: Child,
    requests: ChildStdin,
    replies: ChildStdout,
    patience: Duration,
}

/// A worker with an open PDF.
pub(super) struct Worker {
    process: Process,
}

/// What the worker found in the file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Opened {
    pub(super) pages: u32,
    pub(super) source: BlobId,
}

/// Why no worker has the file open.
#[derive(Debug)]
pub(super) enum OpenError {
    /// The program could not be started.
    Start(io::Error),
    /// The worker says why.
    Refused(Refusal),
    /// The worker died or fell silent while opening.
    Lost(PageProblem),
}

/// A page that could not be drawn.
#[derive(Debug)]
pub(super) enum PageError {
    /// The worker says so and goes on.
    Failed(PageSize, PageProblem),
    /// The worker is lost; drop it and start another for the next page.
    Lost(PageProblem),
}

impl Process {
    /// Starts `program` as a worker.
    pub(super) fn start(
        program: &Path,
        task: &Task,
        allowance: Allowance,
        patience: Duration,
    ) -> io::Result<Self> {
        let mut command = Command::new(program);
        command.args(task.arguments(allowance));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        command.kill_on_drop(true);
        #[cfg(unix)]
        command.process_group(0);
        let mut child = command.spawn()?;
        let (Some(requests), Some(replies)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        Ok(Self { child, requests, replies, patience })
    }

    /// Tells the worker something.
    pub(super) async fn send(&mut self, content: &impl Serialize) -> Result<(), PageProblem> {
        let frame = wire::frame(content).map_err(|_| PageProblem::Died)?;
        // A worker that is gone already may have said why.
        let _ = self.requests.write_all(&frame).await;
        Ok(())
    }

    /// What the worker says next.
    pub(super) async fn reply(&mut self) -> Result<Reply, PageProblem> {
        let frame = timeout(self.patience, read_frame(&mut self.replies)).await;
        match frame.map_err(|_| PageProblem::TooSlow)? {
            Ok(frame) => wire::parse(&frame).ok_or(PageProblem::Died),
            Err(_) => Err(self.obituary().await),
        }
    }

    /// The exit code, once the worker has ended by itself; `None` when it was killed.
    pub(super) async fn end(&mut self) -> Result<Option<i32>, PageProblem> {
        match timeout(self.patience, self.child.wait()).await {
            Ok(Ok(status)) => Ok(status.code()),
            Ok(Err(_)) => Err(PageProblem::Died),
            Err(_) => Err(PageProblem::TooSlow),
        }
    }

    /// Whether a worker that hung up ran out of processor time or died of something else.
    async fn obituary(&mut self) -> PageProblem {
        let Ok(Ok(status)) = timeout(self.patience, self.child.wait()).await else {
            return PageProblem::Died;
        };
        #[cfg(unix)]
        {
            use std::os::unix::process::ExitStatusExt;
            if status.signal() == Some(rustix::process::Signal::XCPU.as_raw()) {
                return PageProblem::TooSlow;
            }
        }
        tracing::debug!(%status, "conversion worker ended");
        PageProblem::Died
    }
}

impl Worker {
    /// Starts `program` as a worker that opens `file`.
    pub(super) async fn open(
        program: &Path,
        file: &Path,
        password: &str,
        allowance: Allowance,
        patience: Duration,
    ) -> Result<(Self, Opened), OpenError> {
        let task = Task::Draw(file.to_owned());
        let started = Process::start(program, &task, allowance, patience);
        let mut process = started.map_err(OpenError::Start)?;
        let opening = Opening { password: password.to_owned(), skip: Vec::new() };
        process.send(&opening).await.map_err(OpenError::Lost)?;
        match process.reply().await {
            Ok(Reply::Opened { pages, source }) => Ok((Self { process }, Opened { pages, source })),
            Ok(Reply::Refused(refusal)) => Err(OpenError::Refused(refusal)),
            Ok(_) => Err(OpenError::Lost(PageProblem::Died)),
            Err(problem) => Err(OpenError::Lost(problem)),
        }
    }

    /// Draws page `number`.
    pub(super) async fn page(&mut self, number: u32) -> Result<DrawnPage, PageError> {
        match self.ask(Request::Page(number)).await? {
            Reply::Page(page) if page.number == number => Ok(page),
            Reply::Failed { number: of, size, problem } if of == number => {
                Err(PageError::Failed(size, problem))
            }
            _ => Err(PageError::Lost(PageProblem::Died)),
        }
    }

    /// Draws a part of a page.
    pub(super) async fn region(&mut self, order: RegionOrder) -> Result<DrawnRegion, PageError> {
        match self.ask(Request::Region(order)).await? {
            Reply::Region(drawn) if drawn.answers(&order) => Ok(drawn),
            _ => Err(PageError::Lost(PageProblem::Died)),
        }
    }

    /// Reads outline, links and labels.
    pub(super) async fn structure(&mut self) -> Result<Structure, PageError> {
        let lost = PageError::Lost(PageProblem::Died);
        match self.ask(Request::Structure).await? {
            Reply::Structure(bytes) => Structure::decode(&bytes).map_err(|_| lost),
            _ => Err(lost),
        }
    }

    async fn ask(&mut self, request: Request) -> Result<Reply, PageError> {
        self.process.send(&request).await.map_err(PageError::Lost)?;
        self.process.reply().await.map_err(PageError::Lost)
    }
}

async fn read_frame(from: &mut ChildStdout) -> io::Result<Vec<u8>> {
    let length = from.read_u32().await? as usize;
    if length > FRAME_BYTES {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut frame = vec![0; length];
    from.read_exact(&mut frame).await?;
    Ok(frame)
}

impl Drop for Process {
    fn drop(&mut self) {
        // The worker leads its own group, so this takes its children too. Once it has been waited
        // for it has no id, and the number may be somebody else's.
        #[cfg(unix)]
        if let Some(group) = self.child.id().and_then(|id| i32::try_from(id).ok())
            && let Some(group) = rustix::process::Pid::from_raw(group)
        {
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
    }
}
