//! Keys and what they do.

use super::Deed;
use crate::model::Model;
use egui::{Context, InputState, Key, Modifiers};

/// One key, with those held down beside it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Keys {
    /// Held down.
    pub modifiers: Modifiers,
    /// Pressed.
    pub key: Key,
}

impl Keys {
    /// As people read it: "Ctrl+Shift+Z".
    #[must_use]
    pub fn words(self) -> String {
        let mut words = String::new();
        for (held, name) in [
            (self.modifiers.command, if cfg!(target_os = "macos") { "⌘" } else { "Ctrl+" }),
            (self.modifiers.alt, "Alt+"),
            (self.modifiers.shift, "Shift+"),
        ] {
            words.push_str(if held { name } else { "" });
        }
        words.push_str(match self.key {
            Key::PageDown => "Page Down",
            Key::PageUp => "Page Up",
            Key::Escape => "Esc",
            // The fonts lack the triangles that egui has for them.
            Key::ArrowRight => "→",
            Key::ArrowLeft => "←",
            Key::ArrowDown => "↓",
            Key::ArrowUp => "↑",
            key => key.symbol_or_name(),
        });
        words
    }

    /// How often they were pressed: twice within one frame is twice.
    fn consume(self, input: &mut InputState) -> usize {
        if self.modifiers.is_none() {
            // A question mark needs Shift on most keyboards: what counts is the character.
            let free = !input.modifiers.command && !input.modifiers.alt;
            return if free { input.count_and_consume_key(input.modifiers, self.key) } else { 0 };
        }
        input.count_and_consume_key(self.modifiers, self.key)
    }
}

/// The deeds whose keys were pressed since the last frame.
///
/// While a widget has the keyboard (a text field, a button), or a field opens that will take it, only
/// keys count that mean nothing to it: those with Ctrl, F1 to F12, and the two that turn pages (which
/// are what a presenter's remote control sends). Deeds with more keys held down come first, so that Ctrl+Shift+Z is
/// not taken for Ctrl+Z.
#[must_use]
pub fn pressed(ctx: &Context, model: &Model, field_opens: bool) -> Vec<Deed> {
    let typing = field_opens || ctx.egui_wants_keyboard_input();
    let mut table: Vec<(Keys, Deed)> = Deed::all()
        .filter(|deed| deed.fits(model))
        .flat_map(|deed| deed.keys().iter().map(move |keys| (*keys, deed)))
        // Escape leaves a text field first, which is egui's own business.
        .filter(|(keys, _)| !typing || !keys.modifiers.is_none() || writes_nothing(keys.key))
        .collect();
    table.sort_by_key(|(keys, _)| {
        std::cmp::Reverse(u8::from(keys.modifiers.shift) + u8::from(keys.modifiers.command))
    });
    // Systems tell Ctrl+C as "copy", and no key: text fields and selected words go first.
    let copies = !typing && Deed::CopyPage.fits(model);
    let copied = copies && ctx.input(|input| input.events.contains(&egui::Event::Copy));
    let mut deeds: Vec<Deed> = ctx.input_mut(|input| {
        table
            .into_iter()
            .flat_map(|(keys, deed)| std::iter::repeat_n(deed, keys.consume(input)))
            .collect()
    });
    if copied && !deeds.contains(&Deed::CopyPage) {
        deeds.push(Deed::CopyPage);
    }
    deeds
}

/// Fields and buttons have no use for it.
const fn writes_nothing(key: Key) -> bool {
    use Key as K;
    matches!(
        key,
        K::PageDown
            | K::PageUp
            | K::F1
            | K::F2
            | K::F3
            | K::F4
            | K::F5
            | K::F6
            | K::F7
            | K::F8
            | K::F9
            | K::F10
            | K::F11
            | K::F12
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::sample;

    fn press(key: Key, modifiers: Modifiers) -> egui::Event {
        egui::Event::Key { key, physical_key: None, pressed: true, repeat: false, modifiers }
    }

    fn deeds(events: Vec<egui::Event>, field_opens: bool) -> Vec<Deed> {
        let ctx = Context::default();
        let mut deeds = Vec::new();
        let input = egui::RawInput { events, ..egui::RawInput::default() };
        let _output = ctx.run_ui(input, |ui| {
            deeds.extend(pressed(ui.ctx(), &sample::model(), field_opens));
        });
        deeds
    }

    #[test]
    fn two_presses_within_one_frame_are_two() {
        let next = press(Key::PageDown, Modifiers::NONE);
        assert_eq!(deeds(vec![next.clone(), next], false), [Deed::NextPage; 2]);
    }

    #[test]
    fn what_systems_tell_instead_of_ctrl_c_copies_the_page() {
        assert_eq!(deeds(vec![egui::Event::Copy], false), [Deed::CopyPage]);
        assert_eq!(deeds(vec![egui::Event::Copy], true), [], "a field's words");
    }

    #[test]
    fn letters_are_not_for_the_tools_while_a_field_opens() {
        let keys = || vec![press(Key::H, Modifiers::NONE), press(Key::Z, Modifiers::COMMAND)];
        assert_eq!(deeds(keys(), true), [Deed::Undo]);
        assert_eq!(deeds(keys(), false), [Deed::Undo, Deed::ToggleHand]);
    }

    #[test]
    fn pages_are_turned_and_views_opened_beside_a_field() {
        let keys = [Key::PageDown, Key::F5, Key::F1, Key::ArrowDown, Key::Home, Key::Questionmark];
        let events = keys.map(|key| press(key, Modifiers::NONE)).to_vec();
        assert_eq!(
            deeds(events, true),
            [Deed::NextPage, Deed::TogglePresenterView, Deed::Shortcuts]
        );
    }
}
