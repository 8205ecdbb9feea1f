//! Who gets in: the door's questions, and one's own voucher at a door that does not know us yet.

use super::{Ending, Session};
use crate::io::admission::{self, DoorRequest, Visitor};
use crate::io::mesh::Protocol;
use crate::node::event::{MemberState, News, Notice};
use crate::node::inbox::Done;
use crate::node::obey::called;
use crate::room::admission::{
    Acquaintance, CompareCode, KnockError, MemberAddresses, Parties, Refused, Welcome,
};
use crate::room::entry::Entry;
use crate::room::id::{MeetingId, MemberId};
use crate::room::meeting::Status;
use crate::room::stanza::{Action, Admission, Payload};
use serde_bytes::ByteBuf;
use std::collections::{BTreeMap, BTreeSet};
use tokio::sync::oneshot;

/// Entries of a voucher: a chain of admissions this long back to the founder.
const CHAIN: usize = 32;

/// Newcomers who wait at a time, for people or for the disk. More are sent away.
const WAITING: usize = 64;

/// Newcomers between their knock and their welcome.
#[derive(Default)]
pub(in crate::node) struct WaitingAtDoor {
    /// People decide (policy *ask*).
    asks: BTreeMap<MemberId, (String, oneshot::Sender<bool>)>,
    /// Their admission is on its way to the disk.
    welcomes: BTreeMap<MemberId, oneshot::Sender<Welcome>>,
}

impl Session {
    pub(super) async fn on_door(&mut self, request: DoorRequest) {
        match request {
            DoorRequest::WhoIs { peer, voucher, reply } => {
                let known = self.who_is(peer, &voucher);
                Self::reply(reply, known);
            }
            DoorRequest::Ask { peer, name, reply } => self.ask_people(peer, name, reply).await,
            DoorRequest::Admit { peer, name, reply } => self.admit(peer, name, reply).await,
            DoorRequest::WrongCode { peer, failures } => {
                self.teller.warn(Notice::WrongCode { peer, failures }).await;
            }
        }
    }

    fn who_is(&mut self, peer: MemberId, voucher: &[Vec<u8>]) -> Acquaintance {
        let meeting = self.view.meeting();
        match meeting.member(&peer).map(|member| member.status) {
            Some(Status::Member | Status::Left) => Acquaintance::Member,
            Some(Status::Removed) => Acquaintance::Removed,
            None if self.neighbours.vouched.contains(&peer) => Acquaintance::Member,
            None if is_vouched(&self.meeting, peer, voucher, |id| meeting.is_member(id)) => {
                self.neighbours.vouched.insert(peer);
                Acquaintance::Member
            }
            None => Acquaintance::Unknown,
        }
    }

    async fn ask_people(&mut self, peer: MemberId, name: String, reply: oneshot::Sender<bool>) {
        self.settle_door().await;
        if self.neighbours.waiting.asks.len() >= WAITING {
            return;
        }
        self.neighbours.waiting.asks.insert(peer, (name.clone(), reply));
        self.teller.tell(News::Member { peer, name, state: MemberState::Asking }).await;
    }

    /// Once a second: tells of those who do not wait at the door any more.
    pub(super) async fn settle_door(&mut self) {
        let asks = &mut self.neighbours.waiting.asks;
        let gone: Vec<_> = asks.extract_if(.., |_, (_, reply)| reply.is_closed()).collect();
        for (peer, (name, _)) in gone {
            self.turned_away(peer, name).await;
        }
    }

    /// Whether somebody waits for people's answer: that they give up is no happening.
    pub(super) fn someone_at_door(&self) -> bool {
        !self.neighbours.waiting.asks.is_empty()
    }

    /// A person's answer to whoever waits under `name`.
    pub(super) async fn answer_door(&mut self, name: &str, admit: bool) {
        self.settle_door().await;
        let asks = &self.neighbours.waiting.asks;
        let waiting: Vec<_> = asks.iter().map(|(peer, (name, _))| (*peer, name.as_str())).collect();
        let Some(peer) = called(name, &waiting) else {
            self.teller.fail(Notice::Unknown { what: name.to_owned() }).await;
            return;
        };
        if let Some((name, reply)) = self.neighbours.waiting.asks.remove(&peer) {
            Self::reply(reply, admit);
            if !admit {
                self.turned_away(peer, name).await;
            }
        }
    }

    /// Who waited is not at the door any more, and has not come in by another one.
    async fn turned_away(&mut self, peer: MemberId, name: String) {
        if !self.trusts(&peer) {
            self.teller.tell(News::Member { peer, name, state: MemberState::Left }).await;
        }
    }

    /// Writes the admission, unless there is one, and gives the welcome once it is on disk.
    async fn admit(&mut self, peer: MemberId, name: String, reply: oneshot::Sender<Welcome>) {
        if self.trusts(&peer) {
            let welcome = self.welcome(peer).await;
            Self::reply(reply, welcome);
            let _ = self.mesh.trust(peer).await;
            return;
        }
        if self.neighbours.waiting.welcomes.len() >= WAITING {
            return;
        }
        let admission = Admission { member: peer, name };
        if self.say_now(Payload::Admit(admission)).await.is_some() {
            self.neighbours.waiting.welcomes.insert(peer, reply);
        }
    }

    /// The admission of `peer` is on disk.
    pub(super) async fn welcome_admitted(&mut self, peer: MemberId) {
        if let Some(reply) = self.neighbours.waiting.welcomes.remove(&peer) {
            let welcome = self.welcome(peer).await;
            Self::reply(reply, welcome);
        }
    }

    async fn welcome(&self, newcomer: MemberId) -> Welcome {
        let mut members = Vec::new();
        let known: Vec<_> = self.view.meeting().members().map(|m| (m.id, m.status)).collect();
        for (member, status) in known {
            if status == Status::Removed || member == newcomer {
                continue;
            }
            let addresses = if member == self.me {
                self.listening.iter().map(|address| address.without_zone()).take(8).collect()
            } else {
                let known = self.mesh.addresses(Some(member)).await.unwrap_or_default();
                known.into_iter().take(8).collect()
            };
            members.push(MemberAddresses { member, addresses });
        }
        Welcome {
            meeting: self.meeting,
            keyring: ByteBuf::from(self.secrets.encode()),
            code: Some(self.secrets.code().to_string()),
            link: serde_bytes::ByteArray::new(*self.secrets.link().as_bytes()),
            entries: self.voucher(newcomer).await.into_iter().map(ByteBuf::from).collect(),
            members,
            proof: None,
        }
    }

    /// The founding and the admissions from the founder to `member`, as encoded entries.
    async fn voucher(&self, member: MemberId) -> Vec<Vec<u8>> {
        let mut chain = Vec::new();
        let mut next = Some(member);
        while let Some(member) = next.take().filter(|_| chain.len() < CHAIN) {
            let Some(admission) = self.view.meeting().admission_of(&member) else { break };
            let Ok(Some(entry)) = self.record.log().entry(admission).await else { break };
            chain.push(entry.encode());
            // The founder's own first entry is what admits the founder.
            next = (admission.author != member).then_some(admission.author);
        }
        chain.reverse();
        chain
    }

    /// `member` does not know yet that somebody let us in: show it.
    pub(super) fn knock_with_voucher(&self, member: MemberId) {
        let visitor = Visitor {
            parties: Parties { newcomer: self.me, host: member, meeting: self.meeting },
            name: self.name.clone(),
            secret: None,
            voucher: self.neighbours.own_voucher.clone(),
        };
        let (mesh, tasks) = (self.mesh.clone(), self.tasks.clone());
        tokio::spawn(async move {
            let refused = match mesh.open(member, Protocol::Admission).await {
                Ok(stream) => match admission::knock(stream, visitor, || {}).await {
                    Err(KnockError::Refused(reason)) => Some(reason),
                    Ok(_) | Err(_) => None,
                },
                Err(_) => None,
            };
            let _ = tasks.send(Done::Knocked(member, refused)).await;
        });
    }

    /// Tells the digits to compare with `member`. They take milliseconds: not on the loop.
    pub(super) fn compare_with(&self, member: MemberId) {
        let (me, meeting, teller) = (self.me, self.meeting, self.teller.clone());
        tokio::spawn(async move {
            let code = move || CompareCode::of(&me, &member, &meeting);
            if let Ok(digits) = tokio::task::spawn_blocking(code).await {
                teller.tell(News::CompareCode { member, digits }).await;
            }
        });
    }

    pub(super) async fn on_knocked(&mut self, member: MemberId, refused: Option<Refused>) {
        match refused {
            // Whoever was removed while away learns it here: nobody syncs with them any more.
            Some(Refused::Removed) if self.view.meeting().is_member(&member) => {
                self.ending = Some(Ending::Removed);
            }
            _ => {}
        }
    }
}

/// Whether these entries lead from the founding, or from somebody known, to `peer`'s admission.
fn is_vouched(
    meeting: &MeetingId,
    peer: MemberId,
    voucher: &[Vec<u8>],
    is_member: impl Fn(&MemberId) -> bool,
) -> bool {
    let mut proved = BTreeSet::new();
    for bytes in voucher.iter().take(CHAIN) {
        let Ok(entry) = Entry::decode(meeting, bytes) else { return false };
        let Ok(action) = Action::parse(entry.stanza()) else { return false };
        let author = entry.author();
        match action.payload {
            Payload::Meeting(founding)
                if entry.seq() == 1 && MeetingId::of_founding(&author, &founding) == *meeting =>
            {
                proved.insert(author);
            }
            Payload::Admit(admission) if proved.contains(&author) || is_member(&author) => {
                proved.insert(admission.member);
            }
            _ => return false,
        }
    }
    proved.contains(&peer)
}
