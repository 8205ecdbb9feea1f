//! Other programs of the machine (`ip`, `nft`, `tc`, `opusinfo`, …), run and waited for.

use std::path::PathBuf;
use std::process::Command;

/// A program that did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum ShellError {
    /// It could not be started.
    #[error(
        "cannot start `{program}`: {source}; install it (make deps) or run where it is installed"
    )]
    Start {
        /// Its name.
        program: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// It failed.
    #[error("`{line}` failed: {stderr}")]
    Failed {
        /// The command as typed.
        line: String,
        /// What it said.
        stderr: String,
    },
}

/// Runs `line` (program and arguments) and gives its standard output.
///
/// # Errors
/// When it cannot be started or does not end with 0.
pub fn run(line: &[&str]) -> Result<String, ShellError> {
    let (program, arguments) = line.split_first().expect("a command has a program");
    let output = Command::new(program)
        .args(arguments)
        .output()
        .map_err(|source| ShellError::Start { program: (*program).to_owned(), source })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let stderr = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(ShellError::Failed { line: line.join(" "), stderr })
}

/// Where `program` is, when it is installed.
#[must_use]
pub fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .chain(["/usr/sbin", "/sbin"].map(PathBuf::from))
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_comes_back_and_failure_is_told() {
        assert_eq!(run(&["echo", "a", "b"]).expect("echo"), "a b\n");
        let error = run(&["ls", "/no-such-folder"]).expect_err("nothing there");
        assert!(error.to_string().contains("no-such-folder"), "{error}");
        assert!(matches!(run(&["no-such-program"]), Err(ShellError::Start { .. })));
        assert!(find("ls").is_some() && find("no-such-program").is_none());
    }
}
