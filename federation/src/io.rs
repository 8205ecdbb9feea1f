//! Touches the world: TLS, the company's server, its archive and files.

pub mod account;
pub mod gauge;
pub mod link;
pub mod room;
pub mod sign_in;
