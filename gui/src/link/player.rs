//! Recordings: listed, deleted, played.

/// What the player is told.
#[derive(Debug)]
pub enum PlayerReport {}

/// Plays one recording.
#[derive(Default)]
pub(super) struct Desk;
