//! Meetings this laptop was in: the interrupted one first and large, the others in a list.

use super::{BETWEEN, Place, Wish, entering_at, is_free, standing};
use crate::command::Enter;
use crate::context::Context;
use crate::model::lobby::EarlierMeeting;
use crate::panels::recordings::some_names;
use crate::theme::{size, text};
use crate::widgets::{IconButton, Tone, card, heading, lasting, split, text_button, tinted_card};
use egui::{Label, RichText, Sense, Stroke, Ui, WidgetInfo, WidgetType, vec2};
use egui_material_icons::icons::{ICON_CLOSE, ICON_RESTORE};
use rust_i18n::t;

/// How many are listed until all are asked for.
const AT_FIRST: usize = 4;

/// The list's state.
#[derive(Default, Debug)]
pub(super) struct Earlier {
    all: bool,
}

impl Earlier {
    /// The meeting that ended without a good-bye: a crash, a pulled plug, a closed lid.
    pub(super) fn interrupted(
        &mut self,
        ui: &mut Ui,
        cx: &mut Context<'_>,
        asked: Option<Place>,
    ) -> Option<Wish> {
        let model = cx.model;
        let meeting = model.lobby.earlier.iter().find(|meeting| meeting.interrupted)?;
        let t = cx.tokens;
        let line = t.accent_soft.lerp_to_gamma(t.accent, 0.35);
        let shown = tinted_card(ui, t.accent_soft, line, |ui| {
            if let Some(entering) = entering_at(cx, asked, Place::Earlier(meeting.id)) {
                standing::ui(ui, cx, entering);
                return false;
            }
            let words = |ui: &mut Ui| {
                let words = t!("lobby.interrupted", title = meeting.title);
                let words = RichText::new(words).font(text::meeting()).color(t.text);
                ui.add(Label::new(words).selectable(false).wrap());
                let words = t!("lobby.interrupted_hint");
                let words = RichText::new(words).font(text::chat()).color(t.text);
                ui.add(Label::new(words).selectable(false).wrap());
            };
            let button = |ui: &mut Ui| continue_button(ui, cx, meeting, Tone::Accent);
            split(ui, 140.0, words, button).1
        });
        ui.add_space(BETWEEN);
        shown.inner.then(|| wish(meeting))
    }

    /// The others, the latest first.
    pub(super) fn ui(
        &mut self,
        ui: &mut Ui,
        cx: &mut Context<'_>,
        asked: Option<Place>,
    ) -> Option<Wish> {
        let model = cx.model;
        let first = model.lobby.earlier.iter().position(|meeting| meeting.interrupted);
        let others: Vec<_> = model
            .lobby
            .earlier
            .iter()
            .enumerate()
            .filter(|(n, _)| Some(*n) != first)
            .map(|(_, meeting)| meeting)
            .collect();
        if others.is_empty() {
            return None;
        }
        let t = cx.tokens;
        ui.add_space(BETWEEN);
        heading(ui, t, &t!("lobby.earlier"));
        ui.add_space(4.0);
        let mut wish = None;
        card(ui, t, |ui| {
            let most = if self.all { others.len() } else { AT_FIRST };
            ui.spacing_mut().item_spacing.y = 10.0;
            for (n, meeting) in others.iter().take(most).enumerate() {
                if n > 0 {
                    let (line, _) =
                        ui.allocate_exact_size(vec2(ui.available_width(), 1.0), Sense::hover());
                    let stroke = Stroke::new(1.0, t.border);
                    ui.painter().hline(line.x_range(), line.center().y, stroke);
                }
                if lasting(ui, ("earlier", meeting.id), |ui| row(ui, cx, meeting, asked)) {
                    wish = Some(self::wish(meeting));
                }
            }
            if others.len() > most {
                let words = t!("lobby.earlier_all", n = others.len());
                if text_button(ui, t, None, &words, Tone::Plain).clicked() {
                    self.all = true;
                }
            }
        });
        wish
    }
}

fn wish(meeting: &EarlierMeeting) -> Wish {
    Wish { place: Place::Earlier(meeting.id), enter: Enter::Continue(meeting.id) }
}

/// One meeting; true when it is to be continued.
fn row(ui: &mut Ui, cx: &mut Context<'_>, meeting: &EarlierMeeting, asked: Option<Place>) -> bool {
    let t = cx.tokens;
    if let Some(entering) = entering_at(cx, asked, Place::Earlier(meeting.id)) {
        standing::ui(ui, cx, entering);
        return false;
    }
    let words = |ui: &mut Ui| {
        ui.spacing_mut().item_spacing.y = 3.0;
        let title = RichText::new(&meeting.title).font(text::strong()).color(t.text);
        ui.add(Label::new(title).selectable(false).truncate());
        let about = RichText::new(about(cx, meeting)).font(text::second()).color(t.weak);
        ui.add(Label::new(about).selectable(false).truncate());
    };
    let (_, (forgotten, pressed)) = split(ui, 160.0, words, |ui| {
        let name = t!("lobby.forget", title = meeting.title);
        let forget = IconButton::round(ICON_CLOSE, &name, size::ROUND_SMALL);
        let forgotten = forget.tip(t!("lobby.forget_hint")).show(ui, t).clicked();
        (forgotten, continue_button(ui, cx, meeting, Tone::Plain))
    });
    if forgotten {
        cx.push(Enter::Forget(meeting.id));
    }
    pressed
}

fn continue_button(ui: &mut Ui, cx: &Context<'_>, meeting: &EarlierMeeting, tone: Tone) -> bool {
    ui.add_enabled_ui(is_free(cx), |ui| {
        let words = t!("lobby.continue");
        let icon = (tone == Tone::Accent).then_some(ICON_RESTORE);
        let button = text_button(ui, cx.tokens, icon, &words, tone);
        let name = format!("{words}: {}", meeting.title);
        let enabled = ui.is_enabled();
        button.widget_info(|| WidgetInfo::labeled(WidgetType::Button, enabled, &name));
        button.clicked()
    })
    .inner
}

/// "Yesterday, 14:20  ·  Lin Wei, Amara Okafor".
fn about(cx: &Context<'_>, meeting: &EarlierMeeting) -> String {
    let when = meeting.last_used.map(|at| cx.model.calendar.words(at));
    when.into_iter().chain(some_names(&meeting.members)).collect::<Vec<_>>().join("  ·  ")
}
