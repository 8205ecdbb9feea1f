//! `convert FILE --out DIR`: the pages as files that any program opens.

use super::{BlobSink, ConvertError, Converted, Converter, Original, Progress};
use crate::limits::PAGE_INDEX_BYTES;
use crate::room::id::BlobId;
use crate::room::pages::{BlobRef, PageIndex, PageTexts, Picture};
use std::io;
use std::path::{Path, PathBuf};
use tokio::fs;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Converts `original` into `out`: `page-001.webp` and on, `text.txt` (pages separated by form feeds),
/// `document.pdf` (what the pages were drawn of), and `index.cbor`, whose BLAKE3 hash is the document's name.
///
/// # Errors
/// As [`Converter::convert`].
pub async fn convert_to_folder(
    program: PathBuf,
    original: &Original,
    out: &Path,
    progress: &mpsc::Sender<Progress>,
    cancel: &CancellationToken,
) -> Result<Converted, ConvertError> {
    // Blobs gather in a folder of their own inside, on the same file system.
    let blobs = out.join(".blobs");
    fs::create_dir_all(&blobs).await.map_err(ConvertError::Store)?;
    let converter = Converter::new(program, blobs.clone(), FolderSink { folder: blobs.clone() });
    let converted = converter.convert(original, progress, cancel).await;
    let laid_out = match &converted {
        Ok(converted) => lay_out(converter.sink(), out, converted).await,
        Err(_) => Ok(()),
    };
    // Scratch: leaving it behind is untidy and no failure.
    let _ = fs::remove_dir_all(&blobs).await;
    laid_out.map_err(ConvertError::Store)?;
    converted
}

async fn lay_out(sink: &FolderSink, out: &Path, converted: &Converted) -> io::Result<()> {
    let encoded = fs::read(sink.path(&converted.document)).await?;
    debug_assert!(encoded.len() <= PAGE_INDEX_BYTES);
    let index = PageIndex::decode(&encoded).map_err(io::Error::other)?;
    let digits = converted.pages.to_string().len().max(3);
    for (number, page) in (1_u32..).zip(&index.pages) {
        if let Picture::Image { file, .. } = page.picture {
            let name = format!("page-{number:0digits$}.webp");
            // Copied, as two equal pages are one blob.
            fs::copy(sink.path(&file.blob), out.join(name)).await?;
        }
    }
    if let Some(text) = index.text {
        let texts = PageTexts::decode(&fs::read(sink.path(&text.blob)).await?);
        let texts = texts.map_err(io::Error::other)?;
        let pages: Vec<&str> = (1..=converted.pages).map(|number| texts.page(number)).collect();
        fs::write(out.join("text.txt"), pages.join("\n\u{c}\n")).await?;
    }
    fs::copy(sink.path(&index.source.blob), out.join("document.pdf")).await?;
    fs::write(out.join("index.cbor"), encoded).await
}

/// Blobs as files named by their hash.
struct FolderSink {
    folder: PathBuf,
}

impl FolderSink {
    fn path(&self, blob: &BlobId) -> PathBuf {
        self.folder.join(blob.to_string())
    }
}

impl BlobSink for FolderSink {
    async fn put(&self, bytes: Vec<u8>) -> io::Result<BlobId> {
        let id = BlobId::of(&bytes);
        fs::write(self.path(&id), bytes).await?;
        Ok(id)
    }

    async fn has(&self, blob: BlobRef) -> bool {
        fs::metadata(self.path(&blob.blob)).await.is_ok_and(|file| file.len() == blob.bytes)
    }
}
