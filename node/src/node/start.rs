//! Start and stop.

use super::carried::{CarrierInbox, with_carrier};
use super::command::Command;
use super::config::{Config, Entrance as Choice, SinkChoice, SourceChoice};
use super::ends::Ends;
use super::entrance::{Entered, Entrance};
use super::event::{Event, News, Notice, Refusal, SoundEnd};
use super::handle::{NodeHandle, StartError};
use super::inbox::{self, HEARD, Inbox, TASKS};
use super::library::Library;
use super::live::{Live, SHOWN};
use super::pages::Pages;
use super::pen::Pen;
use super::record::{Kept, Record};
use super::scribe::Scribe;
use super::seconds::Seconds;
use super::session::{
    self, Carrying, Ending, Keepsake, Neighbours, Recording, RoomGroup, Session, Sound, Wishes,
};
use super::talk::Talk;
use super::tell::Teller;
use super::view::View;
use crate::io::admission::Door;
use crate::io::blobs::Blobs;
use crate::io::carrier::{Carrier, CarrierRole};
use crate::io::clock::{self, Clock};
use crate::io::discovery::DiscoveryEvent;
use crate::io::discovery::mdns::Mdns;
use crate::io::mesh::{MeshConfig, MeshEvent, MeshHandle};
use crate::io::profile::{self, Profile};
use crate::io::recording::Announced;
use crate::io::sync::SyncNode;
use crate::io::voice::Voice;
use crate::room::address::Address;
use crate::room::admission::Doorkeeper;
use crate::room::carrier::ToCarrier;
use crate::room::time::Epoch;
use std::collections::BTreeMap;
use std::path::Path;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Commands that wait for the loop: more than anybody types.
const COMMANDS: usize = 256;

/// Questions of syncs and of the door that wait for the loop; each asker waits for its answer.
const QUESTIONS: usize = 64;

/// How much longer a meeting is looked for, and knocked at, where a carrier has to sign in first and a
/// server may slow it down: half a minute, and more than one to be let in.
const CARRIED_PATIENCE: u32 = 8;

/// A participant of one meeting.
#[derive(Debug)]
pub struct Node;

impl Node {
    /// Opens data folder and network, and goes on in the background. Needs a tokio runtime. All
    /// events tell their moment by `clock`.
    ///
    /// # Errors
    /// [`StartError`], when there is no way to begin. All later trouble is told by events.
    pub async fn start(
        config: Config,
        clock: Clock,
    ) -> Result<(NodeHandle, mpsc::Receiver<Event>), StartError> {
        let carrier = match &config.carrier {
            Some(choice) => Some((Carrier::start(choice)?, choice.role)),
            None => None,
        };
        Self::start_with(config, clock, carrier).await
    }

    /// The same with a carrier that is a part of this program, whatever the configuration says.
    ///
    /// # Errors
    /// As [`Node::start`].
    pub async fn start_carried(
        config: Config,
        clock: Clock,
        carrier: Carrier,
        role: CarrierRole,
    ) -> Result<(NodeHandle, mpsc::Receiver<Event>), StartError> {
        Self::start_with(config, clock, Some((carrier, role))).await
    }

    async fn start_with(
        config: Config,
        clock: Clock,
        carrier: Option<(Carrier, CarrierRole)>,
    ) -> Result<(NodeHandle, mpsc::Receiver<Event>), StartError> {
        let root = config.data.clone();
        let open = move || -> Result<_, StartError> {
            let profile = Profile::open(&root)?;
            let blobs = Blobs::open(&profile.blobs());
            Ok((profile, blobs.map_err(|error| StartError::System(error.to_string()))?))
        };
        let (profile, blobs) = tokio::task::spawn_blocking(open)
            .await
            .map_err(|error| StartError::System(error.to_string()))??;
        let pages = Pages::over(blobs, config.worker.clone());
        // The next start's default; not worth failing for.
        let _ = profile::remember_name(profile.root(), &config.name);
        let listen = config
            .listen
            .iter()
            .map(|text| text.parse::<Address>().map_err(|_| StartError::Listen(text.clone())));
        let mesh = MeshConfig {
            seed: profile.key().to_bytes(),
            listen: listen.collect::<Result<_, _>>()?,
        };
        let (mesh, mesh_events, carrier) = with_carrier(mesh, carrier)?;
        let (teller, events) = Teller::new(clock);
        let (commands, command_inbox) = mpsc::channel(COMMANDS);
        let stop = CancellationToken::new();
        let life = Life {
            config,
            clock,
            profile,
            pages: pages.clone(),
            mesh,
            teller,
            mesh_events,
            carrier,
            commands: command_inbox,
            stop: stop.clone(),
            listening: Vec::new(),
        };
        let task = tokio::spawn(life.run());
        Ok((NodeHandle { commands, pages, stop, task }, events))
    }
}

/// A node from start to end.
struct Life {
    config: Config,
    clock: Clock,
    profile: Profile,
    pages: Pages,
    mesh: MeshHandle,
    teller: Teller,
    mesh_events: mpsc::Receiver<MeshEvent>,
    carrier: Option<CarrierInbox>,
    commands: mpsc::Receiver<Command>,
    stop: CancellationToken,
    listening: Vec<Address>,
}

impl Life {
    async fn run(mut self) {
        let ready =
            News::Ready { peer: self.profile.member(), data: self.profile.root().to_owned() };
        self.teller.tell(ready).await;
        let started = self.config.discovery.then(Mdns::start).transpose();
        let (mdns, mut discovery) = match started {
            Ok(Some((mdns, events))) => (Some(mdns), events),
            Ok(None) => (None, mpsc::channel(1).1),
            Err(error) => {
                self.teller.warn(Notice::Network { problem: error.to_string() }).await;
                (None, mpsc::channel(1).1)
            }
        };
        if let Some(carrier) = &mut self.carrier {
            let seek = ToCarrier::Seek(self.profile.member());
            let _ = carrier.orders.send(seek).await;
            discovery = carrier.discover(discovery, self.teller.clone());
        }
        let (source, sink) = (self.config.source.clone(), self.config.sink.clone());
        let delay = self.config.delay;
        let voice = match self.config.processing {
            Some(choice) => Voice::new(choice, self.clock),
            None => Voice::off(self.clock),
        };
        let ends = tokio::task::spawn_blocking(move || Ends::open(&source, &sink, voice, delay));
        let stop = self.stop.clone();
        let entered = tokio::select! {
            biased;
            () = stop.cancelled() => None,
            entered = self.enter(&mut discovery) => Some(entered),
        };
        let ended = match entered {
            Some(Ok(entered)) => {
                return Box::pin(self.attend(entered, mdns, discovery, ends)).await;
            }
            Some(Err(news)) => news,
            None => News::Left,
        };
        if let Some(mdns) = mdns {
            mdns.shutdown().await;
        }
        self.mesh.shutdown().await;
        self.teller.tell(ended).await;
    }

    async fn enter(
        &mut self,
        discovery: &mut mpsc::Receiver<DiscoveryEvent>,
    ) -> Result<Entered, News> {
        let mut entrance = Entrance {
            profile: &self.profile,
            name: &self.config.name,
            mesh: &self.mesh,
            events: &mut self.mesh_events,
            discovery,
            teller: &self.teller,
            wall: clock::wall(),
            listening: &mut self.listening,
            patience: if self.carrier.is_some() { CARRIED_PATIENCE } else { 1 },
        };
        let (entered, wanted) = match &self.config.entrance {
            Choice::Host { title, join, .. } => {
                (entrance.found(title.clone(), *join).await, Some(title.as_str()))
            }
            Choice::Continue { meeting } => (entrance.go_on(*meeting).await, None),
            Choice::Join { meeting, code } => {
                (entrance.join(meeting.as_deref(), code.as_deref()).await, meeting.as_deref())
            }
        };
        entered.map_err(|error| error.news(wanted))
    }

    async fn attend(
        mut self,
        entered: Entered,
        mdns: Option<Mdns>,
        discovery: mpsc::Receiver<DiscoveryEvent>,
        ends: JoinHandle<Ends>,
    ) {
        let ends = match ends.await {
            Ok(ends) => ends,
            // Only what panics does not end: a bug, that has been printed.
            Err(_) => {
                let (voice, delay) = (Voice::off(self.clock), self.config.delay);
                Ends::open(&SourceChoice::None, &SinkChoice::None, voice, delay)
            }
        };
        let (mesh, teller) = (self.mesh.clone(), self.teller.clone());
        let session = self.session(entered, mdns, discovery, ends).await;
        match session {
            Ok((session, mut inbox)) => {
                let (ending, session) = session.run(&mut inbox).await;
                if ending == Ending::Removed {
                    session.teller.tell(News::Refused(Refusal::Removed)).await;
                }
                session.close(&mut inbox).await;
            }
            Err(problem) => {
                teller.tell(News::Error(Notice::Sound { end: SoundEnd::Sink, problem })).await;
                mesh.shutdown().await;
                teller.tell(News::Left).await;
            }
        }
    }

    /// Puts the parts together and says the first words.
    async fn session(
        &mut self,
        entered: Entered,
        mdns: Option<Mdns>,
        discovery: mpsc::Receiver<DiscoveryEvent>,
        mut ends: Ends,
    ) -> Result<(Session, Inbox), String> {
        let me = self.profile.member();
        let Entered { meeting, founding, folder, log, opened, secrets, voucher, peers, founds } =
            entered;
        for healed in &opened.healed {
            self.teller.warn(Notice::Healed { what: healed.to_string() }).await;
        }
        let (sync_requests, sync) = mpsc::channel(QUESTIONS);
        let sync_node = SyncNode { meeting, log: log.clone(), requests: sync_requests };
        let key = self.profile.key().clone();
        let (record, held, keeping) = Record::open(meeting, key, log, opened);
        let (door_requests, door_inbox) = mpsc::channel(QUESTIONS);
        let keeper = Doorkeeper::new(me, meeting, founding.join, secrets.code(), secrets.link());
        let (tasks, task_inbox) = mpsc::channel(TASKS);
        let (heard, heard_inbox) = mpsc::channel(HEARD);
        let (library, library_inbox) = Library::open(
            me,
            self.pages.clone(),
            self.profile.root().join("converted"),
            self.config.worker.clone(),
        )?;
        let (recorder, gaps) = self.recorder(&folder, &held, &tasks).await;
        let records = recorder.is_some();
        let epoch = Epoch(getrandom::u32().map_err(|error| error.to_string())?);
        let beginning = ends.take_notices();
        let (talk, talk_inbox) = Talk::start(ends, self.config.muted, epoch, self.clock)?;
        let (shown, live_inbox) = mpsc::channel(SHOWN);
        let live = Live::new(talk.speaks() && !self.config.muted, shown);
        let vouched = peers.keys().copied().filter(|member| *member != me).collect();
        let Config { source, sink, delay, muted, .. } = &self.config;
        let wishes = Wishes::new(source.clone(), sink.clone(), *delay, *muted);
        let mut session = Session {
            me,
            name: self.config.name.clone(),
            announce_name: self.config.announce_name,
            meeting,
            title: founding.title.clone(),
            join: founding.join,
            clock: self.clock,
            teller: self.teller.clone(),
            mesh: self.mesh.clone(),
            mdns,
            listening: std::mem::take(&mut self.listening),
            secrets,
            record,
            view: View::new(meeting, me),
            sound: Sound::new(talk, recorder, heard, wishes),
            live,
            room: RoomGroup::new(me, self.config.room.clone(), self.config.headphones),
            library,
            door: Door::new(keeper, door_requests),
            neighbours: Neighbours::new(vouched, voucher),
            keepsake: Keepsake::new(self.profile.root().to_owned(), folder.clone()),
            sync_node,
            tasks,
            timed: BTreeMap::new(),
            timed_count: 0,
            turning: None,
            locked: None,
            pen: Pen::default(),
            recording: Recording::new(folder, records),
            hands: Vec::new(),
            seconds: Seconds::new(me, self.clock.now()),
            carrying: None,
            ending: None,
        };
        let told = match self.carrier.take() {
            Some(CarrierInbox { role, orders, told }) => {
                session.carrying = Some(Carrying::new(role, orders));
                Some(told)
            }
            None => None,
        };
        let mut inbox = Inbox {
            stop: self.stop.clone(),
            clock: self.clock,
            commands: std::mem::replace(&mut self.commands, mpsc::channel(1).1),
            keeping,
            mesh: std::mem::replace(&mut self.mesh_events, mpsc::channel(1).1),
            discovery,
            sync,
            door: door_inbox,
            tasks: task_inbox,
            library: library_inbox,
            heard: heard_inbox,
            live: live_inbox,
            carrier: told,
            talk: talk_inbox,
            closing: false,
        };
        // What was missed before, or cut off by a power cut, is fetched now.
        gaps.into_iter().for_each(|sound| session.library.fetch_sound(sound));
        session.begin(held, peers, founds.then_some(founding), &mut inbox).await;
        session.seek_devices(beginning).await;
        if let Choice::Host { documents, .. } = &self.config.entrance {
            session.open_documents(documents.clone());
        }
        Ok((session, inbox))
    }

    /// The recorder, if one is asked for, and the seconds that it lacks of those in the log.
    async fn recorder(
        &self,
        folder: &Path,
        held: &[Kept],
        tasks: &mpsc::Sender<inbox::Done>,
    ) -> (Option<Scribe>, Vec<Announced>) {
        if !self.config.record {
            return (None, Vec::new());
        }
        let announced: Vec<_> = held.iter().filter_map(Kept::sound).collect();
        let folder = folder.to_owned();
        match session::open_recorder(folder, self.clock, tasks.clone(), announced).await {
            Ok((scribe, gaps)) => (Some(scribe), gaps),
            Err(problem) => {
                self.teller.warn(Notice::Storage { problem }).await;
                (None, Vec::new())
            }
        }
    }
}
