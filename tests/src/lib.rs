//! The proof: a rig that runs real `moot-node` processes and measures what people would see and hear.
//!
//! ```text
//! speech + clicks → moot-node (presenter) ⇄ network of namespaces ⇄ moot-node … → sink (FIFO) + events
//!                                                                                   ↓        ↓
//!                                                              moment a click is heard − moment its action shows
//! ```
//!
//! Nothing measured here is taken from the product's word alone: a speech file carries a click at
//! each action's sample, [`listen`] finds the clicks in what a listener's node really played, and
//! [`offsets`] compares them with the moments at which the actions' events were printed.
//!
//! One file per purpose: [`net`] is the network, [`launch`] and [`process`] a node in it, [`gathering`] a meeting of
//! several, [`speech`] and [`click`] what is said, [`acoustics`] rooms that are computed, [`listen`] what is heard, [`stats`] and [`report`]
//! the figures. Each file under `tests/` is one scenario, named by what it shows; they take turns
//! ([`turn`]), since eight nodes fill a small machine. Every scenario prints its figures
//! (`cargo test -p moot-tests -- --nocapture`) and leaves them in `target/rig/<scenario>.json`.
//!
//! Environment: `MOOT_NODE` names the program to test (else the one beside the tests);
//! `MOOT_RIG_STRICT=0` prints figures without failing on them; `MOOT_RIG_SEED` replays another run's chance.

pub mod acoustics;
pub mod chance;
pub mod click;
pub mod coded;
pub mod company;
pub mod desk;
pub mod event;
pub mod gathering;
pub mod launch;
pub mod listen;
pub mod lossy;
pub mod net;
pub mod office;
pub mod offsets;
pub mod pdf;
pub mod process;
pub mod reader;
pub mod report;
pub mod shell;
pub mod sim;
pub mod sound_card;
pub mod speech;
pub mod stats;
pub mod talk;
pub mod turn;
pub mod wait;
pub mod wav;
