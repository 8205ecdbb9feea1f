//! Received text and bytes never panic, and what is read can be written and read again.
//!
//! Each target runs a second here, from examples that mutation starts at; `cargo bolero test`
//! takes them further.

use bolero::check;
use moot_node::limits::{ENTRY_BYTES, STANZA_BYTES};
use moot_node::room::entry::Entry;
use moot_node::room::id::MeetingId;
use moot_node::room::stanza::{Action, AudioFrame, Live, Payload};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
const PROTOCOL: &str = include_str!("../../docs/PROTOCOL.md");

/// Random bytes hardly ever get past the first tag: bend an example of docs/PROTOCOL.md instead,
/// splicing bytes in at places that the fuzzer chooses.
fn bent(input: &[u8]) -> String {
    let examples: Vec<_> = PROTOCOL.split("```xml\n").skip(1).collect();
    let Some((&first, edits)) = input.split_first() else { return String::new() };
    let example = examples[usize::from(first) % examples.len()];
    let mut bytes = example.split_once("\n```").expect("the block ends").0.as_bytes().to_vec();
    for edit in edits.chunks(6) {
        let [high, low, cut, splice @ ..] = edit else { break };
        let from = usize::from(u16::from_be_bytes([*high, *low])) % (bytes.len() + 1);
        let to = (from + usize::from(cut % 8)).min(bytes.len());
        bytes.splice(from..to, splice.iter().copied());
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn read(stanza: &str) {
    if let Ok(action) = Action::parse(stanza) {
        assert!(action.stamp.seq > 0 && action.stamp.lamport > 0);
        if action.payload != Payload::Unknown {
            assert_eq!(action.payload.check(), Ok(()));
            let again = action.to_xml();
            // A longer way to write the same is possible: only then need it not fit.
            if again.len() <= STANZA_BYTES {
                assert_eq!(Action::parse(&again), Ok(action));
            }
        }
    }
    if let Ok(live) = Live::parse(stanza) {
        // Bent text may hold more than is ever sent.
        let again = live.to_xml();
        if again.len() <= STANZA_BYTES {
            assert_eq!(Live::parse(&again), Ok(live));
        }
    }
    if let Ok(frame) = AudioFrame::parse(stanza) {
        assert_eq!(AudioFrame::parse(&frame.to_xml()), Ok(frame));
    }
}

#[test]
fn fuzz_action() {
    check!().with_test_time(SECOND).with_max_len(256).for_each(|input: &[u8]| read(&bent(input)));
}

#[test]
fn fuzz_audio() {
    check!().with_test_time(SECOND).with_max_len(512).for_each(|input: &[u8]| {
        read(&String::from_utf8_lossy(input));
    });
}

#[test]
fn fuzz_live() {
    let lives: Vec<_> = (0..)
        .zip(PROTOCOL.split("```xml\n").skip(1))
        .filter(|(_, e)| e.contains("<live"))
        .collect();
    check!().with_test_time(SECOND).with_max_len(256).for_each(|input: &[u8]| {
        let Some((first, edits)) = input.split_first() else { return };
        let (number, _) = lives[usize::from(*first) % lives.len()];
        read(&bent(&[&[number], edits].concat()));
    });
}

#[test]
fn fuzz_entry() {
    let meeting = MeetingId([7; 32]);
    let key = ed25519_dalek::SigningKey::from_bytes(&[1; 32]);
    let prev = moot_node::room::id::EntryHash::NONE;
    let good = Entry::sign(&key, &meeting, 3, prev, "<message/>".into()).encode();
    check!().with_test_time(SECOND).with_max_len(ENTRY_BYTES).for_each(|input: &[u8]| {
        let _ = Entry::decode(&meeting, input);
        let mut bytes = good.clone();
        for (place, byte) in input.chunks_exact(2).map(|edit| (edit[0], edit[1])) {
            let place = usize::from(place) % bytes.len();
            bytes[place] ^= byte;
        }
        if let Ok(entry) = Entry::decode(&meeting, &bytes) {
            assert_eq!(Entry::decode(&meeting, &entry.encode()), Ok(entry));
        }
    });
}
