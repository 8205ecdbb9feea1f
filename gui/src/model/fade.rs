//! What is in view for a while only: reactions, lasers, strokes that nobody finishes.

use super::{MeetingView, Seconds};

/// How long a laser stays where it was last seen, seconds: its owner repeats it while it is on.
const LASER: Seconds = 1.5;

/// How long a stroke in the making stays without news, seconds: its author's connection is gone.
const DRAWING: Seconds = 5.0;

/// How long a laser's tail moves on after its last move, seconds (design.md, Shapes).
const TAIL: Seconds = 0.3;

/// Takes away what has been there long enough; tells when to come back for the next.
pub fn fade(meeting: &mut MeetingView, now: Seconds) -> Option<Seconds> {
    meeting.reactions.retain(|reaction| reaction.until > now);
    let seen = |laser: &super::marks::Laser| laser.trail.last().map_or(0.0, |(at, _)| *at);
    meeting.marks.lasers.retain(|_, laser| seen(laser) + LASER > now);
    meeting.marks.drawings.retain(|_, drawing| drawing.heard + DRAWING > now);
    let reactions = meeting.reactions.iter().map(|reaction| reaction.until);
    // The tail shrinks: it is drawn until it has gone.
    let lasers = meeting.marks.lasers.values().map(|laser| {
        let at = seen(laser);
        if at + TAIL > now { now } else { at + LASER }
    });
    let drawings = meeting.marks.drawings.values().map(|drawing| drawing.heard + DRAWING);
    reactions.chain(lasers).chain(drawings).reduce(f64::min)
}

#[cfg(test)]
mod tests {
    use super::super::marks::Laser;
    use super::super::meeting::Reaction;
    use super::super::sample;
    use super::*;
    use moot_node::room::stanza::{Feeling, PageTurn, Point};

    #[test]
    fn a_reaction_and_a_laser_go_by_themselves() {
        let mut meeting = sample::meeting();
        assert_eq!(fade(&mut meeting, 0.0), None, "a silent meeting asks for no frame");
        let author = sample::member(2);
        meeting.reactions.push(Reaction { author, feeling: Feeling::Heart, until: 4.0 });
        let on = PageTurn { document: sample::DECK, page: 7 };
        let trail = vec![(1.0, Point { x: 1, y: 1 })];
        meeting.marks.lasers.insert(author, Laser { on, trail });
        assert_eq!(fade(&mut meeting, 1.1), Some(1.1), "its tail shrinks");
        assert_eq!(fade(&mut meeting, 1.5), Some(2.5));
        assert_eq!(fade(&mut meeting, 2.5), Some(4.0));
        assert!(meeting.marks.lasers.is_empty());
        assert_eq!(fade(&mut meeting, 4.0), None);
    }
}
