//! People in the room without Moot: what they ask the bridge, and how much of theirs is taken.

use moot_node::room::time::LocalTime;
use std::collections::BTreeMap;
use std::time::Duration;

/// Lines of one person that are taken at once; one more each [`PACE`].
const BURST: u32 = 8;

/// In the long run one person's lines come this far apart: a fast typist's.
const PACE: Duration = Duration::from_secs(1);

/// People whose pace is remembered: a room's. Past it nobody new is heard.
const PEOPLE: usize = 1000;

/// What a line asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    /// What can be asked.
    Help,
    /// What is on show.
    Page,
    /// Who is there.
    Who,
    /// A hand, up or down.
    Hand(bool),
    /// Nothing: it is a line for the meeting.
    Nothing,
}

impl Ask {
    /// What this line asks. A word behind `!` that is none of these is a line like any other.
    pub(super) fn of(line: &str) -> Self {
        let line = line.trim().to_lowercase();
        match line.split_whitespace().collect::<Vec<_>>()[..] {
            ["!help"] => Self::Help,
            ["!page"] => Self::Page,
            ["!who"] => Self::Who,
            ["!hand"] | ["!hand", "up"] => Self::Hand(true),
            ["!hand", "down"] => Self::Hand(false),
            _ => Self::Nothing,
        }
    }
}

/// Whether a line is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pace {
    /// It is.
    Taken,
    /// It is not, and they should be told: the first in a row.
    TooFast,
    /// It is not, as the last was not.
    Ignored,
}

/// Everybody's pace.
#[derive(Debug, Default)]
pub(super) struct Paces(BTreeMap<String, Bucket>);

#[derive(Debug)]
struct Bucket {
    left: u32,
    since: LocalTime,
    warned: bool,
}

impl Paces {
    /// A line of `nick` comes now.
    pub(super) fn take(&mut self, nick: &str, now: LocalTime) -> Pace {
        if !self.0.contains_key(nick) && self.0.len() >= PEOPLE {
            return Pace::Ignored;
        }
        let bucket = self.0.entry(nick.to_owned()).or_insert(Bucket {
            left: BURST,
            since: now,
            warned: false,
        });
        let earned = now.since(bucket.since).as_nanos() / PACE.as_nanos();
        if let Ok(earned @ 1..) = u32::try_from(earned) {
            bucket.left = bucket.left.saturating_add(earned).min(BURST);
            bucket.since = bucket.since + PACE * earned;
        }
        if bucket.left > 0 {
            bucket.left -= 1;
            bucket.warned = false;
            return Pace::Taken;
        }
        if std::mem::replace(&mut bucket.warned, true) { Pace::Ignored } else { Pace::TooFast }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked() {
        assert_eq!(Ask::of(" !Page "), Ask::Page);
        assert_eq!(Ask::of("!hand"), Ask::Hand(true));
        assert_eq!(Ask::of("!hand  down"), Ask::Hand(false));
        assert_eq!(Ask::of("!pages are nice"), Ask::Nothing);
        assert_eq!(Ask::of("hello"), Ask::Nothing);
    }

    #[test]
    fn a_flood_is_bounded_and_told_once() {
        let mut paces = Paces::default();
        let at = LocalTime::from_millis;
        for _ in 0..BURST {
            assert_eq!(paces.take("eve", at(0)), Pace::Taken);
        }
        assert_eq!(paces.take("eve", at(10)), Pace::TooFast);
        assert_eq!(paces.take("eve", at(20)), Pace::Ignored);
        assert_eq!(paces.take("carol", at(20)), Pace::Taken, "others are not held up");
        assert_eq!(paces.take("eve", at(1_000)), Pace::Taken);
        assert_eq!(paces.take("eve", at(1_001)), Pace::TooFast);
        for _ in 0..BURST {
            assert_eq!(paces.take("eve", at(60_000)), Pace::Taken);
        }
    }
}
