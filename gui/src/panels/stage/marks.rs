//! What is drawn on the page: finished ink as one picture, the rest as meshes, notes as text.

use super::hand::Hand;
use super::notes;
use super::picture::overlay;
use super::place::Place;
use crate::context::Context;
use crate::ink::{Strips, colour, hit, layer, trace};
use crate::model::MeetingView;
use crate::model::marks::{Ink, Mark, MarkKind};
use egui::{Pos2, Rect, Ui};
use moot_node::room::id::EntryRef;
use moot_node::room::stanza::PageTurn;
use rust_i18n::t;

/// Farther than this from a line the pointer is not on it, points.
pub(super) const REACH: f32 = 5.0;

/// Paints everything that is drawn on the page.
pub(super) fn paint(
    ui: &Ui,
    cx: &mut Context<'_>,
    view: &MeetingView,
    on: PageTurn,
    place: &Place,
    hand: &Hand,
) {
    let pixels = place.page.size() * ui.pixels_per_point();
    let (part, size) = layer::cut(pixels, place.seen());
    let layer = cx.pictures.ink(on, &view.marks, part, size);
    let mut strips = Strips::new(ui.pixels_per_point(), place.canvas);
    let mut draw = |ink: &Ink| {
        trace(ink, place.page).iter().all(|trace| strips.add(trace, colour(ink.colour)))
    };
    // The layer may show less than is seen for a moment, after the page was moved.
    let covers = layer.as_ref().is_some_and(|l| covers(l.picture.part, place.seen()));
    // Usually it shows all there is: then a thousand marks are not looked at one by one.
    let whole = layer.as_ref().is_some_and(|l| covers && l.version == view.marks.version(on));
    let missing = if whole { &[] } else { view.marks.on(on) };
    for mark in missing {
        let MarkKind::Ink(ink) = &mark.kind else { continue };
        let in_layer = layer.as_ref().is_some_and(|l| l.drawn.contains(&mark.entry));
        let hidden = in_layer && covers || hand.has_erased(mark.entry);
        // When no more fit, the layer brings the rest.
        if !hidden && !draw(ink) {
            break;
        }
    }
    for ((author, _), drawing) in &view.marks.drawings {
        if drawing.ink.on == on && *author != view.me {
            draw(&drawing.ink);
        }
    }
    for ink in hand.previews(on) {
        draw(ink);
    }
    if let Some(layer) = layer.filter(|_| covers) {
        overlay(ui, place, layer.picture);
    }
    ui.painter().with_clip_rect(place.canvas).add(strips.mesh());
    for mark in view.marks.on(on) {
        if let MarkKind::Note(note) = &mark.kind
            && !hand.has_erased(mark.entry)
        {
            notes::paint(ui, note, place);
        }
    }
}

/// The topmost mark at a place of the screen.
pub(super) fn under<'m>(
    ui: &Ui,
    marks: &'m [Mark],
    at: Pos2,
    reach: f32,
    place: &Place,
) -> Option<&'m Mark> {
    hit::under(marks, at, reach, place.page, |mark| match &mark.kind {
        MarkKind::Note(note) => Some(notes::room(ui, note, place)),
        MarkKind::Ink(_) => None,
    })
}

/// "Drawn by Lin Wei".
pub(super) fn drawn_by(view: &MeetingView, entry: EntryRef) -> String {
    if entry.author == view.me {
        return t!("stage.drawn_by_you").into_owned();
    }
    t!("stage.drawn_by", name = view.people.name(&entry.author)).into_owned()
}

fn covers(part: Rect, seen: Rect) -> bool {
    !seen.is_positive() || part.expand(1e-3).contains_rect(seen)
}
