//! `--help`, `--version` and complaints about the command line, in the user's language.
//!
//! clap knows the grammar; each text is `help.COMMAND.OPTION` in `locales/`, or
//! `help.options.OPTION` for an option that means the same everywhere.

use super::Exit;
use super::args::Cli;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, ArgAction, Command, CommandFactory, FromArgMatches};
use rust_i18n::t;
use std::ffi::OsString;

/// Options of every command, in the order they are shown.
const EVERYWHERE: [&str; 4] = ["json", "lang", "help", "version"];

/// Parses the command line; what it asks for instead, or is wrong about, is printed here.
pub(crate) fn parse(args: &[OsString]) -> Result<Cli, Exit> {
    let parsed =
        command().try_get_matches_from(args).and_then(|found| Cli::from_arg_matches(&found));
    parsed.map_err(|error| match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            // A closed pipe here is somebody who has read enough.
            let _ = error.print();
            Exit::Fine
        }
        _ => {
            eprintln!("{}\n{}", complaint(&error), t!("usage.try_help"));
            Exit::Usage
        }
    })
}

/// The grammar with its texts.
fn command() -> Command {
    let mut command = localised(Cli::command(), "moot-node");
    let version = Arg::new("version").short('V').long("version").action(ArgAction::Version);
    let heading = t!("help.heading.options").into_owned();
    command = command
        .arg(version.help(text("moot-node", "version")).help_heading(heading).display_order(1100));
    let names: Vec<String> = command.get_subcommands().map(|c| c.get_name().to_owned()).collect();
    for name in names {
        command = command.mut_subcommand(&name, |sub| localised(sub, &name));
    }
    command
}

fn localised(command: Command, name: &str) -> Command {
    let options = t!("help.heading.options").into_owned();
    let help = Arg::new("help").short('h').long("help").action(ArgAction::Help);
    let mut command = command
        .about(t!(format!("help.{name}.about")).into_owned())
        .disable_help_flag(true)
        .disable_version_flag(true)
        .subcommand_help_heading(t!("help.heading.commands").into_owned())
        .subcommand_value_name(t!("help.heading.command").into_owned())
        .help_template(format!(
            "{{about}}\n\n{}: {{usage}}\n\n{{all-args}}{{after-help}}\n",
            t!("help.heading.usage")
        ))
        .arg(help);
    let ids: Vec<String> = command.get_arguments().map(|arg| arg.get_id().to_string()).collect();
    for id in ids {
        command = command.mut_arg(&id, |arg| {
            // What is the same everywhere comes last.
            let arg = match EVERYWHERE.iter().position(|common| *common == id) {
                Some(place) => arg.display_order(1000 + place),
                None => arg,
            };
            let heading = if arg.is_positional() {
                t!("help.heading.arguments")
            } else {
                options.as_str().into()
            };
            arg.help(text(name, &id)).help_heading(heading.into_owned())
        });
    }
    let top = name == "moot-node";
    let full = if top { name.to_owned() } else { format!("moot-node {name}") };
    let usage = command.clone().bin_name(full).render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ");
    let command =
        command.override_usage(usage.replace("[OPTIONS]", &t!("help.heading.any_options")));
    if top { command.after_help(t!("help.moot-node.after").into_owned()) } else { command }
}

/// The text of an option: its command's own, else the common one.
fn text(command: &str, id: &str) -> String {
    let own = format!("help.{command}.{id}");
    let common = format!("help.options.{id}");
    let found = rust_i18n::t!(own.as_str());
    if found == own { t!(common).into_owned() } else { found.into_owned() }
}

/// A wrong command line in a sentence.
fn complaint(error: &clap::Error) -> String {
    let told = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join(", "),
        _ => String::new(),
    };
    let arg = told(ContextKind::InvalidArg);
    let value = told(ContextKind::InvalidValue);
    let text = match error.kind() {
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            t!("usage.no_command")
        }
        ErrorKind::InvalidSubcommand => {
            t!("usage.unknown_command", word = told(ContextKind::InvalidSubcommand))
        }
        ErrorKind::UnknownArgument => t!("usage.unknown_argument", arg = arg),
        ErrorKind::MissingRequiredArgument => t!("usage.missing", arg = arg),
        ErrorKind::ArgumentConflict => t!("usage.twice", arg = arg),
        ErrorKind::InvalidValue if value.is_empty() => t!("usage.no_value", arg = arg),
        ErrorKind::InvalidValue => {
            t!("usage.not_one_of", arg = arg, value = value, valid = told(ContextKind::ValidValue))
        }
        ErrorKind::ValueValidation => {
            let why = std::error::Error::source(error).map(ToString::to_string);
            t!("usage.bad_value", arg = arg, value = value, why = why.unwrap_or_default())
        }
        _ => t!("usage.other", arg = arg),
    };
    text.into_owned()
}

/// The keys of `locales/` that are put together here, for the test of locales.
#[cfg(test)]
pub(super) fn composed_keys() -> Vec<String> {
    let mut keys = vec!["help.moot-node.about".to_owned()];
    let mut of = |name: &str, command: &Command| {
        for id in command.get_arguments().map(|arg| arg.get_id().to_string()) {
            let own = format!("help.{name}.{id}");
            let known = t!(own.as_str(), locale = "en") != own;
            keys.push(if known { own } else { format!("help.options.{id}") });
        }
    };
    let command = command();
    of("moot-node", &command);
    command.get_subcommands().for_each(|sub| of(sub.get_name(), sub));
    keys.extend(command.get_subcommands().map(|sub| format!("help.{}.about", sub.get_name())));
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(line: &str) -> String {
        let words = std::iter::once("moot-node").chain(line.split_whitespace());
        complaint(&command().try_get_matches_from(words).expect_err(line))
    }

    #[test]
    fn complaints_name_what_is_wrong() {
        for (line, word) in [
            ("dance", "dance"),
            ("host --dance", "--dance"),
            ("verify", "FOLDER"),
            ("host --join never", "never"),
            ("host --name", "--name"),
            ("demo --nodes 1", "32"),
            ("host --name A --name B", "--name"),
        ] {
            let text = refused(line);
            assert!(text.contains(word) && !text.contains("usage."), "{line}: {text}");
        }
        assert!(!refused("").contains("usage."));
    }

    #[test]
    fn every_command_has_its_help() {
        let mut command = command();
        command.build();
        for sub in command.get_subcommands_mut().filter(|sub| !sub.is_hide_set()) {
            let name = sub.get_name().to_owned();
            let help = sub.render_help().to_string();
            assert!(help.contains("--help") && help.contains("--json"), "{name}: {help}");
            assert!(!help.contains("help."), "{name} lacks a text: {help}");
        }
    }
}
