//! Drawing on the stage: pen, laser, eraser, notes, each by hand on a made-up page.

mod paged;

use egui::{Event, Key, pos2};
use egui_kittest::kittest::Queryable;
use moot_gui::command::{Command, OnPage};
use moot_gui::model::marks::Tool;
use moot_gui::model::sample;
use moot_gui::model::tools::Instrument;
use moot_node::room::id::EntryRef;
use paged::{go, mark, page, press, stage};

#[test]
fn a_pen_stroke_is_told_while_it_is_drawn_and_when_it_is_done() {
    let mut h = stage(|m| m.tools.instrument = Instrument::Draw(Tool::Pen));
    press(&mut h, pos2(200.0, 300.0), true);
    for x in [260.0, 320.0, 380.0] {
        go(&mut h, pos2(x, 330.0));
    }
    press(&mut h, pos2(400.0, 340.0), false);
    h.step();
    let asked = h.state_mut().take();
    let told = asked.iter().filter(|c| matches!(c, Command::Page(OnPage::Drawing(0, _)))).count();
    assert!(told >= 3, "{asked:?}");
    let Some(Command::Page(OnPage::Draw(ink))) = asked.last() else { panic!("{asked:?}") };
    assert_eq!((ink.on, ink.tool), (page(7), Tool::Pen));
    // The harness leaves 8 points around, so the page is 852 wide from x = 44.
    let first = ink.points.first().expect("points");
    assert!((first.x - (156.0 / 852.0 * 10_000.0) as i32).abs() <= 2, "{first:?}");
    assert!(asked.iter().all(|c| !matches!(c, Command::Page(OnPage::Pan(_)))), "the page rests");
}

#[test]
fn who_may_not_draw_is_told_so_and_draws_nothing() {
    let mut h = stage(|m| {
        m.tools.instrument = Instrument::Draw(Tool::Pen);
        m.drawing_allowed = false;
    });
    press(&mut h, pos2(200.0, 300.0), true);
    go(&mut h, pos2(300.0, 300.0));
    press(&mut h, pos2(300.0, 300.0), false);
    h.step();
    assert!(h.state().asked.is_empty(), "{:?}", h.state().asked);
}

#[test]
fn the_laser_is_told_while_it_moves_and_when_it_goes() {
    let mut h = stage(|m| m.tools.instrument = Instrument::Laser);
    go(&mut h, pos2(300.0, 300.0));
    go(&mut h, pos2(350.0, 300.0));
    h.event(Event::PointerGone);
    h.step();
    let asked = h.state_mut().take();
    assert!(matches!(asked.first(), Some(Command::Page(OnPage::Laser(_, Some(_))))), "{asked:?}");
    assert_eq!(asked.last(), Some(&Command::Page(OnPage::Laser(page(7), None))));
}

#[test]
fn the_eraser_takes_what_it_touches() {
    let mut h = stage(|m| {
        m.tools.instrument = Instrument::Eraser;
        m.marks.add(mark(1, &[(1_000, 5_000), (9_000, 5_000)]));
        m.marks.add(mark(2, &[(1_000, 9_000), (9_000, 9_000)]));
    });
    // The page lies from 148 to 636; its middle at 392.
    press(&mut h, pos2(470.0, 330.0), true);
    go(&mut h, pos2(470.0, 392.0));
    go(&mut h, pos2(470.0, 400.0));
    press(&mut h, pos2(470.0, 400.0), false);
    let entry = EntryRef { author: sample::member(3), seq: 1 };
    assert_eq!(h.state().asked, [Command::Page(OnPage::Erase(vec![entry]))]);
}

#[test]
fn a_note_is_written_in_place() {
    let mut h = stage(|m| m.tools.instrument = Instrument::Note);
    press(&mut h, pos2(300.0, 300.0), true);
    press(&mut h, pos2(300.0, 300.0), false);
    h.run_steps(3);
    h.event(Event::Text("why noon?".into()));
    h.run_steps(2);
    assert_eq!(h.get_by_label("Text note").value().as_deref(), Some("why noon?"));
    h.key_press(Key::Enter);
    h.run_steps(2);
    let asked = h.state_mut().take();
    let [Command::Page(OnPage::Note(note))] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!((note.on, note.text.as_str()), (page(7), "why noon?"));
    assert!(h.query_by_label("Text note").is_none());
}

#[test]
fn a_note_can_be_given_up() {
    let mut h = stage(|m| m.tools.instrument = Instrument::Note);
    press(&mut h, pos2(300.0, 300.0), true);
    press(&mut h, pos2(300.0, 300.0), false);
    h.run_steps(3);
    h.event(Event::Text("oops".into()));
    h.run_steps(2);
    h.key_press(Key::Escape);
    h.run_steps(3);
    assert!(h.query_by_label("Text note").is_none());
    assert!(h.state().asked.is_empty(), "{:?}", h.state().asked);
}
