//! One participant of a Moot meeting.
//!
//! A meeting is a set of signed, per-author logs of XMPP stanzas; its state is a fold over them.
//! Live, late, healed after a split or replayed: the same entries through the same fold.
//! Everything here is one chain, and the modules are its links in order:
//!
//! ```text
//! capture → stamp → stanza → gossip → log → playout / apply → view
//! ```
//!
//! * [`room`] decides and is pure: no socket, file, thread, clock or random source of its own. Time
//!   and chance come in as arguments, so that every case can be tested in microseconds.
//! * `io` acts: sound, disk, network, conversion. It depends on `room`, never the reverse.
//! * `node` is the loop that wires the two; `words` says its trouble in people's language; [`limits`] holds the bounds peers must agree on.
//!
//! Built with `--no-default-features` only the pure half remains.
//!
//! # Using it
//!
//! What flows in are `Command`s, what flows out are `Event`s; the rest is the node's own
//! business. A program that shows a meeting is a loop around that (`src/cli/run.rs` is one):
//!
//! ```no_run
//! # #[cfg(feature = "io")] mod program {
//! use moot_node::io::clock::Clock;
//! use moot_node::node::{
//!     Command, Config, DelayChoice, Entrance, News, Node, SinkChoice, SourceChoice, VoiceChoice,
//! };
//!
//! # pub async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let config = Config {
//!     data: "ben".into(), // identity, meetings, documents: one program at a time
//!     name: "Ben".into(),
//!     discovery: true,
//!     announce_name: true,
//!     entrance: Entrance::Join {
//!         meeting: Some("Dike watch".into()), // title, id or moot:// link
//!         code: Some("351-047".into()),
//!     },
//!     listen: Vec::new(), // everywhere
//!     source: SourceChoice::None,
//!     sink: SinkChoice::None,
//!     processing: Some(VoiceChoice::default()),
//!     delay: DelayChoice::Usual,
//!     muted: false,
//!     room: None,
//!     headphones: false,
//!     record: false,
//!     carrier: None,
//!     // Started with the argument `convert-worker` to open documents: see `io::document`.
//!     worker: "moot-node".into(),
//! };
//! let (node, mut events) = Node::start(config, Clock::start()).await?;
//! while let Some(event) = events.recv().await {
//!     match event.news {
//!         News::Joined { .. } => node.send(Command::Say("Good morning".into())).await?,
//!         News::Left => break,
//!         _ => {}
//!     }
//! }
//! node.shutdown().await;
//! # Ok(())
//! # }
//! # }
//! ```
//!
//! Take events as they come: a program that leaves a thousand of them waiting holds its own node up
//! (and nobody else's). A command's effect is told by events, and only once it is on disk. Dropping
//! the handle makes the node leave; `NodeHandle::shutdown` also waits until everything is closed.
//!
//! # The run loop
//!
//! A node enters a meeting (`node::entrance`: found it, come back to it, or find it and knock), and
//! then a session runs until it is left:
//!
//! ```text
//! loop {
//!     happening = inbox.next(session.next_wake(), …)   one select!: every reason to wake
//!     session.handle(happening)                        carries what one part gives to the next
//! }
//!
//! commands, own sound ─ say ─→ Record ─ kept on disk ─→ gossip
//!                                ↑                         ⇅ mesh
//!                       learn ───┴──── sync, gossip ───────┘
//!                                └ kept on disk ─→ View ─ due with its sound ─→ events
//! ```
//!
//! **Nothing takes effect before it is on disk, and nothing of one's own is told to others before.**
//! Whatever takes time (a sync, a knock, a conversion) is a task that asks the loop by a message;
//! sound has its own threads. docs/ARCHITECTURE.md follows one pen stroke through all of it.

pub mod limits;
pub mod room;

#[cfg(feature = "io")]
pub mod io;
#[cfg(feature = "io")]
pub mod node;
#[cfg(feature = "io")]
pub mod props;
#[cfg(feature = "io")]
pub mod words;

#[cfg(feature = "io")]
rust_i18n::i18n!("words", fallback = "en");
