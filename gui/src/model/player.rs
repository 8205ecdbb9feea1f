//! A recording that is played.

use super::MeetingView;
use moot_node::room::id::{EntryRef, MemberId};
use moot_node::room::stanza::PageTurn;
use std::path::PathBuf;
use std::time::Duration;

/// The speeds to choose from; 1 is as it was.
pub const SPEEDS: [f32; 5] = [0.5, 0.75, 1.0, 1.5, 2.0];

/// What the player shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Player {
    /// Where the recording is.
    pub folder: PathBuf,
    /// The meeting as it stood at [`Player::position`]: the same fold as live.
    pub meeting: MeetingView,
    /// What the timeline shows.
    pub timeline: Timeline,
    /// Where it is.
    pub position: Duration,
    /// It runs.
    pub playing: bool,
    /// Which of [`SPEEDS`].
    pub speed: f32,
    /// On its way elsewhere.
    pub jump: Jump,
}

/// A jump that the recording has still to make.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Jump {
    /// Where the person has gone, until the recording is there.
    pub to: Option<Duration>,
    /// The meeting as it stood there, until all of it is told.
    pub view: Option<Box<MeetingView>>,
}

impl Player {
    /// A recording that stands at its beginning, of which nothing is told yet.
    #[must_use]
    pub fn new(folder: PathBuf, meeting: MeetingView, timeline: Timeline) -> Self {
        let (position, jump) = (Duration::ZERO, Jump::default());
        Self { folder, meeting, timeline, position, playing: false, speed: 1.0, jump }
    }
}

/// A recording's length and what happened in it, for the timeline.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Timeline {
    /// How long it is.
    pub duration: Duration,
    /// Page turns.
    pub turns: Vec<(Duration, PageTurn)>,
    /// Marks: a click on one jumps to its moment.
    pub marks: Vec<(Duration, EntryRef)>,
    /// Lines of chat.
    pub lines: Vec<Duration>,
    /// Who spoke when: from, to.
    pub talk: Vec<(MemberId, Duration, Duration)>,
}

impl Timeline {
    /// The moment a mark was made.
    #[must_use]
    pub fn moment_of(&self, mark: EntryRef) -> Option<Duration> {
        self.marks.iter().find(|(_, entry)| *entry == mark).map(|(at, _)| *at)
    }

    /// When this page was shown: the next time, or else the last.
    #[must_use]
    pub fn showing(&self, page: PageTurn, position: Duration) -> Option<Duration> {
        let mut times = self.turns.iter().filter(|(_, on)| *on == page).map(|(at, _)| *at);
        let last = times.clone().next_back();
        times.find(|at| *at > position).or(last)
    }

    /// The page that is shown next.
    #[must_use]
    pub fn page_after(&self, position: Duration) -> Option<PageTurn> {
        self.turns.iter().find(|(at, _)| *at > position).map(|(_, on)| *on)
    }

    /// Who spoke at a moment.
    pub fn speakers(&self, at: Duration) -> impl Iterator<Item = MemberId> {
        let speaking = move |(_, from, to): &&(_, Duration, Duration)| *from <= at && at < *to;
        self.talk.iter().filter(speaking).map(|(who, ..)| *who)
    }

    /// The page turn before (or after) a moment, for *jump by page*. Jumping back within the first
    /// two seconds of a page goes to the page before it, as music players do.
    #[must_use]
    pub fn turn_near(&self, position: Duration, forward: bool) -> Option<Duration> {
        const GRACE: Duration = Duration::from_secs(2);
        let mut turns = self.turns.iter().map(|(at, _)| *at);
        if forward {
            turns.find(|at| *at > position)
        } else {
            turns.take_while(|at| *at + GRACE < position).last().or(Some(Duration::ZERO))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use moot_node::room::id::BlobId;

    #[test]
    fn jumping_by_page() {
        let on = PageTurn { document: BlobId([1; 32]), page: 1 };
        let at = Duration::from_secs;
        let timeline = Timeline {
            turns: vec![(at(0), on), (at(10), on), (at(20), on)],
            ..Timeline::default()
        };
        assert_eq!(timeline.turn_near(at(15), true), Some(at(20)));
        assert_eq!(timeline.turn_near(at(15), false), Some(at(10)));
        assert_eq!(timeline.turn_near(at(11), false), Some(at(0)), "just begun: the one before");
        assert_eq!(timeline.turn_near(at(25), true), None);
        assert_eq!(timeline.showing(on, at(12)), Some(at(20)), "the next time");
        assert_eq!(timeline.showing(on, at(25)), Some(at(20)), "or else the last");
        assert_eq!(timeline.page_after(at(20)), None);
        assert_eq!(timeline.page_after(at(19)), Some(on));
        assert_eq!(timeline.showing(PageTurn { page: 2, ..on }, at(0)), None);
    }
}
