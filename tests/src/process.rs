//! A real `moot-node` process: started by [`crate::launch`], driven by its standard input,
//! read line by line with the moment of each line, killed as power cuts do.

use crate::event::Line;
use crate::{shell, wait};
use serde_json::Value;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long drawing a deck may take on a machine that is busy with other tests; not what is measured.
const DRAWN: Duration = Duration::from_secs(180);

/// How long a node may take to stop when asked.
pub const STOP_LIMIT: Duration = Duration::from_secs(5);

/// A running node.
#[derive(Debug)]
pub struct Node {
    /// What the rig (and usually the meeting) calls it.
    pub name: String,
    /// When it was started.
    pub started: Instant,
    data: Option<PathBuf>,
    child: Mutex<Child>,
    input: Mutex<Option<ChildStdin>>,
    log: Arc<Log>,
    complaints: tempfile::TempPath,
    line: Vec<String>,
}

impl Node {
    /// Starts `line` (program and arguments).
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub(crate) fn start(name: String, data: Option<PathBuf>, line: &[String]) -> Self {
        let complaints = tempfile::NamedTempFile::new().expect("temporary folder is writable");
        let stderr = complaints.reopen().expect("just made");
        let started = Instant::now();
        let mut child = spawn(line, stderr);
        let log = Arc::new(Log::default());
        let out = child.stdout.take().expect("piped");
        let reader = Arc::clone(&log);
        std::thread::spawn(move || read(out, &reader));
        let input = Mutex::new(child.stdin.take());
        let complaints = complaints.into_temp_path();
        let (child, line) = (Mutex::new(child), line.to_vec());
        Self { name, started, data, child, input, log, complaints, line }
    }

    /// Its data folder.
    ///
    /// # Panics
    /// When it was started without one.
    #[must_use]
    pub fn data(&self) -> &Path {
        self.data.as_deref().expect("started with a data folder")
    }

    /// Types a command. A node that has gone reads nothing, and that shows elsewhere.
    pub fn command(&self, text: &str) {
        let mut input = self.input.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(input) = input.as_mut() {
            let _gone = input.write_all(format!("{text}\n").as_bytes());
        }
    }

    /// Ends its input.
    pub fn close_input(&self) {
        self.input.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// How many lines it has printed; `wait` and `expect` look from such a mark on.
    #[must_use]
    pub fn mark(&self) -> usize {
        self.log.lock().lines.len()
    }

    /// Everything it has printed.
    #[must_use]
    pub fn lines(&self) -> Vec<Line> {
        self.log.lock().lines.clone()
    }

    /// The first line from `mark` on that is `wanted`, printed or to be printed within `limit`.
    #[must_use]
    pub fn wait(
        &self,
        mark: usize,
        limit: Duration,
        wanted: impl Fn(&Line) -> bool,
    ) -> Option<Line> {
        let deadline = Instant::now() + limit;
        let mut looked = mark;
        let mut state = self.log.lock();
        loop {
            if let Some(line) = state.lines.iter().skip(looked).find(|line| wanted(line)) {
                return Some(line.clone());
            }
            looked = looked.max(state.lines.len());
            let left = deadline.saturating_duration_since(Instant::now());
            if state.ended || left.is_zero() {
                return None;
            }
            let waited = self.log.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Like [`Node::wait`], and fails the scenario when it does not come.
    ///
    /// # Panics
    /// When no such line comes within `limit`.
    #[must_use]
    pub fn expect(
        &self,
        what: &str,
        mark: usize,
        limit: Duration,
        wanted: impl Fn(&Line) -> bool,
    ) -> Line {
        self.wait(mark, limit, wanted)
            .unwrap_or_else(|| panic!("{}: no {what} within {limit:?}\n{}", self.name, self.tail()))
    }

    /// The first event called `name`, within `limit`.
    ///
    /// # Panics
    /// When it does not come.
    #[must_use]
    pub fn event(&self, name: &str, limit: Duration) -> Line {
        self.expect(name, 0, limit, |line| line.is(name))
    }

    /// The first page that was shown of a document all of which was told of: drafts of it may be shown
    /// before, and not every page of those can be turned to yet.
    ///
    /// # Panics
    /// When it does not come within three minutes.
    pub fn whole_page(&self) -> Line {
        let document = self.event("document", DRAWN).text("id").to_owned();
        let of_it = |line: &Line| line.is("page") && line.text("document") == document;
        self.expect("a page of the whole document", 0, DRAWN, of_it)
    }

    /// All of the first document that was told of whole is here.
    ///
    /// # Panics
    /// When it does not come within three minutes.
    pub fn whole_document(&self) -> Line {
        let document = self.event("document", DRAWN).text("id").to_owned();
        self.complete(&document, DRAWN)
    }

    /// All of this document is here.
    ///
    /// # Panics
    /// When it does not come in time.
    pub fn complete(&self, document: &str, limit: Duration) -> Line {
        self.expect("the whole document here", 0, limit, |line| {
            let of_it = line.is("progress") && line.text("document") == document;
            of_it && line.number("have") >= line.number("total")
        })
    }

    /// Its member id, 64 hexadecimal digits.
    ///
    /// # Panics
    /// When it was not ready within five seconds.
    #[must_use]
    pub fn peer(&self) -> String {
        self.event("ready", Duration::from_secs(5)).text("peer").to_owned()
    }

    /// Pulls the plug (SIGKILL), and reads what it had still printed.
    pub fn kill(&self) {
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        let _gone = child.kill();
        let _gone = child.wait();
        drop(child);
        self.drained();
    }

    /// Sends a signal by name ("TERM", "INT").
    ///
    /// # Panics
    /// When it cannot be sent.
    pub fn signal(&self, signal: &str) {
        let id = self.child.lock().unwrap_or_else(PoisonError::into_inner).id().to_string();
        shell::run(&["kill", "-s", signal, &id]).expect("one's own process can be signalled");
    }

    /// Stops all of `nodes` at one moment for `span`, as a machine does that stands still, and lets them
    /// go on.
    ///
    /// # Panics
    /// When they cannot be signalled.
    pub fn stand_still<'a>(nodes: impl IntoIterator<Item = &'a Self>, span: Duration) {
        let ids: Vec<String> = nodes
            .into_iter()
            .map(|node| node.child.lock().unwrap_or_else(PoisonError::into_inner).id().to_string())
            .collect();
        let send = |signal: &str| {
            let words: Vec<&str> =
                ["kill", "-s", signal].into_iter().chain(ids.iter().map(String::as_str)).collect();
            shell::run(&words).expect("one's own processes can be signalled");
        };
        send("STOP");
        wait::span(span);
        send("CONT");
    }

    /// Its exit code when it ends within `limit` (−1 when a signal ended it).
    #[must_use]
    pub fn exit_code(&self, limit: Duration) -> Option<i32> {
        let ended = || {
            let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
            child.try_wait().ok().flatten()
        };
        let status = wait::find(limit, ended)?;
        self.drained();
        Some(status.code().unwrap_or(-1))
    }

    /// Whether it still runs.
    #[must_use]
    pub fn runs(&self) -> bool {
        self.exit_code(Duration::ZERO).is_none()
    }

    /// Leaves the meeting politely.
    ///
    /// # Panics
    /// When it does not stop in time, or not with 0.
    pub fn leave(&self) {
        self.command("leave");
        let code = self.exit_code(STOP_LIMIT);
        assert_eq!(code, Some(0), "{} should leave\n{}", self.name, self.tail());
    }

    /// What it wrote to its standard error: its log, when `MOOT_LOG` asks for one.
    #[must_use]
    pub fn complaints(&self) -> String {
        std::fs::read_to_string(&self.complaints).unwrap_or_default()
    }

    /// The end of what it printed and complained about, for a failure's message.
    #[must_use]
    pub fn tail(&self) -> String {
        let lines = self.lines();
        let shown = lines.iter().rev().take(12).rev();
        let complaints = self.complaints();
        let complaints: Vec<&str> = complaints.lines().rev().take(12).collect();
        let mut text = format!("--- {}: {}\n", self.name, self.line.join(" "));
        for line in shown {
            let after = line.at.duration_since(self.started).as_secs_f64();
            text += &format!("  {after:8.3} s {}\n", line.body);
        }
        for line in complaints.iter().rev() {
            text += &format!("  stderr: {line}\n");
        }
        text
    }

    /// Writes all that it printed (with the rig's seconds since the start) and complained about into
    /// the folder that `MOOT_RIG_KEEP` names, for whoever looks for a cause.
    fn keep(&self) {
        let Some(folder) = std::env::var_os("MOOT_RIG_KEEP") else { return };
        let after = |line: &Line| line.at.duration_since(self.started).as_secs_f64();
        let text = |line: &Line| format!("{:.6} {}\n", after(line), line.body);
        let file = |kind| Path::new(&folder).join(format!("{}.{kind}", self.name));
        let lines: String = self.lines().iter().map(text).collect();
        let _for_curiosity = std::fs::write(file("out"), lines);
        let _for_curiosity = std::fs::copy(&self.complaints, file("err"));
    }

    /// Waits until the reader has everything that the ended process printed.
    fn drained(&self) {
        let state = self.log.lock();
        let ended = self.log.changed.wait_timeout_while(state, STOP_LIMIT, |state| !state.ended);
        drop(ended.unwrap_or_else(PoisonError::into_inner));
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprint!("{}", self.tail());
        }
        self.keep();
        let mut child = self.child.lock().unwrap_or_else(PoisonError::into_inner);
        let _gone = child.kill();
        let _gone = child.wait();
    }
}

/// Gives the calling thread precedence: it only notes when lines and sound come, and must not be
/// kept from it by the nodes it measures. Without the right to it, figures are a little coarser.
pub fn hurry() {
    if let Ok(thread) = std::fs::read_link("/proc/thread-self")
        && let Some(id) = thread.file_name()
    {
        let _not_permitted = shell::run(&["renice", "-n", "-10", "-p", &id.to_string_lossy()]);
    }
}

#[derive(Debug, Default)]
struct Log {
    state: Mutex<Printed>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Printed {
    lines: Vec<Line>,
    ended: bool,
}

impl Log {
    fn lock(&self) -> std::sync::MutexGuard<'_, Printed> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn spawn(line: &[String], stderr: File) -> Child {
    Command::new(&line[0])
        .args(&line[1..])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(stderr)
        .spawn()
        .unwrap_or_else(|error| panic!("cannot start {}: {error}", line.join(" ")))
}

fn read(out: ChildStdout, log: &Log) {
    hurry();
    let mut out = BufReader::new(out);
    let mut text = String::new();
    while out.read_line(&mut text).is_ok_and(|bytes| bytes > 0) {
        let at = Instant::now();
        let body = serde_json::from_str(&text).unwrap_or_else(|_| Value::String(text.clone()));
        log.lock().lines.push(Line { at, body });
        log.changed.notify_all();
        text.clear();
    }
    log.lock().ended = true;
    log.changed.notify_all();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::launch::Launch;
    use crate::net::Network;
    use std::os::unix::fs::PermissionsExt;

    const SOON: Duration = Duration::from_secs(5);

    /// A program that obeys as a node does: tells the year and the uptime, repeats what it is told.
    const SCRIPT: &str = "#!/bin/sh
        trap 'echo \"{\\\"event\\\":\\\"left\\\"}\"; exit 0' TERM
        echo \"{\\\"event\\\":\\\"ready\\\",\\\"year\\\":$(date +%Y)}\"
        echo complaint >&2
        while read line; do echo \"{\\\"event\\\":\\\"chat\\\",\\\"text\\\":\\\"$line\\\"}\"; done
        while :; do sleep 0.05; done";

    fn script() -> tempfile::TempPath {
        let file = tempfile::NamedTempFile::new().expect("temporary folder").into_temp_path();
        std::fs::write(&file, SCRIPT).expect("write");
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).expect("permit");
        file
    }

    #[test]
    fn a_process_is_told_read_signalled_and_killed() {
        let (network, script) = (Network::new(1), script());
        let launch = || Launch::new(&network, 0, "Script", &["host"]).program(&script);
        let node = launch().start();
        let year = node.event("ready", SOON).number("year");
        node.command("hello there");
        let heard = node.expect("echo", 0, SOON, |line| line.text("text") == "hello there");
        assert!(heard.at > node.started && node.tail().contains("stderr: complaint"));
        assert!(node.wait(node.mark(), Duration::from_millis(20), |_| true).is_none());
        node.close_input();
        assert!(node.runs());
        node.signal("TERM");
        assert_eq!(node.exit_code(SOON), Some(0));
        assert!(node.lines().last().is_some_and(|line| line.is("left")));
        let Some(shifted) = launch().clock("+10y") else { return };
        let node = shifted.start();
        assert!((year + 9.0..=year + 11.0).contains(&node.event("ready", SOON).number("year")));
        node.kill();
        assert_eq!(node.exit_code(SOON), Some(-1));
    }
}
