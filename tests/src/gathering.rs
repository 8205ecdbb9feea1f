//! A meeting of several nodes: who is in it, how they get in, whether they agree.

use crate::event::Line;
use crate::launch::Launch;
use crate::net::Network;
use crate::process::Node;
use crate::wait;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// What people are called, by laptop.
pub const NAMES: [&str; 8] = ["Ada", "Ben", "Cai", "Dan", "Eva", "Fay", "Gil", "Hua"];

/// How long getting in may take where it is not what is measured.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A meeting; its people's folders live as long as it.
#[derive(Debug)]
pub struct Gathering<'a> {
    /// The network it is held on.
    pub network: &'a Network,
    /// What it is called.
    pub title: String,
    /// Who is in, by laptop; `None` where nobody is yet.
    pub nodes: Vec<Option<Node>>,
    meeting: Option<Line>,
    folder: tempfile::TempDir,
}

impl<'a> Gathering<'a> {
    /// Nobody yet.
    ///
    /// # Panics
    /// When there is no room for temporary files.
    #[must_use]
    pub fn new(network: &'a Network, title: &str) -> Self {
        let folder = tempfile::tempdir().expect("temporary folder is writable");
        let nodes = (0..network.nodes()).map(|_| None).collect();
        Self { network, title: title.to_owned(), nodes, meeting: None, folder }
    }

    /// A place for a scenario's own files.
    #[must_use]
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The data folder of laptop `node`.
    #[must_use]
    pub fn data(&self, node: usize) -> PathBuf {
        self.file(NAMES[node])
    }

    /// Laptop 0 hosts; `more` adds flags. Returns when the meeting stands.
    ///
    /// # Panics
    /// When it does not.
    pub fn host(&mut self, more: impl FnOnce(Launch) -> Launch) {
        self.host_on(0, more);
    }

    /// Laptop `node` hosts; `more` adds flags. Returns when the meeting stands.
    ///
    /// # Panics
    /// When it does not.
    pub fn host_on(&mut self, node: usize, more: impl FnOnce(Launch) -> Launch) {
        let words = ["host", "--name", NAMES[node], "--title", &self.title];
        let launch = Launch::new(self.network, node, NAMES[node], &words).data(&self.data(node));
        let host = more(launch).start();
        self.meeting = Some(host.event("meeting", PATIENCE));
        self.nodes[node] = Some(host);
    }

    /// The code shown on members' screens; empty when none is needed.
    #[must_use]
    pub fn code(&self) -> String {
        self.meeting.as_ref().map(|m| m.text("code").to_owned()).unwrap_or_default()
    }

    /// The meeting's `moot://` link.
    #[must_use]
    pub fn link(&self) -> String {
        self.meeting.as_ref().map(|m| m.text("link").to_owned()).unwrap_or_default()
    }

    /// The meeting's id.
    #[must_use]
    pub fn id(&self) -> String {
        self.meeting.as_ref().map(|m| m.text("id").to_owned()).unwrap_or_default()
    }

    /// What `join` needs on this network: title and code, or the link where nothing can be found.
    #[must_use]
    pub fn way_in(&self) -> Vec<String> {
        let code = self.code();
        match (self.network.is_real(), code.is_empty()) {
            (false, _) => vec![self.link()],
            (true, true) => vec![self.title.clone()],
            (true, false) => vec![self.title.clone(), "--code".into(), code],
        }
    }

    /// Laptop `node` about to join in the usual way.
    #[must_use]
    pub fn joining(&self, node: usize) -> Launch {
        let way_in = self.way_in();
        let mut words = vec!["join"];
        words.extend(way_in.iter().map(String::as_str));
        words.extend(["--name", NAMES[node]]);
        Launch::new(self.network, node, NAMES[node], &words).data(&self.data(node))
    }

    /// Laptop `node` about to come back with the data it has: no code, no link.
    #[must_use]
    pub fn returning(&self, node: usize) -> Launch {
        let words = ["join", &self.title, "--name", NAMES[node]];
        Launch::new(self.network, node, NAMES[node], &words).data(&self.data(node))
    }

    /// Laptop `node` joins; `more` adds flags. Returns at once.
    pub fn join(&mut self, node: usize, more: impl FnOnce(Launch) -> Launch) {
        self.nodes[node] = Some(more(self.joining(node)).start());
    }

    /// Laptops 1 to the last join, and are in when this returns.
    ///
    /// # Panics
    /// When one is not.
    pub fn all_join(&mut self, more: impl FnMut(usize, Launch) -> Launch) {
        self.some_join(1..self.network.nodes(), more);
    }

    /// The laptops of `nodes` join, and are in when this returns.
    ///
    /// # Panics
    /// When one is not.
    pub fn some_join(
        &mut self,
        nodes: Range<usize>,
        mut more: impl FnMut(usize, Launch) -> Launch,
    ) {
        for node in nodes.clone() {
            self.join(node, |launch| more(node, launch));
        }
        for node in nodes {
            self.joined(node, PATIENCE);
        }
    }

    /// The node on laptop `node`.
    ///
    /// # Panics
    /// When nobody is there.
    #[must_use]
    pub fn node(&self, node: usize) -> &Node {
        self.nodes[node].as_ref().expect("started before")
    }

    /// Those who run.
    pub fn present(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter().flatten().filter(|node| node.runs())
    }

    /// When laptop `node` was in.
    ///
    /// # Panics
    /// When it is not within `limit`.
    pub fn joined(&self, node: usize, limit: Duration) -> Line {
        self.node(node).event("joined", limit)
    }

    /// How long it takes until all who run show the same state; `None` when not within `limit`.
    #[must_use]
    pub fn agree(&self, limit: Duration) -> Option<Duration> {
        let nodes: Vec<&Node> = self.present().collect();
        let start = Instant::now();
        wait::find(limit, || {
            let asked = Instant::now();
            let digests = states(&nodes)?;
            let equal = digests.windows(2).all(|two| two[0] == two[1]) && !digests[0].is_empty();
            equal.then(|| asked - start)
        })
    }

    /// Fails the scenario unless all who run agree within `limit`; gives the seconds it took.
    ///
    /// # Panics
    /// When they do not.
    pub fn must_agree(&self, limit: Duration) -> f64 {
        let agreed = self.agree(limit).unwrap_or_else(|| {
            let nodes: Vec<&Node> = self.present().collect();
            let states: Vec<String> = nodes.iter().map(|node| node.tail()).collect();
            panic!("no equal digests within {limit:?}\n{}", states.join("\n"))
        });
        agreed.as_secs_f64()
    }

    /// Everybody leaves politely.
    ///
    /// # Panics
    /// When one does not.
    pub fn close(&self) {
        for node in self.nodes.iter().flatten().filter(|node| node.runs()) {
            node.leave();
        }
    }
}

/// The digest that each of `nodes` shows now; `None` when one does not answer.
fn states(nodes: &[&Node]) -> Option<Vec<String>> {
    let marks: Vec<usize> = nodes.iter().map(|node| node.mark()).collect();
    for node in nodes {
        node.command("state");
    }
    let answer = |(node, mark): (&&Node, usize)| {
        let state = node.wait(mark, Duration::from_secs(3), |line| line.is("state"))?;
        Some(state.text("digest").to_owned())
    };
    nodes.iter().zip(marks).map(answer).collect()
}

/// Whether any file below `folder` holds `needle`.
#[must_use]
pub fn holds(folder: &Path, needle: &[u8]) -> bool {
    files(folder).iter().any(|file| {
        std::fs::read(file).is_ok_and(|bytes| bytes.windows(needle.len()).any(|w| w == needle))
    })
}

/// All files below `folder`, in order.
#[must_use]
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let below = |path: PathBuf| if path.is_dir() { files(&path) } else { vec![path] };
    let mut all: Vec<PathBuf> = paths.flat_map(below).collect();
    all.sort();
    all
}
