//! A room of people with their own pens, for the fold's tests.

use ed25519_dalek::SigningKey;
use moot_node::room::entry::Entry;
use moot_node::room::id::{BlobId, EntryRef, MeetingId, MemberId};
use moot_node::room::meeting::{Change, Meeting, Status};
use moot_node::room::stamp::Stamper;
use moot_node::room::stanza::{
    Action, Admission, DocumentAnnouncement, Founding, JoinPolicy, Note, PageTurn, Payload, Point,
    Removal, Stroke, Tool,
};
use moot_node::room::time::{Epoch, MediaTime};

/// What was said: an entry and its action.
pub(crate) type Said = (Entry, Action);

/// People with pens, and everything they said. Person 0 is the founder.
pub(crate) struct Room {
    pub(crate) id: MeetingId,
    pens: Vec<Stamper>,
    pub(crate) said: Vec<Said>,
}

impl Room {
    /// `people` persons, of whom the first founds the meeting; the others are strangers yet.
    pub(crate) fn new(people: u8) -> Self {
        let key = |person| SigningKey::from_bytes(&[person + 1; 32]);
        let founding = Founding {
            title: "Weekly".into(),
            join: JoinPolicy::Code,
            name: "P0".into(),
            nonce: [0; 16],
        };
        let founder = MemberId(key(0).verifying_key().to_bytes());
        let id = MeetingId::of_founding(&founder, &founding);
        let pens = (0..people).map(|person| Stamper::new(key(person), id)).collect();
        let mut room = Self { id, pens, said: Vec::new() };
        room.say(0, Payload::Meeting(founding));
        room
    }

    /// The same with everybody admitted by the founder.
    pub(crate) fn of_members(people: u8) -> Self {
        let mut room = Self::new(people);
        for person in 1..people {
            room.admit(0, person);
        }
        room
    }

    /// A person's id.
    pub(crate) fn who(&self, person: u8) -> MemberId {
        self.pens[usize::from(person)].author()
    }

    /// Says something that everybody hears at once.
    pub(crate) fn say(&mut self, person: u8, payload: Payload) -> EntryRef {
        let entry = self.whisper(person, payload);
        let lamport = self.said.last().expect("just said").1.stamp.lamport;
        self.pens.iter_mut().for_each(|pen| pen.observe(lamport));
        entry
    }

    /// Says something that nobody else has heard when they say what comes next.
    pub(crate) fn whisper(&mut self, person: u8, payload: Payload) -> EntryRef {
        let pen = &mut self.pens[usize::from(person)];
        let said = pen.stamp(payload, Epoch(1), MediaTime::ZERO).expect("sayable");
        self.said.push(said);
        EntryRef { author: pen.author(), seq: pen.head().0 }
    }

    /// One person hears what was said last.
    pub(crate) fn hear(&mut self, person: u8, lamport: u64) {
        self.pens[usize::from(person)].observe(lamport);
    }

    pub(crate) fn admit(&mut self, by: u8, person: u8) -> EntryRef {
        let payload = self.admission(person);
        self.say(by, payload)
    }

    pub(crate) fn admission(&self, person: u8) -> Payload {
        Payload::Admit(Admission { member: self.who(person), name: format!("P{person}") })
    }

    /// A removal after which the first `upto` entries still count.
    pub(crate) fn removal(&self, person: u8, upto: u64) -> Payload {
        Payload::Remove(Removal { member: self.who(person), upto })
    }

    /// How many entries the person has said.
    pub(crate) fn height(&self, person: u8) -> u64 {
        self.pens[usize::from(person)].head().0
    }

    /// A copy of a person's pen: with it they can contradict themselves.
    pub(crate) fn copy_of(&self, person: u8) -> Stamper {
        self.pens[usize::from(person)].clone()
    }

    /// The meeting after everything that was said.
    pub(crate) fn meeting(&self) -> Meeting {
        fold(self.id, &self.said)
    }

    /// A person's status.
    pub(crate) fn status(&self, person: u8) -> Option<Status> {
        self.meeting().member(&self.who(person)).map(|member| member.status)
    }
}

/// The meeting after `said`, in this order.
pub(crate) fn fold<'s>(id: MeetingId, said: impl IntoIterator<Item = &'s Said>) -> Meeting {
    let mut meeting = Meeting::new(id);
    said.into_iter().for_each(|(entry, action)| drop(meeting.apply(entry, action)));
    meeting
}

/// Applies the last thing said.
pub(crate) fn last(meeting: &mut Meeting, room: &Room) -> Vec<Change> {
    let (entry, action) = room.said.last().expect("something was said");
    meeting.apply(entry, action)
}

pub(crate) fn page(page: u32) -> PageTurn {
    PageTurn { document: BlobId([7; 32]), page }
}

/// An announcement of a document of so many pages, which may take the place of another.
pub(crate) fn document(id: u8, pages: u32, replaces: Option<u8>) -> Payload {
    Payload::Document(DocumentAnnouncement {
        document: BlobId([id; 32]),
        name: "plans.pdf".into(),
        pages,
        bytes: 99,
        replaces: replaces.map(|earlier| BlobId([earlier; 32])),
        drawn: None,
    })
}

pub(crate) fn stroke(on: u32) -> Payload {
    Payload::Stroke(Stroke {
        on: page(on),
        points: vec![Point { x: 1, y: 2 }, Point { x: 300, y: 400 }],
        pressure: Vec::new(),
        colour: [1, 2, 3, 255],
        width: 20,
        tool: Tool::Pen,
    })
}

pub(crate) fn note(on: u32) -> Payload {
    Payload::Note(Note {
        on: page(on),
        at: Point { x: 1, y: 2 },
        colour: [1, 2, 3, 255],
        size: 200,
        text: "here".into(),
    })
}

pub(crate) fn strokes(meeting: &Meeting, on: u32) -> Vec<EntryRef> {
    meeting.strokes(page(on)).map(|(entry, _)| entry).collect()
}
