//! What people with ordinary programs read of the meeting: its own fold over the entries, and from it a line
//! for what they would want to know, at a pace that a chat bears.

use super::words::Language;
use moot_node::room::carrier::Saying;
use moot_node::room::entry::Entry;
use moot_node::room::id::{BlobId, MeetingId, MemberId};
use moot_node::room::meeting::{Meeting, Status};
use moot_node::room::stanza::{Action, PageTurn, Payload};
use moot_node::room::time::LocalTime;
use std::time::Duration;

/// How long a page stays on show before it is worth a line: leafing is not.
const SETTLED: Duration = Duration::from_millis(2_500);

/// The meeting as lines.
pub(super) struct Lines {
    language: Language,
    meeting: Meeting,
    /// The page of the last line.
    told: Option<PageTurn>,
    /// A page that is on show since then and has no line yet.
    settling: Option<(PageTurn, LocalTime)>,
}

impl Lines {
    pub(super) fn new(meeting: MeetingId, language: Language) -> Self {
        Self { language, meeting: Meeting::new(meeting), told: None, settling: None }
    }

    /// Takes an entry in; the line that goes with it to the room when `by` says it there, if it is news.
    pub(super) fn take(
        &mut self,
        saying: &Saying,
        by: &MemberId,
        now: LocalTime,
    ) -> Option<String> {
        // The node has verified it; one that can't be read says nothing.
        let entry = Entry::decode(&self.meeting.id(), &saying.open).ok()?;
        let action = Action::parse(entry.stanza()).ok()?;
        self.meeting.apply(&entry, &action);
        self.settle(saying.live, now);
        let author = entry.author();
        let name = self.name(&author);
        saying.live.then_some(())?;
        match action.payload {
            // A person's own program says their words as they are.
            Payload::Chat(line) if author == *by => Some(line),
            Payload::Chat(line) => Some(format!("{name}: {line}")),
            Payload::Hand(true) => Some(self.language.hand(&name)),
            Payload::Floor(to) => Some(self.language.presents(&self.name(&to))),
            _ => None,
        }
    }

    fn settle(&mut self, live: bool, now: LocalTime) {
        let shown = self.meeting.shown().map(|(on, ..)| on);
        if !live {
            // Who comes later reads on; what was shown before the bridge is told when asked for.
            self.told = shown;
            return;
        }
        match shown {
            Some(on) if self.told == Some(on) => self.settling = None,
            Some(on) if self.settling.is_none_or(|(settling, _)| settling != on) => {
                self.settling = Some((on, now));
            }
            _ => {}
        }
    }

    /// When a line about the page on show falls due.
    pub(super) fn next_due(&self) -> Option<LocalTime> {
        self.settling.map(|(_, since)| since + SETTLED)
    }

    /// The line about the page on show, if it is due.
    pub(super) fn due(&mut self, now: LocalTime) -> Option<String> {
        let (on, since) = self.settling?;
        if now < since + SETTLED {
            return None;
        }
        (self.settling, self.told) = (None, Some(on));
        Some(self.page(on))
    }

    /// Who connects the meeting with `room`, as all of them said.
    pub(super) fn bridges(&self, room: &str) -> Vec<MemberId> {
        let bridges = self.meeting.members().filter(|member| member.bridges == Some(room));
        bridges.map(|member| member.id).collect()
    }

    /// What is on show.
    pub(super) fn on_show(&self) -> String {
        match self.meeting.shown() {
            Some((on, ..)) => self.page(on),
            None => self.language.nothing_shown(),
        }
    }

    /// Who is there.
    pub(super) fn who(&self) -> String {
        let here = self.meeting.members().filter(|member| member.status == Status::Member);
        let mut names: Vec<_> = here.map(|member| member.name.to_owned()).collect();
        names.sort();
        self.language.who(&names)
    }

    fn page(&self, on: PageTurn) -> String {
        let (name, pages) = self.document(on.document);
        self.language.page(on.page, pages, &name)
    }

    fn document(&self, document: BlobId) -> (String, u32) {
        let said = self.meeting.documents().find(|(_, said)| said.document == document);
        said.map(|(_, said)| (said.name.clone(), said.pages)).unwrap_or_default()
    }

    fn name(&self, member: &MemberId) -> String {
        let known = self.meeting.member(member).map(|member| member.name.to_owned());
        known.unwrap_or_else(|| member.short())
    }
}
