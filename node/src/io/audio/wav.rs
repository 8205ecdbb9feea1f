//! A WAV file as a source: 16-bit PCM, any number of channels up to eight (mixed to one), any rate
//! from 4 to 192 kHz (resampled to 48 kHz).

use super::{Block, Fill, Source};
use crate::limits::SAMPLE_RATE;
use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

/// Input samples on each side of an output sample that the resampler looks at: with a Hann window
/// the pass band is flat within 0.1 dB to 0.9 of the lower Nyquist frequency, enough for speech.
const HALF_WIDTH: usize = 16;

/// Why a file is no source.
#[derive(Debug, thiserror::Error)]
pub enum WavError {
    /// The file cannot be read.
    #[error("cannot read it: {0}")]
    Io(#[from] std::io::Error),
    /// It is not RIFF/WAVE, or ends before its sound begins.
    #[error("it is not a WAV file")]
    NotWav,
    /// It is WAV of a kind that is not read here.
    #[error(
        "it is WAV with {bits} bits, {channels} channels, {rate} Hz, format {format}; convert it to 16-bit PCM"
    )]
    Kind {
        /// The format tag; 1 is PCM.
        format: u16,
        /// Number of channels.
        channels: u16,
        /// Samples a second.
        rate: u32,
        /// Bits a sample.
        bits: u16,
    },
}

/// Plays a WAV file once.
pub struct WavSource {
    samples: Samples,
    resampler: Option<Resampler>,
    ended: bool,
}

impl WavSource {
    /// Opens a file and reads its header.
    ///
    /// # Errors
    /// [`WavError`] says what is wrong with the file.
    pub fn open(path: &Path) -> Result<Self, WavError> {
        Self::read(Box::new(BufReader::new(File::open(path)?)))
    }

    fn read(mut file: Box<dyn Read + Send>) -> Result<Self, WavError> {
        let Header { channels, rate, bytes } = read_header(&mut file)?;
        let samples = Samples { file, channels: usize::from(channels), bytes };
        let resampler = (rate != SAMPLE_RATE).then(|| Resampler::new(rate));
        Ok(Self { samples, resampler, ended: false })
    }

    fn next(&mut self) -> std::io::Result<Option<f32>> {
        match &mut self.resampler {
            Some(resampler) => resampler.next(|| self.samples.next()),
            None => self.samples.next(),
        }
    }
}

impl Source for WavSource {
    fn fill(&mut self, block: &mut Block) -> Result<Fill, String> {
        if self.ended {
            return Ok(Fill::Ended);
        }
        for (i, place) in block.iter_mut().enumerate() {
            let Some(sample) = self.next().map_err(|e| format!("reading the WAV file: {e}"))?
            else {
                self.ended = true;
                if i == 0 {
                    return Ok(Fill::Ended);
                }
                *place = 0.0;
                continue;
            };
            *place = sample;
        }
        Ok(Fill::Sound)
    }
}

struct Header {
    channels: u16,
    rate: u32,
    /// Bytes of sound; `u64::MAX` when the header doesn't know (a stream).
    bytes: u64,
}

fn read_header(file: &mut dyn Read) -> Result<Header, WavError> {
    let mut riff = [0; 12];
    exactly(file, &mut riff)?;
    if &riff[..4] != b"RIFF" || &riff[8..] != b"WAVE" {
        return Err(WavError::NotWav);
    }
    let mut format = None;
    loop {
        let mut head = [0; 8];
        exactly(file, &mut head)?;
        let size = u32::from_le_bytes([head[4], head[5], head[6], head[7]]);
        match &head[..4] {
            b"data" => {
                let (channels, rate) = format.ok_or(WavError::NotWav)?;
                let bytes = if size == u32::MAX { u64::MAX } else { u64::from(size) };
                return Ok(Header { channels, rate, bytes });
            }
            b"fmt " if size >= 16 => format = Some(read_format(file, size)?),
            _ => skip(file, u64::from(size) + u64::from(size % 2))?,
        }
    }
}

fn read_format(file: &mut dyn Read, size: u32) -> Result<(u16, u32), WavError> {
    let mut fmt = [0; 40];
    let known = (size as usize).min(fmt.len());
    exactly(file, &mut fmt[..known])?;
    skip(file, u64::from(size) - known as u64 + u64::from(size % 2))?;
    let word = |at: usize| u16::from_le_bytes([fmt[at], fmt[at + 1]]);
    let (channels, bits) = (word(2), word(14));
    let rate = u32::from_le_bytes([fmt[4], fmt[5], fmt[6], fmt[7]]);
    // WAVE_FORMAT_EXTENSIBLE keeps the real tag in its sub-format.
    let format = if word(0) == 0xFFFE { word(24) } else { word(0) };
    let fits = (1..=8).contains(&channels) && (4_000..=192_000).contains(&rate);
    if format != 1 || bits != 16 || !fits {
        return Err(WavError::Kind { format, channels, rate, bits });
    }
    Ok((channels, rate))
}

fn exactly(file: &mut dyn Read, bytes: &mut [u8]) -> Result<(), WavError> {
    file.read_exact(bytes).map_err(|error| match error.kind() {
        std::io::ErrorKind::UnexpectedEof => WavError::NotWav,
        _ => WavError::Io(error),
    })
}

fn skip(file: &mut dyn Read, bytes: u64) -> Result<(), WavError> {
    let skipped = std::io::copy(&mut file.take(bytes), &mut std::io::sink())?;
    if skipped < bytes { Err(WavError::NotWav) } else { Ok(()) }
}

/// The file's samples, channels mixed.
struct Samples {
    file: Box<dyn Read + Send>,
    channels: usize,
    bytes: u64,
}

impl Samples {
    fn next(&mut self) -> std::io::Result<Option<f32>> {
        let mut frame = [0; 16];
        let frame = &mut frame[..2 * self.channels];
        if self.bytes < frame.len() as u64 {
            return Ok(None);
        }
        match self.file.read_exact(frame) {
            // A file cut short ends where it ends.
            Err(e) if e.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(None),
            other => other?,
        }
        self.bytes -= frame.len() as u64;
        let sum: i32 = frame.chunks(2).map(|s| i32::from(i16::from_le_bytes([s[0], s[1]]))).sum();
        Ok(Some(sum as f32 / (32_768.0 * self.channels as f32)))
    }
}

/// Windowed-sinc polyphase resampler to 48 kHz. Output sample m lies at input time m·M/L exactly
/// (linear phase, no delay), so media time stays the file's time.
struct Resampler {
    /// Output positions between two input samples (L).
    phases: usize,
    /// How far an output sample advances, in phases (M).
    step: usize,
    taps: usize,
    /// `phases` rows of `taps` weights.
    kernels: Vec<f32>,
    /// The input samples around the present position; the one at or before it has index taps/2-1.
    window: VecDeque<f32>,
    phase: usize,
    /// Input samples still to be shifted in before the first output.
    unfilled: usize,
    /// Zeros shifted in behind the end of the input.
    behind: usize,
}

impl Resampler {
    fn new(rate: u32) -> Self {
        let common = gcd(rate, SAMPLE_RATE);
        let (phases, step) = ((SAMPLE_RATE / common) as usize, (rate / common) as usize);
        // Downsampling needs a lower cut-off and so a wider kernel.
        let cutoff = (f64::from(SAMPLE_RATE) / f64::from(rate)).min(1.0);
        let half = (HALF_WIDTH as f64 / cutoff).ceil() as usize;
        let taps = 2 * half;
        let kernels = (0..phases).flat_map(|p| kernel(p as f64 / phases as f64, half, cutoff));
        Self {
            phases,
            step,
            taps,
            kernels: kernels.collect(),
            window: std::iter::repeat_n(0.0, taps).collect(),
            phase: 0,
            unfilled: half + 1,
            behind: 0,
        }
    }

    fn next(
        &mut self,
        mut input: impl FnMut() -> std::io::Result<Option<f32>>,
    ) -> std::io::Result<Option<f32>> {
        while self.unfilled > 0 {
            let sample = input()?;
            self.behind += usize::from(sample.is_none());
            self.window.pop_front();
            self.window.push_back(sample.unwrap_or(0.0));
            self.unfilled -= 1;
        }
        // The input sample at or before the present position is behind the end.
        if self.behind > self.taps / 2 {
            return Ok(None);
        }
        let row = &self.kernels[self.phase * self.taps..][..self.taps];
        let sample = row.iter().zip(&self.window).map(|(weight, sample)| weight * sample).sum();
        self.phase += self.step;
        self.unfilled = self.phase / self.phases;
        self.phase %= self.phases;
        Ok(Some(sample))
    }
}

/// Weights for an output `fraction` of a sample behind tap half-1, normalised to unit gain.
fn kernel(fraction: f64, half: usize, cutoff: f64) -> Vec<f32> {
    use std::f64::consts::PI;
    let weight = |tap: usize| {
        let x = tap as f64 - (half as f64 - 1.0) - fraction;
        let window = 0.5 + 0.5 * (PI * x / half as f64).cos();
        let sinc = if x == 0.0 { 1.0 } else { (PI * x * cutoff).sin() / (PI * x * cutoff) };
        sinc * window
    };
    let weights: Vec<f64> = (0..2 * half).map(weight).collect();
    let sum: f64 = weights.iter().sum();
    weights.into_iter().map(|weight| (weight / sum) as f32).collect()
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn wav(channels: u16, rate: u32, samples: &[i16]) -> Vec<u8> {
        let bytes = samples.len() as u32 * 2;
        let mut file = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0".to_vec();
        file.extend(channels.to_le_bytes());
        file.extend(rate.to_le_bytes());
        file.extend((rate * u32::from(channels) * 2).to_le_bytes());
        file.extend((channels * 2).to_le_bytes());
        file.extend(16_u16.to_le_bytes());
        file.extend(b"LIST\x03\0\0\0abc\0data");
        file.extend(bytes.to_le_bytes());
        samples.iter().for_each(|s| file.extend(s.to_le_bytes()));
        file
    }

    fn play(file: Vec<u8>) -> Vec<f32> {
        let mut source = WavSource::read(Box::new(Cursor::new(file))).expect("a WAV file");
        let (mut sound, mut block) = (Vec::new(), super::super::SILENT);
        while source.fill(&mut block) == Ok(Fill::Sound) {
            sound.extend(block);
        }
        sound
    }

    #[test]
    fn at_48_khz_samples_pass_untouched() {
        let sound = play(wav(1, 48_000, &[16_384; 1000]));
        assert_eq!(sound.len(), 1920, "padded to blocks");
        assert!(sound[..1000].iter().all(|&s| s == 0.5));
        assert!(sound[1000..].iter().all(|&s| s == 0.0));
    }

    #[test]
    fn channels_are_mixed() {
        let sound = play(wav(2, 48_000, &[16_384, 0, -32_768, -32_768]));
        assert_eq!(sound[..2], [0.25, -1.0]);
    }

    #[test]
    fn any_rate_keeps_pitch_and_time() {
        for rate in [8_000, 11_025, 16_000, 22_050, 44_100, 44_099, 96_000] {
            let tone = |t: f64| (t * 1000.0 * std::f64::consts::TAU).sin() * 0.5;
            let samples: Vec<i16> = (0..rate)
                .map(|i| (tone(f64::from(i) / f64::from(rate)) * 32_768.0) as i16)
                .collect();
            let sound = play(wav(1, rate, &samples));
            assert_eq!(sound.len(), 48_000, "one second at {rate} Hz");
            for i in 2_000..46_000 {
                let wanted = tone(f64::from(i) / 48_000.0);
                let got = f64::from(sound[i as usize]);
                assert!((wanted - got).abs() < 0.01, "{rate} Hz, sample {i}: {wanted} {got}");
            }
        }
    }

    #[test]
    fn what_is_no_wav_is_refused_in_words() {
        let words = |file: Vec<u8>| match WavSource::read(Box::new(Cursor::new(file))) {
            Err(error) => error.to_string(),
            Ok(_) => "taken".into(),
        };
        assert_eq!(words(b"ID3".to_vec()), "it is not a WAV file");
        assert_eq!(words(wav(1, 48_000, &[])[..30].to_vec()), "it is not a WAV file");
        assert!(words(wav(1, 1, &[])).contains("1 Hz"));
        assert!(words(wav(9, 48_000, &[])).contains("9 channels"));
    }

    #[test]
    fn fuzz_header() {
        bolero::check!()
            .with_max_len(256)
            .with_test_time(std::time::Duration::from_secs(1))
            .for_each(|bytes: &[u8]| {
                let mut file = b"RIFF\0\0\0\0WAVEfmt ".to_vec();
                file.extend(bytes);
                drop(read_header(&mut Cursor::new(file)));
            });
    }
}
