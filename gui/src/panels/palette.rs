//! All commands, found by typing; and all keys on one sheet.

use crate::command::{Deed, Window};
use crate::context::Context;
use crate::theme::{Tokens, radius, text};
use crate::widgets::opened_field;
use egui::{
    Align, Key, Label, Layout, RichText, ScrollArea, Sense, Stroke, StrokeKind, Ui, WidgetInfo,
    WidgetType, vec2,
};
use rust_i18n::t;

/// Between the two columns of keys, points.
const COLUMNS_APART: f32 = 40.0;

/// Height, and least width, of a key, points.
const KEY: f32 = 24.0;

/// The palette.
#[derive(Default, Debug)]
pub struct Palette {
    query: String,
    at: usize,
    /// It has been opened: the field gets the keyboard once.
    opened: bool,
}

impl Palette {
    /// Draws it into its sheet.
    pub fn ui(&mut self, ui: &mut Ui, cx: &mut Context<'_>) {
        let (name, hint) = (t!("palette.name"), t!("palette.hint"));
        let opened = !std::mem::replace(&mut self.opened, true);
        let edit = opened_field(ui, cx.tokens, opened, &mut self.query, &name, &hint);
        if edit.changed() {
            self.at = 0;
        }
        let found: Vec<_> =
            Deed::all().filter(|deed| deed.fits(cx.model) && fits(*deed, &self.query)).collect();
        self.step(ui, found.len());
        let entered = ui.input(|input| input.key_pressed(Key::Enter));
        let mut chosen = found.get(self.at).copied().filter(|_| entered);
        ui.add_space(8.0);
        ScrollArea::vertical().max_height(380.0).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for (n, deed) in found.iter().enumerate() {
                let row = line(ui, cx.tokens, *deed, n == self.at);
                if n == self.at && (entered || ui.input(|i| i.key_pressed(Key::ArrowDown))) {
                    row.scroll_to_me(None);
                }
                if row.clicked() {
                    chosen = Some(*deed);
                }
            }
            if found.is_empty() {
                ui.label(RichText::new(t!("palette.nothing")).color(cx.tokens.weak));
            }
        });
        if let Some(deed) = chosen {
            *self = Self::default();
            cx.push(Window::Sheet(None));
            cx.push(deed);
        }
    }

    /// Forgets what was typed, when it was closed another way.
    pub fn close(&mut self) {
        *self = Self::default();
    }

    fn step(&mut self, ui: &Ui, found: usize) {
        let (down, up) = ui.input(|i| (i.key_pressed(Key::ArrowDown), i.key_pressed(Key::ArrowUp)));
        let last = found.saturating_sub(1);
        self.at = match (down, up) {
            (true, false) => (self.at + 1).min(last),
            (false, true) => self.at.saturating_sub(1),
            _ => self.at.min(last),
        };
    }
}

/// Whether each typed word is in the deed's words.
fn fits(deed: Deed, query: &str) -> bool {
    let words = format!("{} {}", deed.text(), deed.hint()).to_lowercase();
    query.to_lowercase().split_whitespace().all(|word| words.contains(word))
}

fn line(ui: &mut Ui, t: &Tokens, deed: Deed, chosen: bool) -> egui::Response {
    let wide = ui.available_width();
    let (rect, response) = ui.allocate_exact_size(vec2(wide, 40.0), Sense::click());
    if chosen || response.hovered() {
        let fill = if chosen { t.accent_soft } else { t.raised };
        ui.painter().rect_filled(rect, f32::from(radius::BUTTON), fill);
    }
    let name = deed.text();
    response.widget_info(|| WidgetInfo::selected(WidgetType::SelectableLabel, true, chosen, &name));
    let inside = rect.shrink2(vec2(10.0, 0.0));
    let mut row = ui.new_child(
        egui::UiBuilder::new().max_rect(inside).layout(Layout::left_to_right(Align::Center)),
    );
    row.label(deed.icon().rich_text().size(19.0).color(t.weak));
    row.label(RichText::new(&*name).font(text::strong()).color(t.text));
    row.with_layout(Layout::right_to_left(Align::Center), |ui| {
        if let Some(keys) = deed.keys().first() {
            ui.label(RichText::new(keys.words()).font(text::second()).color(t.weak));
        }
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            let hint = RichText::new(deed.hint()).font(text::second()).color(t.weak);
            ui.add(Label::new(hint).truncate());
        });
    });
    response
}

/// All keys, in two columns.
pub fn shortcuts(ui: &mut Ui, t: &Tokens) {
    let mut rows: Vec<(String, Vec<String>)> = Deed::all()
        .filter(|deed| !deed.keys().is_empty())
        .map(|deed| {
            let keys = deed.keys().iter().map(|keys| keys.words()).collect();
            (deed.text().into_owned(), keys)
        })
        .collect();
    rows.push((t!("palette.hold_space").into_owned(), vec![t!("palette.space").into_owned()]));
    let half = rows.len().div_ceil(2);
    let wide = (ui.available_width() - COLUMNS_APART) / 2.0;
    ui.spacing_mut().item_spacing.y = 0.0;
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = COLUMNS_APART;
        for half in rows.chunks(half) {
            ui.vertical(|ui| {
                ui.set_width(wide);
                half.iter().for_each(|(name, keys)| shortcut(ui, t, name, keys));
            });
        }
    });
}

/// A name, and its keys at the right end.
fn shortcut(ui: &mut Ui, t: &Tokens, name: &str, keys: &[String]) {
    let room = vec2(ui.available_width(), 33.0);
    ui.allocate_ui_with_layout(room, Layout::right_to_left(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        for words in keys.iter().rev() {
            let laid = ui.painter().layout_no_wrap(words.clone(), text::chip(), t.text);
            let wide = (laid.size().x + 14.0).max(KEY);
            let (rect, response) = ui.allocate_exact_size(vec2(wide, KEY), Sense::hover());
            let line = Stroke::new(1.0, t.border);
            let round = f32::from(radius::THUMBNAIL);
            ui.painter().rect(rect, round, t.raised, line, StrokeKind::Inside);
            ui.painter().galley(rect.center() - laid.size() / 2.0, laid, t.text);
            response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, words));
        }
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            let name = RichText::new(name).font(text::body()).color(t.text);
            ui.add(Label::new(name).selectable(false).truncate());
        });
    });
}
