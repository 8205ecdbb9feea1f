//! Where the panels are: one function a screen.

use crate::context::Context;
use crate::model::{Screen, Sheet};
use crate::panels::bottom_bar::BottomBar;
use crate::panels::chat::ChatPanel;
use crate::panels::lobby::LobbyPanel;
use crate::panels::page_strip::PageStrip;
use crate::panels::palette::Palette;
use crate::panels::people::PeoplePanel;
use crate::panels::player::PlayerPanel;
use crate::panels::presenter_view::PresenterView;
use crate::panels::sheets::Sheets;
use crate::panels::stage::StagePanel;
use crate::panels::toasts;
use crate::panels::top_bar::TopBar;
use crate::theme::{Tokens, size};
use egui::{CentralPanel, Frame, Margin, Panel, Stroke, Ui};

/// Air at both sides of the right panel, points.
const INSET: i8 = 16;

/// Every panel, with what it needs for itself.
#[derive(Default, Debug)]
pub(super) struct Panels {
    lobby: LobbyPanel,
    top: TopBar,
    bottom: BottomBar,
    strip: PageStrip,
    stage: StagePanel,
    presenter: PresenterView,
    people: PeoplePanel,
    chat: ChatPanel,
    player: PlayerPanel,
    sheets: Sheets,
    palette: Palette,
}

impl Panels {
    /// Draws the screen, what lies over it, and the notices.
    pub(super) fn ui(&mut self, ui: &mut Ui, cx: &mut Context<'_>) {
        match cx.model.screen {
            Screen::Lobby => bare(cx.tokens.canvas).show(ui, |ui| self.lobby.ui(ui, cx)).inner,
            Screen::Meeting => self.meeting(ui, cx),
            Screen::Player => self.playing(ui, cx),
        }
        if cx.model.sheet == Some(Sheet::Palette) {
            self.sheets.palette(ui, cx, &mut self.palette);
        } else {
            self.palette.close();
            self.sheets.ui(ui, cx);
        }
        toasts::ui(ui, cx);
    }

    fn meeting(&mut self, ui: &mut Ui, cx: &mut Context<'_>) {
        let Some(meeting) = &cx.model.meeting else { return };
        let layout = meeting.layout;
        if layout.presenter_view {
            return bare(cx.tokens.canvas).show(ui, |ui| self.presenter.ui(ui, cx)).inner;
        }
        if !layout.full_screen {
            bar("top", Side::Top, size::TOP_BAR, cx.tokens).show(ui, |ui| self.top.ui(ui, cx));
            bar("bottom", Side::Bottom, size::BOTTOM_BAR, cx.tokens)
                .show(ui, |ui| self.bottom.ui(ui, cx));
            let width = ui.ctx().content_rect().width();
            if layout.strip && width >= size::NARROWER && meeting.stage.page().is_some() {
                bar("strip", Side::Left, size::STRIP, cx.tokens)
                    .show(ui, |ui| self.strip.ui(ui, cx));
            } else {
                absent(ui);
            }
            self.side(ui, cx, width);
        }
        bare(cx.tokens.canvas).show(ui, |ui| self.stage.ui(ui, cx));
    }

    /// People and chat; below [`size::NARROW`] only when asked for.
    fn side(&mut self, ui: &mut Ui, cx: &mut Context<'_>, width: f32) {
        let Some(meeting) = &cx.model.meeting else { return };
        // The wish to see it is kept the other way round where there is little room: there it is
        // closed at first, and opened over the page.
        let shown = if width >= size::NARROW { meeting.layout.side } else { !meeting.layout.side };
        if !shown {
            if meeting.chat.in_view {
                cx.push(crate::command::Window::ChatInView(false));
            }
            return absent(ui);
        }
        bar("side", Side::Right, size::SIDE, cx.tokens).show(ui, |ui| self.people_and_chat(ui, cx));
    }

    fn people_and_chat(&mut self, ui: &mut Ui, cx: &mut Context<'_>) {
        Frame::NONE.inner_margin(Margin::symmetric(INSET, 14)).show(ui, |ui| {
            self.people.ui(ui, cx);
            ui.add_space(10.0);
            let across = ui.max_rect().x_range().expand(f32::from(INSET));
            let line = Stroke::new(1.0, cx.tokens.border);
            ui.painter().hline(across, ui.cursor().top(), line);
            ui.add_space(14.0);
            self.chat.ui(ui, cx);
        });
    }

    fn playing(&mut self, ui: &mut Ui, cx: &mut Context<'_>) {
        let Some(player) = &cx.model.player else { return };
        let full = player.meeting.layout.full_screen;
        if !full {
            bar("player top", Side::Top, size::TOP_BAR, cx.tokens)
                .show(ui, |ui| self.player.header(ui, cx));
        }
        bar("player", Side::Bottom, PlayerPanel::HEIGHT, cx.tokens)
            .show(ui, |ui| self.player.ui(ui, cx));
        let width = ui.ctx().content_rect().width();
        if player.meeting.layout.strip && !full && width >= size::NARROWER {
            bar("player strip", Side::Left, size::STRIP, cx.tokens)
                .show(ui, |ui| self.strip.ui(ui, cx));
        }
        let shown = (width >= size::NARROW) == player.meeting.layout.side;
        if shown && !full {
            bar("player side", Side::Right, size::SIDE, cx.tokens)
                .show(ui, |ui| self.people_and_chat(ui, cx));
        }
        bare(cx.tokens.canvas).show(ui, |ui| self.stage.ui(ui, cx));
    }
}

/// Where a bar is.
#[derive(Clone, Copy)]
enum Side {
    Top,
    Bottom,
    Left,
    Right,
}

/// A bar of one fixed size, in the surface colour, parted by a line.
fn bar(id: &'static str, side: Side, points: f32, t: &Tokens) -> Panel {
    let panel = match side {
        Side::Top => Panel::top(id),
        Side::Bottom => Panel::bottom(id),
        Side::Left => Panel::left(id),
        Side::Right => Panel::right(id),
    };
    panel.exact_size(points).resizable(false).frame(Frame::NONE.fill(t.surface))
}

/// A bar that is not there takes its number all the same: egui names what follows by it, and with
/// another name a text field would lose the keyboard, and a list its place.
fn absent(ui: &mut Ui) {
    ui.skip_ahead_auto_ids(1);
}

/// The rest, in one colour.
fn bare(fill: egui::Color32) -> CentralPanel {
    CentralPanel::no_frame().frame(Frame::NONE.fill(fill))
}
