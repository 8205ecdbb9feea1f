//! The command line as types. Every text that people read is in `locales/`; see [`super::help`].

use super::listen::parse_listen;
use clap::{Args, Parser, Subcommand, ValueEnum};
use moot_node::limits::{NAME_CHARS, ROOM_CHARS};
use moot_node::node::{DelayChoice, SinkChoice, SourceChoice};
use moot_node::room::playback::stretch::SPEEDS;
use moot_node::room::stanza::{JoinPolicy, RoomName};
use std::path::PathBuf;
use std::time::Duration;

/// Nodes that `demo` starts at most: 33 gossiping processes use up two processor cores
/// (measured, research on the network §9).
const DEMO_NODES: u32 = 32;

/// Seconds that `demo` runs at most: its sound is one WAV file of 96 kB a second.
const DEMO_SECONDS: u32 = 3600;

/// The whole command line.
#[derive(Debug, Parser)]
#[command(name = "moot-node", version, disable_help_flag = true, disable_version_flag = true)]
#[command(disable_help_subcommand = true, subcommand_required = true)]
pub(crate) struct Cli {
    /// Language of everything people read; found from the environment when not given.
    #[arg(long, global = true, value_enum, value_name = "en|zh", hide_possible_values = true)]
    pub(crate) lang: Option<super::language::Language>,
    /// One JSON object a line instead of words.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Subcommands,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Subcommands {
    Host(Host),
    Find(Find),
    Devices,
    Join(Join),
    Play(Play),
    Convert(Convert),
    Export(Export),
    Documents(Documents),
    Verify(Verify),
    Demo(Demo),
    /// Not for people: the process that a document is converted in (it may crash or be killed).
    #[command(name = moot_worker::ARGUMENT, hide = true)]
    ConvertWorker(ConvertWorker),
}

/// The word that starts this program as a converter.
pub(crate) mod moot_worker {
    /// Agreed with [`moot_node::node::Config::worker`].
    pub(crate) const ARGUMENT: &str = "convert-worker";
}

#[derive(Debug, Args)]
pub(crate) struct Host {
    #[arg(long, value_name = "TITLE", value_parser = short_text)]
    pub(crate) title: Option<String>,
    #[arg(long = "document", value_name = "FILE")]
    pub(crate) documents: Vec<PathBuf>,
    #[arg(long, value_enum, value_name = "code|open|ask", hide_possible_values = true)]
    #[arg(default_value = "code", hide_default_value = true)]
    pub(crate) join: Policy,
    #[command(flatten)]
    pub(crate) part: Part,
}

#[derive(Debug, Args)]
pub(crate) struct Join {
    #[arg(value_name = "TITLE|ID|moot://…|xmpp:ROOM")]
    pub(crate) meeting: Option<String>,
    #[arg(long, value_name = "CODE")]
    pub(crate) code: Option<String>,
    #[command(flatten)]
    pub(crate) part: Part,
}

/// How one takes part, as host or not.
#[derive(Debug, Args)]
pub(crate) struct Part {
    #[arg(long, value_name = "NAME", value_parser = short_text)]
    pub(crate) name: Option<String>,
    #[arg(long)]
    pub(crate) hide_name: bool,
    #[arg(long, value_name = "none|tone|mic[:NAME]|FILE.wav", value_parser = source)]
    #[arg(default_value = "none", hide_default_value = true)]
    pub(crate) source: SourceChoice,
    #[arg(long, value_name = "none|speaker[:NAME]|FILE.wav", value_parser = sink)]
    #[arg(default_value = "none", hide_default_value = true)]
    pub(crate) sink: SinkChoice,
    #[arg(long, value_enum, value_name = "on|off", hide_possible_values = true)]
    #[arg(default_value = "on", hide_default_value = true)]
    pub(crate) processing: Processing,
    #[arg(long, value_name = "low|usual|smooth", value_parser = delay)]
    #[arg(default_value = "usual", hide_default_value = true)]
    pub(crate) delay: DelayChoice,
    #[arg(long)]
    pub(crate) muted: bool,
    #[arg(long, value_name = "NAME", value_parser = room)]
    pub(crate) room: Option<RoomName>,
    #[arg(long)]
    pub(crate) headphones: bool,
    #[arg(long)]
    pub(crate) record: bool,
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    #[arg(long, value_name = "ADDR", value_parser = listen)]
    pub(crate) listen: Vec<Listen>,
    #[command(flatten)]
    pub(crate) elsewhere: Elsewhere,
}

/// A room on an XMPP server, and how to get there. `moot-bridge` reads all of it.
#[derive(Debug, Default, Args)]
pub(crate) struct Elsewhere {
    #[arg(long, value_name = "ROOM", requires = "account")]
    pub(crate) bridge: Option<String>,
    #[arg(long, value_name = "JID")]
    pub(crate) account: Option<String>,
    #[arg(long, value_name = "HOST:PORT")]
    pub(crate) xmpp_server: Option<String>,
    #[arg(long, value_name = "FILE")]
    pub(crate) xmpp_ca: Option<PathBuf>,
    #[arg(long)]
    pub(crate) xmpp_plain: bool,
    #[arg(long)]
    pub(crate) sealed: bool,
}

/// The multiaddresses that one `--listen` stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listen(pub(crate) Vec<String>);

#[derive(Debug, Args)]
pub(crate) struct Find {
    #[arg(long, value_name = "S", default_value_t = 3.0, hide_default_value = true)]
    #[arg(value_parser = seconds)]
    pub(crate) seconds: f64,
}

#[derive(Debug, Args)]
pub(crate) struct Play {
    #[arg(value_name = "FOLDER")]
    pub(crate) folder: PathBuf,
    #[arg(long, value_name = "none|speaker[:NAME]|FILE.wav", value_parser = sink)]
    #[arg(default_value = "none", hide_default_value = true)]
    pub(crate) sink: SinkChoice,
    #[arg(long, value_name = "X", default_value_t = 1.0, hide_default_value = true)]
    #[arg(value_parser = speed)]
    pub(crate) speed: f32,
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) from: Option<Duration>,
}

#[derive(Debug, Args)]
pub(crate) struct Convert {
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Export {
    #[arg(value_name = "FOLDER")]
    pub(crate) folder: PathBuf,
    #[arg(long, value_name = "NAME")]
    pub(crate) document: Option<String>,
    #[arg(long, value_name = "FILE.pdf")]
    pub(crate) out: PathBuf,
    #[arg(long)]
    pub(crate) original: bool,
    #[arg(long, value_name = "DIR")]
    pub(crate) pages: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Documents {
    #[arg(long, value_name = "NAME-OR-ID")]
    pub(crate) remove: Option<String>,
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Verify {
    #[arg(value_name = "FOLDER")]
    pub(crate) folder: PathBuf,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct Demo {
    #[arg(long, value_name = "N", default_value_t = 4, hide_default_value = true)]
    #[arg(value_parser = demo_nodes)]
    pub(crate) nodes: u32,
    #[arg(long, value_name = "FILE")]
    pub(crate) document: Option<PathBuf>,
    #[arg(long, value_name = "FILE.wav")]
    pub(crate) speech: Option<PathBuf>,
    #[arg(long, value_name = "S", default_value_t = 20, hide_default_value = true)]
    #[arg(value_parser = demo_seconds)]
    pub(crate) seconds: u32,
}

#[derive(Debug, Args)]
pub(crate) struct ConvertWorker {
    /// What the converter hands to itself.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub(crate) rest: Vec<std::ffi::OsString>,
}

/// How soon one hears the others.
fn delay(word: &str) -> Result<DelayChoice, String> {
    DelayChoice::from_word(word).ok_or_else(|| rust_i18n::t!("input.delay").into_owned())
}

/// Whether a microphone's sound is processed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Processing {
    On,
    Off,
}

/// [`JoinPolicy`] as a word on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Policy {
    Code,
    Open,
    Ask,
}

impl From<Policy> for JoinPolicy {
    fn from(policy: Policy) -> Self {
        match policy {
            Policy::Code => Self::Code,
            Policy::Open => Self::Open,
            Policy::Ask => Self::Ask,
        }
    }
}

fn short_text(text: &str) -> Result<String, String> {
    let text = text.trim();
    match text.chars().count() {
        0 => Err(rust_i18n::t!("usage.empty").into_owned()),
        _ if !text.chars().all(super::input::can_be_said) => {
            Err(rust_i18n::t!("usage.character").into_owned())
        }
        n if n > NAME_CHARS => Err(rust_i18n::t!("usage.long", max = NAME_CHARS).into_owned()),
        _ => Ok(text.to_owned()),
    }
}

fn room(text: &str) -> Result<RoomName, String> {
    RoomName::new(text).ok_or_else(|| rust_i18n::t!("usage.room", max = ROOM_CHARS).into_owned())
}

pub(super) fn source(text: &str) -> Result<SourceChoice, String> {
    match text {
        "none" => Ok(SourceChoice::None),
        "tone" => Ok(SourceChoice::Tone),
        "mic" => Ok(SourceChoice::Microphone(None)),
        "" => Err(rust_i18n::t!("usage.empty").into_owned()),
        text => Ok(match text.strip_prefix("mic:") {
            Some(name) => SourceChoice::Microphone(Some(name.to_owned())),
            None => SourceChoice::Wav(text.into()),
        }),
    }
}

pub(super) fn sink(text: &str) -> Result<SinkChoice, String> {
    match text {
        "none" => Ok(SinkChoice::None),
        "" => Err(rust_i18n::t!("usage.empty").into_owned()),
        "speaker" => Ok(SinkChoice::Loudspeaker(None)),
        text => Ok(match text.strip_prefix("speaker:") {
            Some(name) => SinkChoice::Loudspeaker(Some(name.to_owned())),
            None => SinkChoice::Wav(text.into()),
        }),
    }
}

fn listen(text: &str) -> Result<Listen, String> {
    parse_listen(text).map(Listen).map_err(|_| rust_i18n::t!("usage.listen").into_owned())
}

fn seconds(text: &str) -> Result<f64, String> {
    text.parse::<f64>()
        .ok()
        .filter(|s| s.is_finite() && (0.0..=86_400.0).contains(s))
        .ok_or_else(|| rust_i18n::t!("usage.seconds").into_owned())
}

fn speed(text: &str) -> Result<f32, String> {
    let speed = text.parse().ok().filter(|speed| SPEEDS.contains(speed));
    speed.ok_or_else(|| {
        rust_i18n::t!("usage.speed", least = SPEEDS.start(), most = SPEEDS.end()).into_owned()
    })
}

/// `90`, `1:30` or `0:01:30`; seconds may have decimals.
fn moment(text: &str) -> Result<Duration, String> {
    let wrong = || rust_i18n::t!("usage.moment").into_owned();
    let (whole, last) = text.rsplit_once(':').unwrap_or(("", text));
    let mut seconds = last.parse::<f64>().map_err(|_| wrong())?;
    let units: Vec<&str> = whole.split(':').filter(|_| !whole.is_empty()).collect();
    for (unit, scale) in units.iter().rev().zip([60, 3600]) {
        seconds += f64::from(unit.parse::<u16>().map_err(|_| wrong())?) * f64::from(scale);
    }
    let sensible = units.len() <= 2 && (0.0..=1e9).contains(&seconds);
    if sensible { Ok(Duration::from_secs_f64(seconds)) } else { Err(wrong()) }
}

fn demo_nodes(text: &str) -> Result<u32, String> {
    between(text, 2, DEMO_NODES)
}

fn demo_seconds(text: &str) -> Result<u32, String> {
    between(text, 1, DEMO_SECONDS)
}

fn between(text: &str, min: u32, max: u32) -> Result<u32, String> {
    text.parse()
        .ok()
        .filter(|number| (min..=max).contains(number))
        .ok_or_else(|| rust_i18n::t!("usage.between", min = min, max = max).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(std::iter::once("moot-node").chain(line.split(' ')))
    }

    #[test]
    fn the_command_line_is_well_formed() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }

    #[test]
    fn host_takes_everything_the_reference_says() {
        let cli = parse(
            "host --name Ann --title Talk --document a.pdf --document b.pdf --join ask --record \
             --source talk.wav --sink out.wav --data d --listen 127.0.0.1 --room Elbe --headphones \
             --delay low --json",
        )
        .unwrap();
        assert!(cli.json);
        let Subcommands::Host(host) = cli.command else { panic!("not host") };
        assert_eq!(host.join, Policy::Ask);
        assert_eq!(host.documents.len(), 2);
        assert_eq!(host.part.source, SourceChoice::Wav("talk.wav".into()));
        assert_eq!(host.part.listen[0].0.len(), 2, "QUIC and TCP");
        assert!(host.part.record && host.part.headphones);
        assert_eq!(host.part.delay, DelayChoice::Low);
        assert_eq!(host.part.room, RoomName::new("Elbe"));
    }

    #[test]
    fn who_comes_back_needs_only_the_title_and_the_folder() {
        let cli = parse("join Talk --data d").unwrap();
        let Subcommands::Join(join) = cli.command else { panic!("not join") };
        assert_eq!(
            (join.meeting.as_deref(), join.part.name, join.code),
            (Some("Talk"), None, None)
        );
    }

    #[test]
    fn nonsense_is_refused() {
        let long = "x".repeat(NAME_CHARS + 1);
        for line in [
            "host --join sometimes",
            "host --processing perhaps",
            "host --delay none",
            "host --listen nowhere",
            "host --room \t",
            "host --name ",
            &format!("host --name {long}"),
            "host --title a\u{1}b",
            "demo --nodes 1",
            "demo --seconds 0",
            "find --seconds -1",
            "convert a.pdf",
            "export meeting",
            "verify",
            "dance",
        ] {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}
