//! REHEARSAL: say something, then hear it, to try microphone and loudspeaker before a meeting.

use super::{Block, Fill, SILENT, Sink, Source};
use crate::room::playout::level_of;

/// Blocks that are listened to: three seconds, a short sentence.
const BLOCKS: u32 = 150;

/// Blocks of silence after it: a loudspeaker has that much before it at most, and would be closed on it.
const REST: u32 = 15;

/// Where a rehearsal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rehearsing {
    /// It listens.
    Listening {
        /// How loud it is just now, of 100.
        level: u8,
    },
    /// It plays what was said.
    Playing,
}

/// Listens to `source` for three seconds, then plays to `sink` what came; gives the loudest level, of 100.
/// `tick` is told each block, waits for the next one's time (20 ms), and says whether to go on.
///
/// # Errors
/// What failed, for people.
pub fn rehearse(
    source: &mut dyn Source,
    sink: &mut dyn Sink,
    mut tick: impl FnMut(Rehearsing) -> bool,
) -> Result<u8, String> {
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
            return Ok(loudest);
        }
    }
    let rest = std::iter::repeat_n(&SILENT, REST as usize);
    for block in said.iter().chain(rest) {
        sink.block(block).map_err(|error| error.to_string())?;
        if !tick(Rehearsing::Playing) {
            break;
        }
    }
    Ok(loudest)
}

#[cfg(test)]
mod tests {
    use super::super::{BLOCK, ToneSource};
    use super::*;
    use std::io;

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
        assert!(loudest.expect("nothing fails") > 50);
        let listened = told.iter().filter(|step| **step != Rehearsing::Playing).count();
        assert_eq!(listened, BLOCKS as usize);
    }

    #[test]
    fn who_gives_up_hears_nothing_more() {
        let mut ear = Ear::default();
        let level = rehearse(&mut ToneSource::default(), &mut ear, |_| false);
        assert!(level.is_ok() && ear.0.is_empty());
    }
}
