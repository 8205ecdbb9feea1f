//! Files by HTTPS, as much of it as XEP-0363 needs: one request on one connection, bounded in size and time.

use crate::io::tls;
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::{Method, Request, Response, StatusCode, Uri, header};
use hyper_util::rt::TokioIo;
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::rustls::ClientConfig;

/// How long a connection may take.
const CONNECT_TAKES: Duration = Duration::from_secs(10);

/// How long a whole file may take: 20 MB at 0.3 Mbit/s.
const FILE_TAKES: Duration = Duration::from_secs(600);

/// Why a file was not carried.
#[derive(Debug, Error)]
pub(crate) enum HttpError {
    /// Not an address that we use: `https`, and in tests `http` on this machine.
    #[error("{0}")]
    Address(String),
    /// It would be larger than allowed.
    #[error("too large")]
    TooLarge,
    /// The server says no.
    #[error("the server answers {0}")]
    Status(StatusCode),
    /// The connection failed.
    #[error("{0}")]
    Broken(String),
    /// It took too long.
    #[error("no answer in time")]
    Slow,
}

/// What is trusted, and whether files may go without TLS.
#[derive(Debug)]
pub(crate) struct Http {
    trust: Arc<ClientConfig>,
    loopback: bool,
}

impl Http {
    /// `loopback` allows `http` on this machine: where the account's own server is on it, as in tests.
    pub(crate) fn new(trust: Arc<ClientConfig>, loopback: bool) -> Self {
        Self { trust, loopback }
    }

    /// Puts `bytes` at `url`.
    pub(crate) async fn put(
        &self,
        url: &str,
        headers: &[(String, String)],
        media_type: &str,
        bytes: Vec<u8>,
    ) -> Result<(), HttpError> {
        let mut request =
            Request::builder().method(Method::PUT).header(header::CONTENT_TYPE, media_type);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let all = async {
            let response = self.send(url, request, Full::new(Bytes::from(bytes))).await?;
            match response.status() {
                status if status.is_success() => Ok(()),
                status => Err(HttpError::Status(status)),
            }
        };
        tokio::time::timeout(FILE_TAKES, all).await.map_err(|_| HttpError::Slow)?
    }

    /// Gets what is at `url`, if it has at most `max_bytes` bytes.
    pub(crate) async fn get(&self, url: &str, max_bytes: u64) -> Result<Vec<u8>, HttpError> {
        let all = async {
            let response =
                self.send(url, Request::builder().method(Method::GET), Full::default()).await?;
            if response.status() != StatusCode::OK {
                return Err(HttpError::Status(response.status()));
            }
            let mut body = response.into_body();
            let mut bytes = Vec::new();
            while let Some(frame) = body.frame().await {
                let frame = frame.map_err(|error| HttpError::Broken(error.to_string()))?;
                let data = frame.into_data().unwrap_or_default();
                if (bytes.len() + data.len()) as u64 > max_bytes {
                    return Err(HttpError::TooLarge);
                }
                bytes.extend_from_slice(&data);
            }
            Ok(bytes)
        };
        tokio::time::timeout(FILE_TAKES, all).await.map_err(|_| HttpError::Slow)?
    }

    async fn send(
        &self,
        url: &str,
        request: hyper::http::request::Builder,
        body: Full<Bytes>,
    ) -> Result<Response<Incoming>, HttpError> {
        let target = Target::read(url, self.loopback)?;
        let request = request.uri(target.path).header(header::HOST, target.authority).body(body);
        let request = request.map_err(|error| HttpError::Address(error.to_string()))?;
        let tcp = TcpStream::connect((target.host.as_str(), target.port));
        let tcp = tokio::time::timeout(CONNECT_TAKES, tcp).await.map_err(|_| HttpError::Slow)?;
        let tcp = tcp.map_err(|error| HttpError::Broken(error.to_string()))?;
        if target.encrypted {
            let tls = tls::encrypt(&self.trust, &target.host, &target.host, tcp).await;
            converse(tls.map_err(|error| HttpError::Broken(error.to_string()))?, request).await
        } else {
            converse(tcp, request).await
        }
    }
}

async fn converse<S>(io: S, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, HttpError>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let broken = |error: hyper::Error| HttpError::Broken(error.to_string());
    let (mut sender, connection) = http1::handshake(TokioIo::new(io)).await.map_err(broken)?;
    // Ends with the response's body, or when the caller gives up and drops it.
    tokio::spawn(connection);
    sender.send_request(request).await.map_err(broken)
}

/// Where a request goes.
#[derive(Debug, PartialEq, Eq)]
struct Target {
    host: String,
    port: u16,
    encrypted: bool,
    authority: String,
    path: String,
}

impl Target {
    fn read(url: &str, loopback: bool) -> Result<Self, HttpError> {
        let wrong = || HttpError::Address(url.chars().take(200).collect());
        let uri: Uri = url.split('#').next().unwrap_or_default().parse().map_err(|_| wrong())?;
        let host = uri.host().ok_or_else(wrong)?.trim_matches(['[', ']']).to_owned();
        let encrypted = match uri.scheme_str() {
            Some("https") => true,
            Some("http") if loopback && is_loopback(&host) => false,
            _ => return Err(wrong()),
        };
        let authority = uri.authority().ok_or_else(wrong)?.as_str();
        if authority.contains('@') {
            return Err(wrong());
        }
        let path = uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        let port = uri.port_u16().unwrap_or(if encrypted { 443 } else { 80 });
        Ok(Self { host, port, encrypted, authority: authority.to_owned(), path })
    }
}

/// Whether a host is this machine.
pub(crate) fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_encrypted_but_on_this_machine_in_tests() {
        let target =
            Target::read("https://upload.company.test/s/a%20b.pdf?x=1#y", false).expect("fine");
        assert_eq!((target.port, target.path.as_str()), (443, "/s/a%20b.pdf?x=1"));
        assert!(Target::read("http://127.0.0.1:5280/x", true).is_ok());
        assert!(
            Target::read("http://127.0.0.1:5280/x", false).is_err(),
            "a stranger's link to our own machine"
        );
        assert!(Target::read("http://upload.company.test/x", true).is_err());
        assert!(Target::read("file:///etc/passwd", true).is_err());
        assert!(Target::read("https://user:word@company.test/", true).is_err());
        assert!(Target::read("", true).is_err());
        assert_eq!(Target::read("https://[::1]:8443", false).expect("fine").host, "::1");
    }
}
