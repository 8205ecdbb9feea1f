//! Before pages are drawn: whatever it was becomes a PDF. The parent's side.

use super::kind::{Office, Picture};
use super::original::Taken;
use super::process::Process;
use super::scratch::Scratch;
use super::soffice::{self, DONE, Layout, TOO_SLOW};
use super::wire::{Opening, Refusal, Reply};
use super::worker::{Allowance, Task};
use super::{BlobSink, ConvertError, Converter, Progress, prose};
use crate::limits::DOCUMENT_BYTES;
use crate::room::pages::PageProblem;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tokio::fs;
use tokio::sync::mpsc;

/// A PDF that pages are drawn of.
pub(super) struct Sheet {
    pub(super) path: PathBuf,
    pub(super) bytes: Vec<u8>,
    pub(super) password: String,
    /// The notes below each slide; for the presenter alone.
    pub(super) notes: Vec<String>,
    /// Pages that are empty, because of this problem of this picture.
    pub(super) lost: BTreeMap<u32, (PageProblem, String)>,
    /// Where the PDF lies, if it was made here.
    _folder: Option<Scratch>,
}

impl<S: BlobSink> Converter<S> {
    /// Makes a PDF of what was taken, if it is none.
    pub(super) async fn prepare(
        &self,
        taken: Taken,
        password: String,
        progress: &mpsc::Sender<Progress>,
    ) -> Result<Sheet, ConvertError> {
        let lost = BTreeMap::new();
        match taken {
            Taken::Pdf { path, bytes } => {
                Ok(Sheet { path, bytes, password, notes: Vec::new(), lost, _folder: None })
            }
            Taken::Office { kind, bytes } => self.lay_out(kind, bytes).await,
            Taken::Pictures { files, .. } => self.bind(&files, progress).await,
        }
    }

    /// Lets LibreOffice lay an office document out.
    async fn lay_out(&self, kind: Office, bytes: Vec<u8>) -> Result<Sheet, ConvertError> {
        let finding = tokio::task::spawn_blocking(soffice::find).await;
        let soffice = finding.ok().flatten().ok_or(ConvertError::NeedsOffice)?;
        let scratch = self.scratch().await?;
        let layout = Layout(scratch.path());
        for folder in layout.folders() {
            fs::create_dir_all(folder).await.map_err(ConvertError::Store)?;
        }
        let document = layout.document(kind.ending());
        let bytes = prose::prepared(kind, bytes);
        fs::write(&document, bytes).await.map_err(ConvertError::Store)?;
        let task = Task::Office { soffice, folder: scratch.path().to_owned() };
        let limits = &self.limits;
        let allowance = Allowance {
            memory: limits.office_memory,
            cpu_seconds: limits.office_cpu.as_secs(),
            file_bytes: limits.office_files,
        };
        let started = Process::start(&self.program, &task, allowance, limits.office_wall);
        let mut process = started.map_err(ConvertError::Worker)?;
        let ended = process.end().await;
        // Whatever it started and left behind goes before its folder does.
        drop(process);
        let _ = tokio::task::spawn_blocking(soffice::sweep).await;
        match ended {
            Ok(Some(code)) if code == i32::from(DONE) => {}
            Ok(Some(code)) if code == i32::from(TOO_SLOW) => return Err(ConvertError::OfficeSlow),
            Err(PageProblem::TooSlow) => return Err(ConvertError::OfficeSlow),
            _ => return Err(ConvertError::OfficeFailed),
        }
        let path = layout.pdf();
        let bytes = read_bounded(&path).await?;
        let (password, lost) = (String::new(), BTreeMap::new());
        let notes = self.notes(kind, &document).await;
        Ok(Sheet { path, bytes, password, notes, lost, _folder: Some(scratch) })
    }

    /// The notes below the slides of a deck that has them in a form that can be read; a deck whose notes
    /// can't be is shown without.
    async fn notes(&self, kind: Office, document: &Path) -> Vec<String> {
        if !matches!(kind.ending(), "pptx" | "odp") {
            return Vec::new();
        }
        let task = Task::Notes(document.to_owned());
        let patience = self.limits.page_wall;
        let Ok(mut reader) = Process::start(&self.program, &task, self.allowance(), patience)
        else {
            return Vec::new();
        };
        match reader.reply().await {
            Ok(Reply::Notes(notes)) => notes,
            _ => Vec::new(),
        }
    }

    /// Binds pictures. One that a worker dies of is left out, and another worker begins anew.
    async fn bind(
        &self,
        files: &[(PathBuf, Picture)],
        progress: &mpsc::Sender<Progress>,
    ) -> Result<Sheet, ConvertError> {
        let mut lost: BTreeMap<u32, PageProblem> = BTreeMap::new();
        let paths: Vec<PathBuf> = files.iter().map(|(path, _)| path.clone()).collect();
        let pages = u32::try_from(paths.len()).unwrap_or(u32::MAX);
        let _ = progress.try_send(Progress { done: 0, pages });
        let mut deaths = 0;
        let bytes = loop {
            match self.bind_once(&paths, &lost).await? {
                Binding::Bound(bytes, problems) => {
                    for (number, problem) in problems {
                        lost.entry(number).or_insert(problem);
                    }
                    break bytes;
                }
                Binding::Died(number, problem) => {
                    deaths += 1;
                    if number > pages || deaths >= self.limits.losses {
                        return Err(ConvertError::Pictures { problem });
                    }
                    lost.insert(number, problem);
                }
            }
        };
        if let Some(problem) = lost.values().next().filter(|_| lost.len() == paths.len()) {
            return Err(ConvertError::Pictures { problem: *problem });
        }
        let scratch = self.scratch().await?;
        let path = scratch.path().join("pictures.pdf");
        fs::write(&path, &bytes).await.map_err(ConvertError::Store)?;
        let name = |number: u32| {
            let file = number.checked_sub(1).and_then(|place| paths.get(place as usize));
            let name = file.and_then(|path| path.file_name()).unwrap_or_default();
            name.to_string_lossy().into_owned()
        };
        let lost = lost.into_iter().map(|(number, p)| (number, (p, name(number)))).collect();
        let (password, notes) = (String::new(), Vec::new());
        Ok(Sheet { path, bytes, password, notes, lost, _folder: Some(scratch) })
    }

    async fn bind_once(
        &self,
        paths: &[PathBuf],
        lost: &BTreeMap<u32, PageProblem>,
    ) -> Result<Binding, ConvertError> {
        let task = Task::Bind(paths.to_vec());
        let started = Process::start(&self.program, &task, self.allowance(), self.limits.page_wall);
        let mut process = started.map_err(ConvertError::Worker)?;
        let opening = Opening { password: String::new(), skip: lost.keys().copied().collect() };
        let _ = process.send(&opening).await;
        let (mut next, mut problems, mut pdf) = (1, BTreeMap::new(), Vec::new());
        loop {
            match process.reply().await {
                Ok(Reply::Bound { number, problem }) if number == next => {
                    next += 1;
                    problems.extend(problem.map(|problem| (number, problem)));
                }
                Ok(Reply::Part(part)) if part.is_empty() => {
                    return Ok(Binding::Bound(pdf, problems));
                }
                Ok(Reply::Part(part)) => {
                    pdf.extend_from_slice(&part);
                    let bytes = pdf.len() as u64;
                    if bytes > DOCUMENT_BYTES {
                        return Err(ConvertError::TooLarge { bytes });
                    }
                }
                Ok(Reply::Refused(Refusal::TooLarge(bytes))) => {
                    return Err(ConvertError::TooLarge { bytes });
                }
                Ok(_) => return Ok(Binding::Died(next, PageProblem::Died)),
                Err(problem) => return Ok(Binding::Died(next, problem)),
            }
        }
    }

    async fn scratch(&self) -> Result<Scratch, ConvertError> {
        let folder = self.folder.clone();
        let making = tokio::task::spawn_blocking(move || Scratch::new(&folder)).await;
        making.map_err(|_| ConvertError::Cancelled)?.map_err(ConvertError::Store)
    }
}

/// How one attempt at binding ended.
enum Binding {
    /// The PDF, and the pictures that are empty pages in it.
    Bound(Vec<u8>, BTreeMap<u32, PageProblem>),
    /// The worker died of this picture.
    Died(u32, PageProblem),
}

async fn read_bounded(path: &Path) -> Result<Vec<u8>, ConvertError> {
    let bytes = fs::metadata(path).await.map_err(ConvertError::Store)?.len();
    if bytes > DOCUMENT_BYTES {
        return Err(ConvertError::TooLarge { bytes });
    }
    fs::read(path).await.map_err(ConvertError::Store)
}
