//! How a node gets into its meeting: found it, come back to it, or find it and knock.

use super::event::{News, Notice, Refusal};
use super::tell::Teller;
use crate::io::admission::{self, Visitor};
use crate::io::discovery::{DiscoveryEvent, Found};
use crate::io::log::{Log, LogError, Opened};
use crate::io::mesh::{MeshEvent, MeshHandle, Protocol};
use crate::io::profile::{KnownMeeting, Profile, ProfileError};
use crate::room::address::Address;
use crate::room::admission::{Code, KnockError, Parties, Refused, Secret, Welcome};
use crate::room::entry::Entry;
use crate::room::id::{MeetingId, MemberId};
use crate::room::link::Link;
use crate::room::seal::Keyring;
use crate::room::secrets::Secrets;
use crate::room::stanza::{Action, Founding, JoinPolicy, Payload};
use crate::room::time::WallTime;
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

/// How long to try to reach a member of the meeting that was found.
const REACHING: Duration = Duration::from_secs(10);

/// A meeting's log in its folder.
pub(super) const LOG: &str = "log.redb";

/// The names under which a meeting's log keeps what is no entry.
pub(super) const KEYS: &str = "keys";
pub(super) const VOUCHER: &str = "voucher";
pub(super) const PEERS: &str = "peers";
pub(super) const FOUNDING: &str = "founding";

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
}

/// A meeting to knock at.
struct Target {
    meeting: MeetingId,
    secret: Option<Secret>,
    /// All members may be asked at once: no secret is shown to them.
    ask_all: bool,
    members: BTreeMap<MemberId, Vec<Address>>,
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
        let until = Instant::now() + patience;
        let wanted = wanted.map(str::trim);
        let mut told = BTreeSet::new();
        let mut namesake = None;
        while let Ok(event) = timeout_at(until, self.next_found()).await {
            let found = event?;
            if told.insert(found.meeting) {
                let news = News::Found { id: found.meeting, title: found.title.clone() };
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

    /// Opens a meeting that is kept here: no code needed.
    async fn come_back(
        &mut self,
        known: &KnownMeeting,
        mut peers: BTreeMap<MemberId, Vec<Address>>,
    ) -> Result<Entered, EntranceError> {
        let folder = self.profile.keep_meeting(known.id, &known.title, self.wall)?;
        let (log, opened) = open_log(&folder, known.id).await?;
        let entered = async {
            let keys = log.get(KEYS).await?.ok_or(EntranceError::Incomplete)?;
            let secrets = Secrets::decode(&keys).map_err(|_| EntranceError::Incomplete)?;
            let founding = log.get(FOUNDING).await?.ok_or(EntranceError::Incomplete)?;
            let founding = decode_founding(&founding).ok_or(EntranceError::Incomplete)?;
            let voucher = decode_list(log.get(VOUCHER).await?);
            Ok::<_, EntranceError>((secrets, founding, voucher, log.get(PEERS).await?))
        };
        let (secrets, founding, voucher, kept_peers) = match entered.await {
            Ok(entered) => entered,
            Err(error) => {
                log.close().await;
                return Err(error);
            }
        };
        for (member, addresses) in decode_peers(kept_peers) {
            peers.entry(member).or_default().extend(addresses);
        }
        // Founded, and cut off before the founding was on disk.
        let founds = opened.entries.is_empty()
            && MeetingId::of_founding(&self.profile.member(), &founding) == known.id;
        let meeting = known.id;
        Ok(Entered { meeting, founding, folder, log, opened, secrets, voucher, peers, founds })
    }

    /// Knocks until somebody lets this node in.
    async fn enter(&mut self, mut target: Target) -> Result<Entered, EntranceError> {
        let (answers, mut answered) = mpsc::channel(64);
        let mut knocked = BTreeSet::new();
        let mut connected = BTreeSet::new();
        let mut busy = 0_usize;
        let mut until = Instant::now() + REACHING;
        for (member, addresses) in &target.members {
            let _ = self.mesh.dial(Some(*member), addresses.clone()).await;
        }
        loop {
            // One member at a time gets to see a half of the PAKE.
            for member in connected.iter().filter(|member| !knocked.contains(*member)) {
                if busy > 0 && !target.ask_all {
                    break;
                }
                knocked.insert(*member);
                busy += 1;
                self.knock(*member, &target, answers.clone());
                break;
            }
            let patience = async {
                if busy > 0 && target.ask_all {
                    std::future::pending().await
                } else {
                    tokio::time::sleep_until(until).await;
                }
            };
            tokio::select! {
                event = self.events.recv() => match event {
                    Some(MeshEvent::Listening { addresses }) => *self.listening = addresses,
                    Some(MeshEvent::Connected { member, .. })
                        if target.members.contains_key(&member) =>
                    {
                        connected.insert(member);
                    }
                    Some(MeshEvent::Disconnected { member }) => {
                        connected.remove(&member);
                    }
                    Some(_) => {}
                    None => return Err(EntranceError::Closed),
                },
                Some(event) = self.discovery.recv() => {
                    if let DiscoveryEvent::Found(found) = event && found.meeting == target.meeting {
                        let _ = self.mesh.dial(Some(found.member), found.addresses.clone()).await;
                        target.members.entry(found.member).or_default().extend(found.addresses);
                    }
                }
                Some((member, answer)) = answered.recv() => {
                    busy -= 1;
                    until = Instant::now() + REACHING;
                    match answer {
                        Ok(welcome) => return self.welcomed(member, *welcome, target).await,
                        Err(KnockError::Refused(Refused::OtherMeeting)) => {}
                        Err(KnockError::Refused(reason)) => {
                            return Err(EntranceError::Refused(reason.into()));
                        }
                        // Cut off, or no member at all: another may answer, or the same again.
                        Err(KnockError::Closed | KnockError::Timeout) => {
                            knocked.remove(&member);
                        }
                        Err(_) => {}
                    }
                }
                () = patience => return Err(EntranceError::NotFound),
            }
        }
    }

    fn knock(
        &self,
        member: MemberId,
        target: &Target,
        answers: mpsc::Sender<(MemberId, Result<Box<Welcome>, KnockError>)>,
    ) {
        let newcomer = self.profile.member();
        let visitor = Visitor {
            parties: Parties { newcomer, host: member, meeting: target.meeting },
            name: self.name.to_owned(),
            secret: target.secret,
            voucher: Vec::new(),
        };
        let mesh = self.mesh.clone();
        tokio::spawn(async move {
            let answer = match mesh.open(member, Protocol::Admission).await {
                Ok(stream) => admission::knock(stream, visitor, || {}).await,
                Err(_) => {
                    // The connection is about to go; don't knock in a tight loop.
                    tokio::time::sleep(Duration::from_millis(200)).await;
                    Err(KnockError::Closed)
                }
            };
            let _ = answers.send((member, answer)).await;
        });
    }

    /// Keeps what the welcome brought.
    async fn welcomed(
        &mut self,
        host: MemberId,
        welcome: Welcome,
        target: Target,
    ) -> Result<Entered, EntranceError> {
        let meeting = target.meeting;
        let voucher: Vec<_> = welcome.entries.iter().map(|entry| entry.to_vec()).collect();
        let founding = founding_in(&meeting, &voucher).ok_or(EntranceError::Incomplete)?;
        let ring = welcome.keys().map_err(|_| EntranceError::Incomplete)?;
        let secrets = Secrets::new(ring);
        let folder = self.profile.keep_meeting(meeting, &founding.title, self.wall)?;
        let (log, opened) = open_log(&folder, meeting).await?;
        let mut peers = target.members;
        peers.retain(|member, _| *member == host);
        for member in welcome.members {
            peers.entry(member.member).or_default().extend(member.addresses);
        }
        log.put(KEYS, secrets.encode()).await?;
        log.put(FOUNDING, encode_founding(&founding)).await?;
        log.put(VOUCHER, encode_list(&voucher)).await?;
        log.put(PEERS, encode_peers(&peers)).await?;
        Ok(Entered {
            meeting,
            founding,
            folder,
            log,
            opened,
            secrets,
            voucher,
            peers,
            founds: false,
        })
    }
}

impl EntranceError {
    /// As people are told.
    pub(super) fn news(self, wanted: Option<&str>) -> News {
        match self {
            Self::Refused(reason) => News::Refused(reason),
            Self::NotFound => News::Error(Notice::NotFound { what: wanted.map(str::to_owned) }),
            Self::Link(error) => News::Error(Notice::Unknown { what: error.to_string() }),
            Self::Log(error) => News::Error(Notice::Storage { problem: error.to_string() }),
            Self::Profile(error) => News::Error(Notice::Storage { problem: error.to_string() }),
            Self::Incomplete | Self::NoChance(_) => {
                News::Error(Notice::Storage { problem: self.to_string() })
            }
            Self::Closed => News::Error(Notice::Network { problem: self.to_string() }),
        }
    }
}

async fn open_log(
    folder: &std::path::Path,
    meeting: MeetingId,
) -> Result<(Log, Opened), EntranceError> {
    let path = folder.join(LOG);
    let opened = tokio::task::spawn_blocking(move || Log::open(&path, &meeting)).await;
    Ok(opened.map_err(|_| LogError::Closed)??)
}

/// The founding among these entries, if it is this meeting's.
fn founding_in(meeting: &MeetingId, entries: &[Vec<u8>]) -> Option<Founding> {
    entries.iter().find_map(|bytes| {
        let entry = Entry::decode(meeting, bytes).ok()?;
        match Action::parse(entry.stanza()).ok()?.payload {
            Payload::Meeting(founding)
                if MeetingId::of_founding(&entry.author(), &founding) == *meeting =>
            {
                Some(founding)
            }
            _ => None,
        }
    })
}

type FoundingRecord = (String, String, String, serde_bytes::ByteArray<16>);

fn encode_founding(founding: &Founding) -> Vec<u8> {
    let nonce = serde_bytes::ByteArray::new(founding.nonce);
    let record: FoundingRecord =
        (founding.title.clone(), founding.join.as_str().into(), founding.name.clone(), nonce);
    serde_cbor::to_vec(&record).expect("plain data")
}

fn decode_founding(bytes: &[u8]) -> Option<Founding> {
    let (title, join, name, nonce): FoundingRecord = serde_cbor::from_slice(bytes).ok()?;
    let join = [JoinPolicy::Open, JoinPolicy::Code, JoinPolicy::Ask]
        .into_iter()
        .find(|policy| policy.as_str() == join)?;
    Some(Founding { title, join, name, nonce: nonce.into_array() })
}

fn encode_list(list: &[Vec<u8>]) -> Vec<u8> {
    let list: Vec<_> = list.iter().map(|item| serde_bytes::Bytes::new(item)).collect();
    serde_cbor::to_vec(&list).expect("plain data")
}

fn decode_list(bytes: Option<Vec<u8>>) -> Vec<Vec<u8>> {
    let list = bytes.and_then(|bytes| serde_cbor::from_slice(&bytes).ok());
    let list: Vec<serde_bytes::ByteBuf> = list.unwrap_or_default();
    list.into_iter().map(serde_bytes::ByteBuf::into_vec).collect()
}

pub(super) fn encode_peers(peers: &BTreeMap<MemberId, Vec<Address>>) -> Vec<u8> {
    let list: Vec<_> = peers.iter().collect();
    serde_cbor::to_vec(&list).expect("plain data")
}

fn decode_peers(bytes: Option<Vec<u8>>) -> Vec<(MemberId, Vec<Address>)> {
    bytes.and_then(|bytes| serde_cbor::from_slice(&bytes).ok()).unwrap_or_default()
}

fn random<const N: usize>() -> Result<[u8; N], getrandom::Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}
