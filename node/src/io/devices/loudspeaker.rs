//! A LOUDSPEAKER as a sink.

use super::DeviceError;
use super::bridge::Bridge;
use super::host::{Found, Kind, PATIENCE, find, run};
use super::pulse::Pulse;
use super::signals::Signals;
use crate::io::audio::{Block, Sink};
use crate::room::playout::Steer;
use crate::room::time::samples_to_span;
use cpal::traits::DeviceTrait;
use cpal::{FromSample, OutputCallbackInfo, SampleFormat, SizedSample, Stream};
use rtrb::{Consumer, Producer, RingBuffer};
use std::io;
use std::time::Duration;

/// Samples that wait for the loudspeaker: a quarter of a second at 48 kHz. What does not fit is lost: the
/// device stands still, and would be late with it.
const RING: usize = 12_000;

/// What a callback takes at once, in samples of the ring: this must lie there beside what should be left.
const PIECE: usize = 480;

/// An open loudspeaker. Dropping it closes it.
pub struct Loudspeaker {
    name: String,
    ring: Producer<f32>,
    bridge: Bridge,
    steer: Steer,
    signals: Signals,
    pulse: Pulse,
    _stream: Stream,
}

impl Loudspeaker {
    /// Opens the loudspeaker with this name or id, or with this in its name; the system's choice without one.
    /// Blocks for some 50 ms, three seconds at most.
    ///
    /// # Errors
    /// [`DeviceError`].
    pub fn open(wanted: Option<&str>) -> Result<Self, DeviceError> {
        let found = find(Kind::Loudspeaker, wanted)?;
        let (ring, consumer) = RingBuffer::new(RING);
        let signals = Signals::default();
        let bridge = Bridge::to_device(&found.name, found.config.sample_rate)?;
        let built = match found.format {
            SampleFormat::F32 => speak::<f32>(&found, consumer, &signals),
            SampleFormat::I16 => speak::<i16>(&found, consumer, &signals),
            _ => speak::<i32>(&found, consumer, &signals),
        };
        let stream = run(&found, built)?;
        Ok(Self {
            name: found.name,
            ring,
            bridge,
            steer: Steer::default(),
            signals,
            pulse: Pulse::default(),
            _stream: stream,
        })
    }

    /// What people call it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    fn waiting(&self) -> usize {
        RING - self.ring.slots()
    }

    /// Before the first block, after a rest, and when it ran dry: silence, so that something is left.
    fn begin(&mut self) {
        self.steer.forget();
        let ahead = (PIECE + self.steer.target()).min(self.ring.slots());
        if let Ok(chunk) = self.ring.write_chunk(ahead) {
            chunk.commit_all();
        }
    }
}

impl Sink for Loudspeaker {
    fn block(&mut self, block: &Block) -> io::Result<()> {
        if let Some(why) = self.signals.failure() {
            return Err(io::Error::other(format!("“{}” is gone: {why}", self.name)));
        }
        if !self.pulse.beats(self.waiting()) {
            return Err(io::Error::other(format!("“{}” takes no sound any more", self.name)));
        }
        match self.waiting() {
            0 => self.begin(),
            waiting => self.steer.block(waiting.saturating_sub(PIECE)),
        }
        let samples = self.bridge.samples(block).map_err(io::Error::other)?;
        // What is over after a stall is not played late; a full ring takes nothing.
        let late = self.steer.surplus().min(samples.len());
        let _ = self.ring.push_partial_slice(&samples[late..]);
        self.pulse.leaves(self.waiting());
        self.bridge.run_at(self.steer.speed());
        Ok(())
    }

    fn keeps_time(&self) -> bool {
        false
    }

    fn delay(&self) -> Duration {
        let ahead = self.waiting().max(PIECE + self.steer.target());
        self.signals.latency() + samples_to_span(ahead as u64) + self.bridge.delay()
    }
}

/// The callback: out of the ring, into all channels. What is not there is silence.
fn speak<T>(
    found: &Found,
    mut ring: Consumer<f32>,
    signals: &Signals,
) -> Result<Stream, cpal::Error>
where
    T: SizedSample + FromSample<f32>,
{
    let (told, failed) = (signals.clone(), signals.clone());
    let channels = usize::from(found.config.channels.max(1));
    let spoken = move |samples: &mut [T], info: &OutputCallbackInfo| {
        let times = info.timestamp();
        told.latency_is(times.playback.duration_since(times.callback));
        let there = ring.slots().min(samples.len() / channels);
        if let Ok(chunk) = ring.read_chunk(there) {
            for (frame, sample) in samples.chunks_exact_mut(channels).zip(chunk) {
                frame.fill(T::from_sample_(sample));
            }
        }
    };
    let problem = move |error: cpal::Error| failed.problem(&error);
    found.device.build_output_stream(found.config, spoken, problem, Some(PATIENCE))
}
