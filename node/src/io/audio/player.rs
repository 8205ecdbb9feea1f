//! PLAYER: a thread that plays recorded sound by the clock, at any speed.
//!
//! Like playout's, block k is due at the start plus k·20 ms; but it waits while it is paused, and it
//! tells with each block which place of the recording is at the sink ([`Beat`]).

use super::pace::{Pace, PacedThread};
use super::{BLOCK, Block, SILENT, Sink, mix};
use crate::io::clock::Clock;
use crate::limits::FRAME_SAMPLES;
use crate::room::playback::stretch::{Input, Stretch};
use crate::room::playback::{Beat, Position};
use crate::room::time::{LocalTime, samples_to_span};
use std::sync::mpsc as sync;
use std::time::Duration;
use tokio::sync::watch;

/// Commands that wait for the next block.
const COMMANDS: usize = 64;

/// A thread later than this goes on from now: nobody hears the blocks between.
const LATE: Duration = Duration::from_millis(200);

/// Samples over which sound comes and goes when it is paused or jumps: 5 ms, against clicks.
const FADE: usize = 240;

/// What a player is told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PlayerCommand {
    /// Go on.
    Play,
    /// Stand still.
    Pause,
    /// Go on elsewhere; beats from there bear this number.
    Seek(Position, u64),
    /// Samples of the recording for each at the sink.
    Speed(f32),
}

/// How a player stands.
#[derive(Clone, Debug, PartialEq)]
pub struct PlayerState {
    /// The block at the sink, or where it stands still.
    pub beat: Beat,
    /// Why the sink failed, if it did; time goes on without.
    pub failed: Option<String>,
}

/// A running player. Dropping it closes the sink (and waits for the thread, about 1 ms).
#[derive(Debug)]
pub struct Player {
    // First, so that a thread that stands still hears its end.
    commands: sync::SyncSender<PlayerCommand>,
    _thread: PacedThread,
}

impl Player {
    /// Starts a player that stands at the beginning of `input`, which is `length` long.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(
        input: impl Input + Send + 'static,
        length: Position,
        sink: Box<dyn Sink>,
        clock: Clock,
    ) -> std::io::Result<(Self, watch::Receiver<PlayerState>)> {
        let (commands, inbox) = sync::sync_channel(COMMANDS);
        let deck = Deck::new(input, length);
        let beat = deck.beat(clock.now());
        let (state, receiver) = watch::channel(PlayerState { beat, failed: None });
        let thread = Thread { deck, sink: Some(sink), inbox, state };
        let _thread = PacedThread::spawn("player", clock, move |pace| thread.run(&pace))?;
        Ok((Self { commands, _thread }, receiver))
    }

    /// Hands over a command. `false`: far more of them came than blocks.
    pub fn send(&self, command: PlayerCommand) -> bool {
        self.commands.try_send(command).is_ok()
    }
}

/// What is played, block by block: a player without its thread and clock.
pub struct Deck<I> {
    input: I,
    stretch: Stretch,
    length: Position,
    motion: Motion,
    jump: u64,
    /// The next block begins after silence.
    fade_in: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Motion {
    Still,
    Moving,
    /// One block more, fading.
    Stopping,
}

impl<I: Input> Deck<I> {
    /// Stands at the beginning of `input`, which is `length` long.
    #[must_use]
    pub fn new(input: I, length: Position) -> Self {
        let stretch = Stretch::new();
        Self { input, stretch, length, motion: Motion::Still, jump: 0, fade_in: true }
    }

    /// Takes a command; it counts from the next block on.
    pub fn obey(&mut self, command: PlayerCommand) {
        match command {
            PlayerCommand::Play => self.motion = Motion::Moving,
            PlayerCommand::Pause if self.motion == Motion::Moving => {
                self.motion = Motion::Stopping;
            }
            PlayerCommand::Pause => {}
            PlayerCommand::Seek(to, jump) => {
                self.stretch.seek(to.min(self.length));
                (self.jump, self.fade_in) = (jump, true);
            }
            PlayerCommand::Speed(speed) => self.stretch.set_speed(speed),
        }
    }

    fn is_still(&self) -> bool {
        self.motion == Motion::Still
    }

    /// The block due at `at`, and what is in it.
    pub fn block(&mut self, at: LocalTime) -> (Block, Beat) {
        if self.stretch.position() >= self.length {
            self.motion = Motion::Still;
        }
        let beat = self.beat(at);
        if self.is_still() {
            return (SILENT, beat);
        }
        let mut block = self.stretch.block(&mut self.input);
        mix::limit(&mut block);
        if std::mem::take(&mut self.fade_in) {
            for (i, sample) in block.iter_mut().take(FADE).enumerate() {
                *sample *= i as f32 / FADE as f32;
            }
        }
        if self.motion == Motion::Stopping {
            for (i, sample) in block.iter_mut().enumerate() {
                *sample *= 1.0 - i as f32 / BLOCK as f32;
            }
            (self.motion, self.fade_in) = (Motion::Still, true);
        }
        (block, beat)
    }

    fn beat(&self, at: LocalTime) -> Beat {
        let speed = if self.is_still() { 0.0 } else { self.stretch.speed() };
        let position = self.stretch.position().min(self.length);
        Beat { at, position, speed, jump: self.jump }
    }
}

struct Thread<I> {
    deck: Deck<I>,
    /// `None` once it failed.
    sink: Option<Box<dyn Sink>>,
    inbox: sync::Receiver<PlayerCommand>,
    state: watch::Sender<PlayerState>,
}

impl<I: Input> Thread<I> {
    fn run(mut self, pace: &Pace) {
        let mut due = pace.now();
        loop {
            if self.deck.is_still() {
                if !self.wait(pace) {
                    return;
                }
                due = pace.now();
            }
            if !pace.until(due) {
                return;
            }
            while let Ok(command) = self.inbox.try_recv() {
                self.deck.obey(command);
            }
            if pace.now().since(due) > LATE {
                due = pace.now();
            }
            let (block, beat) = self.deck.block(due);
            if beat.speed > 0.0 {
                self.emit(&block);
            }
            self.tell(beat);
            due = due + samples_to_span(FRAME_SAMPLES);
        }
    }

    /// Stands still until it is to move. `false`: it is over.
    fn wait(&mut self, pace: &Pace) -> bool {
        while self.deck.is_still() {
            self.tell(self.deck.beat(pace.now()));
            match self.inbox.recv() {
                Ok(command) => self.deck.obey(command),
                Err(_) => return false,
            }
        }
        true
    }

    fn emit(&mut self, block: &Block) {
        let Some(sink) = &mut self.sink else { return };
        if let Err(error) = sink.block(block) {
            self.sink = None;
            self.state.send_modify(|state| state.failed = Some(error.to_string()));
        }
    }

    fn tell(&self, beat: Beat) {
        self.state.send_modify(|state| state.beat = beat);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each sample is its place, in seconds.
    struct Ramp;

    impl Input for Ramp {
        fn read(&mut self, place: i64, samples: &mut [f32]) {
            for (i, sample) in (place..).zip(samples) {
                *sample = i as f32 / 48_000.0 / 10.0;
            }
        }
    }

    fn ms(millis: u64) -> LocalTime {
        LocalTime::from_millis(millis)
    }

    fn deck() -> Deck<Ramp> {
        Deck::new(Ramp, Position::from_samples(48_000))
    }

    #[test]
    fn it_stands_still_until_it_is_played_and_at_the_end() {
        let mut deck = deck();
        assert_eq!(deck.block(ms(0)).1.speed, 0.0);
        deck.obey(PlayerCommand::Play);
        for number in 0..50 {
            let beat = deck.block(ms(number * 20)).1;
            assert_eq!((beat.position.samples(), beat.speed), (number * 960, 1.0));
        }
        let end = deck.block(ms(1000)).1;
        assert_eq!((end.position.samples(), end.speed), (48_000, 0.0));
    }

    #[test]
    fn a_pause_fades_out_and_going_on_fades_in() {
        let mut deck = deck();
        deck.obey(PlayerCommand::Seek(Position::from_samples(9_600), 3));
        deck.obey(PlayerCommand::Play);
        let (block, beat) = deck.block(ms(0));
        assert_eq!((beat.jump, beat.position.samples(), block[0]), (3, 9_600, 0.0));
        deck.obey(PlayerCommand::Pause);
        let (block, _) = deck.block(ms(20));
        assert!(block[0] > 0.0 && block[BLOCK - 1].abs() < 1e-4);
        assert!(deck.is_still());
        assert_eq!(deck.block(ms(40)).1.position.samples(), 9_600 + 2 * 960, "it goes on there");
        deck.obey(PlayerCommand::Play);
        assert_eq!(deck.block(ms(60)).0[0], 0.0);
    }

    #[tokio::test]
    async fn a_thread_that_stands_still_ends_with_its_player() {
        let sink = Box::new(super::super::NullSink);
        let length = Position::from_samples(480_000);
        let clock = Clock::start();
        let (player, mut state) = Player::start(Ramp, length, sink, clock).expect("a thread");
        assert_eq!(state.borrow().beat.speed, 0.0);
        player.send(PlayerCommand::Speed(2.0));
        player.send(PlayerCommand::Play);
        state.wait_for(|state| state.beat.speed == 2.0).await.expect("it moves");
        player.send(PlayerCommand::Pause);
        state.wait_for(|state| state.beat.speed == 0.0).await.expect("it stands");
        drop(player);
        assert!(state.changed().await.is_err() || state.changed().await.is_err());
    }
}
