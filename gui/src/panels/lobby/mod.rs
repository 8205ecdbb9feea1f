//! The lobby: what is before a meeting. Two columns where there is room, one where there is not.
//!
//! On the left what others do (meetings found, earlier ones), on the right what this person can do
//! (say who they are, start a meeting, join by a link, try it alone). Whoever sees it for the first
//! time is in a meeting with two clicks and a code: Join, the code, Join.

mod code_field;
mod earlier;
mod found;
mod header;
mod link;
mod nothing;
mod reading;
mod standing;
mod start;
mod you;

use crate::command::{Enter, Window};
use crate::context::Context;
use crate::model::lobby::Entering;
use crate::panels::recordings::RecordingsPanel;
use crate::settings::Settings;
use crate::theme::size;
use crate::widgets::lasting;
use egui::{Align, CentralPanel, Frame, Layout, Panel, ScrollArea, Ui, vec2};
use moot_node::room::id::MeetingId;

/// Below this width there is one column, points: two of them would be too narrow for a card.
const ONE_COLUMN: f32 = size::NARROWER;

/// The widest that both columns become together, points.
const WIDEST: f32 = 1120.0;

/// The right column's width, points.
const RIGHT: f32 = 400.0;

/// Between the columns, and at the edges, points.
const AIR: f32 = 32.0;

/// Between cards, points.
const BETWEEN: f32 = 16.0;

/// What fills the lobby.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Tab {
    #[default]
    Meetings,
    Recordings,
}

/// Where on the screen somebody asked to be let in: how it stands is shown there.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Place {
    Found(MeetingId),
    Earlier(MeetingId),
    Start,
    Link,
    Demo,
}

/// What a part of the lobby asks for.
struct Wish {
    place: Place,
    enter: Enter,
}

/// The lobby.
#[derive(Default, Debug)]
pub struct LobbyPanel {
    tab: Tab,
    you: you::You,
    found: found::Found,
    earlier: earlier::Earlier,
    start: start::Start,
    link: link::ByLink,
    recordings: RecordingsPanel,
    /// Where the last wish came from.
    asked: Option<Place>,
}

impl LobbyPanel {
    /// Draws it into the whole of `ui`.
    pub fn ui(&mut self, ui: &mut Ui, cx: &mut Context<'_>) {
        let bar = Frame::NONE.fill(cx.tokens.surface);
        Panel::top("lobby bar")
            .exact_size(size::TOP_BAR)
            .frame(bar)
            .resizable(false)
            .show(ui, |ui| header::ui(ui, cx, &mut self.tab));
        let canvas = Frame::NONE.fill(cx.tokens.canvas);
        CentralPanel::no_frame().frame(canvas).show(ui, |ui| match self.tab {
            Tab::Meetings => self.meetings(ui, cx),
            Tab::Recordings => {
                scrolled(ui, "recordings", 860.0, |ui, _| self.recordings.ui(ui, cx));
            }
        });
    }

    fn meetings(&mut self, ui: &mut Ui, cx: &mut Context<'_>) {
        let mut settings = cx.model.settings.clone();
        let before = cx.commands.len();
        let mut wish = None;
        scrolled(ui, "meetings", WIDEST, |ui, wide| {
            ui.spacing_mut().item_spacing = vec2(size::GAP, size::GAP);
            if ui.ctx().content_rect().width() < ONE_COLUMN {
                lasting(ui, "you", |ui| self.you.ui(ui, cx, &mut settings));
                ui.add_space(BETWEEN);
                keep(&mut wish, self.left(ui, cx));
                ui.add_space(BETWEEN);
                keep(&mut wish, self.right(ui, cx, &mut settings));
                return;
            }
            ui.with_layout(Layout::left_to_right(Align::Min), |ui| {
                ui.spacing_mut().item_spacing.x = 0.0;
                column(ui, wide - RIGHT - AIR, |ui| keep(&mut wish, self.left(ui, cx)));
                ui.add_space(AIR);
                column(ui, RIGHT, |ui| {
                    lasting(ui, "you", |ui| self.you.ui(ui, cx, &mut settings));
                    ui.add_space(BETWEEN);
                    keep(&mut wish, self.right(ui, cx, &mut settings));
                });
            });
        });
        if let Some(wish) = wish {
            self.ask(wish, cx, &mut settings);
        }
        // Before what was asked for in this frame, which needs them.
        if settings != cx.model.settings {
            cx.commands.insert(before, Window::Settings(Box::new(settings)).into());
        }
    }

    fn left(&mut self, ui: &mut Ui, cx: &mut Context<'_>) -> Option<Wish> {
        let mut wish = None;
        let entering = cx.model.lobby.entering.as_ref();
        if let Some(entering) = entering.filter(|_| !self.place_is_in_view(cx)) {
            crate::widgets::card(ui, cx.tokens, |ui| standing::ui(ui, cx, entering));
            ui.add_space(BETWEEN);
        }
        keep(&mut wish, self.earlier.interrupted(ui, cx, self.asked));
        keep(&mut wish, self.found.ui(ui, cx, self.asked));
        keep(&mut wish, self.earlier.ui(ui, cx, self.asked));
        wish
    }

    fn right(
        &mut self,
        ui: &mut Ui,
        cx: &mut Context<'_>,
        settings: &mut Settings,
    ) -> Option<Wish> {
        let mut wish = None;
        let asked = self.asked;
        keep(&mut wish, lasting(ui, "start", |ui| self.start.ui(ui, cx, settings, asked)));
        ui.add_space(BETWEEN);
        keep(&mut wish, lasting(ui, "link", |ui| self.link.ui(ui, cx, asked)));
        ui.add_space(BETWEEN);
        keep(&mut wish, lasting(ui, "alone", |ui| start::alone(ui, cx, asked)));
        wish
    }

    /// Passes a wish on, once the person has said who they are: others must know who knocks.
    fn ask(&mut self, wish: Wish, cx: &mut Context<'_>, settings: &mut Settings) {
        self.you.finish(settings);
        if settings.name.trim().is_empty() && wish.place != Place::Demo {
            self.you.ask_for_name();
            return;
        }
        self.asked = Some(wish.place);
        cx.push(wish.enter);
    }

    /// Whether the card that was asked on is still there to show how it stands.
    fn place_is_in_view(&self, cx: &Context<'_>) -> bool {
        let lobby = &cx.model.lobby;
        match self.asked {
            None => false,
            Some(Place::Found(id)) => lobby.found.iter().any(|meeting| meeting.id == id),
            Some(Place::Earlier(id)) => lobby.earlier.iter().any(|meeting| meeting.id == id),
            Some(Place::Start | Place::Link | Place::Demo) => true,
        }
    }
}

/// How entering stands, where it was asked for at this place.
fn entering_at<'a>(cx: &Context<'a>, asked: Option<Place>, place: Place) -> Option<&'a Entering> {
    cx.model.lobby.entering.as_ref().filter(|_| asked == Some(place))
}

/// Nothing else can be asked for while a meeting is being entered.
fn is_free(cx: &Context<'_>) -> bool {
    use crate::model::lobby::EnteringState;
    let entering = cx.model.lobby.entering.as_ref();
    entering.is_none_or(|entering| matches!(entering.state, EnteringState::Failed { .. }))
}

fn keep(wish: &mut Option<Wish>, found: Option<Wish>) {
    if found.is_some() {
        *wish = found;
    }
}

/// A column of this width.
fn column(ui: &mut Ui, wide: f32, add: impl FnOnce(&mut Ui)) {
    ui.allocate_ui_with_layout(vec2(wide, 0.0), Layout::top_down(Align::Min), |ui| {
        ui.set_width(wide);
        ui.spacing_mut().item_spacing = vec2(size::GAP, size::GAP);
        add(ui);
    });
}

/// A scrolled column in the middle, at most `widest` wide.
fn scrolled(ui: &mut Ui, id: &str, widest: f32, add: impl FnOnce(&mut Ui, f32)) {
    ScrollArea::vertical().id_salt(id).auto_shrink(false).show(ui, |ui| {
        let edge = if ui.available_width() < ONE_COLUMN { size::EDGE } else { AIR };
        let wide = (ui.available_width() - edge * 2.0).min(widest);
        let left = (ui.available_width() - wide) / 2.0;
        ui.add_space(edge);
        ui.with_layout(Layout::left_to_right(Align::Min), |ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            ui.add_space(left);
            column(ui, wide, |ui| add(ui, wide));
        });
        ui.add_space(edge);
    });
}
