//! The resampler between a device's clock and ours: its rate, and a little more or less.

use super::DeviceError;
use crate::io::audio::BLOCK;
use crate::limits::SAMPLE_RATE;
use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{
    Adjustable, Async, FixedAsync, Resampler, SincInterpolationParameters, WindowFunction,
};
use std::time::Duration;

/// Filter length in samples: flat to 20 kHz at 48 kHz, and 0.7 ms of delay.
const TAPS: usize = 64;

/// Room for steering: more than [`Steer`](crate::room::playout::Steer) ever asks for.
const PLAY: f64 = 1.01;

/// One direction's resampler, a mono channel. One side is always a block.
pub(super) struct Bridge {
    resampler: Async<f32>,
    /// From blocks to the device.
    to_device: bool,
    /// Samples of the other side, one block's.
    other: Vec<f32>,
}

impl Bridge {
    /// From a device at `rate` Hz to blocks.
    pub(super) fn from_device(name: &str, rate: u32) -> Result<Self, DeviceError> {
        Self::new(name, f64::from(SAMPLE_RATE) / f64::from(rate), FixedAsync::Output)
    }

    /// From blocks to a device at `rate` Hz.
    pub(super) fn to_device(name: &str, rate: u32) -> Result<Self, DeviceError> {
        Self::new(name, f64::from(rate) / f64::from(SAMPLE_RATE), FixedAsync::Input)
    }

    fn new(name: &str, ratio: f64, fixed: FixedAsync) -> Result<Self, DeviceError> {
        let filter = SincInterpolationParameters::new(TAPS, WindowFunction::BlackmanHarris2);
        let resampler = Async::new_sinc(ratio, PLAY, &filter, BLOCK, 1, fixed)
            .map_err(|why| DeviceError::Form { name: name.to_owned(), why: why.to_string() })?;
        let most = resampler.input_frames_max().max(resampler.output_frames_max());
        let to_device = matches!(fixed, FixedAsync::Input);
        Ok(Self { resampler, to_device, other: vec![0.0; most] })
    }

    /// Device samples that the next block takes.
    pub(super) fn needs(&self) -> usize {
        self.resampler.input_frames_next()
    }

    /// Where the device samples of the next block go before [`Bridge::block`].
    pub(super) fn intake(&mut self) -> &mut [f32] {
        let needs = self.needs();
        &mut self.other[..needs]
    }

    /// Makes a block of what was taken in.
    pub(super) fn block(&mut self, block: &mut [f32; BLOCK]) -> Result<(), String> {
        let needs = self.needs();
        let taken = InterleavedSlice::new(&self.other[..needs], 1, needs);
        let made = InterleavedSlice::new_mut(&mut block[..], 1, BLOCK);
        let (taken, mut made) = (taken.map_err(words)?, made.map_err(words)?);
        self.resampler.process_into_buffer(&taken, &mut made, None).map_err(words)?;
        Ok(())
    }

    /// The device's samples of a block.
    pub(super) fn samples(&mut self, block: &[f32; BLOCK]) -> Result<&[f32], String> {
        let gives = self.resampler.output_frames_next();
        let taken = InterleavedSlice::new(&block[..], 1, BLOCK).map_err(words)?;
        let mut made = InterleavedSlice::new_mut(&mut self.other[..], 1, gives).map_err(words)?;
        let (_, made) =
            self.resampler.process_into_buffer(&taken, &mut made, None).map_err(words)?;
        Ok(&self.other[..made])
    }

    /// Takes the device's samples at `speed`, or makes fewer of them.
    pub(super) fn run_at(&mut self, speed: f64) {
        // Out of range can't be: `PLAY` is more than is ever asked for.
        let _ = self.resampler.set_resample_ratio_relative(1.0 / speed, true);
    }

    /// So many of the device's samples, in ours.
    pub(super) fn in_ours(&self, samples: usize) -> i64 {
        let ratio = self.resampler.resample_ratio();
        let ratio = if self.to_device { 1.0 / ratio } else { ratio };
        (samples as f64 * ratio).round() as i64
    }

    /// What the filter adds to the way of sound.
    pub(super) fn delay(&self) -> Duration {
        let frames = self.resampler.output_delay() as f64;
        Duration::from_secs_f64(frames / (f64::from(SAMPLE_RATE) * self.resampler.resample_ratio()))
    }
}

fn words(error: impl std::fmt::Display) -> String {
    error.to_string()
}
