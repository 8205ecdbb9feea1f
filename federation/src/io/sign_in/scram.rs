//! Proving the password without showing it (RFC 5802), and seeing that the server knows it too.
//!
//! `tokio-xmpp` can do it itself, but takes PLAIN where its channel binding matches nothing (Prosody 0.12, measured),
//! never looks at the server's own proof, and lets the server choose how long to compute.

use super::SignInError;
use crate::io::connector::broken;
use crate::io::gauge::Gauge;
use futures::{SinkExt, StreamExt};
use sasl::client::mechanisms::{Plain, Scram};
use sasl::client::{Mechanism, MechanismError};
use sasl::common::scram::{Sha1, Sha256};
use sasl::common::{ChannelBinding, Credentials};
use std::collections::BTreeSet;
use tokio::io::BufStream;
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use tokio_xmpp::xmlstream::{
    FallibleStreamElement, InitiatingStream, ReadError, XmlStream, XmppStreamElement,
};
use xmpp_parsers::sasl::{self as nonza, DefinedCondition, Nonza};

/// Rounds of key derivation that a server may ask for: ejabberd asks 4096, Prosody 10 000, OWASP's advice of 2023 is
/// 600 000 (0.3 s of one core here). More is an attempt to keep us busy.
const ROUNDS: u32 = 1_000_000;

type Encrypted = BufStream<Gauge<TlsStream<TcpStream>>>;
type Client = Box<dyn Mechanism + Send + Sync>;

/// How to prove who we are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// SCRAM-SHA-256 (RFC 7677).
    Sha256,
    /// SCRAM-SHA-1 (RFC 5802).
    Sha1,
    /// The password itself (RFC 4616).
    Plain,
}

/// The best of what is offered, without channel binding: Debian's ejabberd offers it and then refuses it (measured).
///
/// # Errors
/// Nothing is offered that we may use.
pub(crate) fn choose(offered: &BTreeSet<String>, allow_plain: bool) -> Result<Choice, SignInError> {
    let has = |name: &str| offered.contains(name);
    if has("SCRAM-SHA-256") {
        Ok(Choice::Sha256)
    } else if has("SCRAM-SHA-1") {
        Ok(Choice::Sha1)
    } else if has("PLAIN") && allow_plain {
        Ok(Choice::Plain)
    } else {
        Err(SignInError::NoScram { plain: has("PLAIN") })
    }
}

/// Signs in on `stream`.
///
/// # Errors
/// The server does not accept us, or could not prove itself.
pub(crate) async fn authenticate(
    mut stream: XmlStream<Encrypted, FallibleStreamElement>,
    choice: Choice,
    name: &str,
    password: &str,
    server: &str,
) -> Result<InitiatingStream<Encrypted>, SignInError> {
    let mut client = client(choice, name, password)?;
    let data = client.initial();
    let nonce = nonce(&data);
    let mechanism = match choice {
        Choice::Sha256 => nonza::Mechanism::ScramSha256,
        Choice::Sha1 => nonza::Mechanism::ScramSha1,
        Choice::Plain => nonza::Mechanism::Plain,
    };
    let mut say = Nonza::Auth(nonza::Auth { mechanism, data });
    let mut proven = choice == Choice::Plain;
    loop {
        let said = stream.send(&XmppStreamElement::Sasl(say)).await;
        said.map_err(|error| broken(&error, server))?;
        match answer(&mut stream, server).await? {
            // RFC 5802 §7: the server's proof may come as a last challenge, which has an empty answer.
            Nonza::Challenge(challenge) if challenge.data.starts_with(b"v=") && !proven => {
                client.success(&challenge.data).map_err(|_| SignInError::NotGenuine)?;
                proven = true;
                say = Nonza::Response(nonza::Response { data: Vec::new() });
            }
            Nonza::Challenge(challenge) if choice != Choice::Plain && !proven => {
                acceptable(&challenge.data, &nonce)?;
                let derived = tokio::task::spawn_blocking(move || {
                    let data = client.response(&challenge.data);
                    (client, data)
                });
                let data;
                (client, data) = derived.await.expect("deriving a key does not panic");
                let data = data.map_err(|_| SignInError::NotGenuine)?;
                say = Nonza::Response(nonza::Response { data });
            }
            Nonza::Success(success) => {
                if !proven {
                    client.success(&success.data).map_err(|_| SignInError::NotGenuine)?;
                }
                return Ok(stream.initiate_reset());
            }
            Nonza::Failure(failure) => return Err(refused(&failure.defined_condition)),
            _ => return Err(SignInError::NotGenuine),
        }
    }
}

fn client(choice: Choice, name: &str, password: &str) -> Result<Client, SignInError> {
    // RFC 5802 §5.1 wants both prepared (RFC 4013); what can't be is left to the server to refuse.
    let password = stringprep::saslprep(password).unwrap_or(password.into());
    let escaped = name.replace('=', "=3D").replace(',', "=2C");
    let with = |name: &str| {
        Credentials::default()
            .with_username(name)
            .with_password(password.as_ref())
            .with_channel_binding(ChannelBinding::None)
    };
    let made = match choice {
        Choice::Sha256 => Scram::<Sha256>::from_credentials(with(&escaped)).map(boxed),
        Choice::Sha1 => Scram::<Sha1>::from_credentials(with(&escaped)).map(boxed),
        Choice::Plain => Plain::from_credentials(with(name)).map(boxed),
    };
    made.map_err(|error: MechanismError| SignInError::Ended { why: error.to_string() })
}

fn boxed<M: Mechanism + Send + Sync + 'static>(mechanism: M) -> Client {
    Box::new(mechanism)
}

/// Our own nonce in our first message.
fn nonce(initial: &[u8]) -> Vec<u8> {
    field(initial, b"r=").unwrap_or_default().to_vec()
}

/// Whether the server's challenge answers ours (RFC 5802 §5.1: its nonce begins with ours) and asks for bearable work.
fn acceptable(challenge: &[u8], nonce: &[u8]) -> Result<(), SignInError> {
    let fresh =
        field(challenge, b"r=").is_some_and(|r| r.starts_with(nonce) && r.len() > nonce.len());
    let rounds =
        field(challenge, b"i=").and_then(|i| std::str::from_utf8(i).ok()?.parse::<u32>().ok());
    match rounds {
        Some(1..=ROUNDS) if fresh => Ok(()),
        _ => Err(SignInError::NotGenuine),
    }
}

fn field<'a>(message: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    message.split(|byte| *byte == b',').find_map(|part| part.strip_prefix(name))
}

async fn answer(
    stream: &mut XmlStream<Encrypted, FallibleStreamElement>,
    server: &str,
) -> Result<Nonza, SignInError> {
    loop {
        match stream.next().await {
            Some(Ok(FallibleStreamElement::Ok(XmppStreamElement::Sasl(nonza)))) => {
                return Ok(nonza);
            }
            Some(Ok(FallibleStreamElement::Ok(XmppStreamElement::StreamError(error)))) => {
                return Err(SignInError::Ended { why: error.0.to_string() });
            }
            Some(Err(ReadError::SoftTimeout)) => {}
            Some(Err(ReadError::HardError(error))) => return Err(broken(&error, server)),
            Some(Ok(FallibleStreamElement::Err(error))) => {
                return Err(SignInError::Ended { why: error.to_string() });
            }
            _ => return Err(SignInError::Ended { why: "closed".to_owned() }),
        }
    }
}

/// RFC 6120 §6.5.
fn refused(condition: &DefinedCondition) -> SignInError {
    let disabled = |why: &str| SignInError::Disabled { why: why.to_owned() };
    match condition {
        DefinedCondition::NotAuthorized => SignInError::WrongPassword,
        DefinedCondition::AccountDisabled => disabled("account-disabled"),
        DefinedCondition::CredentialsExpired => disabled("credentials-expired"),
        DefinedCondition::InvalidMechanism | DefinedCondition::MechanismTooWeak => {
            SignInError::NoScram { plain: false }
        }
        other => SignInError::Ended { why: format!("{other:?}") },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offered(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn plain_is_never_taken_unasked() {
        let prosody = offered(&["PLAIN", "SCRAM-SHA-1"]);
        assert_eq!(choose(&prosody, false), Ok(Choice::Sha1));
        assert_eq!(choose(&prosody, true), Ok(Choice::Sha1), "something better is there");
        let ejabberd = offered(&["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-256-PLUS", "X-OAUTH2"]);
        assert_eq!(choose(&ejabberd, false), Ok(Choice::Sha256));
        let ldap = offered(&["PLAIN"]);
        assert_eq!(choose(&ldap, false), Err(SignInError::NoScram { plain: true }));
        assert_eq!(choose(&ldap, true), Ok(Choice::Plain));
        let none = offered(&["ANONYMOUS", "EXTERNAL", "SCRAM-SHA-256-PLUS"]);
        assert_eq!(choose(&none, true), Err(SignInError::NoScram { plain: false }));
    }

    #[test]
    fn a_challenge_must_be_ours_and_bearable() {
        let accept = |challenge: &str| acceptable(challenge.as_bytes(), b"abc");
        assert_eq!(accept("r=abcdef,s=QSXCR,i=4096"), Ok(()));
        assert!(accept("r=abc,s=QSXCR,i=4096").is_err(), "nothing of the server's own");
        assert!(accept("r=xbcdef,s=QSXCR,i=4096").is_err(), "somebody else's");
        assert!(accept("r=abcdef,s=QSXCR,i=4000000000").is_err(), "hours of work");
        assert!(accept("r=abcdef,s=QSXCR,i=0").is_err());
        assert!(accept("r=abcdef,s=QSXCR").is_err());
        assert!(accept("").is_err());
    }

    #[test]
    fn names_are_escaped_and_passwords_prepared() {
        let mut scram = client(Choice::Sha256, "a=b,c", "pass\u{a0}word").expect("a client");
        let first = String::from_utf8(scram.initial()).expect("text");
        assert!(first.starts_with("n,,n=a=3Db=2Cc,r="), "{first}");
        let mut plain = client(Choice::Plain, "a=b", "pass\u{a0}word").expect("a client");
        assert_eq!(plain.initial(), b"\0a=b\0pass word");
    }
}
