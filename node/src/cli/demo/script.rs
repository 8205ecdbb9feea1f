//! What the demo's presenter does, sample by sample.

use moot_node::limits::SAMPLE_RATE;
use moot_node::room::time::span_to_samples;
use std::f64::consts::PI;
use std::time::Duration;

/// Time between two actions, in samples: two a second, page turns and strokes in turn, is more
/// than a lively talk has.
const BETWEEN: u64 = SAMPLE_RATE as u64 / 2;

/// Actions don't come on frame borders: each is this many samples further into its frame (a prime,
/// so that all places in a frame of 960 are met).
const SHIFT: u64 = 137;

/// Points of one stroke: a wave below a line of text.
const POINTS: u32 = 24;

const COLOURS: [&str; 4] = ["red", "blue", "green", "purple"];

/// One action and its sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cue {
    /// Sample of the presenter's source.
    pub(super) at: u64,
    /// The command that happens there.
    action: String,
}

impl Cue {
    /// The line for the presenter's standard input.
    pub(super) fn command(&self) -> String {
        format!("at {} {}", self.at, self.action)
    }
}

/// Actions for `seconds` of speech from `first` on, over a document of `pages`.
pub(super) fn script(seconds: u32, pages: u32, first: Duration) -> Vec<Cue> {
    let first = span_to_samples(first);
    let count = u64::from(seconds) * u64::from(SAMPLE_RATE) / BETWEEN;
    let mut page = 1;
    let mut cues = Vec::new();
    for number in 0..count {
        let at = first + number * BETWEEN + number * SHIFT % BETWEEN;
        // Turning to the page on show is no action: a document of one page is only drawn on.
        let action = if number % 2 == 0 && pages > 1 {
            page = page % pages + 1;
            format!("page {page}")
        } else {
            stroke(number)
        };
        cues.push(Cue { at, action });
    }
    cues
}

fn stroke(number: u64) -> String {
    let line = 0.15 + 0.07 * (number % 11) as f64;
    let points = (0..POINTS).map(|step| {
        let along = f64::from(step) / f64::from(POINTS - 1);
        let (x, y) = (0.1 + 0.8 * along, line + 0.008 * (along * 12.0 * PI).sin());
        format!("{x:.4},{y:.4}")
    });
    let colour = COLOURS[(number / 2) as usize % COLOURS.len()];
    format!("stroke {} {colour} 3", points.collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::super::super::input::{Input, parse};
    use super::*;
    use moot_node::node::Command;

    fn commands(seconds: u32, pages: u32) -> Vec<Command> {
        let cues = script(seconds, pages, Duration::from_secs(3));
        let parsed = cues.iter().map(|cue| match parse(&cue.command(), &|_| false) {
            Ok(Input::Command(Command::At(_, command))) => *command,
            other => panic!("{}: {other:?}", cue.command()),
        });
        parsed.collect()
    }

    #[test]
    fn a_minute_holds_sixty_turns_and_sixty_strokes() {
        let commands = commands(60, 9);
        let turns = commands.iter().filter(|c| matches!(c, Command::Page(1..=9))).count();
        let strokes = commands.iter().filter(|c| matches!(c, Command::Stroke { .. })).count();
        assert_eq!((turns, strokes), (60, 60));
    }

    #[test]
    fn each_turn_turns() {
        let commands = commands(20, 2);
        let pages: Vec<_> = commands.iter().filter(|c| matches!(c, Command::Page(_))).collect();
        assert!(pages.windows(2).all(|two| two[0] != two[1]));
        assert_eq!(pages[0], &Command::Page(2), "the first page is on show already");
    }

    #[test]
    fn one_page_is_only_drawn_on() {
        assert!(commands(5, 1).iter().all(|c| matches!(c, Command::Stroke { .. })));
    }

    #[test]
    fn cues_come_in_order_and_anywhere_in_a_frame() {
        let cues = script(60, 9, Duration::from_secs(3));
        assert_eq!(cues[0].at, 3 * 48_000);
        assert!(cues.windows(2).all(|two| two[0].at < two[1].at));
        let places: std::collections::BTreeSet<_> = cues.iter().map(|cue| cue.at % 960).collect();
        assert!(places.len() > 100, "{}", places.len());
    }
}
