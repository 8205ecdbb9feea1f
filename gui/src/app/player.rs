//! Recordings: opened, played, closed.

use super::App;
use crate::link::PlayerReport;
use crate::model::toasts::Tone;
use rust_i18n::t;
use std::path::PathBuf;

impl App {
    /// Opens a recording.
    pub(super) fn open_recording(&mut self, folder: PathBuf) {
        self.link.open_recording(folder);
    }

    /// The recording tells something.
    pub(super) fn on_player(&mut self, told: PlayerReport) {
        match told {}
    }
}
