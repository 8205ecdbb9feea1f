//! Why signing in did not work.

use crate::sentence::{Sentence, Told};
use std::path::PathBuf;
use thiserror::Error;

/// Why nobody is signed in. Displays in English; [`Told`] has both languages.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{}", self.told().en)]
pub enum SignInError {
    /// No connection: no such name, nothing listens, no route. Try later, or check address and network.
    Unreachable {
        /// Whom we tried.
        server: String,
        /// What the system said.
        why: String,
    },
    /// Connected, but there was no answer in time.
    Silent {
        /// Whom we tried.
        server: String,
    },
    /// Something answered that does not speak XMPP.
    NotXmpp {
        /// Whom we tried.
        server: String,
    },
    /// The server has no TLS (or somebody between took the offer away).
    NoTls {
        /// Whom we tried.
        server: String,
    },
    /// The certificate's authority is not trusted: a private one has to be given as a file.
    UnknownCa {
        /// Whom we tried.
        server: String,
    },
    /// The certificate is for another name.
    WrongHost {
        /// Which name it should carry: the domain of the account.
        domain: String,
    },
    /// The certificate is not valid at the time that this computer shows.
    Expired {
        /// Whom we tried.
        server: String,
    },
    /// TLS failed otherwise.
    Tls {
        /// Whom we tried.
        server: String,
        /// What rustls said.
        why: String,
    },
    /// The file of certificate authorities is missing, unreadable or empty.
    CaFile {
        /// Which file.
        file: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The server offers no SCRAM; perhaps PLAIN, which is switched off.
    NoScram {
        /// Whether PLAIN was offered.
        plain: bool,
    },
    /// The server does not accept name and password.
    WrongPassword,
    /// The account may not sign in (disabled, expired, not verified).
    Disabled {
        /// The condition by its name in RFC 6120 §6.5.
        why: String,
    },
    /// The server could not prove that it knows the password (RFC 5802): it is another one, or broken.
    NotGenuine,
    /// The server sent more than [`crate::io::gauge::STANZA_BYTES`] without ending a stanza, or nested it too deep.
    TooMuch {
        /// Whom we tried.
        server: String,
    },
    /// The server ended the conversation.
    Ended {
        /// Its words.
        why: String,
    },
    /// The account's address lacks the name before the `@`.
    NoName,
}

impl SignInError {
    /// Whether trying again without anybody's help makes no sense.
    pub fn is_final(&self) -> bool {
        matches!(
            self,
            Self::WrongPassword | Self::Disabled { .. } | Self::NoName | Self::CaFile { .. }
        )
    }
}

impl Told for SignInError {
    fn told(&self) -> Sentence {
        match self {
            Self::Unreachable { server, why } => Sentence::new(
                format!("The server {server} can't be reached ({why})"),
                format!("无法连接到服务器 {server}（{why}）"),
            ),
            Self::Silent { server } => Sentence::new(
                format!("The server {server} does not answer"),
                format!("服务器 {server} 没有响应"),
            ),
            Self::NotXmpp { server } => Sentence::new(
                format!("{server} is not an XMPP server"),
                format!("{server} 不是 XMPP 服务器"),
            ),
            Self::NoTls { server } => Sentence::new(
                format!(
                    "The server {server} offers no encryption (TLS), so nothing was sent to it"
                ),
                format!("服务器 {server} 不提供加密（TLS），因此未发送任何内容"),
            ),
            Self::UnknownCa { server } => Sentence::new(
                format!(
                    "Nobody whom this computer trusts vouches for {server}; a company's own certificate authority has to be given as a file"
                ),
                format!(
                    "本机信任的机构均未为 {server} 作证；公司自有的证书颁发机构需以文件形式提供"
                ),
            ),
            Self::WrongHost { domain } => Sentence::new(
                format!("The server's certificate is not for {domain}"),
                format!("服务器的证书不属于 {domain}"),
            ),
            Self::Expired { server } => Sentence::new(
                format!(
                    "The certificate of {server} is not valid at the date that this computer shows"
                ),
                format!("按本机日期，{server} 的证书不在有效期内"),
            ),
            Self::Tls { server, why } => Sentence::new(
                format!("Encryption with {server} failed ({why})"),
                format!("与 {server} 建立加密失败（{why}）"),
            ),
            Self::CaFile { file, why } => Sentence::new(
                format!("The certificate authorities in {} can't be read ({why})", file.display()),
                format!("无法读取 {} 中的证书颁发机构（{why}）", file.display()),
            ),
            Self::NoScram { plain: true } => Sentence::new(
                "The server wants the password itself (PLAIN), which is switched off for this account",
                "服务器要求直接发送密码（PLAIN），而此账号已关闭该方式",
            ),
            Self::NoScram { plain: false } => Sentence::new(
                "The server offers no way to sign in that Moot knows (SCRAM)",
                "服务器没有提供 Moot 支持的登录方式（SCRAM）",
            ),
            Self::WrongPassword => Sentence::new(
                "The server does not accept this name and password",
                "服务器不接受此用户名和密码",
            ),
            Self::Disabled { why } => Sentence::new(
                format!("This account may not sign in ({why})"),
                format!("此账号不允许登录（{why}）"),
            ),
            Self::NotGenuine => Sentence::new(
                "The server could not prove that it knows the password; it may not be the company's",
                "服务器无法证明它知道密码；它可能不是公司的服务器",
            ),
            Self::TooMuch { server } => Sentence::new(
                format!("The server {server} sent more at once than is allowed"),
                format!("服务器 {server} 一次发送的数据超过了允许的上限"),
            ),
            Self::Ended { why } => Sentence::new(
                format!("The server ended the conversation ({why})"),
                format!("服务器结束了会话（{why}）"),
            ),
            Self::NoName => Sentence::new(
                "The account has to be written as name@company",
                "账号应写成 名称@公司域名 的形式",
            ),
        }
    }
}
