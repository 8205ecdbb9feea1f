//! What passes between the bridge and the room: plain values, without a socket.
//!
//! Everything here came from a server and from strangers: texts have no upper length of their own but that of a
//! stanza ([`crate::io::gauge::STANZA_BYTES`]), and elements are to be read leniently.

use crate::sentence::{Sentence, Told};
use xmpp_parsers::jid::Jid;
use xmpp_parsers::minidom::Element;

/// The id that a room's archive gave a message (XEP-0313, XEP-0359 `stanza-id`): opaque, in the order of the archive
/// only by asking the archive.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ArchiveId(pub String);

/// Something that happened on the link, in the order in which it happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Arrival {
    /// The connection stands. Resumed (XEP-0198): nothing was lost and everybody is where they were. Otherwise
    /// [`Arrival::Joined`] follows, and what was said in between is in the archive.
    Up {
        /// Whether the server kept everything for us.
        resumed: bool,
    },
    /// The connection is gone; it is tried again, ever more slowly.
    Down {
        /// Why.
        why: Sentence,
    },
    /// We are in the room.
    Joined {
        /// Under which name: perhaps not the one that was asked for.
        nick: String,
        /// Who else is, ourselves left out. At most [`crate::io::room::OCCUPANTS`].
        occupants: Vec<Occupant>,
    },
    /// Somebody came, left, or says something else of themselves.
    Occupant(Occupant),
    /// Somebody has another name now; an [`Arrival::Occupant`] under the new one follows.
    Renamed {
        /// The former name.
        from: String,
        /// The name from now on.
        to: String,
    },
    /// A message to all, live: also our own, when the room reflects it.
    Message(RoomMessage),
    /// A message from one occupant to us alone.
    Whisper {
        /// From whom.
        nick: String,
        /// Its elements, without the body.
        payloads: Vec<Element>,
        /// Its text.
        body: Option<String>,
    },
    /// A message of ours was refused.
    Refused {
        /// The id of our message.
        id: String,
        /// Why.
        why: Refusal,
    },
    /// It is over; nothing follows.
    Out(WhyOut),
}

/// Somebody in the room.
#[derive(Clone, Debug, PartialEq)]
pub struct Occupant {
    /// The name in the room.
    pub nick: String,
    /// Elements of the presence, those of the room itself left out.
    pub payloads: Vec<Element>,
    /// Whether they are in the room now.
    pub available: bool,
    /// The account, when the room shows it to us.
    pub real_jid: Option<Jid>,
    /// XEP-0421: the same person under any name, and not to be taken by another.
    pub occupant_id: Option<String>,
}

/// A message to all, live or from the archive.
#[derive(Clone, Debug, PartialEq)]
pub struct RoomMessage {
    /// Who said it; absent when the room itself did.
    pub from_nick: Option<String>,
    /// Whether it is ours, reflected (live) or found again (archive, by occupant id or origin id).
    pub mine: bool,
    /// `id` of the stanza, chosen by whoever wrote it.
    pub id: Option<String>,
    /// XEP-0359 `origin-id`, chosen by whoever wrote it.
    pub origin_id: Option<String>,
    /// XEP-0359 `stanza-id` of this room: where it stands in the archive. Absent when not archived.
    pub archive_id: Option<ArchiveId>,
    /// XEP-0421: who, as the room vouches for it.
    pub occupant_id: Option<String>,
    /// When it was said by the server's calendar (XEP-0203, as written there), of what is not live.
    pub said_at: Option<String>,
    /// Whether it is told again: from the archive or the room's history.
    pub delayed: bool,
    /// Its text, in whichever language comes first.
    pub body: Option<String>,
    /// Its subject, which a room's topic is.
    pub subject: Option<String>,
    /// Its elements.
    pub payloads: Vec<Element>,
}

/// A message to all, to be said.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupMessage {
    /// Id of the stanza and `origin-id`: by it we know it again. Unique among ours.
    pub id: String,
    /// Text for people.
    pub body: Option<String>,
    /// Elements.
    pub payloads: Vec<Element>,
    /// Whether the archive shall keep it (XEP-0334): who comes late finds it there, also without a body.
    pub store: bool,
}

/// Why a message of ours did not come to the room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The room or the server wants messages encrypted (OMEMO), which this program can't do.
    EncryptionRequired,
    /// We are a visitor in a moderated room: a moderator has to give voice.
    NoVoice,
    /// The server asks to slow down.
    TooFast,
    /// We are no longer in the room. Handled inside the link: it goes in again and says the message again.
    NotInRoom,
    /// It is larger than [`crate::io::stanzas::SAY_BYTES`], or holds what XML can't carry: it was not sent.
    TooLarge,
    /// Another reason, in the server's words.
    Other(String),
}

/// Why it is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WhyOut {
    /// A moderator put us out (status 307), perhaps with a reason.
    Kicked(Option<String>),
    /// We may not come back (status 301), perhaps with a reason.
    Banned(Option<String>),
    /// The room is for members only now, and we are none (status 321, 322).
    MembersOnly,
    /// The room exists no more, perhaps with a reason.
    Destroyed(Option<String>),
    /// We could not come back in after the connection was lost.
    NotBackIn(Sentence),
    /// The server does not let us sign in again; nothing is tried any more.
    Stopped(Sentence),
    /// Closed from our side.
    Closed,
}

impl Told for Refusal {
    fn told(&self) -> Sentence {
        match self {
            Self::EncryptionRequired => Sentence::new(
                "The room wants encrypted messages (OMEMO), which Moot can't write; it says nothing there in clear",
                "该聊天室要求加密消息（OMEMO），Moot 无法书写，因此不会在其中发送明文",
            ),
            Self::NoVoice => Sentence::new(
                "The room is moderated: a moderator has to let us speak",
                "该聊天室受管理：需要管理员允许发言",
            ),
            Self::TooFast => {
                Sentence::new("The server asks to slow down", "服务器要求放慢发送速度")
            }
            Self::NotInRoom => {
                Sentence::new("We are no longer in the room", "我们已不在该聊天室中")
            }
            Self::TooLarge => Sentence::new(
                "A message is too large for the room and was not sent",
                "消息过大，未发送到聊天室",
            ),
            Self::Other(words) => Sentence::new(
                format!("The server refused a message: {words}"),
                format!("服务器拒绝了一条消息：{words}"),
            ),
        }
    }
}

impl Told for WhyOut {
    fn told(&self) -> Sentence {
        let with = |en: &str, zh: &str, reason: &Option<String>| match reason {
            Some(reason) => Sentence::new(format!("{en}: {reason}"), format!("{zh}：{reason}")),
            None => Sentence::new(en, zh),
        };
        match self {
            Self::Kicked(reason) => {
                with("A moderator removed us from the room", "管理员将我们移出了聊天室", reason)
            }
            Self::Banned(reason) => {
                with("We are banned from the room", "我们已被禁止进入该聊天室", reason)
            }
            Self::MembersOnly => Sentence::new(
                "The room is for members only now, and this account is none",
                "该聊天室现仅限成员，而此账号不是成员",
            ),
            Self::Destroyed(reason) => with("The room was destroyed", "聊天室已被销毁", reason),
            Self::NotBackIn(why) | Self::Stopped(why) => why.clone(),
            Self::Closed => Sentence::new("The link was closed", "连接已关闭"),
        }
    }
}
