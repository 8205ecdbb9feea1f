//! Conversion: a PDF to page images, once, on the presenter's machine.
//!
//! ```text
//! file → worker process (hayro, limits) → WebP pages + text → blobs → page index → announcement
//! ```
//!
//! The file is hostile until shown otherwise: it is opened in a [`worker`] process only. A page that
//! kills its worker, or takes too long, becomes a page with a [`PageProblem`](crate::room::pages::PageProblem); the others are shown.

mod error;
mod folder;
mod fonts;
mod lane;
mod memo;
mod process;
mod region;
mod render;
mod sink;
mod text;
mod wire;
pub mod worker;

pub use error::{ConvertError, Warning};
pub use folder::convert_to_folder;
pub use region::{REGION_PIXELS, Region, RegionError, RegionOrder, RegionWorker};
pub use sink::{BlobSink, MemorySink};

use crate::limits::{DOCUMENT_BYTES, DOCUMENT_PAGES};
use crate::room::id::BlobId;
use crate::room::pages::{BlobRef, PageIndex, PageTexts};
use lane::Job;
use process::Worker;
use serde::{Deserialize, Serialize};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;
use worker::Allowance;

/// Name and version of the converter. Another one gives other pages, hence another document.
pub const CONVERTER: &str = "hayro-0.9+libwebp/1";

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
    /// Lost workers after which the remaining pages are not tried.
    pub losses: u32,
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
            // A hostile file costs at most this many times the above; an honest one loses one or two.
            losses: 8,
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
    /// What the presenter should know: the document can be shown nevertheless.
    pub warnings: Vec<Warning>,
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

    /// Converts the file at `path`, or remembers that it was converted before. `progress` may be
    /// full: a bar needs the last state only, and conversion waits for nobody.
    ///
    /// # Errors
    /// [`ConvertError`], when nothing of the file can be shown. Pages that failed alone are
    /// [`Warning`]s. Nothing is running any more when this returns or is dropped.
    pub async fn convert(
        &self,
        path: &Path,
        progress: &mpsc::Sender<Progress>,
        cancel: &CancellationToken,
    ) -> Result<Converted, ConvertError> {
        tokio::select! {
            biased;
            () = cancel.cancelled() => Err(ConvertError::Cancelled),
            converted = self.convert_file(path, progress) => converted,
        }
    }

    async fn convert_file(
        &self,
        path: &Path,
        progress: &mpsc::Sender<Progress>,
    ) -> Result<Converted, ConvertError> {
        let bytes = read(path.to_owned()).await?;
        let source = BlobRef::of(&bytes);
        if let Some(memo) = self.remembered(source.blob).await {
            let pages = memo.pages;
            let _ = progress.try_send(Progress { done: pages, pages });
            return Ok(memo);
        }
        // One slot for the first worker from its start; it draws the first page at once.
        let slot = self.workers.acquire().await.map_err(|_| ConvertError::Cancelled)?;
        let (first, opened) = self.open(path).await?;
        if opened.source != source.blob {
            return Err(ConvertError::Changed);
        }
        self.sink.put(bytes).await.map_err(ConvertError::Store)?;
        let job = Job::new(self, path, opened.pages, progress);
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
        if let Ok(drawn) = tokio::time::timeout(self.limits.whole, drawing).await {
            drawn?;
        }
        drop(slot);
        self.bind(source, job.finish()).await
    }

    async fn open(&self, path: &Path) -> Result<(Worker, process::Opened), ConvertError> {
        let allowance = Allowance {
            memory: self.limits.memory,
            cpu_seconds: self.limits.page_cpu.as_secs().max(1),
        };
        Ok(Worker::open(&self.program, path, allowance, self.limits.page_wall).await?)
    }

    /// Writes text and index, and remembers the result when it is whole.
    async fn bind(&self, source: BlobRef, drawn: lane::Drawn) -> Result<Converted, ConvertError> {
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
        let index = PageIndex::new(source, CONVERTER, text, pages)?;
        let encoded = index.encode();
        let bytes = index.bytes() + encoded.len() as u64;
        let own = BlobRef::of(&encoded);
        let document = self.sink.put(encoded).await.map_err(ConvertError::Store)?;
        let converted = Converted { document, pages: count, bytes, warnings };
        // With warnings it is worth another try: fonts get installed, machines get less busy.
        if converted.warnings.is_empty() {
            let blobs = index.fetch_order(1).into_iter().chain([own]).collect();
            let memo = memo::Memo { converted: converted.clone(), blobs };
            if let Err(error) = memo::write(&self.folder, source.blob, &memo).await {
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

/// Reads the file after looking at what can be seen without parsing it.
async fn read(path: PathBuf) -> Result<Vec<u8>, ConvertError> {
    let reading = tokio::task::spawn_blocking(move || {
        let unreadable = |source| ConvertError::Unreadable { path: path.clone(), source };
        let file = std::fs::File::open(&path).map_err(unreadable)?;
        let metadata = file.metadata().map_err(unreadable)?;
        if !metadata.is_file() {
            return Err(unreadable(std::io::ErrorKind::IsADirectory.into()));
        }
        if metadata.len() > DOCUMENT_BYTES {
            return Err(ConvertError::TooLarge { bytes: metadata.len() });
        }
        let mut bytes = Vec::new();
        let read = file.take(DOCUMENT_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        if read as u64 > DOCUMENT_BYTES {
            return Err(ConvertError::TooLarge { bytes: read as u64 });
        }
        // Readers accept the header within the first 1024 bytes (ISO 32000-1, annex H.3.4.1).
        let head = &bytes[..bytes.len().min(1024 + 5)];
        if !head.windows(5).any(|window| window == b"%PDF-") {
            return Err(ConvertError::NotPdf);
        }
        Ok(bytes)
    });
    reading.await.map_err(|_| ConvertError::Cancelled)?
}
