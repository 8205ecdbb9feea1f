//! Signing in (RFC 6120 §6): SCRAM, and PLAIN only where it was asked for.

mod error;
mod scram;

pub use error::SignInError;

use crate::io::account::Account;
use crate::io::connector::{self, Connected};
use crate::io::tls;
use std::sync::Arc;
use std::time::Duration;
use tokio_rustls::rustls::ClientConfig;
use tokio_xmpp::stanzastream::Connection;
use xmpp_parsers::jid::{BareJid, Jid};

/// How long signing in may take from the first look-up: a slow link needs 8 round trips, a busy server seconds for its
/// key derivation.
const SIGN_IN_TAKES: Duration = Duration::from_secs(30);

/// An account with what it trusts, ready to sign in again and again.
#[derive(Clone, Debug)]
pub(crate) struct Signer {
    account: Arc<Account>,
    trust: Arc<ClientConfig>,
}

impl Signer {
    /// Reads whom the account trusts.
    ///
    /// # Errors
    /// Its file of certificate authorities can't be read.
    pub(crate) async fn new(account: Account) -> Result<Self, SignInError> {
        let trust = tls::trust(&account).await?;
        Ok(Self { account: Arc::new(account), trust })
    }

    /// Who signs in.
    pub(crate) fn jid(&self) -> &BareJid {
        &self.account.jid
    }

    /// Whom the account trusts.
    pub(crate) fn trust(&self) -> &Arc<ClientConfig> {
        &self.trust
    }

    /// Signs in. `chance`, from 0 to below 1, chooses among equal servers.
    ///
    /// # Errors
    /// It didn't work, and why.
    pub(crate) async fn sign_in(&self, chance: f64) -> Result<Connection, SignInError> {
        let domain = self.account.jid.domain().as_str();
        let all = tokio::time::timeout(SIGN_IN_TAKES, Box::pin(self.try_once(chance))).await;
        all.unwrap_or_else(|_| Err(SignInError::Silent { server: domain.to_owned() }))
    }

    async fn try_once(&self, chance: f64) -> Result<Connection, SignInError> {
        let name = self.account.jid.node().ok_or(SignInError::NoName)?.as_str();
        let connected = connector::connect(&self.account, &self.trust, chance).await?;
        let Connected { stream, features, restart, server } = connected;
        let mechanism = scram::choose(&features.sasl_mechanisms, self.account.allow_plain)?;
        let password = self.account.password.reveal();
        let stream = scram::authenticate(stream, mechanism, name, password, &server).await?;
        restart.now();
        let broken = |error| connector::broken(&error, &server);
        let header = connector::header(self.account.jid.domain().as_str());
        let stream = stream.send_header(header).await.map_err(broken)?;
        let offered = stream.recv_features().await;
        let (features, stream) = offered.map_err(|error| connector::not_offered(error, &server))?;
        // The library panics on a server that offers neither; what the server says must not do that.
        if !features.can_bind() {
            return Err(SignInError::Ended { why: "no resource binding".to_owned() });
        }
        let identity = Jid::from(self.account.jid.clone());
        Ok(Connection { stream: stream.box_stream(), features, identity })
    }
}
