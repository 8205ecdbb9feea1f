//! The two ends of sound with the chain between them: a microphone that is processed, a loudspeaker that is heard.

use super::chain::{Chain, Noticed, Switches};
use super::guard::DUCK;
use super::reference::{Feed, Reference, tap};
use super::{PIECE, Piece, QUIET, Sonora};
use crate::io::audio::{BLOCK, Block, Fill, Howl, Signs, Sink, Source};
use crate::io::clock::Clock;
use crate::room::time::samples_to_span;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What people choose about their microphone's sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VoiceChoice {
    /// Steady noise is suppressed.
    pub noise: bool,
    /// Quiet voices are made louder, loud ones quieter, where no loudspeaker is open.
    pub gain: bool,
}

impl Default for VoiceChoice {
    /// Both: a laptop has a fan, and its owner sits where they sit.
    fn default() -> Self {
        Self { noise: true, gain: true }
    }
}

/// What microphone and loudspeaker of a node have to do with each other. Clone it freely.
///
/// Devices come and go: each that is opened is wrapped by [`Voice::microphone`] or [`Voice::loudspeaker`], and
/// what one needs of the other goes over to those that are used now.
#[derive(Clone)]
pub struct Voice {
    /// `None`: nothing is processed.
    shared: Option<Arc<Shared>>,
    clock: Clock,
}

struct Shared {
    /// What the canceller is to read next, when that is another one.
    reference: Mutex<Option<Reference>>,
    /// There is one.
    handed: AtomicBool,
    noise: AtomicBool,
    gain: AtomicBool,
    /// Loudspeakers that play into the room: two while one takes the other's place.
    loudspeakers: AtomicU32,
    /// Nobody is to be heard from them.
    deaf: AtomicBool,
    muted: AtomicBool,
    /// The guard wants the loudspeaker quieter.
    ducked: AtomicBool,
}

impl std::fmt::Debug for Voice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.shared.is_some() { "Voice" } else { "Voice (off)" })
    }
}

impl Voice {
    /// Processing as people chose it.
    #[must_use]
    pub fn new(choice: VoiceChoice, clock: Clock) -> Self {
        let shared = Shared {
            reference: Mutex::new(None),
            handed: AtomicBool::new(false),
            noise: AtomicBool::new(choice.noise),
            gain: AtomicBool::new(choice.gain),
            loudspeakers: AtomicU32::new(0),
            deaf: AtomicBool::new(false),
            muted: AtomicBool::new(false),
            ducked: AtomicBool::new(false),
        };
        Self { shared: Some(Arc::new(shared)), clock }
    }

    /// No processing: sources and sinks stay as they are.
    #[must_use]
    pub fn off(clock: Clock) -> Self {
        Self { shared: None, clock }
    }

    /// People choose otherwise.
    pub fn choose(&self, choice: VoiceChoice) {
        if let Some(shared) = &self.shared {
            shared.noise.store(choice.noise, Ordering::Relaxed);
            shared.gain.store(choice.gain, Ordering::Relaxed);
        }
    }

    /// Nobody is heard from the loudspeaker any more, or everybody again.
    pub fn deafen(&self, deaf: bool) {
        if let Some(shared) = &self.shared {
            shared.deaf.store(deaf, Ordering::Relaxed);
        }
    }

    /// The microphone is closed, or open again.
    pub fn mute(&self, muted: bool) {
        if let Some(shared) = &self.shared {
            shared.muted.store(muted, Ordering::Relaxed);
        }
    }

    /// A microphone whose sound is processed.
    #[must_use]
    pub fn microphone(&self, source: Box<dyn Source>) -> Box<dyn Source> {
        let Some(shared) = &self.shared else { return source };
        Box::new(Processed {
            source,
            chain: Chain::new(Box::new(Sonora::new())),
            clock: self.clock,
            shared: Arc::clone(shared),
            reference: None,
            noticed: Noticed::default(),
        })
    }

    /// A loudspeaker that the microphone knows of; `aloud`: it plays into the room, and not into one's ears.
    #[must_use]
    pub fn loudspeaker(&self, sink: Box<dyn Sink>, aloud: bool) -> Box<dyn Sink> {
        let Some(shared) = &self.shared else { return sink };
        let (feed, reference) = tap();
        shared.hand(reference);
        shared.loudspeakers.fetch_add(u32::from(aloud), Ordering::Relaxed);
        Box::new(Tapped {
            sink,
            feed,
            clock: self.clock,
            shared: Arc::clone(shared),
            aloud,
            factor: 1.0,
            beside: None,
        })
    }
}

impl Shared {
    fn hand(&self, reference: Reference) {
        *self.reference.lock().unwrap_or_else(PoisonError::into_inner) = Some(reference);
        self.handed.store(true, Ordering::Release);
    }

    /// What was handed, without waiting: when somebody hands it just now, it is for the next block.
    fn take(&self) -> Option<Reference> {
        if !self.handed.swap(false, Ordering::AcqRel) {
            return None;
        }
        let Ok(mut handed) = self.reference.try_lock() else {
            self.handed.store(true, Ordering::Release);
            return None;
        };
        handed.take()
    }

    fn switches(&self) -> Switches {
        Switches {
            noise: self.noise.load(Ordering::Relaxed),
            gain: self.gain.load(Ordering::Relaxed),
            aloud: self.loudspeakers.load(Ordering::Relaxed) > 0
                && !self.deaf.load(Ordering::Relaxed),
            muted: self.muted.load(Ordering::Relaxed),
        }
    }
}

/// A microphone with the chain behind it.
struct Processed {
    source: Box<dyn Source>,
    chain: Chain,
    clock: Clock,
    shared: Arc<Shared>,
    reference: Option<Reference>,
    noticed: Noticed,
}

impl Source for Processed {
    fn fill(&mut self, block: &mut Block) -> Result<Fill, String> {
        if self.source.fill(block)? == Fill::Ended {
            return Ok(Fill::Ended);
        }
        if let Some(reference) = self.shared.take() {
            self.reference = Some(reference);
        }
        let (now, switches) = (self.clock.now(), self.shared.switches());
        let slipped = self.source.slipped();
        self.reference.iter_mut().for_each(|reference| reference.slipped(slipped));
        for (number, place) in (0_u64..).zip(block.chunks_exact_mut(PIECE)) {
            let (mut piece, mut played): (Piece, Piece) = (QUIET, QUIET);
            piece.copy_from_slice(place);
            if let Some(reference) = &mut self.reference {
                reference.want(!switches.muted);
                reference.piece(now + samples_to_span(number * PIECE as u64), &mut played);
            }
            self.noticed = self.chain.piece(&mut piece, &played, switches);
            place.copy_from_slice(&piece);
        }
        self.shared.ducked.store(self.noticed.howl != Howl::Calm, Ordering::Relaxed);
        Ok(Fill::Sound)
    }

    fn delay(&self) -> Duration {
        self.source.delay() + self.chain.delay()
    }

    fn is_live(&self) -> bool {
        self.source.is_live()
    }

    fn signs(&self) -> Signs {
        let Noticed { speech, clips, howl } = self.noticed;
        Signs { speech: Some(speech), clips, howl }
    }
}

impl Drop for Processed {
    /// The next microphone hears the same loudspeaker.
    fn drop(&mut self) {
        self.shared.ducked.store(false, Ordering::Relaxed);
        if let Some(reference) = self.reference.take() {
            reference.want(false);
            if !self.shared.handed.load(Ordering::Acquire) {
                self.shared.hand(reference);
            }
        }
    }
}

/// A loudspeaker whose samples a canceller knows.
struct Tapped {
    sink: Box<dyn Sink>,
    feed: Feed,
    clock: Clock,
    shared: Arc<Shared>,
    aloud: bool,
    /// What sound was multiplied by last.
    factor: f32,
    /// What another laptop of the room plays beside the next block.
    beside: Option<Block>,
}

impl Sink for Tapped {
    fn block(&mut self, block: &Block) -> std::io::Result<()> {
        let wanted = if self.shared.ducked.load(Ordering::Relaxed) { DUCK } else { 1.0 };
        let (before, step) = (self.factor, (wanted - self.factor) / BLOCK as f32);
        self.factor = wanted;
        let mut heard = *block;
        if before != 1.0 || wanted != 1.0 {
            for (n, sample) in heard.iter_mut().enumerate() {
                *sample *= before + step * n as f32;
            }
        }
        let mut room = heard;
        if let Some(beside) = self.beside.take() {
            room.iter_mut().zip(&beside).for_each(|(sample, other)| *sample += other);
        }
        let now = self.clock.now();
        let taken = self.sink.block(&heard);
        self.feed.played(now, &room, self.sink.slipped());
        taken
    }

    fn overhears(&mut self, block: &Block) {
        self.beside = Some(*block);
    }

    fn keeps_time(&self) -> bool {
        self.sink.keeps_time() || self.feed.is_wanted()
    }

    fn delay(&self) -> Duration {
        self.sink.delay()
    }
}

impl Drop for Tapped {
    fn drop(&mut self) {
        self.shared.loudspeakers.fetch_sub(u32::from(self.aloud), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    /// A microphone that hears this at each block, and says that it was said 30 ms ago.
    struct Hears(f32);

    impl Source for Hears {
        fn fill(&mut self, block: &mut Block) -> Result<Fill, String> {
            *block = std::array::from_fn(|n| if n % 96 < 48 { self.0 } else { -self.0 });
            Ok(Fill::Sound)
        }

        fn delay(&self) -> Duration {
            Duration::from_millis(30)
        }
    }

    /// A loudspeaker that keeps what it is given.
    struct Keeps(mpsc::Sender<Block>);

    impl Sink for Keeps {
        fn block(&mut self, block: &Block) -> std::io::Result<()> {
            self.0.send(*block).map_err(std::io::Error::other)
        }

        fn keeps_time(&self) -> bool {
            false
        }
    }

    fn voice() -> (Voice, Arc<Shared>) {
        let voice = Voice::new(VoiceChoice::default(), Clock::start());
        let shared = Arc::clone(voice.shared.as_ref().expect("it is on"));
        (voice, shared)
    }

    #[test]
    fn what_was_said_is_older_by_the_chain() {
        let (voice, _) = voice();
        let mut microphone = voice.microphone(Box::new(Hears(0.1)));
        voice.choose(VoiceChoice { noise: false, gain: false });
        let mut block = crate::io::audio::SILENT;
        assert_eq!(microphone.fill(&mut block), Ok(Fill::Sound));
        assert_eq!(microphone.delay(), Duration::from_millis(39));
        voice.choose(VoiceChoice { noise: true, gain: false });
        assert_eq!(microphone.fill(&mut block), Ok(Fill::Sound));
        assert_eq!(microphone.delay(), Duration::from_millis(45));
        let plain = Voice::off(Clock::start()).microphone(Box::new(Hears(0.1)));
        assert_eq!(plain.delay(), Duration::from_millis(30));
    }

    #[test]
    fn each_microphone_gets_the_loudspeaker_that_is_used_now() {
        let (voice, shared) = voice();
        let (blocks, _heard) = mpsc::channel();
        let mut block = crate::io::audio::SILENT;
        let mut first = voice.microphone(Box::new(Hears(0.0)));
        first.fill(&mut block).expect("sound");
        assert!(!shared.switches().aloud);
        let one = voice.loudspeaker(Box::new(Keeps(blocks.clone())), true);
        assert!(!one.keeps_time(), "nobody listens to it yet");
        first.fill(&mut block).expect("sound");
        assert!(one.keeps_time() && shared.switches().aloud);
        voice.mute(true);
        first.fill(&mut block).expect("sound");
        assert!(!one.keeps_time(), "silence may rest while nobody is heard from here");
        voice.mute(false);
        drop(first);
        let mut second = voice.microphone(Box::new(Hears(0.0)));
        second.fill(&mut block).expect("sound");
        assert!(one.keeps_time(), "the next microphone");
        let two = voice.loudspeaker(Box::new(Keeps(blocks)), true);
        second.fill(&mut block).expect("sound");
        assert!(two.keeps_time(), "the next loudspeaker");
        drop((one, two));
        assert!(!shared.switches().aloud);
    }

    #[test]
    fn who_is_heard_in_ones_ears_is_not_heard_by_the_room() {
        let (voice, shared) = voice();
        let (blocks, _heard) = mpsc::channel();
        let headset = voice.loudspeaker(Box::new(Keeps(blocks.clone())), false);
        assert!(!shared.switches().aloud, "so one's voice may be made louder");
        let loudspeaker = voice.loudspeaker(Box::new(Keeps(blocks)), true);
        assert!(shared.switches().aloud);
        drop(headset);
        assert!(shared.switches().aloud);
        drop(loudspeaker);
        assert!(!shared.switches().aloud);
    }

    #[test]
    fn the_guard_makes_the_loudspeaker_quieter_and_lets_go() {
        let (voice, shared) = voice();
        let (blocks, heard) = mpsc::channel();
        let mut loudspeaker = voice.loudspeaker(Box::new(Keeps(blocks)), true);
        let mut play = || {
            loudspeaker.block(&[0.5; BLOCK]).expect("played");
            heard.recv().expect("a block")
        };
        assert_eq!(play(), [0.5; BLOCK]);
        shared.ducked.store(true, Ordering::Relaxed);
        assert!(play().windows(2).all(|pair| pair[0] >= pair[1] && pair[0] - pair[1] < 0.001));
        assert_eq!(play(), [0.125; BLOCK]);
        shared.ducked.store(false, Ordering::Relaxed);
        assert_eq!((play()[0], play()), (0.125, [0.5; BLOCK]));
    }

    #[test]
    fn a_microphone_that_ends_or_fails_does() {
        struct Fails;
        impl Source for Fails {
            fn fill(&mut self, _: &mut Block) -> Result<Fill, String> {
                Err("gone".to_owned())
            }
        }
        let mut microphone = voice().0.microphone(Box::new(Fails));
        assert_eq!(microphone.fill(&mut crate::io::audio::SILENT.clone()), Err("gone".to_owned()));
    }
}
