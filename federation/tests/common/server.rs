//! Real servers, started on free ports and gone with the test, also when it panics or is killed.

use super::certificates::Authority;
use moot_federation::io::account::{Account, Password, Server as Address, Tls};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use xmpp_parsers::jid::BareJid;

/// How long a server may take to start on a busy machine; 2 s (Prosody) and 4 s (ejabberd) on an idle one.
const START: Duration = Duration::from_secs(60);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Prosody,
    Ejabberd,
}

impl Kind {
    fn installed(self) -> bool {
        let program = match self {
            Self::Prosody => "/usr/bin/prosody",
            Self::Ejabberd => "/usr/sbin/ejabberdctl",
        };
        Path::new(program).exists()
    }

    fn script(self) -> PathBuf {
        let name = match self {
            Self::Prosody => "prosody.sh",
            Self::Ejabberd => "ejabberd.sh",
        };
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
    }
}

/// A server for the domain `company.test`. Its script ends it when its input ends, which no way of dying prevents.
pub struct Server {
    pub kind: Kind,
    pub port: u16,
    commands: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
    _process: Child,
    _folder: TempDir,
    ca: PathBuf,
}

impl Server {
    /// Starts one; `None`, with the reason printed, when it is not installed.
    pub async fn start(kind: Kind) -> Option<Self> {
        if !kind.installed() {
            println!("skipped: {kind:?} is not installed");
            return None;
        }
        for _ in 0..3 {
            if let Some(server) = Self::start_at(kind, free_ports()).await {
                return Some(server);
            }
        }
        panic!("{kind:?} did not start");
    }

    async fn start_at(kind: Kind, port: u16) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder");
        let tls = folder.path().join("tls");
        std::fs::create_dir(&tls).expect("a folder");
        let authority = Authority::new();
        let names = ["company.test", "conference.company.test", "upload.company.test", "localhost"];
        let signed = authority.sign(&names, false);
        let ca = tls.join("ca.pem");
        authority.write(&ca);
        std::fs::write(tls.join("server.pem"), &signed.certificate).expect("a file");
        std::fs::write(tls.join("server.key"), &signed.key).expect("a file");
        std::fs::write(tls.join("all.pem"), signed.certificate + &signed.key).expect("a file");
        let mut process = Command::new(kind.script())
            .args([folder.path().as_os_str(), port.to_string().as_ref()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the script runs");
        let commands = process.stdin.take().expect("piped");
        let answers = BufReader::new(process.stdout.take().expect("piped")).lines();
        let mut server =
            Self { kind, port, commands, answers, _process: process, _folder: folder, ca };
        server.answer("ready").await.then_some(server)
    }

    /// Takes its power away.
    pub async fn kill(&mut self) {
        self.commands.write_all(b"kill\n").await.expect("the script lives");
        assert!(self.answer("down").await);
    }

    /// Starts it again, with what it had on disk.
    pub async fn start_again(&mut self) {
        self.commands.write_all(b"start\n").await.expect("the script lives");
        assert!(self.answer("up").await);
    }

    async fn answer(&mut self, wanted: &str) -> bool {
        let answered = async {
            while let Ok(Some(line)) = self.answers.next_line().await {
                if line.starts_with(wanted) {
                    return true;
                }
            }
            false
        };
        tokio::time::timeout(START, answered).await.unwrap_or(false)
    }

    /// An account here, found by STARTTLS.
    pub fn account(&self, name: &str) -> Account {
        self.account_at(name, self.port, Tls::StartTls)
    }

    /// An account at another port, as of a proxy before this server.
    pub fn account_at(&self, name: &str, port: u16, tls: Tls) -> Account {
        let jid = BareJid::new(&format!("{name}@company.test")).expect("an address");
        let mut account = Account::new(jid, Password::new(format!("pw-{name}")));
        account.server = Some(Address { host: "127.0.0.1".to_owned(), port });
        account.tls = tls;
        account.ca = Some(self.ca.clone());
        account
    }
}

/// The first of three ports in a row that nobody has.
fn free_ports() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    loop {
        let step = u32::from(NEXT.fetch_add(1, Ordering::Relaxed)) * 7919 + std::process::id() * 31;
        let port = 20_000 + u16::try_from(step % 3_900).expect("small") * 3;
        let free = |port| TcpListener::bind(("127.0.0.1", port)).is_ok();
        if (port..port + 3).all(free) {
            return port;
        }
    }
}
