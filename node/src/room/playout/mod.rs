//! PLAYOUT: which frame now, and which action falls due with it.
//!
//! * [`jitter`] turns frames that arrive when they like into one block of sound every 20 ms.
//! * [`due`] holds a talker's actions until the listener hears the sound they belong to.
//! * [`level`] says how loud people are.
//! * [`DelayChoice`] is the listener's, between soon and without a gap.
//! * [`Steer`] keeps a sound card and this machine in step.
//!
//! Both are driven by arguments alone. The contract: **insert what came, pull once per 20 ms block
//! of the sink, report what was pulled to the due queue, poll it.**

mod choice;
mod delay;
pub mod due;
pub mod jitter;
#[cfg(test)]
mod jitter_tests;
pub mod level;
mod packet;
mod steer;
#[cfg(test)]
mod traces;

pub use choice::DelayChoice;
pub use due::{Due, DueQueue};
pub use jitter::{Counters, JitterBuffer, Play, Pull, Tuning};
pub use level::{Levels, Meter, OwnBlock, Picture, level_of};
pub use steer::Steer;

/// Counts of one talker's frames since this node joined.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Heard {
    /// Frames that came, duplicates included.
    pub received: u64,
    /// Frames made up because they were lost or late and FEC could not help.
    pub concealed: u64,
    /// Frames that came after their moment.
    pub late: u64,
    /// Time a frame waits in the jitter buffer now, in milliseconds.
    pub delay_ms: f64,
}
