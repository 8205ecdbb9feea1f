//! LIVE: what this node shows everybody at this moment, and what others show here. None of it is
//! an entry, and none of it is kept.

use crate::io::clock::Clock;
use crate::io::live_link::{LiveReceiver, LiveSender};
use crate::io::mesh::Stream;
use crate::room::id::MemberId;
use crate::room::live::{Outbox, Watch};
use crate::room::playout::Levels;
use crate::room::stanza::{self, Laser, PageTurn, Seat, Sign};
use crate::room::time::{Epoch, MediaTime};
use std::collections::BTreeMap;
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

/// Live stanzas of all members on their way to the loop: a second of eight who all draw at once.
/// What does not fit was worth nothing a moment later.
pub(super) const SHOWN: usize = 256;

/// What is shown live, both ways.
#[derive(Debug)]
pub(super) struct Live {
    /// What others show.
    pub(super) watch: Watch,
    /// How loud everybody is.
    pub(super) levels: Levels,
    microphone: bool,
    laser: Option<Laser>,
    seat: Option<Seat>,
    outlets: BTreeMap<MemberId, LiveSender>,
    inlets: BTreeMap<MemberId, AbortOnDropHandle<()>>,
    shown: mpsc::Sender<(MemberId, stanza::Live)>,
}

impl Live {
    /// Shows nothing but whether the microphone is open. What others show comes out of `shown`.
    pub(super) fn new(microphone: bool, shown: mpsc::Sender<(MemberId, stanza::Live)>) -> Self {
        Self {
            watch: Watch::new(),
            levels: Levels::default(),
            microphone,
            laser: None,
            seat: None,
            outlets: BTreeMap::new(),
            inlets: BTreeMap::new(),
            shown,
        }
    }

    /// Whether one's own microphone is open.
    pub(super) fn microphone(&self) -> bool {
        self.microphone
    }

    /// Shows a sign of one's own, made at media time `at`, to everybody.
    pub(super) fn show(&mut self, at: MediaTime, sign: &Sign) {
        match sign {
            Sign::Laser(laser) => self.laser = Some(*laser),
            Sign::NoLaser => self.laser = None,
            Sign::Microphone(open) => self.microphone = *open,
            Sign::Seat(seat) => self.seat = Some(seat.clone()),
            Sign::Drawing(_) | Sign::NoDrawing(_) => {}
        }
        for outlet in self.outlets.values() {
            outlet.put(at, sign.clone());
        }
    }

    /// A stroke of one's own on this page goes into the log.
    pub(super) fn finished(&self, on: PageTurn) {
        self.outlets.values().for_each(|outlet| outlet.finished(on));
    }

    /// A stream to `member` is open: what is shown now comes first on it.
    pub(super) fn opened(
        &mut self,
        member: MemberId,
        stream: Stream,
        epoch: Epoch,
        at: MediaTime,
        clock: Clock,
    ) {
        let mut outbox = Outbox::new(epoch, at, self.microphone);
        // Also that there is none: the stream before this one may have broken too early to say so.
        outbox.put(at, self.laser.map_or(Sign::NoLaser, Sign::Laser));
        if let Some(seat) = &self.seat {
            outbox.put(at, Sign::Seat(seat.clone()));
        }
        let outlet = LiveSender::start(stream, outbox, move || clock.now());
        self.outlets.insert(member, outlet);
    }

    /// Listens to a stream of `member`, and to no earlier one.
    pub(super) fn listen(&mut self, member: MemberId, stream: Stream, clock: Clock) {
        let shown = self.shown.clone();
        let listening = tokio::spawn(async move {
            let mut receiver = LiveReceiver::new(stream);
            while let Some(live) = receiver.next(|| clock.now()).await {
                let _ = shown.try_send((member, live));
            }
        });
        self.inlets.insert(member, AbortOnDropHandle::new(listening));
    }

    /// Whether `member` can be shown something.
    pub(super) fn reaches(&self, member: &MemberId) -> bool {
        self.outlets.get(member).is_some_and(LiveSender::is_open)
    }

    /// `member` is out of reach: both streams are of no use.
    pub(super) fn close(&mut self, member: &MemberId) {
        self.outlets.remove(member);
        self.inlets.remove(member);
    }

    /// Nobody is shown anything any more.
    pub(super) fn close_all(&mut self) {
        self.outlets.clear();
        self.inlets.clear();
    }
}
