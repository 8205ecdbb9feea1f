//! What each deed does.

use super::App;
use crate::command::{Deed, OnPage};
use crate::model::stage::{Fit, ZOOM_STEP};
use crate::model::tools::Instrument;
use crate::model::{MeetingView, Screen, Seconds, Sheet};
use crate::settings::ThemeChoice;
use moot_node::node::Command as Node;

/// A page turn that the meeting has not told back after this time is not waited for, seconds.
const TURNING: Seconds = 1.0;

impl App {
    /// Does it.
    pub(super) fn do_deed(&mut self, deed: Deed) {
        match deed {
            Deed::NextPage | Deed::PreviousPage if self.model.screen == Screen::Player => {
                self.play_turn(deed == Deed::NextPage);
            }
            Deed::NextPage => self.leaf(|page, _| page.saturating_add(1)),
            Deed::PreviousPage => self.leaf(|page, _| page.saturating_sub(1)),
            Deed::ToggleRun => self.toggle_run(),
            Deed::FirstPage => self.leaf(|_, _| 1),
            Deed::LastPage => self.leaf(|_, pages| pages),
            Deed::Follow => self.meeting(|meeting| meeting.stage.leafed = None),
            Deed::ToggleMicrophone => self.toggle_microphone(),
            Deed::ToggleSpeaker => self.toggle_speaker(),
            Deed::ToggleHand => {
                let up = self.model.meeting.as_ref().is_some_and(MeetingView::hand_up);
                self.send(Node::Hand(!up));
            }
            Deed::Present => self.send(Node::Present),
            Deed::ToggleRecording => {
                let on = self.model.meeting.as_ref().is_some_and(|m| m.sound.recording);
                self.send(Node::Record(!on));
            }
            Deed::OpenDocument => self.open_document(),
            Deed::SaveCopy => self.sheet(Sheet::SaveCopy),
            Deed::UpdateDocument => self.update(None),
            Deed::CopyPage => self.copy_page(),
            Deed::Search => self.toggle_search(),
            Deed::Undo => self.send(Node::Undo),
            Deed::Redo => self.send(Node::Redo),
            Deed::ZoomIn => self.meeting(|meeting| meeting.stage.zoom_by(ZOOM_STEP)),
            Deed::ZoomOut => self.meeting(|meeting| meeting.stage.zoom_by(1.0 / ZOOM_STEP)),
            Deed::FitPage => self.meeting(|meeting| meeting.stage.fit(Fit::Page)),
            Deed::FitWidth => self.meeting(|meeting| meeting.stage.fit(Fit::Width)),
            Deed::ToggleStrip => self.meeting(|meeting| toggle(&mut meeting.layout.strip)),
            Deed::ToggleSide => self.meeting(|meeting| toggle(&mut meeting.layout.side)),
            Deed::TogglePresenterView => {
                self.meeting(|meeting| toggle(&mut meeting.layout.presenter_view));
            }
            Deed::ToggleBlack => self.meeting(|meeting| toggle(&mut meeting.stage.black)),
            Deed::ToggleFullScreen => self.full_screen(|full| !full),
            Deed::Invite => self.sheet(Sheet::Invite),
            Deed::Settings => self.sheet(Sheet::Settings),
            Deed::Shortcuts => self.sheet(Sheet::Shortcuts),
            Deed::Palette => self.sheet(Sheet::Palette),
            Deed::ToggleTheme => self.toggle_theme(),
            Deed::Leave => self.ask_to_leave(),
            Deed::Escape => self.escape(),
            Deed::Take(instrument) => self.meeting(|meeting| meeting.tools.instrument = instrument),
        }
    }

    /// Changes the view of the meeting in view, or of the recording.
    pub(super) fn meeting(&mut self, change: impl FnOnce(&mut MeetingView)) {
        let view = match self.model.screen {
            Screen::Meeting => self.model.meeting.as_mut(),
            Screen::Player => self.model.player.as_mut().map(|player| &mut player.meeting),
            Screen::Lobby => None,
        };
        if let Some(view) = view {
            change(view);
        }
    }

    /// The view of the meeting in view, or of the recording.
    pub(super) fn view(&self) -> Option<&MeetingView> {
        match self.model.screen {
            Screen::Meeting => self.model.meeting.as_ref(),
            Screen::Player => self.model.player.as_ref().map(|player| &player.meeting),
            Screen::Lobby => None,
        }
    }

    /// Goes to the page that `to` makes of the page in view and the number of pages.
    fn leaf(&mut self, to: impl FnOnce(u32, u32) -> u32) {
        let mut target = None;
        let turning = self.turning.filter(|(_, since)| self.model.now - since < TURNING);
        self.meeting(|meeting| {
            if let Some((on, document)) = meeting.stage.page().zip(meeting.stage.current()) {
                let turning = turning.filter(|(to, _)| {
                    meeting.presenting()
                        && meeting.stage.leafed.is_none()
                        && to.document == on.document
                });
                let from = turning.map_or(on, |(to, _)| to);
                target = Some(to(from.page, document.pages).clamp(1, document.pages.max(1)));
            }
        });
        if let Some(page) = target {
            self.obey(OnPage::Go(page).into());
        }
    }

    fn sheet(&mut self, sheet: Sheet) {
        if sheet == Sheet::Settings {
            self.model.interfaces = super::surroundings::interfaces();
            self.link.list_devices();
        }
        let open = self.model.sheet.as_ref() == Some(&sheet);
        if sheet == Sheet::Palette && !open {
            self.field_opens = true;
        }
        self.model.sheet = (!open).then_some(sheet);
    }

    fn toggle_theme(&mut self) {
        let dark = self.ctx.theme() == egui::Theme::Dark;
        self.model.settings.theme = if dark { ThemeChoice::Light } else { ThemeChoice::Dark };
        self.link.keep(&self.model.settings);
    }

    /// The presenter is asked while others are here: they would be without one.
    fn ask_to_leave(&mut self) {
        let asks = self.model.screen == Screen::Meeting
            && self.model.meeting.as_ref().is_some_and(|m| m.presenting() && m.people.here() > 1)
            && self.model.sheet != Some(Sheet::ConfirmLeave);
        if asks {
            self.model.sheet = Some(Sheet::ConfirmLeave);
        } else {
            self.leave();
        }
    }

    /// The page alone, on the whole screen.
    fn full_screen(&mut self, to: impl FnOnce(bool) -> bool) {
        let now = self.view().is_some_and(|view| view.layout.full_screen);
        let full = to(now);
        if full != now {
            self.meeting(|meeting| meeting.layout.full_screen = full);
            self.ctx.send_viewport_cmd(egui::ViewportCommand::Fullscreen(full));
        }
    }

    /// What lies on top goes: a sheet, the search, full screen, an instrument, the chosen page.
    fn escape(&mut self) {
        if self.model.sheet.take().is_some() {
            return;
        }
        if self.view().is_some_and(|view| view.layout.full_screen) {
            return self.full_screen(|_| false);
        }
        self.meeting(|meeting| {
            if meeting.stage.search.take().is_some() {
            } else if meeting.layout.presenter_view {
                meeting.layout.presenter_view = false;
            } else if meeting.tools.instrument != Instrument::Pointer {
                meeting.tools.instrument = Instrument::Pointer;
            } else {
                meeting.stage.leafed = None;
            }
        });
    }
}

fn toggle(flag: &mut bool) {
    *flag = !*flag;
}
