//! What was said in writing.

use super::Seconds;
use moot_node::room::id::EntryRef;

/// A line of chat.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Who said it, and where in their log.
    pub entry: EntryRef,
    /// Somebody without Moot who said it in the room that its author bridges to.
    pub guest: Option<String>,
    /// What was said.
    pub text: String,
    /// When it came to this laptop: "10:31" by its calendar; none for what was said before.
    pub clock: Option<String>,
    /// When it came, for this window.
    pub came: Seconds,
}

/// The conversation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chat {
    /// Lines in the order they took effect.
    pub lines: Vec<Line>,
    /// Lines by others that came while the chat was not to be seen.
    pub unread: usize,
    /// The chat is to be seen: nothing becomes unread.
    pub in_view: bool,
}

impl Chat {
    /// A line came; `own` lines are never unread.
    pub fn add(&mut self, line: Line, own: bool) {
        // The same entry can be told twice, when a meeting is opened again.
        if self.lines.iter().rev().any(|known| known.entry == line.entry) {
            return;
        }
        self.lines.push(line);
        if !own && !self.in_view {
            self.unread += 1;
        }
    }

    /// The chat came into view, or went out of it.
    pub fn look(&mut self, in_view: bool) {
        self.in_view = in_view;
        if in_view {
            self.unread = 0;
        }
    }
}
