//! Who gets in: the conversation between a newcomer and a member at the door.
//!
//! ```text
//! newcomer                                member
//!   Knock{name, voucher, pake?}  ──────▶   known, vouched for, open → Welcome
//!                                ◀──────   Challenge{pake}             (policy: code)
//!   Proof                        ──────▶   right → Welcome{proof}; wrong → counted, slowed, refused
//!                                ◀──────   Waiting, Waiting, …         (policy: ask)
//!                                ◀──────   Welcome | Refused{reason}
//! ```
//!
//! The newcomer proves first: a member that were no member learns one guess from it, and a wrong
//! guess of the newcomer's is counted. Who is who is known from the connection; the PAKE is bound
//! to both identities and the meeting, so that nothing said here is of use elsewhere.

mod code;
mod compare;
mod doorkeeper;
mod message;
mod newcomer;
mod pake;

pub use code::{Code, LinkSecret, ParseCodeError, Secret};
pub use compare::CompareCode;
pub use doorkeeper::{Acquaintance, Challenge, Doorkeeper, Step, Verdict};
pub use message::{
    KNOCK_BYTES, Knock, MemberAddresses, Message, MessageError, Refused, WELCOME_BYTES, Welcome,
};
pub use newcomer::{KnockError, Newcomer, Next};
pub use pake::Parties;
