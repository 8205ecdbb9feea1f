//! What the hand does on the page: strokes, the eraser, the laser.
//!
//! **Pointer in, commands out**: [`Hand::step`] is called once a frame with what the pointer did,
//! and returns what is to be done. It knows no widget, so a test can move it by hand.

mod laser;
mod stroke;

use super::place::Place;
use crate::command::OnPage;
use crate::model::Seconds;
use crate::model::marks::{Ink, Mark, MarkKind};
use crate::model::tools::{Instrument, Tools};
use egui::Pos2;
use laser::LaserHand;
pub(super) use laser::TAIL;
use moot_node::room::id::{EntryRef, MemberId};
use moot_node::room::stanza::{PageTurn, Point};
use std::collections::BTreeMap;
use stroke::{Look, Stroke};

/// How long a finished stroke is shown before the meeting has taken it, seconds. It takes
/// milliseconds; when the meeting refuses it, the stroke goes.
const UNCONFIRMED: Seconds = 2.0;

/// What the pointer did since the last frame.
#[derive(Clone, Debug, Default)]
pub struct Pointer {
    /// Where it went, the newest last.
    pub path: Vec<Pos2>,
    /// Its button is down, and went down on the canvas.
    pub down: bool,
    /// Its button came up at the end of the path.
    pub lifted: bool,
    /// It went down, on the canvas, and up again within this frame.
    pub tapped: bool,
    /// Where it is, when it is over the canvas.
    pub over: Option<Pos2>,
    /// A pen's pressure, 0–1, where the system tells it.
    pub force: Option<f32>,
    /// Squares, circles, straight lines are wanted.
    pub even: bool,
}

/// What lies under the hand.
pub struct Sheet<'a> {
    /// Which page.
    pub on: PageTurn,
    /// Where it is.
    pub place: &'a Place,
    /// What is in the hand.
    pub tools: &'a Tools,
    /// What is on the page.
    pub marks: &'a [Mark],
    /// This device.
    pub me: MemberId,
    /// The mark at a place of the screen.
    pub under: &'a dyn Fn(Pos2) -> Option<EntryRef>,
    /// This device may draw.
    pub may_draw: bool,
    /// Now.
    pub now: Seconds,
}

/// The hand, between two frames.
#[derive(Debug, Default)]
pub struct Hand {
    stroke: Option<Stroke>,
    /// Finished, and not yet seen among the page's marks.
    unconfirmed: Vec<(Ink, Seconds)>,
    /// Rubbed out, and still among the page's marks.
    erased: BTreeMap<EntryRef, Seconds>,
    /// Number of the next stroke.
    next: u64,
    /// The page turned under the hand: it must be lifted first.
    lift: bool,
    laser: LaserHand,
}

impl Hand {
    /// What the pointer did makes these commands.
    pub fn step(&mut self, pointer: &Pointer, sheet: &Sheet<'_>) -> Vec<OnPage> {
        let mut out = Vec::new();
        self.forget_confirmed(sheet);
        self.laser.step(pointer, sheet, &mut out);
        if self.stroke.as_ref().is_some_and(|stroke| stroke.ink.on != sheet.on) {
            self.end(sheet.now, &mut out);
            self.lift = pointer.down;
        }
        if !pointer.down {
            self.lift = false;
        }
        match look(sheet.tools).filter(|_| sheet.may_draw) {
            Some(look) => self.draw(look, pointer, sheet, &mut out),
            None => {
                self.end(sheet.now, &mut out);
                if sheet.tools.instrument == Instrument::Eraser && sheet.may_draw {
                    self.erase(pointer, sheet, &mut out);
                }
            }
        }
        out
    }

    /// Strokes to be shown that are not among the page's marks: the one in the making, and those
    /// just finished.
    pub fn previews(&self, on: PageTurn) -> impl Iterator<Item = &Ink> {
        let finished = self.unconfirmed.iter().map(|(ink, _)| ink);
        let making = self.stroke.iter().map(|stroke| &stroke.ink);
        finished.chain(making).filter(move |ink| ink.on == on)
    }

    /// It was rubbed out just now, and may still be among the marks.
    #[must_use]
    pub fn has_erased(&self, entry: EntryRef) -> bool {
        self.erased.contains_key(&entry)
    }

    /// One's own laser: when and where it was lately, the newest last.
    #[must_use]
    pub fn laser(&self, on: PageTurn) -> &[(Seconds, Point)] {
        self.laser.trail(on)
    }

    /// Is at work: another frame is wanted soon, although the pointer may rest.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.stroke.is_some() || !self.unconfirmed.is_empty() || self.laser.is_untold()
    }

    fn draw(&mut self, look: Look, pointer: &Pointer, sheet: &Sheet<'_>, out: &mut Vec<OnPage>) {
        let Sheet { place, now, .. } = *sheet;
        if self.lift || !(pointer.down || pointer.lifted || pointer.tapped) {
            return self.end(now, out);
        }
        if self.stroke.is_none() && (pointer.down || pointer.tapped) {
            let Some(at) = pointer.path.first().copied().or(pointer.over) else { return };
            self.begin(look, sheet, at);
        }
        let Some(stroke) = &mut self.stroke else { return };
        stroke.go(&pointer.path, pointer.force, pointer.even, place, now);
        if !pointer.down {
            return self.end(now, out);
        }
        if let Some(ink) = stroke.news(now) {
            out.push(OnPage::Drawing(stroke.number, ink));
        }
        if stroke.is_full() {
            let at = stroke.end();
            self.end(now, out);
            self.begin(look, sheet, at);
        }
    }

    fn begin(&mut self, look: Look, sheet: &Sheet<'_>, at: Pos2) {
        let number = self.next;
        self.next = self.next.wrapping_add(1);
        self.stroke = Some(Stroke::begin(number, sheet.on, look, sheet.place, at, sheet.now));
    }

    fn end(&mut self, now: Seconds, out: &mut Vec<OnPage>) {
        let Some(stroke) = self.stroke.take() else { return };
        if let Some(ink) = stroke.finish() {
            self.unconfirmed.push((ink.clone(), now));
            out.push(OnPage::Draw(ink));
        }
    }

    fn erase(&mut self, pointer: &Pointer, sheet: &Sheet<'_>, out: &mut Vec<OnPage>) {
        if !(pointer.down || pointer.tapped) {
            return;
        }
        let mut hit = Vec::new();
        for at in pointer.path.iter().copied().chain(pointer.over) {
            let Some(entry) = (sheet.under)(at) else { continue };
            if self.erased.insert(entry, sheet.now).is_none() {
                hit.push(entry);
            }
        }
        if !hit.is_empty() {
            out.push(OnPage::Erase(hit));
        }
    }

    fn forget_confirmed(&mut self, sheet: &Sheet<'_>) {
        let recent = |since: Seconds| sheet.now < since + UNCONFIRMED;
        let drawn = |ink: &Ink| {
            sheet.marks.iter().rev().any(|mark| {
                mark.entry.author == sheet.me
                    && matches!(&mark.kind, MarkKind::Ink(known) if **known == *ink)
            })
        };
        self.unconfirmed
            .retain(|(ink, since)| recent(*since) && (ink.on != sheet.on || !drawn(ink)));
        self.erased.retain(|_, since| recent(*since));
    }
}

/// How what the instrument draws looks, if it draws.
fn look(tools: &Tools) -> Option<Look> {
    let Instrument::Draw(tool) = tools.instrument else { return None };
    Some(Look { tool, colour: tools.colour(), width: tools.line_width() })
}

#[cfg(test)]
mod tests;
