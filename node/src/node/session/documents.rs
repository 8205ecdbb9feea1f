//! Documents along the chain: converted, announced, fetched, shown.

use super::Session;
use crate::node::library::LibraryEvent;
use crate::room::id::EntryRef;
use std::path::PathBuf;

impl Session {
    pub(in crate::node) async fn open_documents(&mut self, _paths: Vec<PathBuf>) {}
    pub(super) async fn convert(&mut self, _path: PathBuf) {}
    pub(super) async fn on_document(&mut self, _entry: EntryRef) {}
    pub(super) async fn on_library(&mut self, _event: LibraryEvent) {}
}
