//! Sequences of calls: whatever is applied in whatever order, the meeting answers, and twice the
//! same is once.

use crate::room::{Room, Said, fold, note, page, stroke};
use bolero::check;
use moot_node::room::id::EntryRef;
use moot_node::room::meeting::Meeting;
use moot_node::room::stanza::{Action, Feeling, Payload};
use std::time::Duration;

/// What byte pair `(deed, object)` lets `person` say.
fn payload(room: &Room, deed: u8, object: u8) -> Payload {
    let other = object % 4;
    let seq = u64::from(object / 4) + 1;
    match deed % 18 {
        0 => stroke(u32::from(other) + 1),
        1 => Payload::Page(page(u32::from(object) + 1)),
        2 => Payload::Erase(vec![EntryRef { author: room.who(other), seq }]),
        3 => Payload::Undo(seq),
        4 => Payload::Chat("x".into()),
        5 => Payload::Hand(object.is_multiple_of(2)),
        6 => Payload::Floor(room.who(other)),
        7 | 8 => room.admission(other),
        9 => room.removal(other, seq - 1),
        10 => Payload::Name(format!("N{object}")),
        11 => note(u32::from(other) + 1),
        12 => {
            Payload::Erase((1..=seq).map(|seq| EntryRef { author: room.who(other), seq }).collect())
        }
        13 => Payload::Reaction(Feeling::Applause),
        14 => Payload::DrawingAllowed(object.is_multiple_of(2)),
        15 => Payload::Recording(object.is_multiple_of(2)),
        16 => Payload::Picture(object),
        _ => Payload::Leave,
    }
}

#[test]
fn fuzz_apply() {
    check!().with_test_time(Duration::from_secs(1)).with_max_len(240).for_each(|input: &[u8]| {
        let mut room = Room::new(4);
        let mut meeting = Meeting::new(room.id);
        let mut forks = Vec::new();
        for call in input.chunks_exact(3) {
            let [who, deed, object] = [call[0], call[1], call[2]];
            let person = who % 4;
            if who > 250 {
                let seq = u64::from(object) + 1;
                forks.push((room.who(person), seq));
                meeting.fork(room.who(person), seq);
                continue;
            }
            let payload = payload(&room, deed, object);
            room.whisper(person, payload);
            let lamport = u64::from(deed / 17) * 3;
            room.hear(person, lamport);
            // A clock that runs backwards, as an author who lies may write it.
            if who & 0x40 != 0 {
                let (_, action): &mut (_, Action) = room.said.last_mut().expect("just said");
                action.stamp.lamport = u64::from(object % 16) + 1;
            }
            let (entry, action) = room.said.last().expect("just said");
            meeting.apply(entry, action);
        }
        let (first, rest) = room.said.split_first().expect("the founding");
        meeting.apply(&first.0, &first.1);
        for (entry, action) in rest {
            assert_eq!(meeting.apply(entry, action), [], "twice is once");
        }
        let backwards: Vec<&Said> = room.said.iter().rev().collect();
        let mut other = fold(room.id, backwards);
        for (author, seq) in forks {
            other.fork(author, seq);
        }
        assert_eq!(meeting.digest(), other.digest());
    });
}
