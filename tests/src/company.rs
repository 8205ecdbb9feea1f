//! A company's XMPP server on a laptop of the rig: Debian's Prosody or ejabberd, with their default limits.

use crate::launch::Launch;
use crate::net::Network;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

#[allow(unreachable_pub, reason = "shared with the tests of the federation")]
#[path = "../../federation/tests/common/certificates.rs"]
mod certificates;

/// The room that meetings are brought to.
pub const ROOM: &str = "standup@conference.company.test";

/// Its first port; every network has its own.
const PORT: &str = "5222";

/// Which server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Prosody 0.12: 10 kB/s for an account.
    Prosody,
    /// ejabberd 23.01: 3 kB/s for an account, after 20 kB.
    Ejabberd,
}

impl Kind {
    fn files(self) -> (&'static str, &'static str) {
        match self {
            Self::Prosody => ("/usr/bin/prosody", "prosody.sh"),
            Self::Ejabberd => ("/usr/sbin/ejabberdctl", "ejabberd.sh"),
        }
    }
}

/// A running server; it ends with the test, however that ends.
#[derive(Debug)]
pub struct Company {
    address: String,
    commands: ChildStdin,
    answers: BufReader<ChildStdout>,
    _process: Child,
    folder: tempfile::TempDir,
}

impl Company {
    /// Starts one on laptop `node`, with accounts `alice`, `bob`, `carol` and `dave`; `None`, with the reason printed,
    /// where it is not installed.
    ///
    /// # Panics
    /// When it does not start.
    #[must_use]
    pub fn start(kind: Kind, network: &Network, node: usize) -> Option<Self> {
        let (program, script) = kind.files();
        if !Path::new(program).exists() {
            println!("skipped: {kind:?} is not installed");
            return None;
        }
        let folder = tempfile::tempdir().expect("temporary folder is writable");
        let address = network.address(node);
        certify(&folder.path().join("tls"), &address);
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../federation/tests/fixtures");
        let enter = network.enter(node);
        let mut process = Command::new(&enter[0])
            .args(&enter[1..])
            .arg(fixtures.join(script))
            .args([folder.path().as_os_str(), PORT.as_ref(), address.as_ref()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the script runs");
        let commands = process.stdin.take().expect("piped");
        let answers = BufReader::new(process.stdout.take().expect("piped"));
        let mut company = Self { address, commands, answers, _process: process, folder };
        company.answer("ready");
        Some(company)
    }

    /// Takes its power away.
    ///
    /// # Panics
    /// When its script has gone.
    pub fn kill(&mut self) {
        self.commands.write_all(b"kill\n").expect("the script lives");
        self.answer("down");
    }

    /// Starts it again, with what it had on disk.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start_again(&mut self) {
        self.commands.write_all(b"start\n").expect("the script lives");
        self.answer("up");
    }

    /// The account of `name`, for somebody who is about to start.
    #[must_use]
    pub fn account(&self, launch: Launch, name: &str) -> Launch {
        launch
            .env("MOOT_XMPP_PASSWORD", &format!("pw-{name}"))
            .with("--account", format!("{name}@company.test"))
            .with("--xmpp-server", format!("{}:{PORT}", self.address))
            .with("--xmpp-ca", self.authority())
    }

    fn authority(&self) -> PathBuf {
        self.folder.path().join("tls/ca.pem")
    }

    fn answer(&mut self, wanted: &str) {
        let mut line = String::new();
        while !line.starts_with(wanted) {
            line.clear();
            let read = self.answers.read_line(&mut line).expect("the script speaks");
            assert!(read > 0, "the server is not {wanted}");
        }
    }
}

/// Certificates of an authority of its own.
fn certify(folder: &Path, address: &str) {
    std::fs::create_dir(folder).expect("a folder");
    let authority = certificates::Authority::new();
    let names = ["company.test", "conference.company.test", "upload.company.test", address];
    let certificates::Signed { certificate, key } = authority.sign(&names, false);
    authority.write(&folder.join("ca.pem"));
    for (name, text) in [
        ("server.pem", certificate.clone()),
        ("server.key", key.clone()),
        ("all.pem", certificate + &key),
    ] {
        std::fs::write(folder.join(name), text).expect("a file");
    }
}
