//! WAV files (RIFF, Microsoft 1991): written as 16-bit mono at 48 kHz, read from a stream as it grows.

use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::Path;

/// Sampling rate of everything the rig speaks and hears, in Hz.
pub const RATE: u32 = 48_000;

/// How the samples of a stream are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    /// Samples a second.
    pub rate: u32,
    /// Interleaved channels.
    pub channels: usize,
    /// Bits of one sample: 16 (integer) or 32 (float).
    pub bits: u16,
}

impl Format {
    /// Bytes of one sample of all channels.
    #[must_use]
    pub fn frame_bytes(&self) -> usize {
        self.channels * usize::from(self.bits / 8)
    }

    /// The first channel of `bytes` (whole frames), as −1 to 1.
    #[must_use]
    pub fn samples(&self, bytes: &[u8]) -> Vec<f32> {
        let one = |frame: &[u8]| match self.bits {
            16 => f32::from(i16::from_le_bytes([frame[0], frame[1]])) / 32_768.0,
            _ => f32::from_le_bytes([frame[0], frame[1], frame[2], frame[3]]),
        };
        bytes.chunks_exact(self.frame_bytes()).map(one).collect()
    }
}

/// Reads the chunks before the samples; afterwards `stream` stands at the first sample.
///
/// # Errors
/// When the stream ends early or is not a WAV of 16-bit integers or 32-bit floats.
pub fn read_header(stream: &mut impl Read) -> io::Result<Format> {
    let bad = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
    let mut riff = [0; 12];
    stream.read_exact(&mut riff)?;
    if &riff[..4] != b"RIFF" || &riff[8..] != b"WAVE" {
        return Err(bad("not a RIFF WAVE stream"));
    }
    let mut format = None;
    loop {
        let mut head = [0; 8];
        stream.read_exact(&mut head)?;
        let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]);
        if &head[..4] == b"data" {
            return format.ok_or_else(|| bad("samples before their format"));
        }
        let mut body = vec![0; length.next_multiple_of(2).min(4096) as usize];
        stream.read_exact(&mut body)?;
        if &head[..4] == b"fmt " && body.len() >= 16 {
            let bits = u16::from_le_bytes([body[14], body[15]]);
            let channels = usize::from(u16::from_le_bytes([body[2], body[3]]));
            let rate = u32::from_le_bytes([body[4], body[5], body[6], body[7]]);
            if !matches!(bits, 16 | 32) || channels == 0 {
                return Err(bad("neither 16-bit integers nor 32-bit floats"));
            }
            format = Some(Format { rate, channels, bits });
        }
    }
}

/// Reads a whole file: its rate and first channel.
///
/// # Errors
/// As [`read_header`], or when the file cannot be read.
pub fn read(path: &Path) -> io::Result<(u32, Vec<f32>)> {
    let mut file = File::open(path)?;
    let format = read_header(&mut file)?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok((format.rate, format.samples(&bytes)))
}

/// Writes `samples` (−1 to 1) as 16-bit mono at [`RATE`]. What is read of it is [`as_written`].
///
/// # Errors
/// When the file cannot be written.
pub fn write(path: &Path, samples: &[f32]) -> io::Result<()> {
    let data = u32::try_from(samples.len() * 2).expect("a scenario speaks for minutes, not hours");
    let mut file = BufWriter::new(File::create(path)?);
    file.write_all(b"RIFF")?;
    file.write_all(&(36 + data).to_le_bytes())?;
    file.write_all(b"WAVEfmt \x10\0\0\0\x01\0\x01\0")?;
    file.write_all(&RATE.to_le_bytes())?;
    file.write_all(&(RATE * 2).to_le_bytes())?;
    file.write_all(b"\x02\0\x10\0data")?;
    file.write_all(&data.to_le_bytes())?;
    for sample in samples {
        file.write_all(&whole(*sample).to_le_bytes())?;
    }
    file.flush()
}

/// `samples` in the steps of 16 bits, as they are read again once they are written.
#[must_use]
pub fn as_written(samples: &[f32]) -> Vec<f32> {
    samples.iter().map(|sample| f32::from(whole(*sample)) / 32_768.0).collect()
}

/// Saturates; what was read is written as it was.
fn whole(sample: f32) -> i16 {
    (sample * 32_768.0).round() as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = folder.path().join("a.wav");
        let said = [0.0, 0.5, -1.0, 1.0, 0.3, -0.3];
        write(&path, &said).expect("write");
        let (rate, samples) = read(&path).expect("read");
        assert_eq!((rate, &samples), (RATE, &as_written(&said)));
        assert_eq!(as_written(&samples), samples, "written again it stays as it is");
        let nearly = |(a, b): (&f32, &f32)| (a - b).abs() <= 1.0 / 32_768.0;
        assert!(said.iter().zip(&samples).all(nearly), "{samples:?}");
    }

    #[test]
    fn other_bytes_are_refused() {
        assert!(read_header(&mut &b"RIFF____WAVEdata\0\0\0\0"[..]).is_err());
        assert!(read_header(&mut &b"OggS____________"[..]).is_err());
    }
}
