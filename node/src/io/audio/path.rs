//! The whole way of sound, in real time: speech → capture → frames → jitter buffer → sink.
//!
//! `cargo test -p moot-node --lib audio::path -- --nocapture` prints what was measured.

use super::*;
use crate::io::clock::Clock;
use crate::limits::FRAME_SAMPLES;
use crate::room::id::MemberId;
use crate::room::time::{Epoch, LocalTime, MediaTime, samples_to_span};
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex};

/// Seconds of speech played.
const SECONDS: usize = 5;

/// How often it is tried on a machine that is busy with something else.
const TRIES: usize = 4;

/// A frame or block that comes this much too late was held up by other programs: frames may have been
/// made up, or taken from the next one's redundancy.
const HELD_UP_MS: f64 = 10.0;

/// A click of the rig's kind: loud, short, its first sample marks the moment.
const CLICK: [f32; 24] = [0.9; 24];

/// Real speech where some is installed, else a chirp.
fn speech() -> Vec<f32> {
    let said = std::env::temp_dir().join(format!("moot-speech-{}.wav", std::process::id()));
    let text = "When the page turns, the words that belong to it are heard, and not before.";
    let espeak = Command::new("espeak-ng").arg("-w").arg(&said).arg(text).status();
    let librivox = "/usr/share/pocketsphinx/test/data/librivox/\
                    sense_and_sensibility_01_austen_64kb-0870.wav";
    let found = [PathBuf::from(librivox), said.clone()]
        .into_iter()
        .find_map(|path| WavSource::open(&path).ok());
    let mut sound = Vec::new();
    if let Some(mut source) = found {
        let mut block = SILENT;
        while source.fill(&mut block) == Ok(Fill::Sound) {
            sound.extend(block);
        }
    } else {
        println!("no speech is installed ({espeak:?}): using a chirp");
    }
    drop(std::fs::remove_file(said));
    let mut phase = 0.0_f32;
    sound.extend((sound.len()..SECONDS * 48_000).map(|i| {
        phase += (200.0 + (i % 48_000) as f32 / 60.0) / 48_000.0;
        0.3 * (phase.fract() * std::f32::consts::TAU).sin()
    }));
    sound.truncate(SECONDS * 48_000);
    sound
}

struct Memory {
    sound: std::vec::IntoIter<f32>,
}

impl Heard {
    fn held_up(&self) -> bool {
        let block_late = self.lateness.last().copied().unwrap_or_default();
        self.frame_late.max(block_late) >= HELD_UP_MS
    }
}

impl Source for Memory {
    fn fill(&mut self, block: &mut Block) -> Result<Fill, String> {
        if self.sound.len() == 0 {
            return Ok(Fill::Ended);
        }
        block.iter_mut().for_each(|place| *place = self.sound.next().unwrap_or(0.0));
        Ok(Fill::Sound)
    }
}

/// Keeps each block and when it was handed over.
struct Tape {
    clock: Clock,
    blocks: Arc<Mutex<Vec<(LocalTime, Block)>>>,
}

impl Sink for Tape {
    fn block(&mut self, block: &Block) -> std::io::Result<()> {
        self.blocks.lock().expect("no panic holds it").push((self.clock.now(), *block));
        Ok(())
    }
}

/// What left the sink, put where `Played` says it belongs on the talker's clock.
struct Heard {
    sound: Vec<f32>,
    /// How late each block left, in milliseconds, sorted.
    lateness: Vec<f64>,
    /// How late the latest frame left the microphone, in milliseconds.
    frame_late: f64,
    counts: crate::room::playout::Heard,
}

fn through_the_engine(sound: Vec<f32>) -> Heard {
    let clock = Clock::start();
    let blocks = Arc::new(Mutex::new(Vec::new()));
    let tape = Tape { clock, blocks: Arc::clone(&blocks) };
    let (playout, mut events) =
        Playout::start(Box::new(tape), super::Volumes::default(), clock).expect("a thread");
    let mut heard = vec![0.0; sound.len() + 2 * BLOCK];
    let source = Box::new(Memory { sound: sound.into_iter() });
    let began = clock.now();
    let (sender, mut frames) = Capture::channel();
    let media = MediaClock::new(began);
    let _capture = Capture::start(source, clock, media, MediaTime::ZERO, sender).expect("a thread");
    let mut frame_late = 0.0_f64;
    let input = playout.input();
    let author = MemberId([1; 32]);
    while let Some(CaptureEvent::Frame(captured)) = frames.blocking_recv() {
        let Captured { at, opus, .. } = captured;
        // A frame is whole when its last sample is.
        let whole = began + samples_to_span(at.samples() + FRAME_SAMPLES);
        frame_late = frame_late.max(clock.now().millis_after(whole));
        assert!(input.frame(Frame {
            author,
            epoch: Epoch(1),
            at,
            opus,
            resumes: false,
            arrived: clock.now()
        }));
    }
    // Wait for what is in the buffer: one more report of counts, at most a second.
    let (mut played, mut counts, mut reports) = (Vec::new(), Vec::new(), 0);
    while reports < SECONDS + 2 {
        match events.blocking_recv().expect("playout goes on") {
            PlayoutEvent::Played(block) => played.push(block),
            PlayoutEvent::Heard(all) => {
                counts = all;
                reports += 1;
            }
            PlayoutEvent::Levels(_) => {}
            PlayoutEvent::Failed(problem) => panic!("{problem}"),
        }
    }
    drop(playout);
    let blocks = blocks.lock().expect("no panic holds it");
    let mut lateness = Vec::new();
    for block in played {
        // Block k left a little after its due time; the due times are 20 ms apart.
        let (left, sound) =
            blocks.iter().find(|(left, _)| *left >= block.at).expect("what was reported has left");
        lateness.push(left.millis_after(block.at));
        let at = block.first.samples() as usize;
        heard[at..at + BLOCK].copy_from_slice(sound);
    }
    lateness.sort_by(f64::total_cmp);
    Heard { sound: heard, lateness, frame_late, counts: counts[0].1 }
}

/// Without what lies below 300 Hz: for speech libopus filters rumble out, and the filter turns the
/// phase of the lowest tones.
fn without_rumble(sound: &[f32]) -> Vec<f32> {
    const POLE: f32 = 1.0 - std::f32::consts::TAU * 300.0 / 48_000.0;
    let stage = |sound: &[f32]| {
        let (mut before, mut out) = (0.0, 0.0);
        let filter = |&sample: &f32| {
            out = POLE * (out + sample - before);
            before = sample;
            out
        };
        sound.iter().map(filter).collect::<Vec<f32>>()
    };
    stage(&stage(sound))
}

fn correlation(a: &[f32], b: &[f32]) -> f64 {
    let dot = |x: &[f32], y: &[f32]| x.iter().zip(y).map(|(x, y)| f64::from(x * y)).sum::<f64>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

#[test]
fn speech_arrives_where_media_time_says() {
    let mut sound = speech();
    let clicks: Vec<usize> = (1..SECONDS * 2).map(|i| i * 24_000 + i * 37).collect();
    for &click in &clicks {
        sound[click - 2_000..click + 2_000].iter_mut().for_each(|sample| *sample *= 0.1);
        sound[click..click + CLICK.len()].copy_from_slice(&CLICK);
    }
    // Real time on whatever machine there is: where it was held up, it is tried once more.
    let mut heard = through_the_engine(sound.clone());
    for _again in 1..TRIES {
        if !heard.held_up() {
            break;
        }
        heard = through_the_engine(sound.clone());
    }

    let length = sound.len();
    let (said, filtered) = (without_rumble(&sound), without_rumble(&heard.sound));
    let at_lag =
        |lag: usize| correlation(&said[500..length - 500], &filtered[lag..][..length - 1000]);
    let best = (0..1000).max_by(|a, b| at_lag(*a).total_cmp(&at_lag(*b)));
    let lag = best.expect("a thousand lags") as i64 - 500;
    let likeness = at_lag((lag + 500) as usize);
    let late = |share: f64| heard.lateness[((heard.lateness.len() - 1) as f64 * share) as usize];
    println!(
        "correlation {likeness:.3} at {lag} samples, blocks late p50 {:.2} ms, p99 {:.2} ms, \
         at most {:.2} ms, {:?}",
        late(0.5),
        late(0.99),
        late(1.0),
        heard.counts
    );
    assert_eq!(heard.counts.received, (SECONDS * 50) as u64);
    if heard.held_up() {
        println!("this machine is too busy to tell more");
        return;
    }
    for click in clicks {
        let near = &heard.sound[click - 480..click + 480];
        let onset = near.iter().position(|s| s.abs() > 0.3).map(|at| at as i64 - 480);
        println!("click at {click}: heard {onset:?} samples later");
        assert!(onset.is_some_and(|o| o.abs() <= 24), "more than half a millisecond off");
    }
    assert!(likeness > 0.9, "{likeness}");
    // Measured: libopus's speech half is 2-3 samples faster than the look-ahead it states.
    assert!(lag.abs() <= 4, "{lag}");
    // What leaves within a block of its time keeps page and sound together; how late it really
    // is on a busy machine is printed above.
    assert!(late(0.5) < 20.0);
}
