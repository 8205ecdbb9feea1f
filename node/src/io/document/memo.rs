//! What was converted before: the same file in the next meeting costs nothing.
//!
//! One small file for each converted document, named by the document's hash and the converter's
//! version. It only says where the result is; the blobs are the store's. A damaged or stale file is
//! the same as none.

use super::{CONVERTER, Converted};
use crate::room::id::BlobId;
use crate::room::pages::BlobRef;
use serde::{Deserialize, Serialize};
use std::io;
use std::path::{Path, PathBuf};

/// Bytes of one such file: 2000 pages at 50 bytes a blob, and the warnings.
const BYTES: u64 = 1024 * 1024;

/// A result and the blobs without which it is worth nothing.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(super) struct Memo {
    pub(super) converted: Converted,
    pub(super) blobs: Vec<BlobRef>,
}

/// Remembers that `source` became `memo`.
///
/// # Errors
/// When `folder` can't be written; the conversion itself is not affected.
pub(super) async fn write(folder: &Path, source: BlobId, memo: &Memo) -> io::Result<()> {
    let bytes = serde_cbor::to_vec(memo).map_err(io::Error::other)?;
    tokio::fs::create_dir_all(folder).await?;
    let path = path(folder, source);
    // Renamed into place, so that a reader never meets half of it.
    let draft = path.with_extension("draft");
    tokio::fs::write(&draft, bytes).await?;
    tokio::fs::rename(&draft, &path).await
}

/// What `source` became, when that is known.
pub(super) async fn read(folder: &Path, source: BlobId) -> Option<Memo> {
    let path = path(folder, source);
    if tokio::fs::metadata(&path).await.ok()?.len() > BYTES {
        return None;
    }
    serde_cbor::from_slice(&tokio::fs::read(&path).await.ok()?).ok()
}

fn path(folder: &Path, source: BlobId) -> PathBuf {
    let converter = &BlobId::of(CONVERTER.as_bytes()).to_string()[..8];
    folder.join(format!("{source}-{converter}.cbor"))
}
