//! Undo against a model: a person's log read from its end.

use crate::room::{Room, fold, note, page, stroke, strokes};
use moot_node::limits::UNDO_REACH;
use moot_node::room::id::EntryRef;
use moot_node::room::stanza::Payload;
use proptest::prelude::*;
use std::collections::BTreeSet;

#[derive(Clone, Debug)]
enum Step {
    Draw,
    Erase(u64),
    Undo(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => Just(Step::Draw),
        // The entry right before: long chains.
        6 => Just(Step::Undo(0)),
        1 => (2..30u64).prop_map(Step::Erase),
        4 => (1..30u64).prop_map(Step::Undo),
    ]
}

/// The strokes to be seen: an entry that a later undo in force names is not in force, so one pass
/// from the end decides everything.
fn model(steps: &[Step]) -> Vec<u64> {
    let (mut undone, mut erased, mut seen) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
    for (step, seq) in steps.iter().zip(2u64..).collect::<Vec<_>>().into_iter().rev() {
        if undone.contains(&seq) {
            continue;
        }
        match step {
            Step::Undo(target) if *target < seq && height(steps, seq) <= UNDO_REACH => {
                undone.insert(*target);
            }
            Step::Undo(_) => {}
            Step::Erase(target) => drop(erased.insert(*target)),
            Step::Draw => seen.push(seq),
        }
    }
    seen.retain(|seq| !erased.contains(seq));
    seen.reverse();
    seen
}

/// How many undos lead from `seq`, itself included, down to what is no undo.
fn height(steps: &[Step], seq: u64) -> usize {
    match seq.checked_sub(2).and_then(|place| steps.get(place as usize)) {
        Some(Step::Undo(target)) if *target < seq => 1 + height(steps, *target),
        _ => 0,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn undo_is_what_the_model_says_in_either_order(
        steps in prop::collection::vec(step(), 1..40),
    ) {
        let mut room = Room::new(1);
        let author = room.who(0);
        let steps: Vec<_> = steps.into_iter().zip(1u64..).map(|(step, before)| match step {
            Step::Undo(0) => Step::Undo(before),
            other => other,
        }).collect();
        for step in &steps {
            room.say(0, match step {
                Step::Draw => stroke(1),
                Step::Erase(seq) => Payload::Erase(vec![EntryRef { author, seq: *seq }]),
                Step::Undo(seq) => Payload::Undo(*seq),
            });
        }
        let seen: Vec<_> = strokes(&room.meeting(), 1).iter().map(|s| s.seq).collect();
        prop_assert_eq!(&seen, &model(&steps));
        let (founding, marks) = room.said.split_first().expect("founded");
        let backwards = fold(room.id, [founding].into_iter().chain(marks.iter().rev()));
        prop_assert_eq!(strokes(&backwards, 1), strokes(&room.meeting(), 1));
    }
}

/// What a person at the keys does.
#[derive(Clone, Copy, Debug)]
enum Key {
    Draw,
    Write,
    Undo,
    Redo,
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// The two stacks of every drawing program, against the fold.
    #[test]
    fn undo_and_redo_are_two_stacks(
        keys in prop::collection::vec(
            prop_oneof![Just(Key::Draw), Just(Key::Write), Just(Key::Undo), Just(Key::Redo)],
            1..60,
        ),
    ) {
        let mut room = Room::new(1);
        let me = room.who(0);
        let (mut done, mut undone) = (Vec::new(), Vec::new());
        for key in keys {
            let meeting = room.meeting();
            prop_assert_eq!(meeting.undoable(&me), done.last().copied());
            prop_assert_eq!(meeting.redoable(&me).is_some(), !undone.is_empty());
            let payload = match key {
                Key::Draw => stroke(1),
                Key::Write => note(1),
                Key::Undo => match meeting.undoable(&me) {
                    Some(seq) => Payload::Undo(seq),
                    None => continue,
                },
                Key::Redo => match meeting.redoable(&me) {
                    Some(seq) => Payload::Undo(seq),
                    None => continue,
                },
            };
            let said = room.say(0, payload).seq;
            match key {
                Key::Draw | Key::Write => {
                    done.push(said);
                    undone.clear();
                }
                Key::Undo => undone.extend(done.pop()),
                Key::Redo => done.extend(undone.pop()),
            }
            let meeting = room.meeting();
            let mut seen: Vec<_> = strokes(&meeting, 1).iter().map(|mark| mark.seq).collect();
            seen.extend(meeting.notes(page(1)).map(|(mark, _)| mark.seq));
            seen.sort_unstable();
            prop_assert_eq!(&seen, &done);
        }
    }
}

#[test]
fn one_sweep_of_the_eraser_is_taken_back_as_one() {
    let mut room = Room::of_members(2);
    let marks = [room.say(0, stroke(1)), room.say(1, note(1)), room.say(1, stroke(1))];
    // One of them twice, and one that never was.
    let mut swept = [&marks[..], &marks[..1]].concat();
    swept.push(EntryRef { author: room.who(1), seq: 99 });
    room.say(0, Payload::Erase(swept));
    let left = |room: &Room| {
        let meeting = room.meeting();
        (strokes(&meeting, 1).len(), meeting.notes(page(1)).count())
    };
    assert_eq!(left(&room), (0, 0));
    let undo = room.meeting().undoable(&room.who(0)).expect("the sweep");
    room.say(0, Payload::Undo(undo));
    assert_eq!(left(&room), (2, 1));
    let redo = room.meeting().redoable(&room.who(0)).expect("the undo");
    room.say(0, Payload::Undo(redo));
    assert_eq!(left(&room), (0, 0));
}

#[test]
fn taking_back_what_was_taken_back_brings_it_again() {
    let mut room = Room::new(1);
    let line = room.say(0, stroke(1));
    let mut visible = Vec::new();
    let mut target = line.seq;
    for _ in 0..4 {
        target = room.say(0, Payload::Undo(target)).seq;
        visible.push(!strokes(&room.meeting(), 1).is_empty());
    }
    assert_eq!(visible, [false, true, false, true]);
}

#[test]
fn towers_of_every_height_are_the_same_from_below_and_from_above() {
    for height in 1..=2 * UNDO_REACH as u64 {
        let mut room = Room::new(1);
        room.say(0, stroke(1));
        let steps: Vec<_> = [Step::Draw]
            .into_iter()
            .chain((2..).map(Step::Undo))
            .take(1 + height as usize)
            .collect();
        for seq in 2..2 + height {
            room.say(0, Payload::Undo(seq));
        }
        let seen: Vec<_> = strokes(&room.meeting(), 1).iter().map(|s| s.seq).collect();
        assert_eq!(seen, model(&steps), "height {height}");
        // The founding first, or all would only start to count with it.
        let (founding, marks) = room.said.split_first().expect("founded");
        let backwards = fold(room.id, [founding].into_iter().chain(marks.iter().rev()));
        assert_eq!(backwards.digest(), room.meeting().digest(), "height {height}");
        // The middle last.
        let (low, high) = marks.split_at(marks.len() / 2);
        let low = low.iter().rev();
        let middle = fold(room.id, [founding].into_iter().chain(high).chain(low));
        assert_eq!(middle.digest(), room.meeting().digest(), "height {height}");
    }
}

#[test]
fn a_tower_of_undos_costs_little_and_its_top_does_nothing() {
    let mut room = Room::new(1);
    let line = room.say(0, stroke(1));
    let mut target = line.seq;
    for _ in 0..20_000 {
        target = room.say(0, Payload::Undo(target)).seq;
    }
    // Of the eight that reach the stroke, the topmost is in force, so the lowest is not.
    assert_eq!(strokes(&room.meeting(), 1), [line]);
    let (founding, marks) = room.said.split_first().expect("founded");
    let backwards = fold(room.id, [founding].into_iter().chain(marks.iter().rev()));
    assert_eq!(strokes(&backwards, 1), [line]);
}
