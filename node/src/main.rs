//! `moot-node`: a Moot meeting without a window, for people, scripts and boxes in the field.
//!
//! docs/CLI.md is its reference. Everything is in [`cli`]; the meeting itself is the library's.

mod cli;

rust_i18n::i18n!("locales", fallback = "en");

fn main() -> std::process::ExitCode {
    // Returning ends the process even while a thread still waits for standard input.
    cli::main()
}
