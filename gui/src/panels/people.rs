//! Who is in the meeting: one row each, with one useful second line and what can be done with them.
//! In the player: who was in it then, and nothing to be done.

use super::{room, stage};
use crate::command::{Window, WithPeople};
use crate::context::Context;
use crate::model::people::Person;
use crate::model::{MeetingView, Screen, Sheet};
use crate::theme::{size, text};
use crate::widgets::{IconButton, avatar, heading, meter, second_line};
use egui::text::{LayoutJob, TextWrapping};
use egui::{
    Align2, Button, Popup, Rect, RichText, ScrollArea, Sense, Slider, Ui, UiBuilder, WidgetInfo,
    WidgetType, pos2, vec2,
};
use egui_material_icons::icons::{ICON_BACK_HAND, ICON_MIC_OFF, ICON_MORE_VERT, ICON_VOLUME_OFF};
use moot_node::node::MemberState;
use rust_i18n::t;
use std::cmp::Reverse;

/// Rows in view before the list scrolls.
const ROWS: usize = 6;

/// The list.
#[derive(Default, Debug)]
pub struct PeoplePanel;

impl PeoplePanel {
    /// Draws it; takes the height of its rows, [`ROWS`] at most.
    pub fn ui(&mut self, ui: &mut Ui, cx: &mut Context<'_>) {
        let Some(meeting) = stage::view(cx.model) else { return };
        let people = in_order(meeting);
        ui.horizontal(|ui| {
            ui.add_space(size::INDENT);
            heading(ui, cx.tokens, &t!("people.heading"));
            second_line(ui, cx.tokens, &people.len().to_string());
        });
        waiting(ui, cx, meeting);
        if cx.model.screen == Screen::Meeting {
            room::ui(ui, cx, meeting);
        }
        let high = people.len().min(ROWS) as f32 * size::PERSON_ROW;
        let scroll =
            ScrollArea::vertical().id_salt("people").max_height(high).min_scrolled_height(high);
        ui.spacing_mut().item_spacing.y = 0.0;
        scroll.show_rows(ui, size::PERSON_ROW, people.len(), |ui, range| {
            for person in &people[range] {
                row(ui, cx, meeting, person);
            }
        });
    }
}

/// The presenter first, then raised hands in their order, then oneself, then the others by name.
fn in_order(meeting: &MeetingView) -> Vec<&Person> {
    let mut people = meeting.people.listed();
    people.sort_by_key(|person| {
        let hand = meeting.hands.iter().position(|id| *id == person.id);
        (
            Reverse(meeting.presenter == Some(person.id)),
            Reverse(hand.is_some()),
            hand,
            Reverse(person.id == meeting.me),
        )
    });
    people
}

/// "Ben waits at the door": a line that leads to the invite sheet.
fn waiting(ui: &mut Ui, cx: &mut Context<'_>, meeting: &MeetingView) {
    let waiting: Vec<_> = meeting.people.asking().map(|p| (p.id, p.name.clone())).collect();
    for (id, name) in waiting {
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new(t!("people.waits", name = name)).font(text::chat()));
            if ui.button(t!("people.admit")).clicked() {
                cx.push(WithPeople::Admit(id));
            }
            if ui.button(t!("people.refuse")).clicked() {
                cx.push(WithPeople::Refuse(id));
            }
        });
    }
}

fn row(ui: &mut Ui, cx: &mut Context<'_>, meeting: &MeetingView, person: &Person) {
    let t = cx.tokens;
    let wide = ui.available_width();
    let (rect, response) = ui.allocate_exact_size(vec2(wide, size::PERSON_ROW), Sense::click());
    let live = cx.model.screen == Screen::Meeting;
    let line = if live { second(meeting, person) } else { then(meeting, person) };
    response.widget_info(|| {
        WidgetInfo::labeled(WidgetType::Label, true, format!("{}, {}", person.name, line.words))
    });
    if !ui.is_rect_visible(rect) {
        return;
    }
    let painter = ui.painter().clone();
    let picture = pos2(rect.left() + size::AVATAR + size::INDENT, rect.center().y);
    avatar(&painter, t, picture, 1.0, person);
    let x = picture.x + size::AVATAR + 11.0;
    let room = rect.right() - 64.0 - x;
    for (y, words, font, colour) in [
        (
            -9.0,
            person.name.as_str(),
            text::strong(),
            if person.is_here() { t.text } else { t.weak },
        ),
        (9.0, &line.words, text::second(), if line.accent { t.accent } else { t.weak }),
    ] {
        let mut job = LayoutJob::simple_singleline(words.to_owned(), font, colour);
        job.wrap = TextWrapping::truncate_at_width(room);
        let laid = painter.layout_job(job);
        let at = pos2(x, rect.center().y + y - laid.size().y / 2.0);
        painter.galley(at, laid, colour);
    }
    let right = pos2(rect.right() - 8.0, rect.center().y);
    // The button stays while its menu is open: on the way there the pointer leaves the row.
    let open = Popup::is_id_open(ui.ctx(), menu(person));
    let over = open || response.hovered() || response.has_focus() || response.contains_pointer();
    if live && over {
        let menu = Rect::from_center_size(right - vec2(12.0, 0.0), vec2(32.0, 32.0));
        let mut over = ui.new_child(UiBuilder::new().max_rect(menu));
        more(&mut over, cx, meeting, person);
    } else {
        signs(&painter, cx, meeting, person, right);
    }
    if live {
        response.context_menu(|ui| choices(ui, cx, meeting, person));
    }
}

/// A person's second line: one thing only, the most useful.
struct Second {
    words: String,
    accent: bool,
}

fn second(meeting: &MeetingView, person: &Person) -> Second {
    let weak =
        |words: std::borrow::Cow<'_, str>| Second { words: words.into_owned(), accent: false };
    let accent =
        |words: std::borrow::Cow<'_, str>| Second { words: words.into_owned(), accent: true };
    let me = person.id == meeting.me;
    if person.state == MemberState::Away {
        return weak(t!("people.away"));
    }
    if meeting.presenter == Some(person.id) {
        return accent(if me { t!("people.you_present") } else { t!("people.presenting") });
    }
    if let Some(place) = meeting.hands.iter().position(|id| *id == person.id) {
        return accent(match place {
            0 => t!("people.hand"),
            n => t!("people.hand_nth", n = n + 1),
        });
    }
    if me {
        return weak(t!("people.you"));
    }
    if let Some((page, percent)) = person.getting {
        return weak(t!("people.getting_page", page = page, percent = percent));
    }
    match person.holds {
        Some((have, total)) if have >= total && total > 0 => weak(t!("people.has_all")),
        Some((have, total)) if total > 0 => {
            weak(t!("people.getting", percent = have.saturating_mul(100) / total))
        }
        _ => weak(t!("people.here")),
    }
}

/// The same of a meeting that is played: how much of a document somebody had is in no recording.
fn then(meeting: &MeetingView, person: &Person) -> Second {
    let known = second(meeting, person);
    if known.accent || !person.is_here() {
        return known;
    }
    let words = if person.level > 0 { t!("people.speaking") } else { t!("people.here") };
    Second { words: words.into_owned(), accent: false }
}

/// Level, hand, closed microphone: from the right.
fn signs(
    painter: &egui::Painter,
    cx: &Context<'_>,
    meeting: &MeetingView,
    person: &Person,
    right: egui::Pos2,
) {
    let t = cx.tokens;
    let mut x = right.x;
    let mut sign = |icon: egui_material_icons::MaterialIcon, colour| {
        let font = egui::FontId::new(18.0, icon.font_family());
        painter.text(pos2(x, right.y), Align2::RIGHT_CENTER, icon.codepoint, font, colour);
        x -= 26.0;
    };
    if person.silenced {
        sign(ICON_VOLUME_OFF, t.bad);
    } else if person.muted == Some(true) {
        sign(ICON_MIC_OFF, t.weak);
    } else if person.is_here() {
        meter(painter, t, pos2(x, right.y), person.level);
        x -= 28.0;
    }
    if meeting.hands.contains(&person.id) {
        let font = egui::FontId::new(18.0, ICON_BACK_HAND.font_family());
        let at = pos2(x, right.y);
        painter.text(at, Align2::RIGHT_CENTER, ICON_BACK_HAND.codepoint, font, t.hand);
    }
}

fn more(ui: &mut Ui, cx: &mut Context<'_>, meeting: &MeetingView, person: &Person) {
    let name = t!("people.more", name = person.name);
    let button = IconButton::round(ICON_MORE_VERT, &name, 32.0).show(ui, cx.tokens);
    Popup::menu(&button).id(menu(person)).show(|ui| choices(ui, cx, meeting, person));
}

/// The name of a person's menu: by it one knows that it is open before its button is drawn.
fn menu(person: &Person) -> egui::Id {
    egui::Id::new(("more", person.id))
}

/// What can be done with somebody.
fn choices(ui: &mut Ui, cx: &mut Context<'_>, meeting: &MeetingView, person: &Person) {
    ui.set_min_width(220.0);
    let id = person.id;
    if id == meeting.me {
        ui.label(RichText::new(t!("people.this_is_you")).color(cx.tokens.weak));
        room::field(ui, cx, meeting);
        return;
    }
    let mut volume = person.volume;
    ui.horizontal(|ui| {
        ui.label(t!("people.volume"));
        let slider = Slider::new(&mut volume, 0..=200).suffix(" %");
        let slider = ui.add(slider);
        slider.widget_info(|| {
            WidgetInfo::slider(true, f64::from(volume), t!("people.volume").into_owned())
        });
    });
    if volume != person.volume {
        cx.push(WithPeople::Volume(id, volume));
    }
    let item = |ui: &mut Ui, words: &str, enabled: bool| {
        ui.add_enabled(enabled, Button::new(words).min_size(vec2(220.0, 32.0)).frame(false))
            .clicked()
    };
    let silence = if person.silenced { t!("people.unsilence") } else { t!("people.silence") };
    if item(ui, &silence, true) {
        cx.push(WithPeople::Silence(id, !person.silenced));
        ui.close();
    }
    if item(ui, &t!("people.give_floor"), meeting.presenting() && person.is_here()) {
        cx.push(WithPeople::Give(id));
        ui.close();
    }
    if item(ui, &t!("people.compare"), true) {
        cx.push(WithPeople::Compare(id));
        cx.push(Window::Sheet(Some(Sheet::Invite)));
        ui.close();
    }
    if item(ui, &t!("people.remove"), true) {
        cx.push(Window::Sheet(Some(Sheet::ConfirmRemove(id))));
        ui.close();
    }
}
