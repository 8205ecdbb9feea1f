//! Signing in (RFC 6120 §6): SCRAM, and PLAIN only where it was asked for.

mod error;

pub use error::SignInError;
