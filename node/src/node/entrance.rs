//! How a node gets into its meeting: found it, come back to it, or find it and knock.

mod kept;
mod knock;

pub(super) use kept::{KEYS, LOG, PEERS, encode_peers};

use super::event::{News, Notice, Refusal};
use super::tell::Teller;
use crate::io::discovery::{DiscoveryEvent, Found};
use crate::io::log::{Log, LogError, Opened};
use crate::io::mesh::{MeshEvent, MeshHandle};
use crate::io::profile::{KnownMeeting, Profile, ProfileError};
use crate::io::random::random;
use crate::room::address::Address;
use crate::room::admission::{Code, Secret};
use crate::room::id::{MeetingId, MemberId};
use crate::room::link::Link;
use crate::room::seal::Keyring;
use crate::room::secrets::Secrets;
use crate::room::stanza::{Founding, JoinPolicy};
use crate::room::time::WallTime;
use kept::{FOUNDING, encode_founding, open_log};
use knock::Target;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

/// How long to look for a meeting: a node that started at the same moment announces itself after
/// 1 s, and mDNS asks again after 1, 2 and 4 s (research: network §2).
const FINDING: Duration = Duration::from_secs(6);

/// How long a meeting that is kept here is looked for before it is opened alone: a living member
/// answers within 0.1 s.
const COMING_BACK: Duration = Duration::from_millis(1500);

/// A node that is in a meeting, or about to found it.
pub(super) struct Entered {
    pub(super) meeting: MeetingId,
    pub(super) founding: Founding,
    pub(super) folder: PathBuf,
    pub(super) log: Log,
    pub(super) opened: Opened,
    pub(super) secrets: Secrets,
    /// Entries that show how this node came in, founder's first.
    pub(super) voucher: Vec<Vec<u8>>,
    /// Members to trust and where they may be.
    pub(super) peers: BTreeMap<MemberId, Vec<Address>>,
    /// Whether the founding is still to be said.
    pub(super) founds: bool,
}

/// Why there is no meeting.
#[derive(Debug, thiserror::Error)]
pub(super) enum EntranceError {
    /// The members said no.
    #[error("refused")]
    Refused(Refusal),
    /// Nobody answers for such a meeting.
    #[error("not found")]
    NotFound,
    /// The link can't be read.
    #[error(transparent)]
    Link(#[from] crate::room::link::ParseLinkError),
    /// The data folder or the log failed.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The data folder failed.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// The system gave no random bytes.
    #[error("the system gave no random bytes: {0}")]
    NoChance(#[from] getrandom::Error),
    /// What is kept of the meeting makes no sense.
    #[error("what is kept of the meeting is incomplete; join it again with its code")]
    Incomplete,
    /// The network has ended.
    #[error("the network is shut down")]
    Closed,
}

/// What is needed on the way in.
pub(super) struct Entrance<'a> {
    pub(super) profile: &'a Profile,
    pub(super) name: &'a str,
    pub(super) mesh: &'a MeshHandle,
    pub(super) events: &'a mut mpsc::Receiver<MeshEvent>,
    pub(super) discovery: &'a mut mpsc::Receiver<DiscoveryEvent>,
    pub(super) teller: &'a Teller,
    pub(super) wall: WallTime,
    /// Own addresses as far as the mesh has told.
    pub(super) listening: &'a mut Vec<Address>,
    /// How many times as long as on a network everything may take.
    pub(super) patience: u32,
}

impl Entrance<'_> {
    /// Founds a meeting.
    pub(super) async fn found(
        &mut self,
        title: String,
        join: JoinPolicy,
    ) -> Result<Entered, EntranceError> {
        let founding = Founding { title, join, name: self.name.to_owned(), nonce: random()? };
        let meeting = MeetingId::of_founding(&self.profile.member(), &founding);
        let folder = self.profile.keep_meeting(meeting, &founding.title, self.wall)?;
        let (log, opened) = open_log(&folder, meeting).await?;
        let secrets = Secrets::new(Keyring::found(random()?));
        log.put(KEYS, secrets.encode()).await?;
        log.put(FOUNDING, encode_founding(&founding)).await?;
        Ok(Entered {
            meeting,
            founding,
            folder,
            log,
            opened,
            secrets,
            voucher: Vec::new(),
            peers: BTreeMap::new(),
            founds: true,
        })
    }

    /// Joins a meeting by link, title or id; any when `wanted` is `None`.
    pub(super) async fn join(
        &mut self,
        wanted: Option<&str>,
        code: Option<&str>,
    ) -> Result<Entered, EntranceError> {
        let secret = match code {
            None => None,
            Some(text) => {
                let wrong = |_| EntranceError::Refused(Refusal::WrongCode);
                Some(Secret::Code(text.parse::<Code>().map_err(wrong)?))
            }
        };
        if let Some(link) = wanted.filter(|text| text.trim().starts_with("moot:")) {
            return self.join_by_link(link.parse()?, secret).await;
        }
        let known = wanted.and_then(|wanted| self.profile.find_meeting(wanted));
        let patience = if known.is_some() { COMING_BACK } else { FINDING };
        let found = self.look(wanted, known.as_ref(), patience).await?;
        match (found, known) {
            (Some(found), Some(known)) if found.meeting == known.id => {
                self.come_back(&known, BTreeMap::from([(found.member, found.addresses)])).await
            }
            (Some(found), _) => {
                // A meeting that was left by accident, and is found again without its title.
                let kept = self.profile.find_meeting(&found.meeting.to_string());
                let members = BTreeMap::from([(found.member, found.addresses)]);
                if let Some(known) = kept
                    && let Ok(entered) = self.come_back(&known, members.clone()).await
                {
                    return Ok(entered);
                }
                let ask_all = found.join != JoinPolicy::Code;
                let target = Target { meeting: found.meeting, secret, ask_all, members };
                self.enter(target).await
            }
            (None, Some(known)) => self.come_back(&known, BTreeMap::new()).await,
            (None, None) => Err(EntranceError::NotFound),
        }
    }

    /// Goes on with a meeting that is kept here. Who is within reach is found from inside.
    pub(super) async fn go_on(&mut self, meeting: MeetingId) -> Result<Entered, EntranceError> {
        let known = self.profile.find_meeting(&meeting.to_string());
        let known = known.filter(|known| known.id == meeting).ok_or(EntranceError::NotFound)?;
        self.come_back(&known, BTreeMap::new()).await
    }

    async fn join_by_link(
        &mut self,
        link: Link,
        code: Option<Secret>,
    ) -> Result<Entered, EntranceError> {
        let members: BTreeMap<_, _> = link.members.into_iter().collect();
        let kept = self.profile.find_meeting(&link.meeting.to_string());
        if let Some(known) = kept
            && let Ok(entered) = self.come_back(&known, members.clone()).await
        {
            return Ok(entered);
        }
        let secret = link.secret.map(Secret::Link).or(code);
        self.enter(Target { meeting: link.meeting, secret, ask_all: false, members }).await
    }

    /// Looks for a meeting of this title or id, telling of each that is found.
    async fn look(
        &mut self,
        wanted: Option<&str>,
        known: Option<&KnownMeeting>,
        patience: Duration,
    ) -> Result<Option<Found>, EntranceError> {
        let until = Instant::now() + patience * self.patience;
        let wanted = wanted.map(str::trim);
        let mut told = BTreeSet::new();
        let mut namesake = None;
        while let Ok(event) = timeout_at(until, self.next_found()).await {
            let found = event?;
            if told.insert(found.meeting) {
                let news = News::Found {
                    id: found.meeting,
                    title: found.title.clone(),
                    join: found.join,
                    people: found.name.iter().cloned().collect(),
                    members: 1,
                };
                self.teller.tell(news).await;
            }
            let by_id = wanted.is_some_and(|wanted| found.meeting.to_string() == wanted);
            let named = wanted.is_none_or(|wanted| found.title == wanted);
            match known {
                Some(known) if found.meeting == known.id => return Ok(Some(found)),
                // Another meeting of the same name: only if the one kept here is not found.
                Some(_) if named || by_id => namesake = Some(found),
                None if named || by_id => return Ok(Some(found)),
                _ => {}
            }
        }
        Ok(namesake)
    }

    /// The next announcement; the mesh's first words are noted meanwhile.
    async fn next_found(&mut self) -> Result<Found, EntranceError> {
        loop {
            tokio::select! {
                Some(event) = self.discovery.recv() => {
                    if let DiscoveryEvent::Found(found) = event {
                        return Ok(found);
                    }
                }
                event = self.events.recv() => match event {
                    Some(MeshEvent::Listening { addresses }) => *self.listening = addresses,
                    Some(_) => {}
                    None => return Err(EntranceError::Closed),
                },
            }
        }
    }
}

impl EntranceError {
    /// As people are told.
    pub(super) fn news(self, wanted: Option<&str>) -> News {
        match self {
            Self::Refused(reason) => News::Refused(reason),
            Self::NotFound => News::Error(Notice::NotFound { what: wanted.map(str::to_owned) }),
            Self::Link(_) => News::Error(Notice::BadLink),
            Self::Log(error) => News::Error(Notice::Storage { problem: error.to_string() }),
            Self::Profile(error) => News::Error(Notice::Storage { problem: error.to_string() }),
            Self::Incomplete | Self::NoChance(_) => {
                News::Error(Notice::Storage { problem: self.to_string() })
            }
            Self::Closed => News::Error(Notice::Network { problem: self.to_string() }),
        }
    }
}
