//! The newcomer's side of the conversation.

use super::message::{Half, Knock, Message, Refused, Welcome};
use super::pake::{Pake, Parties};
use super::{MessageError, Secret};
use serde_bytes::{ByteArray, ByteBuf};

/// Where a newcomer's conversation stands.
pub struct Newcomer {
    parties: Parties,
    state: State,
}

enum State {
    /// Said the PAKE's first half.
    Knocked(Box<Pake>),
    /// Proved; this is what the member has to prove.
    Proved(blake3::Hash),
    /// Nothing to prove.
    Plain,
    /// Said all.
    Over,
}

/// What a newcomer does next.
#[derive(Debug)]
pub enum Next {
    /// Send this and listen on.
    Send(Message),
    /// Somebody has to decide; listen on.
    Wait,
    /// In.
    Enter(Box<Welcome>),
}

/// Why a newcomer is not in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KnockError {
    /// The member said no, and why.
    #[error("the meeting refused ({0:?})")]
    Refused(Refused),
    /// Whoever answered does not know the code, or answered for another meeting: no member. Try
    /// another.
    #[error("whoever answered is not a member of the meeting")]
    Impostor,
    /// The member spoke out of turn: another version.
    #[error("the member does not follow the protocol; both sides may need the same version")]
    Protocol,
    /// Bytes that are no message.
    #[error(transparent)]
    Message(#[from] MessageError),
    /// The connection ended first.
    #[error("the connection closed before an answer")]
    Closed,
    /// No answer in time.
    #[error("the member did not answer in time")]
    Timeout,
}

impl Newcomer {
    /// Starts the conversation; returns its first message. `seed`: random, used once. A secret is
    /// worth one guess to whoever answers, so use it with few members.
    #[must_use]
    pub fn knock(
        parties: Parties,
        name: String,
        secret: Option<&Secret>,
        voucher: Vec<Vec<u8>>,
        seed: [u8; 32],
    ) -> (Self, Message) {
        let (state, pake) = match secret {
            None => (State::Plain, None),
            Some(secret) => {
                let (pake, half) = Pake::start(secret, &parties, true, seed);
                let half = ByteBuf::from(half);
                let half = match secret {
                    Secret::Code(_) => Half::Code(half),
                    Secret::Link(_) => Half::Link(half),
                };
                (State::Knocked(Box::new(pake)), Some(half))
            }
        };
        let voucher = voucher.into_iter().map(ByteBuf::from).collect();
        let knock = Knock { meeting: parties.meeting, name, voucher, pake };
        (Self { parties, state }, Message::Knock(knock))
    }

    /// Takes the member's next message.
    ///
    /// # Errors
    /// [`KnockError`] ends the conversation.
    pub fn hear(&mut self, message: Message) -> Result<Next, KnockError> {
        match (message, std::mem::replace(&mut self.state, State::Over)) {
            (Message::Challenge(half), State::Knocked(pake)) => {
                let proofs = pake.finish(&half).ok_or(KnockError::Protocol)?;
                self.state = State::Proved(proofs.host);
                Ok(Next::Send(Message::Proof(ByteArray::new(*proofs.newcomer.as_bytes()))))
            }
            (Message::Waiting, state @ (State::Knocked(_) | State::Plain)) => {
                self.state = state;
                Ok(Next::Wait)
            }
            (Message::Welcome(welcome), state) => self.enter(welcome, &state),
            (Message::Refused(reason), _) => Err(KnockError::Refused(reason)),
            _ => Err(KnockError::Protocol),
        }
    }

    fn enter(&self, welcome: Box<Welcome>, state: &State) -> Result<Next, KnockError> {
        let known = match state {
            State::Proved(expected) => {
                welcome.proof.is_some_and(|proof| *expected == proof.into_array())
            }
            // Not challenged: the door was open, or the newcomer known. The entries of the welcome
            // have to show who the member is.
            State::Plain | State::Knocked(_) => true,
            State::Over => return Err(KnockError::Protocol),
        };
        if !known || welcome.meeting != self.parties.meeting || welcome.keys().is_err() {
            return Err(KnockError::Impostor);
        }
        Ok(Next::Enter(welcome))
    }
}
