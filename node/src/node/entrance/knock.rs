//! Knocking at a meeting until a member lets this node in.

use super::kept::{
    FOUNDING, KEYS, PEERS, VOUCHER, encode_founding, encode_list, encode_peers, open_log,
};
use super::{Entered, Entrance, EntranceError};
use crate::io::admission::{self, Visitor};
use crate::io::discovery::DiscoveryEvent;
use crate::io::mesh::{MeshEvent, Protocol};
use crate::room::address::Address;
use crate::room::admission::{KnockError, Parties, Refused, Secret, Welcome};
use crate::room::entry::Entry;
use crate::room::id::{MeetingId, MemberId};
use crate::room::secrets::Secrets;
use crate::room::stanza::{Action, Founding, Payload};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// How long to try to reach a member of the meeting that was found.
const REACHING: Duration = Duration::from_secs(10);

/// A meeting to knock at.
pub(super) struct Target {
    pub(super) meeting: MeetingId,
    pub(super) secret: Option<Secret>,
    /// All members may be asked at once: no secret is shown to them.
    pub(super) ask_all: bool,
    pub(super) members: BTreeMap<MemberId, Vec<Address>>,
}

impl Entrance<'_> {
    /// Knocks until somebody lets this node in.
    pub(super) async fn enter(&mut self, mut target: Target) -> Result<Entered, EntranceError> {
        let (answers, mut answered) = mpsc::channel(64);
        let mut knocked = BTreeSet::new();
        let mut connected = BTreeSet::new();
        let mut busy = 0_usize;
        let mut until = Instant::now() + REACHING * self.patience;
        for (member, addresses) in &target.members {
            let _ = self.mesh.dial(Some(*member), addresses.clone()).await;
        }
        loop {
            // One member at a time gets to see a half of the PAKE.
            let next = connected.iter().find(|member| !knocked.contains(*member)).copied();
            if let Some(member) = next.filter(|_| busy == 0 || target.ask_all) {
                knocked.insert(member);
                busy += 1;
                self.knock(member, &target, answers.clone());
            }
            let patience = async {
                if busy > 0 && target.ask_all {
                    std::future::pending::<()>().await;
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
                    until = Instant::now() + REACHING * self.patience;
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
