//! What 100 000 entries cost: in the order they were said, author by author as a late joiner's
//! sync brings them, and backwards.
//!
//! `cargo bench -p moot-benches --bench fold`

use divan::Bencher;
use ed25519_dalek::SigningKey;
use moot_node::room::entry::Entry;
use moot_node::room::id::{BlobId, EntryRef, MeetingId, MemberId};
use moot_node::room::meeting::Meeting;
use moot_node::room::stamp::Stamper;
use moot_node::room::stanza::{
    Action, Admission, Founding, JoinPolicy, PageTurn, Payload, Point, Stroke, Tool,
};
use moot_node::room::time::{Epoch, MediaTime};
use std::sync::OnceLock;

const ENTRIES: u64 = 100_000;
const PEOPLE: u8 = 8;

type Said = (Entry, Action);

fn main() {
    divan::main();
}

/// A long meeting of eight: seven of ten entries are strokes, one in a hundred moves the floor.
fn history() -> &'static (MeetingId, Vec<Said>) {
    static HISTORY: OnceLock<(MeetingId, Vec<Said>)> = OnceLock::new();
    HISTORY.get_or_init(|| {
        let keys: Vec<_> =
            (1..=PEOPLE).map(|person| SigningKey::from_bytes(&[person; 32])).collect();
        let who: Vec<_> = keys.iter().map(|key| MemberId(key.verifying_key().to_bytes())).collect();
        let founding = Founding {
            title: "Long".into(),
            join: JoinPolicy::Code,
            name: "Ada".into(),
            nonce: [0; 16],
        };
        let id = MeetingId::of_founding(&who[0], &founding);
        let mut pens: Vec<_> = keys.into_iter().map(|key| Stamper::new(key, id)).collect();
        let mut said = Vec::new();
        let mut say = |person: usize, payload| {
            let one = pens[person].stamp(payload, Epoch(1), MediaTime::ZERO).expect("sayable");
            pens.iter_mut().for_each(|pen| pen.observe(one.1.stamp.lamport));
            said.push(one);
        };
        say(0, Payload::Meeting(founding));
        for member in &who[1..] {
            say(0, Payload::Admit(Admission { member: *member, name: "Bob".into() }));
        }
        for number in u64::from(PEOPLE)..ENTRIES {
            let person = (number * 7 % u64::from(PEOPLE)) as usize;
            say(person, payload(number, &who, who[person]));
        }
        (id, said)
    })
}

fn payload(number: u64, who: &[MemberId], author: MemberId) -> Payload {
    let on = PageTurn { document: BlobId([3; 32]), page: (number / 997 % 40) as u32 + 1 };
    // About where the author's own log is.
    let own = number / u64::from(PEOPLE);
    match number % 100 {
        0 => Payload::Floor(author),
        1..=9 => Payload::Page(on),
        10..=14 => Payload::Chat(format!("line {number}")),
        15..=19 => Payload::Hand(number.is_multiple_of(2)),
        20..=24 => Payload::Undo(own.saturating_sub(3).max(1)),
        25..=29 => {
            Payload::Erase(vec![EntryRef { author: who[0], seq: own.saturating_sub(5).max(1) }])
        }
        _ => Payload::Stroke(Stroke {
            on,
            points: (0..40).map(|i| Point { x: 1000 + i * 13, y: 5000 - i * 9 }).collect(),
            pressure: Vec::new(),
            colour: [0, 0, 0, 255],
            width: 30,
            tool: Tool::Pen,
        }),
    }
}

fn fold<'s>(id: MeetingId, said: impl Iterator<Item = &'s Said>) -> Meeting {
    let mut meeting = Meeting::new(id);
    said.for_each(|(entry, action)| drop(meeting.apply(entry, action)));
    meeting
}

#[divan::bench(sample_count = 5)]
fn fold_100_000_as_said(bencher: Bencher<'_, '_>) {
    let (id, said) = history();
    bencher.bench(|| fold(*id, said.iter()));
}

#[divan::bench(sample_count = 5)]
fn fold_100_000_author_by_author(bencher: Bencher<'_, '_>) {
    let (id, said) = history();
    let mut sorted: Vec<_> = said.iter().collect();
    sorted.sort_by_key(|(entry, _)| (entry.author(), entry.seq()));
    bencher.bench(|| fold(*id, sorted.iter().copied()));
}

#[divan::bench(sample_count = 5)]
fn fold_100_000_backwards(bencher: Bencher<'_, '_>) {
    let (id, said) = history();
    bencher.bench(|| fold(*id, said.iter().rev()));
}

#[divan::bench(sample_count = 5)]
fn digest_of_100_000(bencher: Bencher<'_, '_>) {
    let (id, said) = history();
    let meeting = fold(*id, said.iter());
    bencher.bench(|| meeting.digest());
}

/// The floor: hashing the same stanzas once.
#[divan::bench(sample_count = 5)]
fn floor_hashing_the_stanzas(bencher: Bencher<'_, '_>) {
    let (_, said) = history();
    bencher.bench(|| {
        let mut hasher = blake3::Hasher::new();
        for (entry, _) in said {
            hasher.update(entry.stanza().as_bytes());
        }
        hasher.finalize()
    });
}
