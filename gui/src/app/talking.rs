//! Microphone and loudspeaker: click, push to talk, push to mute; others while one talks.

use super::App;
use crate::link;
use crate::model::sound::End;
use crate::model::toasts::Tone;
use crate::model::{Screen, Sheet};
use crate::settings::Settings;
use egui::Key;
use moot_node::node::{Command as Node, SourceChoice};
use rust_i18n::t;

impl App {
    /// Opens or closes the microphone; without one, says so and looks again.
    pub(super) fn toggle_microphone(&mut self) {
        let Some(meeting) = &mut self.model.meeting else { return };
        if !meeting.sound.source {
            let why = match &meeting.ends.microphone {
                End::Missing(problem) => t!("window.missing_microphone", problem = problem),
                _ => t!("window.no_microphone"),
            };
            let looked_for = link::source(&self.model.settings);
            self.model.toasts.add(Tone::Warning, why, self.model.now);
            if matches!(looked_for, SourceChoice::Microphone(_)) {
                self.send(Node::Source(looked_for));
            }
            return;
        }
        meeting.sound.muted = !meeting.sound.muted;
        let muted = meeting.sound.muted;
        self.send(if muted { Node::Mute } else { Node::Unmute });
    }

    /// Turns the loudspeaker on or off, for later meetings, too; looks for one where there was none.
    pub(super) fn toggle_speaker(&mut self) {
        let Some(meeting) = &mut self.model.meeting else { return };
        meeting.sound.deafened = !meeting.sound.deafened;
        let (off, demo) = (meeting.sound.deafened, meeting.demo);
        let missing = matches!(meeting.ends.loudspeaker, End::Missing(_));
        self.send(Node::Deafen(off));
        if missing && !off {
            self.send(Node::Sink(link::sink(&self.model.settings)));
        }
        if !demo {
            self.model.settings.listening = !off;
            self.link.keep(&self.model.settings);
        }
    }

    /// A rehearsal ends with the settings that show it.
    pub(super) fn end_rehearsal(&mut self) {
        if self.model.rehearsal.is_some() && self.model.sheet != Some(Sheet::Settings) {
            self.link.end_rehearsal();
            self.model.rehearsal = None;
        }
    }

    /// Other devices were chosen: a meeting goes over to them.
    pub(super) fn change_devices(&mut self, before: &Settings) {
        let now = &self.model.settings;
        let Some(meeting) = &mut self.model.meeting else { return };
        let (old, new) = (link::source(before), link::source(now));
        let source = (old != new).then_some(new);
        if let Some(source) = &source {
            meeting.ends.microphone = End::None;
            meeting.sound.source = matches!(source, SourceChoice::Wav(_));
        }
        let (old, new) = (link::sink(before), link::sink(now));
        let sink = (old != new).then_some(new);
        if sink.is_some() {
            meeting.ends.loudspeaker = End::None;
        }
        let (old, new) = (link::voice(before), link::voice(now));
        let voice = (old != new).then_some(new);
        let delay = (before.delay != now.delay).then_some(now.delay);
        voice.into_iter().for_each(|voice| self.send(Node::Voice(voice)));
        delay.into_iter().for_each(|delay| self.send(Node::Delay(delay.into())));
        source.into_iter().for_each(|source| self.send(Node::Source(source)));
        sink.into_iter().for_each(|sink| self.send(Node::Sink(sink)));
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
