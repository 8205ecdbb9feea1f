//! The player's header and its timeline. The page itself is the stage's.

use crate::command::{Deed, Play};
use crate::context::Context;
use crate::model::Player;
use crate::model::calendar::clock;
use crate::model::look::colour_of;
use crate::model::people::Person;
use crate::model::player::SPEEDS;
use crate::panels::top_bar::mark;
use crate::theme::{Tokens, size, text};
use crate::widgets::{IconButton, Tone, choice, text_button};
use egui::{
    Align, Key, Label, Layout, Rect, RichText, Sense, Stroke, Ui, UiBuilder, WidgetInfo,
    WidgetType, pos2, vec2,
};
use egui_material_icons::icons::{
    ICON_CLOSE, ICON_PAUSE, ICON_PLAY_ARROW, ICON_SKIP_NEXT, ICON_SKIP_PREVIOUS,
};
use rust_i18n::t;
use std::time::Duration;

/// How far an arrow key moves the slider.
const KEY_STEP: Duration = Duration::from_secs(5);

/// Width of the three buttons and the gaps between them, points.
const BUTTONS: f32 = size::ROUND_PAGES * 2.0 + size::ROUND + size::GAP * 2.0;

/// Rows for those who speak, so that two at once are both seen; a fourth shares the first's.
const LANES: usize = 3;

/// From one row to the next, points.
const LANE: f32 = 5.0;

/// Below this width the speeds fold away, points.
const SPEEDS_FROM: f32 = 760.0;

/// Header and timeline.
#[derive(Default, Debug)]
pub struct PlayerPanel;

impl PlayerPanel {
    /// Height of the bar with the timeline, points.
    pub const HEIGHT: f32 = 116.0;

    /// What is played, and *Close*: into the whole of `ui`, a bar of `size::TOP_BAR`.
    pub fn header(&mut self, ui: &mut Ui, cx: &mut Context<'_>) {
        let model = cx.model;
        let Some(player) = &model.player else { return };
        let t = cx.tokens;
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            ui.add_space(size::EDGE);
            mark(ui, cx);
            ui.add_space(4.0);
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = 1.0;
                ui.add_space((ui.available_height() - 38.0) / 2.0);
                let title = RichText::new(&player.meeting.title).font(text::meeting());
                ui.add(Label::new(title.color(t.text)).selectable(false).truncate());
                let about = RichText::new(about(cx, player)).font(text::second()).color(t.weak);
                ui.add(Label::new(about).selectable(false).truncate());
            });
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.add_space(size::EDGE);
                let words = t!("player.close");
                if text_button(ui, t, Some(ICON_CLOSE), &words, Tone::Plain).clicked() {
                    cx.push(Play::Close);
                }
                // Where there is little room people and chat are closed at first.
                if IconButton::deed(ui, t, Deed::ToggleSide, size::ROUND_SMALL, Tone::Bare) {
                    cx.push(Deed::ToggleSide);
                }
            });
        });
    }

    /// The timeline and its buttons: into the whole of `ui`, a bar of [`Self::HEIGHT`].
    pub fn ui(&mut self, ui: &mut Ui, cx: &mut Context<'_>) {
        let model = cx.model;
        let Some(player) = &model.player else { return };
        // The page to come is made ready, however far it is from the one on show.
        if let Some(on) = player.timeline.page_after(player.position) {
            let _ = cx.pictures.page(on);
        }
        let bar = ui.max_rect();
        let inner = bar.shrink2(vec2(size::EDGE, 0.0));
        let line = Rect::from_min_size(inner.min + vec2(0.0, 10.0), vec2(inner.width(), 40.0));
        timeline(ui, cx, player, line);
        let below = Rect::from_min_max(pos2(inner.left(), line.bottom() + 4.0), inner.max);
        let below = below.with_max_y(bar.bottom() - 10.0);
        let layout = Layout::left_to_right(Align::Center);
        ui.scope_builder(UiBuilder::new().max_rect(below).layout(layout), |ui| {
            position(ui, cx.tokens, player);
            speeds(ui, cx, player);
        });
        let middle = Rect::from_center_size(below.center(), vec2(BUTTONS, size::ROUND));
        ui.scope_builder(UiBuilder::new().max_rect(middle).layout(layout), |ui| {
            buttons(ui, cx, player);
        });
    }
}

/// "Recording · Yesterday, 14:20 · Lin Wei, Amara Okafor".
fn about(cx: &Context<'_>, player: &Player) -> String {
    let lobby = &cx.model.lobby;
    let recording = lobby.recordings.iter().find(|known| known.folder == player.folder);
    let when = recording.and_then(|r| r.started).map(|at| cx.model.calendar.words(at));
    let who = recording.and_then(|r| super::recordings::some_names(&r.members));
    let words = [Some(t!("player.recording").into_owned()), when, who];
    words.into_iter().flatten().collect::<Vec<_>>().join("  ·  ")
}

/// "12:40 / 42:13".
fn position(ui: &mut Ui, t: &Tokens, player: &Player) {
    let at = RichText::new(clock(player.position)).font(text::strong()).color(t.text);
    ui.add(Label::new(at).selectable(false));
    let of = format!("/  {}", clock(player.timeline.duration));
    let of = RichText::new(of).font(text::body()).color(t.weak);
    ui.add(Label::new(of).selectable(false));
}

fn buttons(ui: &mut Ui, cx: &mut Context<'_>, player: &Player) {
    let t = cx.tokens;
    let mut jump = |ui: &mut Ui, icon, name: &str, to: Option<Duration>| {
        let button = IconButton::round(icon, name, size::ROUND_PAGES).tone(Tone::Plain);
        let to = to.filter(|_| ui.is_enabled());
        if button.enabled(to.is_some()).show(ui, t).clicked()
            && let Some(to) = to
        {
            cx.push(Play::Seek(to));
        }
    };
    let back = player.timeline.turn_near(player.position, false);
    jump(ui, ICON_SKIP_PREVIOUS, &t!("player.page_before"), back);
    let (icon, name) = if player.playing {
        (ICON_PAUSE, t!("player.pause"))
    } else {
        (ICON_PLAY_ARROW, t!("player.play"))
    };
    let run = IconButton::round(icon, &name, size::ROUND).tone(Tone::Accent).show(ui, t).clicked();
    let on = player.timeline.turn_near(player.position, true);
    jump(ui, ICON_SKIP_NEXT, &t!("player.page_after"), on);
    if run {
        cx.push(Play::Run(!player.playing));
    }
}

fn speeds(ui: &mut Ui, cx: &mut Context<'_>, player: &Player) {
    if ui.max_rect().width() < SPEEDS_FROM {
        return;
    }
    let words = SPEEDS.map(|speed| format!("{speed}×"));
    let options: Vec<_> = SPEEDS.into_iter().zip(words.iter().map(String::as_str)).collect();
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        let name = t!("player.speed");
        if let Some(speed) = choice(ui, cx.tokens, &name, 270.0, &options, player.speed) {
            cx.push(Play::Speed(speed));
        }
    });
}

/// Who spoke when, page turns as ticks, and the place that is played; a click or a drag goes there.
fn timeline(ui: &mut Ui, cx: &mut Context<'_>, player: &Player, rect: Rect) {
    let t = cx.tokens;
    let line = &player.timeline;
    let whole = line.duration.as_secs_f64().max(0.001);
    let x_of = |at: Duration| {
        let share = (at.as_secs_f64() / whole).clamp(0.0, 1.0) as f32;
        rect.left() + rect.width() * share
    };
    let response = ui.interact(rect, ui.id().with("timeline"), Sense::click_and_drag());
    paint(ui, t, player, rect, &x_of);
    let knob = pos2(x_of(player.position), rail(rect).center().y);
    let grown = if response.hovered() || response.dragged() { 9.0 } else { 7.0 };
    ui.painter().circle(knob, grown, t.accent, Stroke::new(2.0, t.surface));
    if response.has_focus() {
        ui.painter().circle_stroke(knob, grown + 3.0, Stroke::new(2.0, t.accent));
    }
    let name = t!("player.position");
    response.widget_info(|| {
        let mut info = WidgetInfo::slider(true, player.position.as_secs_f64(), &*name);
        info.typ = WidgetType::Slider;
        info
    });
    let at_x = |x: f32| {
        let share = ((x - rect.left()) / rect.width()).clamp(0.0, 1.0);
        line.duration.mul_f64(share.into())
    };
    if let Some(pointer) = response.interact_pointer_pos()
        && (response.clicked() || response.dragged())
    {
        cx.push(Play::Seek(at_x(pointer.x)));
    }
    if response.has_focus() {
        let step = |key| ui.input_mut(|i| i.consume_key(egui::Modifiers::NONE, key));
        if step(Key::ArrowRight) {
            cx.push(Play::Seek((player.position + KEY_STEP).min(line.duration)));
        } else if step(Key::ArrowLeft) {
            cx.push(Play::Seek(player.position.saturating_sub(KEY_STEP)));
        }
    }
    if let Some(pointer) = response.hover_pos() {
        response.on_hover_text_at_pointer(tip(player, at_x(pointer.x)));
    }
}

/// "Page 7 · 12:40 · Lin Wei".
fn tip(player: &Player, at: Duration) -> String {
    let page = player.timeline.turns.iter().take_while(|(turn, _)| *turn <= at).last();
    let place = match page {
        Some((_, on)) => t!("player.page_at", page = on.page, clock = clock(at)).into_owned(),
        None => clock(at),
    };
    let speakers = player.timeline.speakers(at).map(|who| player.meeting.people.name(&who));
    std::iter::once(place).chain(speakers).collect::<Vec<_>>().join("  ·  ")
}

/// The rail within the timeline.
fn rail(rect: Rect) -> Rect {
    let middle = pos2(rect.center().x, rect.bottom() - 12.0);
    Rect::from_center_size(middle, vec2(rect.width(), 5.0))
}

fn paint(ui: &Ui, t: &Tokens, player: &Player, rect: Rect, x_of: &dyn Fn(Duration) -> f32) {
    /// A shorter span would not be seen, points.
    const LEAST: f32 = 2.0;
    let painter = ui.painter().with_clip_rect(rect.expand(10.0));
    let rail = rail(rect);
    painter.rect_filled(rail, 2.5, t.border);
    let done = rail.with_max_x(x_of(player.position));
    painter.rect_filled(done, 2.5, t.accent);
    let mut speakers = Vec::new();
    for (who, from, to) in &player.timeline.talk {
        let known = speakers.iter().position(|known| known == who);
        let lane = known.unwrap_or_else(|| {
            speakers.push(*who);
            speakers.len() - 1
        });
        let above = rail.top() - 9.0 - LANE * (lane % LANES) as f32;
        let (from, to) = (x_of(*from), x_of(*to));
        let (left, right) = (pos2(from, above - 4.0), pos2(to.max(from + LEAST), above));
        let person = player.meeting.people.get(who);
        let colour = person.map_or_else(|| colour_of(who), Person::colour);
        painter.rect_filled(Rect::from_min_max(left, right), 2.0, colour);
    }
    for (at, _) in &player.timeline.marks {
        painter.circle_filled(pos2(x_of(*at), rail.bottom() + 6.0), 1.5, t.weak);
    }
    for (at, _) in &player.timeline.turns {
        let x = x_of(*at);
        let colour = if *at <= player.position { t.accent } else { t.weak };
        painter.vline(x, rail.top() - 5.0..=rail.bottom() + 2.0, Stroke::new(1.5, colour));
    }
}
