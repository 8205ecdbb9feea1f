//! Touches the world: TLS, the company's server, its archive and files.

pub mod account;
pub mod archive;
mod backoff;
mod connector;
mod dns;
pub mod gauge;
mod http;
pub mod link;
pub mod outbox;
pub(crate) mod parcels;
mod questions;
pub mod room;
mod session;
pub mod sign_in;
pub(crate) mod sound_line;
pub mod stanzas;
mod tls;
pub mod upload;
