//! Keys and what they do.

use super::Deed;
use crate::model::Model;
use egui::{Context, InputState, Key, KeyboardShortcut, Modifiers};

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

    fn consume(self, input: &mut InputState) -> bool {
        if self.modifiers.is_none() {
            // A question mark needs Shift on most keyboards: what counts is the character.
            let free = !input.modifiers.command && !input.modifiers.alt;
            return free && input.consume_key(input.modifiers, self.key);
        }
        input.consume_shortcut(&KeyboardShortcut::new(self.modifiers, self.key))
    }
}

/// The deeds whose keys were pressed since the last frame.
///
/// While a widget has the keyboard (a text field, a button), or a field opens that will take it, only
/// keys with Ctrl and Escape count. Deeds with more keys held down come first, so that Ctrl+Shift+Z is
/// not taken for Ctrl+Z.
#[must_use]
pub fn pressed(ctx: &Context, model: &Model, field_opens: bool) -> Vec<Deed> {
    let typing = field_opens || ctx.egui_wants_keyboard_input();
    let mut table: Vec<(Keys, Deed)> = Deed::all()
        .filter(|deed| deed.fits(model))
        .flat_map(|deed| deed.keys().iter().map(move |keys| (*keys, deed)))
        .filter(|(keys, _)| !typing || !keys.modifiers.is_none() || keys.key == Key::Escape)
        // Escape leaves a text field first, which is egui's own business.
        .filter(|(keys, _)| !(typing && keys.key == Key::Escape))
        .collect();
    table.sort_by_key(|(keys, _)| {
        std::cmp::Reverse(u8::from(keys.modifiers.shift) + u8::from(keys.modifiers.command))
    });
    ctx.input_mut(|input| {
        table.into_iter().filter(|(keys, _)| keys.consume(input)).map(|(_, deed)| deed).collect()
    })
}
