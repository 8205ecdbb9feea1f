//! Admission over a stream: [`knock`] for newcomers, [`Door::answer`] for members.
//!
//! What is decided is in [`room::admission`](crate::room::admission); here bytes are moved, time is
//! limited and the node is asked what only it knows: who is a member, what its person says, and the
//! admission entry that has to be on disk before a welcome is sent.

use crate::io::frame;
use crate::io::mesh::Stream;
use crate::io::random::random;
use crate::room::admission::{
    Acquaintance, Challenge, Doorkeeper, KNOCK_BYTES, Knock, KnockError, Message, MessageError,
    Newcomer, Next, Parties, Refused, Secret, Step, Verdict, WELCOME_BYTES, Welcome,
};
use crate::room::id::MemberId;
use crate::room::time::LocalTime;
use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// How long one message may take to come: a round trip, a disk that is asked for an entry, and a
/// pause at the door.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often a newcomer who waits for people hears that somebody is still there.
const STILL_WAITING: Duration = Duration::from_secs(3);

/// How long people inside may think about a newcomer.
const ASKING: Duration = Duration::from_secs(600);

/// What the door asks the node.
#[derive(Debug)]
pub enum DoorRequest {
    /// Somebody knocks: who are they? The voucher is as the peer sent it: verify it, and keep what
    /// it proves.
    WhoIs {
        /// As the connection proves.
        peer: MemberId,
        /// Encoded entries, founder's first.
        voucher: Vec<Vec<u8>>,
        /// The answer.
        reply: oneshot::Sender<Acquaintance>,
    },
    /// Ask the person (policy *ask*). The reply's receiver is gone when the newcomer is.
    Ask {
        /// Who.
        peer: MemberId,
        /// What they call themselves.
        name: String,
        /// True: let in.
        reply: oneshot::Sender<bool>,
    },
    /// Write the admission (unless the peer is a member already) and give the welcome. Trust the
    /// peer only after that.
    Admit {
        /// Who.
        peer: MemberId,
        /// What they call themselves.
        name: String,
        /// The welcome; dropped: the newcomer is declined.
        reply: oneshot::Sender<Welcome>,
    },
    /// Somebody proved a wrong code.
    WrongCode {
        /// Who.
        peer: MemberId,
        /// How many times so far.
        failures: u32,
    },
}

/// A member's door, shared by all who knock at once.
#[derive(Clone)]
pub struct Door {
    keeper: Arc<Mutex<Doorkeeper>>,
    node: mpsc::Sender<DoorRequest>,
}

/// How a visit ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visit {
    /// The welcome was sent.
    Admitted,
    /// Sent away.
    Refused(Refused),
    /// The newcomer left, was too slow or spoke nonsense; or the node is stopping.
    Gone,
}

impl Door {
    /// A door whose questions go to `node`.
    #[must_use]
    pub fn new(keeper: Doorkeeper, node: mpsc::Sender<DoorRequest>) -> Self {
        Self { keeper: Arc::new(Mutex::new(keeper)), node }
    }

    /// Changes the doorkeeper's mind: new secrets after a removal.
    pub fn with_keeper<T>(&self, change: impl FnOnce(&mut Doorkeeper) -> T) -> T {
        change(&mut self.keeper.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Talks with one newcomer to the end. `clock` tells this process's monotonic time.
    pub async fn answer(
        &self,
        stream: Stream,
        peer: MemberId,
        clock: impl Fn() -> LocalTime,
    ) -> Visit {
        let mut stream = stream;
        self.visit(&mut stream, peer, clock).await.unwrap_or(Visit::Gone)
    }

    async fn visit(
        &self,
        stream: &mut Stream,
        peer: MemberId,
        clock: impl Fn() -> LocalTime,
    ) -> Option<Visit> {
        let Ok(Message::Knock(knock)) = receive(stream, KNOCK_BYTES, PATIENCE).await else {
            return None;
        };
        let voucher = knock.voucher.iter().map(|entry| entry.to_vec()).collect();
        let known = self.ask_node(|reply| DoorRequest::WhoIs { peer, voucher, reply }).await?;
        let admitted = match self.decide(&knock, peer, known, &clock).await? {
            Step::Admit => Ok(None),
            Step::Ask => self.ask_people(stream, peer, &knock.name).await?,
            Step::Challenge { half, challenge } => {
                self.challenge(stream, half, challenge, &clock).await?
            }
            Step::Refuse(reason) => Err(reason),
            Step::Later(_) => Err(Refused::TooManyTries),
        };
        let welcome = match admitted {
            Err(reason) => Err(reason),
            Ok(proof) => {
                let name = knock.name;
                self.ask_node(|reply| DoorRequest::Admit { peer, name, reply })
                    .await
                    .map(|welcome| Welcome {
                        proof: proof.map(serde_bytes::ByteArray::new),
                        ..welcome
                    })
                    .ok_or(Refused::Declined)
            }
        };
        match welcome {
            Ok(welcome) => {
                send(stream, &Message::Welcome(Box::new(welcome))).await.ok()?;
                hang_up(stream).await;
                Some(Visit::Admitted)
            }
            Err(reason) => {
                send(stream, &Message::Refused(reason)).await.ok()?;
                hang_up(stream).await;
                Some(Visit::Refused(reason))
            }
        }
    }

    /// The doorkeeper's step, after its short pauses.
    async fn decide(
        &self,
        knock: &Knock,
        peer: MemberId,
        known: Acquaintance,
        clock: &impl Fn() -> LocalTime,
    ) -> Option<Step> {
        let started = clock();
        loop {
            let seed = random().ok()?;
            let step = self.with_keeper(|keeper| keeper.knock(peer, knock, known, seed, clock()));
            match step {
                Step::Later(pause) if clock().since(started) < PATIENCE / 2 => {
                    tokio::time::sleep(pause).await;
                }
                step => return Some(step),
            }
        }
    }

    async fn challenge(
        &self,
        stream: &mut Stream,
        half: Vec<u8>,
        challenge: Challenge,
        clock: &impl Fn() -> LocalTime,
    ) -> Option<Result<Option<[u8; 32]>, Refused>> {
        send(stream, &Message::Challenge(half.into())).await.ok()?;
        let Ok(Message::Proof(proof)) = receive(stream, KNOCK_BYTES, PATIENCE).await else {
            return None;
        };
        let proof = proof.into_array();
        match self.with_keeper(|keeper| keeper.prove(&challenge, proof, clock())) {
            Verdict::Right { proof } => Some(Ok(Some(proof))),
            Verdict::Wrong { peer, failures } => {
                self.node.send(DoorRequest::WrongCode { peer, failures }).await.ok()?;
                Some(Err(Refused::WrongCode))
            }
        }
    }

    /// Waits for people, and for the newcomer to give up.
    async fn ask_people(
        &self,
        stream: &mut Stream,
        peer: MemberId,
        name: &str,
    ) -> Option<Result<Option<[u8; 32]>, Refused>> {
        let (reply, mut answer) = oneshot::channel();
        let name = name.to_owned();
        self.node.send(DoorRequest::Ask { peer, name, reply }).await.ok()?;
        let mut again = tokio::time::interval(STILL_WAITING);
        let too_long = tokio::time::sleep(ASKING);
        tokio::pin!(too_long);
        let mut nothing = [0];
        let (mut reader, mut writer) = futures::AsyncReadExt::split(stream);
        loop {
            tokio::select! {
                biased;
                let_in = &mut answer => {
                    return Some(match let_in {
                        Ok(true) => Ok(None),
                        _ => Err(Refused::Declined),
                    });
                }
                () = &mut too_long => return Some(Err(Refused::Declined)),
                _ = again.tick() => send(&mut writer, &Message::Waiting).await.ok()?,
                // The newcomer has nothing to say now: whatever comes is the end.
                _ = reader.read(&mut nothing) => return None,
            }
        }
    }

    async fn ask_node<T>(
        &self,
        question: impl FnOnce(oneshot::Sender<T>) -> DoorRequest,
    ) -> Option<T> {
        let (reply, answer) = oneshot::channel();
        self.node.send(question(reply)).await.ok()?;
        answer.await.ok()
    }
}

/// A newcomer's knock at one member.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// Who knocks, where, and for which meeting.
    pub parties: Parties,
    /// What the newcomer calls themselves.
    pub name: String,
    /// Code or link secret, if there is one.
    pub secret: Option<Secret>,
    /// Entries of the admission by another member, founder's first.
    pub voucher: Vec<Vec<u8>>,
}

/// Knocks at one member's door and waits for the answer; `waiting` is called whenever somebody
/// inside is being asked.
///
/// # Errors
/// [`KnockError`] says whether another member, another code or another time can help.
pub async fn knock(
    mut stream: Stream,
    visitor: Visitor,
    mut waiting: impl FnMut(),
) -> Result<Box<Welcome>, KnockError> {
    let Visitor { parties, name, secret, voucher } = visitor;
    let seed = random().map_err(|_| KnockError::Closed)?;
    let (mut newcomer, first) = Newcomer::knock(parties, name, secret.as_ref(), voucher, seed);
    send(&mut stream, &first).await.map_err(|_| KnockError::Closed)?;
    loop {
        let message = receive(&mut stream, WELCOME_BYTES, PATIENCE).await?;
        match newcomer.hear(message)? {
            Next::Send(message) => {
                send(&mut stream, &message).await.map_err(|_| KnockError::Closed)?;
            }
            Next::Wait => waiting(),
            Next::Enter(welcome) => {
                let _ = stream.close().await;
                return Ok(welcome);
            }
        }
    }
}

/// One message behind its length (32 bits, big-endian).
async fn send(stream: &mut (impl AsyncWrite + Unpin), message: &Message) -> io::Result<()> {
    let bytes = message.encode();
    tokio::time::timeout(PATIENCE, frame::write(stream, &bytes, WELCOME_BYTES)).await?
}

/// The next message of at most `limit` bytes.
async fn receive(
    stream: &mut (impl AsyncRead + Unpin),
    limit: usize,
    patience: Duration,
) -> Result<Message, KnockError> {
    let received = tokio::time::timeout(patience, frame::read(stream, limit)).await;
    match received.map_err(|_| KnockError::Timeout)? {
        Ok(Some(bytes)) => Ok(Message::decode(&bytes, limit)?),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            Err(MessageError::TooLarge.into())
        }
        Ok(None) | Err(_) => Err(KnockError::Closed),
    }
}

/// Closes our half and waits for the other's: what was sent is not cut off by what comes next.
async fn hang_up(stream: &mut Stream) {
    let mut nothing = [0];
    let closing = async {
        stream.close().await?;
        stream.read(&mut nothing).await
    };
    let _ = tokio::time::timeout(PATIENCE, closing).await;
}

#[cfg(test)]
mod tests;
