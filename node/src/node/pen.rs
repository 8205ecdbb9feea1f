//! Own marks between being made and being on disk. Pure.
//!
//! *Undo* and *redo* mean what was done last, and the fold knows of that only when it is on disk. A
//! person who presses the keys faster than the disk writes must not take the same stroke back twice:
//! such a command waits until everything before it is kept, and what is drawn behind it waits too.

use super::command::Command;
use crate::room::stanza::Payload;
use crate::room::time::MediaTime;
use std::collections::VecDeque;

/// Commands that wait at a time: keys held down for seconds beside a disk that stands still.
const WAITING: usize = 256;

/// Keeps marks and what takes them back in order.
#[derive(Debug, Default)]
pub(super) struct Pen {
    /// Own marks, erases and undos that are said and not yet on disk.
    unkept: usize,
    /// What waits for that, each with its media time.
    waiting: VecDeque<(Command, MediaTime)>,
}

impl Pen {
    /// Takes `command` if it must wait; gives it back if it may be done now, or if too many wait:
    /// then it does what it can.
    pub(super) fn hold(&mut self, command: Command, at: MediaTime) -> Option<Command> {
        let waits = match &command {
            Command::Undo | Command::Redo => self.unkept > 0 || !self.waiting.is_empty(),
            Command::Stroke { .. } | Command::Note { .. } | Command::Erase(_) => {
                !self.waiting.is_empty()
            }
            _ => false,
        };
        if !waits || self.waiting.len() >= WAITING {
            return Some(command);
        }
        self.waiting.push_back((command, at));
        None
    }

    /// One of [`is_mark`] was said.
    pub(super) fn said(&mut self) {
        self.unkept += 1;
    }

    /// One of them is on disk.
    pub(super) fn kept(&mut self) {
        self.unkept = self.unkept.saturating_sub(1);
    }

    /// The next that waited and may be done now.
    pub(super) fn next(&mut self) -> Option<(Command, MediaTime)> {
        let ready = match self.waiting.front()? {
            (Command::Undo | Command::Redo, _) => self.unkept == 0,
            _ => true,
        };
        if ready { self.waiting.pop_front() } else { None }
    }
}

/// Whether *undo* and *redo* depend on it.
pub(super) fn is_mark(payload: &Payload) -> bool {
    matches!(payload, Payload::Stroke(_) | Payload::Note(_) | Payload::Erase(_) | Payload::Undo(_))
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: MediaTime = MediaTime::ZERO;

    fn erase() -> Command {
        Command::Erase(Vec::new())
    }

    #[test]
    fn what_takes_back_waits_for_what_was_said_and_what_follows_waits_behind_it() {
        let mut pen = Pen::default();
        assert_eq!(pen.hold(erase(), AT), Some(erase()), "nothing to wait for");
        pen.said();
        assert_eq!(pen.hold(Command::Undo, AT), None);
        assert_eq!(pen.hold(Command::Undo, AT), None);
        assert_eq!(pen.hold(erase(), AT), None);
        assert_eq!(pen.hold(Command::Next, AT), Some(Command::Next), "no business of the pen");
        assert_eq!(pen.next(), None, "not on disk yet");
        pen.kept();
        assert_eq!(pen.next(), Some((Command::Undo, AT)));
        pen.said();
        assert_eq!(pen.next(), None, "each waits for the one before");
        pen.kept();
        assert_eq!(pen.next(), Some((Command::Undo, AT)));
        pen.said();
        assert_eq!(pen.next(), Some((erase(), AT)));
        assert_eq!(pen.next(), None);
    }

    #[test]
    fn no_more_wait_than_a_bound() {
        let mut pen = Pen::default();
        pen.said();
        for _ in 0..WAITING {
            assert_eq!(pen.hold(Command::Undo, AT), None);
        }
        assert_eq!(pen.hold(Command::Undo, AT), Some(Command::Undo));
    }
}
