//! The lobby: which meetings are on this network, without joining any.
//!
//! ```no_run
//! # use moot_node::node::lobby::{Lobby, LobbyEvent};
//! # async fn look() {
//! let (lobby, mut events) = Lobby::open();
//! while let Some(event) = events.recv().await {
//!     match event {
//!         LobbyEvent::Found(meeting) => println!("{} ({})", meeting.title, meeting.members),
//!         LobbyEvent::Changed(_) | LobbyEvent::Gone { .. } => {}
//!         LobbyEvent::NothingYet(why) => println!("{}", moot_node::words::diagnosis(&why)),
//!     }
//! }
//! # lobby.close().await;
//! # }
//! ```
//!
//! It announces nothing, opens no data folder and no port of its own. What it tells are claims by
//! anybody on the network: they help to choose, and decide nothing.

mod meetings;

use crate::io::clock::Clock;
use crate::io::discovery::mdns::Mdns;
use crate::io::discovery::probe::{self, Reach};
use crate::io::discovery::{DiscoveryError, DiscoveryEvent};
use crate::room::address::Address;
use crate::room::id::{MeetingId, MemberId};
use crate::room::stanza::JoinPolicy;
use crate::room::time::LocalTime;
use meetings::Meetings;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Events that wait for the window. When it is slower, the lobby waits; discovery then drops what
/// is announced again anyway.
const EVENTS: usize = 64;

/// How long nothing may be found before the lobby says why that may be, and how often it looks
/// again as long as it is so: a living meeting answers within 1 s (research: network §2).
const PATIENCE: Duration = Duration::from_secs(5);

/// Looks for meetings.
#[derive(Debug)]
pub struct Lobby;

/// Steers a lobby. Dropping it closes the lobby.
#[derive(Debug)]
pub struct LobbyHandle {
    again: mpsc::Sender<()>,
    stop: CancellationToken,
    task: Option<JoinHandle<()>>,
}

/// What a lobby tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LobbyEvent {
    /// There is a meeting.
    Found(Nearby),
    /// Its title, or who is there, changed.
    Changed(Nearby),
    /// Nobody announces it any more. It may go on out of reach.
    Gone {
        /// Which meeting.
        id: MeetingId,
    },
    /// There has been no meeting for 5 s (or there is no way to look), and why that may be; again
    /// when the reason changes.
    NothingYet(Diagnosis),
}

/// A meeting on this network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nearby {
    /// Which meeting; [`Entrance::Join`](super::Entrance::Join) takes it as text.
    pub id: MeetingId,
    /// What people call it, as whoever was heard first says.
    pub title: String,
    /// How newcomers get in.
    pub join: JoinPolicy,
    /// Names of those who are there and tell the network their names.
    pub people: Vec<String>,
    /// How many are there.
    pub members: usize,
    /// Who is there, and where.
    pub addresses: BTreeMap<MemberId, Vec<Address>>,
}

/// Why no meeting may be found. Worded by [`crate::words::diagnosis`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Diagnosis {
    /// No network interface is up: no cable, no Wi-Fi.
    NoNetwork,
    /// The network in use can't multicast: a tunnel, a mobile network.
    NoMulticast,
    /// A firewall on this machine drops multicast.
    Blocked,
    /// The system does not let this program use multicast DNS, and what it says.
    Unavailable(String),
    /// All is well here: nobody has started a meeting, they are on another network, or the network
    /// keeps its guests apart.
    NobodyHere,
}

impl From<Reach> for Diagnosis {
    fn from(reach: Reach) -> Self {
        match reach {
            Reach::NoNetwork => Self::NoNetwork,
            Reach::NoMulticast => Self::NoMulticast,
            Reach::Blocked => Self::Blocked,
            Reach::Fine => Self::NobodyHere,
        }
    }
}

impl Lobby {
    /// Starts to look, in the background. Needs a tokio runtime. What does not work is told as a
    /// [`Diagnosis`].
    #[must_use]
    pub fn open() -> (LobbyHandle, mpsc::Receiver<LobbyEvent>) {
        Self::over(start_mdns(), || probe::look().into())
    }

    /// Over a discovery that is under way; `look` says what this machine's network looks like, and
    /// may block.
    fn over(
        discovery: Result<(Option<Mdns>, mpsc::Receiver<DiscoveryEvent>), DiscoveryError>,
        look: impl Fn() -> Diagnosis + Clone + Send + 'static,
    ) -> (LobbyHandle, mpsc::Receiver<LobbyEvent>) {
        let (outlet, events) = mpsc::channel(EVENTS);
        let (again, searches) = mpsc::channel(1);
        let stop = CancellationToken::new();
        let task = tokio::spawn(run(discovery, look, searches, outlet, stop.clone()));
        (LobbyHandle { again, stop, task: Some(task) }, events)
    }
}

impl LobbyHandle {
    /// Asks the network again: somebody pressed *search again*. After
    /// [`Diagnosis::Unavailable`] another lobby has to be opened instead.
    pub fn search_again(&self) {
        // One that waits already is enough.
        let _ = self.again.try_send(());
    }

    /// Closes it, and waits until that is done.
    pub async fn close(mut self) {
        self.stop.cancel();
        if let Some(task) = self.task.take() {
            let _ = task.await;
        }
    }
}

impl Drop for LobbyHandle {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

type Started = Result<(Option<Mdns>, mpsc::Receiver<DiscoveryEvent>), DiscoveryError>;

fn start_mdns() -> Started {
    Mdns::start().map(|(mdns, events)| (Some(mdns), events))
}

/// The lobby's task.
async fn run(
    started: Started,
    look: impl Fn() -> Diagnosis + Clone + Send + 'static,
    mut searches: mpsc::Receiver<()>,
    outlet: mpsc::Sender<LobbyEvent>,
    stop: CancellationToken,
) {
    let (mdns, mut discovery, trouble) = match started {
        Ok((mdns, events)) => (mdns, events, None),
        Err(error) => (None, mpsc::channel(1).1, Some(Diagnosis::Unavailable(error.to_string()))),
    };
    let clock = Clock::start();
    let mut meetings = Meetings::default();
    let mut silence = Silence::since(clock.now());
    if let Some(trouble) = trouble.clone().filter(|trouble| silence.is_news(trouble)) {
        let _ = outlet.send(LobbyEvent::NothingYet(trouble)).await;
    }
    loop {
        let wake = meetings.next_wake().into_iter().chain(silence.next_look(&meetings)).min();
        let due = async {
            match wake {
                Some(at) => tokio::time::sleep_until(clock.instant(at).into()).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            () = outlet.closed() => break,
            Some(()) = searches.recv() => {
                if let Some(mdns) = &mdns && let Err(error) = mdns.search_again() {
                    tracing::warn!(%error, "searching again did not work");
                }
                silence = Silence::since(clock.now());
            }
            Some(event) = discovery.recv() => meetings.hear(event, clock.now()),
            () = due => {}
        }
        for event in meetings.poll(clock.now()) {
            if outlet.send(event).await.is_err() {
                break;
            }
        }
        if silence.is_to_look(&meetings, clock.now()) {
            let why = match &trouble {
                Some(trouble) => trouble.clone(),
                None => match tokio::task::spawn_blocking(look.clone()).await {
                    Ok(why) => why,
                    Err(_) => continue,
                },
            };
            if silence.is_news(&why) {
                let _ = outlet.send(LobbyEvent::NothingYet(why)).await;
            }
        }
    }
    if let Some(mdns) = mdns {
        mdns.shutdown().await;
    }
}

/// How long there has been no meeting, and what was said about it.
#[derive(Debug)]
struct Silence {
    look_at: LocalTime,
    told: Option<Diagnosis>,
}

impl Silence {
    fn since(now: LocalTime) -> Self {
        Self { look_at: now + PATIENCE, told: None }
    }

    fn next_look(&self, meetings: &Meetings) -> Option<LocalTime> {
        meetings.is_empty().then_some(self.look_at)
    }

    /// Whether to find out why there is nothing. A meeting begins the wait anew.
    fn is_to_look(&mut self, meetings: &Meetings, now: LocalTime) -> bool {
        if !meetings.is_empty() {
            *self = Self::since(now);
            return false;
        }
        let due = self.look_at <= now;
        if due {
            self.look_at = now + PATIENCE;
        }
        due
    }

    fn is_news(&mut self, why: &Diagnosis) -> bool {
        let news = self.told.as_ref() != Some(why);
        self.told = Some(why.clone());
        news
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::discovery::scripted::Lan;
    use crate::io::discovery::{Announcement, Ports};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    fn announcement(name: &str) -> Announcement {
        Announcement {
            member: MemberId([1; 32]),
            meeting: MeetingId([2; 32]),
            title: "Plans".into(),
            name: Some(name.into()),
            join: JoinPolicy::Open,
            ports: Ports { quic4: 9, ..Ports::default() },
        }
    }

    #[tokio::test]
    async fn what_is_announced_is_found() {
        let lan = Lan::default();
        let (host, _) = lan.join();
        host.announce(&announcement("Ann"));
        let (_me, discovery) = lan.join();
        let (lobby, mut events) = Lobby::over(Ok((None, discovery)), || Diagnosis::NobodyHere);
        let Some(LobbyEvent::Found(nearby)) = events.recv().await else { panic!("not found") };
        assert_eq!((nearby.title.as_str(), nearby.members), ("Plans", 1));
        assert_eq!(nearby.people, ["Ann"]);
        host.announce(&announcement("Anna"));
        let Some(LobbyEvent::Changed(nearby)) = events.recv().await else { panic!("unchanged") };
        assert_eq!(nearby.people, ["Anna"]);
        lobby.close().await;
        assert_eq!(events.recv().await, None);
    }

    #[test]
    fn why_nothing_is_found_is_said_after_5_s_and_when_it_changes() {
        let at = LocalTime::from_millis;
        let meetings = Meetings::default();
        let mut silence = Silence::since(at(0));
        assert_eq!(silence.next_look(&meetings), Some(at(5000)));
        assert!(!silence.is_to_look(&meetings, at(4999)));
        assert!(silence.is_to_look(&meetings, at(5000)));
        assert!(silence.is_news(&Diagnosis::NoNetwork));
        assert!(silence.is_to_look(&meetings, at(10_000)));
        assert!(!silence.is_news(&Diagnosis::NoNetwork), "said already");
        assert!(silence.is_news(&Diagnosis::NobodyHere));
    }

    #[test]
    fn a_meeting_begins_the_wait_anew() {
        let at = LocalTime::from_millis;
        let mut meetings = Meetings::default();
        let mut silence = Silence::since(at(0));
        assert!(silence.is_news(&Diagnosis::NobodyHere));
        let found = crate::io::discovery::Found {
            member: MemberId([1; 32]),
            meeting: MeetingId([2; 32]),
            title: "Plans".into(),
            name: None,
            join: JoinPolicy::Open,
            addresses: Vec::new(),
        };
        meetings.hear(DiscoveryEvent::Found(found), at(8000));
        assert_eq!(silence.next_look(&meetings), None);
        assert!(!silence.is_to_look(&meetings, at(8000)));
        let empty = Meetings::default();
        assert_eq!(silence.next_look(&empty), Some(at(13_000)));
        assert!(silence.is_news(&Diagnosis::NobodyHere), "said anew after the meeting went");
    }

    #[tokio::test]
    async fn a_window_that_goes_ends_the_lobby() {
        struct Ends(Arc<AtomicBool>);
        impl Drop for Ends {
            fn drop(&mut self) {
                self.0.store(true, Ordering::SeqCst);
            }
        }
        let ended = Arc::new(AtomicBool::new(false));
        let ends = Arc::new(Ends(ended.clone()));
        let (_me, discovery) = Lan::default().join();
        let (mut lobby, events) = Lobby::over(Ok((None, discovery)), move || {
            let _ = &ends;
            Diagnosis::NobodyHere
        });
        drop(events);
        let task = lobby.task.take().unwrap();
        task.await.unwrap();
        assert!(ended.load(Ordering::SeqCst));
    }
}
