//! A running node as its program sees it, and why there may be none.

use super::command::Command;
use super::pages::Pages;
use crate::io::carrier::CarrierError;
use crate::io::mesh::MeshError;
use crate::io::profile::ProfileError;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Steers a running node. Dropping it makes the node leave.
#[derive(Debug)]
pub struct NodeHandle {
    pub(super) commands: mpsc::Sender<Command>,
    pub(super) pages: Pages,
    pub(super) stop: CancellationToken,
    pub(super) task: JoinHandle<()>,
}

/// The node has left its meeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the node has stopped")]
pub struct Stopped;

/// Why a node could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// The network.
    #[error(transparent)]
    Mesh(#[from] MeshError),
    /// An address given to listen on.
    #[error("{0} is no address to listen on; expected one like /ip4/0.0.0.0/udp/0/quic-v1")]
    Listen(String),
    /// The program that reaches others elsewhere.
    #[error(transparent)]
    Carrier(#[from] CarrierError),
    /// The system.
    #[error("the system refused: {0}")]
    System(String),
}

impl NodeHandle {
    /// Hands over a command; its effect is told by events.
    ///
    /// # Errors
    /// [`Stopped`] when the node has left.
    pub async fn send(&self, command: Command) -> Result<(), Stopped> {
        self.commands.send(command).await.map_err(|_| Stopped)
    }

    /// The pages of its documents, for a window: pictures, text, search. What is not here is
    /// fetched from the members.
    #[must_use]
    pub fn pages(&self) -> Pages {
        self.pages.clone()
    }

    /// Hands over a command without waiting: for a window, which must not.
    ///
    /// # Errors
    /// [`TrySendError`]: the node has left, or has too much to do; then nothing was done.
    ///
    /// [`TrySendError`]: mpsc::error::TrySendError
    #[allow(clippy::result_large_err, reason = "the caller gets its command back")]
    pub fn try_send(&self, command: Command) -> Result<(), mpsc::error::TrySendError<Command>> {
        self.commands.try_send(command)
    }

    /// Leaves the meeting and waits until everything is on disk and closed.
    pub async fn shutdown(self) {
        self.stop.cancel();
        // A panic inside was reported by the runtime; there is nothing left to wait for.
        let _ = self.task.await;
    }
}
