//! The top bar: which meeting, how it stands, and what is about the window.

use crate::command::{Deed, WithPeople};
use crate::context::Context;
use crate::model::MeetingView;
use crate::theme::{Weight, size, text};
use crate::widgets::{Chip, IconButton, Tone, chip, text_button};
use egui::{Align, Align2, CornerRadius, Label, Layout, RichText, Sense, Ui, vec2};
use egui_material_icons::icons::ICON_PERSON_ADD;
use rust_i18n::t;

/// The bar.
#[derive(Default, Debug)]
pub struct TopBar;

impl TopBar {
    /// Draws it into the whole of `ui`.
    pub fn ui(&mut self, ui: &mut Ui, cx: &mut Context<'_>) {
        let Some(meeting) = &cx.model.meeting else { return };
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            ui.add_space(size::EDGE);
            mark(ui, cx);
            ui.add_space(4.0);
            title(ui, cx, meeting);
            if meeting.recorded() {
                recording_chip(ui, cx, meeting);
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.add_space(size::EDGE);
                buttons(ui, cx, meeting);
            });
        });
    }
}

/// Two dots in a rounded square: two laptops, no server between them.
pub fn mark(ui: &mut Ui, cx: &Context<'_>) {
    const SIDE: f32 = 34.0;
    let t = cx.tokens;
    let (rect, _) = ui.allocate_exact_size(vec2(SIDE, SIDE), Sense::hover());
    let painter = ui.painter();
    painter.rect_filled(rect, CornerRadius::same(9), t.accent);
    let middle = rect.center();
    painter.circle_filled(middle - vec2(5.0, 0.0), 5.5, t.on_accent);
    let pale = t.on_accent.gamma_multiply(0.7);
    painter.circle_filled(middle + vec2(6.0, 0.0), 5.5, pale);
}

fn title(ui: &mut Ui, cx: &Context<'_>, meeting: &MeetingView) {
    ui.vertical(|ui| {
        ui.spacing_mut().item_spacing.y = 1.0;
        ui.add_space((ui.available_height() - 38.0) / 2.0);
        let name = RichText::new(&meeting.title).font(text::meeting()).color(cx.tokens.text);
        ui.add(Label::new(name).selectable(false).truncate());
        let status = RichText::new(status(cx, meeting)).font(text::second()).color(cx.tokens.weak);
        ui.add(Label::new(status).selectable(false).truncate());
    });
}

/// "6 people · in this room, no server · 42 min".
fn status(cx: &Context<'_>, meeting: &MeetingView) -> String {
    let here = meeting.people.here();
    let people = match here {
        0 | 1 if meeting.cut_off() => t!("bar.cut_off"),
        0 | 1 => t!("bar.alone"),
        n => t!("bar.people", n = n),
    };
    // Minutes, not seconds: a ticking clock would draw a frame each second of a silent meeting.
    let minutes = ((cx.model.now - meeting.entered) / 60.0).max(0.0) as u64;
    let lasted = match minutes {
        0 => t!("bar.just_begun").into_owned(),
        1..60 => t!("bar.minutes", n = minutes).into_owned(),
        _ => t!("bar.hours", h = minutes / 60, m = format!("{:02}", minutes % 60)).into_owned(),
    };
    let place = if meeting.demo { t!("bar.demo") } else { t!("bar.no_server") };
    format!("{people}  ·  {place}  ·  {lasted}")
}

fn recording_chip(ui: &mut Ui, cx: &mut Context<'_>, meeting: &MeetingView) {
    let names: Vec<_> = meeting
        .people
        .everybody()
        .filter(|person| person.recording)
        .map(|person| meeting.people.name(&person.id))
        .collect();
    let by = if names.is_empty() { t!("bar.you").into_owned() } else { names.join(", ") };
    ui.add_space(8.0);
    let look = Chip::bad(cx.tokens);
    let tip = t!("bar.recorded_by", names = by);
    let clicked = chip(ui, look, &t!("bar.recording")).on_hover_text(tip).clicked();
    if clicked && meeting.sound.recording {
        cx.push(Deed::ToggleRecording);
    }
}

/// From the right: Invite, settings, theme, record, draw permission.
fn buttons(ui: &mut Ui, cx: &mut Context<'_>, meeting: &MeetingView) {
    let t = cx.tokens;
    let waiting = meeting.people.asking().count();
    let words = t!("deed.invite");
    let invite = text_button(ui, t, Some(ICON_PERSON_ADD), &words, Tone::Accent);
    if waiting > 0 {
        let at = invite.rect.right_top() + vec2(-4.0, 4.0);
        ui.painter().circle_filled(at, 9.0, t.bad);
        let font = Weight::SemiBold.at(11.0);
        ui.painter().text(at, Align2::CENTER_CENTER, waiting.to_string(), font, t.surface);
    }
    if invite.on_hover_text(Deed::Invite.tip()).clicked() {
        cx.push(Deed::Invite);
    }
    ui.add_space(4.0);
    for deed in [Deed::Settings, Deed::ToggleTheme, Deed::Search] {
        if IconButton::deed(ui, t, deed, size::ROUND_SMALL, Tone::Bare) {
            cx.push(deed);
        }
    }
    let record = Deed::ToggleRecording;
    let name = if meeting.sound.recording { t!("bar.stop_recording") } else { record.text() };
    let mut button = IconButton::round(record.icon(), &name, size::ROUND_SMALL).tip(record.hint());
    if meeting.sound.recording {
        button = button.tint(t.bad);
    }
    if button.show(ui, t).clicked() {
        cx.push(record);
    }
    if meeting.presenting() {
        use egui_material_icons::icons::{ICON_DRAW, ICON_EDIT_OFF};
        let allowed = meeting.drawing_allowed;
        let (icon, name) = if allowed {
            (ICON_DRAW, t!("bar.forbid_drawing"))
        } else {
            (ICON_EDIT_OFF, t!("bar.allow_drawing"))
        };
        if IconButton::round(icon, &name, size::ROUND_SMALL).show(ui, t).clicked() {
            cx.push(WithPeople::AllowDrawing(!allowed));
        }
    }
}
