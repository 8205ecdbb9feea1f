//! What a presenter wants to say about pages, on its way to the disk and back: a file in the meeting's
//! folder, on this laptop only. It is in no log and is never sent.

use super::{Link, Report};
use moot_node::io::profile;
use moot_node::room::id::MeetingId;
use moot_node::room::stanza::PageTurn;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinHandle, spawn_blocking};

/// The file in the meeting's folder.
const FILE: &str = "notes.toml";

/// How long the end of the program waits for a disk: see the settings' keeper.
const PATIENCE: Duration = Duration::from_secs(2);

/// Notes by page.
pub type Notes = BTreeMap<PageTurn, String>;

impl Link {
    /// Opens what was noted in this meeting; [`Report::Notes`] brings it.
    pub fn open_notes(&mut self, meeting: MeetingId) {
        let folder = profile::meeting_folder(&self.data, &meeting);
        let (reports, ctx) = (self.sender.clone(), self.ctx.clone());
        self.notebook = Some(Notebook::open(&self.runtime, meeting, &folder, reports, ctx));
    }

    /// Keeps what is noted in the meeting whose notes were opened last.
    pub fn keep_notes(&self, notes: Notes) {
        if let Some(notebook) = &self.notebook {
            notebook.keep(notes);
        }
    }

    /// The meeting is left; what was noted in it is still written.
    pub fn close_notes(&mut self) {
        self.notebook = None;
    }
}

/// Keeps the newest notes it was given; those in between need not be kept.
pub(super) struct Notebook {
    wanted: watch::Sender<Notes>,
    task: JoinHandle<()>,
}

impl Notebook {
    /// Opens the one in `folder`: [`Report::Notes`] brings what it holds.
    pub(super) fn open(
        runtime: &Handle,
        meeting: MeetingId,
        folder: &Path,
        reports: mpsc::Sender<Report>,
        ctx: egui::Context,
    ) -> Self {
        let (wanted, mut changes) = watch::channel(Notes::new());
        let file = folder.join(FILE);
        let task = runtime.spawn(async move {
            let told = Told { meeting, reports, ctx };
            let path = file.clone();
            match spawn_blocking(move || read(&path)).await {
                Ok(Ok(notes)) if notes.is_empty() => {}
                Ok(Ok(notes)) => told.tell(Ok(notes)).await,
                // What can't be read is not written over.
                Ok(Err(error)) => return told.tell(Err(error.to_string())).await,
                Err(_) => return,
            }
            while changes.changed().await.is_ok() {
                let (notes, file) = (changes.borrow_and_update().clone(), file.clone());
                if let Ok(Err(error)) = spawn_blocking(move || keep(&file, &notes)).await {
                    told.tell(Err(error.to_string())).await;
                }
            }
        });
        Self { wanted, task }
    }

    /// Keeps these.
    pub(super) fn keep(&self, notes: Notes) {
        self.wanted.send_replace(notes);
    }

    /// Waits until what was given is on disk.
    pub(super) async fn finish(self) {
        drop(self.wanted);
        let _ = tokio::time::timeout(PATIENCE, self.task).await;
    }
}

/// Whom the notebook tells.
struct Told {
    meeting: MeetingId,
    reports: mpsc::Sender<Report>,
    ctx: egui::Context,
}

impl Told {
    async fn tell(&self, notes: Result<Notes, String>) {
        let _ = self.reports.send(Report::Notes { meeting: self.meeting, notes }).await;
        self.ctx.request_repaint();
    }
}

/// The file as people may read it.
#[derive(Serialize, Deserialize, Default)]
struct Page {
    /// The document's name: that of its page index, in hexadecimal digits.
    document: String,
    page: u32,
    words: String,
}

#[derive(Serialize, Deserialize, Default)]
#[serde(default)]
struct Book {
    note: Vec<Page>,
}

fn read(file: &Path) -> io::Result<Notes> {
    let text = match fs::read_to_string(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Notes::new()),
        text => text?,
    };
    let book: Book = toml::from_str(&text).map_err(|error| io::Error::other(error.message()))?;
    let page = |Page { document, page, words }: Page| {
        Some((PageTurn { document: document.parse().ok()?, page }, words))
    };
    Ok(book.note.into_iter().filter_map(page).collect())
}

/// Written beside the old file and moved over it, so that a power cut leaves one of the two.
fn keep(file: &Path, notes: &Notes) -> io::Result<()> {
    let said = notes.iter().filter(|(_, words)| !words.trim().is_empty());
    let page = |(on, words): (&PageTurn, &String)| Page {
        document: on.document.to_string(),
        page: on.page,
        words: words.clone(),
    };
    let book = Book { note: said.map(page).collect() };
    let text = toml::to_string_pretty(&book).map_err(io::Error::other)?;
    let fresh: PathBuf = file.with_extension("toml.new");
    let mut out = File::create(&fresh)?;
    out.write_all(text.as_bytes())?;
    out.sync_all()?;
    fs::rename(&fresh, file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use moot_node::room::id::BlobId;

    fn on(page: u32) -> PageTurn {
        PageTurn { document: BlobId([7; 32]), page }
    }

    #[test]
    fn notes_come_back_as_they_were() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join(FILE);
        assert_eq!(read(&file).expect("no file yet"), Notes::new());
        let words = "Greet \"all\"\n泵站\n[[note]]";
        let notes = Notes::from([(on(1), words.into()), (on(2), " ".into())]);
        keep(&file, &notes).expect("kept");
        assert_eq!(read(&file).expect("read"), Notes::from([(on(1), words.into())]));
    }

    #[test]
    fn a_damaged_file_is_told_and_not_written_over() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join(FILE);
        fs::write(&file, "note = 3").expect("written");
        let runtime = tokio::runtime::Runtime::new().expect("threads");
        let (reports, mut told) = mpsc::channel(4);
        let (meeting, ctx) = (MeetingId([3; 32]), egui::Context::default());
        let book = Notebook::open(runtime.handle(), meeting, folder.path(), reports, ctx);
        book.keep(Notes::from([(on(1), "x".into())]));
        runtime.block_on(book.finish());
        assert!(matches!(told.blocking_recv(), Some(Report::Notes { notes: Err(_), .. })));
        assert_eq!(fs::read_to_string(&file).expect("still there"), "note = 3");
    }
}
