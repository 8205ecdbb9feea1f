//! Where the meeting's sound goes.

use super::{BLOCK, Block};
use crate::limits::SAMPLE_RATE;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A loudspeaker, or what stands in for one. The playout thread hands it each block when the
/// block's first sample is due. It must not block for long.
pub trait Sink: Send {
    /// Emits one block.
    ///
    /// # Errors
    /// What went wrong; the sink is not used again.
    fn block(&mut self, block: &Block) -> io::Result<()>;

    /// This block is played by another laptop in the room while the next one is played here: a microphone
    /// hears it all the same.
    fn overhears(&mut self, _: &Block) {}

    /// Whether time goes by in it: then it is handed silence as well, block by block.
    fn keeps_time(&self) -> bool {
        true
    }

    /// How long after it was handed over the next block's first sample will be heard.
    fn delay(&self) -> Duration {
        Duration::ZERO
    }

    /// Samples by which the last block takes longer to the air than those before it; less than 0: shorter. Told once.
    /// An echo comes as much later.
    fn slipped(&mut self) -> i64 {
        0
    }
}

/// Hears everything and keeps nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NullSink;

impl Sink for NullSink {
    fn block(&mut self, _: &Block) -> io::Result<()> {
        Ok(())
    }

    fn keeps_time(&self) -> bool {
        false
    }
}

/// Bytes of a WAV header of 16-bit PCM.
const HEADER: u32 = 44;

/// Opening a FIFO without a reader must fail, and writing to a full one too: neither may hold up
/// playout (POSIX `O_NONBLOCK`; std has no name for it).
#[cfg(target_os = "linux")]
const NONBLOCK: i32 = 0o4000;
#[cfg(all(unix, not(target_os = "linux")))]
const NONBLOCK: i32 = 4;

/// A WAV file or FIFO: 48 kHz mono 16-bit, each block one unbuffered write. The header says that
/// the length is unknown (0xFFFF_FFFF) until the file is closed, so that it can be read while it
/// grows; a FIFO's stays so.
///
/// A FIFO may have no reader, or a slow one. Blocks that can't be written are made up by as much
/// silence later, so that what the reader gets keeps the time relation.
#[derive(Debug)]
pub struct WavSink {
    path: PathBuf,
    file: Option<File>,
    fifo: bool,
    begun: bool,
    /// Bytes of sound written.
    written: u64,
    /// Blocks owed to a slow reader, to be paid in silence.
    owed: u32,
}

impl WavSink {
    /// Creates the file, or finds the FIFO (which may get its reader later).
    ///
    /// # Errors
    /// When the file can't be created.
    pub fn create(path: &Path) -> io::Result<Self> {
        let fifo = is_fifo(path);
        let file = if fifo { None } else { Some(File::create(path)?) };
        let path = path.to_owned();
        let mut sink = Self { path, file, fifo, begun: false, written: 0, owed: 0 };
        if !fifo {
            sink.begin()?;
        }
        Ok(sink)
    }

    /// Writes the header once there is somebody to read it.
    fn begin(&mut self) -> io::Result<bool> {
        if self.fifo && self.file.is_none() {
            self.file = match open_fifo(&self.path) {
                Ok(file) => Some(file),
                // ENXIO: nobody reads yet.
                Err(error) if error.raw_os_error() == Some(6) => return Ok(false),
                Err(error) => return Err(error),
            };
        }
        if !self.begun {
            self.begun = self.write(&header(u32::MAX, u32::MAX))?;
        }
        Ok(self.begun)
    }

    /// Writes all of `bytes` or, to a full FIFO, nothing (POSIX: up to `PIPE_BUF` = 4096 bytes are
    /// written whole). `false`: nothing.
    fn write(&mut self, bytes: &[u8]) -> io::Result<bool> {
        let Some(file) = &mut self.file else { return Ok(false) };
        match file.write_all(bytes) {
            Ok(()) => Ok(true),
            Err(error) if self.fifo && error.kind() == ErrorKind::WouldBlock => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Puts the lengths into the header of a file.
    fn close(&mut self) -> io::Result<()> {
        let Some(file) = self.file.as_mut().filter(|_| !self.fifo) else { return Ok(()) };
        // Players read what is longer than RIFF can say to its end anyway.
        let bytes = u32::try_from(self.written).unwrap_or(u32::MAX - HEADER);
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&header(bytes + HEADER - 8, bytes))
    }
}

impl Sink for WavSink {
    fn block(&mut self, block: &Block) -> io::Result<()> {
        if !self.begin()? {
            return Ok(());
        }
        while self.owed > 0 {
            if !self.write(&[0; BLOCK * 2])? {
                self.owed += 1;
                return Ok(());
            }
            self.owed -= 1;
        }
        if self.write(&pcm(block))? {
            self.written += (BLOCK * 2) as u64;
        } else {
            self.owed += 1;
        }
        Ok(())
    }
}

impl Drop for WavSink {
    fn drop(&mut self) {
        // A header that stays unpatched is a stream's, which players take as well.
        drop(self.close());
    }
}

fn pcm(block: &Block) -> [u8; BLOCK * 2] {
    let mut bytes = [0; BLOCK * 2];
    for (sample, place) in block.iter().zip(bytes.chunks_exact_mut(2)) {
        let sample = (sample * 32_767.0).round().clamp(-32_768.0, 32_767.0) as i16;
        place.copy_from_slice(&sample.to_le_bytes());
    }
    bytes
}

fn header(riff_bytes: u32, data_bytes: u32) -> [u8; HEADER as usize] {
    let mut header = *b"RIFF....WAVEfmt \x10\0\0\0\x01\0\x01\0rate2xrt\x02\0\x10\0data....";
    header[4..8].copy_from_slice(&riff_bytes.to_le_bytes());
    header[24..28].copy_from_slice(&SAMPLE_RATE.to_le_bytes());
    header[28..32].copy_from_slice(&(SAMPLE_RATE * 2).to_le_bytes());
    header[40..44].copy_from_slice(&data_bytes.to_le_bytes());
    header
}

#[cfg(unix)]
fn is_fifo(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt;
    std::fs::metadata(path).is_ok_and(|meta| meta.file_type().is_fifo())
}

#[cfg(unix)]
fn open_fifo(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    OpenOptions::new().write(true).custom_flags(NONBLOCK).open(path)
}

#[cfg(not(unix))]
fn is_fifo(_: &Path) -> bool {
    false
}

#[cfg(not(unix))]
fn open_fifo(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_can_be_read_while_it_grows_and_afterwards() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("heard.wav");
        let mut sink = WavSink::create(&path).expect("a file");
        sink.block(&[0.5; BLOCK]).expect("written");
        let growing = std::fs::read(&path).expect("readable");
        assert_eq!(growing.len(), 44 + 1920);
        assert_eq!(growing[4..8], [0xff; 4]);
        assert_eq!(growing[44..46], 16_384_i16.to_le_bytes());
        sink.block(&[2.0; BLOCK]).expect("written");
        drop(sink);
        let closed = std::fs::read(&path).expect("readable");
        assert_eq!(closed[40..44], 3840_u32.to_le_bytes());
        assert_eq!(closed[4..8], 3876_u32.to_le_bytes());
        assert_eq!(closed[44 + 1920..][..2], 32_767_i16.to_le_bytes(), "clipped, not wrapped");
        assert_eq!(closed[..4], *b"RIFF");
        assert_eq!(closed[20..36], [1, 0, 1, 0, 0x80, 0xbb, 0, 0, 0, 0x77, 1, 0, 2, 0, 16, 0]);
    }

    #[cfg(unix)]
    #[test]
    fn a_fifo_without_or_with_a_slow_reader_holds_nothing_up() {
        use std::io::Read;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("fifo");
        let made = std::process::Command::new("mkfifo").arg(&path).status();
        if !made.is_ok_and(|status| status.success()) {
            println!("skipped: mkfifo is not installed");
            return;
        }
        let mut sink = WavSink::create(&path).expect("a FIFO");
        sink.block(&[0.1; BLOCK]).expect("nobody reads yet, and nobody waits");
        let mut reader = {
            use std::os::unix::fs::OpenOptionsExt;
            OpenOptions::new().read(true).custom_flags(NONBLOCK).open(&path).expect("a reader")
        };
        // A pipe holds 64 KiB, 34 blocks: the rest is owed and paid in silence.
        for _ in 0..50 {
            sink.block(&[0.5; BLOCK]).expect("a full FIFO is no error");
        }
        let mut heard = Vec::new();
        while reader.read_to_end(&mut heard).is_err() {
            sink.block(&[0.25; BLOCK]).expect("written");
            if heard.len() >= 44 + 51 * 1920 {
                break;
            }
        }
        let last = |n: usize| &heard[44 + n * 1920..][..2];
        assert_eq!(last(0), 16_384_i16.to_le_bytes());
        assert_eq!(last(49), [0, 0], "dropped blocks are silence");
        assert_eq!(last(50), 8_192_i16.to_le_bytes(), "and time goes on behind them");
    }
}
