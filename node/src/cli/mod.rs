//! The program around the library: words in, words or JSON out.
//!
//! ```text
//! args, help ─┐
//! stdin → input → run ⇄ library (the node) → output → print_json | print_text
//! ```
//!
//! Nothing here decides anything about a meeting. [`library`] holds every call into `moot_node`
//! that acts.

mod args;
mod bars;
mod convert;
mod demo;
mod devices;
mod documents;
mod elsewhere;
mod export;
mod find;
mod help;
mod input;
mod language;
mod library;
mod listen;
#[cfg(test)]
mod locales;
mod mark_words;
mod meeting;
mod output;
mod play;
mod print_json;
mod print_text;
#[cfg(test)]
mod reference;
mod run;
#[cfg(test)]
mod samples;
mod signals;
mod stdin;
mod stroke_words;
mod verify;

use args::{Cli, Subcommands};
use output::{Output, Style};
use std::ffi::OsString;
use std::process::ExitCode;

/// How the program ended, as scripts see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// It did what was asked.
    Fine = 0,
    /// It failed; a message says why.
    Failed = 1,
    /// The command line was wrong.
    Usage = 2,
    /// The members did not let this node in.
    Refused = 3,
    /// There is no such meeting within reach.
    NotFound = 4,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Runs the program; its exit code.
pub(crate) fn main() -> ExitCode {
    let args: Vec<OsString> = std::env::args_os().collect();
    language::choose(&args);
    let cli = match help::parse(&args) {
        Ok(cli) => cli,
        Err(exit) => return exit.into(),
    };
    if let Subcommands::ConvertWorker(worker) = &cli.command {
        return library::convert_worker(&worker.rest);
    }
    if let Err(problem) = moot_node::io::trace::to_stderr() {
        eprintln!("{}", rust_i18n::t!("failure.log", problem = problem));
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(problem) => {
            eprintln!("{}", rust_i18n::t!("failure.runtime", problem = problem));
            return Exit::Failed.into();
        }
    };
    let exit = runtime.block_on(obey(cli));
    // Not awaited: blocking reads of standard input and name look-ups may never end.
    runtime.shutdown_background();
    exit.into()
}

async fn obey(cli: Cli) -> Exit {
    let style = if cli.json { Style::Json } else { Style::Words };
    let output = Output::start(style);
    let exit = match cli.command {
        Subcommands::Host(host) => meeting::host(host, &output).await,
        Subcommands::Join(join) => meeting::join(join, &output).await,
        Subcommands::Find(find) => find::find(&find, &output).await,
        Subcommands::Devices => devices::devices(&output).await,
        Subcommands::Play(play) => play::play(play, &output).await,
        Subcommands::Convert(convert) => convert::convert(convert, &output).await,
        Subcommands::Export(export) => export::export(export, &output).await,
        Subcommands::Documents(wanted) => documents::documents(wanted, &output).await,
        Subcommands::Verify(verify) => verify::verify(verify, &output).await,
        Subcommands::Demo(demo) => demo::demo(demo, &output).await,
        Subcommands::ConvertWorker(_) => unreachable!("main runs it without a runtime"),
    };
    output.finish().await;
    exit
}
