//! Join by link or by the text of a QR code.

use super::reading::{DIGITS, code_in, link_in};
use super::{Place, Wish, entering_at, is_free, standing};
use crate::command::Enter;
use crate::context::Context;
use crate::theme::text;
use crate::widgets::{Tone, card, field, paragraph, problem, split, text_button};
use egui::{Key, Label, RichText, Ui, WidgetInfo, WidgetType};
use moot_node::room::link::{Link, ParseLinkError};
use rust_i18n::t;

/// The form's state.
#[derive(Default, Debug)]
pub(super) struct ByLink {
    text: String,
    /// Join was pressed with what can't be used: say so until it changes.
    told: bool,
}

impl ByLink {
    pub(super) fn ui(
        &mut self,
        ui: &mut Ui,
        cx: &mut Context<'_>,
        asked: Option<Place>,
    ) -> Option<Wish> {
        let t = cx.tokens;
        card(ui, t, |ui| {
            let heading = RichText::new(t!("lobby.by_link")).font(text::meeting()).color(t.text);
            ui.add(Label::new(heading).selectable(false));
            paragraph(ui, t, &t!("lobby.by_link_hint"));
            ui.add_space(2.0);
            let pressed = self.row(ui, cx);
            let read = link_in(&self.text);
            if let Some(Ok(Link { title: Some(title), .. })) = &read {
                paragraph(ui, t, &t!("lobby.link_to", title = title));
            }
            if self.told
                && let Some(why) = unusable(&self.text, read.as_ref())
            {
                problem(ui, t, &why);
            }
            if let Some(entering) = entering_at(cx, asked, Place::Link) {
                ui.add_space(4.0);
                standing::ui(ui, cx, entering);
            }
            if !pressed {
                return None;
            }
            match read {
                Some(Ok(link)) => {
                    self.told = false;
                    Some(Wish { place: Place::Link, enter: Enter::Link(link.to_string()) })
                }
                _ => {
                    self.told = true;
                    None
                }
            }
        })
        .inner
    }

    /// Field and button; true when one of them was used to join.
    fn row(&mut self, ui: &mut Ui, cx: &Context<'_>) -> bool {
        /// A text button's padding and the gap before it, points.
        const AROUND: f32 = 36.0;
        let t = cx.tokens;
        let words = t!("lobby.join").into_owned();
        let wide = ui.painter().layout_no_wrap(words.clone(), text::strong(), t.text).size().x;
        let edit = |ui: &mut Ui| {
            let edit = field(ui, t, &mut self.text, &t!("lobby.link_name"), "moot://…");
            if edit.changed() {
                self.told = false;
            }
            let entered = edit.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
            (entered, !self.text.trim().is_empty())
        };
        let (entered, pressed) = split(ui, wide + AROUND, edit, |ui| {
            ui.add_enabled_ui(is_free(cx), |ui| {
                let button = text_button(ui, t, None, &words, Tone::Plain);
                let (name, enabled) = (t!("lobby.join_link"), ui.is_enabled());
                button.widget_info(|| WidgetInfo::labeled(WidgetType::Button, enabled, &*name));
                button.clicked()
            })
            .inner
        });
        let (entered, written) = entered;
        is_free(cx) && (pressed || entered && written)
    }
}

/// Why the text can't be used, and what to do.
fn unusable(text: &str, read: Option<&Result<Link, ParseLinkError>>) -> Option<String> {
    let words = match read {
        Some(Ok(_)) => return None,
        Some(Err(ParseLinkError::TooLarge)) => t!("lobby.link_too_long"),
        Some(Err(_)) => t!("lobby.link_damaged"),
        None if code_in(text).len() == DIGITS => t!("lobby.link_is_code"),
        None => t!("lobby.link_none"),
    };
    Some(words.into_owned())
}
