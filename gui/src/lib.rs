//! The window of Moot: what a person in the room opens.
//!
//! ```text
//! node ── events ─→ link ─→ Model ─→ panels ─→ pixels
//!   ↑                                  │
//!   └── node commands ←─ link ←─ app ←─┴── Command
//! ```
//!
//! * [`model`] is plain data: what is to be seen. [`link`] folds the node's events into it.
//! * [`panels`] read it and push [`command::Command`]s. No panel knows a channel, a node or a task,
//!   so each stands alone in a test.
//! * [`app`] drains events, draws the panels, and carries the commands out, between two frames.
//! * [`theme`] and [`widgets`] hold the look, `locales/` the words.
//!
//! The node runs on a tokio runtime beside the window; pages are decoded and finished ink is drawn
//! on threads of their own. **The UI thread never waits.** When nothing happens nothing is drawn.

pub mod app;
pub mod cli;
pub mod command;
pub mod context;
pub mod fonts;
pub mod heap;
pub mod ink;
pub mod link;
pub mod model;
pub mod panels;
pub mod pictures;
pub mod settings;
pub mod textures;
pub mod theme;
pub mod widgets;

rust_i18n::i18n!("locales", fallback = "en");
