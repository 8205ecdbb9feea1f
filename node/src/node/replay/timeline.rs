//! What a player's slider shows.

use super::stage::Script;
use crate::io::recording::{Recording, Spoken};
use crate::room::id::{EntryRef, MemberId};
use crate::room::meeting::Change;
use crate::room::stanza::PageTurn;
use std::collections::BTreeSet;
use std::time::Duration;

/// What lies where, from the beginning, in order of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timeline {
    /// How long it is.
    pub duration: Duration,
    /// When which page was shown. What was on show when the recording began is at zero.
    pub turns: Vec<TurnMade>,
    /// When marks (strokes, figures, notes) were made: a click on one can go there.
    pub marks: Vec<MarkMade>,
    /// When lines of chat were written.
    pub lines: Vec<Duration>,
    /// Who spoke when, to the second.
    pub talk: Vec<Talk>,
}

/// A page was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TurnMade {
    /// When.
    pub at: Duration,
    /// Document and page.
    pub on: PageTurn,
}

/// A mark was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarkMade {
    /// When.
    pub at: Duration,
    /// The mark.
    pub entry: EntryRef,
}

/// Somebody spoke.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Talk {
    /// Who.
    pub member: MemberId,
    /// From when.
    pub from: Duration,
    /// Until when.
    pub to: Duration,
}

impl Timeline {
    /// When a mark was made.
    #[must_use]
    pub fn moment_of(&self, mark: EntryRef) -> Option<Duration> {
        self.marks.iter().find(|made| made.entry == mark).map(|made| made.at)
    }
}

/// Folds the whole recording once. Blocks.
pub(super) fn of(script: &Script, recording: &Recording) -> Timeline {
    let mut meeting = script.blank();
    let mut timeline =
        Timeline { duration: recording.score.length().into(), ..Timeline::default() };
    let (mut made, mut turned) = (BTreeSet::new(), None);
    for (at, entry) in recording.score.entries() {
        let at = (*at).into();
        for change in script.say(&mut meeting, *entry) {
            match change {
                // More of the document, or a newer one, is no turn.
                Change::Shown { page: Some((on, entry, _)) } if turned == Some(entry) => {
                    if let Some(last) = timeline.turns.last_mut() {
                        last.on = on;
                    }
                }
                Change::Shown { page: Some((on, entry, _)) } => {
                    turned = Some(entry);
                    // Of several at one place the last is seen.
                    timeline.turns.pop_if(|last| last.at == at);
                    timeline.turns.push(TurnMade { at, on });
                }
                Change::MarkAdded { mark, .. } if made.insert(mark) => {
                    timeline.marks.push(MarkMade { at, entry: mark });
                }
                Change::Chat { .. } => timeline.lines.push(at),
                _ => {}
            }
        }
    }
    let talk = |(member, from, to): &Spoken| Talk {
        member: *member,
        from: (*from).into(),
        to: (*to).into(),
    };
    timeline.talk = recording.spoken.iter().map(talk).collect();
    timeline
}
