//! TLS as a company expects it: verified against the system's certificate authorities and the company's own.

use crate::io::account::Account;
use crate::io::sign_in::SignInError;
use std::io;
use std::path::Path;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{CertificateError, ClientConfig, Error, RootCertStore};

/// Bytes that a file of certificate authorities may have: all of the system's are 0.2 MB.
const CA_FILE_BYTES: u64 = 4 * 1024 * 1024;

/// Whom this account trusts: the system's certificate authorities, and those of its own file.
///
/// # Errors
/// The file is missing, unreadable, or holds no certificate.
pub(crate) async fn trust(account: &Account) -> Result<Arc<ClientConfig>, SignInError> {
    let ca = account.ca.clone();
    let roots = tokio::task::spawn_blocking(move || {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if let Some(file) = ca {
            let why = |why: String| SignInError::CaFile { file: file.clone(), why };
            for certificate in certificates(&file).map_err(why)? {
                roots.add(certificate).map_err(|error| why(error.to_string()))?;
            }
        }
        Ok(roots)
    });
    let roots = roots.await.expect("reading certificates does not panic")?;
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring knows TLS 1.2 and 1.3");
    Ok(Arc::new(config.with_root_certificates(roots).with_no_client_auth()))
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let length = std::fs::metadata(file).map_err(|error| error.to_string())?.len();
    if length > CA_FILE_BYTES {
        return Err(format!("{length} bytes"));
    }
    let read = std::fs::read(file).map_err(|error| error.to_string())?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&read).collect();
    match found {
        Ok(found) if found.is_empty() => Err("no certificate in it".to_owned()),
        Ok(found) => Ok(found),
        Err(error) => Err(error.to_string()),
    }
}

/// Encrypts `tcp`, and makes sure that the other end is `domain`.
///
/// # Errors
/// It is not, or no TLS comes about.
pub(crate) async fn encrypt(
    trust: &Arc<ClientConfig>,
    domain: &str,
    server: &str,
    tcp: TcpStream,
) -> Result<TlsStream<TcpStream>, SignInError> {
    let name = ServerName::try_from(domain.to_owned())
        .map_err(|_| SignInError::WrongHost { domain: domain.to_owned() })?;
    let tls = TlsConnector::from(trust.clone()).connect(name, tcp).await;
    tls.map_err(|error| why(&error, domain, server))
}

/// What a failed handshake means to people.
fn why(error: &io::Error, domain: &str, server: &str) -> SignInError {
    let (domain, server) = (domain.to_owned(), server.to_owned());
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
        Some(Error::InvalidCertificate(certificate)) => match certificate {
            CertificateError::UnknownIssuer => SignInError::UnknownCa { server },
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                SignInError::WrongHost { domain }
            }
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. } => SignInError::Expired { server },
            other => SignInError::Tls { server, why: other.to_string() },
        },
        Some(Error::InvalidMessage(_)) => SignInError::NoTls { server },
        Some(other) => SignInError::Tls { server, why: other.to_string() },
        None => SignInError::Unreachable { server, why: error.to_string() },
    }
}
