//! The lobby, its sheets and the player with a made-up model, to be looked at.
//!
//! `cargo run -p moot-gui --example lobby -- [SCREEN] [light|dark] [en|zh] [WIDTHxHEIGHT]`, where
//! SCREEN is one of the names in `screen`. What is pressed is printed; nothing happens.

use eframe::egui;
use moot_gui::command::{Command, Window};
use moot_gui::context::Context;
use moot_gui::model::lobby::{Entering, EnteringState, NothingFound};
use moot_gui::model::{Model, Screen, Sheet, sample, sample_lobby};
use moot_gui::panels::lobby::LobbyPanel;
use moot_gui::panels::palette::Palette;
use moot_gui::panels::player::PlayerPanel;
use moot_gui::panels::sheets::Sheets;
use moot_gui::pictures::NoPictures;
use moot_gui::theme::{Tokens, size};
use moot_gui::{fonts, theme};
use moot_node::node::MemberState;
use moot_node::room::stanza::JoinPolicy;

fn main() -> eframe::Result {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let at = |n: usize, usual: &str| args.get(n).map_or(usual.to_owned(), Clone::clone);
    let (name, dark) = (at(0, "lobby"), at(1, "light") == "dark");
    rust_i18n::set_locale(&at(2, "en"));
    let size = at(3, "1440x900");
    let (wide, high) = size.split_once('x').expect("WIDTHxHEIGHT");
    let size = [wide.parse().expect("a width"), high.parse().expect("a height")];
    let viewport = egui::ViewportBuilder::default().with_inner_size(size).with_title("moot lobby");
    let options = eframe::NativeOptions { viewport, ..Default::default() };
    eframe::run_native(
        "moot-lobby",
        options,
        Box::new(move |cc| {
            theme::install(&cc.egui_ctx);
            fonts::install(&cc.egui_ctx);
            fonts::install_chinese(&cc.egui_ctx);
            let theme = if dark { egui::Theme::Dark } else { egui::Theme::Light };
            cc.egui_ctx.set_theme(theme);
            Ok(Box::new(Look::new(&name)))
        }),
    )
}

/// The made-up model of a name.
fn screen(name: &str) -> Model {
    let mut model = sample_lobby::lobby();
    let entering = |state| Some(Entering { title: "Pump station review".into(), state });
    match name {
        "lobby" | "code" | "recordings" => {}
        "interrupted" => model = sample_lobby::interrupted(),
        "first" => {
            model.lobby = Default::default();
            model.settings.name = String::new();
        }
        "looking" => model.lobby.found.clear(),
        "blocked" | "nobody" | "offline" => {
            model.lobby.found.clear();
            model.lobby.nothing_found = Some(match name {
                "blocked" => NothingFound::MulticastBlocked,
                "nobody" => NothingFound::Nobody,
                _ => NothingFound::NoNetwork,
            });
        }
        "knocking" => model.lobby.entering = entering(EnteringState::Knocking),
        "waiting" => model.lobby.entering = entering(EnteringState::WaitingForYes),
        "wrong" => {
            let problem = "This is not the code of this meeting. Look again: it is under Invite on any laptop in the meeting.";
            let state = EnteringState::Failed { problem: problem.into(), code: true };
            model.lobby.entering = entering(state);
        }
        "player" => model = sample_lobby::player(),
        "settings" => model.sheet = Some(Sheet::Settings),
        "shortcuts" => model.sheet = Some(Sheet::Shortcuts),
        "delete" => {
            let folder = model.lobby.recordings[0].folder.clone();
            model.sheet = Some(Sheet::ConfirmDelete(folder));
        }
        "path" => model.sheet = Some(Sheet::OpenPath),
        "invite" | "door" | "remove" | "leave" => {
            let mut meeting = sample::meeting();
            meeting.link = format!(
                "moot://{}?s=qZ3Vn1mXo2w8Tt5yJc0aRg&m={}&a=/ip4/192.168.1.20/udp/41234/quic-v1&a=/ip4/192.168.1.20/tcp/41234&t=Pump%20station%20review",
                "3f9c".repeat(16),
                "ab".repeat(32)
            );
            if name == "door" {
                meeting.join = JoinPolicy::Ask;
                meeting.people.stand(sample::member(8), "Ben Carter", MemberState::Asking);
                meeting.compare.insert(sample::member(0), "481203".into());
            }
            model.meeting = Some(meeting);
            model.sheet = Some(match name {
                "remove" => Sheet::ConfirmRemove(sample::member(2)),
                "leave" => Sheet::ConfirmLeave,
                _ => Sheet::Invite,
            });
        }
        other => panic!("no screen is called {other}"),
    }
    model
}

struct Look {
    model: Model,
    lobby: LobbyPanel,
    player: PlayerPanel,
    sheets: Sheets,
    palette: Palette,
}

impl Look {
    fn new(name: &str) -> Self {
        Self {
            model: screen(name),
            lobby: LobbyPanel::default(),
            player: PlayerPanel,
            sheets: Sheets::default(),
            palette: Palette::default(),
        }
    }
}

impl eframe::App for Look {
    fn ui(&mut self, ui: &mut egui::Ui, _: &mut eframe::Frame) {
        let mut commands = Vec::new();
        let tokens: &Tokens = theme::tokens(ui.ctx());
        self.model.now = ui.input(|input| input.time);
        let mut cx = Context {
            model: &self.model,
            pictures: &mut NoPictures,
            tokens,
            commands: &mut commands,
        };
        if self.model.screen == Screen::Player {
            let bar = egui::Frame::NONE.fill(tokens.surface);
            egui::Panel::top("top").exact_size(size::TOP_BAR).frame(bar).show(ui, |ui| {
                self.player.header(ui, &mut cx);
            });
            egui::Panel::bottom("bottom").exact_size(PlayerPanel::HEIGHT).frame(bar).show(
                ui,
                |ui| {
                    self.player.ui(ui, &mut cx);
                },
            );
            egui::CentralPanel::no_frame()
                .frame(egui::Frame::NONE.fill(tokens.canvas))
                .show(ui, |_| {});
        } else {
            self.lobby.ui(ui, &mut cx);
        }
        if self.model.sheet == Some(Sheet::Palette) {
            self.sheets.palette(ui, &mut cx, &mut self.palette);
        } else {
            self.sheets.ui(ui, &mut cx);
        }
        for command in commands {
            println!("{command:?}");
            match command {
                Command::Window(Window::Sheet(sheet)) => self.model.sheet = sheet,
                Command::Window(Window::Settings(settings)) => self.model.settings = *settings,
                _ => {}
            }
            ui.ctx().request_repaint();
        }
    }
}
