//! A session that outlives its connections: signed in again by itself, resumed where the server allows (XEP-0198).

use crate::io::backoff::Backoff;
use crate::io::connector;
use crate::io::sign_in::{SignInError, Signer};
use futures::StreamExt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;
use tokio::io::{AsyncWriteExt, BufStream};
use tokio::sync::{mpsc, oneshot, watch};
use tokio_xmpp::stanzastream::{Connection, Event, StanzaStream, StanzaToken, StreamEvent};
use tokio_xmpp::xmlstream::initiate_stream;
use xmpp_parsers::jid::BareJid;
use xmpp_parsers::stanza::Stanza;
use xmpp_parsers::stream_features::StreamFeatures;

/// Stanzas that may wait in each direction inside the library. More than [`crate::io::outbox::UNCONFIRMED`], so that handing one
/// over never waits.
const QUEUE: usize = 256;

/// Connections that may break while they are resumed, until the session to resume is given up. The library never gives it up by
/// itself: it can't read a refusal without a counter (`<failed/>` without `h`), which XEP-0198 allows and Prosody sends after
/// a restart (measured), and asks the same again on the next connection, for ever.
const UNSETTLED: u32 = 2;

/// What happens to the session.
#[derive(Debug)]
pub(crate) enum SessionEvent {
    /// Signed in anew: whatever the server kept for us is gone.
    Reset {
        /// Whether the server acknowledges stanzas and can resume.
        acknowledges: bool,
    },
    /// Connected again, nothing lost.
    Resumed,
    /// The connection is gone; it is tried again.
    Suspended,
    /// It was tried again, in vain.
    StillDown(SignInError),
    /// Nothing is tried any more.
    Stopped(SignInError),
    /// A stanza came.
    Stanza(Box<Stanza>),
}

/// A signed-in account.
pub(crate) struct Session {
    stream: StanzaStream,
    trouble: mpsc::Receiver<SignInError>,
    backoff: Arc<Mutex<Backoff>>,
    unsettled: Arc<AtomicU32>,
    closing: watch::Sender<bool>,
}

impl Session {
    /// Signs in for the first time.
    ///
    /// # Errors
    /// It does not work, and why: nothing is tried again.
    pub(crate) async fn open(signer: Signer) -> Result<Self, SignInError> {
        let mut first = Some(signer.sign_in(chance()).await?);
        let (closing, closed) = watch::channel(false);
        let (tell, trouble) = mpsc::channel(QUEUE);
        let backoff = Arc::new(Mutex::new(Backoff::default()));
        let unsettled = Arc::new(AtomicU32::new(0));
        let again =
            Again { signer, backoff: backoff.clone(), unsettled: unsettled.clone(), tell, closed };
        let connector = move |_, slot: oneshot::Sender<Connection>| match first.take() {
            Some(connection) => drop(slot.send(connection)),
            None => drop(tokio::spawn(again.clone().sign_in(slot))),
        };
        let stream = StanzaStream::new(Box::new(connector), QUEUE);
        Ok(Self { stream, trouble, backoff, unsettled, closing })
    }

    /// The next thing that happens. Can be dropped and asked anew.
    pub(crate) async fn next(&mut self) -> SessionEvent {
        tokio::select! {
            biased;
            Some(error) = self.trouble.recv() => {
                if error.is_final() { SessionEvent::Stopped(error) } else { SessionEvent::StillDown(error) }
            }
            event = self.stream.next() => match event {
                Some(Event::Stanza(stanza)) => SessionEvent::Stanza(Box::new(stanza)),
                Some(Event::Stream(StreamEvent::Suspended)) => SessionEvent::Suspended,
                Some(Event::Stream(StreamEvent::Resumed)) => {
                    self.up();
                    SessionEvent::Resumed
                }
                Some(Event::Stream(StreamEvent::Reset { features, .. })) => {
                    self.up();
                    let acknowledges = features.stream_management.is_some();
                    SessionEvent::Reset { acknowledges }
                }
                // Only a fault in the library ends its stream while we hold it.
                None => SessionEvent::Stopped(SignInError::Ended { why: "stream ended".to_owned() }),
            },
        }
    }

    /// Hands over a stanza; it goes out when it can.
    pub(crate) async fn send(&self, stanza: Stanza) -> StanzaToken {
        self.stream.send(Box::new(stanza)).await
    }

    /// Signs out and waits for it (the library allows itself 10 s).
    pub(crate) async fn close(self) {
        // A failure here means that nobody waits to sign in again.
        let _ = self.closing.send(true);
        self.stream.close().await;
    }

    fn up(&self) {
        self.unsettled.store(0, Ordering::Relaxed);
        self.backoff.lock().expect("nobody panics holding it").up(Instant::now());
    }
}

/// Signs in again.
#[derive(Clone)]
struct Again {
    signer: Signer,
    backoff: Arc<Mutex<Backoff>>,
    /// Connections given to the library since one was last resumed or bound.
    unsettled: Arc<AtomicU32>,
    tell: mpsc::Sender<SignInError>,
    closed: watch::Receiver<bool>,
}

impl Again {
    async fn sign_in(mut self, slot: oneshot::Sender<Connection>) {
        let mut closed = self.closed.clone();
        let given_up = self.unsettled.load(Ordering::Relaxed) >= UNSETTLED;
        let connection = tokio::select! {
            biased;
            // Also when the session was dropped without being closed.
            _ = closed.wait_for(|closed| *closed) => None,
            () = std::future::ready(()), if given_up => None,
            connection = self.until_it_works() => Some(connection),
        };
        let connection = match connection {
            Some(connection) => {
                self.unsettled.fetch_add(1, Ordering::Relaxed);
                Some(connection)
            }
            // It offers nothing to resume, which makes the library forget what it had.
            None => {
                self.unsettled.store(0, Ordering::Relaxed);
                nobody(self.signer.jid().clone()).await
            }
        };
        // Without an answer the library's worker panics, or waits for ever: at the end it gets a connection that is dead.
        if let Some(connection) = connection {
            drop(slot.send(connection));
        }
    }

    async fn until_it_works(&mut self) -> Connection {
        loop {
            let wait = {
                let mut backoff = self.backoff.lock().expect("nobody panics holding it");
                backoff.wait(Instant::now(), chance())
            };
            tokio::time::sleep(wait).await;
            match self.signer.sign_in(chance()).await {
                Ok(connection) => return connection,
                Err(error) => {
                    tracing::info!("not signed in: {error}");
                    let over = error.is_final();
                    // Nobody listens any more: then the session is closing.
                    let _ = self.tell.send(error).await;
                    if over {
                        std::future::pending::<()>().await;
                    }
                }
            }
        }
    }
}

/// A connection whose other end has gone already.
async fn nobody(jid: BareJid) -> Option<Connection> {
    const HEADER: &[u8] = b"<?xml version='1.0'?><stream:stream xmlns='jabber:client' \
        xmlns:stream='http://etherx.jabber.org/streams' version='1.0' id='0'>";
    let (mut server, client) = tokio::io::duplex(4096);
    server.write_all(HEADER).await.ok()?;
    let header = connector::header(jid.domain().as_str());
    let ns = xmpp_parsers::ns::JABBER_CLIENT;
    let pending =
        initiate_stream(BufStream::new(client), ns, header, connector::TIMEOUTS).await.ok()?;
    drop(server);
    let features = StreamFeatures { bind: Some(bind()?), ..StreamFeatures::default() };
    let stream = pending.skip_features().box_stream();
    Some(Connection { stream, features, identity: jid.clone().into() })
}

fn bind() -> Option<xmpp_parsers::bind::BindFeature> {
    let element: xmpp_parsers::minidom::Element =
        "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>".parse().ok()?;
    element.try_into().ok()
}

/// From 0 to below 1, evenly.
pub(crate) fn chance() -> f64 {
    let drawn = getrandom::u32().expect("the system has randomness");
    f64::from(drawn) / (f64::from(u32::MAX) + 1.0)
}
