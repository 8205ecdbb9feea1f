//! Invite: the code in large type, QR and link, who waits at the door, and six digits to compare.

use crate::command::{Window, WithPeople};
use crate::context::Context;
use crate::model::MeetingView;
use crate::model::people::Person;
use crate::theme::{Tokens, Weight, radius, text};
use crate::widgets::{Tone, avatar, heading, paragraph, text_button};
use egui::{
    Align, Align2, Color32, Frame, Label, Layout, Margin, Rect, RichText, Sense, Ui, Vec2,
    WidgetInfo, WidgetType, pos2, vec2,
};
use egui_material_icons::icons::{ICON_CHECK, ICON_CONTENT_COPY, ICON_SHIELD_LOCK};
use moot_node::room::id::MemberId;
use moot_node::room::stanza::JoinPolicy;
use qrcode::{EcLevel, QrCode};
use rust_i18n::t;

/// The QR code's side with its quiet zone, points.
const QR: f32 = 208.0;

/// The quiet zone: four modules on each side (ISO/IEC 18004 §9.1).
const QUIET: usize = 4;

/// The sheet's state.
#[derive(Default, Debug)]
pub struct InvitePanel {
    /// The QR code of this link, drawn once.
    qr: Option<(String, Option<Modules>)>,
    /// The digits to compare are in view.
    comparing: bool,
}

/// A QR code's dark modules, row by row.
#[derive(Debug)]
struct Modules {
    side: usize,
    dark: Vec<bool>,
}

impl InvitePanel {
    /// Draws it into its sheet.
    pub fn ui(&mut self, ui: &mut Ui, cx: &mut Context<'_>) {
        let model = cx.model;
        let Some(meeting) = &model.meeting else { return };
        at_the_door(ui, cx, meeting);
        ui.horizontal_top(|ui| {
            self.qr(ui, cx, meeting);
            ui.add_space(16.0);
            let room = vec2(ui.available_width(), 0.0);
            ui.allocate_ui_with_layout(room, Layout::top_down(Align::Min), |ui| {
                ui.set_width(room.x);
                way_in(ui, cx, meeting);
            });
        });
        ui.add_space(14.0);
        link(ui, cx, meeting);
        ui.add_space(14.0);
        self.compare(ui, cx, meeting);
    }

    fn qr(&mut self, ui: &mut Ui, cx: &Context<'_>, meeting: &MeetingView) {
        let link = &meeting.link;
        if self.qr.as_ref().is_none_or(|(drawn, _)| drawn != link) {
            self.qr = Some((link.clone(), Modules::of(link)));
        }
        let modules = self.qr.as_ref().and_then(|(_, modules)| modules.as_ref());
        let (rect, response) = ui.allocate_exact_size(Vec2::splat(QR), Sense::hover());
        // Always dark on white, whatever the theme: many cameras read no other.
        ui.painter().rect_filled(rect, f32::from(radius::FIELD), Color32::WHITE);
        let line = egui::Stroke::new(1.0, cx.tokens.border);
        let corner = f32::from(radius::FIELD);
        ui.painter().rect_stroke(rect, corner, line, egui::StrokeKind::Outside);
        match modules {
            Some(modules) => modules.paint(ui, rect),
            None => {
                let words = t!("invite.no_qr");
                let words =
                    ui.painter().layout(words.into(), text::second(), cx.tokens.weak, QR - 32.0);
                let at = Align2::CENTER_CENTER.align_size_within_rect(words.size(), rect);
                ui.painter().galley(at.min, words, Color32::DARK_GRAY);
            }
        }
        let name = t!("invite.qr");
        response.widget_info(|| WidgetInfo::labeled(WidgetType::Image, true, &*name));
    }

    fn compare(&mut self, ui: &mut Ui, cx: &mut Context<'_>, meeting: &MeetingView) {
        let t = cx.tokens;
        let others: Vec<&Person> =
            meeting.people.listed().into_iter().filter(|person| person.id != meeting.me).collect();
        if others.is_empty() {
            return;
        }
        if !self.comparing {
            let words = t!("invite.compare");
            if text_button(ui, t, Some(ICON_SHIELD_LOCK), &words, Tone::Plain).clicked() {
                self.comparing = true;
            }
            return;
        }
        heading(ui, t, &t!("invite.compare"));
        paragraph(ui, t, &t!("invite.compare_hint"));
        ui.add_space(4.0);
        for person in others {
            row(ui, cx, meeting, person, |ui, cx| match meeting.compare.get(&person.id) {
                Some(digits) => {
                    let digits = RichText::new(spaced(digits)).font(Weight::SemiBold.at(20.0));
                    ui.add(Label::new(digits.color(t.text)).selectable(true));
                }
                None => {
                    let words = t!("invite.show_digits");
                    let button = text_button(ui, t, None, &words, Tone::Plain);
                    named(ui, &button, &words, &meeting.people.name(&person.id));
                    if button.clicked() {
                        cx.push(WithPeople::Compare(person.id));
                    }
                }
            });
        }
    }
}

impl Modules {
    /// The QR code of a link; `None` when it is longer than a QR code holds.
    fn of(link: &str) -> Option<Self> {
        // Screens are clean: the lowest level of correction gives the largest modules.
        let code = QrCode::with_error_correction_level(link, EcLevel::L).ok()?;
        let dark = code.to_colors().into_iter().map(|c| c == qrcode::Color::Dark).collect();
        Some(Self { side: code.width(), dark })
    }

    fn paint(&self, ui: &Ui, rect: Rect) {
        let whole = (self.side + QUIET * 2) as f32;
        // Whole pixels: a module that is a fraction of one blurs.
        let pixels = ui.ctx().pixels_per_point();
        let module = ((rect.width() * pixels / whole).floor() / pixels).max(1.0 / pixels);
        let drawn = module * self.side as f32;
        let corner = rect.center() - Vec2::splat(drawn / 2.0);
        let corner =
            pos2((corner.x * pixels).round() / pixels, (corner.y * pixels).round() / pixels);
        for (y, row) in self.dark.chunks(self.side).enumerate() {
            // Neighbours in a row are one rectangle: fewer shapes, and no seams between them.
            let mut x = 0;
            while x < row.len() {
                let run = row[x..].iter().take_while(|dark| **dark).count();
                if run > 0 {
                    let from = corner + vec2(x as f32, y as f32) * module;
                    let size = vec2(run as f32, 1.0) * module;
                    ui.painter().rect_filled(Rect::from_min_size(from, size), 0.0, Color32::BLACK);
                }
                x += run.max(1);
            }
        }
    }
}

/// How others get in: the code in large type, or what they must do without one.
fn way_in(ui: &mut Ui, cx: &mut Context<'_>, meeting: &MeetingView) {
    let t = cx.tokens;
    let title = &meeting.title;
    let words = match (meeting.join, &meeting.code) {
        (JoinPolicy::Code, Some(code)) => {
            let label = RichText::new(t!("invite.code")).font(text::second()).color(t.weak);
            ui.add(Label::new(label).selectable(false));
            let large = RichText::new(code).font(Weight::SemiBold.at(46.0)).color(t.text);
            ui.add(Label::new(large.extra_letter_spacing(1.5)).selectable(true).extend());
            if copy_button(ui, t, &t!("invite.copy_code")) {
                cx.push(Window::Copy(code.clone()));
            }
            ui.add_space(4.0);
            t!("invite.by_code", title = title)
        }
        (JoinPolicy::Code, None) => t!("invite.code_soon"),
        (JoinPolicy::Open, _) => t!("invite.by_open", title = title),
        (JoinPolicy::Ask, _) => t!("invite.by_ask", title = title),
    };
    if meeting.join != JoinPolicy::Code {
        let large = match meeting.join {
            JoinPolicy::Open => t!("invite.open"),
            _ => t!("invite.ask"),
        };
        let large = RichText::new(large).font(text::title()).color(t.text);
        ui.add(Label::new(large).selectable(false).wrap());
    }
    paragraph(ui, t, &words);
    paragraph(ui, t, &t!("invite.by_qr"));
}

fn link(ui: &mut Ui, cx: &mut Context<'_>, meeting: &MeetingView) {
    let t = cx.tokens;
    heading(ui, t, &t!("invite.link"));
    paragraph(ui, t, &t!("invite.link_hint"));
    ui.horizontal(|ui| {
        let words = t!("invite.copy_link");
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if copy_button(ui, t, &words) {
                cx.push(Window::Copy(meeting.link.clone()));
            }
            let frame = Frame::NONE
                .fill(t.raised)
                .corner_radius(radius::BUTTON)
                .inner_margin(Margin::symmetric(12, 9));
            frame.show(ui, |ui| {
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    let link = RichText::new(&meeting.link).font(text::chat()).color(t.weak);
                    ui.add(Label::new(link).truncate());
                });
            });
        });
    });
}

/// Who waits to be let in, first of all: they see a spinner.
fn at_the_door(ui: &mut Ui, cx: &mut Context<'_>, meeting: &MeetingView) {
    let t = cx.tokens;
    let waiting: Vec<&Person> = meeting.people.asking().collect();
    if waiting.is_empty() {
        return;
    }
    let frame = Frame::NONE
        .fill(t.accent_soft)
        .corner_radius(radius::FIELD)
        .inner_margin(Margin::symmetric(14, 12));
    frame.show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        heading(ui, t, &t!("invite.at_the_door"));
        for person in waiting {
            row(ui, cx, meeting, person, |ui, cx| {
                let words = t!("invite.admit");
                let admit = text_button(ui, t, Some(ICON_CHECK), &words, Tone::Accent);
                named(ui, &admit, &words, &meeting.people.name(&person.id));
                let words = t!("invite.refuse");
                let refuse = text_button(ui, t, None, &words, Tone::Bare);
                named(ui, &refuse, &words, &meeting.people.name(&person.id));
                if admit.clicked() {
                    cx.push(WithPeople::Admit(person.id));
                } else if refuse.clicked() {
                    cx.push(WithPeople::Refuse(person.id));
                }
            });
        }
    });
    ui.add_space(14.0);
}

/// A person with something at the right end.
fn row(
    ui: &mut Ui,
    cx: &mut Context<'_>,
    meeting: &MeetingView,
    person: &Person,
    end: impl FnOnce(&mut Ui, &mut Context<'_>),
) {
    let t = cx.tokens;
    let room = vec2(ui.available_width(), 44.0);
    ui.allocate_ui_with_layout(room, Layout::right_to_left(Align::Center), |ui| {
        end(ui, cx);
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            let (rect, _) = ui.allocate_exact_size(Vec2::splat(34.0), Sense::hover());
            // Who waits is not here yet, and yet at the door: not faded.
            let here = Person { state: moot_node::node::MemberState::Here, ..person.clone() };
            avatar(ui.painter(), t, rect.center(), 0.94, &here);
            ui.add_space(2.0);
            let name = RichText::new(name(meeting, &person.id)).font(text::strong()).color(t.text);
            ui.add(Label::new(name).selectable(false).truncate());
        });
    });
}

fn name(meeting: &MeetingView, id: &MemberId) -> String {
    meeting.people.name(id)
}

/// "Let in: Priya Kaur", for screen readers: several buttons have the same words.
fn named(ui: &Ui, button: &egui::Response, words: &str, name: &str) {
    let enabled = ui.is_enabled();
    button.widget_info(|| {
        WidgetInfo::labeled(WidgetType::Button, enabled, format!("{words}: {name}"))
    });
}

fn copy_button(ui: &mut Ui, t: &Tokens, words: &str) -> bool {
    text_button(ui, t, Some(ICON_CONTENT_COPY), words, Tone::Plain).clicked()
}

/// "481 203".
fn spaced(digits: &str) -> String {
    match digits.split_at_checked(3) {
        Some((first, second)) if digits.len() == 6 => format!("{first} {second}"),
        _ => digits.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_becomes_a_square_with_its_three_corners() {
        let modules = Modules::of("moot://ab").expect("short enough");
        assert_eq!(modules.dark.len(), modules.side * modules.side);
        assert!(modules.dark[..7].iter().all(|dark| *dark), "the finder pattern's edge");
        assert!(!modules.dark[7], "its separator");
        assert!(Modules::of(&"x".repeat(3000)).is_none(), "longer than a QR code holds");
    }

    #[test]
    fn six_digits_are_read_in_two_groups() {
        assert_eq!(spaced("481203"), "481 203");
        assert_eq!(spaced("12"), "12");
    }
}
