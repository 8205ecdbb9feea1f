//! The task that owns the scheduler.

use super::link::{Arrival, Link, Parcel};
use super::{Command, ExchangeEvent};
use crate::room::fetch::{Event, Fetch, Output};
use crate::room::id::{BlobId, MemberId};
use crate::room::time::LocalTime;
use std::collections::{BTreeMap, VecDeque};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Streams with one member: one opened by each side, and one that has not noticed its end yet.
const LINKS: usize = 3;

pub(super) struct Owner {
    fetch: Fetch,
    /// The first is written to; all are read.
    links: BTreeMap<MemberId, Vec<Link>>,
    events: mpsc::Sender<ExchangeEvent>,
    /// Completions that the node has not taken yet: as many as it wanted, at most.
    untold: VecDeque<ExchangeEvent>,
    started: Instant,
}

impl Owner {
    pub(super) fn new(me: MemberId, seed: u64, events: mpsc::Sender<ExchangeEvent>) -> Self {
        Self {
            fetch: Fetch::new(me, seed),
            links: BTreeMap::new(),
            events,
            untold: VecDeque::new(),
            started: Instant::now(),
        }
    }

    pub(super) async fn run(
        mut self,
        mut commands: mpsc::Receiver<Command>,
        mut arrivals: mpsc::Receiver<Arrival>,
        stop: CancellationToken,
    ) {
        let events = self.events.clone();
        loop {
            let deadline = self.fetch.deadline(self.now());
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                command = commands.recv() => match command {
                    Some(command) => self.command(command),
                    None => return,
                },
                permit = events.reserve(), if !self.untold.is_empty() => {
                    match (permit, self.untold.pop_front()) {
                        (Ok(permit), Some(event)) => permit.send(event),
                        // Nobody listens: the exchange goes on for the others' sake.
                        _ => self.untold.clear(),
                    }
                }
                Some(arrival) = arrivals.recv() => self.arrival(arrival),
                () = sleep_until(self.started, deadline) => self.handle(Event::Tick),
            }
        }
    }

    fn now(&self) -> LocalTime {
        // One later than the start: zero stands for never.
        let nanos = u64::try_from(self.started.elapsed().as_nanos()).unwrap_or(u64::MAX);
        LocalTime::from_nanos(nanos.saturating_add(1))
    }

    fn command(&mut self, command: Command) {
        match command {
            Command::Want(blobs, priority) => self.handle(Event::Want { blobs, priority }),
            Command::Connected(link) => self.connected(link),
            Command::Gone(member) => self.disconnect(member),
            Command::Sound => self.handle(Event::Sound),
        }
    }

    fn connected(&mut self, link: Link) {
        let member = link.member;
        let links = self.links.entry(member).or_default();
        links.retain(|link| !link.is_closed());
        // The newest is used: an older one may belong to a connection that died unnoticed, and what
        // was asked over it may never come.
        links.insert(0, link);
        for old in links.drain(links.len().min(LINKS)..) {
            old.stop.cancel();
        }
        self.handle(Event::PeerConnected(member));
    }

    fn disconnect(&mut self, member: MemberId) {
        for link in self.links.remove(&member).unwrap_or_default() {
            link.stop.cancel();
        }
        self.handle(Event::PeerGone(member));
    }

    fn arrival(&mut self, arrival: Arrival) {
        match arrival {
            Arrival::Message(from, message) => self.handle(Event::Received(from, message)),
            Arrival::Part { from, blob, index } => {
                self.handle(Event::Part { from, blob, index });
            }
            Arrival::Outlined { from, blob, len, ranges } => {
                self.handle(Event::Outlined { from, blob, len, ranges });
                self.tell_progress(blob);
            }
            Arrival::Stored { from, blob, index, len } => {
                self.handle(Event::Stored { from, blob, index, len });
                self.tell_progress(blob);
            }
            Arrival::Wrong(member) => self.misbehaved(member),
            Arrival::Unkept { from, blob, piece, error } => {
                self.handle(Event::Unkept { from, blob, piece });
                self.tell(ExchangeEvent::Storage(error));
            }
            Arrival::Closed(member) => self.closed(member),
        }
    }

    /// A stream ended. What was asked over it does not come, so the member starts afresh if it has
    /// another one.
    fn closed(&mut self, member: MemberId) {
        let Some(links) = self.links.get_mut(&member) else { return };
        let wrote_to = links.first().is_none_or(Link::is_closed);
        links.retain(|link| !link.is_closed());
        let left = !links.is_empty();
        if !left {
            self.links.remove(&member);
            self.untold.push_back(ExchangeEvent::Ended(member));
        }
        if wrote_to {
            self.handle(Event::PeerGone(member));
            if left {
                self.handle(Event::PeerConnected(member));
            }
        }
    }

    fn misbehaved(&mut self, member: MemberId) {
        if self.links.contains_key(&member) {
            self.disconnect(member);
            self.tell(ExchangeEvent::Dropped(member));
        }
    }

    fn handle(&mut self, event: Event) {
        let now = self.now();
        let mut stuck = Vec::new();
        for output in self.fetch.handle(event, now) {
            let (to, parcel) = match output {
                Output::Send(to, message) => (to, Parcel::Message(message)),
                Output::Serve(to, request) => (to, Parcel::Asked(request)),
                Output::Drop(member) => {
                    stuck.push(member);
                    continue;
                }
                Output::Completed(blob) => {
                    let len = self.fetch.progress(&blob).map_or(0, |(have, _)| have);
                    self.untold.push_back(ExchangeEvent::Completed { blob, len });
                    continue;
                }
            };
            let link = self.links.get(&to).and_then(|links| links.first());
            if link.is_some_and(|link| !link.send(parcel) && !link.is_closed()) {
                stuck.push(to);
            }
        }
        for member in stuck {
            self.misbehaved(member);
        }
    }

    fn tell_progress(&mut self, blob: BlobId) {
        if let Some((have, Some(len))) = self.fetch.progress(&blob)
            && have < len
        {
            self.tell(ExchangeEvent::Progress { blob, have, len });
        }
    }

    /// Tells what may be left out.
    fn tell(&mut self, event: ExchangeEvent) {
        // The node is slow or gone: it asks for the present state when it needs it.
        let _ = self.events.try_send(event);
    }
}

async fn sleep_until(started: Instant, deadline: Option<LocalTime>) {
    match deadline {
        Some(at) => tokio::time::sleep_until(started + at.since(LocalTime::START)).await,
        None => std::future::pending().await,
    }
}
