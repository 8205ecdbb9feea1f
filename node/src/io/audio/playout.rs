//! PLAYOUT of sound: a thread that mixes what is due and hands it to the sink by the clock.
//!
//! **Block k is due at the start plus k·20 ms, always.** A late wake-up makes a block late, never
//! the ones after it; after a long stop the missed blocks are silence, so that the sink's time
//! stays the meeting's.
//!
//! While nobody speaks, and the sink keeps no time of its own, there is no block and the thread
//! rests. The first frame wakes it, and the blocks' time starts anew with it: no later than its
//! jitter buffer lets it be heard.

use super::pace::{Alarm, Pace, PacedThread};
use super::talker::{Mixes, Talkers};
use super::volume::{Ramp, Volumes};
use super::{SILENT, Sink, mix};
use crate::io::clock::Clock;
use crate::limits::FRAME_SAMPLES;
use crate::room::id::MemberId;
use crate::room::playout::Heard;
use crate::room::time::{Epoch, LocalTime, MediaTime, samples_to_span};
use std::sync::mpsc as sync;
use std::time::Duration;
use tokio::sync::mpsc;

/// Frames that wait for the playout thread, which empties the queue each 20 ms: 64 talkers' burst
/// of 16 frames.
const FRAMES: usize = 1024;

/// Events that wait for the program: 2.5 s with 8 talkers.
const EVENTS: usize = 1024;

/// A thread this late plays what it missed at once; later than this, it is silence.
const CATCH_UP: Duration = Duration::from_millis(200);

/// A thread that woke this late was kept from running, and so most likely were those who bring frames:
/// what came meanwhile lies in the system's buffers.
const KEPT: Duration = Duration::from_millis(10);

/// They get so long to bring it before frames are made up; the block is late anyway. When eight nodes
/// had stood still for 50 ms, frames were there 3 to 7 ms after the playout threads ran again.
const GRACE: Duration = Duration::from_millis(10);

/// Silence that is written for a stop at most; after a longer one (a suspended process) the blocks'
/// time starts anew.
const LONGEST_STOP: Duration = Duration::from_secs(60);

/// Blocks between two reports of counts: 1 s.
const REPORT: u64 = 50;

/// Blocks between two reports of levels: 80 ms, a little rarer than they are shown.
const LEVELS: u64 = 4;

/// A frame on its way to being heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Who speaks.
    pub author: MemberId,
    /// In which of their epochs.
    pub epoch: Epoch,
    /// First sample.
    pub at: MediaTime,
    /// The Opus packet.
    pub opus: Vec<u8>,
    /// The first one after a pause.
    pub resumes: bool,
    /// When it reached this machine.
    pub arrived: LocalTime,
}

/// Which moment of a talker's sound is at the sink when: what the due queue wants to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Played {
    /// Who is heard.
    pub author: MemberId,
    /// In which of their epochs.
    pub epoch: Epoch,
    /// The block's first sample.
    pub first: MediaTime,
    /// When that sample is heard: at the sink, with the sink's own delay.
    pub at: LocalTime,
}

/// What the playout thread has to say.
#[derive(Clone, Debug, PartialEq)]
pub enum PlayoutEvent {
    /// A block of a talker's is at the sink.
    Played(Played),
    /// Once a second: counts by talker since the start.
    Heard(Vec<(MemberId, Heard)>),
    /// How loud everybody is who is heard (level 1 to 100), when that has changed.
    Levels(Vec<(MemberId, u8)>),
    /// The sink failed; playout goes on without, so that actions meet their time.
    Failed(String),
}

/// Why there is no playout.
#[derive(Debug, thiserror::Error)]
pub enum PlayoutError {
    /// No thread.
    #[error("the system gives no thread for the sound sink: {0}")]
    Thread(#[from] std::io::Error),
}

/// The way in for frames. Clone it freely.
#[derive(Clone, Debug)]
pub struct PlayoutInput {
    frames: sync::SyncSender<Frame>,
    alarm: Option<Alarm>,
}

impl PlayoutInput {
    /// Hands over a frame, at once. `false`: it was dropped, because far more come than can be
    /// heard, or because playout has ended.
    pub fn frame(&self, frame: Frame) -> bool {
        let taken = self.frames.try_send(frame).is_ok();
        if let Some(alarm) = &self.alarm {
            alarm.ring();
        }
        taken
    }
}

/// The running playout. Dropping it closes the sink (and waits for the thread, about 1 ms).
#[derive(Debug)]
pub struct Playout {
    input: PlayoutInput,
    sinks: sync::SyncSender<Box<dyn Sink>>,
    volumes: Volumes,
    _thread: PacedThread,
}

impl Playout {
    /// Starts playing into `sink`, everybody as `volumes` say. Events that the receiver leaves lying are lost.
    ///
    /// # Errors
    /// [`PlayoutError`] when there is no thread.
    pub fn start(
        sink: Box<dyn Sink>,
        volumes: Volumes,
        clock: Clock,
    ) -> Result<(Self, mpsc::Receiver<PlayoutEvent>), PlayoutError> {
        let (frames, queue) = sync::sync_channel(FRAMES);
        let (sinks, new_sinks) = sync::sync_channel(1);
        let (events, receiver) = mpsc::channel(EVENTS);
        let thread = PlayoutThread {
            sink: Some(sink),
            talkers: Talkers::new(volumes.clone()),
            volumes: volumes.clone(),
            mix: Ramp::new(1.0),
            levels: Vec::new(),
            queue,
            new_sinks,
            events,
        };
        let _thread = PacedThread::spawn("playout", clock, move |pace| thread.run(&pace))?;
        let input = PlayoutInput { frames, alarm: _thread.alarm() };
        Ok((Self { input, sinks, volumes, _thread }, receiver))
    }

    /// The way in for frames.
    #[must_use]
    pub fn input(&self) -> PlayoutInput {
        self.input.clone()
    }

    /// Plays into `sink` from the next block on; what played so far is closed. `false`: not now, the thread
    /// has not yet taken the one before.
    pub fn play_to(&self, sink: Box<dyn Sink>) -> bool {
        let taken = self.sinks.try_send(sink).is_ok();
        if let Some(alarm) = &self.input.alarm {
            alarm.ring();
        }
        taken
    }

    /// How loud this listener wants to hear whom.
    #[must_use]
    pub fn volumes(&self) -> &Volumes {
        &self.volumes
    }
}

/// Notices that the thread was kept from running.
#[derive(Debug, Default)]
struct Stop {
    /// The block before was late, too: it belongs to the same stop.
    over: bool,
}

impl Stop {
    /// When to play the block that was due at `due`, woken at `now`: once for each stop a little later.
    fn go_on(&mut self, due: LocalTime, now: LocalTime) -> LocalTime {
        let kept = now.since(due) > KEPT;
        let first = kept && !self.over;
        self.over = kept;
        if first { now + GRACE } else { now }
    }
}

struct PlayoutThread {
    /// `None` once it failed.
    sink: Option<Box<dyn Sink>>,
    talkers: Talkers,
    volumes: Volumes,
    /// Of the whole mix.
    mix: Ramp,
    /// As reported last.
    levels: Vec<(MemberId, u8)>,
    queue: sync::Receiver<Frame>,
    new_sinks: sync::Receiver<Box<dyn Sink>>,
    events: mpsc::Sender<PlayoutEvent>,
}

impl PlayoutThread {
    fn run(mut self, pace: &Pace) {
        let mut due = pace.now();
        let mut stop = Stop::default();
        for number in 1_u64.. {
            if self.nobody_speaks() {
                if !self.rest(pace) {
                    return;
                }
                due = pace.now() + self.volumes.wanted_delay().behind();
            }
            if !pace.until(due) || !pace.until(stop.go_on(due, pace.now())) {
                return;
            }
            due = self.make_up(due, pace.now());
            self.block(due);
            if number % LEVELS == 0 {
                self.tell_levels();
            }
            if number % REPORT == 0 {
                self.talkers.forget(due);
                self.tell(PlayoutEvent::Heard(self.talkers.heard()));
            }
            due = due + samples_to_span(FRAME_SAMPLES);
        }
    }

    /// Nothing is to be heard or told, and the sink can do without silence.
    fn nobody_speaks(&self) -> bool {
        let silence = self.sink.as_ref().is_some_and(|sink| sink.keeps_time());
        !silence && self.talkers.is_empty() && self.levels.is_empty()
    }

    /// Waits for the first frame, or for another sink. `false`: it is over.
    fn rest(&mut self, pace: &Pace) -> bool {
        let Self { queue, talkers, new_sinks, sink, .. } = self;
        pace.rest(|| {
            let begins = queue.try_recv().map(|frame| talkers.insert(frame)).is_ok();
            match new_sinks.try_recv() {
                Ok(new) => *sink = Some(new),
                Err(_) => return begins,
            }
            true
        })
    }

    /// Fills a long stop with silence; says which block is due then.
    fn make_up(&mut self, due: LocalTime, now: LocalTime) -> LocalTime {
        let late = now.since(due);
        if late <= CATCH_UP {
            return due;
        }
        if late > LONGEST_STOP {
            return now;
        }
        let mut due = due;
        while now.since(due) >= samples_to_span(FRAME_SAMPLES) {
            self.emit(&SILENT);
            due = due + samples_to_span(FRAME_SAMPLES);
        }
        due
    }

    fn block(&mut self, due: LocalTime) {
        if let Ok(sink) = self.new_sinks.try_recv() {
            self.sink = Some(sink);
        }
        // Bounded, so that a flood of frames can't hold the block up.
        for frame in self.queue.try_iter().take(FRAMES) {
            self.talkers.insert(frame);
        }
        let Mixes { here: mut block, there, played } = self.talkers.pull(due);
        self.mix.play(&mut block, self.volumes.of_all());
        mix::limit(&mut block);
        if let (Some(sink), Some(mut there)) = (&mut self.sink, there) {
            mix::limit(&mut there);
            sink.overhears(&there);
        }
        let delay = self.sink.as_ref().map_or(Duration::ZERO, |sink| sink.delay());
        self.emit(&block);
        for played in played {
            let at = played.at + delay;
            self.tell(PlayoutEvent::Played(Played { at, ..played }));
        }
    }

    fn tell_levels(&mut self) {
        let levels = self.talkers.levels();
        if levels != self.levels {
            self.levels.clone_from(&levels);
            self.tell(PlayoutEvent::Levels(levels));
        }
    }

    fn emit(&mut self, block: &super::Block) {
        let Some(sink) = &mut self.sink else { return };
        if let Err(error) = sink.block(block) {
            self.sink = None;
            self.tell(PlayoutEvent::Failed(error.to_string()));
        }
    }

    fn tell(&self, event: PlayoutEvent) {
        // Full: the program is seconds behind and newer events tell it more. Closed: it is ending.
        drop(self.events.try_send(event));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::room::group::Ears;

    fn frame(index: u64, clock: Clock) -> Frame {
        Frame {
            author: MemberId([1; 32]),
            epoch: Epoch(1),
            at: MediaTime::from_samples(index * FRAME_SAMPLES),
            opus: vec![0x48, 0, 0],
            resumes: false,
            arrived: clock.now(),
        }
    }

    /// What a sink that keeps no time was handed.
    struct Heard(sync::Sender<super::super::Block>);

    impl Sink for Heard {
        fn block(&mut self, block: &super::super::Block) -> std::io::Result<()> {
            self.0.send(*block).map_err(std::io::Error::other)
        }

        fn keeps_time(&self) -> bool {
            false
        }
    }

    fn until_it_rests(playout: &Playout) {
        let alarm = playout.input.alarm.clone().expect("a thread");
        while !alarm.rests() {
            std::thread::yield_now();
        }
    }

    #[test]
    fn a_thread_that_rests_misses_nothing_of_who_begins_to_speak() {
        let clock = Clock::start();
        let (sink, blocks) = sync::channel();
        let (playout, mut events) =
            Playout::start(Box::new(Heard(sink)), Volumes::default(), clock).expect("a thread");
        until_it_rests(&playout);
        assert!(blocks.try_recv().is_err(), "nobody speaks: no block is made");
        let began = clock.now();
        // Speech that comes at once, as behind a stall.
        for index in 0..5 {
            assert!(playout.input().frame(frame(index, clock)));
        }
        let (mut first, mut counts) = (None, None);
        while counts.is_none() {
            match events.blocking_recv().expect("it plays") {
                PlayoutEvent::Played(played) => first = first.or(Some(played)),
                PlayoutEvent::Failed(problem) => panic!("{problem}"),
                PlayoutEvent::Heard(all) => counts = all.first().map(|(_, heard)| heard.received),
                PlayoutEvent::Levels(_) => {}
            }
        }
        // Which of them are still heard is the jitter buffer's, and the machine's.
        assert_eq!(counts, Some(5), "the one that woke it is among them");
        let first = first.expect("some of them are heard");
        assert!(first.at >= began, "by the clock, and not by that of blocks that never were");
        assert!(blocks.recv().is_ok());
    }

    #[test]
    fn a_thread_that_rests_ends_with_its_playout() {
        let clock = Clock::start();
        let (playout, mut events) =
            Playout::start(Box::new(super::super::NullSink), Volumes::default(), clock)
                .expect("a thread");
        until_it_rests(&playout);
        drop(playout);
        assert_eq!(events.blocking_recv(), None);
    }

    #[test]
    fn a_sink_that_keeps_time_gets_its_silence() {
        struct Tape(sync::Sender<super::super::Block>);
        impl Sink for Tape {
            fn block(&mut self, block: &super::super::Block) -> std::io::Result<()> {
                self.0.send(*block).map_err(std::io::Error::other)
            }
        }
        let (sink, blocks) = sync::channel();
        let (playout, _events) =
            Playout::start(Box::new(Tape(sink)), Volumes::default(), Clock::start())
                .expect("a thread");
        assert_eq!(blocks.recv().map(|block| block == SILENT), Ok(true));
        assert_eq!(blocks.recv().map(|block| block == SILENT), Ok(true));
        drop(playout);
    }

    #[test]
    fn what_another_laptop_of_the_room_plays_is_overheard_and_not_played() {
        /// What is played, and what is overheard.
        struct Room(sync::Sender<(bool, super::super::Block)>);
        impl Sink for Room {
            fn block(&mut self, block: &super::super::Block) -> std::io::Result<()> {
                self.0.send((true, *block)).map_err(std::io::Error::other)
            }
            fn overhears(&mut self, block: &super::super::Block) {
                let _ = self.0.send((false, *block));
            }
        }
        let (sink, blocks) = sync::channel();
        let clock = Clock::start();
        let (playout, _events) =
            Playout::start(Box::new(Room(sink)), Volumes::default(), clock).expect("a thread");
        playout.volumes().hear(Ears { aloud: false, ..Ears::default() });
        let mut encoder = super::super::Encoder::new().expect("libopus works");
        for index in 0..10 {
            let tone: super::super::Block = std::array::from_fn(|n| (n as f32 / 7.0).sin() * 0.5);
            let opus = encoder.encode(&tone).expect("a packet");
            assert!(playout.input().frame(Frame { opus, ..frame(index, clock) }));
        }
        let mut overheard = 0;
        while overheard < 5 {
            let (played, block) = blocks.recv().expect("it plays");
            let loud = block.iter().any(|sample| *sample != 0.0);
            assert!(!(played && loud), "not from here");
            overheard += u32::from(loud);
        }
    }

    #[test]
    fn after_a_stop_frames_get_a_moment_once() {
        let at = LocalTime::from_millis;
        let mut stop = Stop::default();
        assert_eq!(stop.go_on(at(20), at(21)), at(21), "a usual awakening");
        assert_eq!(stop.go_on(at(40), at(95)), at(105), "55 ms late: frames are on their way");
        assert_eq!(stop.go_on(at(60), at(105)), at(105), "what was missed follows at once");
        assert_eq!(stop.go_on(at(80), at(105)), at(105));
        assert_eq!(stop.go_on(at(100), at(105)), at(105), "in time again");
        assert_eq!(stop.go_on(at(120), at(140)), at(150), "another stop");
    }
}
