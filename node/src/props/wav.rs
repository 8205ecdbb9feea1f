//! WAV files in and out for the demo (Microsoft RIFF, 16-bit PCM), as mono at 48 kHz.

use crate::io::audio::{Fill, SILENT, Source, WavError, WavSource};
use crate::limits::SAMPLE_RATE;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::time::Duration;

/// Samples of a speech file that are read: ten minutes; longer speech is cut.
const MOST: usize = 600 * SAMPLE_RATE as usize;

/// Why a file is no speech we can play.
#[derive(Debug, thiserror::Error)]
pub enum ClipError {
    /// It cannot be opened, or is no WAV file that can be played.
    #[error(transparent)]
    Wav(#[from] WavError),
    /// The disk refused in the middle of it.
    #[error("{0}")]
    Cut(String),
    /// It has no samples.
    #[error("it is empty")]
    Empty,
}

/// Reads `path` as mono samples at 48 kHz, with silence up to the end of its last block.
pub(super) fn read(path: &Path) -> Result<Vec<i16>, ClipError> {
    let mut source = WavSource::open(path)?;
    let (mut samples, mut block) = (Vec::new(), SILENT);
    while samples.len() < MOST {
        match source.fill(&mut block).map_err(ClipError::Cut)? {
            Fill::Sound => samples.extend(block.map(|sample| (sample * 32_768.0).round() as i16)),
            Fill::Ended => break,
        }
    }
    if samples.is_empty() { Err(ClipError::Empty) } else { Ok(samples) }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.wav");
        write(&path, &[1, -2, 3], Duration::from_millis(1)).unwrap();
        let samples = read(&path).unwrap();
        assert_eq!(samples[..4], [1, -2, 3, 1]);
        assert_eq!(samples.len(), 960, "one block");
        assert!(samples[48..].iter().all(|&sample| sample == 0), "silent behind its end");
    }

    #[test]
    fn other_files_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.wav");
        for bytes in [&b""[..], b"RIFF", b"RIFF\0\0\0\0WAVEfmt \xff\xff\xff\xff", b"%PDF-1.4"] {
            std::fs::write(&path, bytes).unwrap();
            assert!(matches!(read(&path), Err(ClipError::Wav(_))), "{bytes:?}");
        }
        write(&path, &[1], Duration::ZERO).unwrap();
        assert!(matches!(read(&path), Err(ClipError::Empty)));
    }
}
