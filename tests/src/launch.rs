//! How a `moot-node` is started: where, as whom, with which flags, at which hour by its own calendar.

use crate::net::Network;
use crate::process::Node;
use std::path::{Path, PathBuf};

/// The library that shifts a process's wall clock (Debian package `libfaketime`).
const FAKETIME: &str = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1";

/// A node about to be started.
#[derive(Debug)]
pub struct Launch {
    name: String,
    enter: Vec<String>,
    env: Vec<String>,
    words: Vec<String>,
    data: Option<PathBuf>,
    program: Option<PathBuf>,
    real: bool,
}

impl Launch {
    /// `moot-node WORDS…` on laptop `node`; `name` is what the rig calls it.
    #[must_use]
    pub fn new(network: &Network, node: usize, name: &str, words: &[&str]) -> Self {
        let words = words.iter().map(|w| (*w).to_owned()).collect();
        let (enter, real) = (network.enter(node), network.is_real());
        Self {
            name: name.to_owned(),
            enter,
            env: Vec::new(),
            words,
            data: None,
            program: None,
            real,
        }
    }

    /// Starts another program than [`program`].
    #[must_use]
    pub fn program(mut self, program: &Path) -> Self {
        self.program = Some(program.to_owned());
        self
    }

    /// Adds a flag.
    #[must_use]
    pub fn flag(mut self, flag: &str) -> Self {
        self.words.push(flag.to_owned());
        self
    }

    /// Adds a flag and its value.
    #[must_use]
    pub fn with(self, flag: &str, value: impl AsRef<Path>) -> Self {
        let value = value.as_ref().display().to_string();
        let mut launch = self.flag(flag);
        launch.words.push(value);
        launch
    }

    /// Adds a word that is a path.
    #[must_use]
    pub fn with_word(self, path: &Path) -> Self {
        let word = path.display().to_string();
        self.flag(&word)
    }

    /// Keeps its data in `folder`.
    #[must_use]
    pub fn data(mut self, folder: &Path) -> Self {
        self.data = Some(folder.to_owned());
        self.with("--data", folder)
    }

    /// Sets a variable of its environment.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push(format!("{name}={value}"));
        self
    }

    /// Shifts its wall clock, and only that, as faketime(1) writes it ("+10y"); gives `None` where
    /// libfaketime is not installed.
    #[must_use]
    pub fn clock(mut self, shift: &str) -> Option<Self> {
        Path::new(FAKETIME).exists().then(|| {
            self.env = vec![
                format!("LD_PRELOAD={FAKETIME}"),
                format!("FAKETIME={shift}"),
                "FAKETIME_DONT_FAKE_MONOTONIC=1".into(),
                "NO_FAKE_STAT=1".into(),
            ];
            self
        })
    }

    /// Starts it. It dies with the thread that called this, however that ends.
    ///
    /// # Panics
    /// When the program is not there: build it first (`make test` does).
    #[must_use]
    pub fn start(mut self) -> Node {
        if !self.real && matches!(self.words[0].as_str(), "host" | "join") {
            self = self.with("--listen", "/ip4/127.0.0.1/udp/0/quic-v1");
        }
        let die_with_us = ["setpriv", "--pdeathsig", "KILL"].map(str::to_owned);
        let program = self.program.take().unwrap_or_else(program).display().to_string();
        let mut line: Vec<String> = die_with_us.into_iter().chain(self.enter).collect();
        line.push("env".into());
        line.extend(self.env);
        line.push(program);
        line.extend(self.words);
        line.push("--json".into());
        Node::start(self.name, self.data, &line)
    }
}

/// The program under test.
///
/// # Panics
/// When it has not been built.
#[must_use]
pub fn program() -> PathBuf {
    let program = program_file();
    assert!(program.exists(), "{} is missing: cargo build -p moot-node", program.display());
    program
}

/// Which build is under test: the folder its program lies in, `debug` or `release`.
#[must_use]
pub fn build() -> String {
    let program = program_file();
    let folder = program.parent().and_then(Path::file_name);
    folder.map_or_else(String::new, |folder| folder.to_string_lossy().into_owned())
}

/// The one beside this test, or what `MOOT_NODE` names.
fn program_file() -> PathBuf {
    let exe = std::env::current_exe().expect("a test has a program file");
    let beside = exe.ancestors().nth(2).expect("tests run from target/<profile>/deps");
    std::env::var_os("MOOT_NODE").map_or(beside.join("moot-node"), PathBuf::from)
}
