//! CAPTURE of actions: what a command means in the meeting as it stands. Pure.

use super::command::{Command, DocumentChoice};
use super::config::{SinkChoice, SourceChoice};
use super::event::Notice;
use super::session::Choice;
use crate::io::document::{Original, Password};
use crate::io::voice::VoiceChoice;
use crate::room::id::{BlobId, MemberId};
use crate::room::meeting::{Meeting, Status};
use crate::room::playout::DelayChoice;
use crate::room::stanza::{
    Laser, Note, PageTurn, Payload, Point, Removal, Sign, StanzaError, Stroke,
};

/// Digits of an id that may stand for it: as many as people are shown.
const SHORT_ID: usize = 8;

/// What a command asks for.
#[derive(Debug, PartialEq)]
pub(super) enum Intent {
    /// Say this.
    Say(Payload),
    /// Say this, and make a new meeting key, which the removed member never gets.
    Remove(Removal),
    /// Convert this, then show it.
    Convert(Original),
    /// Convert the locked file with this password.
    Unlock(Password),
    /// Convert the file of this name, or the last one, that was saved again.
    Update(Option<String>),
    /// Convert nothing any more.
    Cancel,
    /// Let in, or turn away, who waits under this name.
    Answer {
        /// Who waits.
        name: String,
        /// In or away.
        admit: bool,
    },
    /// Tell the digits to compare with this member.
    Compare(MemberId),
    /// Begin or end to keep everybody's sound.
    Record(bool),
    /// Send silence, or sound again.
    Mute(bool),
    /// Speak from another source.
    Source(SourceChoice),
    /// Hear the others from another sink.
    Sink(SinkChoice),
    /// Process the microphone's sound so.
    Voice(VoiceChoice),
    /// Hear the others so soon.
    Delay(DelayChoice),
    /// Show this, live.
    Show(Sign),
    /// Hear somebody louder or not at all, here alone.
    Hear(Hearing),
    /// Sit here, so.
    Seat(Choice),
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
            Intent::Convert(Original::from(path))
        }
        Command::Document(DocumentChoice::Pictures(files)) => {
            at_desk.must_present()?;
            Intent::Convert(Original::pictures(files))
        }
        Command::Password(password) => Intent::Unlock(password),
        Command::Update(name) => Intent::Update(name),
        Command::Cancel => Intent::Cancel,
        Command::Document(DocumentChoice::Named(name)) => {
            at_desk.must_present()?;
            Intent::Say(Payload::Page(PageTurn { document: at_desk.document(&name)?, page: 1 }))
        }
        Command::Stroke { on, points, colour, width, tool, pressure } => {
            let on = at_desk.drawn_on(on)?;
            Intent::Say(Payload::Stroke(Stroke { on, points, pressure, colour, width, tool }))
        }
        Command::Note { on, at, text, colour, size } => {
            let on = at_desk.drawn_on(on)?;
            Intent::Say(Payload::Note(Note { on, at, colour, size, text }))
        }
        Command::Erase(marks) => {
            at_desk.may_draw()?;
            Intent::Say(Payload::Erase(marks))
        }
        Command::Undo => {
            Intent::Say(Payload::Undo(meeting.undoable(&me).ok_or_else(|| unknown("undo"))?))
        }
        Command::Redo => {
            Intent::Say(Payload::Undo(meeting.redoable(&me).ok_or_else(|| unknown("redo"))?))
        }
        Command::AllowDrawing(allowed) => {
            at_desk.must_present()?;
            Intent::Say(Payload::DrawingAllowed(allowed))
        }
        Command::React(kind) => Intent::Say(Payload::Reaction(kind)),
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
        Command::Picture(colour) => Intent::Say(Payload::Picture(colour)),
        Command::CompareCode(name) => Intent::Compare(at_desk.member(&name)?),
        Command::Laser { on, at } => Intent::Show(at_desk.laser(on, at)?),
        Command::Drawing(drawing) => {
            at_desk.may_draw()?;
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
        Command::Record(on) => Intent::Record(on),
        Command::Mute => Intent::Mute(true),
        Command::Unmute => Intent::Mute(false),
        Command::Source(choice) => Intent::Source(choice),
        Command::Sink(choice) => Intent::Sink(choice),
        Command::Voice(choice) => Intent::Voice(choice),
        Command::Delay(choice) => Intent::Delay(choice),
        Command::Room(room) => Intent::Seat(Choice::Sit(room)),
        Command::Headphones(on) => Intent::Seat(Choice::Wear(on)),
        Command::LoudspeakerHere(here) => Intent::Seat(Choice::PlayHere(here)),
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

    fn may_draw(&self) -> Result<(), Notice> {
        let may = self.meeting.drawing_allowed() || self.must_present().is_ok();
        if may { Ok(()) } else { Err(Notice::DrawingForbidden) }
    }

    /// The page to draw on, if one may.
    fn drawn_on(&self, page: Option<PageTurn>) -> Result<PageTurn, Notice> {
        self.may_draw()?;
        page.map_or_else(|| self.page(), Ok)
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
        let newest = self.meeting.newest(document);
        let known = self.meeting.documents().find(|(_, known)| known.document == newest);
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
    use crate::room::id::{EntryRef, MeetingId};
    use crate::room::stamp::Stamper;
    use crate::room::stanza::{Admission, Founding, JoinPolicy, Point, Tool};
    use crate::room::time::{Epoch, MediaTime};
    use ed25519_dalek::SigningKey;

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

    /// A meeting of two, of whom the first presents.
    struct Two {
        pens: [Stamper; 2],
        meeting: Meeting,
    }

    impl Two {
        fn new(name: &str) -> Self {
            let key = |seed| SigningKey::from_bytes(&[seed; 32]);
            let founding = Founding {
                title: "Plans".into(),
                join: JoinPolicy::Open,
                name: "Ann".into(),
                nonce: [0; 16],
            };
            let founder = MemberId(key(1).verifying_key().to_bytes());
            let id = MeetingId::of_founding(&founder, &founding);
            let pens = [1, 2].map(|seed| Stamper::new(key(seed), id));
            let mut two = Self { pens, meeting: Meeting::new(id) };
            two.say(0, Payload::Meeting(founding));
            let member = two.who(1);
            two.say(0, Payload::Admit(Admission { member, name: name.into() }));
            two
        }

        fn who(&self, person: usize) -> MemberId {
            self.pens[person].author()
        }

        fn say(&mut self, person: usize, payload: Payload) {
            let said = self.pens[person].stamp(payload, Epoch(1), MediaTime::ZERO);
            let (entry, action) = said.expect("sayable");
            self.pens.iter_mut().for_each(|pen| pen.observe(action.stamp.lamport));
            self.meeting.apply(&entry, &action);
        }

        fn intent(&self, person: usize, command: Command) -> Result<Intent, Notice> {
            intent(command, self.who(person), &self.meeting, Pending::default())
        }
    }

    fn page(page: u32) -> PageTurn {
        PageTurn { document: BlobId([7; 32]), page }
    }

    fn draw(on: Option<PageTurn>) -> Command {
        let points = vec![Point { x: 1, y: 2 }];
        let (colour, pressure) = ([0; 4], Vec::new());
        Command::Stroke { on, points, colour, width: 30, tool: Tool::Pen, pressure }
    }

    #[test]
    fn one_draws_on_the_page_on_show_or_on_the_one_leafed_to() {
        let mut two = Two::new("Bob");
        assert_eq!(two.intent(1, draw(None)), Err(Notice::NoDocument));
        two.say(0, Payload::Page(page(1)));
        for (asked, drawn) in [(None, page(1)), (Some(page(9)), page(9))] {
            let intent = two.intent(1, draw(asked));
            let Ok(Intent::Say(Payload::Stroke(stroke))) = intent else { panic!("{intent:?}") };
            assert_eq!(stroke.on, drawn);
        }
    }

    #[test]
    fn who_may_not_draw_is_told_so() {
        let mut two = Two::new("Bob");
        two.say(0, Payload::Page(page(1)));
        assert_eq!(two.intent(1, Command::AllowDrawing(false)), Err(Notice::NotPresenting));
        let Ok(Intent::Say(ban)) = two.intent(0, Command::AllowDrawing(false)) else {
            panic!("the presenter may")
        };
        two.say(0, ban);
        let erase = Command::Erase(vec![EntryRef { author: two.who(0), seq: 1 }]);
        let note = Command::Note {
            on: None,
            at: Point { x: 0, y: 0 },
            text: "x".into(),
            colour: [0; 4],
            size: 200,
        };
        for command in [draw(None), note, erase] {
            assert_eq!(two.intent(1, command.clone()), Err(Notice::DrawingForbidden));
            assert!(two.intent(0, command).is_ok());
        }
    }

    #[test]
    fn nobody_is_taken_for_another_by_a_name_that_is_the_others_id() {
        let ann = Two::new("Bob").who(0).to_string();
        let two = Two::new(&ann);
        let give = |to: &str| two.intent(0, Command::Give(to.to_owned()));
        assert_eq!(give(&ann), Ok(Intent::Say(Payload::Floor(two.who(0)))));
        let bob = two.who(1).to_string();
        assert_eq!(give(&bob), Ok(Intent::Say(Payload::Floor(two.who(1)))));
        assert_eq!(give(&bob[..8]), Ok(Intent::Say(Payload::Floor(two.who(1)))));
        assert_eq!(give(&bob[..7]), Err(unknown(&bob[..7])));
    }

    #[test]
    fn undo_and_redo_say_when_there_is_nothing() {
        let mut two = Two::new("Bob");
        two.say(0, Payload::Page(page(1)));
        assert_eq!(two.intent(1, Command::Undo), Err(unknown("undo")));
        assert_eq!(two.intent(1, Command::Redo), Err(unknown("redo")));
        let Ok(Intent::Say(stroke)) = two.intent(1, draw(None)) else { panic!("a stroke") };
        two.say(1, stroke);
        assert_eq!(two.intent(1, Command::Undo), Ok(Intent::Say(Payload::Undo(1))));
        two.say(1, Payload::Undo(1));
        assert_eq!(two.intent(1, Command::Redo), Ok(Intent::Say(Payload::Undo(2))));
    }
}
