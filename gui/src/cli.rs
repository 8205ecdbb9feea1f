//! The command line of `moot`: files to show, or a link to join by.
//!
//! clap knows the grammar; each text is `cli.…` in `locales/cli.yml`, in the person's language.

use crate::settings::Language;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, CommandFactory, FromArgMatches, Parser};
use moot_node::limits::NAME_CHARS;
use rust_i18n::t;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

/// The first word with which the program starts itself to convert a document in a process of its
/// own, which may crash or be killed. Agreed with [`moot_node::node::Config::worker`].
pub const CONVERT_WORKER: &str = "convert-worker";

/// What the window is to be opened with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Files to show: a meeting is started with them.
    pub documents: Vec<PathBuf>,
    /// A `moot://` link to join by.
    pub link: Option<String>,
    /// The demonstration is to be started at once.
    pub demo: bool,
    /// Folder of identity, meetings and documents.
    pub data: Option<PathBuf>,
    /// What the person is called.
    pub name: Option<String>,
    /// The language to speak.
    pub language: Option<Language>,
}

/// What a command line asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommandLine {
    /// The window.
    Window(Wanted),
    /// To convert a document; the words are the converter's own.
    Convert(Vec<OsString>),
    /// Words on standard output: help, version.
    Say(String),
    /// A complaint on standard error, and exit code 2.
    Complain(String),
}

#[derive(Debug, Parser)]
#[command(name = "moot", version, disable_help_flag = true, disable_version_flag = true)]
struct Args {
    #[arg(value_name = "FILE.pdf|moot://LINK")]
    what: Vec<OsString>,
    #[arg(long)]
    demo: bool,
    #[arg(long, value_name = "NAME", value_parser = name)]
    name: Option<String>,
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    #[arg(long, value_name = "en|zh", value_parser = language)]
    lang: Option<Language>,
}

/// Reads a command line (the program's name first), in the language that it asks for or that the
/// system speaks.
#[must_use]
pub fn read(args: &[OsString]) -> CommandLine {
    if args.get(1).is_some_and(|word| word == CONVERT_WORKER) {
        return CommandLine::Convert(args[2..].to_vec());
    }
    rust_i18n::set_locale(asked(args).unwrap_or_else(system_language).code());
    let parsed = command().try_get_matches_from(args).and_then(|m| Args::from_arg_matches(&m));
    match parsed {
        Ok(args) => wanted(args),
        Err(error) => match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
                CommandLine::Say(error.to_string())
            }
            _ => complain(&complaint(&error)),
        },
    }
}

/// Whether there is a display to open a window on, by the environment that `value` tells.
///
/// # Errors
/// The sentence that says so and names the program without a window.
pub fn display(value: impl Fn(&str) -> Option<OsString>) -> Result<(), String> {
    let there = |key: &&str| value(key).is_some_and(|value| !value.is_empty());
    let needed = cfg!(all(unix, not(target_os = "macos")));
    if !needed || ["WAYLAND_DISPLAY", "WAYLAND_SOCKET", "DISPLAY"].iter().any(there) {
        return Ok(());
    }
    Err(t!("cli.no_display").into_owned())
}

/// The sentence for a display that a window could not be opened on.
#[must_use]
pub fn no_window(problem: &str) -> String {
    t!("cli.no_window", problem = problem).into_owned()
}

/// The sentence for a `MOOT_LOG` that can't be understood.
#[must_use]
pub fn no_log(problem: &str) -> String {
    t!("cli.no_log", problem = problem).into_owned()
}

/// The language of the system, as far as it is one of ours.
#[must_use]
pub fn system_language() -> Language {
    spoken(sys_locale::get_locales())
}

/// The first of the environment's languages that we speak; English speaks for all others.
fn spoken(locales: impl IntoIterator<Item = String>) -> Language {
    let known = |locale: String| match locale.split(['-', '_', '.']).next()? {
        "zh" => Some(Language::Zh),
        "en" => Some(Language::En),
        _ => None,
    };
    locales.into_iter().find_map(known).unwrap_or(Language::En)
}

/// `--lang` counts even for `--help` and for complaints, so it is looked for before all is parsed.
fn asked(args: &[OsString]) -> Option<Language> {
    let mut words = args.iter().filter_map(|arg| arg.to_str());
    let value = words.find_map(|word| match word.strip_prefix("--lang")? {
        "" => Some(None),
        rest => rest.strip_prefix('=').map(Some),
    })?;
    language(value.or_else(|| words.next())?).ok()
}

/// The grammar with its texts.
fn command() -> clap::Command {
    let options = t!("cli.options").into_owned();
    let flag =
        |id: &'static str, short: char, action| Arg::new(id).short(short).long(id).action(action);
    let command = Args::command()
        .about(t!("cli.about").into_owned())
        .after_help(t!("cli.after").into_owned())
        .arg(flag("help", 'h', ArgAction::Help))
        .arg(flag("version", 'V', ArgAction::Version))
        .help_template(format!(
            "{{about}}\n\n{}: {{usage}}\n\n{{all-args}}{{after-help}}\n",
            t!("cli.usage")
        ))
        .override_usage(t!("cli.usage_line").into_owned());
    let ids: Vec<String> = command.get_arguments().map(|arg| arg.get_id().to_string()).collect();
    ids.into_iter().fold(command, |command, id| {
        command.mut_arg(&id, |arg| {
            let heading = if arg.is_positional() {
                t!("cli.arguments").into_owned()
            } else {
                options.clone()
            };
            arg.help(help(&id)).help_heading(heading)
        })
    })
}

fn help(id: &str) -> String {
    match id {
        "what" => t!("cli.what"),
        "demo" => t!("cli.demo"),
        "name" => t!("cli.name"),
        "data" => t!("cli.data"),
        "lang" => t!("cli.lang"),
        "help" => t!("cli.help"),
        _ => t!("cli.version"),
    }
    .into_owned()
}

/// Sorts files from the link; they don't go together.
fn wanted(args: Args) -> CommandLine {
    let is_link = |word: &OsString| as_text(word).starts_with("moot://");
    let (links, files): (Vec<_>, Vec<_>) = args.what.into_iter().partition(is_link);
    let ways = usize::from(!files.is_empty()) + links.len() + usize::from(args.demo);
    if ways > 1 {
        return complain(&t!("cli.one_way"));
    }
    CommandLine::Window(Wanted {
        documents: files.into_iter().map(PathBuf::from).collect(),
        link: links.first().map(|link| as_text(link).into_owned()),
        demo: args.demo,
        data: args.data,
        name: args.name,
        language: args.lang,
    })
}

fn as_text(word: &OsStr) -> std::borrow::Cow<'_, str> {
    word.to_string_lossy()
}

fn complain(words: &str) -> CommandLine {
    CommandLine::Complain(format!("{words}\n{}", t!("cli.try_help")))
}

/// A wrong command line in a sentence.
fn complaint(error: &clap::Error) -> String {
    let told = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        _ => String::new(),
    };
    let (arg, value) = (told(ContextKind::InvalidArg), told(ContextKind::InvalidValue));
    match error.kind() {
        ErrorKind::UnknownArgument => t!("cli.unknown", arg = arg),
        ErrorKind::ArgumentConflict => t!("cli.twice", arg = arg),
        ErrorKind::InvalidValue if value.is_empty() => t!("cli.no_value", arg = arg),
        ErrorKind::ValueValidation => {
            let why = std::error::Error::source(error).map(ToString::to_string);
            t!("cli.bad_value", arg = arg, value = value, why = why.unwrap_or_default())
        }
        _ => t!("cli.other"),
    }
    .into_owned()
}

fn language(text: &str) -> Result<Language, String> {
    match text {
        "en" => Ok(Language::En),
        "zh" => Ok(Language::Zh),
        _ => Err(t!("cli.languages").into_owned()),
    }
}

fn name(text: &str) -> Result<String, String> {
    let text = text.trim();
    match text.chars().count() {
        0 => Err(t!("cli.empty").into_owned()),
        n if n > NAME_CHARS => Err(t!("cli.long", max = NAME_CHARS).into_owned()),
        _ if text.chars().any(char::is_control) => Err(t!("cli.character").into_owned()),
        _ => Ok(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(words: &[&str]) -> CommandLine {
        let words = ["moot", "--lang", "en"].iter().chain(words);
        read(&words.map(OsString::from).collect::<Vec<_>>())
    }

    fn window(words: &[&str]) -> Wanted {
        match line(words) {
            CommandLine::Window(wanted) => wanted,
            other => panic!("{words:?}: {other:?}"),
        }
    }

    #[test]
    fn the_grammar_is_well_formed() {
        command().debug_assert();
    }

    #[test]
    fn files_start_a_meeting_and_a_link_joins_one() {
        let files = window(&["a.pdf", "b c.pdf", "--name", " Ann ", "--data", "d"]);
        assert_eq!(files.documents, [PathBuf::from("a.pdf"), PathBuf::from("b c.pdf")]);
        assert_eq!((files.name.as_deref(), files.link), (Some("Ann"), None));
        assert_eq!(files.data, Some("d".into()));
        let link = window(&["moot://abc?s=x"]);
        assert_eq!(link.link.as_deref(), Some("moot://abc?s=x"));
        assert!(link.documents.is_empty());
        assert!(window(&["--demo"]).demo);
    }

    #[test]
    fn nonsense_is_refused_with_what_it_is() {
        for (words, part) in [
            (&["--dance"][..], "--dance"),
            (&["--name", ""], "--name"),
            (&["--name", "a\u{1}"], "--name"),
            (&["--data"], "--data"),
            (&["--name", "A", "--name", "B"], "--name"),
            (&["moot://a", "b.pdf"], "link"),
            (&["--demo", "b.pdf"], "--demo"),
        ] {
            let CommandLine::Complain(text) = line(words) else { panic!("{words:?}") };
            assert!(text.contains(part) && !text.contains("cli."), "{words:?}: {text}");
        }
    }

    #[test]
    fn help_and_version_are_said() {
        let CommandLine::Say(help) = line(&["--help"]) else { panic!("no help") };
        for word in ["moot://", "--demo", "--name", "--data", "--lang", "--version", "moot-node"] {
            assert!(help.contains(word), "{word}: {help}");
        }
        assert!(!help.contains("cli."), "{help}");
        let CommandLine::Say(version) = line(&["--version"]) else { panic!("no version") };
        assert!(version.contains(env!("CARGO_PKG_VERSION")));
    }

    #[test]
    fn the_converters_words_are_its_own() {
        let words = ["moot", CONVERT_WORKER, "--help", "x"].map(OsString::from);
        assert_eq!(read(&words), CommandLine::Convert(vec!["--help".into(), "x".into()]));
    }

    #[test]
    fn without_a_display_the_other_program_is_named() {
        let none = display(|_| None);
        let empty = display(|_| Some(OsString::new()));
        if cfg!(all(unix, not(target_os = "macos"))) {
            let words = none.expect_err("no display");
            assert!(words.contains("moot-node") && words.lines().count() == 1, "{words}");
            assert_eq!(empty, Err(words));
        }
        assert_eq!(display(|key| (key == "DISPLAY").then(|| ":0".into())), Ok(()));
        assert_eq!(display(|key| (key == "WAYLAND_DISPLAY").then(|| "w".into())), Ok(()));
    }

    #[test]
    fn the_environments_first_known_language_wins() {
        let spoken = |names: &[&str]| spoken(names.iter().map(|&name| name.to_owned()));
        assert_eq!(spoken(&["de-DE", "zh-Hans-CN", "en"]), Language::Zh);
        assert_eq!(spoken(&["en_GB.UTF-8", "zh"]), Language::En);
        assert_eq!(spoken(&["C"]), Language::En);
    }

    #[test]
    fn the_languages_option_is_found_in_either_form() {
        let asked = |line: &str| asked(&line.split(' ').map(OsString::from).collect::<Vec<_>>());
        assert_eq!(asked("moot --lang zh x"), Some(Language::Zh));
        assert_eq!(asked("moot --lang=en"), Some(Language::En));
        assert_eq!(asked("moot --lang fr"), None);
        assert_eq!(asked("moot x"), None);
    }
}
