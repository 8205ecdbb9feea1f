//! CAPTURE of sound: a thread that reads the source by the clock and makes frames.
//!
//! **Media time is the source's sample count: its first sample is 0, and a frame's `at` is the
//! source sample that its decoded block begins with.** A decoder's output lags the encoder's input
//! by [`LOOKAHEAD`] samples, so the encoder is fed that much ahead: frame n is made of the samples
//! 960·n + 312 up to 960·(n+1) + 312, after a first packet with the 312 samples before them, which
//! is thrown away. Nobody downstream (jitter buffer, due queue, recording) needs to know of it, and
//! the pre-skip of a recorded file is 0.

use super::codec::{Encoder, LOOKAHEAD};
use super::pace::{Pace, PacedThread};
use super::{BLOCK, Block, CodecError, Fill, SILENT, Source};
use crate::io::clock::Clock;
use crate::limits::FRAME_SAMPLES;
use crate::room::playout::level_of;
use crate::room::time::{LocalTime, MediaTime, samples_to_span, span_to_samples};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::mpsc;

/// Frames that wait for a program that is busy: 10 s, so that nothing said is lost in a hiccup.
const QUEUE: usize = 500;

/// How far behind its clock capture catches up by working faster; after a longer stop (a suspended
/// process) media time goes on from where it was instead.
const CATCH_UP: Duration = Duration::from_secs(10);

/// One frame as it was captured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Captured {
    /// First sample; a multiple of 960.
    pub at: MediaTime,
    /// The Opus packet.
    pub opus: Vec<u8>,
    /// When the first sample was captured.
    pub local: LocalTime,
    /// How loud the source was (0 to 100), whether or not it was muted.
    pub level: u8,
}

/// What the capture thread has to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CaptureEvent {
    /// The next frame.
    Frame(Captured),
    /// The source has ended; no frame follows. Media time runs on.
    Ended,
    /// The source failed; no frame follows. Media time runs on.
    Failed(String),
}

/// Why sound can't be captured.
#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    /// No encoder.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// No thread.
    #[error("the system gives no thread for the sound source: {0}")]
    Thread(#[from] std::io::Error),
}

/// Media time of one's own epoch by the local clock. Runs without a source, too.
#[derive(Clone, Debug)]
pub struct MediaClock {
    /// Local nanoseconds of media time 0; moves only when capture had to stop.
    origin: Arc<AtomicU64>,
}

impl MediaClock {
    /// A clock whose media time 0 is at `origin`.
    #[must_use]
    pub fn new(origin: LocalTime) -> Self {
        Self { origin: Arc::new(AtomicU64::new(origin.as_nanos())) }
    }

    /// The sample that is being captured at `now`: what an action done now is stamped with.
    #[must_use]
    pub fn media_at(&self, now: LocalTime) -> MediaTime {
        MediaTime::from_samples(span_to_samples(now.since(self.origin())))
    }

    /// When sample `at` is or was captured.
    #[must_use]
    pub fn local_at(&self, at: MediaTime) -> LocalTime {
        self.origin() + samples_to_span(at.samples())
    }

    fn origin(&self) -> LocalTime {
        LocalTime::from_nanos(self.origin.load(Ordering::Acquire))
    }

    fn delay(&self, by: Duration) {
        self.origin.store((self.origin() + by).as_nanos(), Ordering::Release);
    }
}

/// One epoch of captured sound. Dropping it ends the epoch (and waits for the thread, about 1 ms).
#[derive(Debug)]
pub struct Capture {
    media: MediaClock,
    muted: Arc<AtomicBool>,
    _thread: PacedThread,
}

impl Capture {
    /// Starts capturing: the source's first sample is at media time 0 and at local time `origin`.
    /// Frames that the receiver leaves lying for 10 s are lost.
    ///
    /// # Errors
    /// [`CaptureError`] when there is no encoder or no thread.
    pub fn start(
        source: Box<dyn Source>,
        clock: Clock,
        origin: LocalTime,
    ) -> Result<(Self, mpsc::Receiver<CaptureEvent>), CaptureError> {
        let (events, receiver) = mpsc::channel(QUEUE);
        let media = MediaClock::new(origin);
        let muted = Arc::new(AtomicBool::new(false));
        let thread = CaptureThread {
            source,
            encoder: Encoder::new()?,
            media: media.clone(),
            muted: Arc::clone(&muted),
            events,
        };
        let _thread = PacedThread::spawn("capture", clock, move |pace| thread.run(&pace))?;
        Ok((Self { media, muted, _thread }, receiver))
    }

    /// The epoch's clock.
    #[must_use]
    pub fn media(&self) -> &MediaClock {
        &self.media
    }

    /// Sends silence, or sound again, from the next frame on. Media time runs on, and so does the
    /// source.
    pub fn mute(&self, muted: bool) {
        self.muted.store(muted, Ordering::Release);
    }
}

struct CaptureThread {
    source: Box<dyn Source>,
    encoder: Encoder,
    media: MediaClock,
    muted: Arc<AtomicBool>,
    events: mpsc::Sender<CaptureEvent>,
}

impl CaptureThread {
    fn run(mut self, pace: &Pace) {
        let last = match self.frames(pace) {
            Ok(true) => CaptureEvent::Ended,
            Ok(false) => return,
            Err(problem) => CaptureEvent::Failed(problem),
        };
        // Full or closed: then nobody listens.
        drop(self.events.try_send(last));
    }

    /// Makes frames until the source ends (`true`) or nobody wants them (`false`).
    fn frames(&mut self, pace: &Pace) -> Result<bool, String> {
        let mut block = SILENT;
        if self.source.fill(&mut block)? == Fill::Ended {
            return Ok(true);
        }
        self.encode(&shifted(&SILENT, &block))?;
        for number in 0_u64.. {
            let at = MediaTime::from_samples(number * FRAME_SAMPLES);
            let complete = at.plus((BLOCK + LOOKAHEAD) as u64);
            if !pace.until(self.media.local_at(complete)) {
                return Ok(false);
            }
            let behind = pace.now().since(self.media.local_at(complete));
            if behind > CATCH_UP {
                self.media.delay(behind);
            }
            let mut next = SILENT;
            let fill = self.source.fill(&mut next)?;
            let opus = self.encode(&shifted(&block, &next))?;
            let local = self.media.local_at(at);
            let level = level_of(&block);
            let event = CaptureEvent::Frame(Captured { at, opus, local, level });
            if let Err(mpsc::error::TrySendError::Closed(_)) = self.events.try_send(event) {
                return Ok(false);
            }
            if fill == Fill::Ended {
                break;
            }
            block = next;
        }
        Ok(true)
    }

    fn encode(&mut self, block: &Block) -> Result<Vec<u8>, String> {
        let muted = self.muted.load(Ordering::Acquire);
        self.encoder.encode(if muted { &SILENT } else { block }).map_err(|error| error.to_string())
    }
}

/// The block that begins [`LOOKAHEAD`] samples into `one` and goes on into `two`.
fn shifted(one: &Block, two: &Block) -> Block {
    let mut block = SILENT;
    let (head, tail) = block.split_at_mut(BLOCK - LOOKAHEAD);
    head.copy_from_slice(&one[LOOKAHEAD..]);
    tail.copy_from_slice(&two[..LOOKAHEAD]);
    block
}

#[cfg(test)]
mod tests {
    use super::super::ToneSource;
    use super::*;

    #[test]
    fn media_time_is_the_sample_being_captured() {
        let clock = MediaClock::new(LocalTime::from_millis(500));
        assert_eq!(clock.media_at(LocalTime::from_millis(100)), MediaTime::ZERO);
        assert_eq!(clock.media_at(LocalTime::from_millis(1500)), MediaTime::from_samples(48_000));
        assert_eq!(clock.local_at(MediaTime::from_samples(96_000)), LocalTime::from_millis(2500));
        clock.delay(Duration::from_millis(100));
        assert_eq!(clock.media_at(LocalTime::from_millis(1600)), MediaTime::from_samples(48_000));
    }

    #[test]
    fn frames_follow_each_other_and_none_is_early() {
        let clock = Clock::start();
        let (capture, mut events) =
            Capture::start(Box::new(ToneSource::default()), clock, clock.now()).expect("a thread");
        for number in 0..10 {
            let Some(CaptureEvent::Frame(frame)) = events.blocking_recv() else {
                panic!("the tone goes on");
            };
            assert_eq!(frame.at.samples(), number * FRAME_SAMPLES);
            assert_eq!(frame.local, capture.media().local_at(frame.at));
            let captured = frame.local + samples_to_span((BLOCK + LOOKAHEAD) as u64);
            assert!(clock.now() >= captured, "a frame can't be there before its sound");
        }
    }

    #[test]
    fn a_source_that_ends_has_all_its_samples_in_frames() {
        struct Blocks(u32);
        impl Source for Blocks {
            fn fill(&mut self, _: &mut Block) -> Result<Fill, String> {
                let left = self.0.checked_sub(1);
                self.0 = left.unwrap_or(0);
                Ok(if left.is_some() { Fill::Sound } else { Fill::Ended })
            }
        }
        let clock = Clock::start();
        let (_capture, mut events) =
            Capture::start(Box::new(Blocks(3)), clock, clock.now()).expect("a thread");
        let all: Vec<_> = std::iter::from_fn(|| events.blocking_recv()).collect();
        assert_eq!(all.len(), 4, "three frames and the end: {all:?}");
        assert_eq!(all.last(), Some(&CaptureEvent::Ended));
    }
}
