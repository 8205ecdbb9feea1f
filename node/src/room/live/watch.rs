//! What others show, each sign at the moment its sound is heard, and until when.
//!
//! A stroke in the making is replaced by its author's next stroke in the log: neither names the
//! other. Their stamps tell which belong together, whichever comes first.

use crate::limits::MEMBERS;
use crate::room::id::MemberId;
use crate::room::playout::DueQueue;
use crate::room::stanza::{Drawing, Laser, Live, PageTurn, Point, Sign};
use crate::room::time::{Epoch, LocalTime, MediaTime};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// A stroke in the making that has not grown for so long is forgotten: its author's way here is
/// broken, or they put the pen down in thought and the stroke in the log will tell.
const FORGET: Duration = Duration::from_secs(4);

/// Strokes in the making of one author: two hands, and one that waits for its entry. Of more the
/// oldest is forgotten.
const DRAWINGS: usize = 3;

/// Something to be shown, or no longer.
#[derive(Clone, PartialEq, Debug)]
pub enum Shown {
    /// A laser pointer rests here.
    Laser {
        /// Whose.
        author: MemberId,
        /// The page.
        on: PageTurn,
        /// Where; `None` when it is gone.
        at: Option<Point>,
        /// When its author moved it, in their media time.
        media: MediaTime,
        /// Shown minus its sound at the sink, in ms; `None` without sound.
        offset_ms: Option<f64>,
    },
    /// A stroke in the making grows.
    Drawing {
        /// Whose.
        author: MemberId,
        /// The points that are new.
        drawing: Drawing,
    },
    /// A stroke in the making is gone.
    DrawingGone {
        /// Whose.
        author: MemberId,
        /// Which.
        id: u64,
    },
    /// A microphone is open, or muted.
    Microphone {
        /// Whose.
        author: MemberId,
        /// Open.
        open: bool,
    },
}

/// Everybody's signs.
#[derive(Debug)]
pub struct Watch {
    due: DueQueue<Signs>,
    authors: BTreeMap<MemberId, Author>,
}

#[derive(Debug)]
struct Signs {
    author: MemberId,
    live: Live,
}

/// What is shown of one author.
#[derive(Debug, Default)]
struct Author {
    microphone: Option<bool>,
    laser: Option<PageTurn>,
    drawings: Vec<Making>,
    /// Their last stroke in the log: its page and stamp.
    stroke: Option<(PageTurn, Epoch, MediaTime)>,
}

/// A stroke in the making.
#[derive(Clone, Copy, Debug)]
struct Making {
    id: u64,
    on: PageTurn,
    /// Stamp of the newest points.
    stamp: (Epoch, MediaTime),
    /// When they were shown.
    shown: LocalTime,
}

impl Watch {
    /// Nobody shows anything.
    #[must_use]
    pub fn new() -> Self {
        Self { due: DueQueue::new(None), authors: BTreeMap::new() }
    }

    /// Takes what `author` sent; it shows when polled.
    pub fn take(&mut self, author: MemberId, live: Live, now: LocalTime) {
        if self.authors.len() < MEMBERS || self.authors.contains_key(&author) {
            self.authors.entry(author).or_default();
            self.due.push(author, live.epoch, live.at, now, Signs { author, live });
        }
    }

    /// Frames of this epoch arrive ([`DueQueue::arriving`]).
    pub fn arriving(&mut self, author: MemberId, epoch: Epoch, now: LocalTime) {
        self.due.arriving(author, epoch, now);
    }

    /// A block of sound is at the sink ([`DueQueue::playout`]).
    pub fn playout(&mut self, author: MemberId, epoch: Epoch, first: MediaTime, at: LocalTime) {
        self.due.playout(author, epoch, first, at);
    }

    /// What is to be shown at `now`: of several places of one laser only the last.
    pub fn poll(&mut self, now: LocalTime) -> Vec<Shown> {
        let mut shown = Vec::new();
        for due in self.due.poll(now) {
            let Signs { author, live } = due.item;
            // Gone since it was sent.
            let Some(seen) = self.authors.get_mut(&author) else { continue };
            let Live { epoch, at, signs } = live;
            for sign in signs {
                seen.show(author, sign, (epoch, at), due.offset_ms, now, &mut shown);
            }
        }
        for (author, seen) in &mut self.authors {
            seen.forget(*author, |making| making.shown + FORGET <= now, &mut shown);
        }
        newest_lasers(shown)
    }

    /// When to poll next, were nothing to happen before.
    #[must_use]
    pub fn next_wake(&self, now: LocalTime) -> Option<LocalTime> {
        let drawings = self.authors.values().flat_map(|author| &author.drawings);
        let forget = drawings.map(|making| making.shown + FORGET);
        forget.chain(self.due.next_wake(now)).min()
    }

    /// A stroke of the log takes effect: gives what it replaces.
    pub fn stroke(
        &mut self,
        author: MemberId,
        on: PageTurn,
        epoch: Epoch,
        at: MediaTime,
    ) -> Vec<Shown> {
        let mut shown = Vec::new();
        if let Some(seen) = self.authors.get_mut(&author) {
            seen.stroke = Some((on, epoch, at));
            let replaced = |making: &Making| {
                making.on == on && (making.stamp.0 != epoch || making.stamp.1 <= at)
            };
            seen.forget(author, replaced, &mut shown);
        }
        shown
    }

    /// This member is out of reach, or was removed: gives what is shown no longer.
    pub fn gone(&mut self, author: MemberId) -> Vec<Shown> {
        let Some(mut seen) = self.authors.remove(&author) else { return Vec::new() };
        let mut shown = Vec::new();
        shown.extend(seen.no_laser(author, MediaTime::ZERO, None));
        seen.forget(author, |_| true, &mut shown);
        shown
    }
}

impl Default for Watch {
    fn default() -> Self {
        Self::new()
    }
}

impl Author {
    fn show(
        &mut self,
        author: MemberId,
        sign: Sign,
        stamp: (Epoch, MediaTime),
        offset_ms: Option<f64>,
        now: LocalTime,
        shown: &mut Vec<Shown>,
    ) {
        match sign {
            Sign::Laser(Laser { on, at }) => {
                self.laser = Some(on);
                let media = stamp.1;
                shown.push(Shown::Laser { author, on, at: Some(at), media, offset_ms });
            }
            Sign::NoLaser => shown.extend(self.no_laser(author, stamp.1, offset_ms)),
            Sign::Drawing(drawing) if !self.is_in_the_log(&drawing, stamp) => {
                self.note(author, &drawing, stamp, now, shown);
                shown.push(Shown::Drawing { author, drawing });
            }
            Sign::Drawing(_) => {}
            Sign::NoDrawing(id) => self.forget(author, |making| making.id == id, shown),
            // The room's rules hold at once ([`crate::room::group`]), not when sound is heard.
            Sign::Seat(_) => {}
            Sign::Microphone(open) => {
                if self.microphone.replace(open) != Some(open) {
                    shown.push(Shown::Microphone { author, open });
                }
            }
        }
    }

    fn no_laser(
        &mut self,
        author: MemberId,
        media: MediaTime,
        offset_ms: Option<f64>,
    ) -> Option<Shown> {
        let on = self.laser.take()?;
        Some(Shown::Laser { author, on, at: None, media, offset_ms })
    }

    /// Whether these points came later than the stroke that they are part of.
    fn is_in_the_log(&self, drawing: &Drawing, (epoch, at): (Epoch, MediaTime)) -> bool {
        self.stroke.is_some_and(|stroke| {
            stroke.0 == drawing.stroke.on && stroke.1 == epoch && at <= stroke.2
        })
    }

    fn note(
        &mut self,
        author: MemberId,
        drawing: &Drawing,
        stamp: (Epoch, MediaTime),
        now: LocalTime,
        shown: &mut Vec<Shown>,
    ) {
        let making = Making { id: drawing.id, on: drawing.stroke.on, stamp, shown: now };
        if let Some(known) = self.drawings.iter_mut().find(|known| known.id == drawing.id) {
            *known = making;
            return;
        }
        if self.drawings.len() == DRAWINGS {
            let id = self.drawings.remove(0).id;
            shown.push(Shown::DrawingGone { author, id });
        }
        self.drawings.push(making);
    }

    fn forget(
        &mut self,
        author: MemberId,
        which: impl Fn(&Making) -> bool,
        shown: &mut Vec<Shown>,
    ) {
        self.drawings.retain(|making| {
            let gone = which(making);
            if gone {
                shown.push(Shown::DrawingGone { author, id: making.id });
            }
            !gone
        });
    }
}

/// Leaves out the places of a laser that it has left already.
fn newest_lasers(mut shown: Vec<Shown>) -> Vec<Shown> {
    let mut seen = BTreeSet::new();
    let mut from_the_end: Vec<_> = shown
        .drain(..)
        .rev()
        .filter(|shown| match shown {
            Shown::Laser { author, .. } => seen.insert(*author),
            _ => true,
        })
        .collect();
    from_the_end.reverse();
    from_the_end
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::room::id::BlobId;
    use crate::room::stanza::{Stroke, Tool};

    const ANNA: MemberId = MemberId([2; 32]);
    const EPOCH: Epoch = Epoch(7);
    const ON: PageTurn = PageTurn { document: BlobId([1; 32]), page: 2 };
    const ELSEWHERE: PageTurn = PageTurn { document: BlobId([1; 32]), page: 3 };

    fn ms(millis: u64) -> LocalTime {
        LocalTime::from_millis(millis)
    }

    fn media(millis: u64) -> MediaTime {
        MediaTime::from_samples(millis * 48)
    }

    fn laser(x: i32) -> Sign {
        Sign::Laser(Laser { on: ON, at: Point { x, y: 0 } })
    }

    fn drawing(id: u64, on: PageTurn) -> Drawing {
        let points = vec![Point { x: 5, y: 5 }];
        let (pressure, colour, width, tool) = (Vec::new(), [0; 4], 30, Tool::Pen);
        let stroke = Stroke { on, points, pressure, colour, width, tool };
        Drawing { id, stroke }
    }

    /// Takes one sign of Anna's at `at` and polls, at local time `now`.
    fn shown(watch: &mut Watch, at: u64, now: u64, sign: Sign) -> Vec<Shown> {
        watch.take(ANNA, Live { epoch: EPOCH, at: media(at), signs: vec![sign] }, ms(now));
        watch.poll(ms(now))
    }

    fn draws(watch: &mut Watch, at: u64, now: u64, id: u64) -> Vec<Shown> {
        shown(watch, at, now, Sign::Drawing(drawing(id, ON)))
    }

    fn gone(id: u64) -> Shown {
        Shown::DrawingGone { author: ANNA, id }
    }

    #[test]
    fn a_laser_waits_for_its_sound() {
        let mut watch = Watch::new();
        watch.playout(ANNA, EPOCH, media(1000), ms(5000));
        assert_eq!(shown(&mut watch, 1015, 5000, laser(1)), []);
        assert_eq!(watch.next_wake(ms(5000)), Some(ms(5015)));
        let [Shown::Laser { at, media: moved, offset_ms, .. }] = watch.poll(ms(5016))[..] else {
            panic!("shown")
        };
        assert_eq!((at, moved), (Some(Point { x: 1, y: 0 }), media(1015)));
        assert_eq!(offset_ms, Some(1.0));
    }

    #[test]
    fn of_several_places_only_the_last_is_shown() {
        let mut watch = Watch::new();
        for x in 0..50 {
            let live = Live { epoch: EPOCH, at: media(9), signs: vec![laser(x)] };
            watch.take(ANNA, live, ms(10));
        }
        let [Shown::Laser { at: Some(Point { x: 49, .. }), .. }] = watch.poll(ms(10))[..] else {
            panic!("one laser")
        };
    }

    #[test]
    fn a_laser_goes_once() {
        let mut watch = Watch::new();
        assert_eq!(shown(&mut watch, 1, 1, Sign::NoLaser), [], "there was none");
        assert_eq!(shown(&mut watch, 2, 2, laser(1)).len(), 1);
        let end = shown(&mut watch, 3, 3, Sign::NoLaser);
        assert!(matches!(end[..], [Shown::Laser { at: None, on: ON, .. }]), "{end:?}");
        assert_eq!(shown(&mut watch, 4, 4, Sign::NoLaser), []);
    }

    #[test]
    fn a_microphone_is_told_when_it_changes() {
        let mut watch = Watch::new();
        let told = |open| vec![Shown::Microphone { author: ANNA, open }];
        assert_eq!(shown(&mut watch, 1, 1, Sign::Microphone(false)), told(false));
        assert_eq!(shown(&mut watch, 2, 2, Sign::Microphone(false)), []);
        assert_eq!(shown(&mut watch, 3, 3, Sign::Microphone(true)), told(true));
    }

    #[test]
    fn the_stroke_replaces_what_was_in_the_making() {
        let mut watch = Watch::new();
        assert_eq!(draws(&mut watch, 10, 100, 1).len(), 1);
        assert_eq!(shown(&mut watch, 20, 110, Sign::Drawing(drawing(2, ELSEWHERE))).len(), 1);
        assert_eq!(draws(&mut watch, 40, 130, 3).len(), 1, "the next one has begun");
        assert_eq!(watch.stroke(ANNA, ON, EPOCH, media(30)), [gone(1)]);
        assert_eq!(watch.stroke(ANNA, ON, EPOCH, media(50)), [gone(3)]);
        assert_eq!(watch.stroke(MemberId([9; 32]), ON, EPOCH, media(50)), []);
    }

    #[test]
    fn points_that_come_after_their_stroke_raise_no_ghost() {
        let mut watch = Watch::new();
        draws(&mut watch, 10, 100, 1);
        watch.stroke(ANNA, ON, EPOCH, media(30));
        assert_eq!(draws(&mut watch, 30, 110, 1), []);
        assert_eq!(draws(&mut watch, 31, 120, 2).len(), 1);
    }

    #[test]
    fn a_drawing_without_news_is_forgotten_by_itself() {
        let mut watch = Watch::new();
        draws(&mut watch, 10, 1000, 1);
        draws(&mut watch, 20, 2000, 1);
        assert_eq!(watch.next_wake(ms(2000)), Some(ms(6000)));
        assert_eq!(watch.poll(ms(5999)), []);
        assert_eq!(watch.poll(ms(6000)), [gone(1)]);
        assert_eq!(watch.next_wake(ms(6000)), None, "nothing wakes a silent meeting");
    }

    #[test]
    fn drawings_of_one_author_are_bounded() {
        let mut watch = Watch::new();
        let all: Vec<_> = (0..100).flat_map(|id| draws(&mut watch, 10 + id, 100, id)).collect();
        let gone = all.iter().filter(|s| matches!(s, Shown::DrawingGone { .. })).count();
        assert_eq!(gone, 100 - DRAWINGS);
    }

    #[test]
    fn who_is_gone_shows_nothing_any_more() {
        let mut watch = Watch::new();
        draws(&mut watch, 10, 100, 1);
        shown(&mut watch, 11, 101, laser(1));
        let ends = watch.gone(ANNA);
        assert!(matches!(
            ends[..],
            [Shown::Laser { at: None, .. }, Shown::DrawingGone { id: 1, .. }]
        ));
        assert_eq!(watch.gone(ANNA), []);
        // What was still waiting for its sound is not shown either.
        watch.playout(ANNA, EPOCH, media(1000), ms(5000));
        assert_eq!(shown(&mut watch, 1015, 5000, laser(2)), []);
        watch.gone(ANNA);
        assert_eq!(watch.poll(ms(6000)), []);
    }
}
