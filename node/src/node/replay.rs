//! A recorded meeting again: the same entries through the same fold, its sound through one player.
//!
//! ```text
//! log ──→ score: where each entry and each sample lie ──→ transport: what is due ──→ stage: the fold
//! sound ─→ mixdown ─→ stretch ─→ sink, beats ─────────────────↑                        ↓
//!                                                             commands           news, position
//! ```
//!
//! [`Replay::open`] gives a handle and events. It stands at the beginning until it is told to
//! [`ReplayCommand::Play`]. Events are the [`News`] of a live meeting, and [`News::Replay`]:
//!
//! * [`ReplayNews::Reset`]: **forget pages, marks, chat, hands and people.** At the beginning and after
//!   each seek. The meeting as it stood there follows in ordinary news (people, documents, floor,
//!   marks of all pages, chat, hands, and the page on show last), up to the next
//! * [`ReplayNews::Position`]: where it is, whether it moves and how fast; at most ten times a second
//!   while it moves, and once whenever it comes to rest or has jumped.
//! * [`ReplayNews::Ended`]: the end was played. It stands still there; seek to play on.
//!
//! What was said before the recording began is there from its beginning. Pictures of pages come from
//! [`pages::Pages::open`](super::pages::Pages::open) over the data folder.

mod stage;
mod timeline;

pub use timeline::{MarkMade, Talk, Timeline, TurnMade};

use super::config::SinkChoice;
use super::ends::open_sink;
use super::event::{Event, News, Notice, SoundEnd};
use super::handle::Stopped;
use super::tell::Teller;
use crate::io::audio::{NullSink, Player, PlayerCommand, PlayerState, Sink};
use crate::io::clock::Clock;
use crate::io::log::LogError;
use crate::io::recording::{Recording, ReplayError};
use crate::io::voice::Voice;
use crate::room::id::EntryRef;
use crate::room::playback::stretch::bounded;
use crate::room::playback::{DueEntry, Position, Score, Transport};
use crate::room::playout::DelayChoice;
use crate::room::time::LocalTime;
use stage::Stage;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

/// Commands that wait: a slider drawn to and fro for a second.
const COMMANDS: usize = 64;

/// Why a folder can't be replayed.
#[derive(Debug, thiserror::Error)]
pub enum PlayError {
    /// Not the folder of a meeting.
    #[error("{0} is not the folder of a meeting; they are in DATA/meetings")]
    NoMeeting(PathBuf),
    /// Its recording.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// Its log.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The sink.
    #[error("the sound can't be played: {0}")]
    Sound(String),
}

/// What a replay can be told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ReplayCommand {
    /// Go on from where it is; at the end, from the beginning.
    Play,
    /// Stand still.
    Pause,
    /// Go on elsewhere; beyond the end is the end.
    Seek(Duration),
    /// How fast, 0.5 to 2; 1 is as it was. Voices keep their pitch.
    Speed(f32),
    /// Stop for good.
    Stop,
}

/// What a replay tells besides the meeting's news.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ReplayNews {
    /// Forget the meeting: how it stood at another place follows, until the next `Position`.
    Reset,
    /// Where it is.
    Position {
        /// From the beginning, as it is played at speed 1.
        at: Duration,
        /// Whether it moves.
        playing: bool,
        /// How fast it moves, or will.
        speed: f32,
    },
    /// The end was played.
    Ended,
}

/// Opens recordings.
#[derive(Debug)]
pub struct Replay;

/// Steers a replay. Dropping it stops the replay.
#[derive(Debug)]
pub struct ReplayHandle {
    commands: mpsc::Sender<ReplayCommand>,
    timeline: Arc<Timeline>,
    task: JoinHandle<()>,
}

impl Replay {
    /// Opens the recording in a meeting's folder, which may be in use; `sink` is where its sound
    /// goes; when that is a loudspeaker and there is none, time goes on without sound, and a notice says
    /// so. Reads log and sound once (14 MB an hour and voice), in the background; needs a tokio
    /// runtime. Events tell their moment by `clock`, and must be taken as they come.
    ///
    /// # Errors
    /// [`PlayError`].
    pub async fn open(
        folder: PathBuf,
        sink: SinkChoice,
        clock: Clock,
    ) -> Result<(ReplayHandle, mpsc::Receiver<Event>), PlayError> {
        let opened = tokio::task::spawn_blocking(move || {
            let (script, recording) = stage::open(&folder)?;
            let timeline = timeline::of(&script, &recording);
            let (sink, problem) =
                match (open_sink(&sink, &Voice::off(clock), DelayChoice::Smooth), sink) {
                    (Ok((sink, _)), _) => (sink, None),
                    (Err(problem), SinkChoice::Loudspeaker(_)) => {
                        (Box::new(NullSink) as Box<dyn Sink>, Some(problem))
                    }
                    (Err(problem), _) => return Err(PlayError::Sound(problem)),
                };
            Ok::<_, PlayError>((script, recording, timeline, sink, problem))
        });
        let (script, recording, timeline, sink, problem) =
            opened.await.map_err(|error| PlayError::Sound(error.to_string()))??;
        let Recording { score, sound, .. } = recording;
        let (transport, length) = (Transport::new(&score), score.length());
        let (player, state) = Player::start(sound, length, sink, clock)
            .map_err(|error| PlayError::Sound(error.to_string()))?;
        let (teller, events) = Teller::new(clock);
        if let Some(problem) = problem {
            teller.warn(Notice::Sound { end: SoundEnd::Sink, problem }).await;
        }
        let (commands, inbox) = mpsc::channel(COMMANDS);
        let show = Show {
            clock,
            teller,
            stage: Stage::new(Arc::new(script), score.entries()),
            score,
            transport,
            length,
            player,
            state,
            wanted: Wanted { playing: false, speed: 1.0 },
            silent: false,
        };
        let task = tokio::spawn(show.run(inbox));
        Ok((ReplayHandle { commands, timeline: Arc::new(timeline), task }, events))
    }
}

impl ReplayHandle {
    /// What lies where.
    #[must_use]
    pub fn timeline(&self) -> Arc<Timeline> {
        Arc::clone(&self.timeline)
    }

    /// Hands over a command; its effect is told by events.
    ///
    /// # Errors
    /// [`Stopped`] when the replay has stopped.
    pub async fn send(&self, command: ReplayCommand) -> Result<(), Stopped> {
        self.commands.send(command).await.map_err(|_| Stopped)
    }

    /// Hands over a command at once, for a window. `false`: stopped, or far more came than can be
    /// obeyed; of a drawn slider the last place counts, so send that again.
    pub fn try_send(&self, command: ReplayCommand) -> bool {
        self.commands.try_send(command).is_ok()
    }

    /// Stops and waits until the sink is closed.
    pub async fn close(self) {
        let _ = self.commands.send(ReplayCommand::Stop).await;
        // A panic inside was reported by the runtime; there is nothing left to wait for.
        let _ = self.task.await;
    }
}

/// What people want of it.
#[derive(Clone, Copy)]
struct Wanted {
    playing: bool,
    speed: f32,
}

/// A replay that runs.
struct Show {
    clock: Clock,
    teller: Teller,
    stage: Stage,
    score: Score,
    transport: Transport,
    length: Position,
    player: Player,
    state: watch::Receiver<PlayerState>,
    wanted: Wanted,
    /// The sink failed, and people were told.
    silent: bool,
}

impl Show {
    async fn run(mut self, mut inbox: mpsc::Receiver<ReplayCommand>) {
        self.seek(Position::START).await;
        loop {
            let wake = self.transport.next_wake(self.clock.now());
            let due = async {
                match wake {
                    Some(at) => tokio::time::sleep_until(self.clock.instant(at).into()).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                command = inbox.recv() => {
                    let Some(command) = command else { return };
                    if !self.obey_all(command, &mut inbox).await {
                        return;
                    }
                }
                changed = self.state.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    self.on_state().await;
                }
                () = due => {}
            }
            self.go_on().await;
        }
    }

    /// Obeys what waits; of several seeks in a row the last alone. `false`: it is to stop.
    async fn obey_all(
        &mut self,
        first: ReplayCommand,
        inbox: &mut mpsc::Receiver<ReplayCommand>,
    ) -> bool {
        let mut waiting = Some(first);
        while let Some(command) = waiting {
            waiting = inbox.try_recv().ok();
            match (command, waiting) {
                (ReplayCommand::Stop, _) => return false,
                (ReplayCommand::Seek(_), Some(ReplayCommand::Seek(_))) => {}
                _ => self.obey(command).await,
            }
        }
        true
    }

    async fn obey(&mut self, command: ReplayCommand) {
        match command {
            ReplayCommand::Play => {
                if self.transport.position(self.clock.now()) >= self.length {
                    self.seek(Position::START).await;
                }
                self.wanted.playing = true;
                self.transport.retell();
                self.player.send(PlayerCommand::Play);
            }
            ReplayCommand::Pause => {
                self.wanted.playing = false;
                self.transport.retell();
                self.player.send(PlayerCommand::Pause);
            }
            ReplayCommand::Seek(to) => self.seek(to.into()).await,
            ReplayCommand::Speed(speed) => {
                self.wanted.speed = bounded(speed);
                self.player.send(PlayerCommand::Speed(speed));
                self.transport.retell();
            }
            // The loop's.
            ReplayCommand::Stop => {}
        }
    }

    /// Makes the view of the place `to`, and lets the sound go on from there.
    async fn seek(&mut self, to: Position) {
        let to = to.min(self.length);
        let (jump, entries) = self.transport.seek(to);
        self.stage.look_ahead(entries.len());
        self.player.send(PlayerCommand::Seek(to, jump));
        self.teller.tell(News::Replay(ReplayNews::Reset)).await;
        for news in self.stage.rebuild(entries).await {
            self.teller.tell(news).await;
        }
    }

    async fn on_state(&mut self) {
        let PlayerState { beat, failed } = self.state.borrow_and_update().clone();
        self.transport.beat(beat);
        if let Some(problem) = failed.filter(|_| !self.silent) {
            self.silent = true;
            self.teller.warn(Notice::Sound { end: SoundEnd::Sink, problem }).await;
        }
    }

    async fn go_on(&mut self) {
        let now = self.clock.now();
        for DueEntry { entry, at } in self.transport.due(now) {
            self.apply(entry, at).await;
        }
        if self.transport.ends(now) {
            self.wanted.playing = false;
            self.position(now).await;
            self.teller.tell(News::Replay(ReplayNews::Ended)).await;
        } else {
            self.position(now).await;
        }
    }

    async fn apply(&mut self, entry: EntryRef, at: LocalTime) {
        let now = self.clock.now();
        let heard = self.stage.stamp(entry).is_some_and(|(epoch, sample)| {
            let track = self.score.tracks().get(&(entry.author, epoch));
            track.is_some_and(|track| track.place(sample).is_some())
        });
        let offset = heard.then(|| now.millis_after(at));
        for news in self.stage.apply(entry, offset) {
            self.teller.tell_at(now, news).await;
        }
        if let Some((on, turn, media)) = self.stage.turned().await {
            // Waiting for its picture counts.
            let now = self.clock.now();
            let offset_ms = heard.then(|| now.millis_after(at));
            self.teller.tell_at(now, News::Page { on, entry: turn, media, offset_ms }).await;
            self.stage.look_ahead(self.transport.said());
        }
    }

    async fn position(&mut self, now: LocalTime) {
        let Some(at) = self.transport.tell(now) else { return };
        let Wanted { playing, speed } = self.wanted;
        let news = ReplayNews::Position { at: at.into(), playing, speed };
        self.teller.tell_at(now, News::Replay(news)).await;
    }
}
