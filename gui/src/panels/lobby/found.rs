//! Meetings on this network: a card each, with Join in place.

use super::code_field::CodeField;
use super::{Place, Wish, entering_at, is_free, nothing, standing};
use crate::command::Enter;
use crate::context::Context;
use crate::model::lobby::{Entering, EnteringState, FoundMeeting};
use crate::theme::{Tokens, text};
use crate::widgets::{
    Chip, Tone, card, faces, lasting, paragraph, problem, split, tag, text_button,
};
use egui::{Label, RichText, Ui, WidgetInfo, WidgetType};
use egui_material_icons::icons::ICON_ARROW_FORWARD;
use moot_node::room::id::MeetingId;
use moot_node::room::stanza::JoinPolicy;
use rust_i18n::t;

/// Pictures of people on a card.
const FACES: usize = 4;

/// Names on a card; the others are counted.
const NAMES: usize = 2;

/// The list's state.
#[derive(Default, Debug)]
pub(super) struct Found {
    /// The meeting whose code is being typed.
    typing: Option<(MeetingId, CodeField)>,
}

impl Found {
    pub(super) fn ui(
        &mut self,
        ui: &mut Ui,
        cx: &mut Context<'_>,
        asked: Option<Place>,
    ) -> Option<Wish> {
        let t = cx.tokens;
        let title = RichText::new(t!("lobby.found")).font(text::title()).color(t.text);
        ui.add(Label::new(title).selectable(false).wrap());
        paragraph(ui, t, &t!("lobby.found_hint"));
        ui.add_space(8.0);
        let model = cx.model;
        if model.lobby.found.is_empty() {
            nothing::ui(ui, cx);
            return None;
        }
        let mut wish = None;
        for meeting in &model.lobby.found {
            let asks = lasting(ui, meeting.id, |ui| self.meeting(ui, cx, meeting, asked));
            wish = wish.or(asks);
            ui.add_space(4.0);
        }
        wish
    }

    fn meeting(
        &mut self,
        ui: &mut Ui,
        cx: &mut Context<'_>,
        meeting: &FoundMeeting,
        asked: Option<Place>,
    ) -> Option<Wish> {
        let entering = entering_at(cx, asked, Place::Found(meeting.id));
        card(ui, cx.tokens, |ui| {
            let pressed = self.headline(ui, cx, meeting, entering);
            let mut wish = pressed.then(|| self.pressed(meeting)).flatten();
            match entering.map(|entering| &entering.state) {
                None => {}
                Some(EnteringState::Failed { problem: why, code: true }) => {
                    ui.add_space(8.0);
                    problem(ui, cx.tokens, why);
                    if self.code_of(meeting.id).is_none() {
                        self.typing = Some((meeting.id, CodeField::ready()));
                    }
                }
                Some(_) => {
                    ui.add_space(10.0);
                    standing::ui(ui, cx, entering?);
                    // What was typed is on its way; a wrong one is not offered again.
                    self.typing.take_if(|(id, _)| *id == meeting.id);
                    return None;
                }
            }
            wish = wish.or(self.typed(ui, cx, meeting, entering));
            wish
        })
        .inner
    }

    /// Title, people, policy and Join; true when Join was pressed.
    fn headline(
        &self,
        ui: &mut Ui,
        cx: &Context<'_>,
        meeting: &FoundMeeting,
        entering: Option<&Entering>,
    ) -> bool {
        const BUTTON_ROOM: f32 = 118.0;
        let t = cx.tokens;
        let mut pressed = false;
        let typing = self.typing.as_ref().is_some_and(|(id, _)| *id == meeting.id);
        split(
            ui,
            BUTTON_ROOM,
            |ui| {
                ui.spacing_mut().interact_size.y = 22.0;
                title(ui, t, meeting);
                people(ui, t, meeting);
            },
            |ui| {
                if typing || entering.is_some() {
                    return;
                }
                ui.add_enabled_ui(is_free(cx), |ui| {
                    let words = if meeting.member { t!("lobby.rejoin") } else { t!("lobby.join") };
                    let icon = Some(ICON_ARROW_FORWARD);
                    let button = text_button(ui, t, icon, &words, Tone::Accent);
                    let name = format!("{words}: {}", meeting.title);
                    let enabled = ui.is_enabled();
                    button.widget_info(|| WidgetInfo::labeled(WidgetType::Button, enabled, &name));
                    pressed = button.clicked();
                });
            },
        );
        pressed
    }

    /// Join was pressed: at once, or once the code is typed.
    fn pressed(&mut self, meeting: &FoundMeeting) -> Option<Wish> {
        if meeting.join == JoinPolicy::Code && !meeting.member {
            self.typing = Some((meeting.id, CodeField::ready()));
            return None;
        }
        self.typing = None;
        Some(join(meeting, None))
    }

    /// The code field, where it is open; the wish once the code is whole and Join pressed.
    fn typed(
        &mut self,
        ui: &mut Ui,
        cx: &Context<'_>,
        meeting: &FoundMeeting,
        entering: Option<&Entering>,
    ) -> Option<Wish> {
        let t = cx.tokens;
        let wrong = entering.is_some();
        let code = self.code_of(meeting.id)?;
        ui.add_space(10.0);
        let words = if wrong { t!("lobby.code_again") } else { t!("lobby.code_hint") };
        paragraph(ui, t, &words);
        ui.add_space(2.0);
        let (entered, pressed, given_up) = ui
            .horizontal_wrapped(|ui| {
                let entered = code.ui(ui, t, &t!("lobby.code"), wrong);
                ui.add_space(4.0);
                let whole = code.code().is_some();
                let pressed = ui
                    .add_enabled_ui(whole, |ui| {
                        text_button(ui, t, None, &t!("lobby.join"), Tone::Accent).clicked()
                    })
                    .inner;
                let cancel = text_button(ui, t, None, &t!("lobby.cancel"), Tone::Bare);
                (entered, pressed, cancel.clicked())
            })
            .inner;
        let code = code.code();
        if given_up {
            self.typing = None;
        }
        let code = code.filter(|_| entered || pressed)?;
        self.typing = None;
        Some(join(meeting, Some(code)))
    }

    fn code_of(&mut self, meeting: MeetingId) -> Option<&mut CodeField> {
        self.typing.as_mut().filter(|(id, _)| *id == meeting).map(|(_, code)| code)
    }
}

fn join(meeting: &FoundMeeting, code: Option<String>) -> Wish {
    let enter = Enter::Join { meeting: meeting.id, title: meeting.title.clone(), code };
    Wish { place: Place::Found(meeting.id), enter }
}

fn title(ui: &mut Ui, t: &Tokens, meeting: &FoundMeeting) {
    /// Room for the longest policy, points.
    const POLICY: f32 = 130.0;
    ui.horizontal(|ui| {
        let title = RichText::new(&meeting.title).font(text::meeting()).color(t.text);
        let policy = policy_words(meeting);
        let room = (ui.available_width() - POLICY).max(80.0);
        ui.scope(|ui| {
            ui.set_max_width(room);
            ui.add(Label::new(title).selectable(false).truncate());
        });
        let look = if meeting.member { Chip::accent(t) } else { Chip::plain(t) };
        tag(ui, look, &policy);
    });
}

/// "Lin Wei, Amara Okafor and 4 others".
fn people(ui: &mut Ui, t: &Tokens, meeting: &FoundMeeting) {
    ui.horizontal(|ui| {
        let named = meeting.people.len();
        if named > 0 {
            faces(ui, t, &meeting.people, FACES, t.surface);
        }
        let names = meeting.people[..named.min(NAMES)].join(&t!("lobby.comma"));
        let words = match meeting.count.saturating_sub(named.min(NAMES)) {
            0 => names,
            n if named == 0 => t!("lobby.count", n = n).into_owned(),
            1 => t!("lobby.and_one", names = names).into_owned(),
            n => t!("lobby.and_others", names = names, n = n).into_owned(),
        };
        let words = RichText::new(words).font(text::chat()).color(t.weak);
        ui.add(Label::new(words).selectable(false).truncate());
    });
}

fn policy_words(meeting: &FoundMeeting) -> String {
    match meeting.join {
        _ if meeting.member => t!("lobby.you_were_in"),
        JoinPolicy::Code => t!("lobby.needs_code"),
        JoinPolicy::Open => t!("lobby.is_open"),
        JoinPolicy::Ask => t!("lobby.asks"),
    }
    .into_owned()
}
