//! A made-up meeting that can be drawn on, for the examples: no node, no network.

use egui::{CentralPanel, Context as Egui, Frame, Margin, Panel, Ui};
use moot_gui::command::{self, Command, Deed, OnPage, Window};
use moot_gui::context::Context;
use moot_gui::model::marks::{Ink, Laser, Mark, MarkKind, Note, Tool};
use moot_gui::model::stage::{Fit, Search, ZOOM_STEP};
use moot_gui::model::tools::{HIGHLIGHTER, HIGHLIGHTER_OPACITY};
use moot_gui::model::{MeetingView, Model, sample};
use moot_gui::panels::bottom_bar::BottomBar;
use moot_gui::panels::chat::ChatPanel;
use moot_gui::panels::page_strip::PageStrip;
use moot_gui::panels::people::PeoplePanel;
use moot_gui::panels::presenter_view::PresenterView;
use moot_gui::panels::stage::StagePanel;
use moot_gui::panels::top_bar::TopBar;
use moot_gui::textures::{PageSource, Textures};
use moot_gui::{fonts, theme};
use moot_node::room::id::{EntryRef, MemberId};
use moot_node::room::stanza::{PageTurn, Point};
use std::sync::Arc;

/// Panels over a made-up model, which does itself what the node would do.
pub(super) struct Desk<S> {
    pub(super) model: Model,
    pub(super) pictures: Textures<S>,
    top: TopBar,
    bottom: BottomBar,
    strip: PageStrip,
    stage: StagePanel,
    people: PeoplePanel,
    chat: ChatPanel,
    presenter: PresenterView,
    seq: u64,
}

impl<S: PageSource> Desk<S> {
    pub(super) fn new(ctx: &Egui, source: S) -> Self {
        theme::install(ctx);
        fonts::install(ctx);
        Self {
            model: sample::model(),
            pictures: Textures::new(ctx, source),
            top: TopBar,
            bottom: BottomBar::default(),
            strip: PageStrip::default(),
            stage: StagePanel::default(),
            people: PeoplePanel,
            chat: ChatPanel::default(),
            presenter: PresenterView::default(),
            seq: 1_000,
        }
    }

    pub(super) fn meeting(&mut self) -> &mut MeetingView {
        self.model.meeting.as_mut().expect("the sample has one")
    }

    pub(super) fn page(&mut self) -> PageTurn {
        self.meeting().stage.page().expect("the sample shows one")
    }

    pub(super) fn mark(&mut self, author: MemberId, kind: MarkKind) {
        self.seq += 1;
        let entry = EntryRef { author, seq: self.seq };
        self.meeting().marks.add(Mark { entry, lamport: entry.seq, kind });
    }

    /// One frame.
    pub(super) fn frame(&mut self, ui: &mut Ui, now: f64) {
        self.model.now = now;
        self.pictures.begin_frame(now);
        let t = theme::tokens(ui.ctx());
        let mut commands: Vec<Command> =
            command::pressed(ui.ctx(), &self.model, false).into_iter().map(Command::Do).collect();
        let mut cx = Context {
            model: &self.model,
            pictures: &mut self.pictures,
            tokens: t,
            commands: &mut commands,
        };
        let bar = |panel: Panel, points: f32| {
            panel.exact_size(points).resizable(false).frame(Frame::NONE.fill(t.surface))
        };
        let layout = self.model.meeting.as_ref().map(|m| m.layout).unwrap_or_default();
        let canvas = || CentralPanel::no_frame().frame(Frame::NONE.fill(t.canvas));
        if layout.presenter_view {
            canvas().show(ui, |ui| self.presenter.ui(ui, &mut cx));
        } else {
            bar(Panel::top("top"), 60.0).show(ui, |ui| self.top.ui(ui, &mut cx));
            bar(Panel::bottom("bottom"), 76.0).show(ui, |ui| self.bottom.ui(ui, &mut cx));
            bar(Panel::left("strip"), 192.0).show(ui, |ui| self.strip.ui(ui, &mut cx));
            bar(Panel::right("side"), 308.0).show(ui, |ui| {
                Frame::NONE.inner_margin(Margin::symmetric(16, 14)).show(ui, |ui| {
                    self.people.ui(ui, &mut cx);
                    ui.separator();
                    self.chat.ui(ui, &mut cx);
                });
            });
            canvas().show(ui, |ui| self.stage.ui(ui, &mut cx));
        }
        let changed = !commands.is_empty();
        for command in commands {
            self.obey(command);
        }
        if changed {
            ui.ctx().request_repaint();
        }
    }

    fn obey(&mut self, command: Command) {
        let me = self.meeting().me;
        let stage = &mut self.meeting().stage;
        match command {
            Command::Page(OnPage::Draw(ink)) => self.mark(me, MarkKind::Ink(Arc::new(ink))),
            Command::Page(OnPage::Note(note)) => self.mark(me, MarkKind::Note(Arc::new(note))),
            Command::Page(OnPage::Erase(marks)) => {
                marks.into_iter().for_each(|mark| self.meeting().marks.remove(mark));
            }
            Command::Page(OnPage::Go(page)) => {
                if let Some(on) = stage.page() {
                    stage.leaf(PageTurn { page, ..on });
                }
            }
            Command::Page(OnPage::Show(document)) => stage.leaf(PageTurn { document, page: 1 }),
            Command::Page(OnPage::Zoom(factor, around)) => stage.zoom_around(factor, around),
            Command::Page(OnPage::Pan(by)) => stage.middle += by,
            Command::Page(OnPage::Fit(fit)) => stage.fit(fit),
            Command::Page(OnPage::Search(query)) => stage.search = query.map(found),
            Command::Page(OnPage::Notes(page, words)) => {
                stage.notes.insert(page, words);
            }
            Command::Page(OnPage::Ink(ink)) => self.meeting().tools.ink = ink,
            Command::Page(OnPage::Width(width)) => self.meeting().tools.width = width,
            Command::Window(Window::ChatInView(on)) => self.meeting().chat.look(on),
            Command::Do(deed) => self.deed(deed),
            _ => {}
        }
    }

    fn deed(&mut self, deed: Deed) {
        let meeting = self.meeting();
        let stage = &mut meeting.stage;
        let leaf = |by: i64, stage: &mut moot_gui::model::stage::Stage| {
            if let Some(on) = stage.page() {
                let page = u32::try_from(i64::from(on.page) + by).unwrap_or(1);
                stage.leaf(PageTurn { page, ..on });
            }
        };
        match deed {
            Deed::NextPage => leaf(1, stage),
            Deed::PreviousPage => leaf(-1, stage),
            Deed::Follow => stage.leafed = None,
            Deed::ZoomIn => stage.zoom_by(ZOOM_STEP),
            Deed::ZoomOut => stage.zoom_by(1.0 / ZOOM_STEP),
            Deed::FitPage => stage.fit(Fit::Page),
            Deed::FitWidth => stage.fit(Fit::Width),
            Deed::ToggleBlack => stage.black = !stage.black,
            Deed::Search => stage.search = Some(Search::default()),
            Deed::TogglePresenterView => {
                meeting.layout.presenter_view = !meeting.layout.presenter_view;
            }
            Deed::Take(instrument) => meeting.tools.instrument = instrument,
            _ => {}
        }
    }
}

/// Pages that have the words, made up.
fn found(query: String) -> Search {
    let hits = match query.as_str() {
        "" => Vec::new(),
        _ => vec![
            (2, "Agenda: load by hour, spare capacity".into()),
            (7, "Pump station: load by hour".into()),
            (21, "Raw table, load in kW at each hour of the week".into()),
        ],
    };
    Search { query, hits, at: 0 }
}

/// A line through these places of the page, in 1/10 000.
pub(super) fn ink(tool: Tool, places: &[(i32, i32)], colour: [u8; 4], width: u32) -> MarkKind {
    let ink = sample::ink(tool, places);
    let swell = |n: usize| (27.0 + 17.0 * (n as f32 / 3.0).sin()) as u8;
    let pressure =
        if tool == Tool::Pen { (0..places.len()).map(swell).collect() } else { Vec::new() };
    MarkKind::Ink(Arc::new(Ink { pressure, colour, width, ..ink }))
}

/// What is drawn in the design's picture.
pub(super) fn draw_as_designed<S: PageSource>(desk: &mut Desk<S>) {
    const RED: [u8; 4] = [0xE5, 0x48, 0x4D, 255];
    let (lin, jonas) = (sample::member(0), sample::member(2));
    let loop_around: Vec<_> = (0..=36)
        .map(|n| {
            let turn = f64::from(n) / 36.0 * std::f64::consts::TAU * 1.06 - 1.9;
            let wobble = 1.0 + 0.02 * f64::from(n % 5);
            let x = 3_470.0 + 690.0 * turn.cos() * wobble;
            let y = 5_640.0 + 2_330.0 * turn.sin() * wobble;
            (x as i32, y as i32)
        })
        .collect();
    desk.mark(lin, ink(Tool::Pen, &loop_around, RED, 40));
    let arrow = [(5_420, 3_230), (5_150, 3_800), (4_850, 4_300), (4_550, 4_450), (4_230, 4_400)];
    desk.mark(jonas, ink(Tool::Pen, &arrow, RED, 32));
    let head = [(4_380, 4_040), (4_220, 4_400), (4_560, 4_470)];
    desk.mark(jonas, ink(Tool::Pen, &head, RED, 32));
    let note = Note {
        on: sample::ON,
        at: Point { x: 5_500, y: 2_880 },
        text: "why noon?".into(),
        colour: RED,
        size: 190,
    };
    desk.mark(jonas, MarkKind::Note(Arc::new(note)));
    let c = HIGHLIGHTER;
    let yellow = [c.r(), c.g(), c.b(), HIGHLIGHTER_OPACITY];
    let over = [(6_910, 4_250), (7_800, 4_230), (8_600, 4_260), (9_290, 4_200)];
    desk.mark(lin, ink(Tool::Highlighter, &over, yellow, 195));
    let blue = [0x3D, 0x5B, 0xD9, 255];
    desk.mark(lin, ink(Tool::Arrow, &[(1_000, 9_200), (2_300, 8_700)], blue, 22));
    desk.mark(lin, ink(Tool::Box, &[(2_600, 8_600), (3_600, 9_400)], blue, 22));
    desk.mark(lin, ink(Tool::Ellipse, &[(3_900, 8_600), (5_000, 9_400)], blue, 22));
}

/// Lin Wei's laser, on its way.
pub(super) fn point<S: PageSource>(desk: &mut Desk<S>, now: f64, moves: bool) {
    let on = desk.page();
    let step = |n: i32| {
        let late = f64::from(20 - n) * 0.015;
        let phase = if moves { now - late } else { -late };
        let at = Point {
            x: (8_900.0 + phase * 5_300.0 - if moves { (now * 5_300.0) % 5_000.0 } else { 0.0 })
                as i32,
            y: (6_000.0 + 2_600.0 * (phase * phase.abs() * -9.0 + 0.05)) as i32,
        };
        (now - late, at)
    };
    let trail = (0..=20).map(step).collect();
    desk.meeting().marks.lasers.insert(sample::member(0), Laser { on, trail });
}
