//! One simulated laptop: the product's deciding code over a disk that can lose what it had not yet
//! written.

use super::Millis;
use crate::chance::Chance;
use ed25519_dalek::SigningKey;
use moot_node::room::entry::Entry;
use moot_node::room::id::{BlobId, EntryHash, EntryRef, MeetingId, MemberId};
use moot_node::room::meeting::Meeting;
use moot_node::room::replica::{Inserted, Proof, Proved, Range, Replica};
use moot_node::room::stamp::Stamper;
use moot_node::room::stanza::{
    Action, Admission, DocumentAnnouncement, Founding, JoinPolicy, PageTurn, Payload, Point,
    Stroke, Tool,
};
use moot_node::room::sync::decode_proof;
use moot_node::room::time::{Epoch, MediaTime};
use std::collections::BTreeMap;
use std::fmt;

/// Entries in one answer to a range: small, so that ranges take several.
const BATCH: usize = 7;

/// Pages of the document on show.
const PAGES: u64 = 12;

/// A laptop.
pub struct Laptop {
    key: SigningKey,
    meeting: MeetingId,
    power: bool,
    lives: u32,
    /// How fast its clock runs, in 1/1 000 000 more or less than it should.
    drift_ppm: i64,
    disk: Disk,
    /// On its way to the disk.
    queue: Vec<(Entry, Action)>,
    replica: Replica,
    state: Meeting,
    stamper: Stamper,
    /// What it has told its person was done; nobody may lose it.
    reported: BTreeMap<EntryRef, EntryHash>,
}

impl fmt::Debug for Laptop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Laptop").field("member", &self.member()).finish_non_exhaustive()
    }
}

/// What outlives a power cut.
#[derive(Clone, Debug, Default)]
struct Disk {
    entries: Vec<Entry>,
    forks: Vec<Proof>,
}

impl Laptop {
    /// The one that founds a meeting of `people`.
    pub(super) fn founder(seed: u64, people: usize) -> (Self, MeetingId) {
        let key = key(seed, 0);
        let founding = Founding {
            title: "Simulated".into(),
            join: JoinPolicy::Open,
            name: "Ada".into(),
            nonce: [seed as u8; 16],
        };
        let meeting = MeetingId::of_founding(&member(&key), &founding);
        let mut laptop = Self::with_key(key, meeting, seed);
        laptop.say(Payload::Meeting(founding));
        for number in 1..people {
            let (newcomer, name) = (member(&self::key(seed, number)), format!("Person {number}"));
            laptop.say(Payload::Admit(Admission { member: newcomer, name }));
        }
        laptop.say(Payload::Document(DocumentAnnouncement {
            document: document(),
            name: "Plan".into(),
            pages: PAGES as u32,
            bytes: 1,
            replaces: None,
            drawn: None,
        }));
        (laptop, meeting)
    }

    /// One that knows the meeting's name and nothing else.
    pub(super) fn newcomer(seed: u64, number: usize, meeting: MeetingId) -> Self {
        Self::with_key(key(seed, number), meeting, seed + number as u64)
    }

    fn with_key(key: SigningKey, meeting: MeetingId, seed: u64) -> Self {
        let drift_ppm = Chance::new(seed).between(0, 401) as i64 - 200;
        let stamper = Stamper::new(key.clone(), meeting);
        Self {
            key,
            meeting,
            power: true,
            lives: 0,
            drift_ppm,
            disk: Disk::default(),
            queue: Vec::new(),
            replica: Replica::new(),
            state: Meeting::new(meeting),
            stamper,
            reported: BTreeMap::new(),
        }
    }

    /// The meeting's name.
    #[must_use]
    pub fn meeting(&self) -> MeetingId {
        self.meeting
    }

    /// Who this is.
    #[must_use]
    pub fn member(&self) -> MemberId {
        member(&self.key)
    }

    /// What its person sees.
    #[must_use]
    pub fn state(&self) -> &Meeting {
        &self.state
    }

    /// What it holds.
    #[must_use]
    pub fn replica(&self) -> &Replica {
        &self.replica
    }

    /// What it reported as done, over all its lives.
    #[must_use]
    pub fn reported(&self) -> &BTreeMap<EntryRef, EntryHash> {
        &self.reported
    }

    /// Whether an entry of this place and hash is on its disk.
    #[must_use]
    pub fn holds(&self, at: &EntryRef, hash: &EntryHash) -> bool {
        self.disk.entries.iter().any(|entry| place(entry) == *at && entry.hash() == *hash)
    }

    /// The state that its disk folds to when read in an order that chance chooses, some of it twice.
    #[must_use]
    pub fn refolded(&self, chance: &mut Chance) -> Meeting {
        let mut entries: Vec<&Entry> = self.disk.entries.iter().collect();
        for last in (1..entries.len()).rev() {
            entries.swap(last, chance.between(0, last as u64 + 1) as usize);
        }
        let again = entries.len() / 4;
        let mut state = Meeting::new(self.meeting);
        for fork in &self.disk.forks {
            state.fork(fork.author(), fork.seq());
        }
        for entry in entries.iter().chain(&entries[..again]) {
            let action = Action::parse(entry.stanza()).expect("parsed when it came");
            state.apply(entry, &action);
        }
        state
    }

    pub(super) fn has_power(&self) -> bool {
        self.power
    }

    /// How often its memory was lost.
    pub(super) fn lives(&self) -> u32 {
        self.lives
    }

    /// `span` as its own clock measures it.
    pub(super) fn drifted(&self, span: Millis) -> Millis {
        let drift = span as i64 * self.drift_ppm / 1_000_000;
        span.saturating_add_signed(drift).max(1)
    }

    /// Its person does something, when they are in the meeting and have light.
    pub(super) fn act(&mut self, chance: &mut Chance) {
        if !self.power || !self.state.is_member(&self.member()) {
            return;
        }
        let on = PageTurn { document: document(), page: chance.between(1, PAGES + 1) as u32 };
        let payload = match chance.between(0, 8) {
            0 | 1 => Payload::Chat(format!("line {}", chance.bits())),
            2 | 3 => Payload::Page(on),
            4 => Payload::Floor(self.member()),
            5 => Payload::Hand(chance.between(0, 2) == 0),
            6 => match self.state.undoable(&self.member()) {
                Some(last) => Payload::Undo(last),
                None => return,
            },
            _ => Payload::Stroke(Stroke {
                on,
                points: vec![Point { x: chance.between(0, 10_000) as i32, y: 5000 }],
                pressure: Vec::new(),
                colour: [0, 0, 0, 255],
                width: 40,
                tool: Tool::Pen,
            }),
        };
        self.say(payload);
    }

    fn say(&mut self, payload: Payload) {
        let (entry, action) = self
            .stamper
            .stamp(payload, Epoch(1), MediaTime::ZERO)
            .expect("the simulation says nothing out of range");
        // After a fork nothing of one's own counts any more.
        if let Inserted::New(_) = self.replica.insert(entry.clone()) {
            self.queue.push((entry, action));
        }
    }

    /// Writes what is queued; from here on it is done, shown and passed on. Gives the own entries.
    pub(super) fn commit(&mut self) -> Vec<Entry> {
        let mut said = Vec::new();
        for (entry, action) in self.queue.drain(..) {
            self.disk.entries.push(entry.clone());
            self.state.apply(&entry, &action);
            if entry.author() == self.stamper.author() {
                self.reported.insert(place(&entry), entry.hash());
                said.push(entry);
            }
        }
        said
    }

    /// Takes bytes that are said to be an entry.
    pub(super) fn learn(&mut self, bytes: &[u8]) {
        let Ok(entry) = Entry::decode(&self.meeting, bytes) else { return };
        let inserted = self.replica.insert(entry.clone());
        match inserted {
            Inserted::New(new) => {
                for entry in new {
                    let action = Action::parse(entry.stanza()).expect("honest members say stanzas");
                    self.stamper.observe(action.stamp.lamport);
                    self.queue.push((entry, action));
                }
            }
            Inserted::Fork(proof) => self.prove(*proof),
            Inserted::Conflict { held } => {
                self.commit();
                let other = self.disk.entries.iter().find(|other| place(other) == held);
                if let Some(other) = other.cloned()
                    && let Ok(proof) = Proof::new(entry, other)
                {
                    self.prove(proof);
                }
            }
            Inserted::Duplicate | Inserted::Waiting { .. } | Inserted::Refused(_) => {}
        }
    }

    /// Takes bytes that are said to prove a fork.
    pub(super) fn learn_proof(&mut self, entries: &[Vec<u8>; 2]) {
        if let Ok(proof) = decode_proof(&self.meeting, entries) {
            self.prove(proof);
        }
    }

    fn prove(&mut self, proof: Proof) {
        let (author, seq) = (proof.author(), proof.seq());
        if self.replica.prove(proof.clone()) == Proved::New {
            self.commit();
            self.disk.forks.push(proof);
            self.disk.entries.retain(|entry| entry.author() != author || entry.seq() < seq);
            self.state.fork(author, seq);
        }
    }

    /// The entries of `range` that the disk holds, a batch of them.
    pub(super) fn read(&mut self, range: Range) -> Vec<Vec<u8>> {
        // A reader waits its turn behind what is queued.
        self.commit();
        let wanted = range.first..=range.last;
        let mut found: Vec<&Entry> = self
            .disk
            .entries
            .iter()
            .filter(|entry| entry.author() == range.author && wanted.contains(&entry.seq()))
            .collect();
        found.sort_by_key(|entry| entry.seq());
        found.into_iter().take(BATCH).map(Entry::encode).collect()
    }

    /// The light goes out: only the disk remains.
    pub(super) fn power_off(&mut self) {
        self.power = false;
        self.lives += 1;
        self.queue.clear();
    }

    /// Starts from what the disk holds.
    pub(super) fn power_on(&mut self) {
        if self.power {
            return;
        }
        self.power = true;
        self.replica = Replica::new();
        self.state = Meeting::new(self.meeting);
        let mut lamport = 0;
        for fork in self.disk.forks.clone() {
            self.state.fork(fork.author(), fork.seq());
            let _known = self.replica.prove(fork);
        }
        for entry in &self.disk.entries {
            let action = Action::parse(entry.stanza()).expect("parsed when it came");
            lamport = lamport.max(action.stamp.lamport);
            let _held = self.replica.insert(entry.clone());
            self.state.apply(entry, &action);
        }
        let (seq, head) = (self.replica.height(&self.member()), self.replica.head(&self.member()));
        self.stamper = Stamper::resume(self.key.clone(), self.meeting, seq, head, lamport);
    }

    /// Goes on from an old copy of its disk, and speaks: its next entry will be a fork.
    pub(super) fn restore_backup(&mut self, chance: &mut Chance) {
        self.power_off();
        let me = self.member();
        let own = self.disk.entries.iter().filter(|entry| entry.author() == me).count() as u64;
        // Founding and admissions stay: without them there is no meeting to be in.
        let kept = chance.between(own / 2, own + 1).max(16);
        self.disk.entries.retain(|entry| entry.author() != me || entry.seq() <= kept);
        self.power_on();
        self.say(Payload::Chat("I remember less than you".into()));
    }
}

fn key(seed: u64, number: usize) -> SigningKey {
    let mut bytes = [7; 32];
    bytes[..8].copy_from_slice(&seed.to_be_bytes());
    bytes[8] = number as u8;
    SigningKey::from_bytes(&bytes)
}

fn member(key: &SigningKey) -> MemberId {
    MemberId(key.verifying_key().to_bytes())
}

fn document() -> BlobId {
    BlobId::of(b"plan")
}

fn place(entry: &Entry) -> EntryRef {
    EntryRef { author: entry.author(), seq: entry.seq() }
}
