//! The microphone: click, push to talk, push to mute.

use super::App;
use crate::model::Screen;
use crate::model::toasts::Tone;
use egui::Key;
use moot_node::node::Command as Node;
use rust_i18n::t;

impl App {
    /// Opens or closes the microphone; without one, says so.
    pub(super) fn toggle_microphone(&mut self) {
        let Some(meeting) = &mut self.model.meeting else { return };
        if !meeting.sound.source {
            let words = t!("window.no_microphone");
            return self.model.toasts.add(Tone::Warning, words, self.model.now);
        }
        meeting.sound.muted = !meeting.sound.muted;
        let muted = meeting.sound.muted;
        self.send(if muted { Node::Mute } else { Node::Unmute });
    }

    /// While the space bar is held, the microphone is the other way round: open if it was closed,
    /// closed if it was open.
    pub(super) fn hold_to_talk(&mut self, ctx: &egui::Context) {
        if self.model.screen != Screen::Meeting {
            return;
        }
        let typing = ctx.egui_wants_keyboard_input();
        let held = !typing && ctx.input(|input| input.focused && input.key_down(Key::Space));
        let Some(meeting) = &mut self.model.meeting else { return };
        if meeting.sound.held == held || !meeting.sound.source {
            return;
        }
        meeting.sound.held = held;
        let open = meeting.sound.muted == held;
        self.send(if open { Node::Unmute } else { Node::Mute });
    }
}
