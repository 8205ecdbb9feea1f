//! What a panel may read, and where it says what is to be done.

use crate::command::Command;
use crate::model::Model;
use crate::pictures::Pictures;
use crate::theme::Tokens;

/// Everything a panel is given besides the place to draw in.
///
/// **A panel reads the model and pushes commands; it changes nothing.** What a panel needs for
/// itself between two frames (a half-written line, a half-drawn stroke) is in its own state struct.
pub struct Context<'a> {
    /// What to show.
    pub model: &'a Model,
    /// Pictures of pages, as far as they are here.
    pub pictures: &'a mut dyn Pictures,
    /// Colours of the theme that is on.
    pub tokens: &'a Tokens,
    /// What the person asks for, in order.
    pub commands: &'a mut Vec<Command>,
}

impl Context<'_> {
    /// Asks for something to be done after this frame.
    pub fn push(&mut self, command: impl Into<Command>) {
        self.commands.push(command.into());
    }
}
