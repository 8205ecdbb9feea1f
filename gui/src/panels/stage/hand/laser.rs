//! One's own laser pointer: follows the pointer while it is over the page.

use super::{Pointer, Sheet};
use crate::command::OnPage;
use crate::model::Seconds;
use crate::model::tools::Instrument;
use egui::Pos2;
use moot_node::room::stanza::{PageTurn, Point};

/// How often others are told, seconds: 30 times a second.
const TELL: Seconds = 1.0 / 30.0;

/// How long the tail is, seconds (design.md, Shapes).
pub(in super::super) const TAIL: Seconds = 0.3;

/// One's own laser.
#[derive(Debug, Default)]
pub(super) struct LaserHand {
    on: Option<PageTurn>,
    trail: Vec<(Seconds, Point)>,
    told_at: Option<Seconds>,
    untold: bool,
}

impl LaserHand {
    pub(super) fn step(&mut self, pointer: &Pointer, sheet: &Sheet<'_>, out: &mut Vec<OnPage>) {
        let Sheet { on, place, now, .. } = *sheet;
        let points = sheet.tools.instrument == Instrument::Laser;
        let over = pointer.over.filter(|at| points && place.page.contains(*at));
        let Some(at) = over else { return self.put_out(out) };
        if self.on.is_some_and(|before| before != on) {
            self.put_out(out);
        }
        self.on = Some(on);
        self.trail.retain(|(since, _)| now < since + TAIL);
        let mut see = |at: Pos2| {
            let point = place.on_page(at);
            if self.trail.last().is_none_or(|(_, last)| *last != point) {
                self.trail.push((now, point));
                self.untold = true;
            }
        };
        pointer.path.iter().copied().for_each(&mut see);
        see(at);
        if self.untold && self.told_at.is_none_or(|told| now >= told + TELL) {
            out.push(OnPage::Laser(on, Some(place.on_page(at))));
            self.told_at = Some(now);
            self.untold = false;
        }
    }

    pub(super) fn trail(&self, on: PageTurn) -> &[(Seconds, Point)] {
        if self.on == Some(on) { &self.trail } else { &[] }
    }

    pub(super) const fn is_untold(&self) -> bool {
        self.untold
    }

    fn put_out(&mut self, out: &mut Vec<OnPage>) {
        if let Some(on) = self.on.take() {
            out.push(OnPage::Laser(on, None));
        }
        *self = Self::default();
    }
}
