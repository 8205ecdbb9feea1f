//! Undo against a model: a person's log read from its end.

use crate::room::{Room, fold, stroke, strokes};
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
            Step::Undo(target) if *target < seq => drop(undone.insert(*target)),
            Step::Undo(_) => {}
            Step::Erase(target) => drop(erased.insert(*target)),
            Step::Draw => seen.push(seq),
        }
    }
    seen.retain(|seq| !erased.contains(seq));
    seen.reverse();
    seen
}

proptest! {
    #[test]
    fn undo_is_what_the_model_says_in_either_order(
        steps in prop::collection::vec(step(), 1..40),
    ) {
        let mut room = Room::new(1);
        let author = room.who(0);
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
