//! Why we did not get into the room.

use crate::sentence::{Sentence, Told};
use crate::xep::stanza_error::Condition;
use thiserror::Error;

/// Why we are not in the room. Displays in English; [`Told`] has both languages.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{}", self.told().en)]
pub enum JoinError {
    /// There is no such room, and creating it was not asked for.
    NoSuchRoom,
    /// No service for rooms at this address.
    NoService,
    /// The address is not that of a room.
    NotARoom,
    /// For members only, and the account is none. Its owner can make it one.
    MembersOnly,
    /// The room has a password, and ours is missing or wrong.
    Password,
    /// The account is banned.
    Banned,
    /// A name has to be registered with the room first.
    RegistrationRequired,
    /// The name and all its variants are taken.
    NickTaken,
    /// The room is full.
    Full,
    /// The account may not create rooms there.
    MayNotCreate,
    /// Somebody else is creating the room at this moment.
    Locked,
    /// The room allows encrypted messages only (OMEMO), which we can't write.
    EncryptionRequired,
    /// The room was created, but does not take the configuration that a meeting needs.
    NotConfigured(String),
    /// No answer in time.
    Silent,
    /// The connection was lost meanwhile.
    Lost,
    /// Refused otherwise.
    Other(String),
}

impl JoinError {
    /// What a refusal to let us in means (XEP-0045 §7.2.4 to §7.2.9).
    pub(crate) fn of(condition: &Condition) -> Self {
        match condition.name.as_str() {
            _ if condition.wants_encryption() => Self::EncryptionRequired,
            "conflict" => Self::NickTaken,
            "not-authorized" => Self::Password,
            "forbidden" => Self::Banned,
            "registration-required" => Self::MembersOnly,
            "not-acceptable" => Self::RegistrationRequired,
            "not-allowed" => Self::MayNotCreate,
            "item-not-found" => Self::Locked,
            "service-unavailable" | "resource-constraint" => Self::Full,
            "remote-server-not-found" | "remote-server-timeout" => Self::NoService,
            _ => Self::Other(condition.words()),
        }
    }

    /// Whether it may pass by itself.
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Silent | Self::Lost | Self::NoService | Self::Full | Self::Locked)
    }
}

impl Told for JoinError {
    fn told(&self) -> Sentence {
        match self {
            Self::NoSuchRoom => Sentence::new("There is no such room", "没有这个聊天室"),
            Self::NoService => Sentence::new(
                "There are no rooms at this address: the part after the @ is not a service for rooms",
                "此地址没有聊天室：@ 之后的部分不是聊天室服务",
            ),
            Self::NotARoom => {
                Sentence::new("This address is not that of a room", "此地址不是聊天室地址")
            }
            Self::MembersOnly => Sentence::new(
                "The room is for members only; its owner has to add this account",
                "该聊天室仅限成员；需由其所有者添加此账号",
            ),
            Self::Password => {
                Sentence::new("The room wants a password", "该聊天室需要密码，或密码不正确")
            }
            Self::Banned => {
                Sentence::new("This account is banned from the room", "此账号已被禁止进入该聊天室")
            }
            Self::RegistrationRequired => Sentence::new(
                "The room wants this account to be registered with it first",
                "此账号需要先在该聊天室注册",
            ),
            Self::NickTaken => {
                Sentence::new("The name is taken in the room", "该名称在聊天室中已被使用")
            }
            Self::Full => Sentence::new("The room is full", "聊天室已满"),
            Self::MayNotCreate => Sentence::new(
                "This account may not create rooms on the server",
                "此账号无权在服务器上创建聊天室",
            ),
            Self::Locked => Sentence::new(
                "The room is just being created by somebody else; try again",
                "该聊天室正由他人创建，请稍后再试",
            ),
            Self::EncryptionRequired => Sentence::new(
                "The room allows only encrypted messages (OMEMO), which Moot can't write; it says nothing there in clear",
                "该聊天室只允许加密消息（OMEMO），Moot 无法书写，因此不会在其中发送明文",
            ),
            Self::NotConfigured(why) => Sentence::new(
                format!("The room was created but can't be set up for a meeting ({why})"),
                format!("聊天室已创建，但无法按会议所需进行设置（{why}）"),
            ),
            Self::Silent => Sentence::new("The room does not answer", "聊天室没有响应"),
            Self::Lost => Sentence::new(
                "The connection was lost while joining the room",
                "加入聊天室时连接中断",
            ),
            Self::Other(words) => Sentence::new(
                format!("The room refused us ({words})"),
                format!("聊天室拒绝了我们（{words}）"),
            ),
        }
    }
}
