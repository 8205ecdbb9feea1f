//! Every reason for a node in a meeting to wake, on one screen.

use super::command::Command;
use super::record::Keeping;
use super::session::Opening;
use super::talk::TalkInbox;
use crate::io::admission::DoorRequest;
use crate::io::audio::{CaptureEvent, PlayoutEvent};
use crate::io::clock::Clock;
use crate::io::discovery::DiscoveryEvent;
use crate::io::mesh::MeshEvent;
use crate::io::sync::SyncRequest;
use crate::node::library::LibraryEvent;
use crate::room::carrier::FromCarrier;
use crate::room::id::MemberId;
use crate::room::stanza::{AudioFrame, Live};
use crate::room::time::LocalTime;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Results of background tasks that wait for the loop. Each task has at most one.
pub(super) const TASKS: usize = 256;

/// Frames of all talkers on their way to the due queue and the recording: a second of ten. They
/// have been handed to playout already, so what does not fit is fetched later.
pub(super) const HEARD: usize = 512;

/// What happens to a node in a meeting.
pub(super) enum Happening {
    /// Somebody wants it to stop.
    Stop,
    /// A command, or the end of them.
    Command(Option<Command>),
    /// Entries are on disk, or can't be.
    Keeping(Keeping),
    /// The network.
    Mesh(MeshEvent),
    /// The network has ended.
    MeshEnded,
    /// The carrier tells; `None`: it has ended.
    Carrier(Option<FromCarrier>),
    /// Other members are announced.
    Discovery(DiscoveryEvent),
    /// A sync asks.
    Sync(SyncRequest),
    /// The door asks.
    Door(DoorRequest),
    /// A background task has ended.
    Task(Done),
    /// Documents.
    Library(LibraryEvent),
    /// Own sound.
    Captured(CaptureEvent),
    /// What is at the sink.
    Played(PlayoutEvent),
    /// A frame came.
    Heard(HeardFrame),
    /// A member shows something live.
    Live(MemberId, Live),
    /// Something falls due.
    Due,
    /// A second has passed.
    Second,
}

/// A frame of somebody's sound.
#[derive(Debug)]
pub(super) struct HeardFrame {
    pub(super) author: MemberId,
    pub(super) frame: AudioFrame,
    pub(super) by: By,
}

/// Which way a frame came.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum By {
    /// On the talker's own stream; playout has it.
    Talker,
    /// On the stream of this bridge; nobody has judged it yet.
    Bridge(MemberId),
    /// In a bundle, by the carrier; playout has it.
    Room,
}

/// Results of background tasks.
#[derive(Debug)]
pub(super) enum Done {
    /// A sync with this member ended; whether it went well.
    Synced(MemberId, bool),
    /// A stream for own sound to this member is open, or could not be.
    Voice(MemberId, Opening, Option<crate::io::audio_link::AudioSender>),
    /// A stream to show this member something is open, or could not be.
    /// With how long it took: a round trip.
    Live(MemberId, Option<crate::io::mesh::Stream>, Duration),
    /// Where a member is.
    Near(MemberId, crate::room::group::Near),
    /// The recording was given up, and why.
    RecordingFailed(String),
    /// The recorder is open, or could not be.
    RecorderOpened(Result<super::scribe::Scribe, String>),
    /// The recording is closed; what went wrong.
    RecorderFinished(Option<String>),
    /// A microphone or loudspeaker that was sought is open.
    Device(super::ends::Opened),
    /// A frame of this member was coded anew for the carrier's way.
    Recoded(MemberId, AudioFrame),
    /// A parcel could not be given to the carrier.
    Unposted(crate::room::parcel::ParcelId),
    /// A knock at a member who did not recognise us.
    Knocked(MemberId, Option<crate::room::admission::Refused>),
}

/// All that a node listens to.
pub(super) struct Inbox {
    pub(super) stop: CancellationToken,
    pub(super) clock: Clock,
    pub(super) commands: mpsc::Receiver<Command>,
    pub(super) keeping: mpsc::Receiver<Keeping>,
    pub(super) mesh: mpsc::Receiver<MeshEvent>,
    pub(super) discovery: mpsc::Receiver<DiscoveryEvent>,
    pub(super) sync: mpsc::Receiver<SyncRequest>,
    pub(super) door: mpsc::Receiver<DoorRequest>,
    pub(super) tasks: mpsc::Receiver<Done>,
    pub(super) library: mpsc::Receiver<LibraryEvent>,
    pub(super) heard: mpsc::Receiver<HeardFrame>,
    pub(super) live: mpsc::Receiver<(MemberId, Live)>,
    pub(super) carrier: Option<mpsc::Receiver<FromCarrier>>,
    pub(super) talk: TalkInbox,
    /// No commands are taken any more.
    pub(super) closing: bool,
}

impl Inbox {
    /// From here neither commands nor the wish to stop come: it is being stopped.
    pub(super) fn take_no_commands(&mut self) {
        self.stop = CancellationToken::new();
        self.commands.close();
        self.closing = true;
    }

    /// The next thing to deal with: what is bound to a moment comes before what can wait. Something
    /// falls due at `wake`, and the next second begins at `second`.
    pub(super) async fn next(&mut self, wake: Option<LocalTime>, second: LocalTime) -> Happening {
        let Self { talk, clock, .. } = self;
        let until = |moment| tokio::time::sleep_until(clock.instant(moment).into());
        let due = async {
            match wake {
                Some(moment) => until(moment).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = self.stop.cancelled() => Happening::Stop,
            Some(event) = talk.played.recv() => Happening::Played(event),
            () = due => Happening::Due,
            Some(event) = talk.captured.recv() => Happening::Captured(event),
            () = until(second) => Happening::Second,
            command = self.commands.recv(), if !self.closing => Happening::Command(command),
            Some(keeping) = self.keeping.recv() => Happening::Keeping(keeping),
            Some(frame) = self.heard.recv() => Happening::Heard(frame),
            Some((member, live)) = self.live.recv() => Happening::Live(member, live),
            event = self.mesh.recv() => event.map_or(Happening::MeshEnded, Happening::Mesh),
            Some(request) = self.sync.recv() => Happening::Sync(request),
            Some(request) = self.door.recv() => Happening::Door(request),
            Some(done) = self.tasks.recv() => Happening::Task(done),
            Some(event) = self.library.recv() => Happening::Library(event),
            Some(told) = next_told(&mut self.carrier) => Happening::Carrier(told),
            Some(event) = self.discovery.recv() => Happening::Discovery(event),
        }
    }
}

/// What the carrier tells next, its end included, once; never without one.
async fn next_told(
    carrier: &mut Option<mpsc::Receiver<FromCarrier>>,
) -> Option<Option<FromCarrier>> {
    let told = carrier.as_mut()?.recv().await;
    if told.is_none() {
        *carrier = None;
    }
    Some(told)
}
