//! Conversion: a file to page images, once, on the presenter's machine.
//!
//! ```text
//! pictures ─→ one PDF (bind) ─┐
//! office, text ─→ LibreOffice ┴→ PDF → pages (hayro) → WebP + text → blobs → page index → announcement
//! ```
//!
//! What kind of file it is, its content tells (`kind`). All of it is hostile until shown otherwise:
//! each step is a [`worker`] process with limits (`process`) behind a `fence`. A page that kills its
//! worker, or takes too long, becomes a page with a [`PageProblem`](crate::room::pages::PageProblem);
//! the others are shown.

mod bind;
mod burn;
mod burnt;
mod copy;
mod error;
mod fence;
mod folder;
mod fonts;
mod forms;
mod growth;
mod kind;
mod lane;
mod memo;
mod original;
mod prepare;
mod process;
mod prose;
mod raster;
mod region;
mod render;
mod saved;
mod scratch;
mod sink;
mod soffice;
mod speaker;
mod structure;
mod text;
mod vector;
mod wire;
pub mod worker;
mod zip;

pub use burnt::{burnt, pictures};
pub use error::{ConvertError, Warning};
pub use folder::convert_to_folder;
pub use original::{Original, PASSWORD_BYTES, Password};
pub use region::{REGION_PIXELS, Region, RegionError, RegionOrder, RegionWorker};
pub use saved::saved_again;
pub use sink::{BlobSink, MemorySink};

use crate::limits::DOCUMENT_PAGES;
use crate::room::id::BlobId;
use crate::room::pages::{BlobRef, PageIndex, PageTexts};
use lane::Job;
use prepare::Sheet;
use process::{OpenError, Worker};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;
use worker::Allowance;

/// Name and version of the converter. Another one gives other pages, hence another document.
pub const CONVERTER: &str = "hayro-0.9+libwebp/2";

/// Workers at once: the second core halves the wait; more would take the meeting's own.
const WORKERS: usize = 2;

/// Bounds of one conversion.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ConvertLimits {
    /// Address space of a worker, in bytes.
    pub memory: u64,
    /// Processor time of a worker for opening the file and for each page, in whole seconds.
    pub page_cpu: Duration,
    /// Time to wait for each answer of a worker.
    pub page_wall: Duration,
    /// Time for the whole document; pages not drawn by then have no picture.
    pub whole: Duration,
    /// Time that all of a document is waited for once its first page is drawn; then there is a draft.
    pub patience: Duration,
    /// Lost workers after which the remaining pages are not tried.
    pub losses: u32,
    /// Address space of LibreOffice, in bytes.
    pub office_memory: u64,
    /// Processor time of LibreOffice for a document, in whole seconds.
    pub office_cpu: Duration,
    /// Time to wait for LibreOffice.
    pub office_wall: Duration,
    /// Bytes of each file that LibreOffice writes.
    pub office_files: u64,
}

impl Default for ConvertLimits {
    fn default() -> Self {
        Self {
            // The heaviest honest page measured takes 432 MB; a 256 MB file is held in memory too.
            memory: 1_536 * 1024 * 1024,
            // The slowest honest page measured takes 4.2 s.
            page_cpu: Duration::from_secs(20),
            // A loaded machine gives a polite process a third of a core.
            page_wall: Duration::from_secs(60),
            // 2000 pages at 0.9 s, which is twice the usual, on two cores.
            whole: Duration::from_secs(15 * 60),
            // Most decks of twenty pages are done by then, and need no second index.
            patience: Duration::from_millis(500),
            // A hostile file costs at most this many times the above; an honest one loses one or two.
            losses: 8,
            // It maps much more than it uses: 434 MB resident at most (measured), 1.3 GB mapped.
            office_memory: 3 * 1024 * 1024 * 1024,
            // 0.4 s a slide for the slowest deck measured, so some 400 slides.
            office_cpu: Duration::from_secs(180),
            office_wall: Duration::from_secs(5 * 60),
            // Twice what is taken of it: it writes pictures beside the PDF.
            office_files: 2 * crate::limits::DOCUMENT_BYTES,
        }
    }
}

/// Converts documents, at most two pages at a time however many documents are in work.
#[derive(Debug)]
pub struct Converter<S> {
    program: PathBuf,
    folder: PathBuf,
    sink: S,
    limits: ConvertLimits,
    workers: Semaphore,
}

/// A converted document, ready to be announced.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Converted {
    /// The name of its page index, which is the document's name.
    pub document: BlobId,
    /// Number of pages.
    pub pages: u32,
    /// Bytes of all its blobs, the index included.
    pub bytes: u64,
    /// The notes below each page, as its author wrote them; empty when there are none. For the presenter
    /// alone: they are in no blob.
    #[serde(default)]
    pub notes: Vec<String>,
    /// What the presenter should know: the document can be shown nevertheless.
    pub warnings: Vec<Warning>,
    /// Number of pages that are drawn so far; `None`: this is the whole. Drafts are not remembered.
    #[serde(skip)]
    pub drawn: Option<u32>,
    /// What the bytes are called that it was made of ([`saved_again`]); not remembered.
    #[serde(skip)]
    pub source: Option<BlobId>,
}

/// How far a conversion is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Progress {
    /// Pages done, failed ones included.
    pub done: u32,
    /// Pages in all.
    pub pages: u32,
}

impl<S: BlobSink> Converter<S> {
    /// A converter that runs `program` with [`worker::ARGUMENT`], keeps its memory of earlier
    /// conversions in `folder`, and puts blobs into `sink`.
    #[must_use]
    pub fn new(program: PathBuf, folder: PathBuf, sink: S) -> Self {
        let limits = ConvertLimits::default();
        Self { program, folder, sink, limits, workers: Semaphore::new(WORKERS) }
    }

    /// The same with other bounds.
    #[must_use]
    pub fn with_limits(self, limits: ConvertLimits) -> Self {
        Self { limits, ..self }
    }

    /// Where blobs go.
    #[must_use]
    pub fn sink(&self) -> &S {
        &self.sink
    }

    /// Converts a file, or several pictures, or remembers that this was converted before. `progress`
    /// may be full: a bar needs the last state only, and conversion waits for nobody. It tells no
    /// pages until it is known how many there are.
    ///
    /// # Errors
    /// [`ConvertError`], when nothing of it can be shown. Pages that failed alone are [`Warning`]s.
    /// Nothing is running any more when this returns or is dropped.
    pub async fn convert(
        &self,
        original: &Original,
        progress: &mpsc::Sender<Progress>,
        cancel: &CancellationToken,
    ) -> Result<Converted, ConvertError> {
        self.convert_with(original, progress, None, cancel).await
    }

    /// The same, and drafts of it as long as it takes: the pages drawn so far. The others are
    /// [`PageProblem::Pending`](crate::room::pages::PageProblem) there.
    ///
    /// # Errors
    /// As [`Converter::convert`].
    pub async fn convert_growing(
        &self,
        original: &Original,
        progress: &mpsc::Sender<Progress>,
        growth: &mpsc::Sender<Converted>,
        cancel: &CancellationToken,
    ) -> Result<Converted, ConvertError> {
        self.convert_with(original, progress, Some(growth), cancel).await
    }

    async fn convert_with(
        &self,
        original: &Original,
        progress: &mpsc::Sender<Progress>,
        growth: Option<&mpsc::Sender<Converted>>,
        cancel: &CancellationToken,
    ) -> Result<Converted, ConvertError> {
        tokio::select! {
            biased;
            () = cancel.cancelled() => Err(ConvertError::Cancelled),
            converted = self.convert_now(original, progress, growth) => converted,
        }
    }

    async fn convert_now(
        &self,
        original: &Original,
        progress: &mpsc::Sender<Progress>,
        growth: Option<&mpsc::Sender<Converted>>,
    ) -> Result<Converted, ConvertError> {
        let (files, reading) = (original.clone(), tokio::task::spawn_blocking);
        let taken = reading(move || original::take(&files)).await;
        let taken = taken.map_err(|_| ConvertError::Cancelled)??;
        let key = taken.key();
        if let Some(memo) = self.remembered(key).await {
            let pages = memo.pages;
            let _ = progress.try_send(Progress { done: pages, pages });
            return Ok(Converted { source: Some(key), ..memo });
        }
        let taken_from = Some(key);
        let _ = progress.try_send(Progress { done: 0, pages: 0 });
        // One slot for the first worker from its start; it draws the first page at once.
        let slot = self.workers.acquire().await.map_err(|_| ConvertError::Cancelled)?;
        let password = original.password.as_ref().map_or("", Password::reveal).to_owned();
        let mut sheet = self.prepare(taken, password, progress).await?;
        let source = BlobRef::of(&sheet.bytes);
        let (first, opened) = self.open(&sheet).await?;
        if opened.source != source.blob {
            return Err(ConvertError::Changed);
        }
        let bytes = std::mem::take(&mut sheet.bytes);
        self.sink.put(bytes).await.map_err(ConvertError::Store)?;
        let job = Job::new(self, &sheet, opened.pages, progress);
        let second = async {
            if opened.pages > 1
                && let Ok(_slot) = self.workers.try_acquire()
            {
                job.draw(None).await?;
            }
            Ok(())
        };
        let drawing = async { tokio::try_join!(job.draw(Some(first)), second) };
        // Out of time: what is drawn by now is kept.
        let drawing = tokio::time::timeout(self.limits.whole, drawing);
        tokio::select! {
            biased;
            drawn = drawing => drawn.unwrap_or(Ok(((), ()))).map(drop)?,
            Err(error) = job.grow(source, growth) => return Err(error),
        }
        drop(slot);
        // What a password opened is not shown in another meeting without it.
        let key = sheet.password.is_empty().then_some(key);
        let structure = self.structure(&sheet).await?;
        let drawn = job.finish();
        let converted = self.bind_pages(key, source, structure, sheet.notes, drawn).await?;
        Ok(Converted { source: taken_from, ..converted })
    }

    async fn open(&self, sheet: &Sheet) -> Result<(Worker, process::Opened), ConvertError> {
        let (path, password) = (&sheet.path, sheet.password.as_str());
        let (program, patience) = (&self.program, self.limits.page_wall);
        let opening = Worker::open(program, path, password, self.allowance(), patience);
        opening.await.map_err(|error| match error {
            OpenError::Refused(wire::Refusal::Password) => {
                ConvertError::Password { wrong: !password.is_empty() }
            }
            error => error.into(),
        })
    }

    /// Keeps outline, links and labels. A file that has them damaged is shown without.
    async fn structure(&self, sheet: &Sheet) -> Result<Option<BlobRef>, ConvertError> {
        let Ok((mut worker, _)) = self.open(sheet).await else { return Ok(None) };
        let structure = match worker.structure().await {
            Ok(structure) if !structure.is_empty() => structure.encode(),
            _ => return Ok(None),
        };
        let own = BlobRef::of(&structure);
        self.sink.put(structure).await.map_err(ConvertError::Store)?;
        Ok(Some(own))
    }

    /// What a worker may take that answers through its pipes.
    fn allowance(&self) -> Allowance {
        let cpu_seconds = self.limits.page_cpu.as_secs().max(1);
        Allowance { memory: self.limits.memory, cpu_seconds, file_bytes: 0 }
    }

    /// Writes text and index, and remembers the result under `key` when it is whole.
    async fn bind_pages(
        &self,
        key: Option<BlobId>,
        source: BlobRef,
        structure: Option<BlobRef>,
        notes: Vec<String>,
        drawn: lane::Drawn,
    ) -> Result<Converted, ConvertError> {
        let lane::Drawn { pages, texts, warnings } = drawn;
        let lost =
            warnings.iter().filter(|warning| matches!(warning, Warning::Page { .. })).count();
        if let Some(Warning::Page { problem, .. }) = warnings.first()
            && lost == pages.len()
        {
            return Err(ConvertError::Nothing { pages: pages.len(), problem: *problem });
        }
        let texts = PageTexts::new(texts);
        let text = if texts.is_empty() {
            None
        } else {
            let bytes = texts.encode();
            let text = BlobRef::of(&bytes);
            self.sink.put(bytes).await.map_err(ConvertError::Store)?;
            Some(text)
        };
        let count = u32::try_from(pages.len()).unwrap_or(DOCUMENT_PAGES);
        let index = PageIndex::new(source, CONVERTER, text, pages)?.with_structure(structure)?;
        let encoded = index.encode();
        let bytes = index.bytes() + encoded.len() as u64;
        let own = BlobRef::of(&encoded);
        let document = self.sink.put(encoded).await.map_err(ConvertError::Store)?;
        // Notes that don't match the pages would stand below the wrong ones.
        let notes = if notes.len() == count as usize { notes } else { Vec::new() };
        let (drawn, source) = (None, None);
        let converted = Converted { document, pages: count, bytes, notes, warnings, drawn, source };
        // With warnings it is worth another try: fonts get installed, machines get less busy.
        if let Some(key) = key.filter(|_| converted.warnings.is_empty()) {
            let blobs = index.fetch_order(1).into_iter().chain([own]).collect();
            let memo = memo::Memo { converted: converted.clone(), blobs };
            if let Err(error) = memo::write(&self.folder, key, &memo).await {
                tracing::warn!(%error, "conversion is not remembered for the next meeting");
            }
        }
        Ok(converted)
    }

    async fn remembered(&self, source: BlobId) -> Option<Converted> {
        let memo = memo::read(&self.folder, source).await?;
        for blob in &memo.blobs {
            if !self.sink.has(*blob).await {
                return None;
            }
        }
        Some(memo.converted)
    }
}
