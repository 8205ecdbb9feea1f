//! The company's XMPP server brings remote colleagues in: a meeting appears in a room (MUC) on that server.
//!
//! This crate is split as the node is. [`io`] acts: it signs in, joins the room, sends, listens, asks the
//! archive and moves files, and knows nothing of meetings. What is said in the room, and what of it, [`bridge`]
//! decides, on the plain values of [`arrival`]; [`carry`] is the loop between the two and a node, whose
//! *carrier* it is (`moot_node::room::carrier`).
//!
//! ```text
//!            say, whisper, archive, upload                 stanzas, TLS
//!   bridge ───────────────────────────────►  io::Link  ◄───────────────►  the company's server
//!          ◄───────────────────────────────
//!                 arrival::Arrival
//! ```
//!
//! [`xep`] holds one file for each extension whose elements `xmpp-parsers` lacks, or reads more strictly than
//! what other programs send. Every error has one plain sentence, in English and in Chinese ([`sentence`]).

pub mod arrival;
pub mod bridge;
pub mod carry;
pub mod io;
pub(crate) mod parcels;
pub mod sentence;
pub mod xep;
