//! REHEARSAL: say something, then hear it, to try microphone and loudspeaker before a meeting.

use super::pace::{Pace, PacedThread};
use super::{Block, Fill, SILENT, Sink, Source};
use crate::io::clock::Clock;
use crate::limits::FRAME_SAMPLES;
use crate::room::playout::level_of;
use crate::room::time::samples_to_span;
use std::io;

/// Blocks that are listened to: three seconds, a short sentence.
const BLOCKS: u32 = 150;

/// Blocks of silence after it: a loudspeaker has that much before it at most, and would be closed on it.
const REST: u32 = 15;

/// Where a rehearsal is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rehearsing {
    /// It listens.
    Listening {
        /// How loud it is just now, of 100.
        level: u8,
    },
    /// It plays what was said.
    Playing,
    /// It is over.
    Over {
        /// The loudest that came, of 100.
        loudest: u8,
    },
    /// It could not be; why, for people.
    Failed(String),
}

/// A rehearsal that runs. Dropping it ends it.
#[derive(Debug)]
pub struct Rehearsal {
    _thread: PacedThread,
}

impl Rehearsal {
    /// Opens both ends, listens for three seconds and plays what came. `tell` is told each block, and the end.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(
        open: impl FnOnce() -> Result<(Box<dyn Source>, Box<dyn Sink>), String> + Send + 'static,
        clock: Clock,
        mut tell: impl FnMut(Rehearsing) + Send + 'static,
    ) -> io::Result<Self> {
        let run = move |pace: Pace| {
            let heard = open().and_then(|(mut source, mut sink)| {
                let mut next = pace.now();
                rehearse(&mut *source, &mut *sink, |step| {
                    tell(step);
                    next = next + samples_to_span(FRAME_SAMPLES);
                    pace.until(next)
                })
            });
            match heard {
                Ok(Some(loudest)) => tell(Rehearsing::Over { loudest }),
                Ok(None) => {}
                Err(problem) => tell(Rehearsing::Failed(problem)),
            }
        };
        Ok(Self { _thread: PacedThread::spawn("rehearsal", clock, run)? })
    }
}

/// Listens, then plays; gives the loudest level. `tick` is told each block, waits for the next one's time, and
/// says whether to go on; `None`: it did not.
fn rehearse(
    source: &mut dyn Source,
    sink: &mut dyn Sink,
    mut tick: impl FnMut(Rehearsing) -> bool,
) -> Result<Option<u8>, String> {
    let mut said: Vec<Block> = Vec::new();
    let mut loudest = 0;
    for _ in 0..BLOCKS {
        let mut block = SILENT;
        if source.fill(&mut block)? == Fill::Ended {
            break;
        }
        let level = level_of(&block);
        loudest = loudest.max(level);
        said.push(block);
        if !tick(Rehearsing::Listening { level }) {
            return Ok(None);
        }
    }
    let rest = std::iter::repeat_n(&SILENT, REST as usize);
    for block in said.iter().chain(rest) {
        sink.block(block).map_err(|error| error.to_string())?;
        if !tick(Rehearsing::Playing) {
            return Ok(None);
        }
    }
    Ok(Some(loudest))
}

#[cfg(test)]
mod tests {
    use super::super::{BLOCK, ToneSource};
    use super::*;

    /// Keeps what it hears.
    #[derive(Default)]
    struct Ear(Vec<f32>);

    impl Sink for Ear {
        fn block(&mut self, block: &Block) -> io::Result<()> {
            self.0.extend_from_slice(block);
            Ok(())
        }
    }

    #[test]
    fn what_was_said_is_heard_and_its_level_told() {
        let (mut ear, mut told) = (Ear::default(), Vec::new());
        let loudest = rehearse(&mut ToneSource::default(), &mut ear, |step| {
            told.push(step);
            true
        });
        let mut same = ToneSource::default();
        let mut first = SILENT;
        same.fill(&mut first).expect("a tone");
        assert_eq!(ear.0[..BLOCK], first);
        assert_eq!(ear.0.len(), (BLOCKS + REST) as usize * BLOCK);
        assert!(loudest.expect("nothing fails").expect("it went on") > 50);
        let listened = told.iter().filter(|step| **step != Rehearsing::Playing).count();
        assert_eq!(listened, BLOCKS as usize);
    }

    #[test]
    fn who_gives_up_hears_nothing_more() {
        let mut ear = Ear::default();
        let level = rehearse(&mut ToneSource::default(), &mut ear, |_| false);
        assert_eq!((level, ear.0.is_empty()), (Ok(None), true));
    }
}
