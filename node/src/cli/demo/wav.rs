//! WAV files in and out (Microsoft RIFF, 16-bit PCM), as mono at 48 kHz.

use moot_node::limits::SAMPLE_RATE;
use std::fs::File;
use std::io::{self, BufWriter, Read, Write};
use std::path::Path;
use std::time::Duration;

/// Bytes of a speech file that are read: ten minutes in stereo at 48 kHz; longer speech is cut.
const MOST: u64 = 600 * 48_000 * 4;

/// Why a file is no speech we can play.
#[derive(Debug, thiserror::Error)]
pub(super) enum WavError {
    /// The disk refused.
    #[error("{0}")]
    Disk(#[from] io::Error),
    /// Not RIFF/WAVE with 16-bit PCM.
    #[error("it is not a WAV file with 16-bit PCM; convert it, for example with ffmpeg")]
    Kind,
    /// It has no samples.
    #[error("it is empty")]
    Empty,
}

/// Reads `path` as mono samples at 48 kHz.
pub(super) fn read(path: &Path) -> Result<Vec<i16>, WavError> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MOST).read_to_end(&mut bytes)?;
    let (format, data) = chunks(&bytes).ok_or(WavError::Kind)?;
    let mono = mono(data, format.channels);
    if mono.is_empty() {
        return Err(WavError::Empty);
    }
    Ok(resampled(&mono, format.rate))
}

/// Writes `clip`, over and over, as a file of this length.
pub(super) fn write(path: &Path, clip: &[i16], length: Duration) -> io::Result<()> {
    let samples = u32::try_from(length.as_millis() * u128::from(SAMPLE_RATE) / 1000);
    let samples = samples.map_err(io::Error::other)?;
    let bytes = samples.checked_mul(2).ok_or(io::ErrorKind::FileTooLarge)?;
    let mut file = BufWriter::new(File::create(path)?);
    file.write_all(b"RIFF")?;
    file.write_all(&bytes.checked_add(36).ok_or(io::ErrorKind::FileTooLarge)?.to_le_bytes())?;
    file.write_all(b"WAVEfmt \x10\0\0\0\x01\0\x01\0")?;
    file.write_all(&SAMPLE_RATE.to_le_bytes())?;
    file.write_all(&(SAMPLE_RATE * 2).to_le_bytes())?;
    file.write_all(b"\x02\0\x10\0data")?;
    file.write_all(&bytes.to_le_bytes())?;
    for sample in clip.iter().cycle().take(samples as usize) {
        file.write_all(&sample.to_le_bytes())?;
    }
    file.flush()
}

#[derive(Clone, Copy)]
struct Format {
    channels: usize,
    rate: u32,
}

fn chunks(bytes: &[u8]) -> Option<(Format, &[u8])> {
    if bytes.get(..4)? != b"RIFF" || bytes.get(8..12)? != b"WAVE" {
        return None;
    }
    let mut rest = &bytes[12..];
    let mut format = None;
    loop {
        let length = u32::from_le_bytes(rest.get(4..8)?.try_into().ok()?) as usize;
        let body = &rest[8..];
        match rest.get(..4)? {
            b"fmt " => format = Some(pcm_format(body.get(..length)?)?),
            // Programs that write to pipes leave a length that is too large.
            b"data" => return Some((format?, &body[..length.min(body.len())])),
            _ => {}
        }
        // Chunks begin at even places.
        rest = body.get(length.checked_add(length % 2)?..)?;
    }
}

fn pcm_format(chunk: &[u8]) -> Option<Format> {
    let word = |at: usize| Some(u16::from_le_bytes(chunk.get(at..at + 2)?.try_into().ok()?));
    let (kind, channels, bits) = (word(0)?, word(2)?, word(14)?);
    let rate = u32::from_le_bytes(chunk.get(4..8)?.try_into().ok()?);
    // 1 is PCM; 0xfffe (extensible) names it in its sub-format.
    let pcm = kind == 1 || (kind == 0xfffe && word(24) == Some(1));
    let possible = (1..=8).contains(&channels) && (4000..=192_000).contains(&rate);
    (pcm && bits == 16 && possible).then_some(Format { channels: channels.into(), rate })
}

fn mono(data: &[u8], channels: usize) -> Vec<i16> {
    let frames = data.chunks_exact(2 * channels);
    let mixed = frames.map(|frame| {
        let sum: i32 =
            frame.chunks_exact(2).map(|s| i32::from(i16::from_le_bytes([s[0], s[1]]))).sum();
        (sum / channels as i32) as i16
    });
    mixed.collect()
}

/// Linear interpolation: it dulls the highest tones, which speech for a demo can spare.
fn resampled(samples: &[i16], rate: u32) -> Vec<i16> {
    let count = samples.len() as u64 * u64::from(SAMPLE_RATE) / u64::from(rate);
    let value = |at: usize| f64::from(samples[at.min(samples.len() - 1)]);
    let sampled = (0..count).map(|number| {
        let place = number as f64 * f64::from(rate) / f64::from(SAMPLE_RATE);
        let (at, part) = (place as usize, place.fract());
        (value(at) * (1.0 - part) + value(at + 1) * part).round() as i16
    });
    sampled.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.wav");
        write(&path, &[1, -2, 3], Duration::from_millis(1)).unwrap();
        let samples = read(&path).unwrap();
        assert_eq!(samples.len(), 48);
        assert_eq!(samples[..4], [1, -2, 3, 1]);
    }

    #[test]
    fn a_slower_rate_is_stretched() {
        let samples = resampled(&[0, 100, 200, 300], 24_000);
        assert_eq!(samples, [0, 50, 100, 150, 200, 250, 300, 300]);
    }

    #[test]
    fn channels_are_mixed() {
        assert_eq!(mono(&[10, 0, 20, 0, 0, 0, 0, 0], 2), [15, 0]);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_panic(rest in proptest::collection::vec(0_u8.., 0..200), cut in 0..64_usize) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("a.wav");
            write(&path, &[1, 2], Duration::from_millis(1)).unwrap();
            let mut bytes = std::fs::read(&path).unwrap();
            bytes.truncate(cut);
            bytes.extend(rest);
            let _ = chunks(&bytes).map(|(format, data)| mono(data, format.channels));
        }
    }

    #[test]
    fn other_files_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.wav");
        for bytes in [&b""[..], b"RIFF", b"RIFF\0\0\0\0WAVEfmt \xff\xff\xff\xff", b"%PDF-1.4"] {
            std::fs::write(&path, bytes).unwrap();
            assert!(matches!(read(&path), Err(WavError::Kind)), "{bytes:?}");
        }
        write(&path, &[1], Duration::ZERO).unwrap();
        assert!(matches!(read(&path), Err(WavError::Empty)));
    }
}
