//! A panel alone with a made-up model, clicked by what screen readers say.

#![allow(dead_code, reason = "each test program uses a part of it")]

use egui_kittest::Harness;
use moot_gui::command::{Command, Enter, Window};
use moot_gui::context::Context;
use moot_gui::model::Model;
use moot_gui::pictures::NoPictures;
use moot_gui::settings::Settings;
use moot_gui::{fonts, theme};

/// A panel with its model, and what it asked for.
pub(crate) struct Stand<P> {
    /// The panel.
    pub(crate) panel: P,
    /// What it shows.
    pub(crate) model: Model,
    /// What it asked for.
    pub(crate) asked: Vec<Command>,
}

/// How a panel is drawn.
pub(crate) type Draw<P> = fn(&mut P, &mut egui::Ui, &mut Context<'_>);

/// Puts a panel on its stand. Settings and sheets that it asks for take effect, as in the window.
pub(crate) fn stand<P: Default + 'static>(
    model: Model,
    size: [f32; 2],
    draw: Draw<P>,
) -> Harness<'static, Stand<P>> {
    let start = Stand { panel: P::default(), model, asked: Vec::new() };
    let mut dressed = false;
    let builder = Harness::builder().with_size(egui::Vec2::from(size));
    builder.build_ui_state(
        move |ui, stand: &mut Stand<P>| {
            if !dressed {
                dressed = true;
                theme::install(ui.ctx());
                fonts::install(ui.ctx());
                ui.ctx().request_repaint();
                return;
            }
            let mut asked = Vec::new();
            let mut cx = Context {
                model: &stand.model,
                pictures: &mut NoPictures,
                tokens: &theme::LIGHT,
                commands: &mut asked,
            };
            draw(&mut stand.panel, ui, &mut cx);
            for command in &asked {
                match command {
                    Command::Window(Window::Settings(settings)) => {
                        stand.model.settings = (**settings).clone();
                    }
                    Command::Window(Window::Sheet(sheet)) => stand.model.sheet.clone_from(sheet),
                    Command::Enter(Enter::GiveUp) => stand.model.lobby.entering = None,
                    _ => {}
                }
            }
            stand.asked.extend(asked);
        },
        start,
    )
}

/// The last settings that were asked to be kept.
pub(crate) fn kept(asked: &[Command]) -> Option<Settings> {
    asked.iter().rev().find_map(|command| match command {
        Command::Window(Window::Settings(settings)) => Some((**settings).clone()),
        _ => None,
    })
}

/// The ways into a meeting that were asked for.
pub(crate) fn entered(asked: &[Command]) -> Vec<Enter> {
    let enter = |command: &Command| match command {
        Command::Enter(enter) => Some(enter.clone()),
        _ => None,
    };
    asked.iter().filter_map(enter).collect()
}
