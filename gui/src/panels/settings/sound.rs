//! Sound in the settings: microphone, loudspeaker, what is done to one's voice, a rehearsal, levels.

use super::{labelled, one_of, path};
use crate::command::Window;
use crate::context::Context;
use crate::model::sound::Device;
use crate::settings::{Delay, DeviceChoice, Settings};
use crate::theme::{Tokens, text};
use crate::widgets::{Tone, field, heading, paragraph, problem, switch, text_button};
use egui::{RichText, Sense, Ui, WidgetInfo, WidgetType, vec2};
use moot_node::node::Rehearsing;
use rust_i18n::t;

/// A rehearsal in which nothing was louder than this, of 100 (-48 dBFS), heard nobody.
const NOTHING: u8 = 5;

/// Draws it; `source` is what stands in the field for a sound file.
pub(super) fn ui(ui: &mut Ui, cx: &mut Context<'_>, settings: &mut Settings, source: &mut String) {
    let t = cx.tokens;
    let devices = &cx.model.devices;
    heading(ui, t, &t!("settings.sound"));
    let name = t!("settings.microphone");
    paragraph(ui, t, &name);
    let options = options(&devices.microphones, &settings.microphone);
    if let Some(choice) = one_of(ui, t, &name, &options, &settings.microphone) {
        settings.microphone = choice;
    }
    let name = t!("settings.loudspeaker");
    paragraph(ui, t, &name);
    let options = self::options(&devices.loudspeakers, &settings.loudspeaker);
    if let Some(choice) = one_of(ui, t, &name, &options, &settings.loudspeaker) {
        settings.loudspeaker = choice;
    }
    let name = t!("settings.delay");
    paragraph(ui, t, &name);
    let options = [
        (Delay::Low, t!("settings.delay_low").into_owned()),
        (Delay::Usual, t!("settings.delay_usual").into_owned()),
        (Delay::Smooth, t!("settings.delay_smooth").into_owned()),
    ];
    if let Some(choice) = one_of(ui, t, &name, &options, &settings.delay) {
        settings.delay = choice;
    }
    let hint = t!("settings.noise_hint");
    if switch(ui, t, &t!("settings.noise"), &hint, settings.suppress_noise) {
        settings.suppress_noise = !settings.suppress_noise;
    }
    let hint = t!("settings.gain_hint");
    if switch(ui, t, &t!("settings.gain"), &hint, settings.gentle_gain) {
        settings.gentle_gain = !settings.gentle_gain;
    }
    let hint = t!("settings.listening_hint");
    if switch(ui, t, &t!("settings.listening"), &hint, settings.listening) {
        settings.listening = !settings.listening;
    }
    rehearsal(ui, cx, settings);
    let edit = labelled(ui, t, &t!("settings.source"), |ui, name| {
        field(ui, t, source, name, &t!("settings.source_hint"))
    });
    if edit.lost_focus() {
        settings.source = path(source);
    }
    level(ui, cx);
}

/// As the system has it, each that is there, the chosen one even when it is not, and none.
fn options(devices: &[Device], chosen: &DeviceChoice) -> Vec<(DeviceChoice, String)> {
    let mut options = vec![(DeviceChoice::System, t!("settings.as_system").into_owned())];
    let named = |device: &Device| (DeviceChoice::Named(device.id.clone()), device.name.clone());
    options.extend(devices.iter().map(named));
    if let DeviceChoice::Named(id) = chosen
        && !devices.iter().any(|device| device.id == *id)
    {
        options.push((chosen.clone(), t!("settings.not_plugged", name = id).into_owned()));
    }
    options.push((DeviceChoice::Off, t!("settings.no_device").into_owned()));
    options
}

/// "Say something, and hear it."
fn rehearsal(ui: &mut Ui, cx: &mut Context<'_>, settings: &Settings) {
    let t = cx.tokens;
    let whole = (settings.microphone != DeviceChoice::Off || settings.source.is_some())
        && settings.loudspeaker != DeviceChoice::Off;
    let running =
        matches!(cx.model.rehearsal, Some(Rehearsing::Listening { .. } | Rehearsing::Playing));
    ui.horizontal(|ui| {
        let words = t!("settings.rehearse");
        let button =
            ui.add_enabled_ui(whole && !running, |ui| text_button(ui, t, None, &words, Tone::Soft));
        if button.inner.clicked() {
            cx.push(Window::Rehearse);
        }
        let told = match &cx.model.rehearsal {
            Some(Rehearsing::Listening { .. }) => t!("settings.rehearsal_listening"),
            Some(Rehearsing::Playing) => t!("settings.rehearsal_playing"),
            Some(Rehearsing::Over { loudest }) if *loudest > NOTHING => {
                t!("settings.rehearsal_over")
            }
            _ => return,
        };
        ui.label(RichText::new(told).font(text::body()).color(t.weak));
    });
    match &cx.model.rehearsal {
        Some(Rehearsing::Listening { level }) => bar(ui, t, &t!("settings.rehearse"), *level),
        Some(Rehearsing::Over { loudest }) if *loudest <= NOTHING => {
            problem(ui, t, &t!("settings.rehearsal_silent"));
        }
        Some(Rehearsing::Failed(why)) => {
            problem(ui, t, &t!("settings.rehearsal_failed", problem = why));
        }
        _ => {}
    }
}

/// How loud this person is to the others, and how loud the others are here.
fn level(ui: &mut Ui, cx: &Context<'_>) {
    let t = cx.tokens;
    let Some(meeting) = &cx.model.meeting else { return };
    let heard = |mine: bool| {
        let people = meeting.people.listed().into_iter();
        people.filter(|one| (one.id == meeting.me) == mine).map(|one| one.level).max()
    };
    let (own, others) = (meeting.sound.source.then(|| heard(true)), heard(false));
    for (name, level, none) in [
        (t!("settings.own_level"), own.flatten(), t!("settings.no_source")),
        (t!("settings.others_level"), others, t!("settings.nobody")),
    ] {
        labelled(ui, t, &name, |ui, name| match level {
            Some(level) => bar(ui, t, name, level),
            None => drop(paragraph(ui, t, &none)),
        });
    }
}

/// A bar as long as something is loud, of 100.
fn bar(ui: &mut Ui, t: &Tokens, name: &str, level: u8) {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 6.0), Sense::hover());
    let share = f32::from(level.min(100)) / 100.0;
    ui.painter().rect_filled(rect, 3.0, t.raised);
    let heard = rect.with_max_x(rect.left() + rect.width() * share);
    ui.painter().rect_filled(heard, 3.0, t.good);
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(WidgetType::ProgressIndicator, true, name);
        info.value = Some(level.into());
        info
    });
}
