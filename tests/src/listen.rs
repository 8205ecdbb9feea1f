//! A listener's ears: reads a node's WAV sink from a FIFO while it is written, and notes when each
//! 20 ms block came. A block is written when its first sample is due, so its arrival plus the place
//! within it is the moment a sample was heard.

use crate::{click, process, shell, wait, wav};
use std::fs::{File, OpenOptions};
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// `O_NONBLOCK` of Linux: opening a FIFO for writing must not wait for a reader that has gone.
const O_NONBLOCK: i32 = 0o4000;

/// Samples of one block: 20 ms.
const BLOCK: usize = 960;

/// Somebody listening at a FIFO.
#[derive(Debug)]
pub struct Listener {
    path: PathBuf,
    thread: Option<JoinHandle<Heard>>,
}

impl Listener {
    /// Makes a FIFO at `path` and listens to whoever writes a WAV into it.
    ///
    /// # Panics
    /// When the FIFO cannot be made.
    #[must_use]
    pub fn at(path: &Path) -> Self {
        let name = path.display().to_string();
        shell::run(&["mkfifo", &name]).expect("temporary folder is writable");
        let fifo = path.to_owned();
        let thread = std::thread::spawn(move || {
            process::hurry();
            File::open(&fifo).map(hear).unwrap_or_default()
        });
        Self { path: path.to_owned(), thread: Some(thread) }
    }

    /// What the node's `--sink` takes.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What was heard; returns once the node has stopped writing, or never began.
    ///
    /// # Panics
    /// When listening itself failed.
    #[must_use]
    pub fn finish(mut self) -> Heard {
        let thread = self.thread.take().expect("taken only here");
        while !thread.is_finished() {
            self.release();
            wait::span(Duration::from_millis(10));
        }
        thread.join().expect("listening never fails")
    }

    /// A reader that nobody ever wrote to still waits for its writer.
    fn release(&self) {
        let _no_reader = OpenOptions::new().write(true).custom_flags(O_NONBLOCK).open(&self.path);
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.release();
    }
}

/// Sound as it was heard.
#[derive(Debug, Default)]
pub struct Heard {
    /// The samples, at 48 kHz.
    pub samples: Vec<f32>,
    /// When each block came.
    blocks: Vec<Instant>,
}

impl Heard {
    /// When the sample numbered `sample` was heard.
    #[must_use]
    pub fn moment(&self, sample: usize) -> Option<Instant> {
        let inside = Duration::from_secs_f64((sample % BLOCK) as f64 / f64::from(wav::RATE));
        Some(*self.blocks.get(sample / BLOCK)? + inside)
    }

    /// For each of `planned` clicks (samples of the source) that was heard: its number and when.
    #[must_use]
    pub fn clicks(&self, planned: &[u64]) -> Vec<(usize, Instant)> {
        let pairs = click::pair(planned, &click::find(&self.samples));
        pairs.into_iter().filter_map(|(i, sample)| Some((i, self.moment(sample)?))).collect()
    }

    /// How evenly blocks came: milliseconds between one and the next.
    #[must_use]
    pub fn steps_ms(&self) -> crate::stats::Sample {
        let steps = self.blocks.windows(2).map(|two| (two[1] - two[0]).as_secs_f64() * 1000.0);
        crate::stats::Sample::of(steps)
    }
}

fn hear(mut fifo: File) -> Heard {
    let mut heard = Heard::default();
    let Ok(format) = wav::read_header(&mut fifo) else { return heard };
    let mut block = vec![0; BLOCK * format.frame_bytes()];
    loop {
        let mut filled = 0;
        while filled < block.len() {
            match fifo.read(&mut block[filled..]) {
                Ok(0) | Err(_) => return heard,
                Ok(bytes) => {
                    if filled == 0 {
                        heard.blocks.push(Instant::now());
                    }
                    filled += bytes;
                }
            }
        }
        heard.samples.extend(format.samples(&block));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Chance;
    use crate::speech;
    use std::io::Write;

    #[test]
    fn clicks_are_heard_when_they_are_written() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let planned = click::plan(&mut Chance::new(4), 0.2, 1.8, 4);
        let file = folder.path().join("a.wav");
        speech::write(&file, 2.0, &planned);
        let bytes = std::fs::read(&file).expect("just written");
        let listener = Listener::at(&folder.path().join("fifo"));
        let mut fifo =
            OpenOptions::new().write(true).open(listener.path()).expect("a reader waits");
        let start = Instant::now();
        fifo.write_all(&bytes[..44]).expect("header");
        for (number, block) in bytes[44..].chunks(BLOCK * 2).enumerate() {
            wait::until(start + Duration::from_millis(20 * number as u64));
            fifo.write_all(block).expect("block");
        }
        drop(fifo);
        let heard = listener.finish();
        let clicks = heard.clicks(&planned);
        assert_eq!(clicks.len(), planned.len());
        for (number, moment) in clicks {
            let due = start + Duration::from_secs_f64(planned[number] as f64 / 48_000.0);
            let late = moment.duration_since(due).as_secs_f64() * 1000.0;
            assert!(late < 15.0, "click {number} heard {late} ms after it was due");
        }
    }

    #[test]
    fn a_node_that_never_speaks_is_silence() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let heard = Listener::at(&folder.path().join("fifo")).finish();
        assert!(heard.samples.is_empty() && heard.clicks(&[1]).is_empty());
    }
}
