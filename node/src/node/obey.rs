//! CAPTURE of actions: what a command means in the meeting as it stands. Pure.

use super::command::{Command, DocumentChoice};
use super::event::Notice;
use crate::room::id::{BlobId, MemberId};
use crate::room::meeting::{Meeting, Status};
use crate::room::stanza::{Laser, PageTurn, Payload, Point, Removal, Sign, StanzaError, Stroke};

/// Digits of an id that may stand for it: as many as people are shown.
const SHORT_ID: usize = 8;

/// What a command asks for.
#[derive(Debug, PartialEq)]
pub(super) enum Intent {
    /// Say this.
    Say(Payload),
    /// Say this, and make a new meeting key, which the removed member never gets.
    Remove(Removal),
    /// Convert this file, then show it.
    Convert(std::path::PathBuf),
    /// Let in, or turn away, who waits under this name.
    Answer {
        /// Who waits.
        name: String,
        /// In or away.
        admit: bool,
    },
    /// Tell the digits to compare with this member.
    Compare(MemberId),
    /// Send silence, or sound again.
    Mute(bool),
    /// Show this, live.
    Show(Sign),
    /// Hear somebody louder or not at all, here alone.
    Hear(Hearing),
    /// Tell the state.
    State,
    /// Leave.
    Leave,
}

/// How this listener wants to hear.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Hearing {
    /// This member, at this percentage of how they were sent.
    Volume(MemberId, u8),
    /// Nothing of this member, or them again.
    Silence(MemberId, bool),
    /// Nobody, or everybody again.
    Deaf(bool),
}

/// What this node is doing that the meeting does not show yet.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pending {
    /// Own page turn that is said but not on disk.
    pub(super) page: Option<PageTurn>,
}

/// What `command` of `me` means now. `At` is the session's: it comes here when it falls due.
pub(super) fn intent(
    command: Command,
    me: MemberId,
    meeting: &Meeting,
    pending: Pending,
) -> Result<Intent, Notice> {
    let at_desk = Desk { me, meeting, pending };
    Ok(match command {
        Command::Page(page) => at_desk.turn(|_| Some(page))?,
        Command::Next => at_desk.turn(|page| page.checked_add(1))?,
        Command::Back => at_desk.turn(|page| page.checked_sub(1))?,
        Command::Document(DocumentChoice::File(path)) => {
            at_desk.must_present()?;
            Intent::Convert(path)
        }
        Command::Document(DocumentChoice::Named(name)) => {
            at_desk.must_present()?;
            Intent::Say(Payload::Page(PageTurn { document: at_desk.document(&name)?, page: 1 }))
        }
        Command::Stroke { points, colour, width, tool } => {
            let on = at_desk.page()?;
            Intent::Say(Payload::Stroke(Stroke { on, points, colour, width, tool }))
        }
        Command::Undo => {
            Intent::Say(Payload::Undo(meeting.undoable(&me).ok_or_else(|| unknown("undo"))?))
        }
        Command::Say(text) => Intent::Say(Payload::Chat(text)),
        Command::Hand(up) => Intent::Say(Payload::Hand(up)),
        Command::Present => Intent::Say(Payload::Floor(me)),
        Command::Give(name) => {
            at_desk.must_present()?;
            Intent::Say(Payload::Floor(at_desk.member(&name)?))
        }
        Command::Admit(name) => Intent::Answer { name, admit: true },
        Command::Refuse(name) => Intent::Answer { name, admit: false },
        Command::Remove(name) => {
            let member = at_desk.member(&name)?;
            Intent::Remove(Removal { member, upto: meeting.height(&member) })
        }
        Command::Rename(name) => Intent::Say(Payload::Name(name)),
        Command::CompareCode(name) => Intent::Compare(at_desk.member(&name)?),
        Command::Laser { on, at } => Intent::Show(at_desk.laser(on, at)?),
        Command::Drawing(drawing) => {
            drawing.check().map_err(refused)?;
            Intent::Show(Sign::Drawing(drawing))
        }
        Command::DrawingEnds(id) => Intent::Show(Sign::NoDrawing(id)),
        Command::Volume { member, percent } => {
            Intent::Hear(Hearing::Volume(at_desk.member(&member)?, percent))
        }
        Command::SilenceMember { member, on } => {
            Intent::Hear(Hearing::Silence(at_desk.member(&member)?, on))
        }
        Command::Deafen(on) => Intent::Hear(Hearing::Deaf(on)),
        Command::Mute => Intent::Mute(true),
        Command::Unmute => Intent::Mute(false),
        Command::State => Intent::State,
        Command::At(_, inner) => return intent(*inner, me, meeting, pending),
        Command::Leave => Intent::Leave,
    })
}

struct Desk<'m> {
    me: MemberId,
    meeting: &'m Meeting,
    pending: Pending,
}

impl Desk<'_> {
    fn must_present(&self) -> Result<(), Notice> {
        if self.meeting.presenter() == Some(self.me) { Ok(()) } else { Err(Notice::NotPresenting) }
    }

    /// The page on show, or about to be.
    fn page(&self) -> Result<PageTurn, Notice> {
        let shown = self.meeting.shown().map(|(on, ..)| on);
        self.pending.page.or(shown).ok_or(Notice::NoDocument)
    }

    fn laser(&self, on: Option<PageTurn>, at: Option<Point>) -> Result<Sign, Notice> {
        let Some(at) = at else { return Ok(Sign::NoLaser) };
        let laser = Laser { on: on.map_or_else(|| self.page(), Ok)?, at };
        laser.check().map_err(refused)?;
        Ok(Sign::Laser(laser))
    }

    fn turn(&self, to: impl FnOnce(u32) -> Option<u32>) -> Result<Intent, Notice> {
        self.must_present()?;
        let on = self.page()?;
        let pages = self.pages(on.document);
        let page = to(on.page).unwrap_or(0);
        if page == 0 || page > pages {
            return Err(Notice::NoSuchPage { page, pages });
        }
        Ok(Intent::Say(Payload::Page(PageTurn { page, ..on })))
    }

    fn pages(&self, document: BlobId) -> u32 {
        let known = self.meeting.documents().find(|(_, known)| known.document == document);
        known.map_or(0, |(_, known)| known.pages)
    }

    fn document(&self, name: &str) -> Result<BlobId, Notice> {
        // The newest of several with one name.
        let named = self.meeting.documents().filter(|(_, known)| known.name == name).last();
        named.map(|(_, known)| known.document).ok_or_else(|| unknown(name))
    }

    /// The member of this name or id; somebody else before oneself.
    fn member(&self, name: &str) -> Result<MemberId, Notice> {
        let mut members: Vec<_> = self
            .meeting
            .members()
            .filter(|member| member.status != Status::Removed)
            .map(|member| (member.id, member.name))
            .collect();
        members.sort_by_key(|(id, _)| *id == self.me);
        called(name, &members).ok_or_else(|| unknown(name))
    }
}

/// Which of `people` is meant by `name`: whoever has it as their whole id, else the first of this
/// name, else the first whose id begins so (8 digits at least). So nobody can be taken for somebody
/// else by calling themselves the other's id.
pub(super) fn called(name: &str, people: &[(MemberId, &str)]) -> Option<MemberId> {
    let is_id = |(id, _): &&(MemberId, &str)| id.to_string() == name;
    let is_name = |(_, known): &&(MemberId, &str)| *known == name;
    let begins =
        |(id, _): &&(MemberId, &str)| name.len() >= SHORT_ID && id.to_string().starts_with(name);
    let people = || people.iter();
    let found = people().find(is_id).or_else(|| people().find(is_name));
    found.or_else(|| people().find(begins)).map(|(id, _)| *id)
}

fn refused(error: StanzaError) -> Notice {
    Notice::Unknown { what: error.to_string() }
}

fn unknown(what: &str) -> Notice {
    Notice::Unknown { what: what.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::room::id::MeetingId;

    #[test]
    fn a_whole_id_is_its_owners_whatever_others_call_themselves() {
        let (ann, eve) = (MemberId([0xa1; 32]), MemberId([0x0e; 32]));
        let anns = ann.to_string();
        let people = [(eve, anns.as_str()), (ann, "Ann")];
        assert_eq!(called(&anns, &people), Some(ann));
        assert_eq!(called("Ann", &people), Some(ann));
        assert_eq!(called(&anns[..8], &people), Some(ann));
        assert_eq!(called(&anns[..7], &people), None, "too short to be meant");
        assert_eq!(called("Ben", &people), None);
    }

    #[test]
    fn pages_are_turned_only_when_there_are_some() {
        let me = MemberId([1; 32]);
        let meeting = Meeting::new(MeetingId([9; 32]));
        let draw = Command::Stroke {
            points: Vec::new(),
            colour: [0; 4],
            width: 1,
            tool: crate::room::stanza::Tool::Pen,
        };
        let drawn = intent(draw, me, &meeting, Pending::default());
        assert_eq!(drawn, Err(Notice::NoDocument));
    }
}
