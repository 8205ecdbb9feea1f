//! The node's end of its carrier: a program that reaches members where this network doesn't
//! ([`crate::room::carrier`] says what the two tell each other).
//!
//! ```text
//! carrier ─ FromCarrier ─▶ switch ┬ pipes ─▶ mesh (a connection like any other)
//!                                 ├ entries ─▶ mesh (gossip like any other)
//!                                 └ the rest ─▶ node
//!    ▲───────── ToCarrier ──────── pipes, node
//! ```

mod pipe;
mod process;
mod switch;

pub use pipe::Bytes;
pub use process::at_standard_streams;
pub(crate) use switch::{Ends, Incoming, Opener, Switch, ToMesh};

use crate::room::carrier::{FromCarrier, ToCarrier};
use std::path::PathBuf;
use tokio::sync::mpsc;

/// Messages that wait on either side: each waits for the other when it is slower.
const MESSAGES: usize = 64;

/// How a carrier is started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CarrierChoice {
    /// The program.
    pub program: PathBuf,
    /// Its arguments: which room, by which account.
    pub arguments: Vec<String>,
    /// What for.
    pub role: CarrierRole,
}

/// What a node has a carrier for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CarrierRole {
    /// To bring others in: it says in the meeting that it does, and speaks there for the others.
    Bridge,
    /// To come in itself.
    Remote,
}

/// Why there is no carrier.
#[derive(Debug, thiserror::Error)]
pub enum CarrierError {
    /// The program can't be started.
    #[error("{program} can't be started ({problem}); it comes with Moot and belongs beside it")]
    Start {
        /// Which.
        program: String,
        /// Why.
        problem: String,
    },
}

/// Both ways between a node and its carrier.
#[derive(Debug)]
pub struct Carrier {
    /// What the carrier tells.
    pub told: mpsc::Receiver<FromCarrier>,
    /// What it is told.
    pub orders: mpsc::Sender<ToCarrier>,
}

impl Carrier {
    /// A carrier within this process, and its own end: tests have no program.
    #[must_use]
    pub fn pair() -> (Self, mpsc::Sender<FromCarrier>, mpsc::Receiver<ToCarrier>) {
        let (tell, told) = mpsc::channel(MESSAGES);
        let (orders, taken) = mpsc::channel(MESSAGES);
        (Self { told, orders }, tell, taken)
    }
}
