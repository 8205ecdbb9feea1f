//! From an account to an encrypted stream with the right server.
//!
//! `tokio-xmpp` has connectors of its own. They build their own trust (no company's certificate authority), try SRV
//! records in whatever order they come, and say only that something failed: hence this one.

use crate::io::account::Account;
use crate::io::dns::{self, Candidate};
use crate::io::gauge::{Gauge, Restart, Unbearable};
use crate::io::sign_in::SignInError;
use crate::io::tls;
use futures::{SinkExt, StreamExt};
use std::borrow::Cow;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::BufStream;
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::ClientConfig;
use tokio_xmpp::xmlstream::{
    FallibleStreamElement, RecvFeaturesError, StreamHeader, Timeouts, XmlStream, XmppStreamElement,
    initiate_stream,
};
use xmpp_parsers::starttls::{Nonza, Request};
use xmpp_parsers::stream_features::StreamFeatures;

/// How long one address may take to accept a connection: a SYN is sent again after 1 and 3 s, and other addresses wait.
const CONNECT_TAKES: Duration = Duration::from_secs(5);

/// How long silence lasts until the server is asked whether it is there, and how long the answer may take. A laptop that
/// was carried out of the network shows so within 25 s; the library's own 300 s + 300 s are for servers.
pub(crate) const TIMEOUTS: Timeouts =
    Timeouts { read_timeout: Duration::from_secs(15), response_timeout: Duration::from_secs(10) };

/// An encrypted stream, nobody signed in yet.
pub(crate) struct Connected {
    /// The stream.
    pub(crate) stream: XmlStream<BufStream<Gauge<TlsStream<TcpStream>>>, FallibleStreamElement>,
    /// What the server offers on it.
    pub(crate) features: StreamFeatures,
    /// To be told when the stream begins anew.
    pub(crate) restart: Restart,
    /// Which server it is, for people.
    pub(crate) server: String,
}

/// The first of the account's servers that answers.
///
/// # Errors
/// None does; why the most promising one doesn't.
pub(crate) async fn connect(
    account: &Account,
    trust: &Arc<ClientConfig>,
    chance: f64,
) -> Result<Connected, SignInError> {
    let domain = account.jid.domain().as_str();
    let ascii = idna::domain_to_ascii(domain).unwrap_or_else(|_| domain.to_owned());
    let mut worst = None;
    for candidate in dns::candidates(account, chance).await {
        match reach(&candidate, domain, &ascii, trust).await {
            Ok(connected) => return Ok(connected),
            // That nobody answers at a guessed port says less than what another one answered.
            Err(SignInError::Unreachable { .. }) if worst.is_some() => {}
            Err(error) => worst = Some(error),
        }
    }
    Err(worst.unwrap_or_else(|| SignInError::Unreachable {
        server: domain.to_owned(),
        why: "no address".to_owned(),
    }))
}

async fn reach(
    candidate: &Candidate,
    domain: &str,
    ascii: &str,
    trust: &Arc<ClientConfig>,
) -> Result<Connected, SignInError> {
    let server = format!("{}:{}", candidate.host, candidate.port);
    let unreachable = |why: String| SignInError::Unreachable { server: server.clone(), why };
    let tcp = TcpStream::connect((candidate.host.as_str(), candidate.port));
    let tcp = match tokio::time::timeout(CONNECT_TAKES, tcp).await {
        Ok(connected) => connected.map_err(|error| unreachable(error.to_string()))?,
        Err(_) => return Err(SignInError::Silent { server }),
    };
    tcp.set_nodelay(true).map_err(|error| unreachable(error.to_string()))?;
    let tcp = if candidate.direct { tcp } else { ask_for_tls(tcp, domain, &server).await? };
    let tls = tls::encrypt(trust, ascii, &server, tcp).await?;
    let (gauge, restart) = Gauge::new(tls);
    let stream = open(BufStream::new(gauge), domain, &server).await?;
    let (features, stream) = stream;
    Ok(Connected { stream, features, restart, server })
}

/// RFC 6120 §5: nothing but the wish for TLS is ever said in clear.
async fn ask_for_tls(tcp: TcpStream, domain: &str, server: &str) -> Result<TcpStream, SignInError> {
    let (features, mut stream) = open(BufStream::new(Gauge::new(tcp).0), domain, server).await?;
    if !features.can_starttls() {
        return Err(SignInError::NoTls { server: server.to_owned() });
    }
    let ask = XmppStreamElement::Starttls(Nonza::Request(Request));
    stream.send(&ask).await.map_err(|error| broken(&error, server))?;
    loop {
        match stream.next().await {
            Some(Ok(FallibleStreamElement::Ok(XmppStreamElement::Starttls(Nonza::Proceed(_))))) => {
                // What the server (or somebody between) sent after this, still in clear, goes with the buffer.
                return Ok(stream.into_inner().into_inner().into_inner());
            }
            Some(Err(tokio_xmpp::xmlstream::ReadError::SoftTimeout)) => {}
            Some(Err(tokio_xmpp::xmlstream::ReadError::HardError(error))) => {
                return Err(broken(&error, server));
            }
            _ => return Err(SignInError::NoTls { server: server.to_owned() }),
        }
    }
}

/// Opens a stream and reads what is offered on it.
async fn open<S>(
    io: S,
    domain: &str,
    server: &str,
) -> Result<(StreamFeatures, XmlStream<S, FallibleStreamElement>), SignInError>
where
    S: tokio::io::AsyncBufRead + tokio::io::AsyncWrite + Unpin,
{
    let pending = initiate_stream(io, xmpp_parsers::ns::JABBER_CLIENT, header(domain), TIMEOUTS);
    let pending = pending.await.map_err(|error| broken(&error, server))?;
    pending.recv_features().await.map_err(|error| not_offered(error, server))
}

/// The header by which we open a stream.
pub(crate) fn header(domain: &str) -> StreamHeader<'_> {
    StreamHeader { to: Some(Cow::Borrowed(domain)), from: None, id: None }
}

/// Why a server's offer did not come.
pub(crate) fn not_offered(error: RecvFeaturesError, server: &str) -> SignInError {
    match error {
        RecvFeaturesError::Io(error) => broken(&error, server),
        RecvFeaturesError::StreamError(error) => SignInError::Ended { why: error.0.to_string() },
    }
}

/// What a broken stream means to people.
pub(crate) fn broken(error: &io::Error, server: &str) -> SignInError {
    let server = server.to_owned();
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Unbearable>()) {
        Some(Unbearable::TooMuch) => return SignInError::TooMuch { server },
        Some(Unbearable::NotXml) => return SignInError::NotXmpp { server },
        None => {}
    }
    match error.kind() {
        io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => {
            SignInError::NotXmpp { server }
        }
        io::ErrorKind::TimedOut => SignInError::Silent { server },
        _ => SignInError::Unreachable { server, why: error.to_string() },
    }
}
