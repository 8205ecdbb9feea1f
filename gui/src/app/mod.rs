//! The window's loop: drain what the node told, draw, carry out what the person asked for.

mod deeds;
mod dropping;
mod entering;
mod frames;
mod obey;
mod playing;
mod reading;
mod run;
mod screens;
mod searching;
mod surroundings;
mod talking;

use crate::cli::{self, Wanted};
use crate::command::{self, Command, Enter};
use crate::context::Context;
use crate::link::{self, Link, LobbyReport, NodePages, Report, carry};
use crate::model::fade::fade;
use crate::model::toasts::Tone;
use crate::model::{Model, Screen, Seconds};
use crate::settings::{Language, Settings, ThemeChoice};
use crate::textures::Textures;
use crate::{fonts, theme};
use egui::Ui;
use frames::Frames;
use moot_node::node::DocumentChoice;
use moot_node::room::stanza::PageTurn;
pub use run::{OpenError, run};
use rust_i18n::t;
use screens::Panels;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// How the window is opened.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// What the command line asks for; it goes before the settings, and is not kept.
    pub wanted: Wanted,
    /// Where the settings are kept; `None`: nowhere.
    pub settings: Option<PathBuf>,
}

/// The window.
#[derive(Debug)]
pub struct App {
    model: Model,
    panels: Panels,
    link: Link,
    pictures: Textures<NodePages>,
    ctx: egui::Context,
    /// Whose device this is, once a node has started.
    me: Option<moot_node::room::id::MemberId>,
    /// The meeting is a demonstration.
    demo: bool,
    /// What was said before this node came has been told: what comes now is new.
    caught_up: bool,
    /// The person has been told that nobody else is within reach.
    cut_off: bool,
    /// Files to open as soon as the floor is here.
    to_open: Vec<DocumentChoice>,
    /// The page that the presenter turned to last, and when: who presses Next twice wants two pages,
    /// even before the first is there.
    turning: Option<(PageTurn, Seconds)>,
    /// The page whose words were asked for last, and the bytes of its document that were here then.
    reading: Option<(PageTurn, u64)>,
    /// The title bar's words, as set last.
    title: String,
    language: Option<Language>,
    /// A field opens with the next frame: what is typed until then is meant for it, and not for the
    /// tools whose keys are letters.
    field_opens: bool,
    /// Chinese shows as boxes, and nobody was told.
    boxes: bool,
    opened: Instant,
    frames: Frames,
}

impl App {
    /// A window over this runtime, dressed and worded as `options` and the kept settings have it.
    pub fn new(ctx: &egui::Context, runtime: &tokio::runtime::Handle, options: Options) -> Self {
        let opened = Instant::now();
        theme::install(ctx);
        fonts::install(ctx);
        let Options { wanted, settings } = options;
        let mut model = Model::default();
        if let Some(path) = &settings {
            match Settings::load(path) {
                Ok(settings) => model.settings = settings,
                Err(error) => {
                    let words = t!("window.settings_unread", problem = error);
                    model.toasts.add(Tone::Warning, words, 0.0);
                }
            }
        }
        let known = model.settings.clone();
        if let Some(name) = wanted.name {
            model.settings.name = name;
        }
        if model.settings.name.trim().is_empty() {
            model.settings.name = surroundings::person();
        }
        let data = wanted.data.or_else(|| model.settings.data.clone());
        let mut app = Self {
            panels: Panels::default(),
            link: Link::new(runtime.clone(), ctx.clone(), data),
            pictures: Textures::new(ctx, NodePages::default()),
            ctx: ctx.clone(),
            me: None,
            demo: false,
            caught_up: false,
            cut_off: false,
            to_open: Vec::new(),
            turning: None,
            reading: None,
            title: String::new(),
            field_opens: false,
            boxes: false,
            language: wanted.language,
            opened,
            frames: Frames::new(opened),
            model,
        };
        if let Some(path) = settings {
            app.link.keep_at(path, known);
        }
        app.link.look_for_chinese();
        app.dress();
        app.begin(wanted.documents, wanted.link, wanted.demo);
        app
    }

    /// What the command line asked for.
    fn begin(&mut self, documents: Vec<PathBuf>, link: Option<String>, demo: bool) {
        let enter = if demo {
            Enter::Demo
        } else if let Some(link) = link {
            Enter::Link(link)
        } else if !documents.is_empty() {
            let joining = self.model.settings.joining;
            Enter::Start { title: self.model.settings.usual_title(), joining, documents }
        } else {
            return;
        };
        self.obey(enter.into());
    }

    /// Theme and language as chosen.
    fn dress(&self) {
        let theme = match self.model.settings.theme {
            ThemeChoice::System => egui::ThemePreference::System,
            ThemeChoice::Light => egui::ThemePreference::Light,
            ThemeChoice::Dark => egui::ThemePreference::Dark,
        };
        self.ctx.set_theme(theme);
        let chosen = self.language.or(self.model.settings.language);
        let code = chosen.unwrap_or_else(cli::system_language).code();
        rust_i18n::set_locale(code);
        moot_node::words::set_language(code);
    }

    fn now(&self) -> Seconds {
        self.opened.elapsed().as_secs_f64()
    }

    /// Takes in what the tasks told since the last frame.
    fn drain(&mut self) {
        while let Some(report) = self.link.take_report() {
            match report {
                Report::Event { event, .. } => self.on_event(event),
                Report::Started { node: Ok(node), .. } => {
                    self.pictures.source().show(node.pages());
                }
                Report::Started { node: Err(problem), .. } => self.on_refusal(problem, false),
                Report::Stopped { .. } => self.on_stopped(),
                Report::Demo { link, .. } => self.on_demo(link),
                Report::Closed => self.link.refresh(),
                Report::Replay { report, .. } => self.on_replay(report),
                Report::Lobby(LobbyReport::Trouble(problem)) => {
                    self.model.toasts.add(Tone::Error, problem, self.model.now);
                }
                Report::Lobby(news) => link::fold_lobby(&mut self.model.lobby, news),
                Report::Found { query, hits } => self.on_found(&query, hits),
                Report::Read { on, words, structure } => self.on_read(on, words, structure),
                Report::Saved(Ok(path)) => {
                    let words = t!("window.saved", path = path.display());
                    self.model.toasts.add(Tone::News, words, self.model.now);
                }
                Report::Saved(Err(problem)) => {
                    let words = t!("window.not_saved", problem = problem);
                    self.model.toasts.add(Tone::Error, words, self.model.now);
                }
                Report::Stored { documents, problem } => {
                    self.model.stored = Some(documents);
                    if let Some(problem) = problem {
                        self.model.toasts.add(Tone::Error, problem, self.model.now);
                    }
                }
                Report::Files(files) => {
                    for document in carry::documents(files) {
                        self.obey(document.into());
                    }
                }
                Report::Devices(devices) => self.model.devices = devices,
                Report::Rehearsal(step) => self.model.rehearsal = Some(step),
                Report::NoDialog => self.on_no_dialog(),
                Report::SettingsUnkept(error) => {
                    let words = t!("window.settings_unkept", problem = error);
                    self.model.toasts.add(Tone::Error, words, self.model.now);
                }
                Report::Notes { meeting, notes } => self.on_notes(meeting, notes),
                Report::NoChinese => self.boxes = true,
            }
        }
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &egui::Context, _: &mut eframe::Frame) {
        self.frames.begins();
        self.model.now = self.now();
        (self.model.clock, self.model.calendar) = surroundings::calendar();
        self.drain();
        self.warn_of_boxes();
        self.pictures.begin_frame(self.model.now);
        self.note_arrival();
        self.read();
        self.entitle();
        self.link.watch(&self.model);
        self.end_rehearsal();
        // What goes by itself asks for the frame in which it goes.
        let now = self.model.now;
        let played = self.model.player.as_mut().map(|player| &mut player.meeting);
        let view = self.model.meeting.as_mut().or(played);
        let fading = view.and_then(|view| fade(view, now));
        let next = [self.model.toasts.expire(now), fading];
        if let Some(at) = next.into_iter().flatten().reduce(f64::min) {
            let wait = Duration::try_from_secs_f64(at - self.model.now).unwrap_or_default();
            ctx.request_repaint_after(wait);
        }
    }

    fn ui(&mut self, ui: &mut Ui, frame: &mut eframe::Frame) {
        let ctx = ui.ctx().clone();
        self.frames.hand_over(&ctx);
        let opens = std::mem::take(&mut self.field_opens);
        let mut commands: Vec<Command> =
            command::pressed(&ctx, &self.model, opens).into_iter().map(Command::Do).collect();
        let mut cx = Context {
            model: &self.model,
            pictures: &mut self.pictures,
            tokens: theme::tokens(&ctx),
            commands: &mut commands,
        };
        self.panels.ui(ui, &mut cx);
        self.frames.drawn(frame.info().cpu_usage, self.page_shown());
        self.hold_to_talk(&ctx);
        commands.extend(self.dropped(&ctx));
        let changed = !commands.is_empty();
        for command in commands {
            self.obey(command);
        }
        if changed {
            self.dress();
            ctx.request_repaint();
        }
    }

    fn on_exit(&mut self, _: Option<&eframe::glow::Context>) {
        self.link.keep(&self.model.settings);
        self.link.finish();
    }
}

impl App {
    /// The page that is on its way, and how much of it is here.
    fn note_arrival(&mut self) {
        let progress = self.pictures.source().progress();
        if let Some(meeting) = &mut self.model.meeting {
            meeting.stage.arriving = progress;
        }
    }

    /// The page on the stage, if its picture is here.
    fn page_shown(&self) -> Option<PageTurn> {
        let on = self.model.meeting.as_ref()?.stage.page()?;
        self.pictures.has(on).then_some(on)
    }

    /// Where no font has Chinese, says so once it matters.
    fn warn_of_boxes(&mut self) {
        if self.boxes && (&*rust_i18n::locale() == "zh" || self.model.has_chinese()) {
            self.boxes = false;
            self.model.toasts.add(Tone::Warning, t!("window.no_chinese"), self.model.now);
        }
    }

    /// The title bar says which meeting it is.
    fn entitle(&mut self) {
        let title = match (&self.model.screen, &self.model.meeting, &self.model.player) {
            (Screen::Meeting, Some(meeting), _) => format!("{} – Moot", meeting.title),
            (Screen::Player, _, Some(player)) => format!("{} – Moot", player.meeting.title),
            _ => "Moot".to_owned(),
        };
        if title != self.title {
            self.ctx.send_viewport_cmd(egui::ViewportCommand::Title(title.clone()));
            self.title = title;
        }
    }
}
