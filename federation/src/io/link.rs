//! The handle: what the bridge holds. One task owns the session; this talks to it.
//!
//! **Whoever opens a link keeps reading its arrivals**, from another task than the one that asks the archive or waits for
//! receipts: while nobody reads, nothing is read from the server either, and no answer comes.

mod incoming;
mod outgoing;
mod recovery;
mod worker;

pub use crate::io::archive::{ArchiveError, ArchivePage};
pub use crate::io::room::Answer;
pub use crate::io::upload::{DownloadError, UploadError};

use crate::arrival::{ArchiveId, Arrival, GroupMessage};
use crate::io::account::{Account, Server};
use crate::io::archive::PAGE;
use crate::io::http::Http;
use crate::io::room::{JoinError, Occupancy, RoomSettings};
use crate::io::session::Session;
use crate::io::sign_in::{SignInError, Signer};
use crate::io::upload::Place;
use crate::sentence::{Sentence, Told};
use crate::xep::archive::Part;
use std::sync::Arc;
use std::time::{Duration, Instant};
use thiserror::Error;
use tokio::sync::{Mutex, mpsc, oneshot, watch};
use tokio_xmpp::stanzastream::{StanzaStage, StanzaState, StanzaToken};
use worker::{Command, EchoTimes, Worker};
use xmpp_parsers::jid::Jid;
use xmpp_parsers::minidom::Element;

/// Arrivals that may wait for the bridge: a page of strokes.
const ARRIVALS: usize = 256;

/// Commands that may wait for the task.
const COMMANDS: usize = 64;

/// A signed-in account in one room. Clones share it; it ends with [`Link::close`] or the last clone.
#[derive(Clone, Debug)]
pub struct Link {
    commands: mpsc::Sender<Command>,
    closing: Arc<watch::Sender<bool>>,
    echo: EchoTimes,
    pub(in crate::io) http: Arc<Http>,
    pub(in crate::io) domain: Jid,
    /// Where files go, once it was found.
    pub(in crate::io) place: Arc<Mutex<Option<Place>>>,
    /// Pages come one after the other.
    page: Arc<Mutex<()>>,
}

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

/// A message was never confirmed: it was refused ([`Arrival::Refused`] says why), or the server's memory of us was lost. In
/// the second case it may be in the room all the same; the archive knows.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("the message was not confirmed")]
pub struct Lost;

/// What becomes of a message.
#[derive(Debug)]
pub struct Receipt(Kind);

#[derive(Debug)]
enum Kind {
    /// To all: the room reflects it.
    Group(oneshot::Receiver<bool>),
    /// To one: the server acknowledges it (XEP-0198), once the task has handed it over.
    Private(oneshot::Receiver<PrivateToken>),
}

/// What the library knows of a message to one, and whether its server acknowledges at all.
pub(crate) struct PrivateToken {
    token: StanzaToken,
    acknowledges: bool,
}

impl std::fmt::Debug for PrivateToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PrivateToken").field("state", &self.token.state()).finish()
    }
}

impl Receipt {
    /// Waits until the room has reflected the message; for a whisper, until the server has it.
    ///
    /// # Errors
    /// That is no longer to be expected.
    pub async fn delivered(self) -> Result<(), Lost> {
        match self.0 {
            Kind::Group(reflected) => match reflected.await {
                Ok(true) => Ok(()),
                Ok(false) | Err(_) => Err(Lost),
            },
            Kind::Private(handed) => {
                let PrivateToken { mut token, acknowledges } = handed.await.map_err(|_| Lost)?;
                match token.wait_for(StanzaStage::Acked).await {
                    Some(StanzaState::Acked { .. }) => Ok(()),
                    None if !acknowledges && token.state() == StanzaStage::Sent => Ok(()),
                    _ => Err(Lost),
                }
            }
        }
    }
}

impl Link {
    /// Signs in and joins the room, creating it if asked. The receiver has [`Arrival::Up`] and [`Arrival::Joined`] first,
    /// and [`Arrival::Out`] last.
    ///
    /// # Errors
    /// Not signed in, or not in the room, and why.
    pub async fn open(
        account: Account,
        room: RoomSettings,
    ) -> Result<(Self, mpsc::Receiver<Arrival>), OpenError> {
        let room = Occupancy::new(room)?;
        let loopback = account.server.as_ref().is_some_and(Server::is_loopback);
        let signer = Signer::new(account).await?;
        let http = Arc::new(Http::new(signer.trust().clone(), loopback));
        let domain = Jid::from(xmpp_parsers::jid::BareJid::from_parts(None, signer.jid().domain()));
        let session = Session::open(signer).await?;
        let (commands, asked) = mpsc::channel(COMMANDS);
        let (tell, arrivals) = mpsc::channel(ARRIVALS);
        let (closing, closed) = watch::channel(false);
        let (entered, enters) = oneshot::channel();
        let echo = EchoTimes::default();
        let worker = Worker::new(session, room, asked, tell, closed, echo.clone(), entered);
        tokio::spawn(worker.run());
        enters.await.unwrap_or(Err(JoinError::Lost))?;
        let (closing, page) = (Arc::new(closing), Arc::default());
        let link = Self { commands, closing, echo, http, domain, place: Arc::default(), page };
        Ok((link, arrivals))
    }

    /// Says `message` to all. Waits while much is on its way ([`crate::io::outbox::UNCONFIRMED`]), and while we are not in the room.
    ///
    /// # Errors
    /// The link is over.
    pub async fn say(&self, message: GroupMessage) -> Result<Receipt, Closed> {
        let (outcome, reflected) = oneshot::channel();
        self.command(Command::Say(message, outcome)).await?;
        Ok(Receipt(Kind::Group(reflected)))
    }

    /// Says `payloads` to one occupant alone; no archive keeps it.
    ///
    /// # Errors
    /// The link is over.
    pub async fn whisper(&self, nick: &str, payloads: Vec<Element>) -> Result<Receipt, Closed> {
        let (handed, token) = oneshot::channel();
        self.command(Command::Whisper { nick: nick.to_owned(), payloads, handed }).await?;
        Ok(Receipt(Kind::Private(token)))
    }

    /// Says something else of ourselves from now on (presence).
    ///
    /// # Errors
    /// The link is over.
    pub async fn present(&self, payload: Element) -> Result<(), Closed> {
        self.command(Command::Present(payload)).await
    }

    /// At most `page` messages of the archive (at most [`PAGE`]), after `after` or from its start.
    ///
    /// # Errors
    /// No page, and why.
    pub async fn archive(
        &self,
        after: Option<ArchiveId>,
        page: usize,
    ) -> Result<ArchivePage, ArchiveError> {
        let _one = self.page.lock().await;
        let (caller, result) = oneshot::channel();
        let page = page.clamp(1, PAGE);
        let part = after.map_or(Part::First, Part::After);
        self.command(Command::Archive { part, page, caller }).await?;
        result.await.map_err(|_| ArchiveError::Closed)?
    }

    /// How long our own messages take to come back from the room: of the last one, or of the one that is still out, when
    /// that is longer. Under load it grows without bound (a server over its limit stops reading), so whoever sends sound
    /// must send less of it. `None` until something was said.
    pub fn echo(&self) -> Option<Duration> {
        self.echo.now(Instant::now())
    }

    /// For how long the oldest message has been out that has not come back; `None` when all have.
    pub fn overdue(&self) -> Option<Duration> {
        self.echo.overdue(Instant::now())
    }

    /// Leaves the room and signs out.
    pub async fn close(self) {
        // A failure here means that it is over already.
        let _ = self.closing.send(true);
        self.commands.closed().await;
    }

    /// Asks `of` something (IQ; `set` changes something there) and waits for the answer.
    ///
    /// # Errors
    /// The link is over.
    pub async fn ask(&self, of: Jid, set: bool, payload: Element) -> Result<Answer, Closed> {
        let (caller, answer) = oneshot::channel();
        self.command(Command::Ask { of, set, payload, caller }).await?;
        answer.await.map_err(|_| Closed)
    }

    async fn command(&self, command: Command) -> Result<(), Closed> {
        self.commands.send(command).await.map_err(|_| Closed)
    }
}
