//! What is shown live and kept nowhere: laser pointers, strokes in the making, open microphones.
//!
//! * [`Outbox`]: what one listener is still to be told. Newer replaces older, points add up, and
//!   whatever a slow way holds back is told in as few stanzas as it takes: nothing goes stale.
//! * [`Allowance`]: how much of it a member may send.
//! * [`Watch`]: what is shown here, of whom, until when. Each sign waits for the sound it was made
//!   with, as an action does ([`crate::room::playout::due`]).

mod allowance;
mod outbox;
mod watch;

pub use allowance::Allowance;
pub use outbox::{Next, Outbox};
pub use watch::{Shown, Watch};
