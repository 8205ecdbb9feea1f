//! Settings: who you are, look and words, recording, sound and levels, network, folder.

mod sound;

use crate::command::Window;
use crate::context::Context;
use crate::settings::{Language, Settings, ThemeChoice};
use crate::theme::{Tokens, size, text};
use crate::widgets::{Tone, choice, field, heading, paragraph, switch, text_button};
use egui::{Align, Layout, Sense, Stroke, Ui, WidgetInfo, WidgetType, vec2};
use moot_node::limits::NAME_CHARS;
use rust_i18n::t;
use std::path::PathBuf;

/// The sheet's state: what stands in its fields until the keyboard leaves them.
#[derive(Default, Debug)]
pub struct SettingsPanel {
    drafts: Option<Drafts>,
}

#[derive(Debug)]
struct Drafts {
    name: String,
    source: String,
    interface: String,
    data: String,
}

impl SettingsPanel {
    /// Draws it into its sheet.
    pub fn ui(&mut self, ui: &mut Ui, cx: &mut Context<'_>) {
        let before = &cx.model.settings;
        let mut settings = before.clone();
        let drafts = self.drafts.get_or_insert_with(|| Drafts::of(before));
        ui.spacing_mut().item_spacing.y = 8.0;
        you(ui, cx.tokens, &mut settings, drafts);
        look(ui, cx.tokens, &mut settings);
        recording(ui, cx.tokens, &mut settings);
        sound::ui(ui, cx, &mut settings, &mut drafts.source);
        line(ui, cx.tokens);
        network(ui, cx, &mut settings, drafts);
        folder(ui, cx, &mut settings, drafts);
        if settings != *before {
            cx.push(Window::Settings(Box::new(settings)));
        }
    }
}

impl Drafts {
    fn of(settings: &Settings) -> Self {
        let path = |path: &Option<PathBuf>| {
            path.as_ref().map(|path| path.display().to_string()).unwrap_or_default()
        };
        Self {
            name: settings.name.clone(),
            source: path(&settings.source),
            interface: settings.interface.clone().unwrap_or_default(),
            data: path(&settings.data),
        }
    }
}

fn you(ui: &mut Ui, t: &Tokens, settings: &mut Settings, drafts: &mut Drafts) {
    heading(ui, t, &t!("settings.you"));
    let edit = labelled(ui, t, &t!("settings.name"), |ui, name| {
        field(ui, t, &mut drafts.name, name, &t!("lobby.your_name_hint"))
    });
    if edit.changed() {
        drafts.name = drafts.name.chars().take(NAME_CHARS).collect();
    }
    // An empty name would hide who speaks: the old one stays.
    if edit.lost_focus() && !drafts.name.trim().is_empty() {
        drafts.name.trim().clone_into(&mut settings.name);
    }
    let hint = t!("settings.hide_name_hint");
    if switch(ui, t, &t!("settings.hide_name"), &hint, settings.hide_name) {
        settings.hide_name = !settings.hide_name;
    }
    line(ui, t);
}

fn look(ui: &mut Ui, t: &Tokens, settings: &mut Settings) {
    heading(ui, t, &t!("settings.look"));
    let system = t!("settings.as_system");
    let languages = [
        (None, &*system),
        (Some(Language::En), Language::En.own_name()),
        (Some(Language::Zh), Language::Zh.own_name()),
    ];
    let chosen = labelled(ui, t, &t!("settings.language"), |ui, name| {
        choice(ui, t, name, ui.available_width(), &languages, settings.language)
    });
    if let Some(language) = chosen {
        settings.language = language;
    }
    let (light, dark) = (t!("settings.light"), t!("settings.dark"));
    let themes = [
        (ThemeChoice::System, &*system),
        (ThemeChoice::Light, &*light),
        (ThemeChoice::Dark, &*dark),
    ];
    let chosen = labelled(ui, t, &t!("settings.theme"), |ui, name| {
        choice(ui, t, name, ui.available_width(), &themes, settings.theme)
    });
    if let Some(theme) = chosen {
        settings.theme = theme;
    }
    line(ui, t);
}

fn recording(ui: &mut Ui, t: &Tokens, settings: &mut Settings) {
    heading(ui, t, &t!("settings.recording"));
    let hint = t!("settings.record_hint");
    if switch(ui, t, &t!("settings.record"), &hint, settings.record) {
        settings.record = !settings.record;
    }
    line(ui, t);
}

fn network(ui: &mut Ui, cx: &Context<'_>, settings: &mut Settings, drafts: &mut Drafts) {
    let t = cx.tokens;
    heading(ui, t, &t!("settings.network"));
    paragraph(ui, t, &t!("settings.network_hint"));
    let name = t!("settings.interface");
    let all = (None, t!("settings.interface_all").into_owned());
    let known = cx.model.interfaces.iter().map(|interface| {
        let words = format!("{} ({})", interface.name, interface.address);
        (Some(interface.address.clone()), words)
    });
    let options: Vec<_> = std::iter::once(all).chain(known).collect();
    if let Some(address) = one_of(ui, t, &name, &options, &settings.interface) {
        drafts.interface = address.clone().unwrap_or_default();
        settings.interface = address;
    }
    // Networks come and go: an address can be given before its cable is plugged in.
    let edit = labelled(ui, t, &t!("settings.address"), |ui, name| {
        field(ui, t, &mut drafts.interface, name, &t!("settings.address_hint"))
    });
    if edit.lost_focus() {
        let address = drafts.interface.trim();
        settings.interface = (!address.is_empty()).then(|| address.to_owned());
    }
    if settings.interface.as_ref().is_some_and(|a| a.parse::<std::net::IpAddr>().is_err()) {
        crate::widgets::problem(ui, t, &t!("settings.not_an_address"));
    }
    line(ui, t);
}

fn folder(ui: &mut Ui, cx: &mut Context<'_>, settings: &mut Settings, drafts: &mut Drafts) {
    let t = cx.tokens;
    heading(ui, t, &t!("settings.folder"));
    paragraph(ui, t, &t!("settings.folder_hint"));
    let edit = labelled(ui, t, &t!("settings.folder_path"), |ui, name| {
        field(ui, t, &mut drafts.data, name, &t!("settings.folder_system"))
    });
    if edit.lost_focus() {
        settings.data = path(&drafts.data);
    }
    if text_button(ui, t, None, &t!("stored.open"), Tone::Plain).clicked() {
        cx.push(Window::Documents);
    }
}

fn path(text: &str) -> Option<PathBuf> {
    let text = text.trim().trim_matches(['"', '\'']);
    (!text.is_empty()).then(|| PathBuf::from(text))
}

/// One of some, of whose number and length nobody knows anything; the new choice, when there is one.
fn one_of<T: Clone + PartialEq>(
    ui: &mut Ui,
    t: &Tokens,
    name: &str,
    options: &[(T, String)],
    chosen: &T,
) -> Option<T> {
    let mut taken = None;
    ui.horizontal_wrapped(|ui| {
        for (option, words) in options {
            let is_chosen = option == chosen;
            let tone = if is_chosen { Tone::Accent } else { Tone::Plain };
            let button = text_button(ui, t, None, words, tone);
            let label = format!("{name}: {words}");
            button.widget_info(|| {
                WidgetInfo::selected(WidgetType::RadioButton, true, is_chosen, &label)
            });
            if button.clicked() && !is_chosen {
                taken = Some(option.clone());
            }
        }
    });
    taken
}

/// What it is called on the left, the control on the right.
fn labelled<R>(ui: &mut Ui, t: &Tokens, name: &str, add: impl FnOnce(&mut Ui, &str) -> R) -> R {
    const NAMES: f32 = 150.0;
    let room = vec2(ui.available_width(), size::FIELD);
    ui.allocate_ui_with_layout(room, Layout::left_to_right(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        let words = ui.painter().layout(name.to_owned(), text::body(), t.text, NAMES - 12.0);
        let (rect, _) = ui.allocate_exact_size(vec2(NAMES, size::FIELD), Sense::hover());
        let at = rect.left_center() - vec2(0.0, words.size().y / 2.0);
        ui.painter().galley(at, words, t.text);
        add(ui, name)
    })
    .inner
}

/// Between two parts.
fn line(ui: &mut Ui, t: &Tokens) {
    ui.add_space(6.0);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 1.0), Sense::hover());
    ui.painter().hline(rect.x_range(), rect.center().y, Stroke::new(1.0, t.border));
    ui.add_space(6.0);
}
