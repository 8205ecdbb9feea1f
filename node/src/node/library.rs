//! DOCUMENTS stub.
use crate::io::mesh::Stream;
use crate::room::id::{BlobId, MemberId};
use crate::room::stanza::{PageTurn, SoundPage};
use crate::room::time::Epoch;
use std::path::PathBuf;
use tokio::sync::mpsc;
#[derive(Debug)]
pub(super) enum LibraryEvent { Completed(BlobId) }
#[derive(Debug)]
pub(super) struct Library { _e: mpsc::Sender<LibraryEvent> }
#[derive(Clone, Debug)]
pub(super) struct LibraryHandle;
impl LibraryHandle { pub(super) async fn connected(&self, _m: MemberId, _s: Stream) {} }
impl Library {
    pub(super) async fn open(_me: MemberId, _blobs: PathBuf, _memo: PathBuf, _worker: PathBuf) -> Result<(Self, mpsc::Receiver<LibraryEvent>), String> { let (e, r) = mpsc::channel(16); Ok((Self { _e: e }, r)) }
    pub(super) fn handle(&self) -> LibraryHandle { LibraryHandle }
    pub(super) fn serve(&self, _m: MemberId, _s: Stream) {}
    pub(super) async fn gone(&self, _m: MemberId) {}
    pub(super) fn show(&mut self, _on: PageTurn) -> bool { true }
    pub(super) async fn keep_sound(&self, _b: Vec<u8>) {}
    pub(super) async fn fetch_sound(&self, _a: MemberId, _e: Epoch, _p: SoundPage) {}
    pub(super) async fn shutdown(&self) {}
}
