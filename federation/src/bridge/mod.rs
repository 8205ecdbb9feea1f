//! Decides what the meeting says in the room and what the room says in the meeting. Pure: orders of the node,
//! arrivals of the link and the time come in, what to do comes out ([`Do`]); [`crate::carry`] does it.
//!
//! ```text
//! node ─ ToCarrier ─▶ Bridge ─ Do::Say, Do::Whisper ─▶ link ═▶ the room
//!      ◀─ Do::Tell ──        ◀─ Arrival, archive ─────      ◀═
//! ```
//!
//! | in the meeting | in the room | by |
//! |---|---|---|
//! | an entry | `<entry/>`, sealed, kept by the archive | `wire`, XEP-0334 `store`, XEP-0313 |
//! | chat, hands, floor, the page on show | a line beside it | `lines`, XEP-0428 |
//! | a connection between two members | whispered `<pipe/>`s | `pipes` |
//! | parts of documents | files; `<parcel/>`, sealed, kept by the archive | `parcels`, XEP-0363, XEP-0447 |
//! | frames of one voice | `<sound/>`, sealed, kept nowhere | `sound`, `ladder` |
//! | a guest's line | an ordinary message | `guests` |
//! | who can be asked to let one in | `<moot/>` in the presence | `roster`, XEP-0045 |

mod guests;
mod hearing;
mod ladder;
mod lines;
mod parcels;
mod pipes;
mod roster;
mod sayings;
mod sound;
pub mod wire;
mod words;

pub use words::Language;

use crate::arrival::{ArchiveId, Arrival, GroupMessage, RoomMessage};
use crate::sentence::Told;
use crate::xep::fallback;
use crate::xep::file_sharing::SharedFile;
use guests::Paces;
use ladder::Ladder;
use lines::Lines;
use moot_node::room::carrier::{Carried, FromCarrier, Pipe, PipeId, Saying, ToCarrier};
use moot_node::room::id::MemberId;
use moot_node::room::parcel::ParcelId;
use moot_node::room::time::LocalTime;
use parcels::Files;
use pipes::Pipes;
use roster::Roster;
use sayings::{Said, Sayings};
use sound::Hears;
use std::time::Duration;
use wire::Presence;
use xmpp_parsers::minidom::Element;

/// How long after the archive's last page the node's word on it is awaited, before what the room seems to lack
/// is said: verifying a page of entries takes milliseconds.
const QUIET: Duration = Duration::from_millis(700);

/// What a bridge is to do.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The room, as people write it.
    pub room: String,
    /// Speaks for those who are not in the room, and to those without Moot.
    pub bridge: bool,
    /// Says nothing that the server's operator can read but names.
    pub sealed: bool,
    /// Of what it says to people.
    pub language: Language,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Do {
    /// Says this to all.
    Say(GroupMessage),
    /// Says this to all, now or not at all.
    Sound(GroupMessage),
    /// Brings this to the server's files.
    Upload(ParcelId, Vec<u8>),
    /// Loads this file, which was tried so often before.
    Download(ParcelId, SharedFile, u32),
    /// Whispers this to one.
    Whisper(String, Element),
    /// Says this of ourselves.
    Present(Element),
    /// Tells the node.
    Tell(FromCarrier),
    /// Reads the archive from here on, page by page.
    CatchUp(Option<ArchiveId>),
}

/// What the room's archive is to us.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Archive {
    /// Not asked yet: we are in no meeting, or not in the room.
    Unread,
    /// Being read.
    Reading,
    /// Read; the node looks at it until then.
    Quiet(LocalTime),
    /// All of it is known here.
    Known,
}

/// One meeting's bridge.
pub struct Bridge {
    settings: Settings,
    me: MemberId,
    carried: Option<Carried>,
    lines: Option<Lines>,
    joined: bool,
    open: bool,
    archive: Archive,
    last: Option<ArchiveId>,
    roster: Roster,
    sayings: Sayings,
    pipes: Pipes,
    paces: Paces,
    ladder: Ladder,
    hears: Hears,
    files: Files,
    speaks: bool,
    told: bool,
    greeted: bool,
    number: u64,
    prefix: String,
}

impl Bridge {
    /// A node looks for a meeting in this room. `prefix` is random: ids of messages begin with it.
    #[must_use]
    pub fn new(settings: Settings, me: MemberId, prefix: String) -> Self {
        Self {
            settings,
            me,
            carried: None,
            lines: None,
            joined: false,
            open: false,
            archive: Archive::Unread,
            last: None,
            roster: Roster::default(),
            sayings: Sayings::default(),
            pipes: Pipes::default(),
            paces: Paces::default(),
            ladder: Ladder::new(),
            hears: Hears::default(),
            files: Files::default(),
            speaks: false,
            told: false,
            greeted: false,
            number: 0,
            prefix,
        }
    }

    /// What we say of ourselves.
    #[must_use]
    pub fn presence(&self) -> Element {
        Presence { member: self.me, carried: self.carried.clone() }.element()
    }

    /// Something that the node wants.
    pub fn order(&mut self, order: ToCarrier, now: LocalTime) -> Vec<Do> {
        let mut todo = Vec::new();
        match order {
            // Known already: it came first.
            ToCarrier::Seek(_) | ToCarrier::Leave => {}
            ToCarrier::Carry(carried) => {
                self.lines = Some(Lines::new(carried.meeting, self.settings.language));
                self.carried = Some(carried);
                todo.push(Do::Present(self.presence()));
                self.catch_up(&mut todo);
            }
            ToCarrier::Kept(saying) => self.keep(saying, now),
            ToCarrier::InRoom(entry) => self.sayings.is_in_room(entry),
            ToCarrier::Beside(members) => self.roster.set_beside(members),
            ToCarrier::Sound(sealed) => self.say_sound(&sealed, &mut todo),
            ToCarrier::Parcel { id, sealed } => self.post(id, sealed, &mut todo),
            ToCarrier::Announce { id, sealed } => self.announce(id, &sealed, &mut todo),
            ToCarrier::Fetch { id, told } => self.fetch(id, &told, &mut todo),
            ToCarrier::Pipe(id, pipe) => self.say_on_pipe(id, &pipe, &mut todo),
        }
        self.go_on(now, &mut todo);
        todo
    }

    /// Something that happened on the link.
    pub fn arrival(&mut self, arrival: Arrival, now: LocalTime) -> Vec<Do> {
        let mut todo = Vec::new();
        match arrival {
            Arrival::Up { resumed: true } => self.joined = true,
            Arrival::Up { resumed: false } => {
                self.joined = false;
                let ended = self.pipes.end();
                todo.extend(ended.into_iter().map(|id| tell_pipe(id, Pipe::Close)));
            }
            Arrival::Down { why } => {
                self.joined = false;
                let problem = self.settings.language.of(why);
                todo.push(Do::Tell(FromCarrier::Waiting { problem }));
            }
            Arrival::Joined { occupants, .. } => {
                self.joined = true;
                todo.extend(self.roster.begin(&occupants).into_iter().map(Do::Tell));
                self.sayings.forgotten();
                self.catch_up(&mut todo);
            }
            Arrival::Occupant(occupant) => {
                todo.extend(self.roster.note(&occupant).into_iter().map(Do::Tell));
                if !occupant.available {
                    let ended = self.pipes.parted(&occupant.nick);
                    todo.extend(ended.into_iter().map(|id| tell_pipe(id, Pipe::Close)));
                }
            }
            Arrival::Renamed { from, to } => {
                self.pipes.rename(&from, &to);
                self.roster.rename(&from, to);
            }
            Arrival::Message(message) => self.hear(message, now, &mut todo),
            Arrival::Whisper { nick, payloads, .. } => self.overhear(&nick, &payloads, &mut todo),
            Arrival::Refused { why, .. } => {
                let problem = self.settings.language.of(why.told());
                todo.push(Do::Tell(FromCarrier::Waiting { problem }));
            }
            Arrival::Out(why) => {
                let problem = self.settings.language.of(why.told());
                todo.push(Do::Tell(FromCarrier::Ended { problem }));
            }
        }
        self.go_on(now, &mut todo);
        todo
    }

    /// A page of the archive; `done` when it was the last.
    pub fn archived(&mut self, page: Vec<RoomMessage>, done: bool, now: LocalTime) -> Vec<Do> {
        let mut todo = Vec::new();
        for message in page {
            if !self.hear_parcel(&message, &mut todo) {
                self.hear_entry(&message, false, &mut todo);
            }
        }
        if done && self.archive == Archive::Reading {
            self.archive = Archive::Quiet(now + QUIET);
        }
        todo
    }

    /// The archive can't be read: the meeting goes on with what is said from now on.
    pub fn unarchived(&mut self, now: LocalTime) -> Vec<Do> {
        self.archived(Vec::new(), true, now)
    }

    /// When something falls due.
    #[must_use]
    pub fn next_due(&self) -> Option<LocalTime> {
        let quiet = match self.archive {
            Archive::Quiet(until) => Some(until),
            _ => None,
        };
        let line = self.lines.as_ref().and_then(Lines::next_due).filter(|_| self.talks());
        quiet.into_iter().chain(line).min()
    }

    /// What falls due.
    pub fn due(&mut self, now: LocalTime) -> Vec<Do> {
        let mut todo = Vec::new();
        self.go_on(now, &mut todo);
        todo
    }

    /// Whether everything of one's own is in the room: it may end.
    #[must_use]
    pub fn is_done(&self) -> bool {
        !self.open || self.sayings.open_of(&self.me) == 0
    }

    fn keep(&mut self, saying: Saying, now: LocalTime) {
        let lines = self.lines.as_mut();
        let line = lines.and_then(|lines| lines.take(&saying, &self.me, now));
        let line = line.filter(|_| !self.settings.sealed);
        let Saying { entry, sealed, .. } = saying;
        self.sayings.keep(Said { entry, sealed, line }, entry.author == self.me);
    }

    /// Whether lines for people are said here.
    fn talks(&self) -> bool {
        self.speaks && self.archive == Archive::Known && self.joined && !self.settings.sealed
    }

    fn catch_up(&mut self, todo: &mut Vec<Do>) {
        if self.joined && self.carried.is_some() {
            self.archive = Archive::Reading;
            todo.push(Do::CatchUp(self.last.clone()));
        }
    }

    /// Whatever has become possible.
    fn go_on(&mut self, now: LocalTime, todo: &mut Vec<Do>) {
        if matches!(self.archive, Archive::Quiet(until) if now >= until) {
            self.archive = Archive::Known;
            if !std::mem::replace(&mut self.open, true) {
                todo.push(Do::Tell(FromCarrier::Open { room: self.settings.room.clone() }));
            }
        }
        self.elect();
        self.tell_hears(todo);
        if !self.may_say() {
            return;
        }
        self.greet(todo);
        while let Some(said) = self.sayings.next() {
            todo.push(self.say_entry(said));
        }
        if self.talks()
            && let Some(line) = self.lines.as_mut().and_then(|lines| lines.due(now))
        {
            todo.push(self.say_line(line));
        }
    }

    /// Whether this bridge speaks for those who are not in the room.
    fn elect(&mut self) {
        let bridges = self.lines.as_ref().map(|lines| lines.bridges(&self.settings.room));
        self.speaks = self.settings.bridge
            && bridges.is_some_and(|bridges| self.roster.speaks(&self.me, &bridges));
        if self.speaks {
            self.sayings.speak_for(|author| !self.roster.is_there(author));
        }
    }

    /// Whether anything may be said: a bridge has told everybody in the meeting before. That it is none any
    /// more is the last thing it says.
    fn may_say(&mut self) -> bool {
        let told = |lines: &Lines| lines.bridges(&self.settings.room).contains(&self.me);
        self.told |= !self.settings.bridge || self.lines.as_ref().is_some_and(told);
        self.told && self.archive == Archive::Known && self.joined
    }

    /// Once: what this is, for people.
    fn greet(&mut self, todo: &mut Vec<Do>) {
        let Some(carried) = self.carried.as_ref().filter(|_| self.speaks && !self.greeted) else {
            return;
        };
        let language = self.settings.language;
        let line = match self.settings.sealed {
            true => language.sealed(&carried.title),
            false => language.bridged(&carried.title),
        };
        self.greeted = true;
        todo.push(self.say_line(line));
    }

    fn say_entry(&mut self, said: Said) -> Do {
        let Said { entry, sealed, line: body } = said;
        let mut payloads = vec![wire::entry(entry, &sealed)];
        if body.is_some() {
            payloads.push(fallback::element(wire::NS));
        }
        Do::Say(GroupMessage { id: self.id(), body, payloads, store: true })
    }

    fn say_line(&mut self, line: String) -> Do {
        let payloads = vec![fallback::element(wire::NS)];
        Do::Say(GroupMessage { id: self.id(), body: Some(line), payloads, store: true })
    }

    fn id(&mut self) -> String {
        self.number += 1;
        format!("{}-{}", self.prefix, self.number)
    }

    fn say_on_pipe(&mut self, id: PipeId, pipe: &Pipe, todo: &mut Vec<Do>) {
        if let Pipe::Open(to) = pipe {
            let Some(nick) = self.roster.nick(to).filter(|_| self.joined) else {
                return todo.push(tell_pipe(id, Pipe::Close));
            };
            if !self.pipes.open(id, nick) {
                return todo.push(tell_pipe(id, Pipe::Close));
            }
        }
        if let Some((nick, n)) = self.pipes.say(id, pipe) {
            todo.push(Do::Whisper(nick, wire::pipe(id, n, pipe)));
        }
    }
}

fn tell_pipe(id: PipeId, pipe: Pipe) -> Do {
    Do::Tell(FromCarrier::Pipe(id, pipe))
}

#[cfg(test)]
mod tests;
