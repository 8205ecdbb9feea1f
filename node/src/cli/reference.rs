//! Tests that docs/CLI.md is true: its commands, options, exit codes and events are the program's.

use super::args::Cli;
use super::demo::example_summary;
use super::print_json::Line;
use super::{Exit, input, samples};
use clap::CommandFactory;
use moot_node::room::id::BlobId;
use moot_node::words;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const REFERENCE: &str = include_str!("../../../docs/CLI.md");

/// The rows of the table below a heading: the text between the first pair of back-ticks, or the
/// first cell.
fn first_cells(heading: &str) -> Vec<String> {
    let section = REFERENCE.split(heading).nth(1).expect(heading);
    let section = section.split("\n## ").next().unwrap_or_default();
    let rows = section.lines().filter(|line| line.starts_with('|')).skip(2);
    let cells = rows.map(|row| row.trim_start_matches(['|', ' ']));
    let cell = |row: &str| match row.strip_prefix('`') {
        Some(code) => code.split('`').next().unwrap_or_default().to_owned(),
        None => row.split('|').next().unwrap_or_default().trim().to_owned(),
    };
    cells.map(cell).collect()
}

/// The example lines of events.
fn examples() -> Vec<serde_json::Map<String, Value>> {
    let blocks = REFERENCE.split("```json\n").skip(1).filter_map(|rest| rest.split("```").next());
    let lines = blocks.flat_map(str::lines);
    lines.map(|line| serde_json::from_str(line).expect(line)).collect()
}

fn fields(line: &Line) -> (String, Vec<String>) {
    let object: serde_json::Map<String, Value> = serde_json::from_str(&line.to_string()).unwrap();
    (object["event"].as_str().unwrap().to_owned(), object.keys().cloned().collect())
}

#[test]
fn the_commands_are_the_programs() {
    let documented = first_cells("## Commands in a meeting");
    let words = documented.iter().map(|row| row.split(' ').next().unwrap());
    assert_eq!(words.collect::<BTreeSet<_>>(), input::WORDS.into_iter().collect());
}

#[test]
fn the_options_are_the_programs() {
    let documented: BTreeSet<String> = first_cells("## Options")
        .iter()
        .map(|row| row.split(' ').next().unwrap().to_owned())
        .collect();
    let command = Cli::command();
    let subs = command.get_subcommands().filter(|sub| !sub.is_hide_set());
    let args = subs.flat_map(|sub| sub.get_arguments()).chain(command.get_arguments());
    let mut real: BTreeSet<String> =
        args.filter_map(|arg| Some(format!("--{}", arg.get_long()?))).collect();
    real.extend(["--help".to_owned(), "--version".to_owned()]);
    assert_eq!(documented, real);
}

#[test]
fn the_subcommands_are_in_the_synopsis() {
    for sub in Cli::command().get_subcommands().filter(|sub| !sub.is_hide_set()) {
        let line = format!("\nmoot-node {}", sub.get_name());
        assert!(REFERENCE.contains(&line), "{line}");
    }
}

#[test]
fn the_exit_codes_are_the_programs() {
    let all = [Exit::Fine, Exit::Failed, Exit::Usage, Exit::Refused, Exit::NotFound];
    let codes = all.map(|exit| (exit as i32).to_string());
    assert_eq!(first_cells("## Exit codes"), codes);
}

#[test]
fn every_event_is_shown_as_it_is() {
    let mut real: BTreeMap<_, _> =
        samples::every_event().iter().filter_map(Line::of).map(|line| fields(&line)).collect();
    real.extend([
        fields(&super::verify::whole(samples::VERIFIED, Default::default())),
        fields(&super::verify::damaged("x", Default::default())),
        fields(&super::export::exported(BlobId([0xd0; 32]), "x", 1, Default::default())),
        fields(&super::documents::stored(&samples::stored(), Default::default())),
        fields(&super::documents::unstored(&samples::stored(), 1, Default::default())),
        fields(&example_summary()),
    ]);
    #[cfg(feature = "devices")]
    real.extend([fields(&super::devices::device(
        "microphone",
        &samples::microphone(),
        Default::default(),
    ))]);
    let shown: BTreeMap<String, Vec<String>> = examples()
        .iter()
        .map(|line| (line["event"].as_str().unwrap().to_owned(), line.keys().cloned().collect()))
        .collect();
    assert_eq!(shown, real);
}

#[test]
fn every_word_a_script_may_meet_is_listed() {
    for notice in samples::every_notice() {
        let kind = format!("`{}`", words::notice_kind(&notice));
        assert!(REFERENCE.contains(&kind), "{kind}");
    }
    for line in samples::every_event().iter().filter_map(Line::of) {
        let line: Value = serde_json::from_str(&line.to_string()).unwrap();
        let name = if line["event"] == "member" { "state" } else { "reason" };
        if let Value::String(word) = &line[name] {
            assert!(REFERENCE.contains(&format!("`{word}`")), "{word}");
        }
    }
}
