//! The handle: what the bridge holds.

use crate::arrival::{ArchiveId, Arrival, GroupMessage, RoomMessage};
use crate::io::account::Account;
use crate::io::room::{JoinError, RoomSettings};
use crate::io::sign_in::SignInError;
use crate::sentence::{Sentence, Told};
use std::time::Duration;
use thiserror::Error;
use tokio::sync::mpsc;
use xmpp_parsers::minidom::Element;

/// A signed-in account in one room. Clones share it; it ends with [`Link::close`] or the last clone.
#[derive(Clone, Debug)]
pub struct Link;

/// Why no link was opened.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum OpenError {
    /// Not signed in.
    #[error(transparent)]
    SignIn(#[from] SignInError),
    /// Signed in, but not in the room.
    #[error(transparent)]
    Room(#[from] JoinError),
}

impl Told for OpenError {
    fn told(&self) -> Sentence {
        match self {
            Self::SignIn(error) => error.told(),
            Self::Room(error) => error.told(),
        }
    }
}

/// The link is over; [`Arrival::Out`] said why.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("the link is closed")]
pub struct Closed;

/// The server never confirmed a message: the connection ended for good, or its state was lost. It may or may not have
/// come through; the archive knows.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("the server did not confirm the message")]
pub struct Lost;

/// What becomes of a message.
#[derive(Debug)]
pub struct Receipt;

impl Receipt {
    /// Waits until the server has the message: by its acknowledgement (XEP-0198) or the room's reflection.
    ///
    /// # Errors
    /// That is no longer to be expected.
    pub async fn delivered(self) -> Result<(), Lost> {
        Err(Lost)
    }
}

/// A part of the room's archive, oldest first.
#[derive(Clone, Debug, PartialEq)]
pub struct ArchivePage {
    /// What was said.
    pub messages: Vec<RoomMessage>,
    /// After which id the next page begins: of the last message here, also one that could not be read.
    pub last: Option<ArchiveId>,
    /// Whether the archive ends here.
    pub complete: bool,
}

/// Why there is no page of the archive.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ArchiveError {
    /// The link is over.
    #[error(transparent)]
    Closed(#[from] Closed),
    /// The room keeps no archive (or not for us).
    #[error("the room keeps no archive")]
    None,
    /// The id after which to go on is not in the archive (it expired): begin at the start.
    #[error("the archive no longer knows that message")]
    Forgotten,
    /// No answer in time, or the connection was lost. Try again.
    #[error("the archive does not answer")]
    Silent,
    /// Refused otherwise.
    #[error("the archive refused: {0}")]
    Other(String),
}

/// Why a file did not get up.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum UploadError {
    /// The link is over.
    #[error(transparent)]
    Closed(#[from] Closed),
    /// The server takes no files (XEP-0363).
    #[error("the server takes no files")]
    None,
    /// The file is too large.
    #[error("the server takes files of at most {limit} bytes")]
    TooLarge {
        /// The server's limit in bytes, 0 when it did not say.
        limit: u64,
    },
    /// Refused or failed otherwise.
    #[error("the file was not taken: {0}")]
    Other(String),
}

/// Why a file did not come down.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum DownloadError {
    /// Not `https`, or not an address at all.
    #[error("not an address to load from: {0}")]
    Address(String),
    /// Larger than allowed.
    #[error("the file is larger than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// Failed otherwise.
    #[error("the file did not come: {0}")]
    Other(String),
}

impl Link {
    /// Signs in and joins the room, creating it if asked. The receiver has [`Arrival::Up`] and [`Arrival::Joined`] first.
    ///
    /// # Errors
    /// Not signed in, or not in the room, and why.
    pub async fn open(
        account: Account,
        room: RoomSettings,
    ) -> Result<(Self, mpsc::Receiver<Arrival>), OpenError> {
        let _ = (account, room);
        Err(SignInError::NoName.into())
    }

    /// Says `message` to all.
    ///
    /// # Errors
    /// The link is over.
    pub async fn say(&self, message: GroupMessage) -> Result<Receipt, Closed> {
        let _ = message;
        Err(Closed)
    }

    /// Says `payloads` to one occupant alone; no archive keeps it.
    ///
    /// # Errors
    /// The link is over.
    pub async fn whisper(&self, nick: &str, payloads: Vec<Element>) -> Result<Receipt, Closed> {
        let _ = (nick, payloads);
        Err(Closed)
    }

    /// Says something else of ourselves from now on (presence).
    ///
    /// # Errors
    /// The link is over.
    pub async fn present(&self, payload: Element) -> Result<(), Closed> {
        let _ = payload;
        Err(Closed)
    }

    /// At most `page` messages of the archive, after `after` or from its start.
    ///
    /// # Errors
    /// No page, and why.
    pub async fn archive(
        &self,
        after: Option<ArchiveId>,
        page: usize,
    ) -> Result<ArchivePage, ArchiveError> {
        let _ = (after, page);
        Err(Closed.into())
    }

    /// Brings a file to the server; its address.
    ///
    /// # Errors
    /// It is not there, and why.
    pub async fn upload(
        &self,
        name: &str,
        mime: &str,
        bytes: Vec<u8>,
    ) -> Result<String, UploadError> {
        let _ = (name, mime, bytes);
        Err(Closed.into())
    }

    /// Loads a file of at most `max_bytes` bytes.
    ///
    /// # Errors
    /// It is not here, and why.
    pub async fn download(&self, url: &str, max_bytes: u64) -> Result<Vec<u8>, DownloadError> {
        let _ = max_bytes;
        Err(DownloadError::Address(url.to_owned()))
    }

    /// How long our own messages take to come back from the room: of the last one, or of the one that is still out, when
    /// that is longer. Under load it grows without bound, so whoever sends sound must send less of it.
    pub fn echo(&self) -> Option<Duration> {
        None
    }

    /// Leaves the room and signs out.
    pub async fn close(self) {}
}
