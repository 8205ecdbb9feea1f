//! A server that says what it is told to: what a real one can't be made to do.

use super::certificates::{Authority, Signed};
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

pub const HEADER: &str = "<?xml version='1.0'?><stream:stream xmlns='jabber:client' \
    xmlns:stream='http://etherx.jabber.org/streams' version='1.0' id='1' from='company.test'>";

/// What a server offers: this inside `<stream:features/>`.
pub fn offers(features: &str) -> String {
    format!("{HEADER}<stream:features>{features}</stream:features>")
}

/// An offer of these mechanisms.
pub fn mechanisms(names: &[&str]) -> String {
    let names: String = names.iter().map(|name| format!("<mechanism>{name}</mechanism>")).collect();
    offers(&format!("<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>{names}</mechanisms>"))
}

/// Listens in clear: to each thing that comes, the next answer goes back; with an empty answer it waits for more.
pub async fn in_clear(answers: &[String]) -> u16 {
    let (listener, port) = listen().await;
    let answers = answers.to_vec();
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            tokio::spawn(converse(tcp, answers.clone(), None));
        }
    });
    port
}

/// The same inside TLS, with this certificate; the other value tells what came.
pub async fn encrypted(
    signed: Signed,
    answers: &[String],
) -> (u16, tokio::sync::mpsc::Receiver<String>) {
    let certificate = CertificateDer::from_pem_slice(signed.certificate.as_bytes()).expect("PEM");
    let key = PrivateKeyDer::from_pem_slice(signed.key.as_bytes()).expect("PEM");
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring knows TLS")
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .expect("a certificate and its key");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let (listener, port) = listen().await;
    let (tell, told) = tokio::sync::mpsc::channel(64);
    let answers = answers.to_vec();
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            if let Ok(tls) = acceptor.accept(tcp).await {
                tokio::spawn(converse(tls, answers.clone(), Some(tell.clone())));
            }
        }
    });
    (port, told)
}

/// An authority, and what it signed for `company.test`.
pub fn trusted() -> (Authority, Signed) {
    let authority = Authority::new();
    let signed = authority.sign(&["company.test"], false);
    (authority, signed)
}

async fn listen() -> (TcpListener, u16) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let port = listener.local_addr().expect("bound").port();
    (listener, port)
}

async fn converse<S: AsyncRead + AsyncWrite + Unpin>(
    mut io: S,
    answers: Vec<String>,
    tell: Option<tokio::sync::mpsc::Sender<String>>,
) {
    let mut read = vec![0; 65_536];
    for answer in answers {
        match io.read(&mut read).await {
            Ok(0) | Err(_) => return,
            Ok(length) => {
                if let Some(tell) = &tell {
                    let _ = tell.try_send(String::from_utf8_lossy(&read[..length]).into_owned());
                }
            }
        }
        if io.write_all(answer.as_bytes()).await.is_err() || io.flush().await.is_err() {
            return;
        }
    }
    // What comes after the last answer is read until the other end goes.
    while matches!(io.read(&mut read).await, Ok(1..)) {}
}
