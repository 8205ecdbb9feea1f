//! Parcels to the server's files and back, apart from the loop: a file of 8 MB takes minutes over a home's line.

use crate::io::link::Link;
use crate::io::upload::UploadError;
use crate::xep::file_sharing::SharedFile;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use moot_node::room::parcel::{ParcelId, SEALED_PARCEL_BYTES};
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;

/// What a parcel is on a server: bytes without a meaning.
const MEDIA_TYPE: &str = "application/octet-stream";

/// Its name there.
const NAME: &str = "moot-parcel";

/// Outcomes that wait for the loop: one upload and one download at a time, and whether files are taken at all.
pub(crate) const OUTCOMES: usize = 4;

/// What came of it.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Whether the server takes files.
    Takes(bool),
    /// Where a parcel lies, and what it is.
    Uploaded(ParcelId, Result<SharedFile, UploadError>),
    /// A file as it was announced; `None`: it is not to be had.
    Loaded(ParcelId, SharedFile, u32, Option<Vec<u8>>),
}

/// Finds out whether the server takes files.
pub(crate) async fn look(link: Link, tell: mpsc::Sender<Outcome>) {
    let takes = link.takes_files().await;
    let _ = tell.send(Outcome::Takes(takes)).await;
}

/// Brings a parcel there.
pub(crate) async fn upload(link: Link, id: ParcelId, bytes: Vec<u8>, tell: mpsc::Sender<Outcome>) {
    let (size, sha256) = (bytes.len() as u64, sha256(&bytes));
    let file = link.upload(NAME, MEDIA_TYPE, bytes).await.map(|url| SharedFile {
        name: None,
        media_type: Some(MEDIA_TYPE.to_owned()),
        size: Some(size),
        sha256: Some(sha256),
        urls: vec![url],
    });
    let _ = tell.send(Outcome::Uploaded(id, file)).await;
}

/// Loads a file and looks whether it is the one that was announced.
pub(crate) async fn download(
    link: Link,
    id: ParcelId,
    file: SharedFile,
    tries: u32,
    tell: mpsc::Sender<Outcome>,
) {
    let mut loaded = None;
    for url in &file.urls {
        match link.download(url, SEALED_PARCEL_BYTES as u64).await {
            Ok(bytes) if file.sha256.as_ref() == Some(&sha256(&bytes)) => {
                loaded = Some(bytes);
                break;
            }
            Ok(_) => tracing::warn!(%url, "another file lies there than was announced"),
            Err(error) => tracing::info!(%url, %error, "a file does not come"),
        }
    }
    let _ = tell.send(Outcome::Loaded(id, file, tries, loaded)).await;
}

/// As XEP-0300 writes it.
fn sha256(bytes: &[u8]) -> String {
    STANDARD.encode(Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_written_as_xep_0300_does() {
        // RFC 6234's first test value.
        let expected = "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=";
        assert_eq!(sha256(b"abc"), expected);
    }
}
