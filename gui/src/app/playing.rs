//! Recordings: opened, steered, closed.

use super::App;
use crate::command::Play;
use crate::link::{self, Opened, ReplayReport};
use crate::model::toasts::Tone;
use crate::model::{MeetingView, Player, Screen};
use moot_node::node::{Event, ReplayCommand};
use moot_node::room::id::MemberId;
use moot_node::room::stanza::PageTurn;
use rust_i18n::t;
use std::path::PathBuf;

impl App {
    /// Begins to open a recording.
    pub(super) fn open_recording(&mut self, folder: PathBuf) {
        self.model.lobby.opening = Some(folder.clone());
        self.link.open_recording(folder, &self.model.settings);
    }

    /// A recording tells something.
    pub(super) fn on_replay(&mut self, report: ReplayReport) {
        match report {
            ReplayReport::Opened(opened) => self.on_opened(*opened),
            ReplayReport::Failed { problem, .. } => {
                self.model.lobby.opening = None;
                self.model.toasts.add(Tone::Error, problem, self.model.now);
                self.link.refresh();
            }
            ReplayReport::Event(Event { news, .. }) => {
                let Some(player) = &mut self.model.player else { return };
                link::fold_replay(player, &mut self.model.toasts, news, self.model.now);
            }
        }
    }

    fn on_opened(&mut self, opened: Opened) {
        let Opened { folder, timeline, pages, .. } = opened;
        let listed = &self.model.lobby.recordings;
        let Some(known) = listed.iter().find(|known| known.folder == folder) else { return };
        // Without a meeting nobody is at this laptop: nothing in it is one's own.
        let nobody = MemberId([0; 32]);
        let mut view = MeetingView::new(known.meeting, known.title.clone(), nobody, self.model.now);
        view.chat.in_view = true;
        self.model.player = Some(Player::new(folder, view, timeline));
        self.model.lobby.opening = None;
        self.model.screen = Screen::Player;
        self.model.sheet = None;
        self.pictures.clear();
        self.pictures.source().show(pages);
        // Whoever opens it wants to hear it.
        self.play(Play::Run(true));
    }

    /// Steers the recording. The player shows at once what is wanted, and then what is.
    pub(super) fn play(&mut self, play: Play) {
        let Some(player) = &mut self.model.player else { return };
        let command = match play {
            Play::Run(run) => {
                player.playing = run;
                if run { ReplayCommand::Play } else { ReplayCommand::Pause }
            }
            Play::Speed(speed) => {
                player.speed = speed;
                ReplayCommand::Speed(speed)
            }
            Play::Seek(to) => {
                player.position = to;
                player.jump.to = Some(to);
                ReplayCommand::Seek(to)
            }
            Play::ToMark(mark) => match player.timeline.moment_of(mark) {
                Some(moment) => return self.play(Play::Seek(moment)),
                None => return,
            },
            Play::Close => return self.close_recording(),
        };
        if !self.link.steer(command) {
            self.model.toasts.add(Tone::Error, t!("player.busy"), self.model.now);
        }
    }

    /// To the moment when a page was shown; one that never was is looked at meanwhile.
    pub(super) fn play_page(&mut self, on: PageTurn) {
        let Some(player) = &mut self.model.player else { return };
        match player.timeline.showing(on, player.position) {
            Some(moment) => self.play(Play::Seek(moment)),
            None => player.meeting.stage.leaf(on),
        }
    }

    /// To the page turn after this moment, or to the one before.
    pub(super) fn play_turn(&mut self, forward: bool) {
        let Some(player) = &self.model.player else { return };
        if let Some(moment) = player.timeline.turn_near(player.position, forward) {
            self.play(Play::Seek(moment));
        }
    }

    /// Runs it, or holds it.
    pub(super) fn toggle_run(&mut self) {
        let running = self.model.player.as_ref().is_some_and(|player| player.playing);
        self.play(Play::Run(!running));
    }

    fn close_recording(&mut self) {
        self.link.close_recording();
        self.model.player = None;
        self.model.screen = Screen::Lobby;
        self.model.sheet = None;
        self.pictures.source().close();
        self.pictures.clear();
        self.link.refresh();
    }
}
