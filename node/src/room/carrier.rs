//! What a node and its *carrier* say to each other. A carrier is another way to members than this
//! network, by a program of its own: `moot-bridge`, by a room on an XMPP server.
//!
//! It carries four things. **Entries** are said to everybody there at once, and kept there for who
//! comes later; they are sealed with the meeting key, so that whoever runs the server, or sits in
//! the room, reads nothing of them. **Pipes** are bytes between two members; what two laptops say
//! to each other on a network (the door, syncs, parts of documents) they say through them, under
//! the same encryption (Noise) and with the same proof of who one is. **Sound** is
//! bundled frames ([`super::bundle`]), sealed with the meeting key as well, and dropped rather than late. **Parcels** are parts of documents ([`super::parcel`]), sealed, for a server's files.
//! So a carrier is trusted with nothing: what it forges or alters is refused, what it loses is noticed.

use super::bundle::{BUNDLE_BYTES, FRAMES};
use super::id::{EntryRef, MeetingId, MemberId};
use super::parcel::{ParcelId, SEALED_PARCEL_BYTES};
use super::seal::SEAL_OVERHEAD;
use super::stanza::JoinPolicy;
use super::wire::{self, Malformed};
use crate::limits::NAME_CHARS;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

/// Bytes of one message: the largest parcel, and the rest.
pub const FRAME_BYTES: usize = SEALED_PARCEL_BYTES + 1024;

/// Bytes of a pipe in one message: what fits an XMPP stanza well below the smallest limit that
/// servers have (10 000 bytes, RFC 6120 §13.12), in base64.
pub const PIPE_BYTES: usize = 6 * 1024;

/// Bytes of a sealed bundle.
pub const SOUND_BYTES: usize = BUNDLE_BYTES + SEAL_OVERHEAD;

/// Names a pipe: a random number of who opened it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash, Serialize, Deserialize)]
pub struct PipeId(pub u64);

/// What happens on a pipe.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Pipe {
    /// It begins: to this member from here, or from this member to here. That they are who they
    /// say is proved on the pipe, not by this.
    Open(MemberId),
    /// Up to [`PIPE_BYTES`], in order and none missing.
    Bytes(ByteBuf),
    /// The other side may send so many bytes more.
    Credit(u32),
    /// It ended; both sides forget it.
    Close,
}

/// The meeting that is carried.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Carried {
    /// Who carries it.
    pub member: MemberId,
    /// What they are called.
    pub name: String,
    /// Which meeting.
    pub meeting: MeetingId,
    /// What people call it.
    pub title: String,
    /// How newcomers get in.
    pub join: JoinPolicy,
}

impl Carried {
    fn check(&self) -> Result<(), Malformed> {
        let short = |text: &str| text.chars().nth(NAME_CHARS).is_none();
        if short(&self.name) && short(&self.title) { Ok(()) } else { Err(Malformed) }
    }
}

/// An entry on its way to the room.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Saying {
    /// Which entry.
    pub entry: EntryRef,
    /// It as CBOR, sealed with the meeting key.
    pub sealed: ByteBuf,
    /// It as CBOR, open, for the carrier's own fold; goes nowhere.
    pub open: ByteBuf,
    /// Whether it happened just now: not on opening the log, nor by a sync after a cut.
    pub live: bool,
}

/// How much sound the room takes from this node.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SoundWay {
    /// Of the Opus encoder, in bits a second.
    pub bitrate: u32,
    /// Frames that travel together, 1 to [`FRAMES`].
    pub frames: u8,
    /// Those who are not in the room are carried, too, and not this node's own voice alone.
    pub others: bool,
}

impl SoundWay {
    /// Bit rates that Opus has for a voice (RFC 6716 §2.1.1).
    const BITRATES: std::ops::RangeInclusive<u32> = 6_000..=64_000;

    fn check(&self) -> Result<(), Malformed> {
        let frames = (1..=FRAMES).contains(&usize::from(self.frames));
        if frames && Self::BITRATES.contains(&self.bitrate) { Ok(()) } else { Err(Malformed) }
    }
}

/// What a node tells its carrier.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum ToCarrier {
    /// The node looks for a meeting there.
    Seek(MemberId),
    /// The node is in this meeting.
    Carry(Carried),
    /// This entry is on disk. The node's own are to be said; of others' what is not in the room
    /// yet, if this carrier speaks for those who are not there.
    Kept(Saying),
    /// Of what the carrier brought, this entry was genuine: it is in the room.
    InRoom(EntryRef),
    /// These members are reached without a carrier.
    Beside(Vec<MemberId>),
    /// A bundle of frames, sealed: to be said at once or not at all.
    Sound(ByteBuf),
    /// A part of a document, sealed: to be a file on the server, unless this one is there already.
    Parcel {
        /// Which.
        id: ParcelId,
        /// The bytes.
        sealed: ByteBuf,
    },
    /// What is told of a parcel of this node's, sealed: to be said to all.
    Announce {
        /// Which.
        id: ParcelId,
        /// The bytes.
        sealed: ByteBuf,
    },
    /// This parcel is wanted here.
    Fetch {
        /// Which.
        id: ParcelId,
        /// What was told of it.
        told: ByteBuf,
    },
    /// A pipe.
    Pipe(PipeId, Pipe),
    /// The node leaves.
    Leave,
}

/// What a carrier tells its node.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum FromCarrier {
    /// It is in the room, and what the room keeps has been handed over.
    Open {
        /// Which room, as people write it.
        room: String,
    },
    /// It is out of reach, and tries again.
    Waiting {
        /// Why, in the language of whoever runs it.
        problem: String,
    },
    /// It gave up; nothing more comes.
    Ended {
        /// Why, and what to do, in the language of whoever runs it.
        problem: String,
    },
    /// Somebody there says that they are a member of this meeting. A claim.
    Met(Carried),
    /// They are there no more.
    Parted(MemberId),
    /// Something sealed was said in the room, by whoever this is; to be opened and judged.
    Said {
        /// Which entry it claims to be.
        entry: EntryRef,
        /// The bytes.
        sealed: ByteBuf,
        /// Whether just now.
        live: bool,
    },
    /// Somebody in the room who has no Moot said something.
    Guest {
        /// What they are called there.
        name: String,
        /// What they want.
        wish: Wish,
    },
    /// How much sound is wanted; told anew when either changes.
    Hears {
        /// What the room takes; `None`: nobody there would hear it.
        way: Option<SoundWay>,
        /// Who is there with Moot, as they say.
        there: Vec<MemberId>,
        /// Whether the server takes files; `None` while that is not known.
        files: Option<bool>,
    },
    /// A parcel of this node's lies on the server, or could not be brought there.
    Posted {
        /// Which.
        id: ParcelId,
        /// What all are to be told of it: none if they were, by somebody else.
        told: Option<ByteBuf>,
        /// Whether it is there.
        there: bool,
    },
    /// Somebody announced a parcel.
    Announced {
        /// Which they say it is.
        id: ParcelId,
        /// What they tell of it, sealed.
        sealed: ByteBuf,
    },
    /// A sealed parcel that somebody posted.
    Parcel(ByteBuf),
    /// A sealed bundle of frames was said in the room.
    Sound(ByteBuf),
    /// A pipe.
    Pipe(PipeId, Pipe),
}

/// What somebody without Moot wants.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Wish {
    /// To say a line.
    Say(String),
    /// To raise or lower a hand.
    Hand(bool),
}

macro_rules! message {
    ($name:ident) => {
        impl $name {
            /// As bytes.
            #[must_use]
            pub fn encode(&self) -> Vec<u8> {
                wire::encode(self)
            }

            /// From bytes.
            ///
            /// # Errors
            /// [`Malformed`]: these are none, or a value is out of its range.
            pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
                if bytes.len() > FRAME_BYTES {
                    return Err(Malformed);
                }
                let message: Self = wire::decode(bytes)?;
                message.check().map(|()| message)
            }
        }
    };
}

message!(ToCarrier);
message!(FromCarrier);

impl ToCarrier {
    fn check(&self) -> Result<(), Malformed> {
        match self {
            Self::Carry(carried) => carried.check(),
            Self::Pipe(_, pipe) => pipe.check(),
            Self::Sound(sealed) => sound(sealed),
            _ => Ok(()),
        }
    }
}

/// Whether so many bytes can be a sealed bundle.
fn sound(sealed: &[u8]) -> Result<(), Malformed> {
    if sealed.len() <= SOUND_BYTES { Ok(()) } else { Err(Malformed) }
}

impl FromCarrier {
    fn check(&self) -> Result<(), Malformed> {
        match self {
            Self::Met(carried) => carried.check(),
            Self::Hears { way, .. } => way.as_ref().map_or(Ok(()), SoundWay::check),
            Self::Sound(sealed) => sound(sealed),
            Self::Pipe(_, pipe) => pipe.check(),
            _ => Ok(()),
        }
    }
}

impl Pipe {
    fn check(&self) -> Result<(), Malformed> {
        match self {
            Self::Bytes(bytes) if bytes.len() > PIPE_BYTES => Err(Malformed),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANN: MemberId = MemberId([1; 32]);

    fn carried() -> Carried {
        Carried {
            member: ANN,
            name: "Ann".into(),
            meeting: MeetingId([2; 32]),
            title: "Dike watch".into(),
            join: JoinPolicy::Code,
        }
    }

    #[test]
    fn messages_come_back() {
        let entry = EntryRef { author: ANN, seq: 3 };
        let sealed = ByteBuf::from([1, 2, 3]);
        for message in [
            ToCarrier::Seek(ANN),
            ToCarrier::Carry(carried()),
            ToCarrier::Kept(Saying { entry, sealed, open: ByteBuf::new(), live: true }),
            ToCarrier::Beside(vec![ANN]),
            ToCarrier::Pipe(PipeId(7), Pipe::Bytes(ByteBuf::from(vec![0; PIPE_BYTES]))),
            ToCarrier::Leave,
        ] {
            assert_eq!(ToCarrier::decode(&message.encode()), Ok(message));
        }
        let guest = FromCarrier::Guest { name: "Carol".into(), wish: Wish::Hand(true) };
        assert_eq!(FromCarrier::decode(&guest.encode()), Ok(guest));
    }

    #[test]
    fn what_is_out_of_bounds_is_refused() {
        let long = Pipe::Bytes(ByteBuf::from(vec![0; PIPE_BYTES + 1]));
        let bytes = FromCarrier::Pipe(PipeId(1), long).encode();
        assert_eq!(FromCarrier::decode(&bytes), Err(Malformed));
        let way = SoundWay { bitrate: 8_000, frames: 12, others: true };
        for (way, taken) in [
            (way, true),
            (SoundWay { frames: 0, ..way }, false),
            (SoundWay { frames: 17, ..way }, false),
            (SoundWay { bitrate: 5_999, ..way }, false),
        ] {
            let message = FromCarrier::Hears { way: Some(way), there: vec![ANN], files: None };
            assert_eq!(FromCarrier::decode(&message.encode()).is_ok(), taken, "{way:?}");
        }
        let sound = ToCarrier::Sound(ByteBuf::from(vec![0; SOUND_BYTES + 1]));
        assert_eq!(ToCarrier::decode(&sound.encode()), Err(Malformed));
        let long = Carried { title: "x".repeat(NAME_CHARS + 1), ..carried() };
        assert_eq!(FromCarrier::decode(&FromCarrier::Met(long).encode()), Err(Malformed));
        assert_eq!(FromCarrier::decode(&vec![0; FRAME_BYTES + 1]), Err(Malformed));
    }

    #[test]
    fn any_bytes_are_a_message_or_refused() {
        bolero::check!().for_each(|bytes: &[u8]| {
            let _ = ToCarrier::decode(bytes);
            let _ = FromCarrier::decode(bytes);
        });
    }
}
