//! One participant of a Moot meeting.
//!
//! A meeting is a set of signed, per-author logs of XMPP stanzas; its state is a fold over them.
//! Everything here is one chain, and the modules are its links in order:
//!
//! ```text
//! capture → stamp → stanza → gossip → log → playout / apply → view
//! ```
//!
//! * [`room`] decides and is pure: no socket, file, thread, clock or random source of its own. Time
//!   and chance come in as arguments, so that every case can be tested in microseconds.
//! * `io` acts: sound, disk, network, conversion. It depends on `room`, never the reverse.
//! * `node` is the loop that wires the two; [`limits`] holds the bounds peers must agree on.
//!
//! Built with `--no-default-features` only the pure half remains.

pub mod limits;
pub mod room;

#[cfg(feature = "io")]
pub mod io;
#[cfg(feature = "io")]
pub mod node;
