//! One node of the demo: a process of its own, spoken to over its standard streams.

use serde_json::Value;
use std::fs::File;
use std::io;
use std::process::{Command, Stdio};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{ChildStdin, ChildStdout};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout, timeout_at};

/// How long a node may leave its input unread before a command is given up.
const DEAF: Duration = Duration::from_secs(5);

/// What a node told, and when its line came.
#[derive(Debug)]
pub(super) struct Told {
    /// Which node; 0 hosts.
    pub(super) node: usize,
    /// When.
    pub(super) when: Instant,
    /// What; `None`: it tells nothing more.
    pub(super) event: Option<Value>,
}

/// A running node; killed when dropped.
#[derive(Debug)]
pub(super) struct Child {
    process: tokio::process::Child,
    stdin: Option<ChildStdin>,
    id: u32,
}

impl Child {
    /// Starts `command` as node number `node`; what it tells goes to `told`.
    pub(super) fn start(
        command: Command,
        node: usize,
        log: File,
        told: mpsc::Sender<Told>,
    ) -> io::Result<Self> {
        let mut command = tokio::process::Command::from(command);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::from(log));
        let mut process = command.kill_on_drop(true).spawn()?;
        let stdin = process.stdin.take();
        if let Some(stdout) = process.stdout.take() {
            tokio::spawn(listen(stdout, node, told));
        }
        let id = process.id().unwrap_or_default();
        Ok(Self { process, stdin, id })
    }

    /// The process's number.
    pub(super) fn id(&self) -> u32 {
        self.id
    }

    /// Writes one command. A node that is gone is noticed by its silence, not here.
    pub(super) async fn say(&mut self, command: &str) {
        if let Some(stdin) = &mut self.stdin {
            let line = format!("{command}\n");
            let written = timeout(DEAF, stdin.write_all(line.as_bytes())).await;
            if !matches!(written, Ok(Ok(()))) {
                self.stdin = None;
            }
        }
    }

    /// Waits for its end until `deadline`, then ends it.
    pub(super) async fn end(&mut self, deadline: Instant) {
        if timeout_at(deadline, self.process.wait()).await.is_err() {
            // Its own child processes watch it; an error means it is gone already.
            let _ = self.process.kill().await;
        }
    }
}

async fn listen(stdout: ChildStdout, node: usize, told: mpsc::Sender<Told>) {
    let mut lines = BufReader::new(stdout).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let when = Instant::now();
        let Ok(event) = serde_json::from_str(&line) else { continue };
        if told.send(Told { node, when, event: Some(event) }).await.is_err() {
            return;
        }
    }
    let _ = told.send(Told { node, when: Instant::now(), event: None }).await;
}
