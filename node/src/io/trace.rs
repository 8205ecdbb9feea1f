//! What happens inside, for whoever looks for a fault: on standard error, chosen by `MOOT_LOG`.

use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

/// What is written unless asked otherwise. The client of PulseAudio calls it an error when a stream is closed.
const ERRORS: &str = "error,pulseaudio=off";

/// Begins to write, as `MOOT_LOG` asks (syntax of [`EnvFilter`]), else only errors. To be called
/// once, by a program.
///
/// # Errors
/// `MOOT_LOG` can't be understood, and why; errors are written all the same.
pub fn to_stderr() -> Result<(), String> {
    let wanted = std::env::var("MOOT_LOG").unwrap_or_else(|_| ERRORS.to_owned());
    let (filter, problem) = match EnvFilter::try_new(&wanted) {
        Ok(filter) => (filter, Ok(())),
        Err(problem) => (EnvFilter::new(ERRORS), Err(problem.to_string())),
    };
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
    problem
}
