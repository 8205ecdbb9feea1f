//! A document taken away from a meeting: with what was drawn on it, as it was, or as pictures.
//!
//! It needs the meeting's folder and the store of documents, and no node: so it works during the meeting,
//! after it, and on another machine's copy of the data folder. What one's own view has not been shown yet,
//! but is on disk, is on the copy as well.

use super::entrance::LOG;
use crate::io::blobs::Blobs;
use crate::io::document::{self, ConvertError, Password};
use crate::io::log::{self, LogError};
use crate::io::profile::{blobs_in, known_meeting};
use crate::limits::PAGE_INDEX_BYTES;
use crate::room::id::BlobId;
use crate::room::ink::svg::Mark;
use crate::room::meeting::Meeting;
use crate::room::pages::{PageIndex, PageProblem};
use crate::room::stanza::{Action, PageTurn};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// What to make of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Copy {
    /// A PDF with everything that was drawn and written on it; not locked.
    Drawn(PathBuf),
    /// The PDF that everybody got, to the byte; locked if it was.
    Original(PathBuf),
    /// A folder with a picture (WebP) a page, with everything that was drawn and written on it.
    Pictures(PathBuf),
}

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// Not the folder of a meeting.
    #[error("{} is not the folder of a meeting", .0.display())]
    NoMeeting(PathBuf),
    /// Its log.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The meeting has no document, or none of that name.
    #[error("the meeting has no document {0:?}")]
    NoDocument(Option<String>),
    /// The document never came to this machine as a whole.
    #[error("not all of {0:?} is on this machine; enter the meeting while somebody has it")]
    NotHere(String),
    /// Its PDF can't be opened or written anew.
    #[error(transparent)]
    Document(#[from] ConvertError),
    /// The disk refused.
    #[error("{} can't be written: {source}", path.display())]
    Disk {
        /// What was to be written.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

/// A document of a kept meeting, as it stands on disk.
#[derive(Debug)]
pub struct Document {
    id: BlobId,
    name: String,
    index: PageIndex,
    file: PathBuf,
    meeting: Meeting,
}

impl Document {
    /// The document of this name (or id) in the meeting in `folder`; without a name the one on show, else the
    /// last. Takes no lock, so it works while a node runs. Blocks.
    ///
    /// # Errors
    /// [`ExportError`].
    pub fn open(folder: &Path, name: Option<&str>) -> Result<Self, ExportError> {
        let no_meeting = || ExportError::NoMeeting(folder.to_owned());
        let known = known_meeting(folder).ok_or_else(no_meeting)?;
        let mut meeting = Meeting::new(known.id);
        for entry in log::entries_in(&folder.join(LOG), &known.id)? {
            if let Ok(action) = Action::parse(entry.stanza()) {
                meeting.apply(&entry, &action);
            }
        }
        let shown = meeting.shown().map(|(page, ..)| page.document);
        let documents: Vec<_> = meeting.documents().map(|(_, document)| document).collect();
        let chosen = match name {
            Some(name) => documents
                .iter()
                .rev()
                .find(|known| known.name == name || known.document.to_string() == name),
            None => documents
                .iter()
                .find(|known| Some(known.document) == shown)
                .or_else(|| documents.last()),
        };
        let chosen = *chosen.ok_or_else(|| ExportError::NoDocument(name.map(str::to_owned)))?;
        let (id, name) = (chosen.document, chosen.name.clone());
        // DATA/meetings/ID, and the documents in DATA.
        let root = folder.canonicalize().ok();
        let root = root.as_deref().and_then(Path::parent).and_then(Path::parent);
        let not_here = || ExportError::NotHere(name.clone());
        let blobs = Blobs::open(&blobs_in(root.ok_or_else(no_meeting)?)).map_err(|_| not_here())?;
        let mut bytes = Vec::new();
        let index = File::open(blobs.path(&id)).map_err(|_| not_here())?;
        let _ = index.take(PAGE_INDEX_BYTES as u64 + 1).read_to_end(&mut bytes);
        let index = PageIndex::decode(&bytes).map_err(|_| not_here())?;
        let file = blobs.path(&index.source.blob);
        if !file.is_file() {
            return Err(not_here());
        }
        Ok(Self { id, name, index, file, meeting })
    }

    /// Which document.
    #[must_use]
    pub fn id(&self) -> BlobId {
        self.id
    }

    /// What people call it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many pages it has.
    #[must_use]
    pub fn pages(&self) -> u32 {
        u32::try_from(self.index.pages.len()).unwrap_or(u32::MAX)
    }

    /// Makes a copy; what lies there is replaced. `program` draws pages, `password` opens a locked PDF. The
    /// pages that have no picture, and why.
    ///
    /// # Errors
    /// [`ExportError`]; [`ConvertError::Password`] when it is locked.
    pub async fn save(
        &self,
        copy: &Copy,
        program: &Path,
        password: Option<&Password>,
    ) -> Result<Vec<(u32, PageProblem)>, ExportError> {
        match copy {
            Copy::Original(path) => {
                let disk = |source| ExportError::Disk { path: path.clone(), source };
                tokio::fs::copy(&self.file, path).await.map_err(disk)?;
                Ok(Vec::new())
            }
            Copy::Drawn(path) => {
                let pdf = self.drawn(program, password).await?;
                let disk = |source| ExportError::Disk { path: path.clone(), source };
                tokio::fs::write(path, pdf).await.map_err(disk)?;
                Ok(Vec::new())
            }
            Copy::Pictures(folder) => {
                let disk = |source| ExportError::Disk { path: folder.clone(), source };
                tokio::fs::create_dir_all(folder).await.map_err(disk)?;
                let pdf = self.drawn(program, password).await?;
                // A worker reads a file; nobody else needs to.
                let draft = folder.join(".moot.pdf");
                tokio::fs::write(&draft, &pdf).await.map_err(disk)?;
                let pictures = document::pictures(program, &draft, folder).await;
                let _ = tokio::fs::remove_file(&draft).await;
                Ok(pictures?)
            }
        }
    }

    async fn drawn(
        &self,
        program: &Path,
        password: Option<&Password>,
    ) -> Result<Vec<u8>, ExportError> {
        let on = |page| -> Vec<Mark<'_>> {
            self.meeting.marks(PageTurn { document: self.id, page }).collect()
        };
        Ok(document::burnt(program, &self.file, &self.index, password, on).await?)
    }
}
