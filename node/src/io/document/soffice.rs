//! Running LibreOffice: in the worker process, behind its fence, until it is done or nobody waits.
//!
//! One cold process for each document: a warm one saves 1.3 s and grows from 191 to 584 MB over six
//! files (measured), would show the next document what the last one left behind, and can't be fenced
//! in for one file.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Exit codes of the worker that runs it.
pub(super) const DONE: u8 = 0;
pub(super) const FAILED: u8 = 1;
pub(super) const TOO_SLOW: u8 = 3;

/// What lies where in the folder that LibreOffice works in.
pub(super) struct Layout<'a>(pub(super) &'a Path);

impl Layout<'_> {
    /// The document; LibreOffice tells its kind by the ending.
    pub(super) fn document(&self, ending: &str) -> PathBuf {
        self.0.join("in").join("document").with_extension(ending)
    }

    /// What comes out.
    pub(super) fn pdf(&self) -> PathBuf {
        self.0.join("out").join("document.pdf")
    }

    /// All folders.
    pub(super) fn folders(&self) -> [PathBuf; 4] {
        ["in", "out", "home", "tmp"].map(|name| self.0.join(name))
    }
}

/// Where LibreOffice is: `MOOT_SOFFICE` if that is set (empty: none), else in the path, else where
/// its own installers put it.
pub(super) fn find() -> Option<PathBuf> {
    if let Some(told) = std::env::var_os("MOOT_SOFFICE") {
        return Some(PathBuf::from(told)).filter(|program| program.is_file());
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let names =
        if cfg!(windows) { ["soffice.com", "soffice.exe"] } else { ["soffice", "libreoffice"] };
    let in_path = std::env::split_paths(&path).flat_map(|folder| names.map(|n| folder.join(n)));
    let installed = [
        "/usr/lib/libreoffice/program/soffice",
        "/Applications/LibreOffice.app/Contents/MacOS/soffice",
        r"C:\Program Files\LibreOffice\program\soffice.com",
    ];
    let versions = std::fs::read_dir("/opt").into_iter().flatten().flatten().map(|e| e.path());
    let versions = versions.map(|folder| folder.join("program/soffice"));
    in_path.chain(installed.map(PathBuf::from)).chain(versions).find(|file| usable(file))
}

/// Whether it can run behind a fence: a snap can't, as it starts by a program with more rights.
fn usable(program: &Path) -> bool {
    let snap = |file: PathBuf| file.file_name().is_some_and(|name| name == "snap");
    program.is_file() && !program.canonicalize().is_ok_and(snap)
}

/// Lets `soffice` make a PDF of the document in `folder`; the exit code. Ends everything when standard
/// input does: then whoever wanted the document is gone.
pub(super) fn run(soffice: &Path, folder: &Path) -> u8 {
    let layout = Layout(folder);
    let Some(document) = only_file(&folder.join("in")) else { return FAILED };
    let profile = folder.join("home/profile");
    greet(soffice, &profile);
    let mut command = Command::new(soffice);
    command.arg(format!("-env:UserInstallation={}", address(&profile)));
    command.args(["--headless", "--norestore", "--nolockcheck", "--nodefault", "--nologo"]);
    if document.extension().is_some_and(|ending| ending == "html") {
        // As a text document: its pages are paper, not one long web page.
        command.arg("--infilter=HTML (StarWriter)").args(["--convert-to", "pdf:writer_pdf_Export"]);
    } else {
        command.args(["--convert-to", "pdf"]);
    }
    command.arg("--outdir").arg(folder.join("out")).arg(&document);
    // Nothing of the desktop: no display, no session bus, no settings.
    let kept = ["PATH", "LANG", "LC_ALL", "LC_CTYPE", "SystemRoot", "SYSTEMROOT"];
    let kept = kept.map(|name| (name, std::env::var_os(name)));
    command.env_clear().envs(kept.into_iter().filter_map(|(name, value)| Some((name, value?))));
    command.env("HOME", folder.join("home")).env("TMPDIR", folder.join("tmp"));
    command.env("TMP", folder.join("tmp")).env("TEMP", folder.join("tmp"));
    command.env("SAL_USE_VCLPLUGIN", "svp");
    command.current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let Ok(mut child) = command.spawn() else { return FAILED };
    std::thread::spawn(|| {
        // One byte or none: the parent writes nothing and holds the pipe open while it waits.
        let _ = std::io::stdin().read(&mut [0]);
        end_all();
    });
    match child.wait() {
        Ok(status) if layout.pdf().is_file() && status.success() => DONE,
        Ok(status) if out_of_time(status) => TOO_SLOW,
        _ => FAILED,
    }
}

/// Removes the sockets that LibreOffice leaves in `/tmp`, which its fence does not let it remove: those at
/// which nobody listens. Blocks.
pub(super) fn sweep() {
    #[cfg(unix)]
    for entry in ["/tmp", "/var/tmp"].iter().flat_map(std::fs::read_dir).flatten().flatten() {
        use std::os::unix::net::UnixStream;
        let left = entry.file_name().to_string_lossy().starts_with("OSL_PIPE_")
            && UnixStream::connect(entry.path())
                .is_err_and(|error| error.kind() == std::io::ErrorKind::ConnectionRefused);
        if left {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// Tells LibreOffice that this version has used the new profile before. Else it would look at its
/// extensions and start anew, at the same socket, which its fence does not let it remove.
fn greet(soffice: &Path, profile: &Path) -> Option<()> {
    let program = soffice.canonicalize().ok()?;
    let version = std::fs::read_to_string(program.parent()?.join("versionrc")).ok()?;
    let build = version.lines().find_map(|line| line.strip_prefix("buildid="))?;
    let extensions = profile.join("user/extensions");
    std::fs::create_dir_all(&extensions).ok()?;
    std::fs::write(extensions.join("buildid"), build.trim()).ok()
}

fn only_file(folder: &Path) -> Option<PathBuf> {
    std::fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path()).next()
}

/// The worker leads a group of its own, in which everything is that LibreOffice started.
fn end_all() {
    #[cfg(unix)]
    let _ = rustix::process::kill_process_group(
        rustix::process::getpid(),
        rustix::process::Signal::KILL,
    );
    std::process::exit(i32::from(FAILED));
}

#[cfg(unix)]
fn out_of_time(status: std::process::ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt;
    let signal = rustix::process::Signal::XCPU.as_raw();
    // The script around LibreOffice tells a signal as 128 more.
    status.signal() == Some(signal) || status.code() == Some(128 + signal)
}

#[cfg(not(unix))]
fn out_of_time(_: std::process::ExitStatus) -> bool {
    false
}

/// A path as `file://` address (RFC 8089): everything but plain letters is escaped.
fn address(path: &Path) -> String {
    let mut address = String::from("file://");
    let text = path.to_string_lossy().replace('\\', "/");
    if !text.starts_with('/') {
        address.push('/');
    }
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => {
                address.push(char::from(byte));
            }
            b':' if cfg!(windows) => address.push(':'),
            byte => address.push_str(&format!("%{byte:02X}")),
        }
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_escaped() {
        let path = Path::new("/home/李/My data%/x");
        assert_eq!(address(path), "file:///home/%E6%9D%8E/My%20data%25/x");
    }
}
