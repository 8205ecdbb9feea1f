//! The command line. A password comes from the environment or is asked for at the terminal, each time; it is
//! never an argument, which other people on the machine could read, and never in a file.

use clap::{Args, Parser, Subcommand, ValueEnum};
use moot_federation::bridge::{Language, Settings};
use moot_federation::carry;
use moot_federation::io::account::{Account, Password, Server};
use moot_federation::io::room::{RoomConfig, RoomSettings};
use moot_federation::sentence::Sentence;
use moot_node::io::carrier::at_standard_streams;
use moot_node::room::carrier::FromCarrier;
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use xmpp_parsers::jid::BareJid;
use xmpp_parsers::minidom::Element;

/// The variable that holds the password, for scripts and boxes.
const PASSWORD: &str = "MOOT_XMPP_PASSWORD";

/// Connects a Moot meeting with a room on an XMPP server, so that remote colleagues take part · 把 Moot 会议连接到 XMPP 服务器上的聊天室，供远程同事参会
///
/// The password is read from MOOT_XMPP_PASSWORD, or asked for · 密码取自 MOOT_XMPP_PASSWORD，否则会询问
#[derive(Debug, Parser)]
#[command(name = "moot-bridge", version)]
struct Cli {
    #[command(subcommand)]
    command: Subcommands,
}

#[derive(Debug, Subcommand)]
enum Subcommands {
    /// Joins a meeting on this network and bridges it, until it is stopped · 加入本网络上的会议并桥接，直到被停止
    Join {
        /// The meeting's title, id or moot:// link; any without · 会议名称、编号或 moot:// 链接；省略则任意
        meeting: Option<String>,
        /// The room, like standup@conference.company.com · 聊天室，例如 standup@conference.company.com
        #[arg(long)]
        room: String,
        #[command(flatten)]
        way: Way,
        /// What else moot-node join takes · moot-node join 的其他选项
        #[arg(last = true)]
        rest: Vec<String>,
    },
    /// For moot-node: carries its meeting by standard input and output · 供 moot-node 使用
    #[command(hide = true)]
    Carry(Carry),
}

/// How the server is reached.
#[derive(Debug, Args)]
struct Way {
    /// The account, like anna@company.com · 账号，例如 anna@company.com
    #[arg(long, value_name = "JID")]
    account: String,
    /// Where the server is, if DNS does not tell · 服务器地址（DNS 未提供时）
    #[arg(long, value_name = "HOST:PORT")]
    xmpp_server: Option<String>,
    /// Certificate authorities of the company (PEM) · 公司自己的证书颁发机构（PEM）
    #[arg(long, value_name = "FILE")]
    xmpp_ca: Option<PathBuf>,
    /// May show the password to the server itself (SASL PLAIN, within verified TLS) · 允许在已验证的 TLS 内使用 SASL PLAIN
    #[arg(long)]
    xmpp_plain: bool,
    /// Says nothing there that the server's operator could read but names · 除姓名外不发送服务器管理者可读的内容
    #[arg(long)]
    sealed: bool,
}

#[derive(Debug, Args)]
struct Carry {
    #[arg(long)]
    room: BareJid,
    #[arg(long)]
    name: String,
    /// Speaks for those who are not in the room.
    #[arg(long)]
    bridge: bool,
    #[arg(long, value_enum, default_value = "en")]
    lang: Lang,
    #[command(flatten)]
    way: Way,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Lang {
    En,
    Zh,
}

impl From<Lang> for Language {
    fn from(lang: Lang) -> Self {
        match lang {
            Lang::En => Self::English,
            Lang::Zh => Self::Chinese,
        }
    }
}

/// Runs the program; its exit code.
pub(crate) fn main() -> ExitCode {
    if let Err(problem) = moot_node::io::trace::to_stderr() {
        eprintln!("{problem}");
    }
    match Cli::parse().command {
        Subcommands::Join { meeting, room, way, rest } => join(meeting, &room, way, rest),
        Subcommands::Carry(carry) => run(carry),
    }
}

/// Becomes `moot-node join … --bridge ROOM`, with its words and exit code.
fn join(meeting: Option<String>, room: &str, way: Way, rest: Vec<String>) -> ExitCode {
    let program = std::env::current_exe().map(|own| own.with_file_name("moot-node"));
    let mut node = Command::new(program.unwrap_or_else(|_| "moot-node".into()));
    node.arg("join").args(meeting).args(["--bridge", room, "--account", &way.account]);
    if let Some(server) = way.xmpp_server {
        node.args(["--xmpp-server", &server]);
    }
    if let Some(ca) = way.xmpp_ca {
        node.arg("--xmpp-ca").arg(ca);
    }
    for (wanted, flag) in [(way.xmpp_plain, "--xmpp-plain"), (way.sealed, "--sealed")] {
        if wanted {
            node.arg(flag);
        }
    }
    match node.args(rest).status() {
        Ok(status) => ExitCode::from(status.code().and_then(|c| u8::try_from(c).ok()).unwrap_or(1)),
        Err(problem) => {
            eprintln!("moot-node: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn run(carry: Carry) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(problem) => {
            eprintln!("{problem}");
            return ExitCode::FAILURE;
        }
    };
    let ended = runtime.block_on(carry_on(carry));
    // Not awaited: a blocking read of standard input may never end.
    runtime.shutdown_background();
    ended
}

async fn carry_on(carry: Carry) -> ExitCode {
    let language = Language::from(carry.lang);
    let (orders, tell) = at_standard_streams();
    let (account, room, settings) = match prepared(carry, language) {
        Ok(prepared) => prepared,
        Err(problem) => {
            let problem = language.of(problem);
            let _ = tell.send(FromCarrier::Ended { problem }).await;
            tell.closed().await;
            return ExitCode::FAILURE;
        }
    };
    match carry::carry(account, room, settings, orders, tell.clone()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => {
            // The node ends its carrier when it has read why.
            tell.closed().await;
            ExitCode::FAILURE
        }
    }
}

fn prepared(
    carry: Carry,
    language: Language,
) -> Result<(Account, RoomSettings, Settings), Sentence> {
    let Carry { room, name, bridge, way, .. } = carry;
    let jid = BareJid::new(&way.account).map_err(|_| {
        Sentence::new(
            format!("“{}” is no account; it looks like anna@company.com", way.account),
            format!("“{}”不是账号；账号形如 anna@company.com", way.account),
        )
    })?;
    let server = way.xmpp_server.as_deref().map(server).transpose()?;
    let password = Password::new(password(&way.account, language)?);
    let account = Account {
        server,
        ca: way.xmpp_ca,
        allow_plain: way.xmpp_plain,
        ..Account::new(jid, password)
    };
    let settings = Settings { room: room.to_string(), bridge, sealed: way.sealed, language };
    // The node says who we are before this is used.
    let presence_payload = Element::bare("moot", moot_federation::bridge::wire::NS);
    let create = bridge.then(RoomConfig::default);
    let room = RoomSettings {
        room,
        nick: name,
        other_names: true,
        password: None,
        create,
        presence_payload,
    };
    Ok((account, room, settings))
}

fn server(text: &str) -> Result<Server, Sentence> {
    let wrong = || {
        Sentence::new(
            format!("“{text}” is no server; write its name and port, like xmpp.company.com:5222"),
            format!("“{text}”不是服务器；请写明名称和端口，例如 xmpp.company.com:5222"),
        )
    };
    let (host, port) = text.rsplit_once(':').ok_or_else(wrong)?;
    let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    Ok(Server { host, port: port.parse().map_err(|_| wrong())? })
}

fn password(account: &str, language: Language) -> Result<String, Sentence> {
    if let Ok(password) = std::env::var(PASSWORD) {
        return Ok(password);
    }
    let prompt = Sentence::new(format!("Password of {account}: "), format!("{account} 的密码："));
    rpassword::prompt_password(language.of(prompt)).map_err(|_| {
        Sentence::new(
            format!(
                "The password of {account} is not known: start it at a terminal, or set {PASSWORD}"
            ),
            format!("不知道 {account} 的密码：请在终端启动，或设置 {PASSWORD}"),
        )
    })
}
