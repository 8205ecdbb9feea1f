//! The loop of a carrier: a node on one side, the room on the other, [`Bridge`] in between.
//!
//! **What is said goes out by a task of its own**, entries before whispers: while a server slows an account
//! down, arrivals are still read, and a page turn does not queue behind a part of a document. Sound has a connection of its own.

use crate::arrival::{ArchiveId, Arrival, GroupMessage, RoomMessage};
use crate::bridge::{Bridge, Do, Settings};
use crate::io::account::Account;
use crate::io::link::{ArchiveError, Link, OpenError};
use crate::io::room::RoomSettings;
use crate::io::sound_line::{Echo, SoundLine};
use crate::parcels::{self, Outcome};
use crate::sentence::Told;
use moot_node::io::clock::Clock;
use moot_node::room::carrier::{FromCarrier, ToCarrier};
use moot_node::room::time::LocalTime;
use std::collections::VecDeque;
use std::time::Duration;
use tokio::sync::mpsc;
use xmpp_parsers::minidom::Element;

/// Messages handed to the link before further orders of the node wait.
const SAYING: usize = 64;

/// Messages of the archive asked for at once: what servers give at most.
const PAGE: usize = 100;

/// Pages that wait to be looked at.
const PAGES: usize = 4;

/// How often a page is asked for again before the archive is given up for this time.
const TRIES: u32 = 3;

/// How long everything of one's own may take to come back from the room before leaving.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// A piece of the archive.
enum Archived {
    Page(Vec<RoomMessage>, bool),
    Failed(ArchiveError),
}

/// Carries for a node until it leaves or the room is out of reach for good.
///
/// # Errors
/// [`OpenError`] when there is no way into the room at all; the node has been told.
pub async fn carry(
    account: Account,
    room: RoomSettings,
    settings: Settings,
    mut orders: mpsc::Receiver<ToCarrier>,
    tell: mpsc::Sender<FromCarrier>,
) -> Result<(), OpenError> {
    // The node's first word is who it is.
    let Some(ToCarrier::Seek(me)) = orders.recv().await else { return Ok(()) };
    let clock = Clock::start();
    let language = settings.language;
    let bridge = Bridge::new(settings, me, prefix());
    let room = RoomSettings { presence_payload: bridge.presence(), ..room };
    let opened = Link::open(account.clone(), room.clone()).await;
    let (link, arrivals) = match opened {
        Ok(opened) => opened,
        Err(error) => {
            let problem = language.of(error.told());
            let _ = tell.send(FromCarrier::Ended { problem }).await;
            return Err(error);
        }
    };
    let (pages, archived) = mpsc::channel(PAGES);
    let (files, outcomes) = mpsc::channel(parcels::OUTCOMES);
    tokio::spawn(parcels::look(link.clone(), files.clone()));
    let (entries, say) = mpsc::channel(SAYING);
    let (whispers, whisper) = mpsc::channel(SAYING);
    tokio::spawn(speak(link.clone(), say, whisper));
    let carrying = Carrying {
        bridge,
        clock,
        link,
        tell,
        entries,
        whispers,
        pages,
        files,
        own: (account, room),
        sound: None,
        rest: VecDeque::new(),
        over: false,
    };
    carrying.run(orders, arrivals, archived, outcomes).await;
    Ok(())
}

/// A prefix of ids that nobody else has.
fn prefix() -> String {
    let mut bytes = [0; 8];
    // Without chance two of our own runs could share ids, which only ends in messages told twice.
    let _ = getrandom::fill(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

struct Carrying {
    bridge: Bridge,
    clock: Clock,
    link: Link,
    tell: mpsc::Sender<FromCarrier>,
    entries: mpsc::Sender<GroupMessage>,
    whispers: mpsc::Sender<(String, Element)>,
    pages: mpsc::Sender<Archived>,
    files: mpsc::Sender<Outcome>,
    /// What another connection of one's own is opened with.
    own: (Account, RoomSettings),
    /// Sound, once somebody hears it.
    sound: Option<SoundLine>,
    /// What is to be done and has no place yet.
    rest: VecDeque<Do>,
    /// The link is over.
    over: bool,
}

impl Carrying {
    async fn run(
        mut self,
        mut orders: mpsc::Receiver<ToCarrier>,
        mut arrivals: mpsc::Receiver<Arrival>,
        mut archived: mpsc::Receiver<Archived>,
        mut outcomes: mpsc::Receiver<Outcome>,
    ) {
        let mut leaves: Option<LocalTime> = None;
        loop {
            self.work_off().await;
            let now = self.clock.now();
            if self.over || leaves.is_some_and(|until| now >= until || self.bridge.is_done()) {
                break;
            }
            let due = self.bridge.next_due().into_iter().chain(leaves).min();
            let due = async {
                match due {
                    Some(at) => tokio::time::sleep_until(self.clock.instant(at).into()).await,
                    None => std::future::pending().await,
                }
            };
            let todo = tokio::select! {
                biased;
                arrival = arrivals.recv() => match arrival {
                    Some(arrival) => {
                        if let Arrival::Joined { nick, .. } = &arrival {
                            self.own.1.nick.clone_from(nick);
                        }
                        self.over = matches!(arrival, Arrival::Out(_));
                        self.bridge.arrival(arrival, self.clock.now())
                    }
                    None => break,
                },
                () = due => self.bridge.due(self.clock.now()),
                Echo { took, alone } = echo(&mut self.sound) => {
                    self.bridge.measured(took, alone, self.clock.now())
                }
                Some(page) = archived.recv() => match page {
                    Archived::Page(page, done) => self.bridge.archived(page, done, self.clock.now()),
                    Archived::Failed(error) => {
                        tracing::warn!(%error, "the room's archive can't be read");
                        self.bridge.unarchived(self.clock.now())
                    }
                },
                Some(outcome) = outcomes.recv() => match outcome {
                    Outcome::Takes(takes) => self.bridge.files(takes, self.clock.now()),
                    Outcome::Uploaded(id, file) => self.bridge.uploaded(id, file),
                    Outcome::Loaded(id, file, tries, bytes) => {
                        self.bridge.loaded(id, file, tries, bytes)
                    }
                },
                // More is not taken from the node than the room takes.
                order = orders.recv(), if self.rest.is_empty() && leaves.is_none() => match order {
                    None | Some(ToCarrier::Leave) => {
                        leaves = Some(self.clock.now() + LAST_WORDS);
                        Vec::new()
                    }
                    Some(order) => self.bridge.order(order, self.clock.now()),
                },
                // Something of what is left may have a place now.
                () = place(self.rest.front(), &self.entries, &self.whispers), if !self.rest.is_empty() => Vec::new(),
            };
            self.rest.extend(todo);
        }
        let Self { link, entries, whispers, sound, .. } = self;
        drop((entries, whispers, sound));
        link.close().await;
        // The library's tasks say good-bye to the server; a program that ended before would cut them off.
        let bye = async { while arrivals.recv().await.is_some() {} };
        let _ = tokio::time::timeout(LAST_WORDS, bye).await;
    }

    /// Opens the connection for sound, if there is none: somebody would hear it.
    fn open_sound(&mut self) {
        if self.sound.is_none() {
            let (account, room) = self.own.clone();
            let presence_payload = self.bridge.presence();
            let room = RoomSettings { create: None, other_names: false, presence_payload, ..room };
            self.sound = Some(SoundLine::open(self.link.clone(), account, room));
        }
    }

    /// Does what can be done without waiting for the server.
    async fn work_off(&mut self) {
        while let Some(next) = self.rest.pop_front() {
            match next {
                Do::Tell(message) => {
                    if matches!(message, FromCarrier::Hears { way: Some(_), .. }) {
                        self.open_sound();
                    }
                    // A node that has gone takes its carrier along by the end of its orders.
                    let _ = self.tell.send(message).await;
                }
                Do::Say(message) => {
                    if let Err(mpsc::error::TrySendError::Full(message)) =
                        self.entries.try_send(message)
                    {
                        self.rest.push_front(Do::Say(message));
                        return;
                    }
                }
                Do::Sound(message) => {
                    if let Some(sound) = &self.sound {
                        sound.say(message);
                    }
                }
                Do::Upload(id, bytes) => {
                    let (link, files) = (self.link.clone(), self.files.clone());
                    tokio::spawn(parcels::upload(link, id, bytes, files));
                }
                Do::Download(id, file, tries) => {
                    let (link, files) = (self.link.clone(), self.files.clone());
                    tokio::spawn(parcels::download(link, id, file, tries, files));
                }
                Do::Whisper(nick, element) => {
                    if let Err(mpsc::error::TrySendError::Full((nick, element))) =
                        self.whispers.try_send((nick, element))
                    {
                        self.rest.push_front(Do::Whisper(nick, element));
                        return;
                    }
                }
                Do::Present(element) => {
                    let _ = self.link.present(element).await;
                }
                Do::CatchUp(after) => {
                    tokio::spawn(read_archive(self.link.clone(), after, self.pages.clone()));
                }
            }
        }
    }
}

/// Waits until what comes first of the rest can be said.
async fn place(
    first: Option<&Do>,
    entries: &mpsc::Sender<GroupMessage>,
    whispers: &mpsc::Sender<(String, Element)>,
) {
    let _ = match first {
        Some(Do::Say(_)) => entries.reserve().await.map(drop),
        Some(Do::Whisper(..)) => whispers.reserve().await.map(drop),
        _ => return,
    };
}

/// The next measurement of the connection for sound, if there is one.
async fn echo(sound: &mut Option<SoundLine>) -> Echo {
    match sound {
        Some(sound) => sound.echo().await,
        None => std::future::pending().await,
    }
}

/// Says what there is to say, what is for all first.
async fn speak(
    link: Link,
    mut entries: mpsc::Receiver<GroupMessage>,
    mut whispers: mpsc::Receiver<(String, Element)>,
) {
    loop {
        let said = tokio::select! {
            biased;
            Some(message) = entries.recv() => link.say(message).await.map(drop),
            Some((nick, element)) = whispers.recv() => {
                link.whisper(&nick, vec![element]).await.map(drop)
            }
            else => break,
        };
        if said.is_err() {
            break;
        }
    }
}

/// Reads the archive to its end.
async fn read_archive(link: Link, mut after: Option<ArchiveId>, pages: mpsc::Sender<Archived>) {
    let mut tries = 0;
    loop {
        match link.archive(after.clone(), PAGE).await {
            Ok(page) => {
                tries = 0;
                let done = page.last.is_none() || page.complete;
                after = page.last.or(after);
                if pages.send(Archived::Page(page.messages, done)).await.is_err() || done {
                    break;
                }
            }
            Err(error) => {
                tries += 1;
                if tries >= TRIES || error == ArchiveError::Closed {
                    let _ = pages.send(Archived::Failed(error)).await;
                    break;
                }
            }
        }
    }
}
