//! What is said in writing.

use super::stage;
use crate::command::{Command, Window};
use crate::context::Context;
use crate::model::Screen;
use crate::model::chat::Line;
use crate::theme::{Tokens, size, text};
use crate::widgets::{IconButton, Tone, field, heading};
use egui::{Align, Color32, Frame, Key, Label, Layout, Margin, RichText, ScrollArea, Ui};
use egui_material_icons::icons::ICON_SEND;
use rust_i18n::t;

/// From a name to its words, and from line to line of one person, points.
const WITHIN: f32 = 5.0;

/// From one person's lines to the next one's, points.
const BETWEEN: f32 = 16.0;

/// Height of a row of words, points: 13.5 letters with air (design.md, Type).
const ROW: f32 = 18.5;

/// The conversation and the line being written.
#[derive(Default, Debug)]
pub struct ChatPanel {
    line: String,
}

impl ChatPanel {
    /// Draws it; takes all the height there is. In the player there is nothing to write.
    pub fn ui(&mut self, ui: &mut Ui, cx: &mut Context<'_>) {
        let Some(view) = stage::view(cx.model) else { return };
        if !view.chat.in_view {
            cx.push(Window::ChatInView(true));
        }
        ui.horizontal(|ui| {
            ui.add_space(size::INDENT);
            heading(ui, cx.tokens, &t!("chat.heading"));
        });
        if cx.model.screen == Screen::Player {
            return conversation(ui, cx);
        }
        ui.with_layout(Layout::bottom_up(Align::Min), |ui| {
            ui.add_space(6.0);
            self.writing(ui, cx);
            ui.add_space(8.0);
            ui.with_layout(Layout::top_down(Align::Min), |ui| conversation(ui, cx));
        });
    }

    fn writing(&mut self, ui: &mut Ui, cx: &mut Context<'_>) {
        ui.horizontal(|ui| {
            let room = ui.available_width() - size::ROUND_SMALL - size::GAP;
            let name = t!("chat.message");
            let hint = t!("chat.hint");
            let edit = ui
                .allocate_ui(egui::vec2(room, size::FIELD), |ui| {
                    field(ui, cx.tokens, &mut self.line, &name, &hint)
                })
                .inner;
            let send = IconButton::round(ICON_SEND, &t!("chat.send"), size::ROUND_SMALL)
                .tone(if self.line.trim().is_empty() { Tone::Plain } else { Tone::Accent })
                .show(ui, cx.tokens)
                .clicked();
            let entered = edit.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
            if (send || entered) && !self.line.trim().is_empty() {
                cx.push(Command::Say(std::mem::take(&mut self.line).trim().to_owned()));
                edit.request_focus();
            }
        });
    }
}

fn conversation(ui: &mut Ui, cx: &mut Context<'_>) {
    let Some(meeting) = stage::view(cx.model) else { return };
    if meeting.chat.lines.is_empty() {
        ui.horizontal(|ui| {
            ui.add_space(size::INDENT);
            ui.label(RichText::new(t!("chat.empty")).font(text::chat()).color(cx.tokens.weak));
        });
        return;
    }
    let t = cx.tokens;
    let mut browse = None;
    let scroll = ScrollArea::vertical().id_salt("chat").stick_to_bottom(true).auto_shrink(false);
    scroll.show(ui, |ui| {
        // Rows as high as their words: nothing in them is a button.
        ui.spacing_mut().interact_size.y = 0.0;
        ui.spacing_mut().item_spacing.y = WITHIN;
        let inset = Margin { left: size::INDENT as i8, right: size::GAP as i8, top: 0, bottom: 0 };
        Frame::NONE.inner_margin(inset).show(ui, |ui| {
            let mut above: Option<&Line> = None;
            for line in &meeting.chat.lines {
                let same = above.is_some_and(|above| {
                    above.entry.author == line.entry.author
                        && above.guest == line.guest
                        && line.came - above.came < 120.0
                });
                if !same {
                    let id = &line.entry.author;
                    let colour = meeting
                        .people
                        .get(id)
                        .map_or(t.weak, super::super::model::people::Person::colour);
                    ui.add_space(if above.is_some() { BETWEEN - WITHIN } else { 4.0 });
                    let name = meeting.people.name(id);
                    let (name, colour) = match &line.guest {
                        Some(guest) => (t!("chat.guest", guest = guest, name = name), t.weak),
                        None => (name.into(), colour),
                    };
                    who(ui, t, &name, colour, line.clock.as_deref());
                }
                if let Some(address) = words(ui, t, &line.text) {
                    browse = Some(address);
                }
                above = Some(line);
            }
        });
    });
    if let Some(address) = browse {
        cx.push(Window::Browse(address));
    }
}

/// "Zhang Min 张敏  10:31".
fn who(ui: &mut Ui, t: &Tokens, name: &str, colour: Color32, clock: Option<&str>) {
    // Names are mixed 45 % to white in the dark theme, to be read on it (design.md, Colours).
    let colour = if t.dark { colour.lerp_to_gamma(Color32::WHITE, 0.45) } else { colour };
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        ui.add(Label::new(RichText::new(name).font(text::chip()).color(colour)).truncate());
        if let Some(clock) = clock {
            ui.label(RichText::new(clock).font(text::stamp()).color(t.weak));
        }
    });
}

/// The line's words, web addresses among them as links; tells which was clicked.
fn words(ui: &mut Ui, t: &Tokens, line: &str) -> Option<String> {
    if !line.contains("://") {
        let words = RichText::new(line).font(text::chat()).color(t.text).line_height(Some(ROW));
        ui.add(Label::new(words).wrap());
        return None;
    }
    let mut clicked = None;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 3.5;
        for part in parts(line) {
            let words = RichText::new(part).font(text::chat()).line_height(Some(ROW));
            if is_address(part) {
                if ui.link(words.color(t.accent)).on_hover_text(part).clicked() {
                    clicked = Some(part.to_owned());
                }
            } else {
                ui.label(words.color(t.text));
            }
        }
    });
    clicked
}

/// How an address begins that a browser opens.
const SCHEMES: [&str; 2] = ["https://", "http://"];

fn is_address(part: &str) -> bool {
    SCHEMES.iter().any(|scheme| part.starts_with(scheme))
}

/// Addresses, and what is between them.
fn parts(line: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = line;
    while let Some(start) = SCHEMES.iter().filter_map(|scheme| rest.find(scheme)).min() {
        let (words, from) = rest.split_at(start);
        let (address, after) = from.split_at(from.find(char::is_whitespace).unwrap_or(from.len()));
        parts.extend([words.trim(), address]);
        rest = after;
    }
    parts.push(rest.trim());
    parts.retain(|part| !part.is_empty());
    parts
}

#[cfg(test)]
mod tests {
    use super::parts;

    #[test]
    fn addresses_are_told_from_words() {
        assert_eq!(
            parts("see https://moot.example/a?b=1 and 第二 http://x.example"),
            ["see", "https://moot.example/a?b=1", "and 第二", "http://x.example"]
        );
        assert_eq!(parts("(http://x.example/"), ["(", "http://x.example/"]);
        assert_eq!(parts("ftp://no.example"), ["ftp://no.example"]);
    }
}
