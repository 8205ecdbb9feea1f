//! `moot`: the window.

use moot_gui::app::{self, Options};
use moot_gui::cli::{self, CommandLine, Wanted};
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
    if let Err(sentence) = cli::display(|key| std::env::var_os(key)) {
        eprintln!("{sentence}");
        return ExitCode::FAILURE;
    }
    let Wanted { documents, link, demo, data, name, language } = wanted;
    let settings = directories::BaseDirs::new()
        .map(|system| system.config_dir().join("moot").join("settings.toml"));
    let options = Options { documents, link, demo, data, name, language, settings };
    match app::run(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}", cli::no_window(&error.to_string()));
            ExitCode::FAILURE
        }
    }
}
