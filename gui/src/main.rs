//! `moot`: the window.

use moot_gui::app::{self, Options};
use moot_gui::cli::{self, CommandLine, Wanted};
use moot_gui::heap;
use std::process::ExitCode;

fn main() -> ExitCode {
    let words: Vec<_> = std::env::args_os().collect();
    match cli::read(&words) {
        CommandLine::Window(wanted) => open(wanted),
        CommandLine::Convert(rest) => {
            ExitCode::from(moot_node::io::document::worker::main(rest.into_iter()))
        }
        CommandLine::Say(words) => {
            print!("{words}");
            ExitCode::SUCCESS
        }
        CommandLine::Complain(words) => {
            eprint!("{words}");
            ExitCode::from(2)
        }
    }
}

fn open(wanted: Wanted) -> ExitCode {
    heap::settle();
    if let Err(problem) = moot_node::io::trace::to_stderr() {
        eprintln!("{}", cli::no_log(&problem));
    }
    if let Err(sentence) = cli::display(|key| std::env::var_os(key)) {
        eprintln!("{sentence}");
        return ExitCode::FAILURE;
    }
    let settings = directories::BaseDirs::new()
        .map(|system| system.config_dir().join("moot").join("settings.toml"));
    match app::run(Options { wanted, settings }) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}", cli::no_window(&error.to_string()));
            ExitCode::FAILURE
        }
    }
}
