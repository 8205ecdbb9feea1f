//! What one listener is still to be told.

use crate::limits::{LIVE_POINTS, LIVE_RATE, STROKE_POINTS};
use crate::room::stanza::{Drawing, Laser, Live, PageTurn, Seat, Sign};
use crate::room::time::{Epoch, LocalTime, MediaTime};
use std::collections::VecDeque;
use std::time::Duration;

/// Time between two stanzas, at least.
const INTERVAL: Duration = Duration::from_nanos(1_000_000_000 / LIVE_RATE as u64);

/// Strokes in the making whose end is still to be told: people have two hands. Told of fewer, a
/// listener forgets the others by itself.
const GONE: usize = 4;

/// What there is to do for a listener now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Next {
    /// Send this.
    Send(Live),
    /// Look again at this moment, or when something is put in.
    Wait(LocalTime),
    /// Nothing, until something is put in.
    Nothing,
}

/// Signs that wait to be sent to one listener. However much is put in, it stays small, and what is
/// sent is the newest.
#[derive(Clone, Debug)]
pub struct Outbox {
    epoch: Epoch,
    at: MediaTime,
    microphone: Option<bool>,
    laser: Option<Option<Laser>>,
    seat: Option<Seat>,
    /// Points not yet sent; the first stroke's are the oldest.
    drawings: VecDeque<Drawing>,
    gone: VecDeque<u64>,
    sent: Option<LocalTime>,
}

impl Outbox {
    /// For a listener who knows nothing: that the microphone is open or muted is the first word.
    #[must_use]
    pub fn new(epoch: Epoch, at: MediaTime, microphone: bool) -> Self {
        Self {
            epoch,
            at,
            microphone: Some(microphone),
            laser: None,
            seat: None,
            drawings: VecDeque::new(),
            gone: VecDeque::new(),
            sent: None,
        }
    }

    /// Puts in a sign made at media time `at`.
    pub fn put(&mut self, at: MediaTime, sign: Sign) {
        self.at = at;
        match sign {
            Sign::Laser(laser) => self.laser = Some(Some(laser)),
            Sign::NoLaser => self.laser = Some(None),
            Sign::Microphone(open) => self.microphone = Some(open),
            Sign::Seat(seat) => self.seat = Some(seat),
            Sign::Drawing(drawing) => self.add(drawing),
            Sign::NoDrawing(id) => {
                self.drawings.retain(|drawing| drawing.id != id);
                self.gone.push_back(id);
                if self.gone.len() > GONE {
                    self.gone.pop_front();
                }
            }
        }
    }

    /// A stroke on this page is finished and goes into the log: what is left of its points would
    /// come too late.
    pub fn finished(&mut self, on: PageTurn) {
        self.drawings.retain(|drawing| drawing.stroke.on != on);
    }

    /// What to do at `now`; what is given to be sent counts as sent.
    pub fn next(&mut self, now: LocalTime) -> Next {
        if self.is_empty() {
            return Next::Nothing;
        }
        match self.sent.map(|sent| sent + INTERVAL) {
            Some(due) if now < due => Next::Wait(due),
            _ => {
                self.sent = Some(now);
                Next::Send(Live { epoch: self.epoch, at: self.at, signs: self.signs() })
            }
        }
    }

    fn is_empty(&self) -> bool {
        let nothing = self.microphone.is_none() && self.laser.is_none() && self.seat.is_none();
        nothing && self.drawings.is_empty() && self.gone.is_empty()
    }

    /// As much as one stanza takes.
    fn signs(&mut self) -> Vec<Sign> {
        let microphone = self.microphone.take().map(Sign::Microphone);
        let laser = self.laser.take().map(|laser| laser.map_or(Sign::NoLaser, Sign::Laser));
        let seat = self.seat.take().map(Sign::Seat);
        let gone = self.gone.drain(..).map(Sign::NoDrawing);
        let mut signs: Vec<_> =
            microphone.into_iter().chain(seat).chain(laser).chain(gone).collect();
        signs.extend(self.oldest_points().map(Sign::Drawing));
        signs
    }

    fn oldest_points(&mut self) -> Option<Drawing> {
        let mut drawing = self.drawings.pop_front()?;
        if drawing.stroke.points.len() > LIVE_POINTS {
            let later = drawing.stroke.points.split_off(LIVE_POINTS);
            let pressed = drawing.stroke.pressure.len().min(LIVE_POINTS);
            let pressure = drawing.stroke.pressure.split_off(pressed);
            let mut rest = drawing.clone();
            (rest.stroke.points, rest.stroke.pressure) = (later, pressure);
            self.drawings.push_front(rest);
        }
        Some(drawing)
    }

    fn add(&mut self, drawing: Drawing) {
        let same = |known: &&mut Drawing| {
            let (one, two) = (&known.stroke, &drawing.stroke);
            let drawn_alike =
                (one.colour, one.width, one.tool) == (two.colour, two.width, two.tool);
            let pressed_alike = one.pressure.is_empty() == two.pressure.is_empty();
            known.id == drawing.id && one.on == two.on && drawn_alike && pressed_alike
        };
        match self.drawings.iter_mut().find(same) {
            // A figure has a start and an end: the newest two are all there is to know.
            Some(known) if known.stroke.tool.is_figure() => known.stroke = drawing.stroke,
            Some(known) => {
                known.stroke.points.extend(drawing.stroke.points);
                known.stroke.pressure.extend(drawing.stroke.pressure);
            }
            None => self.drawings.push_back(drawing),
        }
        // Nobody waits that long for a stroke in the making: its beginning is let go.
        let points = |drawings: &VecDeque<Drawing>| {
            drawings.iter().map(|drawing| drawing.stroke.points.len()).sum::<usize>()
        };
        while points(&self.drawings) > STROKE_POINTS {
            self.oldest_points();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::{LIVE_BYTES, LIVE_SIGNS};
    use crate::room::id::BlobId;
    use crate::room::stanza::{Point, Stroke, Tool};
    use proptest::prelude::*;

    const ON: PageTurn = PageTurn { document: BlobId([1; 32]), page: 2 };

    fn ms(millis: u64) -> LocalTime {
        LocalTime::from_millis(millis)
    }

    fn media(millis: u64) -> MediaTime {
        MediaTime::from_samples(millis * 48)
    }

    fn laser(x: i32) -> Sign {
        Sign::Laser(Laser { on: ON, at: Point { x, y: 0 } })
    }

    fn drawing(id: u64, points: usize) -> Sign {
        let points = vec![Point { x: 5, y: 5 }; points];
        // The pen of every other drawing tells how hard it is pressed.
        let pressure = if id.is_multiple_of(2) { vec![7; points.len()] } else { Vec::new() };
        let (colour, width, tool) = ([0; 4], 30, Tool::Pen);
        let stroke = Stroke { on: ON, points, pressure, colour, width, tool };
        Sign::Drawing(Drawing { id, stroke })
    }

    fn arrow(to: i32) -> Sign {
        let Sign::Drawing(mut drawing) = drawing(9, 2) else { unreachable!("that is what it is") };
        drawing.stroke.tool = Tool::Arrow;
        drawing.stroke.points[1].x = to;
        Sign::Drawing(drawing)
    }

    /// A box whose first word has been sent at 0.
    fn outbox() -> Outbox {
        let mut outbox = Outbox::new(Epoch(7), media(0), true);
        assert_eq!(sent(&mut outbox, 0), [Sign::Microphone(true)]);
        assert_eq!(outbox.next(ms(1000)), Next::Nothing);
        outbox
    }

    fn sent(outbox: &mut Outbox, millis: u64) -> Vec<Sign> {
        match outbox.next(ms(millis)) {
            Next::Send(live) => live.signs,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_first_move_goes_at_once_and_the_next_ones_newest_first() {
        let mut outbox = outbox();
        outbox.put(media(1000), laser(1));
        assert_eq!(sent(&mut outbox, 1000), [laser(1)]);
        outbox.put(media(1010), laser(2));
        assert_eq!(outbox.next(ms(1010)), Next::Wait(ms(1000) + INTERVAL));
        outbox.put(media(1020), laser(3));
        let Next::Send(live) = outbox.next(ms(1034)) else { panic!("due") };
        assert_eq!((live.at, live.signs), (media(1020), vec![laser(3)]));
        assert_eq!(outbox.next(ms(1034)), Next::Nothing);
    }

    #[test]
    fn points_add_up_and_none_is_lost() {
        let mut outbox = outbox();
        for _ in 0..LIVE_POINTS {
            outbox.put(media(9), drawing(1, 3));
        }
        let points = |signs: Vec<Sign>| match &signs[..] {
            [Sign::Drawing(drawing)] => drawing.stroke.points.len(),
            other => panic!("{other:?}"),
        };
        let all: Vec<_> = (1..4).map(|n| points(sent(&mut outbox, 100 * n))).collect();
        assert_eq!(all, [LIVE_POINTS; 3]);
        assert_eq!(outbox.next(ms(400)), Next::Nothing);
    }

    #[test]
    fn a_figure_is_where_it_was_drawn_last() {
        let mut outbox = outbox();
        (0..100).for_each(|to| outbox.put(media(9), arrow(to)));
        assert_eq!(sent(&mut outbox, 100), [arrow(99)]);
    }

    #[test]
    fn what_is_given_up_or_finished_is_sent_no_more() {
        let mut outbox = outbox();
        outbox.put(media(9), drawing(1, 3));
        outbox.put(media(9), Sign::NoDrawing(1));
        assert_eq!(sent(&mut outbox, 100), [Sign::NoDrawing(1)]);
        outbox.put(media(9), drawing(2, 3));
        outbox.finished(ON);
        assert_eq!(outbox.next(ms(200)), Next::Nothing);
    }

    proptest! {
        /// Whatever is put in: no more than the rate goes out, each stanza within its limits, and
        /// the last word is the newest.
        #[test]
        fn what_goes_out_is_bounded_and_newest(
            script in prop::collection::vec((0u64..40, 0u8..7, 1usize..900), 1..200)
        ) {
            let mut outbox = outbox();
            let (mut now, mut all, mut newest) = (1000, Vec::new(), None);
            for (wait, kind, n) in script {
                now += wait;
                outbox.put(media(now), match kind {
                    0 => Sign::NoLaser,
                    1 => Sign::Microphone(n % 2 == 0),
                    2 => Sign::NoDrawing(n as u64),
                    3 => drawing(n as u64 % 3, n),
                    6 => Sign::Seat(Seat { level: (n % 101) as u8, ..Seat::default() }),
                    _ => laser(n as i32),
                });
                if let 0 | 4 | 5 = kind {
                    newest = Some(if kind == 0 { Sign::NoLaser } else { laser(n as i32) });
                }
                if n % 2 == 0 && let Next::Send(live) = outbox.next(ms(now)) {
                    all.push((ms(now), live));
                }
            }
            loop {
                now += 40;
                match outbox.next(ms(now)) {
                    Next::Send(live) => all.push((ms(now), live)),
                    Next::Wait(_) => panic!("40 ms is longer than the interval"),
                    Next::Nothing => break,
                }
            }
            for pair in all.windows(2) {
                prop_assert!(pair[1].0.since(pair[0].0) >= INTERVAL);
            }
            for (_, live) in &all {
                prop_assert!(live.signs.len() <= LIVE_SIGNS);
                prop_assert!(live.to_xml().len() <= LIVE_BYTES);
                prop_assert_eq!(&Live::parse(&live.to_xml()).expect("ours"), live);
            }
            let mut lasers = all.iter().flat_map(|(_, live)| &live.signs).filter(|sign| {
                matches!(sign, Sign::Laser(_) | Sign::NoLaser)
            });
            prop_assert_eq!(lasers.next_back(), newest.as_ref());
        }
    }
}
