//! CAPTURE of sound: a thread that reads the source by the clock and makes frames.
//!
//! **Media time is the source's sample count: its first sample is 0, and a frame's `at` is the
//! source sample that its decoded block begins with.** A decoder's output lags the encoder's input
//! by [`LOOKAHEAD`] samples, so the encoder is fed that much ahead: frame n is made of the samples
//! 960·n + 312 up to 960·(n+1) + 312, after a first packet with the 312 samples before them, which
//! is thrown away. Nobody downstream (jitter buffer, due queue, recording) needs to know of it, and
//! the pre-skip of a recorded file is 0.
//!
//! So a file's samples keep their numbers, and 648 samples of each block lie about until the next frame. A
//! microphone's have none: its first sample is 312, the encoder is fed with each block as it comes, and what was
//! said leaves 13.5 ms earlier.

use super::codec::{BITRATE, Encoder, LOOKAHEAD};
use super::pace::{Pace, PacedThread};
use super::{BLOCK, Block, CodecError, Fill, SILENT, Signs, Source};
use crate::io::clock::Clock;
use crate::limits::FRAME_SAMPLES;
use crate::room::playout::level_of;
use crate::room::time::{LocalTime, MediaTime, samples_to_span, span_to_samples};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::mpsc;

/// Frames that wait for a program that is busy: 10 s, so that nothing said is lost in a hiccup.
const QUEUE: usize = 500;

/// How far behind its clock capture catches up by working faster; after a longer stop (a suspended
/// process) media time goes on from where it was instead.
const CATCH_UP: Duration = Duration::from_secs(10);

/// By so much a source's delay may waver from block to block: some devices' callbacks come every 10 ms.
const RHYTHM: Duration = Duration::from_millis(8);

/// One frame as it was captured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Captured {
    /// First sample; a multiple of 960.
    pub at: MediaTime,
    /// The Opus packet.
    pub opus: Vec<u8>,
    /// When the first sample was said.
    pub local: LocalTime,
    /// How loud the source was (0 to 100), whether or not it was muted.
    pub level: u8,
    /// What the source noticed meanwhile.
    pub signs: Signs,
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
    /// Local nanoseconds of media time 0 at the source; moves only when capture had to stop.
    origin: Arc<AtomicU64>,
    /// Nanoseconds that sound takes from the air to the source.
    lag: Arc<AtomicU64>,
}

impl MediaClock {
    /// A clock whose media time 0 is at `origin`.
    #[must_use]
    pub fn new(origin: LocalTime) -> Self {
        Self { origin: Arc::new(AtomicU64::new(origin.as_nanos())), lag: Arc::default() }
    }

    /// The sample that is being said at `now`: what an action done now is stamped with.
    #[must_use]
    pub fn media_at(&self, now: LocalTime) -> MediaTime {
        MediaTime::from_samples(span_to_samples((now + self.lag()).since(self.origin())))
    }

    /// When sample `at` is or was said.
    #[must_use]
    pub fn local_at(&self, at: MediaTime) -> LocalTime {
        self.due(at) - self.lag()
    }

    /// When sample `at` is or was to be had from the source.
    fn due(&self, at: MediaTime) -> LocalTime {
        self.origin() + samples_to_span(at.samples())
    }

    /// The first sample that a source which begins now can give: a frame's beginning, and not the past's.
    #[must_use]
    pub fn next_frame(&self, now: LocalTime) -> MediaTime {
        let at = MediaTime::from_samples(span_to_samples(now.since(self.origin())));
        if at == at.frame_start() { at } else { at.frame_start().plus(FRAME_SAMPLES) }
    }

    fn lag(&self) -> Duration {
        Duration::from_nanos(self.lag.load(Ordering::Acquire))
    }

    /// The source says how far it is behind the air. What is within a device's rhythm changes nothing.
    fn lags(&self, delay: Duration) {
        if delay.abs_diff(self.lag()) > RHYTHM {
            self.lag.store(delay.as_nanos() as u64, Ordering::Release);
        }
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
    bitrate: Arc<AtomicU32>,
    _thread: PacedThread,
}

impl Capture {
    /// What is captured in an epoch, from one source after another. Frames that the receiver leaves lying for
    /// 10 s are lost.
    #[must_use]
    pub fn channel() -> (mpsc::Sender<CaptureEvent>, mpsc::Receiver<CaptureEvent>) {
        mpsc::channel(QUEUE)
    }

    /// Starts capturing: the source's first sample is at `first` of `media`, a frame's beginning.
    ///
    /// # Errors
    /// [`CaptureError`] when there is no encoder or no thread.
    pub fn start(
        source: Box<dyn Source>,
        clock: Clock,
        media: MediaClock,
        first: MediaTime,
        events: mpsc::Sender<CaptureEvent>,
    ) -> Result<Self, CaptureError> {
        let muted = Arc::new(AtomicBool::new(false));
        let bitrate = Arc::new(AtomicU32::new(BITRATE));
        let thread = CaptureThread {
            source,
            encoder: Encoder::new()?,
            first,
            media: media.clone(),
            muted: Arc::clone(&muted),
            bitrate: Arc::clone(&bitrate),
            coded_at: BITRATE,
            events,
        };
        let _thread = PacedThread::spawn("capture", clock, move |pace| thread.run(&pace))?;
        Ok(Self { media, muted, bitrate, _thread })
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

    /// Codes at so many bits a second from the next frame on; none: as usual.
    pub fn narrow(&self, bitrate: Option<u32>) {
        self.bitrate.store(bitrate.unwrap_or(BITRATE), Ordering::Relaxed);
    }
}

struct CaptureThread {
    source: Box<dyn Source>,
    encoder: Encoder,
    /// The source's first sample.
    first: MediaTime,
    media: MediaClock,
    muted: Arc<AtomicBool>,
    bitrate: Arc<AtomicU32>,
    coded_at: u32,
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
        let mut ahead = None;
        if !self.source.is_live() {
            let mut block = SILENT;
            if self.source.fill(&mut block)? == Fill::Ended {
                return Ok(true);
            }
            self.encode(&shifted(&SILENT, &block))?;
            ahead = Some(block);
        }
        for number in 0_u64.. {
            let at = self.first.plus(number * FRAME_SAMPLES);
            let complete = at.plus((BLOCK + LOOKAHEAD) as u64);
            if !pace.until(self.media.due(complete)) {
                return Ok(false);
            }
            let behind = pace.now().since(self.media.due(complete));
            if behind > CATCH_UP {
                self.media.delay(behind);
            }
            let mut next = SILENT;
            let fill = self.source.fill(&mut next)?;
            self.media.lags(self.source.delay());
            let block = ahead.as_ref().map_or(next, |block| shifted(block, &next));
            let opus = self.encode(&block)?;
            let local = self.media.local_at(at);
            let (level, signs) = (level_of(&block), self.source.signs());
            let event = CaptureEvent::Frame(Captured { at, opus, local, level, signs });
            if let Err(mpsc::error::TrySendError::Closed(_)) = self.events.try_send(event) {
                return Ok(false);
            }
            if fill == Fill::Ended {
                break;
            }
            ahead = ahead.map(|_| next);
        }
        Ok(true)
    }

    fn encode(&mut self, block: &Block) -> Result<Vec<u8>, String> {
        let muted = self.muted.load(Ordering::Acquire);
        let bitrate = self.bitrate.load(Ordering::Relaxed);
        if std::mem::replace(&mut self.coded_at, bitrate) != bitrate {
            self.encoder.set_bitrate(bitrate).map_err(|error| error.to_string())?;
        }
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
    fn what_a_device_holds_back_was_said_before() {
        let clock = MediaClock::new(LocalTime::from_millis(500));
        clock.lags(Duration::from_millis(30));
        // The source gives sample 48 000 at 1.5 s: it was said 30 ms before, and who turns the page then
        // turns it at that sample.
        let said = LocalTime::from_millis(1470);
        assert_eq!(clock.media_at(said), MediaTime::from_samples(48_000));
        assert_eq!(clock.local_at(MediaTime::from_samples(48_000)), said);
        assert_eq!(clock.due(MediaTime::from_samples(48_000)), LocalTime::from_millis(1500));
        clock.lags(Duration::from_millis(35));
        assert_eq!(
            clock.media_at(said),
            MediaTime::from_samples(48_000),
            "callbacks come in pieces"
        );
    }

    #[test]
    fn another_source_begins_with_the_next_frame() {
        let clock = MediaClock::new(LocalTime::from_millis(500));
        assert_eq!(clock.next_frame(LocalTime::from_millis(500)), MediaTime::ZERO);
        assert_eq!(clock.next_frame(LocalTime::from_millis(530)).samples(), 2 * FRAME_SAMPLES);
    }

    #[test]
    fn frames_follow_each_other_and_none_is_early() {
        let clock = Clock::start();
        let (sender, mut events) = Capture::channel();
        let media = MediaClock::new(clock.now());
        let tone = Box::new(ToneSource::default());
        let capture =
            Capture::start(tone, clock, media, MediaTime::ZERO, sender).expect("a thread");
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
    fn what_is_said_just_now_does_not_wait_for_what_is_not_said_yet() {
        use super::super::Decoder;
        /// A click after some blocks, in a microphone that is 20 ms late.
        struct Clicks(u64);
        impl Source for Clicks {
            fn fill(&mut self, block: &mut Block) -> Result<Fill, String> {
                *block = SILENT;
                if self.0 == 5 {
                    block[400..424].fill(0.9);
                }
                self.0 += 1;
                Ok(if self.0 < 9 { Fill::Sound } else { Fill::Ended })
            }
            fn delay(&self) -> Duration {
                Duration::from_millis(20)
            }
            fn is_live(&self) -> bool {
                true
            }
        }
        let clock = Clock::start();
        let (sender, mut events) = Capture::channel();
        let media = MediaClock::new(clock.now());
        let click = Box::new(Clicks(0));
        let _capture = Capture::start(click, clock, media.clone(), MediaTime::ZERO, sender);
        let mut decoder = Decoder::new().expect("libopus works");
        let mut heard = Vec::new();
        while let Some(CaptureEvent::Frame(frame)) = events.blocking_recv() {
            // Its last sample had been said 20 ms before it was read, and it is here at once.
            let last = frame.at.plus((BLOCK + LOOKAHEAD) as u64);
            assert_eq!(media.local_at(last) + Duration::from_millis(20), media.due(last));
            assert_eq!(frame.at.samples(), heard.len() as u64);
            heard.extend(decoder.frame(&frame.opus));
        }
        let loudest = (0..heard.len()).max_by(|a, b| heard[*a].abs().total_cmp(&heard[*b].abs()));
        let click = 5 * BLOCK + 400 + 12 + LOOKAHEAD;
        assert!(loudest.is_some_and(|at| at.abs_diff(click) < 30), "{loudest:?}, not {click}");
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
        let (sender, mut events) = Capture::channel();
        let media = MediaClock::new(clock.now());
        let first = MediaTime::from_samples(7 * FRAME_SAMPLES);
        let _capture =
            Capture::start(Box::new(Blocks(3)), clock, media, first, sender).expect("a thread");
        let all: Vec<_> = std::iter::from_fn(|| events.blocking_recv()).collect();
        assert_eq!(all.len(), 4, "three frames and the end: {all:?}");
        let at = |event: &CaptureEvent| match event {
            CaptureEvent::Frame(frame) => frame.at.samples() / FRAME_SAMPLES,
            other => panic!("{other:?}"),
        };
        assert_eq!(all[..3].iter().map(at).collect::<Vec<_>>(), [7, 8, 9]);
        assert_eq!(all.last(), Some(&CaptureEvent::Ended));
    }
}
