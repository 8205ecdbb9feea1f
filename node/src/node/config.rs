//! How a node is started.

use crate::io::carrier::CarrierChoice;
use crate::io::document::Original;
use crate::io::voice::VoiceChoice;
use crate::room::id::MeetingId;
use crate::room::playout::DelayChoice;
use crate::room::stanza::{JoinPolicy, RoomName};
use std::path::PathBuf;

/// Everything a node needs to know before it starts.
#[derive(Clone, Debug)]
pub struct Config {
    /// Folder of identity, meetings and blobs.
    pub data: PathBuf,
    /// What its person is called.
    pub name: String,
    /// Whether it looks for others on this network, and is found there (multicast DNS). Without it
    /// links still work: for a demonstration that is nobody else's business.
    pub discovery: bool,
    /// Whether the name is told to everybody on the network who looks for meetings. Else only those
    /// who got in see it.
    pub announce_name: bool,
    /// Found a meeting or join one.
    pub entrance: Entrance,
    /// Multiaddresses to listen on; empty: all interfaces, QUIC and TCP, ports chosen by the system.
    pub listen: Vec<String>,
    /// Where its sound comes from.
    pub source: SourceChoice,
    /// Where the meeting's sound goes.
    pub sink: SinkChoice,
    /// What is done to a microphone's sound; `None`: nothing, it goes out as it comes in. Of files and tones
    /// nothing ever is.
    pub processing: Option<VoiceChoice>,
    /// How soon others are to be heard, and what is asked of the devices for it.
    pub delay: DelayChoice,
    /// Begin with a closed microphone.
    pub muted: bool,
    /// The room one sits in, with others who hear each other.
    pub room: Option<RoomName>,
    /// One wears headphones.
    pub headphones: bool,
    /// Keep everybody's sound.
    pub record: bool,
    /// Another way to members than this network.
    pub carrier: Option<CarrierChoice>,
    /// Program to start for conversion, called with `convert-worker` as its argument.
    pub worker: PathBuf,
}

/// How a node gets into its meeting.
#[derive(Clone, Debug)]
pub enum Entrance {
    /// Found a new meeting, showing these documents.
    Host {
        /// What people will call it.
        title: String,
        /// How newcomers get in.
        join: JoinPolicy,
        /// Files, or pictures that become one document, to show; the first one at once.
        documents: Vec<Original>,
    },
    /// Join one: by title, id or `moot://` link; any found meeting when `None`.
    Join {
        /// Title, id or link.
        meeting: Option<String>,
        /// The short code.
        code: Option<String>,
    },
    /// Go on with a meeting that is kept in the data folder, at once and whether anybody is within
    /// reach or not: needs no code, and others find it here.
    Continue {
        /// Which meeting.
        meeting: MeetingId,
    },
}

/// Where a node's own sound comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceChoice {
    /// Nothing: no sound is sent.
    None,
    /// A 440 Hz tone.
    Tone,
    /// A WAV file, played once from its first sample.
    Wav(PathBuf),
    /// The microphone with this name; the system's choice without one.
    Microphone(Option<String>),
}

/// Where the meeting's sound goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SinkChoice {
    /// Nowhere; playout still runs, so that actions meet their sound.
    None,
    /// A WAV file or FIFO.
    Wav(PathBuf),
    /// The loudspeaker with this name; the system's choice without one.
    Loudspeaker(Option<String>),
}
