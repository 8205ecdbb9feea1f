//! The room one sits in: what is on there and why, in one line; or the room that is suggested.

use crate::command::InRoom;
use crate::context::Context;
use crate::model::MeetingView;
use crate::theme::{size, text};
use egui::{Id, RichText, TextEdit, Ui, WidgetInfo, WidgetType};
use moot_node::room::id::MemberId;
use moot_node::room::stanza::RoomName;
use rust_i18n::t;

/// Draws it below the heading of the people; nothing where there is no room to speak of.
pub(super) fn ui(ui: &mut Ui, cx: &mut Context<'_>, meeting: &MeetingView) {
    let mut buttons = Vec::new();
    let words = match (&meeting.room.room, &meeting.room_suggested) {
        (Some(room), _) => {
            let ours = meeting.room.loudspeaker == Some(meeting.me);
            if !meeting.room.mates.is_empty() && !meeting.room.headphones && !ours {
                buttons.push((t!("room.play_here"), InRoom::PlayHere));
            }
            buttons.push(match meeting.room.headphones {
                true => (t!("room.no_headphones"), InRoom::Headphones(false)),
                false => (t!("room.headphones"), InRoom::Headphones(true)),
            });
            buttons.push((t!("room.leave"), InRoom::Sit(None)));
            line(meeting, room)
        }
        (None, Some((room, people))) => {
            buttons.push((t!("room.yes"), InRoom::Sit(Some(room.clone()))));
            buttons.push((t!("room.no"), InRoom::Sit(None)));
            t!("room.suggested", people = names(meeting, people)).into_owned()
        }
        (None, None) => return,
    };
    ui.horizontal_wrapped(|ui| {
        ui.add_space(size::INDENT);
        ui.label(RichText::new(words).font(text::second()).color(cx.tokens.weak));
        for (words, command) in buttons {
            if ui.small_button(words).clicked() {
                cx.push(command);
            }
        }
    });
}

/// A field in one's own menu: the name of the room one sits in.
pub(super) fn field(ui: &mut Ui, cx: &mut Context<'_>, meeting: &MeetingView) {
    let id = Id::new("room's name");
    let now = || meeting.room.room.as_ref().map_or("", RoomName::as_str).to_owned();
    let mut name = ui.data_mut(|data| data.get_temp::<String>(id)).unwrap_or_else(now);
    ui.label(t!("room.field"));
    let hint = t!("room.field_hint");
    let field = ui.add(TextEdit::singleline(&mut name).hint_text(hint.as_ref()));
    field.widget_info(|| WidgetInfo::labeled(WidgetType::TextEdit, true, t!("room.field")));
    let room = RoomName::new(&name);
    ui.data_mut(|data| data.insert_temp(id, name));
    if ui.add_enabled(room.is_some(), egui::Button::new(t!("room.sit"))).clicked() {
        cx.push(InRoom::Sit(room));
        ui.data_mut(|data| data.remove_temp::<String>(id));
        ui.close();
    }
}

/// What is on, and why.
fn line(meeting: &MeetingView, room: &RoomName) -> String {
    let state = &meeting.room;
    let room = room.as_str();
    if state.mates.is_empty() {
        return t!("room.alone", room = room).into_owned();
    }
    if state.headphones {
        return t!("room.with_headphones", room = room).into_owned();
    }
    let plays = match state.loudspeaker {
        None => t!("room.plays_nowhere"),
        Some(id) if id == meeting.me => t!("room.plays_here"),
        Some(id) => t!("room.plays_there", name = name(meeting, &id)),
    };
    let open = match state.microphone {
        None => t!("room.open_none"),
        Some(id) if id == meeting.me => t!("room.open_here"),
        Some(id) => t!("room.open_there", name = name(meeting, &id)),
    };
    let people = names(meeting, &state.mates);
    t!("room.line", room = room, people = people, plays = plays, open = open).into_owned()
}

fn names(meeting: &MeetingView, people: &[MemberId]) -> String {
    people.iter().map(|id| name(meeting, id)).collect::<Vec<_>>().join(", ")
}

fn name(meeting: &MeetingView, id: &MemberId) -> String {
    let person = meeting.people.get(id).filter(|person| !person.name.is_empty());
    person.map_or_else(|| id.short(), |person| person.name.clone())
}
