//! The pill above the page: who presents, whether page and voice are in step; or, for somebody who
//! has leafed away, where the presenter is, and the way back.

use crate::command::Deed;
use crate::context::Context;
use crate::model::meeting::InStep;
use crate::model::people::Person;
use crate::model::{MeetingView, Screen};
use crate::panels::bottom_bar;
use crate::theme::{Tokens, pill_shadow, size, text};
use crate::widgets::avatar;
use egui::{
    Color32, Galley, Pos2, Rect, Sense, Stroke, StrokeKind, Ui, WidgetInfo, WidgetType, pos2, vec2,
};
use moot_node::node::MemberState;
use rust_i18n::t;
use std::borrow::Cow;
use std::sync::Arc;

/// Height, points.
const HIGH: f32 = 37.0;

/// Radius of the presenter's picture in it.
const FACE: f32 = 12.0;

/// What the pill shows, from left to right.
struct Words<'a> {
    face: Option<Person>,
    main: Cow<'a, str>,
    /// With a dot before it.
    second: Option<(Color32, Cow<'a, str>)>,
    deed: Option<(Deed, Cow<'a, str>)>,
}

/// Draws it around `middle`.
pub(super) fn ui(ui: &mut Ui, cx: &mut Context<'_>, view: &MeetingView, middle: Pos2) {
    let t = cx.tokens;
    let live = cx.model.screen == Screen::Meeting;
    let mut words = words(view, t, live);
    // A bar with room for it tells how near one is; the stage does where the bar has none.
    let near = view.stage.zoom != 1.0 && !bottom_bar::tells_zoom(ui.ctx());
    if near && words.deed.is_none() {
        words.deed = Some((Deed::FitPage, bottom_bar::percent(view.stage.zoom).into()));
    }
    let lay =
        |words: &str, colour| ui.painter().layout_no_wrap(words.to_owned(), text::chip(), colour);
    let main = lay(&words.main, t.text);
    let second = words.second.as_ref().map(|(dot, words)| (*dot, lay(words, t.weak)));
    let deed = words.deed.as_ref().map(|(deed, words)| (*deed, lay(words, t.accent)));

    let before = if words.face.is_some() { 8.0 + 2.0 * FACE + 8.0 } else { 16.0 };
    let wide = before
        + main.size().x
        + second.as_ref().map_or(0.0, |(_, words)| 12.0 + 26.0 + words.size().x)
        + deed.as_ref().map_or(16.0, |(_, words)| 12.0 + 14.0 + words.size().x + 16.0);
    let pill = Rect::from_center_size(middle, vec2(wide, HIGH));
    let painter = ui.painter();
    painter.add(pill_shadow(t).as_shape(pill, HIGH / 2.0));
    painter.rect_filled(pill, HIGH / 2.0, t.surface);
    painter.rect_stroke(pill, HIGH / 2.0, Stroke::new(1.0, t.border), StrokeKind::Inside);
    // Clicks on it do not draw on the page below.
    let response = ui.interact(pill, ui.id().with("pill"), Sense::click_and_drag());
    let said = match &words.second {
        Some((_, second)) => format!("{} · {second}", words.main),
        None => words.main.clone().into_owned(),
    };
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, &said));

    let y = middle.y;
    if let Some(face) = &words.face {
        let at = pos2(pill.left() + 8.0 + FACE, y);
        avatar(painter, t, at, FACE / size::AVATAR, face);
    }
    let mut x = pill.left() + before;
    x = put(ui, x, y, main, t.text);
    if let Some((dot, words)) = second {
        x = part(ui, t, x, y);
        ui.painter().circle_filled(pos2(x + 4.0, y), 3.5, dot);
        x = put(ui, x + 14.0, y, words, t.weak);
    }
    if let Some((deed, words)) = deed {
        x = part(ui, t, x, y);
        button(ui, cx, Rect::from_min_max(pos2(x - 12.0, pill.top()), pill.max), deed, words, x);
    }
}

fn words<'a>(view: &'a MeetingView, t: &Tokens, live: bool) -> Words<'a> {
    if view.stage.strayed() {
        let deed = Some((Deed::Follow, t!("stage.back")));
        return Words { face: None, main: elsewhere(view), second: None, deed };
    }
    let Some(presenter) = view.presenter else {
        let deed = live.then(|| (Deed::Present, Deed::Present.text()));
        return Words { face: None, main: t!("stage.nobody_presents"), second: None, deed };
    };
    // Without the ring that tells who speaks: the list of people has it.
    let face = Person::new(presenter, view.people.name(&presenter), MemberState::Here);
    let (main, second) = if live && presenter == view.me {
        (t!("stage.you_present"), None)
    } else {
        let name = one_script(&face.name);
        let second = live.then(|| in_step(view.step, t)).flatten();
        (t!("stage.presents", name = name), second)
    };
    Words { face: Some(face), main, second, deed: None }
}

/// "The presenter is on 7", and of which document when it is another one.
fn elsewhere(view: &MeetingView) -> Cow<'_, str> {
    let stage = &view.stage;
    let Some(shown) = stage.shown else { return t!("stage.presenter_shows_nothing") };
    let same = stage.page().is_some_and(|page| page.document == shown.document);
    match stage.document(shown.document) {
        Some(document) if !same => {
            t!("stage.presenter_is_in", page = shown.page, document = document.name)
        }
        _ => t!("stage.presenter_is_on", page = shown.page),
    }
}

fn in_step(step: InStep, t: &Tokens) -> Option<(Color32, Cow<'static, str>)> {
    match step {
        InStep::NoSound => None,
        InStep::InStep(_) => Some((t.good, t!("stage.in_step"))),
        InStep::Off(ms) => Some((t.hand, t!("stage.off_step", ms = ms.abs().round() as u32))),
    }
}

/// The name in one script where it is given in two: "Lin Wei" of "Lin Wei 林伟".
pub(super) fn one_script(name: &str) -> String {
    // U+2E80 on: CJK radicals, kana, ideographs.
    let first: Vec<_> =
        name.split_whitespace().filter(|word| word.chars().all(|c| c < '\u{2E80}')).collect();
    if first.is_empty() { name.to_owned() } else { first.join(" ") }
}

/// A line between two parts; returns where the next begins.
fn part(ui: &Ui, t: &Tokens, x: f32, y: f32) -> f32 {
    ui.painter().vline(x + 12.0, y - 8.0..=y + 8.0, Stroke::new(1.0, t.border));
    x + 24.0
}

fn put(ui: &Ui, x: f32, y: f32, words: Arc<Galley>, colour: Color32) -> f32 {
    let size = words.size();
    ui.painter().galley(pos2(x, y - size.y / 2.0), words, colour);
    x + size.x
}

fn button(ui: &Ui, cx: &mut Context<'_>, rect: Rect, deed: Deed, words: Arc<Galley>, x: f32) {
    let response = ui.interact(rect, ui.id().with("pill deed"), Sense::click());
    let name = words.text().to_owned();
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Button, true, &name));
    let ring = response.hovered() || response.has_focus();
    let colour = if ring { cx.tokens.text } else { cx.tokens.accent };
    let size = words.size();
    let at = pos2(x, rect.center().y - size.y / 2.0);
    ui.painter().galley_with_override_text_color(at, words, colour);
    let response = response.on_hover_text(deed.tip());
    if response.clicked() {
        cx.push(deed);
    }
}

#[cfg(test)]
mod tests {
    use super::one_script;

    #[test]
    fn a_name_in_two_scripts_is_short_in_the_pill() {
        assert_eq!(one_script("Lin Wei 林伟"), "Lin Wei");
        assert_eq!(one_script("张敏"), "张敏");
        assert_eq!(one_script("Tomás Rivera"), "Tomás Rivera");
    }
}
