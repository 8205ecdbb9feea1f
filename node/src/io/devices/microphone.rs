//! A MICROPHONE as a source.

use super::DeviceError;
use super::bridge::Bridge;
use super::host::{Found, Kind, PATIENCE, find, run};
use super::pulse::Pulse;
use super::signals::{STAGES, Signals};
use crate::io::audio::{BLOCK, Block, Fill, SILENT, Source};
use crate::room::playout::{DelayChoice, Steer};
use crate::room::time::samples_to_span;
use cpal::traits::DeviceTrait;
use cpal::{FromSample, InputCallbackInfo, SampleFormat, SizedSample, Stream};
use rtrb::{Consumer, Producer, RingBuffer};
use std::time::Duration;
use tracing::debug;

/// Samples that wait for the capture thread: half a second at 48 kHz. What does not fit is lost, as it
/// would be stale.
const RING: usize = 24_000;

/// An open microphone. Dropping it closes it.
pub struct Microphone {
    name: String,
    ring: Consumer<f32>,
    bridge: Bridge,
    steer: Steer,
    signals: Signals,
    /// Enough has come to begin.
    flowing: bool,
    /// Its delay has settled, and it is heard.
    heard: bool,
    /// Samples by which its way became longer, not yet told.
    slipped: i64,
    pulse: Pulse,
    _stream: Stream,
}

impl Microphone {
    /// Opens the microphone with this name or id, or with this in its name; the system's choice without one.
    /// Blocks for some 50 ms, three seconds at most. It is silent for the first third of a second, until its delay has
    /// settled to what was chosen.
    ///
    /// # Errors
    /// [`DeviceError`].
    pub fn open(wanted: Option<&str>, delay: DelayChoice) -> Result<Self, DeviceError> {
        let found = find(Kind::Microphone, wanted, delay.piece())?;
        let (producer, ring) = RingBuffer::new(RING);
        let signals = Signals::default();
        let bridge = Bridge::from_device(&found.name, found.config.sample_rate)?;
        let built = match found.format {
            SampleFormat::F32 => listen::<f32>(&found, producer, &signals),
            SampleFormat::I16 => listen::<i16>(&found, producer, &signals),
            _ => listen::<i32>(&found, producer, &signals),
        };
        let stream = run(&found, built)?;
        let steer = Steer::new(delay.least());
        let name = found.name;
        Ok(Self {
            name,
            ring,
            bridge,
            steer,
            signals,
            flowing: false,
            heard: false,
            slipped: 0,
            pulse: Pulse::default(),
            _stream: stream,
        })
    }

    /// What people call it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether a block is there, with what should be left behind it at the beginning.
    fn has_block(&mut self) -> bool {
        let there = self.ring.slots();
        let left = if self.flowing { 0 } else { self.steer.target() };
        there >= self.bridge.needs() + left
    }

    /// Where the delay comes from, for whoever measures it.
    fn stages(&self) {
        let ms = |span: Duration| span.as_secs_f64() * 1e3;
        let (device_ms, filter_ms) = (ms(self.signals.latency()), ms(self.bridge.delay()));
        let ring_ms = ms(samples_to_span(self.ring.slots() as u64));
        debug!(target: STAGES, device_ms, ring_ms, filter_ms, "microphone");
    }

    fn ran_dry(&mut self) {
        if self.flowing {
            self.steer.dry();
        }
        self.flowing = false;
    }
}

impl Source for Microphone {
    fn fill(&mut self, block: &mut Block) -> Result<Fill, String> {
        if let Some(why) = self.signals.failure() {
            return Err(format!("“{}” is gone: {why}", self.name));
        }
        let there = self.ring.slots();
        if !self.pulse.beats(there) {
            return Err(format!("“{}” gives no sound any more", self.name));
        }
        self.pulse.leaves(there);
        *block = SILENT;
        if !self.has_block() {
            self.ran_dry();
            self.slipped += BLOCK as i64;
            return Ok(Fill::Sound);
        }
        self.flowing = true;
        let taken = self.ring.pop_entire_slice(self.bridge.intake());
        taken.map_err(|error| error.to_string())?;
        self.bridge.block(block)?;
        self.steer.block(self.ring.slots());
        let surplus = self.steer.surplus().min(self.ring.slots());
        if let Ok(stale) = self.ring.read_chunk(surplus) {
            stale.commit_all();
            self.slipped -= self.bridge.in_ours(surplus);
        }
        if !self.heard {
            // What is said behind it comes sooner by what was thrown away: its echo canceller begins then.
            *block = SILENT;
            self.heard = self.steer.is_settled();
            self.slipped = 0;
        }
        self.pulse.leaves(self.ring.slots());
        self.bridge.run_at(self.steer.speed());
        if self.steer.begins_second() {
            self.stages();
        }
        Ok(Fill::Sound)
    }

    fn delay(&self) -> Duration {
        let waiting = samples_to_span(self.ring.slots() as u64);
        self.signals.latency() + waiting + self.bridge.delay()
    }

    fn is_live(&self) -> bool {
        true
    }

    fn slipped(&mut self) -> i64 {
        std::mem::take(&mut self.slipped)
    }
}

/// The callback: all channels into one, and into the ring.
fn listen<T>(
    found: &Found,
    mut ring: Producer<f32>,
    signals: &Signals,
) -> Result<Stream, cpal::Error>
where
    T: SizedSample,
    f32: FromSample<T>,
{
    let (told, failed) = (signals.clone(), signals.clone());
    let channels = usize::from(found.config.channels.max(1));
    let heard = move |samples: &[T], info: &InputCallbackInfo| {
        let times = info.timestamp();
        told.latency_is(times.callback.duration_since(times.capture));
        let room = ring.slots().min(samples.len() / channels);
        if let Ok(chunk) = ring.write_chunk_uninit(room) {
            let mono = |frame: &[T]| {
                let sum: f32 = frame.iter().map(|sample| f32::from_sample_(*sample)).sum();
                sum / channels as f32
            };
            chunk.fill_from_iter(samples.chunks_exact(channels).map(mono));
        }
    };
    let problem = move |error: cpal::Error| failed.problem(&error);
    found.device.build_input_stream(found.config, heard, problem, Some(PATIENCE))
}
