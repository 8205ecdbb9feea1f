//! Files on the company's server (XEP-0363): a place is asked for, the file goes there by HTTPS.

use crate::io::http::HttpError;
use crate::io::link::{Closed, Link};
use crate::io::room::Answer;
use crate::io::stanzas::clean;
use crate::sentence::{Sentence, Told};
use crate::xep::upload::{self, Slot};
use crate::xep::{disco, ns};
use thiserror::Error;
use xmpp_parsers::jid::Jid;

/// Why a file did not get up.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{}", self.told().en)]
pub enum UploadError {
    /// The link is over.
    Closed,
    /// The server takes no files.
    None,
    /// The file is too large.
    TooLarge {
        /// The server's limit in bytes, 0 when it did not say.
        limit: u64,
    },
    /// The server does not answer. Try again.
    Silent,
    /// Refused or failed otherwise.
    Other(String),
}

impl From<Closed> for UploadError {
    fn from(_: Closed) -> Self {
        Self::Closed
    }
}

impl Told for UploadError {
    fn told(&self) -> Sentence {
        match self {
            Self::Closed => Sentence::new("The link is closed", "连接已关闭"),
            Self::None => Sentence::new("The server takes no files", "服务器不接收文件"),
            Self::TooLarge { limit: 0 } => {
                Sentence::new("The file is too large for the server", "文件超过了服务器允许的大小")
            }
            Self::TooLarge { limit } => Sentence::new(
                format!("The server takes files of at most {limit} bytes"),
                format!("服务器只接收不超过 {limit} 字节的文件"),
            ),
            Self::Silent => Sentence::new("The server does not answer", "服务器没有响应"),
            Self::Other(why) => Sentence::new(
                format!("The server did not take the file ({why})"),
                format!("服务器未接收文件（{why}）"),
            ),
        }
    }
}

/// Why a file did not come down.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{}", self.told().en)]
pub enum DownloadError {
    /// Not `https`, or not an address at all.
    Address(String),
    /// Larger than allowed.
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// Failed otherwise.
    Other(String),
}

impl Told for DownloadError {
    fn told(&self) -> Sentence {
        match self {
            Self::Address(url) => Sentence::new(
                format!("Not an address to load a file from: {url}"),
                format!("不是可下载文件的地址：{url}"),
            ),
            Self::TooLarge { limit } => Sentence::new(
                format!("The file is larger than {limit} bytes"),
                format!("文件超过 {limit} 字节"),
            ),
            Self::Other(why) => Sentence::new(
                format!("The file did not come ({why})"),
                format!("文件下载失败（{why}）"),
            ),
        }
    }
}

/// The service that takes files.
#[derive(Clone, Debug)]
pub(in crate::io) struct Place {
    service: Jid,
    /// Bytes; 0 when it does not say.
    limit: u64,
}

impl Link {
    /// Brings a file to the server; its address, which anybody who knows it can load from.
    ///
    /// # Errors
    /// It is not there, and why.
    pub async fn upload(
        &self,
        name: &str,
        media_type: &str,
        bytes: Vec<u8>,
    ) -> Result<String, UploadError> {
        let place = self.place().await?;
        let size = bytes.len() as u64;
        if place.limit > 0 && size > place.limit {
            return Err(UploadError::TooLarge { limit: place.limit });
        }
        let request = upload::request(&clean(name), size, &clean(media_type));
        let slot = match self.ask(place.service, false, request).await? {
            Answer::Yes(slot) => slot.as_ref().and_then(Slot::read),
            // §6: beside `file-too-large`, which the library's error does not show us.
            Answer::No(condition) if condition.name == "not-acceptable" => {
                return Err(UploadError::TooLarge { limit: place.limit });
            }
            Answer::No(condition) => return Err(UploadError::Other(condition.words())),
            Answer::Silent => return Err(UploadError::Silent),
        };
        let slot = slot.ok_or_else(|| UploadError::Other("no place given".to_owned()))?;
        let put = self.http.put(&slot.put, &slot.headers, media_type, bytes).await;
        put.map_err(|error| UploadError::Other(error.to_string()))?;
        Ok(slot.get)
    }

    /// Whether the account's server takes files.
    pub async fn takes_files(&self) -> bool {
        self.place().await.is_ok()
    }

    /// Loads a file of at most `max_bytes` bytes. Addresses come from strangers: only `https` is followed.
    ///
    /// # Errors
    /// It is not here, and why.
    pub async fn download(&self, url: &str, max_bytes: u64) -> Result<Vec<u8>, DownloadError> {
        self.http.get(url, max_bytes).await.map_err(|error| match error {
            HttpError::Address(url) => DownloadError::Address(url),
            HttpError::TooLarge => DownloadError::TooLarge { limit: max_bytes },
            other => DownloadError::Other(other.to_string()),
        })
    }

    /// The first service of the account's server that takes files; looked for once.
    async fn place(&self) -> Result<Place, UploadError> {
        let mut known = self.place.lock().await;
        if let Some(place) = known.as_ref() {
            return Ok(place.clone());
        }
        let items = match self.ask(self.domain.clone(), false, disco::items()).await? {
            Answer::Yes(Some(items)) => disco::addresses(&items),
            Answer::Silent => return Err(UploadError::Silent),
            _ => Vec::new(),
        };
        let services = items.iter().filter_map(|item| item.parse::<Jid>().ok());
        for service in std::iter::once(self.domain.clone()).chain(services) {
            let answer = self.ask(service.clone(), false, disco::info()).await?;
            if let Answer::Yes(Some(info)) = answer
                && disco::can(&info, ns::UPLOAD)
            {
                let limit = disco::field(&info, "max-file-size");
                let limit = limit.and_then(|limit| limit.trim().parse().ok()).unwrap_or(0);
                return Ok(known.insert(Place { service, limit }).clone());
            }
        }
        Err(UploadError::None)
    }
}
