//! Documents as files on the company's server: a parcel is uploaded once, announced to all under the meeting's seal, and
//! loaded by who lacks it.
//!
//! ```text
//! node ─ Parcel ─▶ upload ─ Posted(what is told of it) ─▶ node ─ Announce(sealed) ─▶ <parcel/>, kept by the archive
//! <parcel/> ─ Announced(sealed) ─▶ node ─ Fetch(what is told of it) ─▶ load, check ─ Parcel ─▶ node
//! ```
//!
//! What is told of a file is XEP-0447 with its size and SHA-256. The node opens it: nobody without the key makes us load anything.

use super::{Bridge, Do, wire};
use crate::arrival::{GroupMessage, RoomMessage};
use crate::io::upload::UploadError;
use crate::xep::file_sharing::SharedFile;
use moot_node::room::carrier::FromCarrier;
use moot_node::room::parcel::{ParcelId, SEALED_PARCEL_BYTES};
use moot_node::room::time::LocalTime;
use serde_bytes::ByteBuf;
use std::collections::{BTreeSet, VecDeque};
use xmpp_parsers::minidom::Element;

/// Parcels known at a time: 256 kB each, those of the largest documents of a long meeting. More are a flood.
const KNOWN: usize = 8192;

/// How often a file is tried: a server that restarts is back within seconds.
const TRIES: u32 = 3;

/// Where files are.
#[derive(Debug, Default)]
pub(super) struct Files {
    /// Whether the server takes any.
    pub(super) taken: Option<bool>,
    /// Announced in the room, by whomever.
    known: BTreeSet<ParcelId>,
    wanted: VecDeque<(ParcelId, SharedFile, u32)>,
    loading: bool,
}

impl Bridge {
    /// Whether the server takes files is known now.
    pub fn files(&mut self, taken: bool, now: LocalTime) -> Vec<Do> {
        self.files.taken = Some(taken);
        self.due(now)
    }

    /// A parcel of the node's: posted, unless it is there.
    pub(super) fn post(&self, id: ParcelId, sealed: ByteBuf, todo: &mut Vec<Do>) {
        if self.files.known.contains(&id) {
            todo.push(Do::Tell(FromCarrier::Posted { id, told: None, there: true }));
        } else {
            todo.push(Do::Upload(id, sealed.into_vec()));
        }
    }

    /// An upload ended.
    pub fn uploaded(&mut self, id: ParcelId, file: Result<SharedFile, UploadError>) -> Vec<Do> {
        let told = match file {
            Ok(file) => Some(ByteBuf::from(String::from(&file.element()).into_bytes())),
            Err(error) => {
                tracing::warn!(%error, "a part of a document was not taken");
                None
            }
        };
        let there = told.is_some();
        vec![Do::Tell(FromCarrier::Posted { id, told, there })]
    }

    /// The node's word on a parcel of its own.
    pub(super) fn announce(&mut self, id: ParcelId, sealed: &[u8], todo: &mut Vec<Do>) {
        if self.files.know(id) {
            let payloads = vec![wire::parcel(id, sealed)];
            let message = GroupMessage { id: self.id(), body: None, payloads, store: true };
            todo.push(Do::Say(message));
        }
    }

    /// Whether the message announces a parcel.
    pub(super) fn hear_parcel(&mut self, message: &RoomMessage, todo: &mut Vec<Do>) -> bool {
        let Some((id, sealed)) = wire::read_parcel(&message.payloads) else { return false };
        if self.files.know(id) {
            let sealed = ByteBuf::from(sealed);
            todo.push(Do::Tell(FromCarrier::Announced { id, sealed }));
        }
        true
    }

    /// The node wants this parcel.
    pub(super) fn fetch(&mut self, id: ParcelId, told: &[u8], todo: &mut Vec<Do>) {
        let told = std::str::from_utf8(told).ok().and_then(|told| told.parse::<Element>().ok());
        let file = told.and_then(|told| SharedFile::all_in(&[told]).next());
        if let Some(file) = file.filter(|file| file.size <= Some(SEALED_PARCEL_BYTES as u64)) {
            self.files.wanted.push_back((id, file, 0));
            self.load(todo);
        }
    }

    /// A file is here and is what was announced, or is not.
    pub fn loaded(
        &mut self,
        id: ParcelId,
        file: SharedFile,
        tries: u32,
        bytes: Option<Vec<u8>>,
    ) -> Vec<Do> {
        let mut todo = Vec::new();
        self.files.loading = false;
        match bytes {
            Some(bytes) => todo.push(Do::Tell(FromCarrier::Parcel(ByteBuf::from(bytes)))),
            None if tries + 1 < TRIES => self.files.wanted.push_back((id, file, tries + 1)),
            None => tracing::warn!(%id, "a part of a document could not be loaded"),
        }
        self.load(&mut todo);
        todo
    }

    fn load(&mut self, todo: &mut Vec<Do>) {
        if !self.files.loading
            && let Some((id, file, tries)) = self.files.wanted.pop_front()
        {
            self.files.loading = true;
            todo.push(Do::Download(id, file, tries));
        }
    }
}

impl Files {
    /// Notes a parcel; whether it is news.
    fn know(&mut self, id: ParcelId) -> bool {
        self.known.len() < KNOWN && self.known.insert(id)
    }
}
