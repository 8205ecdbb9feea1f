//! A LOUDSPEAKER as a sink.

use super::DeviceError;
use super::bridge::Bridge;
use super::host::{Found, Kind, PATIENCE, find, run};
use super::pulse::Pulse;
use super::signals::{STAGES, Signals};
use crate::io::audio::{Block, Sink};
use crate::room::playout::{DelayChoice, Steer};
use crate::room::time::samples_to_span;
use cpal::traits::DeviceTrait;
use cpal::{FromSample, OutputCallbackInfo, SampleFormat, SizedSample, Stream};
use rtrb::{Consumer, Producer, RingBuffer};
use std::io;
use std::time::Duration;
use tracing::debug;

/// Samples that wait for the loudspeaker: a quarter of a second at 48 kHz. What does not fit is lost: the
/// device stands still, and would be late with it.
const RING: usize = 12_000;

/// An open loudspeaker. Dropping it closes it.
pub struct Loudspeaker {
    name: String,
    ring: Producer<f32>,
    bridge: Bridge,
    /// What a callback takes at once, in samples of the ring: this must lie there beside what should be left.
    piece: usize,
    steer: Steer,
    /// It has begun once, and settled.
    settled: bool,
    /// Samples by which its way became longer, not yet told.
    slipped: i64,
    /// Samples that are still to be left out.
    late: usize,
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
    pub fn open(wanted: Option<&str>, delay: DelayChoice) -> Result<Self, DeviceError> {
        let found = find(Kind::Loudspeaker, wanted, delay.piece())?;
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
            piece: delay.piece() as usize,
            steer: Steer::new(delay.least()),
            settled: false,
            slipped: 0,
            late: 0,
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

    /// Where the delay comes from, for whoever measures it.
    fn stages(&self) {
        let ms = |span: Duration| span.as_secs_f64() * 1e3;
        let (device_ms, filter_ms) = (ms(self.signals.latency()), ms(self.bridge.delay()));
        let ring_ms = ms(samples_to_span(self.waiting() as u64));
        debug!(target: STAGES, device_ms, ring_ms, filter_ms, "loudspeaker");
    }

    /// What comes now is heard by so much later. Of the first third of a second nothing is told: a canceller that hears
    /// it begins then.
    fn slips(&mut self, by: i64) {
        if self.settled {
            self.slipped += by;
        }
    }

    /// Before the first block, after a rest, and when it ran dry: silence, so that something is left.
    fn begin(&mut self) {
        self.steer.forget();
        self.late = 0;
        let ahead = (self.piece + self.steer.target()).min(self.ring.slots());
        if let Ok(chunk) = self.ring.write_chunk(ahead) {
            chunk.commit_all();
        }
        let lacked = self.signals.lacked();
        self.slips(self.bridge.in_ours(lacked + ahead));
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
            waiting => self.steer.block(waiting.saturating_sub(self.piece)),
        }
        let samples = self.bridge.samples(block).map_err(io::Error::other)?;
        // What is over after a stall is not played late; a full ring takes nothing.
        self.late += self.steer.surplus();
        let late = self.late.min(samples.len());
        self.late -= late;
        let _ = self.ring.push_partial_slice(&samples[late..]);
        self.slips(-self.bridge.in_ours(late));
        self.settled |= self.steer.is_settled() && self.late == 0;
        self.pulse.leaves(self.waiting());
        self.bridge.run_at(self.steer.speed());
        if self.steer.begins_second() {
            self.stages();
        }
        Ok(())
    }

    fn keeps_time(&self) -> bool {
        false
    }

    fn delay(&self) -> Duration {
        let ahead = self.waiting().max(self.piece + self.steer.target());
        self.signals.latency() + samples_to_span(ahead as u64) + self.bridge.delay()
    }

    fn slipped(&mut self) -> i64 {
        std::mem::take(&mut self.slipped)
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
        let wanted = samples.len() / channels;
        let there = ring.slots().min(wanted);
        told.lacks(wanted - there);
        if let Ok(chunk) = ring.read_chunk(there) {
            for (frame, sample) in samples.chunks_exact_mut(channels).zip(chunk) {
                frame.fill(T::from_sample_(sample));
            }
        }
    };
    let problem = move |error: cpal::Error| failed.problem(&error);
    found.device.build_output_stream(found.config, spoken, problem, Some(PATIENCE))
}
