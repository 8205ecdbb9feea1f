//! Undo against a model: a person's log read from its end.

use crate::room::{Room, fold, stroke, strokes};
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
                Step::Erase(seq) => Payload::Erase(EntryRef { author, seq: *seq }),
                Step::Undo(seq) => Payload::Undo(*seq),
            });
        }
        let seen: Vec<_> = strokes(&room.meeting(), 1).iter().map(|s| s.seq).collect();
        prop_assert_eq!(&seen, &model(&steps));
        let backwards = fold(room.id, room.said.iter().rev());
        prop_assert_eq!(strokes(&backwards, 1), strokes(&room.meeting(), 1));
    }
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
fn a_tower_of_undos_costs_little_and_its_top_does_nothing() {
    let mut room = Room::new(1);
    let line = room.say(0, stroke(1));
    let mut target = line.seq;
    for _ in 0..20_000 {
        target = room.say(0, Payload::Undo(target)).seq;
    }
    // Of the eight that reach the stroke, the topmost is in force, so the lowest is not.
    assert_eq!(strokes(&room.meeting(), 1), [line]);
    assert_eq!(strokes(&fold(room.id, room.said.iter().rev()), 1), [line]);
}
