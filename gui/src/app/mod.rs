//! The window's loop: drain what the node told, draw, carry out what the person asked for.

mod deeds;
mod obey;
mod screens;

use crate::command::{self, Command};
use crate::context::Context;
use crate::link::{self, Link, Report};
use crate::model::toasts::Tone;
use crate::model::{Model, Screen, Seconds};
use crate::settings::{Language, Settings, ThemeChoice};
use crate::{fonts, theme};
use egui::Ui;
use rust_i18n::t;
use screens::Panels;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// How the window is opened.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Files to open: a meeting is started with them.
    pub documents: Vec<PathBuf>,
    /// A `moot://` link to join by.
    pub link: Option<String>,
    /// Start the demonstration at once.
    pub demo: bool,
    /// Folder of identity, meetings and documents.
    pub data: Option<PathBuf>,
    /// What the person is called; else as they said last time.
    pub name: Option<String>,
    /// The language; else as they chose, else as the system has it.
    pub language: Option<Language>,
    /// Where the settings are kept; `None`: nowhere.
    pub settings: Option<PathBuf>,
}

/// The window.
#[derive(Debug)]
pub struct App {
    model: Model,
    panels: Panels,
    link: Link,
    pictures: screens::PagePictures,
    /// Where settings are kept.
    settings_path: Option<PathBuf>,
    language: Option<Language>,
    opened: Instant,
}

impl App {
    /// A window over this runtime, dressed and worded as `options` and the kept settings have it.
    pub fn new(ctx: &egui::Context, runtime: &tokio::runtime::Handle, options: Options) -> Self {
        theme::install(ctx);
        fonts::install(ctx);
        look_for_chinese(ctx);
        let mut model = Model::default();
        if let Some(path) = &options.settings {
            match Settings::load(path) {
                Ok(settings) => model.settings = settings,
                Err(error) => {
                    let words = t!("window.settings_unread", problem = error);
                    model.toasts.add(Tone::Warning, words, 0.0);
                }
            }
        }
        if let Some(name) = options.name {
            model.settings.name = name;
        }
        if model.settings.name.trim().is_empty() {
            model.settings.name = system_name();
        }
        let data = options.data.or_else(|| model.settings.data.clone());
        let mut app = Self {
            panels: Panels::default(),
            link: Link::new(runtime.clone(), ctx.clone(), data),
            pictures: screens::PagePictures::new(ctx),
            settings_path: options.settings,
            language: options.language,
            opened: Instant::now(),
            model,
        };
        app.dress(ctx);
        app.begin(options.documents, options.link, options.demo);
        app
    }

    /// What the command line asked for.
    fn begin(&mut self, documents: Vec<PathBuf>, link: Option<String>, demo: bool) {
        use crate::command::Enter;
        let enter = if demo {
            Enter::Demo
        } else if let Some(link) = link {
            Enter::Link(link)
        } else if !documents.is_empty() {
            let joining = self.model.settings.joining;
            Enter::Start { title: self.usual_title(), joining, documents }
        } else {
            return;
        };
        self.obey(enter.into());
    }

    /// "Lin Wei's meeting".
    fn usual_title(&self) -> String {
        t!("window.usual_title", name = self.model.settings.name).into_owned()
    }

    /// Theme and language as chosen.
    fn dress(&self, ctx: &egui::Context) {
        let theme = match self.model.settings.theme {
            ThemeChoice::System => egui::ThemePreference::System,
            ThemeChoice::Light => egui::ThemePreference::Light,
            ThemeChoice::Dark => egui::ThemePreference::Dark,
        };
        ctx.set_theme(theme);
        let chosen = self.language.or(self.model.settings.language);
        rust_i18n::set_locale(chosen.unwrap_or_else(system_language).code());
    }

    fn now(&self) -> Seconds {
        self.opened.elapsed().as_secs_f64()
    }

    /// Takes in what the tasks told since the last frame.
    fn drain(&mut self) {
        while let Some(report) = self.link.next() {
            match report {
                Report::Event { event, .. } => self.on_event(event),
                Report::Started { node: Ok(node), .. } => self.pictures.show(&node),
                Report::Started { node: Err(problem), .. } => self.on_refusal(problem, false),
                Report::Stopped { .. } => self.on_stopped(),
                Report::Lobby(news) => link::fold_lobby(&mut self.model.lobby, news),
                Report::Files(files) => {
                    for file in files {
                        self.obey(command::OnPage::Open(file).into());
                    }
                }
                Report::NoDialog => {}
            }
        }
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &egui::Context, _: &mut eframe::Frame) {
        self.model.now = self.now();
        self.drain();
        self.link.watch(&self.model);
        // What goes by itself asks for the frame in which it goes.
        let next = [self.model.toasts.expire(self.model.now), self.fade()];
        if let Some(at) = next.into_iter().flatten().reduce(f64::min) {
            let wait = Duration::try_from_secs_f64(at - self.model.now).unwrap_or_default();
            ctx.request_repaint_after(wait);
        }
    }

    fn ui(&mut self, ui: &mut Ui, _: &mut eframe::Frame) {
        let ctx = ui.ctx().clone();
        let mut commands: Vec<Command> =
            command::pressed(&ctx, &self.model).into_iter().map(Command::Do).collect();
        let mut cx = Context {
            model: &self.model,
            pictures: &mut self.pictures,
            tokens: theme::tokens(&ctx),
            commands: &mut commands,
        };
        self.panels.ui(ui, &mut cx);
        self.hold_to_talk(&ctx);
        self.take_dropped(&ctx, &mut commands);
        let changed = !commands.is_empty();
        for command in commands {
            self.obey(command);
        }
        if changed {
            self.dress(&ctx);
            ctx.request_repaint();
        }
    }

    fn on_exit(&mut self, _: Option<&eframe::glow::Context>) {
        self.keep_settings();
        self.link.finish();
    }
}

impl App {
    /// What is in view for a while only: reactions, lasers, strokes in the making. Tells when the
    /// next of them goes.
    fn fade(&mut self) -> Option<Seconds> {
        let meeting = self.model.meeting.as_mut()?;
        crate::model::fade(meeting, self.model.now)
    }

    /// Files dropped on the window.
    fn take_dropped(&self, ctx: &egui::Context, commands: &mut Vec<Command>) {
        let dropped = ctx.input(|input| input.raw.dropped_files.clone());
        let files: Vec<_> = dropped.into_iter().filter_map(|file| file.path).collect();
        if files.is_empty() {
            return;
        }
        match self.model.screen {
            Screen::Meeting => {
                commands.extend(files.into_iter().map(|f| command::OnPage::Open(f).into()));
            }
            Screen::Lobby => {
                let (title, joining) = (self.usual_title(), self.model.settings.joining);
                let start = command::Enter::Start { title, joining, documents: files };
                commands.push(start.into());
            }
            Screen::Player => {}
        }
    }
}

/// Looks for a Chinese face while the first frame is drawn already.
fn look_for_chinese(ctx: &egui::Context) {
    let ctx = ctx.clone();
    let looked = std::thread::Builder::new().name("fonts".into()).spawn(move || {
        if fonts::install_chinese(&ctx) == fonts::ChineseFace::Missing {
            tracing::warn!("no Chinese font on this system");
        }
    });
    // Without the thread Chinese shows as boxes; nothing else suffers.
    drop(looked);
}

fn system_language() -> Language {
    let chinese = |tag: String| tag.to_lowercase().starts_with("zh");
    if sys_locale::get_locales().next().is_some_and(chinese) { Language::Zh } else { Language::En }
}

/// What the system calls the person.
fn system_name() -> String {
    ["USER", "USERNAME"]
        .into_iter()
        .find_map(|key| std::env::var(key).ok())
        .filter(|name| !name.is_empty() && name != "root")
        .unwrap_or_default()
}
