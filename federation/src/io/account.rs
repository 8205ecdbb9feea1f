//! Who signs in, where, and what is trusted.

use std::fmt;
use std::path::PathBuf;
use xmpp_parsers::jid::BareJid;

/// An account on the company's server.
#[derive(Clone, Debug)]
pub struct Account {
    /// Who: `anna@company.example`.
    pub jid: BareJid,
    /// Their password.
    pub password: Password,
    /// The server, where DNS does not tell (no SRV records, a test, a private network).
    pub server: Option<Server>,
    /// How TLS begins.
    pub tls: Tls,
    /// A file (PEM) of certificate authorities trusted beside the system's: a company's own.
    pub ca: Option<PathBuf>,
    /// Whether the password may be shown to the server itself (SASL PLAIN, inside verified TLS), when it offers nothing
    /// better: some servers before an LDAP directory don't. Off by default.
    pub allow_plain: bool,
}

impl Account {
    /// An account with everything found by DNS, the system's certificate authorities, and no PLAIN.
    pub fn new(jid: BareJid, password: Password) -> Self {
        Self { jid, password, server: None, tls: Tls::default(), ca: None, allow_plain: false }
    }
}

/// A server's address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Name or IP address.
    pub host: String,
    /// TCP port.
    pub port: u16,
}

impl Server {
    /// Whether it is this machine.
    pub fn is_loopback(&self) -> bool {
        crate::io::http::is_loopback(&self.host)
    }
}

/// How TLS begins. There is no way without it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tls {
    /// As DNS says (XEP-0368); of a server given by address, direct on port 5223 and STARTTLS elsewhere.
    #[default]
    Either,
    /// Inside the stream (RFC 6120 §5).
    StartTls,
    /// Before the stream (XEP-0368).
    Direct,
}

/// A password, which never prints.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    /// Keeps `password`.
    pub fn new(password: impl Into<String>) -> Self {
        Self(password.into())
    }

    /// The password itself, for signing in only.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_never_prints() {
        let jid = BareJid::new("anna@company.example").expect("an address");
        let account = Account::new(jid, Password::new("hunter2"));
        assert!(!format!("{account:?} {account:#?}").contains("hunter2"));
        assert_eq!(account.password.reveal(), "hunter2");
    }
}
