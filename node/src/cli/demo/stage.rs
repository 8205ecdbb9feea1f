//! What a demo needs on disk, and the command lines that use it.

use super::network::Network;
use moot_node::props::{self, Origin, SpeechError};
use rust_i18n::t;
use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where systems install documentation.
const DOCUMENTATION: [&str; 3] =
    ["/usr/share/doc", "/usr/local/share/doc", "/opt/homebrew/share/doc"];

/// Bytes of an installed PDF that is worth showing: not a single diagram, and converted in seconds.
const WORTH_SHOWING: std::ops::RangeInclusive<u64> = 30_000..=1_500_000;

/// Files that are looked at before the search for a PDF is given up.
const SEARCHED: usize = 50_000;

/// Pages of the generated document.
const GENERATED_PAGES: u32 = 12;

/// Bytes of a node's complaints that are shown when the demo fails.
const SHOWN: usize = 600;

/// A folder of the demo's own, removed when dropped.
#[derive(Debug)]
pub(super) struct Stage {
    folder: PathBuf,
    /// What is shown.
    pub(super) document: PathBuf,
    /// Where its speech came from.
    pub(super) speech_origin: Origin,
}

impl Stage {
    /// Prepares document and speech (`length` of it). Blocks for a second or two.
    pub(super) fn set(
        document: Option<PathBuf>,
        speech: Option<&Path>,
        length: Duration,
    ) -> Result<Self, String> {
        let failed = |problem: std::io::Error| t!("demo.no_stage", problem = problem).into_owned();
        if let Some(missing) = document.as_ref().filter(|file| !file.is_file()) {
            return Err(t!("failure.no_file", file = missing.display()).into_owned());
        }
        let folder = std::env::temp_dir().join(format!("moot-demo-{}", std::process::id()));
        // Only one that is made here is removed here.
        fs::create_dir(&folder).map_err(failed)?;
        let mut stage = Self { folder, document: PathBuf::new(), speech_origin: Origin::Generated };
        stage.speech_origin = props::write_speech(&stage.speech(), speech, length)
            .map_err(|problem| speech_words(speech, problem))?;
        stage.document = match document.or_else(installed_document) {
            Some(document) => document,
            None => {
                let path = stage.folder.join("demo.pdf");
                fs::write(&path, props::deck(GENERATED_PAGES)).map_err(failed)?;
                path
            }
        };
        Ok(stage)
    }

    /// The host's command line.
    pub(super) fn host_arguments(&self, network: &Network) -> Vec<OsString> {
        let mut words = self.arguments("host", network, 0);
        words.extend(["--title".into(), "Demo".into(), "--document".into()]);
        words.extend([self.document.clone().into(), "--source".into(), self.speech().into()]);
        words
    }

    /// The command line of another node: found by title where discovery works, else by link.
    pub(super) fn join_arguments(
        &self,
        network: &Network,
        number: u32,
        link: &str,
        code: Option<&str>,
    ) -> Vec<OsString> {
        let mut words = self.arguments("join", network, number);
        match code.filter(|_| !network.needs_link()) {
            Some(code) => words.extend(["Demo".into(), "--code".into(), code.into()]),
            None => words.push(link.into()),
        }
        words
    }

    /// Where node `number` complains.
    pub(super) fn log(&self, number: u32) -> Result<File, String> {
        let path = self.folder.join(format!("{number}.log"));
        File::create(path).map_err(|p| t!("demo.no_stage", problem = p).into_owned())
    }

    /// The ends of all nodes' complaints, each on a line of its own.
    pub(super) fn complaints(&self) -> String {
        let Ok(files) = fs::read_dir(&self.folder) else { return String::new() };
        let logs = files.filter_map(|file| Some(file.ok()?.path()));
        let logs = logs.filter(|path| path.extension().is_some_and(|kind| kind == "log"));
        let mut texts: Vec<_> = logs.filter_map(|path| complaint(&path)).collect();
        texts.sort();
        texts.concat()
    }

    fn arguments(&self, command: &str, network: &Network, number: u32) -> Vec<OsString> {
        let mut words: Vec<OsString> = vec![command.into(), "--json".into(), "--name".into()];
        words.extend([format!("Node {}", number + 1).into(), "--data".into()]);
        words.push(self.folder.join(number.to_string()).into());
        if network.needs_link() {
            words.extend(["--listen".into(), "127.0.0.1".into()]);
        }
        words
    }

    fn speech(&self) -> PathBuf {
        self.folder.join("speech.wav")
    }
}

/// The word of a speech's origin in `locales/`.
pub(super) const fn origin_key(origin: Origin) -> &'static str {
    match origin {
        Origin::Given => "demo.speech_given",
        Origin::Synthesiser => "demo.speech_espeak",
        Origin::Generated => "demo.speech_generated",
    }
}

fn speech_words(given: Option<&Path>, problem: SpeechError) -> String {
    let words = match (given, problem) {
        (Some(file), SpeechError::Given(problem)) => {
            t!("demo.bad_speech", file = file.display(), problem = problem)
        }
        (_, problem) => t!("demo.no_stage", problem = problem),
    };
    words.into_owned()
}

impl Drop for Stage {
    fn drop(&mut self) {
        // What can't be removed is in the system's folder for temporary files.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn complaint(log: &Path) -> Option<String> {
    let text = fs::read(log).ok().filter(|text| !text.is_empty())?;
    let end = String::from_utf8_lossy(&text[text.len().saturating_sub(SHOWN)..]).into_owned();
    Some(format!("\n{}: {}", log.file_name()?.to_string_lossy(), moot_node::words::clean(&end)))
}

/// The largest PDF that is installed here and worth showing.
fn installed_document() -> Option<PathBuf> {
    largest_pdf(DOCUMENTATION.iter().map(PathBuf::from).collect())
}

fn largest_pdf(mut folders: Vec<PathBuf>) -> Option<PathBuf> {
    let mut best: Option<(u64, PathBuf)> = None;
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().filter_map(Result::ok) {
            seen += 1;
            if seen > SEARCHED {
                return best.map(|(_, path)| path);
            }
            // Of the entry itself: a link may lead round in a circle.
            let Ok(about) = entry.metadata() else { continue };
            let path = entry.path();
            if about.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|kind| kind == "pdf")
                && WORTH_SHOWING.contains(&about.len())
            {
                best = best.max(Some((about.len(), path)));
            }
        }
    }
    best.map(|(_, path)| path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_worthy_pdf_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("a/b");
        fs::create_dir_all(&deep).unwrap();
        let write =
            |name: &str, length: usize| fs::write(deep.join(name), vec![0; length]).unwrap();
        write("small.pdf", 100);
        write("good.pdf", 50_000);
        write("lesser.pdf", 40_000);
        write("huge.pdf", 2_000_000);
        write("other.txt", 60_000);
        let found = largest_pdf(vec![folder.path().to_owned()]).unwrap();
        assert_eq!(found, deep.join("good.pdf"));
    }

    #[test]
    fn a_folder_without_any_gives_none() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(largest_pdf(vec![folder.path().to_owned()]), None);
    }

    #[test]
    fn the_command_lines_are_understood() {
        use super::super::super::args::Cli;
        use clap::Parser;
        let folder = tempfile::tempdir().unwrap();
        let stage = Stage {
            folder: folder.path().join("none"),
            document: "a.pdf".into(),
            speech_origin: Origin::Given,
        };
        let lines = [
            stage.host_arguments(&Network::Loopback),
            stage.join_arguments(&Network::Loopback, 1, "moot://x", Some("12-34")),
        ];
        for line in lines {
            let words = std::iter::once(OsString::from("moot-node")).chain(line);
            let parsed = Cli::try_parse_from(words);
            assert!(parsed.is_ok(), "{parsed:?}");
        }
    }
}
