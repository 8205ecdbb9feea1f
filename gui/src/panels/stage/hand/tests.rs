use super::*;
use crate::model::marks::Tool;
use crate::model::stage::Fit;
use egui::{Rect, pos2, vec2};
use moot_node::room::id::BlobId;
use std::sync::Arc;

const ME: MemberId = MemberId([1; 32]);

fn page(number: u32) -> PageTurn {
    PageTurn { document: BlobId([7; 32]), page: number }
}

/// A hand over a page, moved by the test.
struct Scene {
    hand: Hand,
    place: Place,
    tools: Tools,
    on: PageTurn,
    marks: Vec<Mark>,
    under: Option<EntryRef>,
    may_draw: bool,
    now: Seconds,
}

impl Scene {
    fn with(instrument: Instrument) -> Self {
        let canvas = Rect::from_min_size(Pos2::ZERO, vec2(1072.0, 640.0));
        Self {
            hand: Hand::default(),
            place: Place::new(canvas, 16.0 / 9.0, Fit::Page, 1.0, vec2(0.5, 0.5)),
            tools: Tools { instrument, ..Tools::default() },
            on: page(1),
            marks: Vec::new(),
            under: None,
            may_draw: true,
            now: 0.0,
        }
    }

    fn step(&mut self, pointer: &Pointer) -> Vec<OnPage> {
        self.now += 0.05;
        let under = self.under;
        let sheet = Sheet {
            on: self.on,
            place: &self.place,
            tools: &self.tools,
            marks: &self.marks,
            me: ME,
            under: &|_| under,
            may_draw: self.may_draw,
            now: self.now,
        };
        self.hand.step(pointer, &sheet)
    }

    fn drag(&mut self, x: f32, y: f32) -> Vec<OnPage> {
        let at = pos2(x, y);
        self.step(&Pointer { path: vec![at], down: true, over: Some(at), ..Pointer::default() })
    }

    fn hover(&mut self, x: f32, y: f32) -> Vec<OnPage> {
        let at = pos2(x, y);
        self.step(&Pointer { path: vec![at], over: Some(at), ..Pointer::default() })
    }

    fn lift(&mut self) -> Vec<OnPage> {
        self.step(&Pointer::default())
    }
}

#[test]
fn a_drag_is_told_while_it_is_drawn_and_finished_when_lifted() {
    let mut scene = Scene::with(Instrument::Draw(Tool::Pen));
    for x in [200.0, 300.0, 400.0] {
        let told = scene.drag(x, 200.0);
        assert!(
            matches!(told.as_slice(), [OnPage::Drawing(0, ink)] if ink.on == page(1)),
            "{told:?}"
        );
    }
    assert_eq!(scene.hand.previews(page(1)).count(), 1);
    let done = scene.lift();
    let [OnPage::Draw(ink)] = done.as_slice() else { panic!("{done:?}") };
    assert_eq!(ink.tool, Tool::Pen);
    assert_eq!(scene.hand.previews(page(1)).count(), 1, "shown until the meeting has it");
    let entry = EntryRef { author: ME, seq: 1 };
    scene.marks.push(Mark {
        entry,
        lamport: entry.seq,
        kind: MarkKind::Ink(Arc::new(ink.clone())),
    });
    scene.lift();
    assert_eq!(scene.hand.previews(page(1)).count(), 0);
}

#[test]
fn a_stroke_that_the_meeting_refuses_goes() {
    let mut scene = Scene::with(Instrument::Draw(Tool::Pen));
    scene.drag(200.0, 200.0);
    scene.lift();
    scene.now += UNCONFIRMED;
    scene.lift();
    assert_eq!(scene.hand.previews(page(1)).count(), 0);
    assert!(!scene.hand.is_busy());
}

#[test]
fn a_page_turn_under_the_hand_ends_the_stroke_on_its_page() {
    let mut scene = Scene::with(Instrument::Draw(Tool::Pen));
    scene.drag(200.0, 200.0);
    scene.drag(300.0, 200.0);
    scene.on = page(2);
    let turned = scene.drag(400.0, 200.0);
    assert!(matches!(turned.as_slice(), [OnPage::Draw(ink)] if ink.on == page(1)), "{turned:?}");
    assert!(scene.drag(500.0, 200.0).is_empty(), "nothing is smeared over the new page");
    scene.lift();
    assert!(matches!(scene.drag(500.0, 200.0).as_slice(), [OnPage::Drawing(1, ..)]));
}

#[test]
fn who_may_not_draw_draws_nothing() {
    for instrument in [Instrument::Draw(Tool::Pen), Instrument::Eraser] {
        let mut scene = Scene::with(instrument);
        scene.may_draw = false;
        scene.under = Some(EntryRef { author: ME, seq: 1 });
        assert!(scene.drag(200.0, 200.0).is_empty());
        assert!(scene.lift().is_empty());
    }
}

#[test]
fn a_tap_of_the_pen_is_a_dot() {
    let mut scene = Scene::with(Instrument::Draw(Tool::Pen));
    let at = pos2(200.0, 200.0);
    let tap = Pointer { path: vec![at], tapped: true, over: Some(at), ..Pointer::default() };
    let told = scene.step(&tap);
    assert!(matches!(told.as_slice(), [OnPage::Draw(ink)] if ink.points.len() == 1), "{told:?}");
}

#[test]
fn the_eraser_takes_each_mark_once() {
    let mut scene = Scene::with(Instrument::Eraser);
    let entry = EntryRef { author: MemberId([2; 32]), seq: 9 };
    scene.under = Some(entry);
    assert!(scene.hover(200.0, 200.0).is_empty(), "not before it is pressed");
    assert_eq!(scene.drag(200.0, 200.0), [OnPage::Erase(vec![entry])]);
    assert!(scene.drag(210.0, 200.0).is_empty());
    assert!(scene.hand.has_erased(entry));
}

#[test]
fn the_laser_follows_the_pointer_over_the_page_only() {
    let mut scene = Scene::with(Instrument::Laser);
    assert!(matches!(scene.hover(300.0, 300.0).as_slice(), [OnPage::Laser(_, Some(_))]));
    assert!(scene.hover(300.0, 300.0).is_empty(), "it rests");
    assert!(matches!(scene.hover(350.0, 300.0).as_slice(), [OnPage::Laser(_, Some(_))]));
    assert_eq!(scene.hover(2.0, 2.0), [OnPage::Laser(page(1), None)], "off the page");
    assert!(scene.hover(3.0, 3.0).is_empty());
    assert!(scene.hand.laser(page(1)).is_empty());
}

#[test]
fn the_laser_goes_out_when_another_instrument_is_taken() {
    let mut scene = Scene::with(Instrument::Laser);
    scene.hover(300.0, 300.0);
    scene.tools.instrument = Instrument::Draw(Tool::Pen);
    assert_eq!(scene.hover(300.0, 300.0), [OnPage::Laser(page(1), None)]);
}

#[test]
fn a_drag_of_six_thousand_points_becomes_more_than_one_stroke() {
    let mut scene = Scene::with(Instrument::Draw(Tool::Pen));
    let path: Vec<_> = (0..6_000_u16)
        .map(|n| pos2(200.0 + f32::from(n % 2) * 40.0, 100.0 + f32::from(n) / 20.0))
        .collect();
    let over = path.last().copied();
    let pointer = Pointer { path, down: true, over, ..Pointer::default() };
    let told = scene.step(&pointer);
    let finished = told.iter().filter(|command| matches!(command, OnPage::Draw(..))).count();
    assert_eq!(finished, 1);
    assert!(matches!(scene.lift().as_slice(), [OnPage::Draw(..)]));
}

#[test]
fn a_stroke_as_short_as_a_frame_is_whole() {
    let mut scene = Scene::with(Instrument::Draw(Tool::Arrow));
    let path = vec![pos2(300.0, 400.0), pos2(400.0, 380.0), pos2(500.0, 360.0)];
    let flick = Pointer { path, lifted: true, tapped: true, ..Pointer::default() };
    let told = scene.step(&flick);
    let [OnPage::Draw(ink)] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!(ink.points[1], scene.place.on_page(pos2(500.0, 360.0)));
}

#[test]
fn the_way_before_the_hand_is_lifted_counts() {
    let mut scene = Scene::with(Instrument::Draw(Tool::Line));
    scene.drag(300.0, 400.0);
    let path = vec![pos2(450.0, 400.0)];
    let told = scene.step(&Pointer { path, lifted: true, ..Pointer::default() });
    let [OnPage::Draw(ink)] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!(ink.points[1], scene.place.on_page(pos2(450.0, 400.0)));
}
